#ifndef CLI_WRAP_H
#define CLI_WRAP_H

/* Texts in lines of 80 columns. */

#include "base/buf.h"

#define GLUE "\x1f"

/* Columns of a UTF-8 text: its code points. */
size_t columns(const char *text);

void put_spaces(struct buf *out, size_t n);

/*
 * Puts a text in lines that begin at `indent`; a word longer than a line is
 * cut at its width.  A GLUE is a space where no line ends.
 */
void put_wrapped(struct buf *out, const char *text, size_t indent);

#endif
