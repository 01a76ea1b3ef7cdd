#ifndef CLI_CONSENT_SHEET_H
#define CLI_CONSENT_SHEET_H

/*
 * What `consent decode` shows of a string, once for both readers: each field
 * is a member of a JSON object, or a line for people.  A field without a key
 * is for people alone, one without a label for scripts alone.
 */

#include "consent/signals/finding.h"
#include "event/writer.h"

struct sheet {
	struct buf *out; /* borrowed */
	struct writer w; /* of --json */
	bool json;
};

void sheet_init(struct sheet *s, bool json, struct buf *out);

/*
 * Begins with the verdict.
 *
 *   format      its name; NULL: none is known
 *   text        the same in English
 *   tolerated   bits of enum finding_code: told when it is usable
 */
void sheet_begin(struct sheet *s, const char *format, const char *text,
	struct finding f, uint64_t tolerated);
void sheet_end(struct sheet *s);

/* Members of an object inside the object; for people a headline. */
void sheet_group(struct sheet *s, const char *key, const char *label);
void sheet_group_end(struct sheet *s);

void sheet_text(
	struct sheet *s, const char *key, const char *label, const char *text);
void
sheet_number(struct sheet *s, const char *key, const char *label, uint64_t n);
void
sheet_bool(struct sheet *s, const char *key, const char *label, bool value);
void
sheet_time(struct sheet *s, const char *key, const char *label, int64_t ms);
void sheet_null(struct sheet *s, const char *key, const char *label);

/* The numbers of a set whose bit 0 is 1, as a list. */
void
sheet_set(struct sheet *s, const char *key, const char *label, uint64_t set);

/* A set of numbers up to 65535. */
struct numbers {
	uint64_t words[1024];
};

/* A run, both ends included, at most 65535. */
void numbers_add(struct numbers *n, unsigned first, unsigned last);

/* As a list of each for scripts, of runs for people. */
void sheet_numbers(struct sheet *s, const char *key, const char *label,
	const struct numbers *n);

#endif
