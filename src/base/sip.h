#ifndef BASE_SIP_H
#define BASE_SIP_H

/*
 * A keyed hash for tables whose keys come from outside: who does not know the
 * seed cannot choose keys that meet in one place.  Not for secrets.
 */

#include "base/slice.h"

struct sip_seed {
	uint64_t word[2];
};

/* Two words out of one that is random. */
struct sip_seed sip_seed(uint64_t seed);

/* Source: SipHash-1-3, Aumasson and Bernstein, "SipHash", 2012. */
uint64_t sip_hash(const struct sip_seed *seed, struct slice s);

#endif
