#ifndef CONSENT_LEDGER_SAID_H
#define CONSENT_LEDGER_SAID_H

/*
 * A record of the consent topic as a whole, for those who write it: what a
 * person said of every purpose, of those too that no policy of ours has.  One
 * more word is put to it, and it is written again.
 *
 * The laws of a word (held by tests/unit/ledger_said.c):
 *   what it does not name answers as before;
 *   an older word changes nothing but what it would have ended in its time,
 *   and of two at one time the stricter counts;
 *   a grant that is said again before its end, under the notice that it has,
 *   keeps its `since`;
 *   what is written can be read by ledger_decode.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "consent/ledger/record.h"

#define SAID_ALL "*"

/* All is borrowed from the arena that it was read into. */
struct said_entry {
	struct slice purpose;	/* SAID_ALL: of all */
	struct ledger_entry is; /* its `notice` is not used */
	struct slice notice;	/* its own; ptr NULL: none */
	/* Times as the record has them, since a signature is over the texts;
	   once it is changed they are written anew. */
	bool as_read;
	struct slice at, since, until; /* ptr NULL: not there */
};

struct said {
	struct said_entry *entries;
	size_t count, cap;
	struct slice jurisdiction, source; /* ptr NULL: none */
	struct slice notice; /* of entries without one; ptr NULL: none */
	struct slice sig;    /* ptr NULL: none */
	bool gone; /* a tombstone: what was said before it counts no more */
};

struct said_reader;

LETHE_CHECKED enum lethe_status said_reader_new(
	uint64_t seed, struct said_reader **out, struct lethe_error *err);
void said_reader_free(struct said_reader *r); /* NULL allowed */

/*
 * Reads the value of a record.
 *
 *   value   ptr NULL: a tombstone, which says nothing
 *   a       holds what *out borrows
 *
 * Fails: as ledger_decode.
 */
LETHE_CHECKED enum lethe_status
said_read(struct said_reader *r, struct slice value, struct arena *a,
	struct said *out, struct lethe_error *err);

/* One more word.  Texts are borrowed as long as what it is put to. */
struct said_word {
	struct slice purpose;
	enum ledger_state state;
	bool no; /* instead of `state`: withdrawn where a grant stands, else
		    refused */
	bool has_until;
	int64_t at_ms, until_ms;
	int64_t max_age_ms; /* of a grant without an end; 0: none */
	struct slice notice, jurisdiction, source; /* ptr NULL: not stated */
};

/* Which rule a word breaks by itself, or NULL. */
const char *said_word_broken(const struct said_word *w);

enum said_result {
	SAID_CHANGED,
	SAID_SAME,  /* it stands there already */
	SAID_OLDER, /* a later or stricter word stands there */
};

/* What stood for the word's purpose, and what stands: as it counts, with the
 * notice that holds. */
struct said_change {
	struct said_entry was, is; /* purpose.ptr NULL: nothing */
};

/*
 * Puts a word to what was said.
 *
 *   record_ms   of the record: the time of an entry that states none
 *   change      of SAID_CHANGED
 *
 * Fails: ENOMEM.
 */
LETHE_CHECKED enum lethe_status
said_put(struct said *s, const struct said_word *w, int64_t record_ms,
	struct arena *a, enum said_result *result, struct said_change *change,
	struct lethe_error *err);

/* The entry that counts for a purpose, or NULL; of SAID_ALL its own alone. */
const struct said_entry *said_of(const struct said *s, struct slice purpose);

/* The notice that holds of an entry. */
static inline struct slice
said_notice(const struct said *s, const struct said_entry *e)
{
	return e->notice.ptr ? e->notice : s->notice;
}

/* Whether anything is given. */
bool said_grants(const struct said *s);

/* The bytes that a record's signature is over; as ledger_signed_bytes. */
LETHE_CHECKED enum lethe_status
said_signed_bytes(struct said_reader *r, struct slice key, struct slice value,
	struct buf *out, struct lethe_error *err);

/* The value of a record, as JSON; out->full without memory. */
void said_write(const struct said *s, struct buf *out);

/* {"state":…,"at":…}, or null. */
void said_write_entry(const struct said_entry *e, struct buf *out);

/* Room for one entry more, cleared, or NULL without memory. */
struct said_entry *said_add(struct said *s, struct arena *a);

#endif
