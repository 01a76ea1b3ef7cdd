#include "unit/truth/stage.h"

/*
 * The truth table of consent, generated: whatever each source can say, alone
 * and beside every other in every part, at every order of the clocks, as bytes
 * of an event through the whole engine, against a model of the docs' rule.
 */

#define HOUR_MS INT64_C(3600000)
#define MINUTE_MS INT64_C(60000)

#define APRIL INT64_C(1775001600000) /* 2026-04-01T00:00:00Z */
#define MAY INT64_C(1777896000000)   /* 2026-05-04T12:00:00Z */
#define ENDS (APRIL + 395 * DAY_MS)

/* Around what is said on a day, and around its end. */
static const int64_t events[] = {APRIL - 300 * DAY_MS, APRIL - 1,
	APRIL + 12 * HOUR_MS, APRIL + DAY_MS - 5 * MINUTE_MS - 1,
	APRIL + DAY_MS - 5 * MINUTE_MS, APRIL + DAY_MS, MAY, ENDS - 1, ENDS};
static const int64_t nows[] = {
	APRIL - 299 * DAY_MS, APRIL - 1, APRIL, MAY + HOUR_MS, ENDS - 1, ENDS};

/* Where nothing has a time, the clocks are as good as one another. */
static const int64_t few_events[] = {APRIL - 1, MAY};
static const int64_t few_nows[] = {APRIL, MAY + HOUR_MS};

static const struct saying nobody = {NULL, NULL, SILENT, NULL};

static void
play_clocks(struct stage *s, const struct plan *p, const struct names *n,
	const struct saying *a, const struct saying *b)
{
	bool dated = a->dated || b->dated;
	const int64_t *e = dated ? events : few_events;
	const int64_t *t = dated ? nows : few_nows;
	size_t e_count = dated ? COUNT(events) : COUNT(few_events);
	size_t t_count = dated ? COUNT(nows) : COUNT(few_nows);

	for (size_t i = 0; i < e_count; i++)
		for (size_t k = 0; k < t_count; k++)
			(void)check_cell(s, p, n, a, b, e[i], t[k]);
}

START_TEST(every_cell_is_what_the_model_says)
{
	struct stage *s = malloc(sizeof(*s));

	ck_assert_ptr_nonnull(s);
	stage_init(s);
	for (size_t i = 0; i < s->count; i++) {
		const struct plan *p = &s->plans[i];
		struct names n;

		name_sources(p, &n);
		for (size_t a = 0; a < p->a->count; a++)
			for (size_t b = 0; b < (p->b ? p->b->count : 1); b++)
				play_clocks(s, p, &n, &p->a->says[a],
					p->b ? &p->b->says[b] : &nobody);
	}
	printf("consent_truth: %zu cells, %zu of them sent\n", s->cells,
		s->sent_cells);
	ck_assert_uint_gt(s->cells, 100000);
	ck_assert_uint_gt(s->sent_cells, 1000);
	stage_fini(s);
	free(s);
}
END_TEST

SUITE("consent_truth", TEST(every_cell_is_what_the_model_says))
