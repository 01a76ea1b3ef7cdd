#include "crypto/ring/form.h"

#include "base/file.h"

#include <inttypes.h>
#include <sodium.h>

static void
put_hex(struct buf *out, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf_printf(out, "%02x", bytes[i]);
}

static void
put_names(struct buf *out, const char *word, const struct ring_name *names,
	size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_printf(out, "%s %zu %s\n", word, i + 1, names[i].text);
}

static void
put_key(struct buf *out, const struct public_key *key)
{
	base64_put(out, slice_make(key->bytes, PUBLIC_KEY_BYTES));
}

static void
put_signature(struct buf *out, const struct ring_signature *s)
{
	put_key(out, &s->signer);
	buf_put_byte(out, ' ');
	base64_put(out, slice_make(s->bytes, sizeof(s->bytes)));
	buf_put_byte(out, '\n');
}

static void
put_handover(struct buf *out, const struct ring_handover *h)
{
	buf_printf(out, "handover %" PRIu32 " threshold %" PRIu32, h->version,
		h->to.threshold);
	for (size_t i = 0; i < h->to.count; i++) {
		buf_put_byte(out, ' ');
		put_key(out, &h->to.keys[i]);
	}
	buf_put_byte(out, '\n');
}

void
ring_put_handover(
	const struct ring *r, const struct ring_handover *h, struct buf *out)
{
	buf_printf(out, "lethe-handover 1\nid %s\n", r->id_text);
	put_handover(out, h);
}

static void
put_epoch(struct buf *out, const struct ring_epoch *e)
{
	buf_printf(out,
		"epoch %" PRIu32 " domain %" PRIu32 " created %" PRId64
		" active %" PRId64 " retire %" PRId64 " destroyed %" PRId64
		" fingerprint ",
		e->number, e->domain, e->created_ms, e->active_from_ms,
		e->retire_at_ms, e->destroyed_at_ms);
	put_hex(out, e->fingerprint, sizeof(e->fingerprint));
	buf_put_byte(out, '\n');
}

static void
put_sealed(struct buf *out, const struct ring *r, const struct ring_sealed *s)
{
	const struct ring_recipient *to = &r->recipients[s->recipient];
	char id[2 * KEY_ID_BYTES + 1];

	public_key_id(&to->key, id);
	if (s->epoch == RING_INDEX)
		buf_put_text(out, "index-key");
	else
		buf_printf(out, "key %" PRIu32, s->epoch);
	buf_printf(out, " %s %s ", ring_role_name(to->role), id);
	base64_put(out, slice_make(s->bytes, sizeof(s->bytes)));
	buf_put_byte(out, '\n');
}

static void
put_header(struct buf *out, const struct ring *r)
{
	buf_printf(out, "lethe-ring %d\nid %s\nversion %" PRIu32 "\nprevious ",
		RING_FORMAT, r->id_text, r->version);
	put_hex(out, r->previous, sizeof(r->previous));
	buf_put_text(out, "\nalgorithm " RING_ALGORITHM "\n");
	put_names(out, "domain", r->domains, r->domain_count);
	put_names(out, "class", r->classes, r->class_count);
	for (size_t i = 0; i < r->join_count; i++)
		buf_printf(out, "join %" PRIu32 " %s %s\n", r->joins[i].domain,
			r->joins[i].purpose.text, r->joins[i].why.text);
	for (size_t i = 0; i < r->recipient_count; i++) {
		buf_printf(out, "recipient %s ",
			ring_role_name(r->recipients[i].role));
		put_key(out, &r->recipients[i].key);
		buf_put_byte(out, '\n');
	}
	buf_printf(out, "threshold %" PRIu32 "\n", r->threshold);
	if (r->policy_threshold)
		buf_printf(out, "policy-threshold %" PRIu32 "\n",
			r->policy_threshold);
}

static void
put_changes(struct buf *out, const struct ring *r)
{
	for (size_t i = 0; i < r->handover_count; i++)
		put_handover(out, &r->handovers[i]);
	for (size_t i = 0; i < r->history_count; i++) {
		const struct ring_change *c = &r->history[i];

		buf_printf(out, "history %" PRIu32 " %" PRId64 " ", c->version,
			c->at_ms);
		put_hex(out, c->previous, sizeof(c->previous));
		buf_printf(out, " %s\n", c->what.text);
	}
}

/* A handover's are not under the digest: it is stated before they are made. */
void
ring_put_signatures(const struct ring *r, struct buf *out)
{
	for (size_t i = 0; i < r->handover_count; i++)
		for (size_t k = 0; k < r->handovers[i].signature_count; k++) {
			buf_printf(out, "handover-signature %" PRIu32 " ",
				r->handovers[i].version);
			put_signature(out, &r->handovers[i].signatures[k]);
		}
	for (size_t i = 0; i < r->signature_count; i++) {
		buf_put_text(out, "signature ");
		put_signature(out, &r->signatures[i]);
	}
}

void
ring_hash(struct slice text, uint8_t out[static RING_HASH_BYTES])
{
	crypto_generichash(out, RING_HASH_BYTES, text.ptr, text.len, NULL, 0);
}

void
ring_put_text(const struct ring *r, struct buf *out,
	uint8_t hash[static RING_HASH_BYTES])
{
	put_header(out, r);
	for (size_t i = 0; i < r->epoch_count; i++)
		put_epoch(out, &r->epochs[i]);
	for (size_t i = 0; i < r->epoch_count; i++)
		if (r->epochs[i].compromised_at_ms)
			buf_printf(out, "compromised %" PRIu32 " %" PRId64 "\n",
				r->epochs[i].number,
				r->epochs[i].compromised_at_ms);
	for (size_t i = 0; i < r->rules_count; i++) {
		buf_printf(out, "rules %" PRIu32 " %" PRIu32 " ",
			r->rules[i].epoch, r->rules[i].class);
		put_hex(out, r->rules[i].digest, DIGEST_BYTES);
		buf_put_byte(out, '\n');
	}
	for (size_t i = 0; i < r->sealed_count; i++)
		put_sealed(out, r, &r->sealed[i]);
	buf_put_text(out, "index fingerprint ");
	put_hex(out, r->index_fingerprint, FINGERPRINT_BYTES);
	buf_put_byte(out, '\n');
	for (size_t i = 0; i < r->index_count; i++)
		put_sealed(out, r, &r->index[i]);
	put_changes(out, r);
	ring_hash(buf_slice(out), hash);
	buf_put_text(out, "digest ");
	put_hex(out, hash, RING_HASH_BYTES);
	buf_put_byte(out, '\n');
}

enum lethe_status
ring_text(const struct ring *r, struct slice *out, struct lethe_error *err)
{
	struct ring_bytes *b = r->bytes;

	*out = (struct slice){0};
	if (!b->seen) {
		buf_reset(&b->text);
		ring_put_text(r, &b->text, b->hash);
		b->clear = b->text.len;
		ring_put_signatures(r, &b->text);
		if (b->text.full)
			return fail(err, LETHE_ERING, 0,
				"the ring is larger than %d bytes",
				RING_TEXT_MAX);
		b->seen = true;
	}
	*out = buf_slice(&b->text);
	return LETHE_OK;
}

enum lethe_status
ring_write(const struct ring *r, const char *path, bool fresh,
	struct lethe_error *err)
{
	enum lethe_status status;
	struct slice text;

	status = ring_text(r, &text, err);
	if (status != LETHE_OK)
		return status;
	return file_write(path, 0644, fresh, text, err);
}
