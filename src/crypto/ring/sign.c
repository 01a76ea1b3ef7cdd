#include "crypto/ring/form.h"
#include "crypto/ring/life.h"

#include <sodium.h>
#include <stdlib.h>

static int
compare_keys(const void *a, const void *b)
{
	return memcmp(a, b, PUBLIC_KEY_BYTES);
}

void
ring_signers_now(const struct ring *r, struct ring_signers *out)
{
	*out = (struct ring_signers){.threshold = r->threshold};
	for (size_t i = 0; i < r->recipient_count; i++)
		if (r->recipients[i].role == ROLE_SIGNER)
			out->keys[out->count++] = r->recipients[i].key;
}

bool
ring_signers_equal(const struct ring_signers *a, const struct ring_signers *b)
{
	return a->threshold == b->threshold && a->count == b->count &&
	       !memcmp(a->keys, b->keys, a->count * sizeof(a->keys[0]));
}

static bool
is_in(const struct ring_signers *set, const struct public_key *key)
{
	for (size_t i = 0; i < set->count; i++)
		if (!memcmp(&set->keys[i], key, sizeof(*key)))
			return true;
	return false;
}

/* How many of a set signed; the signatures were checked when taken. */
static size_t
count_of(const struct ring_signers *set, const struct ring_signature *list,
	size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += is_in(set, &list[i].signer);
	return n;
}

static enum lethe_status
need(const struct ring_signers *set, const struct ring_signature *list,
	size_t count, const char *what, uint32_t version,
	struct lethe_error *err)
{
	size_t n = count_of(set, list, count);

	if (n >= set->threshold)
		return LETHE_OK;
	return fail(err, LETHE_ERING, 0,
		"%s of ring version %u has %zu of the %u signatures it needs",
		what, version, n, set->threshold);
}

/* The signers before the change of signers `h`, as far as the ring tells. */
static struct ring_signers
before(const struct ring *r, size_t h)
{
	return h ? r->handovers[h - 1].to : (struct ring_signers){0};
}

static const struct ring_handover *
change_now(const struct ring *r)
{
	const struct ring_handover *last =
		r->handover_count ? &r->handovers[r->handover_count - 1] : NULL;

	return last && last->version == r->version ? last : NULL;
}

/* Where the settings' set stands in the chain: before this handover. */
static size_t
start_of(const struct ring *r, const struct ring_signers *trusted)
{
	for (size_t i = r->handover_count; i-- > 0;)
		if (ring_signers_equal(&r->handovers[i].to, trusted))
			return i + 1;
	return 0;
}

static enum lethe_status
follow(const struct ring *r, size_t from, struct ring_signers *set,
	struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;

	for (size_t i = from; !status && i < r->handover_count; i++) {
		const struct ring_handover *h = &r->handovers[i];

		status = need(set, h->signatures, h->signature_count,
			"the change of signers", h->version, err);
		if (!status)
			status = need(&h->to, h->signatures, h->signature_count,
				"the change of signers", h->version, err);
		/* The version itself is everybody's word, old and new. */
		if (!status && h->version == r->version)
			status = need(set, r->signatures, r->signature_count,
				"the text", r->version, err);
		*set = h->to;
	}
	return status;
}

static void
sort_trust(const struct ring_trust *trust, struct ring_signers *out)
{
	*out = (struct ring_signers){.threshold = trust->threshold};
	for (size_t i = 0; i < trust->count && i < RING_RECIPIENTS_MAX; i++)
		out->keys[out->count++] = trust->signers[i];
	qsort(out->keys, out->count, sizeof(out->keys[0]), compare_keys);
}

enum lethe_status
ring_verify(const struct ring *r, const struct ring_trust *trust,
	struct lethe_error *err)
{
	struct ring_signers set = {0}, now;
	enum lethe_status status;
	size_t from = 0;

	ring_signers_now(r, &now);
	if (trust) {
		sort_trust(trust, &set);
		from = start_of(r, &set);
	}
	status = follow(r, from, &set, err);
	if (status)
		return status;
	if (!ring_signers_equal(&set, &now))
		return fail(err, LETHE_ERING, 0,
			trust ? "the ring's signers are not those that are "
				"trusted, and no signed change of signers "
				"leads from them to it"
			      : "the ring names signers that no signed change "
				"of signers made");
	return need(&now, r->signatures, r->signature_count, "the text",
		r->version, err);
}

enum lethe_status
ring_signed_bytes(
	const struct ring *r, struct slice *out, struct lethe_error *err)
{
	enum lethe_status status = ring_text(r, out, err);

	out->len = status ? 0 : r->bytes->clear;
	return status;
}

