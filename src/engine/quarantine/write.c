#include "engine/quarantine.h"

#include "event/writer.h"
#include "text/utf8.h"

/* Nothing of the event but its length. */
static void
write_clear(struct writer *w, const struct lethe_policy *policy,
	const struct quarantine_place *where, const struct lethe_input *input,
	const struct lethe_error *why)
{
	write_member_int(w, "v", 1);
	write_member_text(w, "reason", lethe_status_name(why->status));
	write_member_int(w, "offset", (int64_t)why->offset);
	write_member_text(w, "policy", policy->label);
	write_member_int(
		w, "at", where->since_ms ? where->since_ms : input->now_ms);
	write_member_text(w, "topic", where->topic);
	write_member_int(w, "partition", where->topic ? where->partition : -1);
	write_member_int(w, "position", where->position);
	write_member_int(w, "bytes", (int64_t)input->len);
	if (where->group)
		write_member_text(w, "group", where->group);
	if (where->replays)
		write_member_int(w, "replays", where->replays);
}

static void
write_bytes(struct writer *w, const char *key, const void *ptr, size_t len,
	struct buf *scratch)
{
	write_key(w, slice_of(key));
	if (!ptr) {
		write_null(w);
		return;
	}
	buf_reset(scratch);
	base64_put_padded(scratch, slice_make(ptr, len));
	write_string(w, buf_slice(scratch));
}

static void
write_header(
	struct writer *w, const struct lethe_header *h, struct buf *scratch)
{
	size_t len = strlen(h->name);

	write_object(w, 2);
	/* A header's name is bytes to Kafka. */
	if (utf8_valid(slice_make(h->name, len)))
		write_member_text(w, "name", h->name);
	else
		write_bytes(w, "name_base64", h->name, len, scratch);
	write_bytes(w, "value", h->value, h->len, scratch);
	write_object_end(w);
}

/* What is sealed. */
static enum lethe_status
put_payload(const struct lethe_input *input, struct buf *out,
	struct lethe_error *err)
{
	struct writer w;
	struct buf scratch;
	enum lethe_status status = LETHE_OK;

	buf_init(&scratch, 0);
	writer_init(&w, FORMAT_JSON, out);
	write_object(&w, 4);
	write_bytes(&w, "key", input->key, input->key_len, &scratch);
	write_key(&w, slice_of("headers"));
	write_array(&w, input->header_count);
	for (size_t i = 0; i < input->header_count; i++)
		write_header(&w, &input->headers[i], &scratch);
	write_array_end(&w);
	if (input->broker_ms == LETHE_TIME_NONE)
		write_member_text(&w, "timestamp", NULL);
	else
		write_member_int(&w, "timestamp", input->broker_ms);
	write_bytes(&w, "value", input->value, input->len, &scratch);
	write_object_end(&w);
	if (out->full || scratch.full)
		status = fail(err, LETHE_ENOMEM, 0,
			"no memory for a quarantine record");
	buf_fini(&scratch);
	return status;
}

static void
write_seals(struct writer *w, const struct sealer *sealer)
{
	char id[2 * KEY_ID_BYTES + 1];
	const uint8_t *key;
	struct buf text;

	buf_init(&text, 0);
	write_key(w, slice_of("seals"));
	write_array(w, sealer_recipients(sealer));
	for (size_t i = 0; i < sealer_recipients(sealer); i++) {
		key = sealer_key(sealer, i, id);
		buf_reset(&text);
		base64_put(&text, slice_make(key, SEALED_KEY_BYTES));
		write_object(w, 2);
		write_member_text(w, "recipient", id);
		write_key(w, slice_of("key"));
		write_string(w, buf_slice(&text));
		write_object_end(w);
	}
	write_array_end(w);
	if (text.full)
		w->out->full = true;
	buf_fini(&text);
}

/* Appends `seals` and `sealed`, bound to the clear part from `start` on. */
static enum lethe_status
write_sealed(struct writer *w, size_t start, struct sealer *sealer,
	const struct lethe_input *input, struct lethe_error *err)
{
	struct buf payload, sealed, text;
	struct slice clear;
	enum lethe_status status;

	buf_init(&payload, 0);
	buf_init(&sealed, 0);
	buf_init(&text, 0);
	status = put_payload(input, &payload, err);
	if (status != LETHE_OK)
		goto out;
	clear = slice_make(w->out->ptr + start, w->out->len - start);
	status = sealer_seal(sealer, clear, buf_slice(&payload), &sealed, err);
	if (status != LETHE_OK)
		goto out;
	base64_put(&text, buf_slice(&sealed));
	write_seals(w, sealer);
	write_key(w, slice_of("sealed"));
	write_string(w, buf_slice(&text));
	if (text.full)
		status = fail(err, LETHE_ENOMEM, 0,
			"no memory for a quarantine record");
out:
	buf_fini(&text);
	buf_fini(&sealed);
	buf_fini(&payload);
	return status;
}

enum lethe_status
quarantine_write(const struct lethe_policy *policy, struct sealer *sealer,
	const struct quarantine_place *where, const struct lethe_input *input,
	const struct lethe_error *why, bool stub, struct buf *out,
	struct lethe_error *err)
{
	bool seal = sealer && !stub;
	enum lethe_status status = LETHE_OK;
	size_t start = out->len;
	struct writer w;

	writer_init(&w, FORMAT_JSON, out);
	write_object(&w, 0); /* JSON needs no count */
	write_clear(&w, policy, where, input, why);
	write_member_text(&w, "payload",
		seal ? "sealed" : (sealer ? "stub" : "reference"));
	if (out->full)
		status = fail(err, LETHE_ENOMEM, 0,
			"no memory for a quarantine record");
	else if (seal)
		status = write_sealed(&w, start, sealer, input, err);
	if (status == LETHE_OK) {
		write_object_end(&w);
		if (out->full)
			status = fail(err, LETHE_ENOMEM, 0,
				"no memory for a quarantine record");
	}
	if (status != LETHE_OK)
		out->len = start;
	return status;
}
