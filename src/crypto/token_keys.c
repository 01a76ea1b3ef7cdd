#include "crypto/token_own.h"

#include "crypto/ring/form.h"
#include "crypto/secret.h"

#include <sodium.h>

/* Whether an epoch has made tokens of a class by these rules. */
static bool
has_rules(const struct ring *r, uint32_t epoch, uint32_t class,
	const uint8_t digest[static DIGEST_BYTES])
{
	const struct ring_rules *rules = ring_rules_get(r, epoch, class);

	return rules && !memcmp(rules->digest, digest, DIGEST_BYTES);
}

static enum lethe_status
derive(struct token_keys *k, size_t epoch, const struct ring *r,
	const struct ring_want *want, struct lethe_error *err)
{
	const struct ring_want_domain *domain =
		&want->domains[k->epochs[epoch].domain];
	uint32_t number = k->epochs[epoch].number;
	enum lethe_status status;
	void *domain_key;

	status = secret_new(TOKEN_KEY_BYTES, &domain_key, err);
	if (status != LETHE_OK)
		return status;
	crypto_kdf_derive_from_key(domain_key, TOKEN_KEY_BYTES,
		ring_domain_id(r, domain->name), "tokdomn1",
		r->keys[number - 1]);
	for (size_t i = 0; i < domain->class_count; i++) {
		const struct ring_want_class *class =
			&want->classes[domain->classes[i]];
		size_t cell = epoch * k->class_count + domain->classes[i];
		uint32_t id = ring_class_id(r, class->name);

		crypto_kdf_derive_from_key(k->keys[cell], TOKEN_KEY_BYTES, id,
			"tokclas1", domain_key);
		k->used[cell] = true;
		k->same[cell] = has_rules(r, number, id, class->rules);
	}
	secret_free(domain_key);
	return LETHE_OK;
}

static bool
is_of(const struct ring *r, size_t epoch, const struct ring_want_domain *domain)
{
	return r->opened && r->opened[epoch] &&
	       r->epochs[epoch].domain == ring_domain_id(r, domain->name);
}

static size_t
count_epochs(const struct ring *r, const struct ring_want *want)
{
	size_t count = 0;

	for (size_t d = 0; d < want->domain_count; d++)
		for (size_t e = 0; e < r->epoch_count; e++)
			count += is_of(r, e, &want->domains[d]);
	return count;
}

/* One that was destroyed or given up before its instant never was. */
static bool
was_active(const struct ring_epoch *e)
{
	return (!e->retire_at_ms || e->retire_at_ms > e->active_from_ms) &&
	       (!e->destroyed_at_ms || e->destroyed_at_ms > e->active_from_ms);
}

static bool
is_before(const struct ring_epoch *a, const struct ring_epoch *b)
{
	if (a->active_from_ms != b->active_from_ms)
		return a->active_from_ms < b->active_from_ms;
	return a->number < b->number;
}

/*
 * The epoch that its domain had before one, or NULL.  Those whose keys are not
 * open count too: what stood before them overlaps nothing.
 */
static const struct ring_epoch *
epoch_before(const struct ring *r, const struct ring_epoch *e)
{
	const struct ring_epoch *best = NULL;

	for (size_t i = 0; i < r->epoch_count; i++) {
		const struct ring_epoch *o = &r->epochs[i];

		if (o->domain == e->domain && is_before(o, e) &&
			was_active(o) && (!best || is_before(best, o)))
			best = o;
	}
	return best;
}

static void
link_epochs(struct token_keys *k, const struct ring *r)
{
	for (size_t i = 0; i < k->epoch_count; i++) {
		struct token_epoch *e = &k->epochs[i];
		const struct ring_epoch *before =
			epoch_before(r, &r->epochs[e->number - 1]);

		e->before = SIZE_MAX;
		for (size_t o = 0; before && o < k->epoch_count; o++)
			if (k->epochs[o].number == before->number)
				e->before = o;
	}
}

