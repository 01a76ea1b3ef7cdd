#ifndef ENGINE_LEDGER_H
#define ENGINE_LEDGER_H

/* A ledger in memory (lethe/ledger.h) as a view asks it. */

#include "lethe/ledger.h"

#include "consent/book.h"
#include "policy/policy.h"

/* Its book; NULL when it was read for another policy. */
const struct book *
ledger_book(const struct lethe_ledger *ledger, const struct lethe_policy *of);

/*
 * What a row of a subject says of a purpose, by the policy: its notices and the
 * age of grants are looked at as well.
 */
struct answer
ledger_row_answer(const struct lethe_policy *policy, size_t purpose,
	const struct ledger_row *row, const struct consent_time *when);

/*
 * What the row of a remembered objection says of a purpose: a deny, an error
 * or, of whatever else stands there, silence.
 */
struct answer ledger_objection_answer(const struct ledger_row *row,
	size_t purpose, const struct consent_time *when);

#endif
