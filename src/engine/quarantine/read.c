#include "engine/quarantine/form.h"

static enum lethe_status
get_payload(const struct form *f, struct quarantine_clear *out,
	struct lethe_error *err)
{
	char payload[16];
	enum lethe_status status = form_text(
		f, SLOT_PAYLOAD, FORM_LOWER, payload, sizeof(payload), err);

	if (status != LETHE_OK)
		return status;
	out->sealed = !strcmp(payload, "sealed");
	if (!out->sealed && strcmp(payload, "stub") != 0 &&
		strcmp(payload, "reference") != 0)
		return form_refuse(err, SLOT_PAYLOAD);
	if (out->sealed !=
		(reading_get(&f->found, SLOT_SEALED)->kind == VALUE_STRING))
		return form_refuse(err, SLOT_SEALED);
	return LETHE_OK;
}

static enum lethe_status
get_clear(const struct form *f, struct quarantine_clear *out,
	struct lethe_error *err)
{
	enum lethe_status status = form_version(f, err);

	if (status == LETHE_OK)
		status = form_clear(f, out, err);
	return status == LETHE_OK ? get_payload(f, out, err) : status;
}

enum lethe_status
quarantine_read(struct slice record, struct quarantine_clear *out,
	struct lethe_error *err)
{
	enum lethe_status status;
	struct form form;

	*out = (struct quarantine_clear){0};
	status = form_read(&form, record, err);
	if (status == LETHE_OK)
		status = get_clear(&form, out, err);
	if (status != LETHE_OK)
		*out = (struct quarantine_clear){0};
	form_fini(&form);
	return status;
}

/* The content key sealed to this recipient. */
static enum lethe_status
find_key(const struct form *f, const struct secret_key *secret,
	uint8_t out[static SEALED_KEY_BYTES], struct lethe_error *err)
{
	const struct capture *to = reading_first(&f->found, SLOT_RECIPIENT);
	const struct capture *key = reading_first(&f->found, SLOT_KEY);
	char id[2 * KEY_ID_BYTES + 1];

	public_key_id(secret_key_public(secret), id);
	for (; to; to = reading_next(&f->found, to)) {
		while (key && key->index < to->index)
			key = reading_next(&f->found, key);
		if (to->value.kind != VALUE_STRING ||
			!slice_is(to->value.text, id))
			continue;
		if (key && key->index == to->index &&
			key->value.kind == VALUE_STRING &&
			base64_bytes(key->value.text, out, SEALED_KEY_BYTES))
			return LETHE_OK;
		return form_refuse(err, SLOT_KEY);
	}
	return fail(err, LETHE_EKEY, 0,
		"the record is not sealed to this secret key");
}

/* Whoever has the public key can seal; only our one JSON object is shown. */
static enum lethe_status
check_payload(
	const struct form *f, struct slice payload, struct lethe_error *err)
{
	const struct limits limits = {.bytes = RECORD_MAX,
		.depth = 4,
		.members = 65536,
		.string = RECORD_MAX};
	static const char start[] = "{\"key\":";
	struct reading unused;

	if (payload.len < sizeof(start) ||
		memcmp(payload.ptr, start, sizeof(start) - 1) != 0 ||
		reader_read(f->reader, f->trie, &limits, FORMAT_JSON, payload,
			NULL, &unused, NULL) != LETHE_OK)
		return fail(err, LETHE_EKEY, 0,
			"what is sealed in the record is no event of ours");
	return LETHE_OK;
}

static enum lethe_status
open_form(const struct form *f, struct slice record,
	const struct secret_key *secret, struct buf *out,
	struct lethe_error *err)
{
	static const char mark[] = ",\"seals\":[";
	const uint8_t *end =
		memmem(record.ptr, record.len, mark, sizeof(mark) - 1);
	uint8_t key[SEALED_KEY_BYTES];
	enum lethe_status status;
	size_t start = out->len;
	struct buf sealed;

	if (!end)
		return form_refuse(err, SLOT_SEALED);
	status = find_key(f, secret, key, err);
	if (status != LETHE_OK)
		return status;
	buf_init(&sealed, 0);
	if (!base64_get(reading_get(&f->found, SLOT_SEALED)->text, &sealed))
		status = form_refuse(err, SLOT_SEALED);
	else
		status = seal_open(secret, key,
			slice_make(record.ptr, (size_t)(end - record.ptr)),
			buf_slice(&sealed), out, err);
	buf_fini(&sealed);
	if (status == LETHE_OK)
		status = check_payload(
			f, slice_make(out->ptr + start, out->len - start), err);
	if (status != LETHE_OK)
		out->len = start;
	return status;
}

enum lethe_status
quarantine_open(struct slice record, const struct secret_key *secret,
	struct buf *out, struct lethe_error *err)
{
	struct quarantine_clear clear = {0};
	enum lethe_status status;
	struct form form;

	status = form_read(&form, record, err);
	if (status == LETHE_OK)
		status = get_clear(&form, &clear, err);
	if (status == LETHE_OK && !clear.sealed)
		status = fail(err, LETHE_ENOENTRY, 0,
			"the record holds no payload: the event is where the "
			"record says, as long as it is retained there");
	if (status == LETHE_OK)
		status = open_form(&form, record, secret, out, err);
	form_fini(&form);
	return status;
}

bool
quarantine_is_for(struct slice record, const struct secret_key *secret)
{
	static const char start[] = "\"recipient\":\"";
	char text[sizeof(start) + 2 * KEY_ID_BYTES + 1];
	size_t len = sizeof(start) - 1;

	memcpy(text, start, len);
	public_key_id(secret_key_public(secret), text + len);
	return memmem(record.ptr, record.len, text, strlen(text)) != NULL;
}
