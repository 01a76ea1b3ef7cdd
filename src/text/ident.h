#ifndef TEXT_IDENT_H
#define TEXT_IDENT_H

/*
 * The normal form of identifiers: valid UTF-8, NFC, trimmed of Unicode
 * White_Space, optionally ASCII lower case, 1 to 1024 bytes, no code point
 * unassigned in Unicode 15.0 (so that a newer library cannot change a token).
 */

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

#define IDENT_BYTES_MAX 1024

enum ident_result {
	IDENT_OK,
	IDENT_BLANK,   /* nothing left after trimming */
	IDENT_INVALID, /* malformed, unassigned code points, too long */
};

/*
 * Normalises one identifier.  ASCII without white space at its ends is given
 * back as it stands (borrowed); else the result is in the arena.
 *
 *   lower   ASCII letters to lower case
 *   out     zero unless IDENT_OK
 *
 * Source: Unicode UAX 15; DerivedAge 15.0.
 */
LETHE_CHECKED enum ident_result ident_normalise(
	struct slice text, bool lower, struct arena *a, struct slice *out);

/* Whether two texts are equal when ASCII case is ignored. */
bool ident_equal_fold(struct slice a, struct slice b);

/* The library behind this room, as it runs: "utf8proc 2.8.0"; static storage.
 */
const char *text_library(void);

#endif
