#include "crypto/ring/form.h"
#include "crypto/ring/life.h"

#include <stdarg.h>
#include <stdio.h>

bool
ring_why_is(struct slice text)
{
	if (!text.len || text.len > RING_WHY_MAX || text.ptr[0] == ' ' ||
		text.ptr[text.len - 1] == ' ')
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] < 0x20 || text.ptr[i] > 0x7e)
			return false;
	return true;
}

/* A version changes only once somebody has seen it. */
static enum lethe_status
raise_version(struct ring *r, struct lethe_error *err)
{
	if (!r->bytes->seen)
		return LETHE_OK;
	if (r->version == UINT32_MAX - 1)
		return fail(err, LETHE_ERING, 0,
			"the ring can have no further version");
	memcpy(r->previous, r->bytes->hash, sizeof(r->previous));
	r->version++;
	r->bytes->seen = false;
	return LETHE_OK;
}

static enum lethe_status
note(struct ring *r, int64_t now_ms, const char *what, struct lethe_error *err)
{
	struct ring_change change = {
		.version = r->version, .at_ms = now_ms > 0 ? now_ms : 0};

	if (r->history_count == RING_HISTORY_MAX)
		return fail(err, LETHE_ERING, 0,
			"the ring has no room for more than %d changes",
			RING_HISTORY_MAX);
	memcpy(change.previous, r->previous, sizeof(change.previous));
	(void)snprintf(change.what.text, sizeof(change.what.text), "%s", what);
	return RING_PUSH(&r->history, &r->history_count, &change, err);
}

enum lethe_status
ring_begin_change(struct ring *r, int64_t now_ms, struct lethe_error *err,
	const char *format, ...)
{
	char what[RING_WHY_MAX + 1];
	enum lethe_status status;
	va_list args;

	va_start(args, format);
	(void)vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	ring_lock(r);
	status = raise_version(r, err);
	r->signature_count = 0;
	if (r->handover_count &&
		r->handovers[r->handover_count - 1].version == r->version)
		r->handovers[r->handover_count - 1].signature_count = 0;
	/* Version 1 is what it is made as. */
	if (status || r->version == 1)
		return status;
	return note(r, now_ms, what, err);
}

void
ring_reopen(struct ring *r)
{
	r->bytes->seen = false;
	r->signature_count = 0;
}

/* A change of signers that was signed once, and given up, is none. */
static bool
same_handovers(const struct ring *later, const struct ring *earlier)
{
	size_t count = 0;

	while (count < later->handover_count &&
		later->handovers[count].version <= earlier->version)
		count++;
	if (count != earlier->handover_count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (later->handovers[i].version !=
				earlier->handovers[i].version ||
			!ring_signers_equal(&later->handovers[i].to,
				&earlier->handovers[i].to))
			return false;
	return true;
}

bool
ring_descends(const struct ring *later, const struct ring *earlier)
{
	const uint8_t *hash = ring_digest(earlier);

	for (size_t i = 0; hash && i < later->history_count; i++)
		if (later->history[i].version == earlier->version + 1 &&
			memcmp(later->history[i].previous, hash,
				RING_HASH_BYTES) != 0)
			return false;
	return !memcmp(later->index_fingerprint, earlier->index_fingerprint,
		       FINGERPRINT_BYTES) &&
	       same_handovers(later, earlier);
}

/* Of the same recipient, or NULL. */
static const struct ring_sealed *
seal_of(const struct ring *r, uint32_t epoch, const struct ring_recipient *to)
{
	const struct ring_sealed *list = epoch ? r->sealed : r->index;
	size_t count = epoch ? r->sealed_count : r->index_count;

	for (size_t i = 0; i < count; i++) {
		const struct ring_recipient *of =
			&r->recipients[list[i].recipient];

		if (list[i].epoch == epoch && of->role == to->role &&
			!memcmp(&of->key, &to->key, sizeof(to->key)))
			return &list[i];
	}
	return NULL;
}

bool
ring_seals_stand(const struct ring *was, const struct ring *is, uint32_t epoch)
{
	for (size_t i = 0; i < was->recipient_count; i++) {
		const struct ring_recipient *to = &was->recipients[i];
		const struct ring_sealed *a = seal_of(was, epoch, to);
		const struct ring_sealed *b = seal_of(is, epoch, to);

		if (a && b && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) != 0)
			return false;
	}
	return true;
}

bool
ring_rules_stand(const struct ring *was, const struct ring *is, uint32_t epoch)
{
	for (size_t i = 0; i < was->rules_count; i++) {
		const struct ring_rules *a = &was->rules[i], *b;

		if (a->epoch != epoch)
			continue;
		b = ring_rules_get(is, epoch, a->class);
		if (!b || memcmp(a->digest, b->digest, DIGEST_BYTES) != 0)
			return false;
	}
	return true;
}

size_t
ring_history_count(const struct ring *r)
{
	return r->history_count;
}

struct ring_event
ring_history_get(const struct ring *r, size_t i)
{
	const struct ring_change *c = &r->history[i];

	bug_if(i >= r->history_count);
	return (struct ring_event){
		c->version, c->at_ms, c->previous, c->what.text};
}