bool
ring_handover_bytes(const struct ring *r, struct buf *out)
{
	const struct ring_handover *h = change_now(r);

	if (h)
		ring_put_handover(r, h, out);
	return h != NULL;
}

bool
ring_may_hand_over(
	const struct ring *r, size_t h, const struct public_key *signer)
{
	const struct ring_signers old = before(r, h);

	return is_in(&r->handovers[h].to, signer) || is_in(&old, signer);
}

bool
ring_may_sign(const struct ring *r, const struct public_key *signer)
{
	struct ring_signers set;

	ring_signers_now(r, &set);
	if (is_in(&set, signer))
		return true;
	if (!change_now(r))
		return false;
	set = before(r, r->handover_count - 1);
	return is_in(&set, signer);
}

/* Where it would stand in the order of the signers; SIZE_MAX: it stands there.
 */
static size_t
place_of(const struct ring_signature *list, size_t count,
	const struct public_key *by)
{
	while (count && compare_keys(&list[count - 1].signer, by) > 0)
		count--;
	return count && !compare_keys(&list[count - 1].signer, by) ? SIZE_MAX
								   : count;
}

static struct ring_signature
signature_of(const struct public_key *by,
	const uint8_t bytes[static RING_SIGNATURE_BYTES])
{
	struct ring_signature s = {.signer = *by};

	memcpy(s.bytes, bytes, RING_SIGNATURE_BYTES);
	return s;
}

/* The change of signers itself, as those say who were there before. */
static void
sign_handover(struct ring_handover *h, const struct ring_signature *s)
{
	size_t at = place_of(h->signatures, h->signature_count, &s->signer);

	if (at == SIZE_MAX)
		return;
	bug_if(h->signature_count == 2 * RING_RECIPIENTS_MAX);
	memmove(&h->signatures[at + 1], &h->signatures[at],
		(h->signature_count - at) * sizeof(*s));
	h->signatures[at] = *s;
	h->signature_count++;
}

static bool
is_right(struct slice over, const struct public_key *signer,
	const uint8_t *signature)
{
	return signature && !crypto_sign_verify_detached(signature, over.ptr,
				    over.len, signer->bytes);
}

static enum lethe_status
check_signatures(const struct ring *r, const struct public_key *signer,
	const uint8_t *signature, const uint8_t *handover,
	struct lethe_error *err)
{
	enum lethe_status status;
	struct slice over;
	struct buf b;
	bool right;

	if (!ring_may_sign(r, signer))
		return fail(err, LETHE_EKEY, 0,
			"the key is no signer of this ring");
	status = ring_signed_bytes(r, &over, err);
	if (status)
		return status;
	right = is_right(over, signer, signature);
	buf_init(&b, RING_TEXT_MAX);
	if (ring_handover_bytes(r, &b))
		right = right && is_right(buf_slice(&b), signer, handover);
	buf_fini(&b);
	return right ? LETHE_OK
		     : fail(err, LETHE_ERING, 0,
			       "a signature is not one of this ring");
}

enum lethe_status
ring_take_signature(struct ring *r, const struct public_key *signer,
	const uint8_t signature[static RING_SIGNATURE_BYTES],
	const uint8_t *handover, struct lethe_error *err)
{
	enum lethe_status status =
		check_signatures(r, signer, signature, handover, err);
	struct ring_signature s;
	size_t at;

	if (status)
		return status;
	at = place_of(r->signatures, r->signature_count, signer);
	if (at == SIZE_MAX)
		return fail(
			err, LETHE_EUSAGE, 0, "this key has signed already");
	s = signature_of(signer, signature);
	status = RING_INSERT(&r->signatures, &r->signature_count, at, &s, err);
	if (status)
		return status;
	if (change_now(r)) {
		s = signature_of(signer, handover);
		sign_handover(&r->handovers[r->handover_count - 1], &s);
	}
	/* The bytes before the signatures stay: only what follows is new. */
	r->bytes->seen = false;
	return ring_text(r, &(struct slice){0}, err);
}

size_t
ring_signature_count(const struct ring *r)
{
	return r->signature_count;
}

const struct public_key *
ring_signature_of(const struct ring *r, size_t i)
{
	bug_if(i >= r->signature_count);
	return &r->signatures[i].signer;
}

size_t
ring_signed_by(const struct ring *r)
{
	struct ring_signers now;

	ring_signers_now(r, &now);
	return count_of(&now, r->signatures, r->signature_count);
}

uint32_t
ring_threshold(const struct ring *r)
{
	return r->threshold;
}

uint32_t
ring_policy_threshold(const struct ring *r)
{
	return r->policy_threshold;
}
