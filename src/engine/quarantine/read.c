#include "engine/quarantine.h"

#include "event/reader.h"

/* Far above what a topic holds: the event in base64, sealed in base64. */
#define RECORD_MAX ((size_t)256 * 1024 * 1024)
#define TOPIC_MAX 249

/* Slots of the paths of a record, in this order. */
enum slot {
	SLOT_V,
	SLOT_REASON,
	SLOT_OFFSET,
	SLOT_POLICY,
	SLOT_AT,
	SLOT_TOPIC,
	SLOT_PARTITION,
	SLOT_POSITION,
	SLOT_BYTES,
	SLOT_PAYLOAD,
	SLOT_RECIPIENT,
	SLOT_KEY,
	SLOT_SEALED,
	SLOT_COUNT,
};

static const char *const paths[SLOT_COUNT] = {
	[SLOT_V] = "$.v",
	[SLOT_REASON] = "$.reason",
	[SLOT_OFFSET] = "$.offset",
	[SLOT_POLICY] = "$.policy",
	[SLOT_AT] = "$.at",
	[SLOT_TOPIC] = "$.topic",
	[SLOT_PARTITION] = "$.partition",
	[SLOT_POSITION] = "$.position",
	[SLOT_BYTES] = "$.bytes",
	[SLOT_PAYLOAD] = "$.payload",
	[SLOT_RECIPIENT] = "$.seals[*].recipient",
	[SLOT_KEY] = "$.seals[*].key",
	[SLOT_SEALED] = "$.sealed",
};

/* A record being read. */
struct form {
	struct arena arena;
	struct trie *trie;
	struct reader *reader;
	struct reading found;
};

static enum lethe_status
build_trie(struct form *f, struct lethe_error *err)
{
	enum lethe_status status = trie_new(&f->trie, err);
	struct path path;

	for (uint32_t i = 0; status == LETHE_OK && i < SLOT_COUNT; i++) {
		status = path_parse(&f->arena, slice_of(paths[i]), &path, err);
		if (status == LETHE_OK)
			status = trie_add(f->trie, &path, i, err);
	}
	if (status == LETHE_OK)
		status = trie_seal(f->trie, SLOT_COUNT, err);
	return status;
}

static void
form_fini(struct form *f)
{
	reader_free(f->reader);
	trie_free(f->trie);
	arena_fini(&f->arena);
}

static enum lethe_status
form_read(struct form *f, struct slice record, struct lethe_error *err)
{
	const struct limits limits = {.bytes = RECORD_MAX,
		.depth = 4,
		.members = 64,
		.string = RECORD_MAX};
	struct lethe_error why = {0};
	enum lethe_status status;

	*f = (struct form){0};
	arena_init(&f->arena, 0);
	status = build_trie(f, err);
	if (status == LETHE_OK)
		status = reader_new(0, &f->reader, err);
	if (status != LETHE_OK)
		return status;
	status = reader_read(f->reader, f->trie, &limits, FORMAT_JSON, record,
		NULL, &f->found, &why);
	if (lethe_status_class(status) == LETHE_CLASS_POISON)
		return fail(err, LETHE_EUSAGE, why.offset,
			"not a quarantine record: %s",
			lethe_status_text(status));
	return status == LETHE_OK ? status : fail_with(err, &why);
}

static enum lethe_status
refuse(struct lethe_error *err, enum slot slot)
{
	return fail(err, LETHE_EUSAGE, 0,
		"not a quarantine record: %s is absent or not of its form",
		paths[slot]);
}

/* A text of these characters alone: it is safe to show on a terminal. */
static enum lethe_status
get_text(const struct form *f, enum slot slot, const char *allowed, char *out,
	size_t size, struct lethe_error *err)
{
	const struct value *v = reading_get(&f->found, slot);

	if (v->kind != VALUE_STRING || !v->text.len || v->text.len >= size)
		return refuse(err, slot);
	for (size_t i = 0; i < v->text.len; i++)
		if (!v->text.ptr[i] || !strchr(allowed, v->text.ptr[i]))
			return refuse(err, slot);
	memcpy(out, v->text.ptr, v->text.len);
	out[v->text.len] = '\0';
	return LETHE_OK;
}

