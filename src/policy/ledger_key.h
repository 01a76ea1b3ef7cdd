#ifndef POLICY_LEDGER_KEY_H
#define POLICY_LEDGER_KEY_H

#include "policy/policy.h"

/*
 * Whether an event can ask the consent ledger for the record of this key: it
 * is `class:identifier`, of a class whose subjects are looked up, in normal
 * form, and no placeholder; or the same behind `lethe:objection:SOURCE:`, of a
 * source that remembers.
 *
 *   a   reset; what the normal form needs
 */
/* Whose a key is. */
struct policy_ledger_key {
	size_t source; /* that remembers; SIZE_MAX: what a person said */
	size_t class;
	struct slice identifier; /* in the key */
};

/* The same, and whose it is. */
bool policy_ledger_key(const struct lethe_policy *p, struct slice key,
	struct arena *a, struct policy_ledger_key *out);

bool policy_ledger_asks(
	const struct lethe_policy *p, struct slice key, struct arena *a);

#endif
