#include "consent/signals/signals.h"

#include "base/error.h"

struct signal_row {
	const char *name;
	const struct signal *signal;
};

#define ROW_0(name) NULL
#define ROW_1(name) &signal_##name

static const struct signal_row rows[] = {
#define X(code, name, supported, text) \
	[SIGNAL_##code] = {#name, ROW_##supported(name)},
	SIGNAL_MAP(X)
#undef X
};

static const struct signal_row *
row_of(enum signal_format f)
{
	bug_if((unsigned)f >= SIGNAL_COUNT);
	return &rows[f];
}

const char *
signal_name(enum signal_format f)
{
	return row_of(f)->name;
}

const struct signal *
signal_of(enum signal_format f)
{
	return row_of(f)->signal;
}

bool
signal_text(const struct seen *seen, struct slice *text, struct heard *out)
{
	*text = (struct slice){0};
	if (seen->value.kind == VALUE_STRING) {
		*text = seen->value.text;
		return true;
	}
	if (!signal_is_silent(&seen->value))
		out->answer = signal_fails(LETHE_REASON_SIGNAL_WRONG_TYPE);
	return false;
}

struct answer
signal_and(struct answer a, struct answer b)
{
	static const int weights[] = {
		[ANSWER_GRANT] = 0,
		[ANSWER_SILENT] = 1,
		[ANSWER_DENY] = 2,
		[ANSWER_ERROR] = 3,
	};

	return weights[b.kind] > weights[a.kind] ? b : a;
}

enum lethe_reason
signal_check_texts(const struct seen *list)
{
	if (signal_is_silent(&list->value))
		return LETHE_REASON_NONE;
	if (list->value.kind != VALUE_ARRAY)
		return LETHE_REASON_SIGNAL_WRONG_TYPE;
	for (const struct capture *c = list->first; c;
		c = reading_next(list->reading, c))
		if (c->value.kind != VALUE_STRING)
			return LETHE_REASON_SIGNAL_WRONG_TYPE;
	return LETHE_REASON_NONE;
}

bool
signal_has(
	const struct capture *first, const struct reading *r, struct slice text)
{
	for (const struct capture *c = first; c; c = reading_next(r, c))
		if (c->value.kind == VALUE_STRING &&
			slice_equal(c->value.text, text))
			return true;
	return false;
}

enum signal_format
signal_find(struct slice name)
{
	for (int f = 0; f < SIGNAL_COUNT; f++)
		if (slice_is(name, rows[f].name))
			return (enum signal_format)f;
	return SIGNAL_COUNT;
}
