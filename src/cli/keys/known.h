#ifndef CLI_KEYS_KNOWN_H
#define CLI_KEYS_KNOWN_H

/*
 * What `keys drill --make` writes beside a backup, to hold a restored ring
 * against: `lethe-drill 1`, `ring ID`, `version N`, and for each class of each
 * epoch `token EPOCH CLASS TOKEN`, of an identifier that is nobody's.
 */

#include "crypto/drill.h"

struct known {
	uint32_t epoch;
	uint32_t class; /* numbers */
	char token[TOKEN_TEXT_MAX];
};

struct known_set {
	char ring[64]; /* id; empty: not stated */
	uint32_t version;
	struct known *list;
	size_t count;
};

/*
 * All that an unlocked ring can make.
 *
 * Fails: LETHE_ENOMEM.
 */
LETHE_CHECKED enum lethe_status known_make(
	const struct ring *r, struct known_set *out, struct lethe_error *err);

/* Never over a file that is there. */
LETHE_CHECKED enum lethe_status known_write(
	const struct known_set *k, const char *path, struct lethe_error *err);

/*
 *   out   known_free ends it, also on failure
 *
 * Fails: LETHE_EUSAGE naming the line.
 */
LETHE_CHECKED enum lethe_status
known_read(const char *path, struct known_set *out, struct lethe_error *err);
void known_free(struct known_set *k);

#endif
