#ifndef QUARANTINE_FORM_H
#define QUARANTINE_FORM_H

/* The members of quarantine records, marks and opened events; for this room. */

#include "engine/quarantine.h"

#include "event/reader.h"

/* Far above what a topic holds: the event in base64, sealed in base64. */
#define RECORD_MAX ((size_t)256 * 1024 * 1024)
#define TOPIC_MAX 249

/* Slots of the paths of a record, in this order. */
enum slot {
	SLOT_V,
	SLOT_REASON,
	SLOT_OFFSET,
	SLOT_POLICY,
	SLOT_AT,
	SLOT_TOPIC,
	SLOT_PARTITION,
	SLOT_POSITION,
	SLOT_BYTES,
	SLOT_PAYLOAD,
	SLOT_RECIPIENT,
	SLOT_KEY,
	SLOT_SEALED,
	SLOT_GROUP,
	SLOT_REPLAYS,

	/* of a message, where it stands open */
	SLOT_MESSAGE_KEY,
	SLOT_MESSAGE_TIME,
	SLOT_MESSAGE_VALUE,
	SLOT_HEADERS,
	SLOT_HEADER_NAME,
	SLOT_HEADER_NAME_BASE64,
	SLOT_HEADER_VALUE,

	/* of a mark */
	SLOT_MARK,
	SLOT_ID,
	SLOT_COUNT,
};

/* A record being read. */
struct form {
	struct arena arena;
	struct trie *trie;
	struct reader *reader;
	struct reading found;
};

/*
 * Reads one object; form_fini ends it, read or not.
 *
 * Fails: LETHE_EUSAGE.
 */
LETHE_CHECKED enum lethe_status
form_read(struct form *f, struct slice record, struct lethe_error *err);
void form_fini(struct form *f);

/* That a member is not what it must be. */
enum lethe_status form_refuse(struct lethe_error *err, enum slot slot);

/* A text of these characters alone: it is safe to show on a terminal. */
LETHE_CHECKED enum lethe_status form_text(const struct form *f, enum slot slot,
	const char *allowed, char *out, size_t size, struct lethe_error *err);
LETHE_CHECKED enum lethe_status form_number(const struct form *f,
	enum slot slot, int64_t least, int64_t *out, struct lethe_error *err);

#define FORM_LOWER "abcdefghijklmnopqrstuvwxyz"
#define FORM_UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define FORM_DIGITS "0123456789"
#define FORM_NAME FORM_LOWER FORM_UPPER FORM_DIGITS "._-"

/* What the clear parts of records and of opened events have in common. */
LETHE_CHECKED enum lethe_status form_clear(const struct form *f,
	struct quarantine_clear *out, struct lethe_error *err);

/* The version of a record or a mark, which must be 1. */
LETHE_CHECKED enum lethe_status
form_version(const struct form *f, struct lethe_error *err);

#endif
