#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/buf.h"
#include "base/error.h"

#include <sys/types.h>

/*
 * Reads a whole file (`-` is standard input) into `out`, appended.
 *
 *   limit   most bytes
 *
 * Fails: LETHE_EIO with the path and the system's reason, or past the limit.
 */
LETHE_CHECKED enum lethe_status file_read(const char *path, size_t limit,
	struct buf *out, struct lethe_error *err);

/*
 * The same of a file that a running process reads again: a regular one alone,
 * since any other may never end, or wait for a writer.
 *
 * Fails: as file_read; LETHE_EIO for what is no regular file.
 */
LETHE_CHECKED enum lethe_status file_read_watched(const char *path,
	size_t limit, struct buf *out, struct lethe_error *err);

/*
 * Writes a file whole or not at all: temporary file beside it, fsync, rename,
 * fsync of the folder.  A link is followed: what it leads to is replaced, and
 * the link stays.  What replaces a file has its owner and group.
 *
 *   mode    of a new file; of one that is replaced no more than it had
 *   fresh   refuse (LETHE_EUSAGE) when the path exists
 *
 * Fails: LETHE_EIO with the path and the system's reason, also where those who
 * could read what is replaced could not read the new one.
 */
LETHE_CHECKED enum lethe_status file_write(const char *path, mode_t mode,
	bool fresh, struct slice bytes, struct lethe_error *err);

/* `name` beside the file `beside`, unless it is absolute; heap, free it. */
char *path_beside(const char *beside, const char *name);

#endif
