#ifndef CLI_EMBEDDED_H
#define CLI_EMBEDDED_H

/*
 * Files of config/ that the program carries, for `lethe init`: policies and
 * their sample events.  The build turns whatever stands there into arrays; a
 * NUL stands behind each.
 */

#include <stddef.h>

struct embedded_file {
	const char *name; /* "policies/segment.yaml" */
	const unsigned char *bytes;
	size_t len;
};

extern const struct embedded_file embedded_files[]; /* ended by name NULL */

/* The file of that name, or NULL. */
const struct embedded_file *embedded_find(const char *name);

#endif
