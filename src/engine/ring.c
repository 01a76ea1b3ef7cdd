#include "lethe/ring.h"

#include "crypto/secret.h"
#include "engine/view.h"

static enum lethe_status
copy_recipients(struct lethe_ring *r, struct lethe_error *err)
{
	size_t count = ring_recipient_count(r->ring, ROLE_QUARANTINE);
	struct public_key *copy = calloc(count + 1, sizeof(*copy));

	if (!copy)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a ring");
	for (size_t i = 0; i < count; i++)
		copy[i] = *ring_recipient(r->ring, ROLE_QUARANTINE, i);
	r->quarantine = copy;
	r->quarantine_count = count;
	return LETHE_OK;
}

enum lethe_status
ring_open_with(struct ring *ring, const struct secret_key *key,
	struct lethe_ring **out, struct lethe_error *err)
{
	struct lethe_ring *r = calloc(1, sizeof(*r));
	enum lethe_status status;

	*out = NULL;
	if (!r) {
		ring_free(ring);
		return fail(err, LETHE_ENOMEM, 0, "no memory for a ring");
	}
	r->ring = ring;
	status = ring_verify(ring, NULL, err);
	if (status == LETHE_OK)
		status = ring_unlock(ring, key, NULL, err);
	if (status == LETHE_OK)
		status = copy_recipients(r, err);
	if (status == LETHE_OK)
		*out = r;
	else
		lethe_ring_free(r);
	return status;
}

enum lethe_status
lethe_ring_open(const char *path, const char *secret, struct lethe_ring **out,
	struct lethe_error *err)
{
	return lethe_ring_open_under(path, secret, NULL, out, err);
}

enum lethe_status
lethe_ring_open_under(const char *path, const char *secret,
	const char *passphrase, struct lethe_ring **out,
	struct lethe_error *err)
{
	struct secret_key *key = NULL;
	struct ring *ring = NULL;
	enum lethe_status status;

	*out = NULL;
	status = crypto_start(err);
	if (status == LETHE_OK)
		status = ring_read(path, &ring, err);
	if (status == LETHE_OK)
		status = secret_key_open_under(secret, passphrase, &key, err);
	if (status == LETHE_OK)
		status = ring_open_with(ring, key, out, err);
	else
		ring_free(ring);
	secret_key_free(key);
	return status;
}

void
lethe_ring_free(struct lethe_ring *ring)
{
	if (!ring)
		return;
	ring_free(ring->ring);
	free((void *)(uintptr_t)ring->quarantine);
	free(ring);
}
