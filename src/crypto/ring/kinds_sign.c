#include "crypto/ring/line.h"

#include <sodium.h>

static enum lethe_status
take_threshold(
	struct line *p, enum ring_role role, uint32_t least, uint32_t *out)
{
	size_t signers = ring_recipient_count(p->r, role);
	enum lethe_status status;
	uint64_t n = 0;

	status = take_number(p, "", signers, &n);
	if (!status && (n < least || (signers && !n)))
		return line_refuse(p, "", "none of %zu must sign", signers);
	*out = (uint32_t)n;
	return status;
}

enum lethe_status
read_threshold(struct line *p)
{
	if (!ring_recipient_count(p->r, ROLE_RUNTIME) ||
		!ring_recipient_count(p->r, ROLE_QUARANTINE))
		return line_refuse(p, "",
			"a runtime and a quarantine recipient "
			"must stand before it");
	return take_threshold(p, ROLE_SIGNER, 0, &p->r->threshold);
}

enum lethe_status
read_policy_threshold(struct line *p)
{
	if (p->r->policy_threshold)
		return line_refuse(p, "", "doubled");
	return take_threshold(p, ROLE_POLICY, 1, &p->r->policy_threshold);
}

static enum lethe_status
take_version(struct line *p, uint32_t *out)
{
	uint64_t n = 0;
	enum lethe_status status = take_number(p, "version", p->r->version, &n);

	if (!status && n < 2)
		return line_refuse(p, "version", "changes count from 2");
	*out = (uint32_t)n;
	return status;
}

static enum lethe_status
take_set(struct line *p, struct ring_signers *to)
{
	enum lethe_status status = LETHE_OK;
	uint64_t threshold = 0;

	status = take_label(p, "threshold");
	if (!status)
		status = take_number(
			p, "threshold", RING_RECIPIENTS_MAX, &threshold);
	while (!status && p->words.len) {
		if (to->count == RING_RECIPIENTS_MAX)
			return line_refuse(p, "signer", "more than %d",
				RING_RECIPIENTS_MAX);
		status = take_base64(p, "signer", to->keys[to->count].bytes,
			PUBLIC_KEY_BYTES);
		if (!status && to->count &&
			memcmp(&to->keys[to->count - 1], &to->keys[to->count],
				PUBLIC_KEY_BYTES) >= 0)
			return line_refuse(
				p, "signer", "out of order or doubled");
		to->count++;
	}
	if (!status && (!threshold || threshold > to->count))
		return line_refuse(p, "threshold", "not 1 to %zu", to->count);
	to->threshold = (uint32_t)threshold;
	return status;
}

enum lethe_status
read_handover(struct line *p)
{
	struct ring_handover h = {0};
	struct ring *r = p->r;
	enum lethe_status status = take_version(p, &h.version);

	if (!status)
		status = take_set(p, &h.to);
	if (status)
		return status;
	if (r->handover_count &&
		r->handovers[r->handover_count - 1].version >= h.version)
		return line_refuse(p, "version", "out of order or doubled");
	return RING_PUSH(&r->handovers, &r->handover_count, &h, p->err);
}

enum lethe_status
read_history(struct line *p)
{
	struct ring_change c = {0};
	struct ring *r = p->r;
	enum lethe_status status = take_version(p, &c.version);
	uint64_t at = 0;

	if (!status)
		status = take_number(p, "at", RING_TIME_MAX, &at);
	if (!status)
		status = take_hex(p, "previous", c.previous, RING_HASH_BYTES);
	if (status)
		return status;
	c.at_ms = (int64_t)at;
	if (!ring_why_is(p->words))
		return line_refuse(p, "what", "not 1 to %d printable letters",
			RING_WHY_MAX);
	memcpy(c.what.text, p->words.ptr, p->words.len);
	p->words = (struct slice){0};
	if (c.version == r->version &&
		memcmp(c.previous, r->previous, RING_HASH_BYTES) != 0)
		return line_refuse(p, "previous", "not the ring's");
	if (r->history_count == RING_HISTORY_MAX ||
		(r->history_count &&
			r->history[r->history_count - 1].version > c.version))
		return line_refuse(p, "version", "out of order, or too many");
	return RING_PUSH(&r->history, &r->history_count, &c, p->err);
}

enum lethe_status
read_digest(struct line *p)
{
	uint8_t stated[RING_HASH_BYTES], found[RING_HASH_BYTES];
	enum lethe_status status = take_hex(p, "", stated, sizeof(stated));

	if (status != LETHE_OK)
		return status;
	ring_hash(slice_make(p->text, p->start), found);
	if (memcmp(stated, found, sizeof(found)) != 0)
		return line_refuse(p, "", "the lines before it were changed");
	p->clear = (size_t)(p->rest.ptr - p->text);
	return LETHE_OK;
}

static enum lethe_status
take_signature(struct line *p, const struct ring_signature *before,
	struct slice over, struct ring_signature *out)
{
	enum lethe_status status =
		take_base64(p, "signer", out->signer.bytes, PUBLIC_KEY_BYTES);

	if (!status)
		status = take_base64(
			p, "bytes", out->bytes, RING_SIGNATURE_BYTES);
	if (status)
		return status;
	if (before &&
		memcmp(&before->signer, &out->signer, PUBLIC_KEY_BYTES) >= 0)
		return line_refuse(p, "signer", "out of order or doubled");
	if (crypto_sign_verify_detached(
		    out->bytes, over.ptr, over.len, out->signer.bytes))
		return line_refuse(p, "bytes", "not a signature of this ring");
	return LETHE_OK;
}

enum lethe_status
read_handover_signature(struct line *p)
{
	struct ring *r = p->r;
	struct ring_handover *h = NULL;
	enum lethe_status status;
	struct buf over;
	uint32_t version;

	status = take_version(p, &version);
	if (status)
		return status;
	for (size_t i = 0; i < r->handover_count; i++)
		if (r->handovers[i].version == version)
			h = &r->handovers[i];
	if (!h || h->signature_count == 2 * RING_RECIPIENTS_MAX)
		return line_refuse(p, "version", "no such handover, or full");
	buf_init(&over, RING_TEXT_MAX);
	ring_put_handover(r, h, &over);
	status = take_signature(p,
		h->signature_count ? &h->signatures[h->signature_count - 1]
				   : NULL,
		buf_slice(&over), &h->signatures[h->signature_count]);
	buf_fini(&over);
	if (!status && !ring_may_hand_over(r, (size_t)(h - r->handovers),
			       &h->signatures[h->signature_count].signer))
		return line_refuse(p, "signer", "neither an old nor a new one");
	if (!status)
		h->signature_count++;
	return status;
}

enum lethe_status
read_signature(struct line *p)
{
	struct ring *r = p->r;
	size_t n = r->signature_count;
	struct ring_signature s;
	enum lethe_status status =
		take_signature(p, n ? &r->signatures[n - 1] : NULL,
			slice_make(p->text, p->clear), &s);

	if (!status && !ring_may_sign(r, &s.signer))
		return line_refuse(p, "signer", "none of this ring");
	return status ? status
		      : RING_PUSH(&r->signatures, &r->signature_count, &s,
				p->err);
}
