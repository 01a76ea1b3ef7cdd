#ifndef UNIT_BIT_TEXT_H
#define UNIT_BIT_TEXT_H

/* Writes consent strings bit by bit: what the decoders read, made by hand. */

#include "suite.h"

#include "consent/signals/tcf/tcf.h"

#define BIT_TEXT_MAX 32768

struct bit_text {
	char text[BIT_TEXT_MAX];
	size_t start; /* of the segment */
	size_t bits;  /* in it */
	size_t len;
};

static inline void
put_bits(struct bit_text *b, uint64_t value, unsigned count)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789-_";

	while (count--) {
		size_t at = b->start + b->bits / 6;
		const char *letter;
		long six;

		ck_assert_uint_lt(at, BIT_TEXT_MAX - 1);
		if (b->bits % 6 == 0)
			b->text[at] = 'A';
		letter = strchr(letters, b->text[at]);
		six = letter - letters;
		six |= (long)(value >> count & 1) << (5 - b->bits % 6);
		b->text[at] = letters[six];
		b->bits++;
		b->len = at + 1;
	}
}

/* A set whose bit 0 comes first. */
static inline void
put_set(struct bit_text *b, uint64_t set, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		put_bits(b, set >> i & 1, 1);
}

/* What comes next is another segment, or another section. */
static inline void
put_mark(struct bit_text *b, char mark)
{
	b->text[b->len++] = mark;
	b->start = b->len;
	b->bits = 0;
}

static inline void
put_string(struct bit_text *b, const char *text)
{
	memcpy(b->text + b->len, text, strlen(text));
	b->len += strlen(text);
}

static inline struct slice
bit_slice(const struct bit_text *b)
{
	return slice_make(b->text, b->len);
}

/* A core to its PublisherCC; zero is a string of nothing, of that day. */
struct core {
	int64_t created_ms, updated_ms;
	unsigned policy;
	unsigned language; /* its first letter, from 1; 0: sound */
	bool global, one_treatment;
	uint64_t features, consents, interests;
};

#define CORE_DAY INT64_C(1775001600000) /* 2026-04-01T00:00:00Z */

static inline void
put_core(struct bit_text *b, const struct core *c)
{
	int64_t created = c->created_ms ? c->created_ms : CORE_DAY;
	int64_t updated = c->updated_ms ? c->updated_ms : created;

	put_bits(b, 2, 6);
	put_bits(b, (uint64_t)created / 100, 36);
	put_bits(b, (uint64_t)updated / 100, 36);
	put_bits(b, 300, 12);
	put_bits(b, 2, 12);
	put_bits(b, 1, 6);
	put_bits(b, c->language ? c->language - 1 : 'E' - 'A', 6);
	put_bits(b, 'N' - 'A', 6);
	put_bits(b, 150, 12);
	put_bits(b, c->policy ? c->policy : 5, 6);
	put_bits(b, !c->global, 1);
	put_bits(b, 0, 1);
	put_set(b, c->features, 12);
	put_set(b, c->consents, 24);
	put_set(b, c->interests, 24);
	put_bits(b, c->one_treatment, 1);
	put_bits(b, 'D' - 'A', 6);
	put_bits(b, 'E' - 'A', 6);
}

/* A vendor section as a bitfield of those up to 64. */
static inline void
put_vendors(struct bit_text *b, uint64_t set)
{
	unsigned max = set ? 64 - (unsigned)__builtin_clzll(set) : 0;

	put_bits(b, max, 16);
	put_bits(b, 0, 1);
	put_set(b, set, max);
}

static inline void
put_range(struct bit_text *b, unsigned first, unsigned last)
{
	put_bits(b, 1, 1);
	put_bits(b, first, 16);
	put_bits(b, last, 16);
}

static inline void
put_disclosed(struct bit_text *b, uint64_t set)
{
	put_mark(b, '.');
	put_bits(b, 1, 3);
	put_vendors(b, set);
}

static inline void
put_publisher(struct bit_text *b, uint64_t consents, uint64_t interests)
{
	put_mark(b, '.');
	put_bits(b, 3, 3);
	put_set(b, consents, 24);
	put_set(b, interests, 24);
	put_bits(b, 0, 6);
}

/* One restriction, of the vendors 10 to 20 and 40000; none of type -1. */
static inline void
put_restriction(struct bit_text *b, unsigned purpose, int type)
{
	if (type < 0)
		return;
	put_bits(b, purpose, 6);
	put_bits(b, (unsigned)type, 2);
	put_bits(b, 2, 12);
	put_range(b, 10, 20);
	put_bits(b, 0, 1);
	put_bits(b, 40000, 16);
}

/* A string that must be sound. */
static inline struct tcf
decoded(const struct bit_text *b)
{
	struct finding f;
	struct tcf t;

	f = tcf_decode(bit_slice(b), SIZE_MAX, &t);
	if (f.code != FOUND_OK)
		ck_abort_msg("%s at %s", finding_name(f.code), f.place);
	return t;
}

#endif
