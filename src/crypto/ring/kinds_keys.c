#include "crypto/ring/line.h"

static enum lethe_status
take_epoch(struct line *p, struct ring_epoch *e)
{
	enum lethe_status status;
	uint64_t number, domain = 0;

	status = take_number(p, "number", RING_EPOCHS_MAX, &number);
	if (status == LETHE_OK && number != p->r->epoch_count + 1)
		return line_refuse(
			p, "number", "must be %zu", p->r->epoch_count + 1);
	if (status == LETHE_OK)
		status = take_label(p, "domain");
	if (status == LETHE_OK)
		status = take_number(p, "domain", p->r->domain_count, &domain);
	if (status == LETHE_OK && !domain)
		return line_refuse(p, "domain", "ids count from 1");
	if (status == LETHE_OK)
		status = take_time(p, "created", &e->created_ms);
	if (status == LETHE_OK)
		status = take_time(p, "active", &e->active_from_ms);
	if (status == LETHE_OK)
		status = take_time(p, "retire", &e->retire_at_ms);
	if (status == LETHE_OK)
		status = take_time(p, "destroyed", &e->destroyed_at_ms);
	if (status == LETHE_OK)
		status = take_label(p, "fingerprint");
	if (status == LETHE_OK)
		status = take_hex(
			p, "fingerprint", e->fingerprint, FINGERPRINT_BYTES);
	e->number = (uint32_t)number;
	e->domain = (uint32_t)domain;
	return status;
}

/* Epochs of a domain follow one another; one that was called off is none. */
static bool
follows(const struct ring *r, const struct ring_epoch *e)
{
	for (size_t i = r->epoch_count; i-- > 0;) {
		const struct ring_epoch *before = &r->epochs[i];

		if (before->domain == e->domain && !ring_was_called_off(before))
			return e->active_from_ms > before->active_from_ms;
	}
	return true;
}

enum lethe_status
read_epoch(struct line *p)
{
	struct ring_epoch e = {0};
	struct ring *r = p->r;
	enum lethe_status status = take_epoch(p, &e);

	if (status != LETHE_OK)
		return status;
	if (e.retire_at_ms && e.retire_at_ms < e.active_from_ms)
		return line_refuse(p, "retire", "before active");
	if (!follows(r, &e))
		return line_refuse(
			p, "active", "not after what the domain had before");
	return RING_PUSH(&r->epochs, &r->epoch_count, &e, p->err);
}

enum lethe_status
read_compromised(struct line *p)
{
	struct ring *r = p->r;
	uint64_t number = 0, at = 0;
	enum lethe_status status =
		take_number(p, "epoch", r->epoch_count, &number);

	if (!status)
		status = take_number(p, "at", RING_TIME_MAX, &at);
	if (status)
		return status;
	if (!number || !at)
		return line_refuse(p, "", "counts from 1");
	for (size_t i = number - 1; i < r->epoch_count; i++)
		if (r->epochs[i].compromised_at_ms)
			return line_refuse(p, "", "out of order or doubled");
	r->epochs[number - 1].compromised_at_ms = (int64_t)at;
	return LETHE_OK;
}

enum lethe_status
read_rules(struct line *p)
{
	const struct ring_rules *before;
	struct ring_rules rules;
	struct ring *r = p->r;
	enum lethe_status status;
	uint64_t epoch = 0, class = 0;

	status = take_number(p, "epoch", r->epoch_count, &epoch);
	if (status == LETHE_OK)
		status = take_number(p, "class", r->class_count, &class);
	if (status == LETHE_OK)
		status = take_hex(p, "digest", rules.digest, DIGEST_BYTES);
	if (status != LETHE_OK)
		return status;
	if (!epoch || !class)
		return line_refuse(p, "", "ids count from 1");
	rules.epoch = (uint32_t)epoch;
	rules.class = (uint32_t) class;
	before = r->rules_count ? &r->rules[r->rules_count - 1] : NULL;
	if (before && (before->epoch > rules.epoch ||
			      (before->epoch == rules.epoch &&
				      before->class >= rules.class)))
		return line_refuse(p, "", "out of order or doubled");
	return RING_PUSH(&r->rules, &r->rules_count, &rules, p->err);
}

static enum lethe_status
take_recipient(struct line *p, size_t *out)
{
	char id[2 * KEY_ID_BYTES + 1];
	enum lethe_status status;
	enum ring_role role;
	struct slice word;

	status = take_role(p, &role);
	if (status != LETHE_OK)
		return status;
	if (!ring_role_holds(role))
		return line_refuse(p, "role",
			"keys are sealed to runtime and erasure alone");
	word = slice_word(&p->words, ' ');
	for (*out = 0; *out < p->r->recipient_count; ++*out) {
		public_key_id(&p->r->recipients[*out].key, id);
		if (p->r->recipients[*out].role == role && slice_is(word, id))
			return LETHE_OK;
	}
	return line_refuse(p, "recipient", "the ring has no such recipient");
}

static enum lethe_status
read_sealed(struct line *p, uint32_t epoch, struct ring_sealed **list,
	size_t *count)
{
	struct ring_sealed sealed = {.epoch = epoch}, *before;
	enum lethe_status status = take_recipient(p, &sealed.recipient);

	if (status == LETHE_OK)
		status = take_base64(
			p, "seal", sealed.bytes, sizeof(sealed.bytes));
	if (status != LETHE_OK)
		return status;
	before = *count ? &(*list)[*count - 1] : NULL;
	if (before && (before->epoch > epoch ||
			      (before->epoch == epoch &&
				      before->recipient >= sealed.recipient)))
		return line_refuse(p, "", "out of order or doubled");
	return RING_PUSH(list, count, &sealed, p->err);
}

enum lethe_status
read_key(struct line *p)
{
	enum lethe_status status;
	uint64_t epoch;

	status = take_number(p, "epoch", p->r->epoch_count, &epoch);
	if (status != LETHE_OK)
		return status;
	if (!epoch || p->r->epochs[epoch - 1].destroyed_at_ms)
		return line_refuse(p, "epoch", "none, or a destroyed one");
	return read_sealed(
		p, (uint32_t)epoch, &p->r->sealed, &p->r->sealed_count);
}

enum lethe_status
read_index(struct line *p)
{
	enum lethe_status status = take_label(p, "fingerprint");

	if (status == LETHE_OK)
		status = take_hex(p, "fingerprint", p->r->index_fingerprint,
			FINGERPRINT_BYTES);
	return status;
}

enum lethe_status
read_index_key(struct line *p)
{
	return read_sealed(p, RING_INDEX, &p->r->index, &p->r->index_count);
}
