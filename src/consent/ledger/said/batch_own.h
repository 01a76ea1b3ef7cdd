#ifndef LEDGER_SAID_BATCH_OWN_H
#define LEDGER_SAID_BATCH_OWN_H

/* A batch of words, for batch.c and tell.c. */

#include "base/sip.h"
#include "consent/ledger/batch.h"

struct batch_subject {
	struct slice key;
	uint8_t *record; /* as heard; NULL: a tombstone, or none was */
	size_t len;
	bool heard;
	int64_t time_ms;
	size_t first, count; /* its words, once it is closed */
};

struct batch_word {
	size_t subject, number;
	struct said_word word;
};

struct said_batch {
	struct arena arena;   /* keys */
	struct arena scratch; /* of one subject */
	struct said_reader *reader;
	struct sip_seed seed;
	struct batch_subject *subjects;
	size_t subject_count, subject_cap;
	struct batch_word *words;
	size_t word_count, word_cap;
	size_t *places; /* 1 + subject, by hash */
	size_t mask;
	struct buf value;
	struct buf before, after; /* what is signed: of what stands, and new */
	const uint8_t (*signers)[32];
	size_t signer_count;
	const struct signing_key *key;
};

#endif
