#ifndef TESTS_ROTATE_H
#define TESTS_ROTATE_H

/* Rings of more than one epoch, as a rotation leaves them. */

#include "crypto/ring/form.h"
#include "crypto/secret.h"

#include <stdlib.h>

static inline void
rotate_need(bool ok)
{
	if (!ok)
		abort();
}

/* The last epoch of a domain. */
static inline struct ring_epoch *
rotate_last(struct ring *r, uint32_t domain)
{
	for (size_t i = r->epoch_count; i-- > 0;)
		if (r->epochs[i].domain == domain)
			return &r->epochs[i];
	abort();
}

/* The classes of an epoch have the same rules in the next. */
static inline void
rotate_rules(struct ring *r, uint32_t from, uint32_t to)
{
	size_t count = r->rules_count;
	struct ring_rules rules;

	for (size_t i = 0; i < count; i++) {
		if (r->rules[i].epoch != from)
			continue;
		rules = r->rules[i];
		rules.epoch = to;
		rotate_need(
			!RING_PUSH(&r->rules, &r->rules_count, &rules, NULL));
	}
}

/*
 * Another epoch of a domain; the one before it ends at `until_ms`.  The ring
 * is locked afterwards.
 */
static inline void
rotate_domain(
	struct ring *r, uint32_t domain, int64_t from_ms, int64_t until_ms)
{
	uint32_t before = rotate_last(r, domain)->number;
	const struct ring_epoch next = {.number = (uint32_t)r->epoch_count + 1,
		.domain = domain,
		.active_from_ms = from_ms};
	struct ring_epoch *e;
	void *key;

	ring_lock(r);
	rotate_last(r, domain)->retire_at_ms = until_ms;
	rotate_need(!RING_PUSH(&r->epochs, &r->epoch_count, &next, NULL));
	e = &r->epochs[next.number - 1];
	rotate_need(!secret_new(EPOCH_KEY_BYTES, &key, NULL));
	random_bytes(key, EPOCH_KEY_BYTES);
	ring_fingerprint(key, e->number, e->fingerprint);
	rotate_need(!ring_seal_key(r, e->number, key, NULL));
	secret_free(key);
	rotate_rules(r, before, e->number);
}

/* All domains of a ring, opened again by its secret. */
static inline void
rotate_all(struct ring *r, const struct secret_key *secret, int64_t from_ms,
	int64_t until_ms)
{
	for (uint32_t d = 1; d <= r->domain_count; d++)
		rotate_domain(r, d, from_ms, until_ms);
	rotate_need(!ring_unlock(r, secret, NULL, NULL));
}

#endif
