#include "cli/consent/import_json.h"

#include "text/time.h"

#include <stdio.h>

/* Segment's events: categories that are true or false. */

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
	const char *broken = events_again(e, &visitor);

	return broken ? broken
		      : import_unmapped(e->m,
				unmapped == SIZE_MAX ? 0 : unmapped + 1,
				"category");
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
