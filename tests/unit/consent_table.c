#include "suite.h"

#include "consent/decide.h"

/*
 * The truth table: five sources in every combination of what a source can
 * answer, under every basis, against a model of the rule that is written as
 * sets of what is said, not as steps.
 */

enum { DECIDES, ASKED, ALSO, OBJECTION, IGNORED, SOURCES };

enum cell { GRANT, DENY, SILENT, MALFORMED, WRONG_TYPE, CELLS };

#define TABLE (CELLS * CELLS * CELLS * CELLS * CELLS)

static const enum basis bases[] = {BASIS_CONSENT, BASIS_LEGITIMATE_INTERESTS,
	BASIS_CONTRACT, BASIS_LEGAL_OBLIGATION};

static struct answer
answer_of(enum cell c)
{
	switch (c) {
	case GRANT: return (struct answer){.kind = ANSWER_GRANT};
	case DENY: return (struct answer){.kind = ANSWER_DENY};
	case MALFORMED:
		return (struct answer){.kind = ANSWER_ERROR,
			.reason = LETHE_REASON_SIGNAL_MALFORMED};
	case WRONG_TYPE:
		return (struct answer){.kind = ANSWER_ERROR,
			.reason = LETHE_REASON_SIGNAL_WRONG_TYPE};
	case SILENT:
	case CELLS: break;
	}
	return (struct answer){.kind = ANSWER_SILENT};
}

/* The sources whose cell is `c`, as a set. */
static unsigned
who(const enum cell *cells, enum cell c)
{
	unsigned set = 0;

	for (int i = 0; i < SOURCES; i++)
		set |= (unsigned)(cells[i] == c) << i;
	return set;
}

static const char *
model(enum basis basis, const enum cell *cells)
{
	const unsigned asked = 1 << DECIDES | 1 << ASKED | 1 << ALSO;
	const unsigned counts = asked | 1 << OBJECTION | 1 << IGNORED;
	unsigned malformed = who(cells, MALFORMED) & counts;
	unsigned wrong = who(cells, WRONG_TYPE) & counts;
	unsigned lowest = (malformed | wrong) & -(malformed | wrong);

	if (basis == BASIS_CONTRACT || basis == BASIS_LEGAL_OBLIGATION)
		return "none";
	if (lowest)
		return lowest & wrong ? "signal_wrong_type"
				      : "signal_malformed";
	if (who(cells, DENY) & 1 << OBJECTION)
		return "objected";
	if (who(cells, DENY) & asked)
		return "refused";
	if (basis == BASIS_LEGITIMATE_INTERESTS)
		return "none";
	if (!(who(cells, GRANT) & 1 << DECIDES))
		return "no_consent";
	return who(cells, GRANT) & 1 << ALSO ? "none" : "not_confirmed";
}

START_TEST(decides_every_cell_as_the_model_does)
{
	const struct consent_rule rule = {
		.basis = bases[_i],
		.decides = DECIDES,
		.asked = 1 << DECIDES | 1 << ASKED | 1 << ALSO,
		.also = 1 << ALSO,
		.objections = 1 << OBJECTION,
		.ignored = 1 << IGNORED,
	};
	const struct consent_time when = {.event_ms = 1, .now_ms = 2};
	size_t sent = 0;

	for (int n = 0; n < TABLE; n++) {
		enum cell cells[SOURCES];
		struct answer answers[SOURCES];
		enum lethe_reason got;
		size_t source;

		for (int i = 0, rest = n; i < SOURCES; i++, rest /= CELLS) {
			cells[i] = (enum cell)(rest % CELLS);
			answers[i] = answer_of(cells[i]);
		}
		got = consent_decide(&rule, answers, &when, &source);
		ck_assert_str_eq(
			lethe_reason_name(got), model(bases[_i], cells));
		ck_assert(got == LETHE_REASON_NONE ? source == SIZE_MAX
						   : source < SOURCES);
		sent += got == LETHE_REASON_NONE;
	}
	/* decides and also grant, the one asked grants or is silent, the
	   objection source too, the ignored one says anything but nonsense */
	if (bases[_i] == BASIS_CONSENT)
		ck_assert_uint_eq(sent, 1 * 2 * 1 * 2 * (CELLS - 2));
	else if (bases[_i] == BASIS_LEGITIMATE_INTERESTS)
		ck_assert_uint_eq(sent, 2 * 2 * 2 * 2 * (CELLS - 2));
	else
		ck_assert_uint_eq(sent, TABLE);
}
END_TEST

SUITE("consent_table", ROWS(decides_every_cell_as_the_model_does, bases))