static enum lethe_status
get_number(const struct form *f, enum slot slot, int64_t least, int64_t *out,
	struct lethe_error *err)
{
	if (!value_as_int64(reading_get(&f->found, slot), out) || *out < least)
		return refuse(err, slot);
	return LETHE_OK;
}

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static enum lethe_status
get_texts(const struct form *f, struct quarantine_clear *out,
	struct lethe_error *err)
{
	const struct value *topic = reading_get(&f->found, SLOT_TOPIC);
	enum lethe_status status;
	char payload[16];

	status = get_text(f, SLOT_REASON, LOWER DIGITS "_", out->reason,
		sizeof(out->reason), err);
	if (status == LETHE_OK)
		status = get_text(f, SLOT_POLICY, LOWER DIGITS "-", out->policy,
			sizeof(out->policy), err);
	if (status == LETHE_OK && topic->kind != VALUE_NULL)
		status = get_text(f, SLOT_TOPIC, LOWER UPPER DIGITS "._-",
			out->topic, TOPIC_MAX + 1, err);
	if (status == LETHE_OK)
		status = get_text(
			f, SLOT_PAYLOAD, LOWER, payload, sizeof(payload), err);
	if (status != LETHE_OK)
		return status;
	out->sealed = !strcmp(payload, "sealed");
	if (!out->sealed && strcmp(payload, "stub") != 0 &&
		strcmp(payload, "reference") != 0)
		return refuse(err, SLOT_PAYLOAD);
	return LETHE_OK;
}

static enum lethe_status
get_numbers(const struct form *f, struct quarantine_clear *out,
	struct lethe_error *err)
{
	int64_t offset = 0, partition = 0, bytes = 0;
	enum lethe_status status;

	status = get_number(f, SLOT_OFFSET, 0, &offset, err);
	if (status == LETHE_OK)
		status = get_number(f, SLOT_AT, INT64_MIN, &out->at_ms, err);
	if (status == LETHE_OK)
		status = get_number(f, SLOT_PARTITION, -1, &partition, err);
	if (status == LETHE_OK && partition > INT32_MAX)
		status = refuse(err, SLOT_PARTITION);
	if (status == LETHE_OK)
		status = get_number(f, SLOT_POSITION, 0, &out->position, err);
	if (status == LETHE_OK)
		status = get_number(f, SLOT_BYTES, 0, &bytes, err);
	out->offset = (uint64_t)offset;
	out->partition = (int32_t)partition;
	out->bytes = (uint64_t)bytes;
	return status;
}

static enum lethe_status
get_clear(const struct form *f, struct quarantine_clear *out,
	struct lethe_error *err)
{
	enum lethe_status status;
	int64_t version;

	status = get_number(f, SLOT_V, 1, &version, err);
	if (status == LETHE_OK && version != 1)
		status = fail(err, LETHE_EUNSUPPORTED, 0,
			"a quarantine record of another form than 1: not "
			"supported by this version");
	if (status == LETHE_OK)
		status = get_texts(f, out, err);
	if (status == LETHE_OK)
		status = get_numbers(f, out, err);
	if (status == LETHE_OK &&
		out->sealed != (reading_get(&f->found, SLOT_SEALED)->kind ==
				       VALUE_STRING))
		status = refuse(err, SLOT_SEALED);
	return status;
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
		return refuse(err, SLOT_KEY);
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
		return refuse(err, SLOT_SEALED);
	status = find_key(f, secret, key, err);
	if (status != LETHE_OK)
		return status;
	buf_init(&sealed, 0);
	if (!base64_get(reading_get(&f->found, SLOT_SEALED)->text, &sealed))
		status = refuse(err, SLOT_SEALED);
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
