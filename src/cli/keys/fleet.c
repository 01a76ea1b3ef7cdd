#include "cli/keys/fleet.h"

#include "admin/client.h"
#include "event/reader.h"

#include <stdlib.h>
#include <string.h>

#define ANSWER_BYTES_MAX ((size_t)2 << 20)
#define EPOCHS_MAX 4096

enum slot {
	SLOT_INSTANCE,
	SLOT_RING,
	SLOT_VERSION,
	SLOT_DIGEST,
	SLOT_LEARNS,
	SLOT_EPOCHS,
	SLOT_NUMBER,
	SLOT_PURPOSE,
	SLOT_STATE,
	SLOT_FINGERPRINT,
	SLOT_HELD,
	SLOT_COUNT,
};

static const char *const paths[SLOT_COUNT] = {
	[SLOT_INSTANCE] = "$.instance",
	[SLOT_RING] = "$.ring",
	[SLOT_VERSION] = "$.version",
	[SLOT_DIGEST] = "$.digest",
	[SLOT_LEARNS] = "$.learns_ms",
	[SLOT_EPOCHS] = "$.epochs",
	[SLOT_NUMBER] = "$.epochs[*].number",
	[SLOT_PURPOSE] = "$.epochs[*].purpose",
	[SLOT_STATE] = "$.epochs[*].state",
	[SLOT_FINGERPRINT] = "$.epochs[*].fingerprint",
	[SLOT_HELD] = "$.epochs[*].held",
};

struct form {
	struct arena arena;
	struct trie *trie;
	struct reader *reader;
	struct reading found;
};

static enum lethe_status
form_begin(struct form *f, struct lethe_error *err)
{
	enum lethe_status status = trie_new(&f->trie, err);
	struct path path;

	for (uint32_t i = 0; !status && i < SLOT_COUNT; i++) {
		status = path_parse(&f->arena, slice_of(paths[i]), &path, err);
		if (!status)
			status = trie_add(f->trie, &path, i, err);
	}
	if (!status)
		status = trie_seal(f->trie, SLOT_COUNT, err);
	return status ? status : reader_new(0, &f->reader, err);
}

static enum lethe_status
form_read(struct form *f, struct slice text, struct lethe_error *err)
{
	const struct limits limits = {.bytes = ANSWER_BYTES_MAX,
		.depth = 4,
		.members = EPOCHS_MAX,
		.string = 4096};

	return reader_read(f->reader, f->trie, &limits, FORMAT_JSON, text, NULL,
		&f->found, err);
}

static void
form_end(struct form *f)
{
	reader_free(f->reader);
	trie_free(f->trie);
	arena_fini(&f->arena);
}

/* Printable ASCII: what an instance says is shown on a terminal. */
static bool
take_text(const struct value *v, char *out, size_t size)
{
	if (v->kind != VALUE_STRING || v->text.len >= size)
		return false;
	for (size_t i = 0; i < v->text.len; i++)
		if (v->text.ptr[i] < ' ' || v->text.ptr[i] > '~')
			return false;
	memcpy(out, v->text.ptr, v->text.len);
	out[v->text.len] = '\0';
	return true;
}

static bool
take_number(const struct value *v, int64_t least, int64_t most, int64_t *out)
{
	return value_as_int64(v, out) && *out >= least && *out <= most;
}

static bool
take_epoch(struct fleet_epoch *e, enum slot slot, const struct value *v)
{
	int64_t n = 0;

	switch (slot) {
	case SLOT_NUMBER:
		if (!take_number(v, 1, UINT32_MAX, &n))
			return false;
		e->number = (uint32_t)n;
		return true;
	case SLOT_PURPOSE: return take_text(v, e->purpose, sizeof(e->purpose));
	case SLOT_STATE: return take_text(v, e->state, sizeof(e->state));
	case SLOT_FINGERPRINT:
		return take_text(v, e->fingerprint, sizeof(e->fingerprint));
	default: e->held = v->boolean; return v->kind == VALUE_BOOL;
	}
}

/* Each epoch with all of its members, or none. */
static bool
take_epochs(const struct form *f, struct fleet_instance *out)
{
	const struct value *list = reading_get(&f->found, SLOT_EPOCHS);

	if (list->kind != VALUE_ARRAY || list->count > EPOCHS_MAX)
		return false;
	out->epoch_count = list->count;
	out->epochs = calloc(list->count + 1, sizeof(*out->epochs));
	for (enum slot s = SLOT_NUMBER; out->epochs && s < SLOT_COUNT; s++) {
		const struct capture *c = reading_first(&f->found, s);
		size_t count = 0;

		for (; c; c = reading_next(&f->found, c), count++)
			if (c->index >= out->epoch_count ||
				!take_epoch(
					&out->epochs[c->index], s, &c->value))
				return false;
		if (count != out->epoch_count)
			return false;
	}
	return out->epochs != NULL;
}

static bool
take(const struct form *f, struct fleet_instance *out)
{
	const struct reading *r = &f->found;
	int64_t version = 0;

	if (!take_text(reading_get(r, SLOT_INSTANCE), out->name,
		    sizeof(out->name)) ||
		!take_text(reading_get(r, SLOT_RING), out->ring,
			sizeof(out->ring)) ||
		!take_text(reading_get(r, SLOT_DIGEST), out->digest,
			sizeof(out->digest)) ||
		!take_number(reading_get(r, SLOT_VERSION), 1, UINT32_MAX,
			&version) ||
		!take_number(reading_get(r, SLOT_LEARNS), -1, INT64_C(86400000),
			&out->learns_ms))
		return false;
	out->version = (uint32_t)version;
	return take_epochs(f, out);
}

void
fleet_ask(const char *url, struct fleet_instance *out)
{
	struct form form = {0};
	enum lethe_status status;
	struct buf text;

	*out = (struct fleet_instance){.url = url};
	buf_init(&text, 0);
	arena_init(&form.arena, 0);
	status = admin_get(url, "/keys", ANSWER_BYTES_MAX, &text, &out->why);
	if (!status)
		status = form_begin(&form, &out->why);
	if (!status && (form_read(&form, buf_slice(&text), &out->why) ||
			       !take(&form, out)))
		status = fail(&out->why, LETHE_EIO, 0,
			"its /keys is not what this lethe understands");
	out->why.status = status;
	form_end(&form);
	buf_fini(&text);
}

void
fleet_forget(struct fleet_instance *i)
{
	free(i->epochs);
}

static bool
is_same_epoch(const struct fleet_epoch *a, const struct fleet_epoch *b)
{
	bool old = !strcmp(a->state, "erase-only") ||
		   !strcmp(b->state, "erase-only");

	return a->number == b->number && !strcmp(a->purpose, b->purpose) &&
	       !strcmp(a->fingerprint, b->fingerprint) &&
	       (old || a->held == b->held);
}

const char *
fleet_difference(const struct fleet_instance *a, const struct fleet_instance *b)
{
	if (strcmp(a->ring, b->ring) != 0)
		return "another ring";
	if (a->version != b->version)
		return "another version";
	if (strcmp(a->digest, b->digest) != 0)
		return "another ring of this version: forked";
	if (a->epoch_count != b->epoch_count)
		return "other epochs";
	for (size_t i = 0; i < a->epoch_count; i++)
		if (!is_same_epoch(&a->epochs[i], &b->epochs[i]))
			return "other keys";
	return NULL;
}
