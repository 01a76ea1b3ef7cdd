#ifndef ENGINE_LEDGER_H
#define ENGINE_LEDGER_H

/* A ledger in memory (lethe/ledger.h) as a view asks it. */

#include "lethe/ledger.h"

#include "consent/book.h"

/* Its book; NULL when it was read for another policy. */
const struct book *
ledger_book(const struct lethe_ledger *ledger, const struct lethe_policy *of);

#endif
