#include "cli/keys/people.h"

#include "base/sip.h"

#include <stdlib.h>

#define DAY_MS INT64_C(86400000)
#define FIRST_SLOTS ((size_t)4096)

struct person {
	uint64_t hash;	  /* 0: nobody */
	uint64_t days[2]; /* bit d: seen d days ago */
};

struct people {
	struct sip_seed seed;
	int64_t today; /* days since 1970 */
	size_t most;
	struct person *slots; /* open addressing, at most half full */
	size_t slot_count, count;
	unsigned shift; /* hashes with so many zero bits at the end are kept */
	int oldest;	/* days ago; -1: nothing was seen */
};

static int64_t
day_of(int64_t ms)
{
	return ms / DAY_MS - (ms % DAY_MS < 0);
}

struct people *
people_new(uint64_t seed, int64_t now_ms, size_t most)
{
	struct people *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	*p = (struct people){.seed = sip_seed(seed),
		.today = day_of(now_ms),
		.most = most,
		.slot_count = FIRST_SLOTS < 2 * most ? FIRST_SLOTS : 2 * most,
		.oldest = -1};
	p->slots = calloc(p->slot_count, sizeof(*p->slots));
	if (!p->slots) {
		free(p);
		return NULL;
	}
	return p;
}

void
people_free(struct people *p)
{
	if (!p)
		return;
	free(p->slots);
	free(p);
}

static bool
is_kept(const struct people *p, uint64_t hash)
{
	return !(hash & ((UINT64_C(1) << p->shift) - 1));
}

/* The high bits: the low ones of a sample are all zero. */
static struct person *
find(struct person *slots, size_t count, uint64_t hash)
{
	size_t i = (size_t)(hash >> 32) & (count - 1);

	while (slots[i].hash && slots[i].hash != hash)
		i = (i + 1) & (count - 1);
	return &slots[i];
}

/* Into a table of another size, or of fewer people. */
static bool
rebuild(struct people *p, size_t slot_count)
{
	struct person *slots = calloc(slot_count, sizeof(*slots));

	if (!slots)
		return false;
	p->count = 0;
	for (size_t i = 0; i < p->slot_count; i++) {
		const struct person *o = &p->slots[i];

		if (!o->hash || !is_kept(p, o->hash))
			continue;
		*find(slots, slot_count, o->hash) = *o;
		p->count++;
	}
	free(p->slots);
	p->slots = slots;
	p->slot_count = slot_count;
	return true;
}

static bool
make_room(struct people *p)
{
	if (2 * (p->count + 1) <= p->slot_count)
		return true;
	if (p->slot_count < 2 * p->most)
		return rebuild(p, 2 * p->slot_count);
	p->shift++;
	return rebuild(p, p->slot_count);
}

bool
people_see(struct people *p, struct slice token, int64_t time_ms)
{
	uint64_t hash = sip_hash(&p->seed, token);
	int64_t ago = p->today - day_of(time_ms);
	struct person *person;

	hash += !hash;
	/* A clock that goes ahead: it is today. */
	ago = ago < 0 ? 0 : ago;
	if (ago >= PEOPLE_DAYS)
		return true;
	if (ago > p->oldest)
		p->oldest = (int)ago;
	if (!is_kept(p, hash))
		return true;
	person = find(p->slots, p->slot_count, hash);
	if (!person->hash) {
		if (!make_room(p))
			return false;
		if (!is_kept(p, hash))
			return true;
		person = find(p->slots, p->slot_count, hash);
		person->hash = hash;
		p->count++;
	}
	person->days[ago / 64] |= UINT64_C(1) << ago % 64;
	return true;
}

struct people_facts
people_facts(const struct people *p)
{
	return (struct people_facts){
		p->count, 1U << (p->shift < 31 ? p->shift : 31), p->oldest + 1};
}

static bool
was_seen(const struct person *o, int from, int to)
{
	for (int d = from; d < to; d++)
		if (o->days[d / 64] >> d % 64 & 1)
			return true;
	return false;
}

bool
people_share(const struct people *p, int overlap, struct people_share *out)
{
	*out = (struct people_share){0};
	if (p->oldest < overlap || overlap + PEOPLE_WINDOW > PEOPLE_DAYS)
		return false;
	for (size_t i = 0; i < p->slot_count; i++) {
		const struct person *o = &p->slots[i];

		if (!o->hash || !was_seen(o, overlap, overlap + PEOPLE_WINDOW))
			continue;
		out->lately++;
		out->again += was_seen(o, 0, overlap);
	}
	return true;
}
