#ifndef DAEMON_READING_H
#define DAEMON_READING_H

/* Reading one source of settings; for settings.c. */

#include "daemon/settings.h"
#include "yaml/mistake.h"

#define NAME_BYTES_MAX 128

/* One source while it is read. */
struct reading {
	struct settings *s;
	struct mistakes *m;
	const char *file;   /* paths are relative to it; or NULL */
	uint64_t seen;	    /* rows this source has stated */
	size_t kafka_first; /* properties before are of earlier sources */
};

struct origin {
	unsigned line, column;
};

/* Notes a mistake; `instead` may be NULL. */
LETHE_PRINTF(4, 5)
void reading_mistake(struct reading *r, struct origin at, const char *instead,
	const char *format, ...);

/*
 * Takes a property of the client library.
 *
 *   text   its name behind `kafka.`
 */
void reading_property(struct reading *r, const char *text, const char *value,
	struct origin at);

#endif
