#ifndef POLICY_COMPILE_H
#define POLICY_COMPILE_H

/* The steps behind the parsers, in this order. */

#include "policy/draft.h"

/* The rules that tie one part of the file to another. */
void check_policy(struct draft *d);

/* Paths that another makes useless; only for a policy without mistakes. */
void check_clashes(struct draft *d);

/* Whether an input reads a topic. */
bool policy_input_has(const struct policy_input *in, const char *topic);

/* Sources that no purpose hears; only for a policy without mistakes. */
void warn_unheard(struct draft *d);

/* Warns of events that one before them takes whole; check_policy asks it. */
void check_shadowed(struct draft *d, size_t input);

/* Places that a field must not take its value from; check_policy asks it. */
void check_places(struct draft *d, size_t field);

/* The rules of the ledger, and the layout of its rows. */
void build_ledger(struct draft *d);

/* The trees of the records, and the digests of their names and types. */
void build_shapes(struct draft *d);

/*
 * What stands in front of a reader: a trie for each topic, one for all.
 * Only for a policy without mistakes.
 */
void build_channels(struct draft *d);

/* What the policy needs of a key ring. */
void build_want(struct draft *d);

#endif
