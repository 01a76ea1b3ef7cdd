#include "cli/consent/import_json.h"

#include "text/time.h"

/*
 * Snowplow's tracker protocol: the self-describing event is JSON in the text
 * `ue_pr`, the device's time `dtm` in milliseconds.
 */

#define DATA "$.ue_pr:json.data"

/* X(SLOT, "path") */
#define PATHS(X) \
	X(KIND, "$.e") \
	X(PACKED, "$.ue_px") \
	X(AT, "$.dtm") \
	X(SCHEMA, DATA ".schema") \
	X(TYPE, DATA ".data.eventType") \
	X(BASIS, DATA ".data.basisForProcessing") \
	X(VERSION, DATA ".data.consentVersion") \
	X(LIST, DATA ".data.consentScopes") \
	X(SCOPES, DATA ".data.consentScopes[*]") \
	X(ALL, DATA ".data.all")

enum slot {
#define X(slot, path) SLOT_##slot,
	PATHS(X)
#undef X
};

struct event {
	struct events *e;
	const struct reading *r;
};

static const struct value *
get(const struct event *v, enum slot slot)
{
	return reading_get(v->r, v->e->first + slot);
}

static bool
is(const struct event *v, enum slot slot, const char *text)
{
	const struct value *found = get(v, slot);

	return found->kind == VALUE_STRING && slice_is(found->text, text);
}

/* Any version of a schema of Snowplow's own. */
static bool
is_schema(const struct event *v, const char *name)
{
	static const char vendor[] = "iglu:com.snowplowanalytics.snowplow/";
	const struct value *found = get(v, SLOT_SCHEMA);
	struct slice left, word;

	if (found->kind != VALUE_STRING ||
		found->text.len < sizeof(vendor) - 1 ||
		memcmp(found->text.ptr, vendor, sizeof(vendor) - 1) != 0)
		return false;
	left = slice_make(found->text.ptr + sizeof(vendor) - 1,
		found->text.len - sizeof(vendor) + 1);
	word = slice_word(&left, '/');
	return slice_is(word, name);
}

static bool
no(void *ctx, size_t map)
{
	(void)ctx;
	(void)map;
	return false;
}

static bool
in_scopes(void *ctx, size_t map)
{
	const struct event *v = ctx;
	struct slice category = v->e->m->maps[map].category;

	for (const struct capture *c =
			reading_first(v->r, v->e->first + SLOT_SCOPES);
		c; c = reading_next(v->r, c))
		if (slice_equal(c->value.text, category))
			return true;
	return false;
}

static const char *
check_scopes(const struct event *v)
{
	for (const struct capture *c =
			reading_first(v->r, v->e->first + SLOT_SCOPES);
		c; c = reading_next(v->r, c)) {
		bool mapped = false;

		if (c->value.kind != VALUE_STRING)
			return "a consent scope is no text";
		for (size_t i = 0; i < v->e->m->map_count; i++)
			mapped = mapped || slice_equal(c->value.text,
						   v->e->m->maps[i].category);
		if (!mapped)
			return import_unmapped(
				v->e->m, c->index + 1, "consent scope");
	}
	return NULL;
}

static bool
read_time(const struct event *v, int64_t *out)
{
	const struct value *at = get(v, SLOT_AT);

	return at->kind == VALUE_STRING
		       ? time_parse_unix(at->text, TIME_UNIX_MS, out)
		       : value_as_int64(at, out);
}

static const char *
read_preferences(
	struct event *v, int64_t at_ms, struct said_word *words, size_t *count)
{
	const char *broken = check_scopes(v);
	bool (*answer)(void *, size_t) = NULL;
	struct slice notice = {0};

	if (!broken)
		broken = events_text(
			v->e, v->r, v->e->first + SLOT_VERSION, &notice);
	if (broken)
		return broken;
	if (is(v, SLOT_TYPE, "pending") ||
		is(v, SLOT_TYPE, "implicit_consent")) {
		v->e->m->in->silent++;
		return NULL;
	}
	/* All of those that the person was asked for: scopes, as ever. */
	if (is(v, SLOT_TYPE, "allow_all") || is(v, SLOT_TYPE, "allow_selected"))
		answer = in_scopes;
	else if (is(v, SLOT_TYPE, "deny_all") ||
		 is(v, SLOT_TYPE, "withdrawn") || is(v, SLOT_TYPE, "expired"))
		answer = no;
	if (!answer)
		return "its eventType is none of those there are";
	/* What was allowed on another basis is no consent. */
	if (answer != no && !is(v, SLOT_BASIS, "consent"))
		return "it allows on another basis than consent";
	if (answer != no && get(v, SLOT_LIST)->kind != VALUE_ARRAY)
		return "it allows and has no list of consentScopes";
	return events_words(v->e, at_ms, notice, answer, v, words, count);
}

static const char *
read_withdrawn(
	struct event *v, int64_t at_ms, struct said_word *words, size_t *count)
{
	const struct value *all = get(v, SLOT_ALL);

	if (all->kind != VALUE_BOOL || !all->boolean)
		return "it withdraws from documents, and not from all: that is "
		       "not read by this version";
	words[(*count)++] = (struct said_word){.purpose = slice_of(SAID_ALL),
		.no = true,
		.at_ms = at_ms,
		.source = v->e->m->source};
	return NULL;
}

static const char *
read_event(struct events *e, const struct reading *r, struct said_word *words,
	size_t *count)
{
	struct event v = {e, r};
	bool preferences, withdrawn;
	int64_t at_ms;

	if (get(&v, SLOT_PACKED)->kind != VALUE_ABSENT)
		return "its event is in base64 (ue_px): let the tracker send "
		       "ue_pr";
	preferences = is_schema(&v, "consent_preferences");
	withdrawn = is_schema(&v, "consent_withdrawn");
	if (is_schema(&v, "consent_granted"))
		return "consent_granted names documents and no purposes: it is "
		       "not read by this version";
	if (!is(&v, SLOT_KIND, "ue") || (!preferences && !withdrawn)) {
		e->m->in->other++;
		return NULL;
	}
	if (!read_time(&v, &at_ms))
		return "its time (dtm) is none in milliseconds";
	return preferences ? read_preferences(&v, at_ms, words, count)
			   : read_withdrawn(&v, at_ms, words, count);
}

enum lethe_status
import_snowplow(struct import *m, struct slice text, struct lethe_error *err)
{
	static const struct event_kind kind = {read_event};
	static const char *const paths[] = {
#define X(slot, path) path,
		PATHS(X)
#undef X
	};
	struct events e;
	enum lethe_status status = events_open(&e, m, err);

	for (size_t i = 0; !status && i < sizeof(paths) / sizeof(*paths); i++)
		status = events_path(&e, paths[i], err);
	if (!status)
		status = events_read(&e, text, &kind, err);
	events_close(&e);
	return status;
}
