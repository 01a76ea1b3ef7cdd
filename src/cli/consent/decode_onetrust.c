#include "cli/consent/decode.h"
#include "consent/signals/onetrust.h"

static bool
is_id_byte(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || c == '.' || c == '_' || c == '-';
}

/* Whether a text begins with an id and one of two marks behind it; a TC string
   begins with letters too, and has none of them there. */
static bool
begins_with_id(struct slice text, const char *marks)
{
	size_t i = 0;

	while (i < text.len && is_id_byte(text.ptr[i]))
		i++;
	return i && i <= ONETRUST_ID_MAX && i + 1 < text.len &&
	       strchr(marks, text.ptr[i]) != NULL && text.ptr[i];
}

/* A list `id:1,…`, one of active groups, or name=value&… */
static bool
sniff_onetrust(struct slice text)
{
	return text.ptr[0] == ',' || begins_with_id(text, ":") ||
	       (begins_with_id(text, "=") && text.ptr[text.len - 1] != '=');
}

/* An id that stands twice: which of the two holds, nobody can tell. */
static bool
has_doubles(const struct onetrust *o)
{
	struct onetrust_groups all;
	struct onetrust_group g;

	onetrust_groups_begin(o, &all);
	while (onetrust_groups_next(&all, &g))
		if (onetrust_group(o, slice_make(g.id, g.len)) ==
			ONETRUST_TWICE)
			return true;
	return false;
}

static struct finding
find_flaw(struct slice text, struct onetrust *o)
{
	if (text.len > ONETRUST_MAX)
		return (struct finding){FOUND_TOO_LONG, NULL};
	if (!onetrust_decode(text, o))
		return (struct finding){FOUND_BAD_VALUE, NULL};
	if (has_doubles(o))
		return (struct finding){FOUND_DUPLICATE_GROUP, "groups"};
	return (struct finding){FOUND_OK, NULL};
}

static void
show_groups(const struct onetrust *o, struct sheet *s)
{
	struct onetrust_groups all;
	struct onetrust_group g;
	char id[ONETRUST_ID_MAX + 1];

	if (!o->groups.len) {
		sheet_null(s, "groups", "groups");
		return;
	}
	sheet_group(s, "groups", "groups");
	onetrust_groups_begin(o, &all);
	while (onetrust_groups_next(&all, &g)) {
		memcpy(id, g.id, g.len);
		id[g.len] = '\0';
		sheet_bool(s, id, id, g.on);
	}
	sheet_group_end(s);
}

static bool
decode_onetrust_string(
	struct slice text, const struct decode_ask *ask, struct sheet *s)
{
	struct onetrust o = {0};
	struct finding f = find_flaw(text, &o);

	(void)ask;
	sheet_begin(s, decode_onetrust.name, decode_onetrust.text, f, 0);
	if (f.code == FOUND_OK) {
		if (o.tells_gpc)
			sheet_bool(s, "isGpcEnabled", "Global Privacy Control",
				o.objects);
		else
			sheet_null(s, "isGpcEnabled", "Global Privacy Control");
		show_groups(&o, s);
	}
	sheet_end(s);
	return f.code == FOUND_OK;
}

const struct decoder decode_onetrust = {"onetrust", "OneTrust groups",
	sniff_onetrust, decode_onetrust_string, false};
