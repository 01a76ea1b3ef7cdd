#ifndef CLI_SHELL_H
#define CLI_SHELL_H

/* Command lines that are shown to be run: words as a shell takes them. */

#include "cli/options.h"

#include "base/buf.h"

/* One word, quoted where it needs it. */
void shell_put_word(struct buf *out, const char *word);

/* To standard output, each %s as one word; the format has no others. */
__attribute__((format(printf, 1, 2))) void shell_show(const char *format, ...);

/* " --name VALUE" for each time the option was given. */
void
shell_put_options(struct buf *out, const struct options *o, const char *name);

#endif
