#ifndef CLI_CONSENT_IMPORT_JSON_H
#define CLI_CONSENT_IMPORT_JSON_H

/* Exports that hold a JSON event a line. */

#include "cli/consent/import.h"
#include "event/reader.h"

struct events {
	struct import *m;
	struct reader *reader;
	struct trie *trie;
	uint32_t slots;	   /* so far; those of subjects come first */
	uint32_t first;	   /* of the format's own */
	struct slice line; /* that is read */
};

struct event_kind {
	/* The words of one event, up to IMPORT_MAPS_MAX; none of an event of
	   another kind, which it counts.  NULL, or which rule is broken. */
	const char *(*read)(struct events *e, const struct reading *r,
		struct said_word *words, size_t *count);
};

LETHE_CHECKED enum lethe_status
events_open(struct events *e, struct import *m, struct lethe_error *err);
void events_close(struct events *e);

/* Where an identifier stands in an event: NULL, or which rule is broken. */
const char *events_subject_broken(
	struct import *m, struct slice text, struct lethe_error *why);

/* One more path, at the next slot. */
LETHE_CHECKED enum lethe_status
events_path(struct events *e, const char *path, struct lethe_error *err);

/* A text, or an integer as text; ptr NULL: none.  NULL, or a broken rule. */
const char *events_text(struct events *e, const struct reading *r,
	uint32_t slot, struct slice *out);

/* A word for each purpose of the maps. */
const char *events_words(struct events *e, int64_t at_ms, struct slice notice,
	bool (*is_yes)(void *ctx, size_t map), void *ctx,
	struct said_word *words, size_t *count);

/* The line that is read once more, with all its leaves; what was read of it
   ends.  NULL, or a broken rule. */
const char *events_again(struct events *e, const struct leaf_visitor *visitor);

LETHE_CHECKED enum lethe_status events_read(struct events *e, struct slice text,
	const struct event_kind *kind, struct lethe_error *err);

#endif
