/*
 * The decoder of GPP strings: the ids of a header rise and are as many as it
 * says; what it takes has the sections that it lists; what it refuses leaves
 * nothing behind.
 */

#include "consent/signals/gpp/gpp.h"

#include <stdio.h>
#include <stdlib.h>

#define NOW INT64_C(1777852800000) /* 2026-05-04T00:00:00Z */

_Noreturn static void
wrong(const char *what)
{
	fprintf(stderr, "gpp: %s\n", what);
	abort();
}

/* How many there are. */
static uint32_t
check_ids(const struct gpp_ids *ids)
{
	struct gpp_ids left = *ids;
	struct gpp_span span = {0};
	uint32_t before = 0, count = 0;

	while (gpp_ids_next(&left, &span)) {
		if (span.first <= before || span.last < span.first ||
			span.last > 65535)
			wrong("ids that do not rise");
		if (count == 0 && !gpp_ids_have(ids, span.last))
			wrong("an id is in and not in");
		before = span.last;
		count += span.last - span.first + 1;
	}
	return count;
}

static void
check_sections(const struct gpp *g, uint32_t count, struct slice text)
{
	uint32_t marks = 0;

	for (size_t i = 0; i < text.len; i++)
		marks += text.ptr[i] == '~';
	if (marks != count)
		wrong("sections that are not listed, or not there");
	if (g->has_tcf != gpp_ids_have(&g->ids, GPP_TCFEUV2) ||
		g->has_uspv1 != gpp_ids_have(&g->ids, GPP_USPV1) ||
		g->has_usnat != gpp_ids_have(&g->ids, GPP_USNAT))
		wrong("a section that is listed and was not read");
}

/* What a string says to whoever asks. */
static struct answer
answer_gpp(const struct value *v, const struct gpp_sid *sid,
	const struct gpp_ask *ask, int64_t now_ms)
{
	struct answer said;
	struct gpp g;

	return gpp_hear(v, sid, now_ms, &g, &said) ? gpp_answer(&g, sid, ask)
						   : said;
}

static void
check_answers(struct slice text)
{
	const struct gpp_ask ask = {
		.tcf = {.purposes = TCF_BIT(5)}, .opt_outs = GPP_ALL};
	struct value v = {.kind = VALUE_STRING, .text = text};
	struct value told = {.kind = VALUE_STRING, .text = slice_of("2,6,8")};
	struct gpp_sid sid = {0}, nothing = {0};

	gpp_sid_add(&sid, &told);
	if (answer_gpp(&v, &sid, &ask, NOW).kind == ANSWER_GRANT)
		wrong("a section that applies was not read, and yet a grant");
	(void)answer_gpp(&v, &nothing, &ask, NOW);
	/* and as what tells which sections apply */
	gpp_sid_add(&nothing, &v);
	(void)answer_gpp(&v, &nothing, &ask, NOW);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_make(data, size);
	struct finding f;
	uint32_t count = 0;
	struct uspv1 us;
	struct gpp g;

	f = gpp_decode(text, (size_t)1 << 16, &g);
	if (g.version)
		count = check_ids(&g.ids);
	if (f.code == FOUND_OK)
		check_sections(&g, count, text);
	else if (finding_class(f.code) != FINDING_MALFORMED || g.has_tcf ||
		 g.has_uspv1 || g.has_usnat)
		wrong("a failure that leaves something behind");
	check_answers(text);
	if (uspv1_decode(text, &us) == FOUND_OK && size != 4)
		wrong("a US privacy string of another length");
	return 0;
}
