#include "consent/signals/signals.h"

#include "text/url.h"

enum { SCOPE, STRING, PARAMETERS };

static const char *const names[PARAMETERS] = {
	[SCOPE] = SIGNAL_URL_SCOPE,
	[STRING] = SIGNAL_URL_STRING,
};

/* Which of ours a parameter is; PARAMETERS of another's.  What is decoded only
   to be compared is short: a longer name is none of ours. */
static int
which(struct slice name, struct arena *a)
{
	struct slice plain;

	if (name.len > 3 * strlen(SIGNAL_URL_STRING) ||
		!url_decode(name, true, a, &plain))
		return PARAMETERS;
	for (int i = 0; i < PARAMETERS; i++)
		if (slice_is(plain, names[i]))
			return i;
	return PARAMETERS;
}

/* Two of one name, or one that cannot be decoded: nobody can tell. */
static enum lethe_reason
read_query(struct slice query, struct arena *a, struct value found[PARAMETERS])
{
	struct slice name, value;

	while (url_parameter(&query, &name, &value)) {
		int i = which(name, a);

		if (i == PARAMETERS)
			continue;
		if (found[i].kind != VALUE_ABSENT ||
			!url_decode(value, true, a, &found[i].text))
			return LETHE_REASON_SIGNAL_MALFORMED;
		found[i].kind = VALUE_STRING;
	}
	return LETHE_REASON_NONE;
}

enum lethe_reason
tcf_of_url(const struct value *v, struct arena *a, struct value *scope,
	struct value *string)
{
	struct value found[PARAMETERS] = {
		{.kind = VALUE_ABSENT}, {.kind = VALUE_ABSENT}};
	enum lethe_reason why;
	struct url url;

	*scope = *string = found[0];
	if (signal_is_silent(v))
		return LETHE_REASON_NONE;
	if (v->kind != VALUE_STRING)
		return LETHE_REASON_SIGNAL_WRONG_TYPE;
	if (!url_split(v->text, &url))
		return LETHE_REASON_SIGNAL_MALFORMED;
	why = read_query(url.query, a, found);
	if (why != LETHE_REASON_NONE)
		return why;
	*scope = found[SCOPE];
	*string = found[STRING];
	return LETHE_REASON_NONE;
}
