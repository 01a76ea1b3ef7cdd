#include "crypto/ring.h"

#include "crypto/ring/form.h"
#include "crypto/ring/life.h"
#include "crypto/secret.h"

#include <sodium.h>

_Static_assert(RING_SEALED_BYTES == RING_PLAIN_BYTES + crypto_box_SEALBYTES,
	"what crypto_box_seal adds");
_Static_assert(EPOCH_KEY_BYTES == crypto_kdf_KEYBYTES, "epoch keys derive");

/* What is sealed: a seal alone does not say for what ring and epoch. */
struct plain {
	uint8_t ring[RING_ID_BYTES];
	uint8_t epoch[8]; /* little-endian */
	uint8_t key[EPOCH_KEY_BYTES];
};

_Static_assert(sizeof(struct plain) == RING_PLAIN_BYTES, "no padding");

static void
put_number(uint8_t out[static 8], uint64_t n)
{
	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)(n >> 8 * i);
}

void
ring_fingerprint(const uint8_t key[static EPOCH_KEY_BYTES], uint32_t epoch,
	uint8_t out[static FINGERPRINT_BYTES])
{
	crypto_kdf_derive_from_key(
		out, FINGERPRINT_BYTES, epoch, "tokfngr1", key);
}

static enum lethe_status
insert_sealed(struct ring *r, uint32_t epoch, size_t recipient,
	const struct plain *plain, struct lethe_error *err)
{
	struct ring_sealed **list =
		epoch == RING_INDEX ? &r->index : &r->sealed;
	size_t *count =
		epoch == RING_INDEX ? &r->index_count : &r->sealed_count;
	struct ring_sealed s = {.epoch = epoch, .recipient = recipient};
	size_t at = *count;

	if (crypto_box_seal(s.bytes, (const uint8_t *)plain, sizeof(*plain),
		    r->recipients[recipient].key.bytes))
		return fail(err, LETHE_EKEY, 0,
			"a recipient's public key cannot be used");
	while (at && ((*list)[at - 1].epoch > epoch ||
			     ((*list)[at - 1].epoch == epoch &&
				     (*list)[at - 1].recipient > recipient)))
		at--;
	return RING_INSERT(list, count, at, &s, err);
}

static bool
holds(const struct ring *r, uint32_t epoch, size_t recipient)
{
	const struct ring_sealed *list =
		epoch == RING_INDEX ? r->index : r->sealed;
	size_t count = epoch == RING_INDEX ? r->index_count : r->sealed_count;

	for (size_t i = 0; i < count; i++)
		if (list[i].epoch == epoch && list[i].recipient == recipient)
			return true;
	return false;
}

#define EVERYBODY SIZE_MAX

static enum lethe_status
seal_to(struct ring *r, uint32_t epoch, size_t to,
	const uint8_t key[static EPOCH_KEY_BYTES], struct lethe_error *err)
{
	enum lethe_status status;
	struct plain *plain;
	void *memory;

	status = secret_new(sizeof(*plain), &memory, err);
	if (status != LETHE_OK)
		return status;
	plain = memory;
	memcpy(plain->ring, r->id, sizeof(r->id));
	put_number(plain->epoch, epoch);
	memcpy(plain->key, key, EPOCH_KEY_BYTES);
	for (size_t i = 0; status == LETHE_OK && i < r->recipient_count; i++)
		if ((to == i || to == EVERYBODY) &&
			ring_role_holds(r->recipients[i].role) &&
			!holds(r, epoch, i))
			status = insert_sealed(r, epoch, i, plain, err);
	secret_free(memory);
	return status;
}

enum lethe_status
ring_seal_key(struct ring *r, uint32_t epoch,
	const uint8_t key[static EPOCH_KEY_BYTES], struct lethe_error *err)
{
	return seal_to(r, epoch, EVERYBODY, key, err);
}

enum lethe_status
ring_seal_key_to(struct ring *r, uint32_t epoch, size_t recipient,
	const uint8_t key[static EPOCH_KEY_BYTES], struct lethe_error *err)
{
	return seal_to(r, epoch, recipient, key, err);
}

enum lethe_status
ring_seal_epoch(struct ring *r, struct ring_epoch *e, struct lethe_error *err)
{
	enum lethe_status status;
	void *key;

	status = secret_new(EPOCH_KEY_BYTES, &key, err);
	if (status != LETHE_OK)
		return status;
	random_bytes(key, EPOCH_KEY_BYTES);
	ring_fingerprint(key, e->number, e->fingerprint);
	status = ring_seal_key(r, e->number, key, err);
	secret_free(key);
	return status;
}

/* Opens one seal into *plain and holds all of it against the header. */
static enum lethe_status
open_sealed(const struct ring *r, const struct ring_sealed *sealed,
	const struct secret_key *secret, const uint8_t *fingerprint,
	struct plain *plain, struct lethe_error *err)
{
	uint8_t number[8], found[FINGERPRINT_BYTES];