static enum lethe_status
fill(struct token_keys *k, const struct ring *r, const struct ring_want *want,
	struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;
	size_t row = 0;

	for (size_t d = 0; d < want->domain_count; d++)
		for (size_t e = 0; status == LETHE_OK && e < r->epoch_count;
			e++) {
			if (!is_of(r, e, &want->domains[d]))
				continue;
			k->epochs[row] = (struct token_epoch){
				.domain = d,
				.number = r->epochs[e].number,
				.active_from_ms = r->epochs[e].active_from_ms,
				.retire_at_ms = r->epochs[e].retire_at_ms,
			};
			status = derive(k, row++, r, want, err);
		}
	if (status == LETHE_OK)
		link_epochs(k, r);
	return status;
}

enum lethe_status
token_keys_new(const struct ring *r, const struct ring_want *want,
	struct token_keys **out, struct lethe_error *err)
{
	enum lethe_status status;
	struct token_keys *k;
	size_t cells;
	void *keys = NULL;

	*out = NULL;
	status = ring_check(r, want, err);
	if (status != LETHE_OK)
		return status;
	k = calloc(1, sizeof(*k));
	if (!k)
		return fail(err, LETHE_ENOMEM, 0, "no memory for keys");
	k->epoch_count = count_epochs(r, want);
	k->class_count = want->class_count;
	cells = k->epoch_count * k->class_count;
	k->epochs = calloc(k->epoch_count + 1, sizeof(*k->epochs));
	k->used = calloc(cells + 1, sizeof(*k->used));
	k->same = calloc(cells + 1, sizeof(*k->same));
	status = k->epochs && k->used && k->same
			 ? secret_new((cells + 1) * TOKEN_KEY_BYTES, &keys, err)
			 : fail(err, LETHE_ENOMEM, 0, "no memory for keys");
	k->keys = keys;
	if (status == LETHE_OK)
		status = fill(k, r, want, err);
	if (status != LETHE_OK) {
		token_keys_free(k);
		return status;
	}
	secret_seal(keys);
	*out = k;
	return LETHE_OK;
}

void
token_keys_free(struct token_keys *k)
{
	if (!k)
		return;
	secret_free(k->keys);
	free(k->used);
	free(k->same);
	free(k->epochs);
	free(k);
}

size_t
token_epoch_at(const struct token_keys *k, size_t domain, int64_t now_ms,
	uint32_t *number)
{
	const struct token_epoch *e, *best = NULL;

	*number = 0;
	for (size_t i = 0; i < k->epoch_count; i++) {
		e = &k->epochs[i];
		if (e->domain != domain ||
			(e->active_from_ms && e->active_from_ms > now_ms) ||
			(e->retire_at_ms && e->retire_at_ms <= now_ms))
			continue;
		/* Epochs stand in the order of their numbers. */
		if (!best || e->active_from_ms >= best->active_from_ms)
			best = e;
	}
	if (!best)
		return SIZE_MAX;
	*number = best->number;
	return (size_t)(best - k->epochs);
}

size_t
token_epoch_was_at(const struct token_keys *k, size_t epoch, int64_t now_ms,
	uint32_t *number)
{
	size_t before;

	bug_if(epoch >= k->epoch_count);
	before = k->epochs[epoch].before;
	*number = 0;
	if (before == SIZE_MAX || !k->epochs[before].retire_at_ms ||
		k->epochs[before].retire_at_ms <= now_ms)
		return SIZE_MAX;
	*number = k->epochs[before].number;
	return before;
}

int64_t
token_epoch_end(const struct token_keys *k, size_t epoch)
{
	bug_if(epoch >= k->epoch_count);
	return k->epochs[epoch].retire_at_ms;
}

bool
token_is_same(const struct token_keys *k, size_t epoch, uint32_t class)
{
	bug_if(epoch >= k->epoch_count || class >= k->class_count);
	return k->same[epoch * k->class_count + class];
}
