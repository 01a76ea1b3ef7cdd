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
bool policy_ledger_asks(
	const struct lethe_policy *p, struct slice key, struct arena *a);

#endif
