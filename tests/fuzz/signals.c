/*
 * The decoders of consent signals that are texts, against what was written a
 * second time: gcs and gcd are rebuilt from what was read of them; OneTrust's
 * groups are decoded into a buffer, split by commas and compared.
 */

#include "consent/signals/signals.h"

#include <stdio.h>
#include <stdlib.h>

#define GROUPS_MAX (ONETRUST_MAX + 1)

_Noreturn static void
differ(const char *what)
{
	fprintf(stderr, "a signal is read wrong: %s\n", what);
	abort();
}

static bool
is_clear(const void *p, size_t len)
{
	const uint8_t *at = p;

	for (size_t i = 0; i < len; i++)
		if (at[i])
			return false;
	return true;
}

static void
try_gcs(struct slice text)
{
	static const char marks[] = "-10";
	struct consent_mode mode;
	char again[5] = "G1";

	if (!gcs_decode(text, &mode)) {
		if (!is_clear(&mode, sizeof(mode)))
			differ("gcs leaves something behind");
		return;
	}
	again[2] = marks[mode.flags[MODE_AD_STORAGE]];
	again[3] = marks[mode.flags[MODE_ANALYTICS_STORAGE]];
	if (!slice_is(text, again))
		differ("gcs");
}

static void
try_gcd(struct slice text)
{
	static const char *const letters[] = {"l", "trnv", "pqmu"};
	struct consent_mode mode;

	if (!gcd_decode(text, &mode)) {
		if (!is_clear(&mode, sizeof(mode)))
			differ("gcd leaves something behind");
		return;
	}
	if (text.len < 9 || text.len > GCD_MAX)
		differ("the length of gcd");
	for (size_t i = 0; i < MODE_FLAGS; i++)
		if (!strchr(letters[mode.flags[i]], text.ptr[2 + 2 * i]))
			differ("a letter of gcd");
}

static size_t
unescape(struct slice in, bool encoded, char out[GROUPS_MAX])
{
	size_t len = 0;
	unsigned byte;

	for (size_t i = 0; i < in.len && len < GROUPS_MAX - 1; i++) {
		if (encoded && in.ptr[i] == '%' && i + 2 < in.len) {
			char hex[] = {
				(char)in.ptr[i + 1], (char)in.ptr[i + 2], 0};

			if (sscanf(hex, "%x", &byte) != 1)
				differ("an escape that is none");
			out[len++] = (char)byte;
			i += 2;
		} else {
			out[len++] = (char)in.ptr[i];
		}
	}
	out[len] = '\0';
	return len;
}

/* What a second reading of the groups says of one; destroys the text. */
static enum onetrust_state
model(char *groups, bool active, const char *id)
{
	enum onetrust_state state = ONETRUST_OFF;
	size_t found = 0;
	char *rest = NULL;

	for (char *g = strtok_r(groups, ",", &rest); g;
		g = strtok_r(NULL, ",", &rest)) {
		char *colon = strchr(g, ':');

		if (active ? colon != NULL : !colon)
			differ("a group without its form");
		if (colon)
			*colon = '\0';
		if (strcmp(g, id))
			continue;
		found++;
		state = active || colon[1] == '1' ? ONETRUST_ON : ONETRUST_OFF;
	}
	return found > 1 ? ONETRUST_TWICE : state;
}

/* Each group that is walked over is what is said of it when it is asked for.
 */
static void
try_groups(const struct onetrust *o)
{
	struct onetrust_groups all;
	struct onetrust_group g;
	size_t count = 0;

	onetrust_groups_begin(o, &all);
	for (; onetrust_groups_next(&all, &g); count++) {
		enum onetrust_state said =
			onetrust_group(o, slice_make(g.id, g.len));

		if (said != ONETRUST_TWICE &&
			said != (g.on ? ONETRUST_ON : ONETRUST_OFF))
			differ("a group that is walked over");
	}
	if (!count != !o->groups.len || count > o->groups.len)
		differ("how many groups there are");
}

static void
try_onetrust(struct slice text)
{
	static const char *const ids[] = {"C0001", "C0002", "a", "-"};
	struct onetrust o;
	char groups[GROUPS_MAX];

	if (!onetrust_decode(text, &o)) {
		if (!is_clear(&o, sizeof(o)))
			differ("OneTrust leaves something behind");
		return;
	}
	if (o.groups.len &&
		(o.groups.ptr < text.ptr ||
			o.groups.ptr + o.groups.len > text.ptr + text.len))
		differ("groups outside the text");
	if (text.len > ONETRUST_MAX)
		differ("the length of OneTrust's text");
	try_groups(&o);
	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		enum onetrust_state expected = ONETRUST_NOT_TOLD;

		if (unescape(o.groups, o.form == ONETRUST_COOKIE, groups))
			expected = model(
				groups, o.form == ONETRUST_ACTIVE, ids[i]);
		if (onetrust_group(&o, slice_of(ids[i])) != expected)
			differ("a group");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_make(data, size);

	if (size > 1 << 16)
		return 0;
	try_gcs(text);
	try_gcd(text);
	try_onetrust(text);
	return 0;
}
