#include "kafka/held.h"

#include "crypto/encode.h"
#include "crypto/ring.h"
#include "engine/view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HEAD "lethe 1"

void
held_of(const struct lethe_view *view, const struct lethe_ring *ring,
	struct held *out)
{
	const uint8_t *digest;

	*out = (struct held){.policy = view->policy->revision};
	if (!ring)
		return;
	out->ring = ring_version(ring->ring);
	(void)snprintf(out->id, sizeof(out->id), "%s", ring_id(ring->ring));
	digest = ring_digest(ring->ring);
	if (digest)
		hex_text(digest, HELD_DIGEST_DIGITS / 2, out->digest);
	if (ring_policy_threshold(ring->ring))
		hex_text(view->policy->digest, HELD_DIGEST_DIGITS / 2,
			out->policy_digest);
}

size_t
held_put(const struct held *h, char out[static HELD_TEXT_BYTES])
{
	int n = 0;

	out[0] = '\0';
	if (!h->ring && !h->policy)
		return 0;
	n = snprintf(out, HELD_TEXT_BYTES,
		HEAD " ring=%" PRId64 " policy=%" PRId64, h->ring, h->policy);
	if (*h->id)
		n += snprintf(out + n, HELD_TEXT_BYTES - (size_t)n,
			" id=%s%s%s", h->id, *h->digest ? " digest=" : "",
			h->digest);
	if (*h->policy_digest)
		n += snprintf(out + n, HELD_TEXT_BYTES - (size_t)n,
			" policy-digest=%s", h->policy_digest);
	return (size_t)n;
}

/* Decimal digits to the end; false, and *out as it was, else. */
static bool
number_of(struct slice word, int64_t *out)
{
	int64_t value = 0;

	if (!word.len || word.len > 18)
		return false;
	for (size_t i = 0; i < word.len; i++) {
		if (word.ptr[i] < '0' || word.ptr[i] > '9')
			return false;
		value = value * 10 + (word.ptr[i] - '0');
	}
	*out = value;
	return true;
}

static bool
hex_of(struct slice word, size_t digits, char *out)
{
	uint8_t bytes[HELD_ID_DIGITS / 2];

	if (word.len != digits || !hex_get(word, bytes, digits / 2))
		return false;
	hex_text(bytes, digits / 2, out);
	return true;
}

/* A word of ours is as it should be, or the whole text is not ours. */
static bool
read_word(struct slice word, struct held *out)
{
	const uint8_t *equals = memchr(word.ptr, '=', word.len);
	struct slice name = word, value;

	if (!equals)
		return true;
	name.len = (size_t)(equals - word.ptr);
	value = slice_make(equals + 1, word.len - name.len - 1);
	if (slice_is(name, "ring"))
		return number_of(value, &out->ring);
	if (slice_is(name, "policy"))
		return number_of(value, &out->policy);
	if (slice_is(name, "id"))
		return hex_of(value, HELD_ID_DIGITS, out->id);
	if (slice_is(name, "digest"))
		return hex_of(value, HELD_DIGEST_DIGITS, out->digest);
	if (slice_is(name, "policy-digest"))
		return hex_of(value, HELD_DIGEST_DIGITS, out->policy_digest);
	return true;
}

void
held_get(const void *text, size_t len, struct held *out)
{
	const size_t head = sizeof(HEAD) - 1;
	struct slice rest = slice_make(text, len);
	bool ours = text && len > head && !memcmp(text, HEAD " ", head + 1);

	*out = (struct held){0};
	if (ours) {
		rest.ptr += head + 1;
		rest.len -= head + 1;
	}
	while (ours && rest.len) {
		const uint8_t *end = memchr(rest.ptr, ' ', rest.len);
		size_t n = end ? (size_t)(end - rest.ptr) : rest.len;

		ours = read_word(slice_make(rest.ptr, n), out);
		n += end != NULL;
		rest.ptr += n;
		rest.len -= n;
	}
	if (!ours)
		*out = (struct held){0};
}

/* Whether two texts are both known and not one. */
static bool
differ(const char *a, const char *b)
{
	return *a && *b && strcmp(a, b) != 0;
}

enum held_answer
held_against(const struct held *own, const struct held *seen)
{
	if (own->ring && seen->ring) {
		if (differ(own->id, seen->id))
			return HELD_RING_OTHER;
		if (seen->ring > own->ring)
			return HELD_RING_OLDER;
		if (seen->ring == own->ring &&
			differ(own->digest, seen->digest))
			return HELD_RING_FORKED;
	}
	if (seen->policy > own->policy)
		return HELD_POLICY_OLDER;
	return seen->policy == own->policy &&
			       differ(own->policy_digest, seen->policy_digest)
		       ? HELD_POLICY_FORKED
		       : HELD_FINE;
}

enum lethe_status
held_check(const struct held *own, const struct held *seen,
	struct lethe_error *err)
{
	switch (held_against(own, seen)) {
	case HELD_RING_OLDER:
		return fail(err, LETHE_EBEHIND, 0,
			"ring version %" PRId64 " is held, and the group has "
			"worked under version %" PRId64
			": bring the newer ring",
			own->ring, seen->ring);
	case HELD_RING_FORKED:
		return fail(err, LETHE_EBEHIND, 0,
			"ring version %" PRId64 " is held with digest %.8s, "
			"and the group has worked under one with %.8s: which "
			"is the right one?",
			own->ring, own->digest, seen->digest);
	case HELD_RING_OTHER:
		return fail(err, LETHE_EBEHIND, 0,
			"the ring %.8s is held, and the group has worked under "
			"the ring %.8s: every token would be another",
			own->id, seen->id);
	case HELD_POLICY_OLDER:
		return fail(err, LETHE_EBEHIND, 0,
			"policy revision %" PRId64 " is held, and the group "
			"has worked under revision %" PRId64
			": bring the newer policy",
			own->policy, seen->policy);
	case HELD_POLICY_FORKED:
		return fail(err, LETHE_EBEHIND, 0,
			"policy revision %" PRId64 " is held with digest %.8s, "
			"and the group has worked under one with %.8s: which "
			"is the right one?",
			own->policy, own->policy_digest, seen->policy_digest);
	case HELD_FINE:
	case HELD_ANSWERS: break;
	}
	return LETHE_OK;
}
