#ifndef CLI_KEYS_PEOPLE_H
#define CLI_KEYS_PEOPLE_H

/*
 * On which of the last 128 days each token was seen, in bounded memory.  Exact
 * up to PEOPLE_MAX tokens; from there on a sample: those whose keyed hash ends
 * in so many zero bits, which is the same share of any group of them.
 */

#include "base/slice.h"

#include <stdint.h>

#define PEOPLE_MAX ((size_t)1 << 20) /* 48 MiB */
#define PEOPLE_DAYS 128
#define PEOPLE_WINDOW 30 /* days: who was seen lately */

struct people;

/*
 *   seed      random
 *   now_ms    its UTC day is day 0
 *   most      PEOPLE_MAX, or fewer in tests; a power of two
 *   returns   NULL without memory
 */
struct people *people_new(uint64_t seed, int64_t now_ms, size_t most);
void people_free(struct people *p); /* or NULL */

/* One record.  False: without memory; what stands is useless. */
bool people_see(struct people *p, struct slice token, int64_t time_ms);

struct people_facts {
	size_t count;	 /* tokens in the sample */
	unsigned one_in; /* of so many; 1: all of them */
	int days;	 /* since the oldest record, today included */
};
struct people_facts people_facts(const struct people *p);

struct people_share {
	size_t lately; /* seen in the 30 days before the last `overlap` days */
	size_t again;  /* and of them in these days: an overlap carries them */
};

/*
 * What an overlap that began `overlap` days ago would have carried until now.
 * False: the records do not reach back so far.
 */
bool
people_share(const struct people *p, int overlap, struct people_share *out);

#endif
