#include "cli/consent/import_json.h"

#include "crypto/secret.h"
#include "text/time.h"

#include <stdio.h>

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

/* ---- Segment */

enum { SEGMENT_TYPE, SEGMENT_EVENT, SEGMENT_AT, SEGMENT_ALL, SEGMENT_FIRST };

struct segment {
	struct events *e;
	const struct reading *r;
};

static const struct value *
segment_category(const struct segment *s, size_t map)
{
	return reading_get(s->r, s->e->first + SEGMENT_FIRST + (uint32_t)map);
}

static bool
segment_yes(void *ctx, size_t map)
{
	const struct value *v = segment_category(ctx, map);

	return v->kind == VALUE_BOOL && v->boolean;
}

static bool
is_text(const struct reading *r, uint32_t slot, const char *text)
{
	const struct value *v = reading_get(r, slot);

	return v->kind == VALUE_STRING && slice_is(v->text, text);
}

static void
see_leaf(void *ctx, const struct leaf_step *steps, size_t depth,
	const struct value *value, const uint32_t *slots, size_t slot_count)
{
	static const char *const above[] = {
		"context", "consent", "categoryPreferences"};
	size_t *unmapped = ctx;

	(void)value;
	(void)slots;
	(void)slot_count;
	if (depth < 4 || *unmapped != SIZE_MAX || steps[3].kind != LEAF_KEY ||
		steps[3].named)
		return;
	for (size_t i = 0; i < 3; i++)
		if (steps[i].kind != LEAF_KEY ||
			!slice_is(steps[i].key, above[i]))
			return;
	*unmapped = steps[3].position;
}

/* The line is read again, for the place of the first; it ends the reading. */
static const char *
segment_unmapped(const struct segment *s)
{
	size_t unmapped = SIZE_MAX;
	const struct leaf_visitor visitor = {&unmapped, see_leaf};
	struct events *e = s->e;
	struct lethe_error why = {0};
	struct reading again;

	if (reader_read(e->reader, e->trie, &limits, FORMAT_JSON, e->line,
		    &visitor, &again, &why))
		return lethe_status_text(why.status);
	return import_unmapped(
		e->m, unmapped == SIZE_MAX ? 0 : unmapped + 1, "category");
}

/* Every category is mapped, and true or false. */
static const char *
segment_check(const struct segment *s)
{
	const struct value *all = reading_get(s->r, s->e->first + SEGMENT_ALL);
	size_t seen = 0;

	if (all->kind != VALUE_OBJECT)
		return "it has no context.consent.categoryPreferences";
	for (size_t i = 0; i < s->e->m->map_count; i++) {
		const struct value *v = segment_category(s, i);

		if (v->kind == VALUE_ABSENT)
			continue;
		if (v->kind != VALUE_BOOL)
			return "a category is neither true nor false";
		seen++;
	}
	return seen == all->count ? NULL : segment_unmapped(s);
}

static const char *
segment_read(struct events *e, const struct reading *r, struct said_word *words,
	size_t *count)
{
	struct segment s = {e, r};
	const struct value *at = reading_get(r, e->first + SEGMENT_AT);
	const char *broken;
	int64_t at_ms;

	if (!is_text(r, e->first + SEGMENT_TYPE, "track") ||
		!is_text(r, e->first + SEGMENT_EVENT,
			"Segment Consent Preference Updated")) {
		e->m->in->other++;
		return NULL;
	}
	broken = segment_check(&s);
	if (broken)
		return broken;
	if (at->kind != VALUE_STRING || !time_parse_rfc3339(at->text, &at_ms))
		return "its timestamp is no RFC 3339 time, such as "
		       "2027-01-01T00:00:00Z";
	return events_words(
		e, at_ms, e->m->notice, segment_yes, &s, words, count);
}

const char *
import_segment_category(struct slice c)
{
	return c.len <= 256 && !memchr(c.ptr, '"', c.len) &&
			       !memchr(c.ptr, '\\', c.len)
		       ? NULL
		       : "a category of up to 256 bytes, without quotes and "
			 "backslashes";
}

static enum lethe_status
segment_paths(struct events *e, struct lethe_error *err)
{
	static const char *const paths[] = {"$.type", "$.event", "$.timestamp",
		"$.context.consent.categoryPreferences", NULL};
	enum lethe_status status = LETHE_OK;
	char path[512];

	for (size_t i = 0; !status && paths[i]; i++)
		status = events_path(e, paths[i], err);
	for (size_t i = 0; !status && i < e->m->map_count; i++) {
		struct slice c = e->m->maps[i].category;

		(void)snprintf(path, sizeof(path), "%s[\"%.*s\"]", paths[3],
			(int)c.len, (const char *)c.ptr);
		status = events_path(e, path, err);
	}
	return status;
}

enum lethe_status
import_segment(struct import *m, struct slice text, struct lethe_error *err)
{
	static const struct event_kind kind = {segment_read};
	struct events e;
	enum lethe_status status = events_open(&e, m, err);

	if (!status)
		status = segment_paths(&e, err);
	if (!status)
		status = events_read(&e, text, &kind, err);
	events_close(&e);
	return status;
}
