#include "cli/consent/import_json.h"

#include "crypto/secret.h"
/* Subjects come first among the slots. */

static enum lethe_status
add_path(struct events *e, struct slice text, uint32_t slot,
	struct lethe_error *err)
{
	struct path path;
	enum lethe_status status =
		path_parse(&e->m->in->job->arena, text, &path, err);

	return status ? status : trie_add(e->trie, &path, slot, err);
}

const char *
events_subject_broken(
	struct import *m, struct slice text, struct lethe_error *why)
{
	struct path path;

	if (path_parse(&m->in->job->arena, text, &path, why))
		return why->what;
	return path.root == PATH_VALUE && path.each == SIZE_MAX
		       ? NULL
		       : "it is a path into the event, without [*]";
}

enum lethe_status
events_path(struct events *e, const char *path, struct lethe_error *err)
{
	struct path parsed;
	enum lethe_status status =
		path_parse(&e->m->in->job->arena, slice_of(path), &parsed, err);

	return status ? status : trie_add(e->trie, &parsed, e->slots++, err);
}

enum lethe_status
events_open(struct events *e, struct import *m, struct lethe_error *err)
{
	enum lethe_status status;
	uint64_t seed;

	*e = (struct events){.m = m};
	random_bytes(&seed, sizeof(seed));
	status = reader_new(seed, &e->reader, err);
	if (!status)
		status = trie_new(&e->trie, err);
	for (size_t i = 0; !status && i < m->subject_count; i++)
		status = add_path(e, m->subjects[i].at, e->slots++, err);
	e->first = e->slots;
	return status;
}

void
events_close(struct events *e)
{
	reader_free(e->reader);
	trie_free(e->trie);
}

/* A copy: what was read ends with the next event. */
static bool
keep(struct events *e, struct slice text, struct slice *out)
{
	char *mine = arena_strndup(&e->m->in->job->arena, text.ptr, text.len);

	*out = slice_make(mine, mine ? text.len : 0);
	return mine != NULL;
}

const char *
events_text(struct events *e, const struct reading *r, uint32_t slot,
	struct slice *out)
{
	const struct value *v = reading_get(r, slot);
	char digits[VALUE_INT_TEXT];

	*out = (struct slice){0};
	if (reading_is_ambiguous(r, slot))
		return "a value stands there more than once";
	if (v->kind == VALUE_ABSENT || v->kind == VALUE_NULL)
		return NULL;
	if (v->kind == VALUE_INT)
		return keep(e, slice_make(digits, value_int_text(v, digits)),
			       out)
			       ? NULL
			       : "no memory for it";
	if (v->kind != VALUE_STRING)
		return "a value is neither text nor an integer";
	return keep(e, v->text, out) ? NULL : "no memory for it";
}

static const char *
read_subjects(struct events *e, const struct reading *r, struct import_said *s)
{
	const char *broken = NULL;

	for (uint32_t i = 0; !broken && i < e->m->subject_count; i++)
		broken = events_text(e, r, i, &s->ids[i]);
	return broken;
}

static const struct limits limits = {
	.bytes = 1048576, .depth = 32, .members = 4096, .string = 1048576};

static const char *
read_line(struct events *e, struct slice line, const struct event_kind *kind,
	size_t number, struct lethe_error *err)
{
	struct said_word words[IMPORT_MAPS_MAX];
	struct import_said said = {.line = number};
	struct lethe_error why = {0};
	struct reading r;
	const char *broken;
	size_t count = 0;

	e->line = line;
	if (reader_read(e->reader, e->trie, &limits, FORMAT_JSON, line, NULL,
		    &r, &why))
		return lethe_status_text(why.status);
	broken = kind->read(e, &r, words, &count);
	if (!broken && count)
		broken = read_subjects(e, &r, &said);
	return broken || !count ? broken
				: import_take(e->m, &said, words, count, err);
}

const char *
events_again(struct events *e, const struct leaf_visitor *visitor)
{
	struct lethe_error why = {0};
	struct reading again;

	return reader_read(e->reader, e->trie, &limits, FORMAT_JSON, e->line,
		       visitor, &again, &why)
		       ? lethe_status_text(why.status)
		       : NULL;
}

enum lethe_status
events_read(struct events *e, struct slice text, const struct event_kind *kind,
	struct lethe_error *err)
{
	enum lethe_status status = trie_seal(e->trie, e->slots, err);
	struct slice line;

	for (size_t n = 1; !status && text.len; n++) {
		const char *broken;

		line = slice_word(&text, '\n');
		if (line.len && line.ptr[line.len - 1] == '\r')
			line.len--;
		if (!line.len)
			continue;
		e->m->in->lines++;
		broken = read_line(e, line, kind, n, err);
		status = err->status;
		if (!status && broken)
			intake_bad(e->m->in, n, broken);
	}
	return status;
}

/* One word for each purpose: yes when `is_yes` says so of all its
 * categories. */
const char *
events_words(struct events *e, int64_t at_ms, struct slice notice,
	bool (*is_yes)(void *ctx, size_t map), void *ctx,
	struct said_word *words, size_t *count)
{
	const struct import *m = e->m;

	for (size_t i = import_next_purpose(m, 0); i != SIZE_MAX;
		i = import_next_purpose(m, i + 1)) {
		bool yes = true;

		for (size_t k = 0; k < m->map_count; k++)
			if (m->maps[k].purpose.ptr &&
				slice_equal(
					m->maps[k].purpose, m->maps[i].purpose))
				yes = yes && is_yes(ctx, k);
		words[(*count)++] =
			(struct said_word){.purpose = m->maps[i].purpose,
				.state = LEDGER_GIVEN,
				.no = !yes,
				.at_ms = at_ms,
				.notice = notice,
				.source = m->source};
	}
	return NULL;
}
