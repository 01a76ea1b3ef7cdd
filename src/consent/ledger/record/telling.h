#ifndef LEDGER_RECORD_TELLING_H
#define LEDGER_RECORD_TELLING_H

/* A record while it is read: tell.c is told its leaves, settle.c makes a row
 * of them. */

#include "consent/ledger/record.h"
#include "consent/ledger/record/signed.h"
#include "event/reader.h"

/* Keys of a purpose's entry. */
#define PART_MAP(X) \
	X(STATE, "state") \
	X(AT, "at") \
	X(SINCE, "since") \
	X(UNTIL, "until") \
	X(NOTICE, "notice")

enum part {
#define X(code, name) PART_##code,
	PART_MAP(X)
#undef X
		PART_COUNT
};

/* The parts that are signed stand behind `state`, in the same order. */
_Static_assert(PART_COUNT - PART_AT == SIGNED_PARTS, "signed parts");

/* Where an entry goes. */
#define TARGET_STAR LEDGER_PURPOSES_MAX
#define TARGET_NONE SIZE_MAX

/* An entry as it is being told, leaf by leaf. */
struct draft {
	struct ledger_entry entry;
	uint32_t parts; /* bits of those seen */
};

struct telling {
	const struct ledger_layout *layout;
	struct draft now;
	size_t target;	 /* of `now` */
	uint32_t number; /* of `now` among the purposes, from 1; 0: none */
	struct draft drafts[LEDGER_PURPOSES_MAX + 1];
	uint64_t own; /* bits of the purposes told */
	bool star;
	bool has_v, has_purposes;
	uint8_t notice; /* of the whole record */
	enum lethe_status status;
	struct lethe_error *err;
	struct signed_form *form; /* gathers what is signed */
};

static inline bool
draft_has(const struct draft *d, enum part part)
{
	return d->parts >> part & 1;
}

/* Empty; errors go to `err` (may be NULL). */
void telling_init(struct telling *t, const struct ledger_layout *layout,
	struct signed_form *form, struct lethe_error *err);

/* A leaf_visitor's; `ctx` is the telling. */
void telling_leaf(void *ctx, const struct leaf_step *steps, size_t depth,
	const struct value *v, const uint32_t *slots, size_t slot_count);

/* All leaves are told: t->status says whether they are of the form. */
void telling_end(struct telling *t);

/* Every grant counts as malformed: nobody who may has signed them. */
void telling_refuse_grants(struct telling *t);

/* The row of a telling that has ended well. */
void telling_settle(const struct telling *t, struct ledger_row *out);

#endif
