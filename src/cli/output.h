#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

/* Standard output in blocks, its failures noticed. */

#include "base/buf.h"
#include "base/error.h"

/* Writes the buffer out when it has grown to a block, or when `all`. */
LETHE_CHECKED enum lethe_status
output_flush(struct buf *b, bool all, struct lethe_error *err);

/* The same to any descriptor; `name` stands in the error. */
LETHE_CHECKED enum lethe_status output_flush_to(int fd, const char *name,
	struct buf *b, bool all, struct lethe_error *err);

/* Whether a descriptor is a terminal that acts on escape sequences. */
bool output_is_screen(int fd);

/* Whether standard output is one, and is to have colours. */
bool output_in_colour(void);

/* Whether standard output is a pipe whose reader has gone away. */
bool output_reader_gone(void);

#endif
