/*
 * The decoder of TCF strings: what it takes is sound, and the two ways to ask
 * for a vendor, one id and all of them in turn, agree.  What it refuses leaves
 * nothing behind.
 */

#include "consent/signals/tcf/tcf.h"

#include <stdio.h>
#include <stdlib.h>

#define NOW INT64_C(1777852800000) /* 2026-05-04T00:00:00Z */
#define YEAR INT64_C(31536000000)

_Noreturn static void
wrong(const char *what)
{
	fprintf(stderr, "tcf: %s\n", what);
	abort();
}

/* All vendors of a set, each span sound, none past the maximum. */
static void
walk(const struct tcf_vendors *v, bool in[65536])
{
	struct tcf_vendors left = *v;
	struct tcf_span span;

	memset(in, 0, 65536 * sizeof(*in));
	while (tcf_vendors_next(&left, &span)) {
		if (!span.first || span.first > span.last || span.last > v->max)
			wrong("a span that is none");
		memset(in + span.first, 1, (size_t)span.last - span.first + 1);
	}
}

static void
compare(const struct tcf_vendors *v)
{
	static const unsigned ids[] = {
		0, 1, 2, 7, 42, 63, 64, 100, 1000, 32768, 65534, 65535, 65536};
	static bool in[65536];

	walk(v, in);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (tcf_vendors_have(v, ids[i]) !=
			(ids[i] < 65536 && in[ids[i]]))
			wrong("a vendor is in and not in");
	if (tcf_vendors_have(v, v->max) != in[v->max])
		wrong("the last vendor is in and not in");
}

static void
check_restrictions(const struct tcf *t)
{
	struct tcf_restrictions left = t->restrictions;
	struct tcf_restriction one;

	for (unsigned n = 0; tcf_restrictions_next(&left, &one); n++) {
		struct tcf_span span;

		if (!one.purpose || one.purpose > TCF_PURPOSES ||
			one.type == TCF_UNDEFINED)
			wrong("a restriction that is none");
		if (n < 8 && tcf_vendors_next(&one.vendors, &span) &&
			!(tcf_restricted(t, one.purpose, span.last) &
				1U << one.type))
			wrong("a restriction that does not restrict");
	}
}

static void
check_answers(const struct tcf *t)
{
	for (unsigned p = 1; p <= TCF_PURPOSES; p++) {
		struct tcf_ask ask = {
			.purposes = TCF_BIT(p), .basis = TCF_INTEREST};
		bool no = TCF_CONSENT_ALONE & TCF_BIT(p);

		if (no && tcf_answer(t, &ask).kind != ANSWER_DENY)
			wrong("an interest where there is none");
		ask.vendor = 42;
		ask.basis = TCF_CONSENT;
		if (tcf_answer(t, &ask).kind == ANSWER_GRANT &&
			!(t->consents & TCF_BIT(p)))
			wrong("a grant that nobody gave");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct finding f;
	struct tcf t;

	f = tcf_decode(slice_make(data, size), (size_t)1 << 16, &t);
	if (f.code != FOUND_OK) {
		if (finding_class(f.code) != FINDING_MALFORMED || t.version ||
			t.consents || t.has_publisher)
			wrong("a failure that leaves something behind");
		return 0;
	}
	compare(&t.vendor_consents);
	compare(&t.vendor_interests);
	if (t.has_disclosed)
		compare(&t.disclosed);
	if (t.has_allowed)
		compare(&t.allowed);
	check_restrictions(&t);
	check_answers(&t);
	if (finding_class(tcf_usable(&t, NOW, YEAR).code) == FINDING_MALFORMED)
		wrong("a judgement of form");
	return 0;
}
