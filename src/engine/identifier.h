#ifndef ENGINE_IDENTIFIER_H
#define ENGINE_IDENTIFIER_H

/* An identifier as its class has it: on events, and where people name one. */

#include "text/ident.h"

/*
 * As ident_normalise; a placeholder that the class ignores is IDENT_BLANK.
 *
 *   ignore   normal forms
 */
LETHE_CHECKED enum ident_result
identifier_normal(struct slice text, bool lower, const struct slice *ignore,
	size_t ignore_count, struct arena *a, struct slice *out);

#endif
