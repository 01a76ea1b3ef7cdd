#include "crypto/token.h"

#include "crypto/ring/form.h"
#include "crypto/secret.h"
#include "crypto/token_day.h"

#include <endian.h>
#include <sodium.h>

#define TOKEN_BYTES 16
#define TOKEN_DIGITS 26 /* of base32 */

/* An epoch of a domain that the policy names. */
struct token_epoch {
	size_t domain; /* index into want.domains */
	uint32_t number;
	int64_t active_from_ms;
	int64_t retire_at_ms;
	size_t before; /* the one active before it, or SIZE_MAX */
};

struct token_keys {
	size_t epoch_count;
	size_t class_count;
	struct token_epoch *epochs;	  /* by domain */
	bool *used;			  /* [epoch][class] */
	bool *same;			  /* by the policy's rules there */
	uint8_t (*keys)[TOKEN_KEY_BYTES]; /* [epoch][class], guarded */
};

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

static void
hash_within(struct slice outer, struct slice inner,
	const uint8_t key[static TOKEN_KEY_BYTES],
	uint8_t out[static TOKEN_BYTES])
{
	const uint8_t len[4] = {(uint8_t)outer.len, (uint8_t)(outer.len >> 8),
		(uint8_t)(outer.len >> 16), (uint8_t)(outer.len >> 24)};
	crypto_generichash_state state;

	crypto_generichash_init(&state, key, TOKEN_KEY_BYTES, TOKEN_BYTES);
	crypto_generichash_update(&state, len, sizeof(len));
	crypto_generichash_update(&state, outer.ptr, outer.len);
	crypto_generichash_update(&state, inner.ptr, inner.len);
	crypto_generichash_final(&state, out, TOKEN_BYTES);
	sodium_memzero(&state, sizeof(state));
}

static size_t
put_decimal(char *out, uint32_t n)
{
	char digits[10];
	size_t count = 0;

	do {
		digits[count++] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	for (size_t i = 0; i < count; i++)
		out[i] = digits[count - 1 - i];
	return count;
}

/* The `count` digits of the lowest bits of `bits`. */
static void
put_digits(char *out, uint64_t bits, size_t count)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";

	for (size_t i = count; i-- > 0; bits >>= 5)
		out[i] = digits[bits & 31];
}

/*
 * RFC 4648 section 6 in lower case, without padding: 60 bits are 12 digits,
 * the last 8 of 128 are two.
 */
static void
put_base32(char out[static TOKEN_DIGITS], const uint8_t in[static TOKEN_BYTES])
{
	uint64_t high, low;

	memcpy(&high, in, sizeof(high));
	memcpy(&low, in + sizeof(high), sizeof(low));
	high = be64toh(high);
	low = be64toh(low);
	put_digits(out, high >> 4, 12);
	put_digits(out + 12, high << 56 | low >> 8, 12);
	put_digits(out + 24, low << 2, 2);
}

size_t
token_make(const struct token_keys *k, struct token_days *days,
	const struct token_of *of, char out[static TOKEN_TEXT_MAX])
{
	size_t cell = of->epoch * k->class_count + of->class;
	size_t len = of->prefix.len;
	uint8_t hash[TOKEN_BYTES];
	const uint8_t *key;

	bug_if(of->epoch >= k->epoch_count || of->class >= k->class_count);
	bug_if(!k->used[cell] || len > TOKEN_PREFIX_MAX);
	key = of->day == TOKEN_NO_DAY ? k->keys[cell]
				      : token_day_key(days, of, k->keys[cell]);
	if (of->outer.ptr)
		hash_within(of->outer, of->inner, key, hash);
	else
		crypto_generichash(hash, sizeof(hash), of->inner.ptr,
			of->inner.len, key, TOKEN_KEY_BYTES);
	memcpy(out, of->prefix.ptr, len);
	len += put_decimal(out + len, k->epochs[of->epoch].number);
	out[len++] = '_';
	put_base32(out + len, hash);
	return len + TOKEN_DIGITS;
}
