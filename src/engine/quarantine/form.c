#include "engine/quarantine/form.h"

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
	[SLOT_GROUP] = "$.group",
	[SLOT_REPLAYS] = "$.replays",
	[SLOT_MESSAGE_KEY] = "$.key",
	[SLOT_MESSAGE_TIME] = "$.timestamp",
	[SLOT_MESSAGE_VALUE] = "$.value",
	[SLOT_HEADERS] = "$.headers",
	[SLOT_HEADER_NAME] = "$.headers[*].name",
	[SLOT_HEADER_NAME_BASE64] = "$.headers[*].name_base64",
	[SLOT_HEADER_VALUE] = "$.headers[*].value",
	[SLOT_MARK] = "$.mark",
	[SLOT_ID] = "$.id",
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

void
form_fini(struct form *f)
{
	reader_free(f->reader);
	trie_free(f->trie);
	arena_fini(&f->arena);
}

enum lethe_status
form_read(struct form *f, struct slice record, struct lethe_error *err)
{
	const struct limits limits = {.bytes = RECORD_MAX,
		.depth = 4,
		.members = RECORD_MAX,
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

enum lethe_status
form_refuse(struct lethe_error *err, enum slot slot)
{
	return fail(err, LETHE_EUSAGE, 0,
		"not a quarantine record: %s is absent or not of its form",
		paths[slot]);
}

enum lethe_status
form_text(const struct form *f, enum slot slot, const char *allowed, char *out,
	size_t size, struct lethe_error *err)
{
	const struct value *v = reading_get(&f->found, slot);

	if (v->kind != VALUE_STRING || !v->text.len || v->text.len >= size)
		return form_refuse(err, slot);
	for (size_t i = 0; i < v->text.len; i++)
		if (!v->text.ptr[i] || !strchr(allowed, v->text.ptr[i]))
			return form_refuse(err, slot);
	memcpy(out, v->text.ptr, v->text.len);
	out[v->text.len] = '\0';
	return LETHE_OK;
}

enum lethe_status
form_number(const struct form *f, enum slot slot, int64_t least, int64_t *out,
	struct lethe_error *err)
{
	if (!value_as_int64(reading_get(&f->found, slot), out) || *out < least)
		return form_refuse(err, slot);
	return LETHE_OK;
}

static enum lethe_status
get_texts(const struct form *f, struct quarantine_clear *out,
	struct lethe_error *err)
{
	const struct value *topic = reading_get(&f->found, SLOT_TOPIC);
	const struct value *group = reading_get(&f->found, SLOT_GROUP);
	enum lethe_status status;

	status = form_text(f, SLOT_REASON, FORM_LOWER FORM_DIGITS "_",
		out->reason, sizeof(out->reason), err);
	if (status == LETHE_OK)
		status = form_text(f, SLOT_POLICY, FORM_LOWER FORM_DIGITS "-",
			out->policy, sizeof(out->policy), err);
	if (status == LETHE_OK && topic->kind != VALUE_NULL)
		status = form_text(f, SLOT_TOPIC, FORM_NAME, out->topic,
			TOPIC_MAX + 1, err);
	if (status == LETHE_OK && group->kind != VALUE_ABSENT &&
		group->kind != VALUE_NULL)
		status = form_text(f, SLOT_GROUP, FORM_NAME, out->group,
			sizeof(out->group), err);
	return status;
}

static enum lethe_status
get_numbers(const struct form *f, struct quarantine_clear *out,
	struct lethe_error *err)
{
	int64_t offset = 0, partition = 0, bytes = 0, replays = 0;
	enum lethe_status status;

	status = form_number(f, SLOT_OFFSET, 0, &offset, err);
	if (status == LETHE_OK)
		status = form_number(f, SLOT_AT, INT64_MIN, &out->at_ms, err);
	if (status == LETHE_OK)
		status = form_number(f, SLOT_PARTITION, -1, &partition, err);
	if (status == LETHE_OK && partition > INT32_MAX)
		status = form_refuse(err, SLOT_PARTITION);
	if (status == LETHE_OK)
		status = form_number(f, SLOT_POSITION, 0, &out->position, err);
	if (status == LETHE_OK)
		status = form_number(f, SLOT_BYTES, 0, &bytes, err);
	if (status == LETHE_OK &&
		reading_get(&f->found, SLOT_REPLAYS)->kind != VALUE_ABSENT)
		status = form_number(f, SLOT_REPLAYS, 0, &replays, err);
	if (status == LETHE_OK && replays >= UINT32_MAX)
		status = form_refuse(err, SLOT_REPLAYS);
	out->offset = (uint64_t)offset;
	out->partition = (int32_t)partition;
	out->bytes = (uint64_t)bytes;
	out->replays = (uint32_t)replays;
	return status;
}

enum lethe_status
form_clear(const struct form *f, struct quarantine_clear *out,
	struct lethe_error *err)
{
	enum lethe_status status = get_texts(f, out, err);

	return status == LETHE_OK ? get_numbers(f, out, err) : status;
}

enum lethe_status
form_version(const struct form *f, struct lethe_error *err)
{
	int64_t version;
	enum lethe_status status = form_number(f, SLOT_V, 1, &version, err);

	if (status == LETHE_OK && version != 1)
		return fail(err, LETHE_EUNSUPPORTED, 0,
			"a quarantine record of another form than 1: not "
			"supported by this version");
	return status;
}
