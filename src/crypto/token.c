#include "crypto/token.h"

#include "crypto/ring/form.h"
#include "crypto/secret.h"

#include <endian.h>
#include <sodium.h>

#define TOKEN_BYTES 16
#define TOKEN_DIGITS 26 /* of base32 */
#define CLASS_KEY_BYTES 32

/* An epoch of a domain that the policy names. */
struct token_epoch {
	size_t domain; /* index into want.domains */
	uint32_t number;
	int64_t active_from_ms;
	int64_t retire_at_ms;
};

struct token_keys {
	size_t epoch_count;
	size_t class_count;
	struct token_epoch *epochs;	  /* by domain */
	bool *used;			  /* [epoch][class] */
	uint8_t (*keys)[CLASS_KEY_BYTES]; /* [epoch][class], guarded */
};

static enum lethe_status
derive(const struct ring *r, const struct ring_want *want, uint32_t number,
	const struct ring_want_domain *domain, bool *used,
	uint8_t (*keys)[CLASS_KEY_BYTES], struct lethe_error *err)
{
	enum lethe_status status;
	void *domain_key;

	status = secret_new(CLASS_KEY_BYTES, &domain_key, err);
	if (status != LETHE_OK)
		return status;
	crypto_kdf_derive_from_key(domain_key, CLASS_KEY_BYTES,
		ring_domain_id(r, domain->name), "tokdomn1",
		r->keys[number - 1]);
	for (size_t i = 0; i < domain->class_count; i++) {
		uint32_t class = domain->classes[i];

		crypto_kdf_derive_from_key(keys[class], CLASS_KEY_BYTES,
			ring_class_id(r, want->classes[class].name), "tokclas1",
			domain_key);
		used[class] = true;
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

static enum lethe_status
fill(struct token_keys *k, const struct ring *r, const struct ring_want *want,
	struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;
	struct token_epoch *epoch = k->epochs;
	size_t row = 0;

	for (size_t d = 0; d < want->domain_count; d++)
		for (size_t e = 0; status == LETHE_OK && e < r->epoch_count;
			e++) {
			if (!is_of(r, e, &want->domains[d]))
				continue;
			*epoch++ = (struct token_epoch){
				.domain = d,
				.number = r->epochs[e].number,
				.active_from_ms = r->epochs[e].active_from_ms,
				.retire_at_ms = r->epochs[e].retire_at_ms,
			};
			status = derive(r, want, r->epochs[e].number,
				&want->domains[d], k->used + row, k->keys + row,
				err);
			row += k->class_count;
		}
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
	status = k->epochs && k->used
			 ? secret_new((cells + 1) * CLASS_KEY_BYTES, &keys, err)
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

static void
hash_within(struct slice outer, struct slice inner,
	const uint8_t key[static CLASS_KEY_BYTES],
	uint8_t out[static TOKEN_BYTES])
{
	const uint8_t len[4] = {(uint8_t)outer.len, (uint8_t)(outer.len >> 8),
		(uint8_t)(outer.len >> 16), (uint8_t)(outer.len >> 24)};
	crypto_generichash_state state;

	crypto_generichash_init(&state, key, CLASS_KEY_BYTES, TOKEN_BYTES);
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
token_make(const struct token_keys *k, size_t epoch, uint32_t class,
	struct slice prefix, struct slice outer, struct slice inner,
	char out[static TOKEN_TEXT_MAX])
{
	size_t cell = epoch * k->class_count + class, len = prefix.len;
	uint8_t hash[TOKEN_BYTES];

	bug_if(epoch >= k->epoch_count || class >= k->class_count);
	bug_if(!k->used[cell] || prefix.len > TOKEN_PREFIX_MAX);
	if (outer.ptr)
		hash_within(outer, inner, k->keys[cell], hash);
	else
		crypto_generichash(hash, sizeof(hash), inner.ptr, inner.len,
			k->keys[cell], CLASS_KEY_BYTES);
	memcpy(out, prefix.ptr, len);
	len += put_decimal(out + len, k->epochs[epoch].number);
	out[len++] = '_';
	put_base32(out + len, hash);
	return len + TOKEN_DIGITS;
}