	if (crypto_box_seal_open((uint8_t *)plain, sealed->bytes,
		    sizeof(sealed->bytes), secret_key_public(secret)->bytes,
		    secret_key_bytes(secret)))
		return fail(err, LETHE_ERING, 0,
			"epoch %u: the sealed key was changed", sealed->epoch);
	put_number(number, sealed->epoch);
	if (sodium_memcmp(plain->ring, r->id, sizeof(r->id)) ||
		sodium_memcmp(plain->epoch, number, sizeof(number)))
		return fail(err, LETHE_ERING, 0,
			"epoch %u: the sealed key is of another ring or epoch",
			sealed->epoch);
	ring_fingerprint(plain->key, sealed->epoch, found);
	if (sodium_memcmp(found, fingerprint, sizeof(found)))
		return fail(err, LETHE_ERING, 0,
			"epoch %u: the key does not have the fingerprint that "
			"the ring states",
			sealed->epoch);
	return LETHE_OK;
}

static enum lethe_status
open_epochs(struct ring *r, size_t recipient, const struct secret_key *secret,
	uint32_t only, struct plain *plain, struct lethe_error *err)
{
	const struct ring_sealed *s;
	const struct ring_epoch *e;
	enum lethe_status status;

	for (size_t i = 0; i < r->sealed_count; i++) {
		s = &r->sealed[i];
		e = &r->epochs[s->epoch - 1];
		if (s->recipient != recipient || (only && e->domain != only))
			continue;
		status = open_sealed(r, s, secret, e->fingerprint, plain, err);
		if (status != LETHE_OK)
			return status;
		memcpy(r->keys[s->epoch - 1], plain->key, EPOCH_KEY_BYTES);
		r->opened[s->epoch - 1] = true;
	}
	for (size_t i = 0; i < r->index_count; i++) {
		if (r->index[i].recipient != recipient)
			continue;
		status = open_sealed(r, &r->index[i], secret,
			r->index_fingerprint, plain, err);
		if (status != LETHE_OK)
			return status;
		memcpy(r->keys[r->epoch_count], plain->key, EPOCH_KEY_BYTES);
		r->opened[r->epoch_count] = true;
	}
	return LETHE_OK;
}

static enum lethe_status
find_recipient(const struct ring *r, const struct public_key *k, size_t *out,
	struct lethe_error *err)
{
	bool other = false;

	*out = 0;
	for (size_t i = 0; i < r->recipient_count; i++) {
		if (memcmp(&r->recipients[i].key, k, sizeof(*k)) != 0)
			continue;
		*out = i;
		if (ring_role_holds(r->recipients[i].role))
			return LETHE_OK;
		other = true;
	}
	return fail(err, LETHE_EKEY, 0,
		other ? "the secret key is the quarantine's; the ring's keys "
			"are sealed to its runtime recipient"
		      : "the ring has no recipient with this secret key");
}

enum lethe_status
ring_unlock(struct ring *r, const struct secret_key *secret, const char *only,
	struct lethe_error *err)
{
	uint32_t domain = only ? ring_domain_id(r, slice_of(only)) : 0;
	void *plain = NULL, *keys = NULL;
	enum lethe_status status;
	size_t recipient;

	ring_lock(r);
	if (only && !domain)
		return fail(err, LETHE_ERING, 0, "the ring has no domain %.64s",
			only);
	status = find_recipient(r, secret_key_public(secret), &recipient, err);
	if (status != LETHE_OK)
		return status;
	r->opened = calloc(r->epoch_count + 1, sizeof(*r->opened));
	if (!r->opened)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a ring");
	status = secret_new((r->epoch_count + 1) * EPOCH_KEY_BYTES, &keys, err);
	if (status != LETHE_OK)
		goto out;
	r->keys = keys;
	status = secret_new(sizeof(struct plain), &plain, err);
	if (status == LETHE_OK)
		status = open_epochs(r, recipient, secret, domain, plain, err);
	if (status == LETHE_OK)
		secret_seal(keys);
out:
	secret_free(plain);
	if (status != LETHE_OK)
		ring_lock(r);
	return status;
}

static bool
is_forgettable(const struct ring *r, size_t i, int64_t now_ms)
{
	return ring_holds(r, i) &&
	       ring_epoch_state(r, i, now_ms - RING_FORGET_MS) ==
		       EPOCH_ERASE_ONLY;
}

size_t
ring_forget(struct ring *r, int64_t now_ms)
{
	size_t count = 0;

	for (size_t i = 0; i < r->epoch_count; i++) {
		if (!is_forgettable(r, i, now_ms))
			continue;
		if (!count++)
			secret_unseal(r->keys);
		sodium_memzero(r->keys[i], EPOCH_KEY_BYTES);
		r->opened[i] = false;
	}
	if (count)
		secret_seal(r->keys);
	return count;
}

enum lethe_status
ring_keyed(const struct ring *r, struct keyed **out, struct lethe_error *err)
{
	*out = NULL;
	if (!r->opened || !r->opened[r->epoch_count])
		return fail(err, LETHE_ERING, 0,
			"the ring's index key, which names the consent "
			"ledger's rows, is not sealed to this secret key: "
			"`lethe keys recipient` makes it one of the runtime");
	return keyed_new(r->keys[r->epoch_count], out, err);
}
