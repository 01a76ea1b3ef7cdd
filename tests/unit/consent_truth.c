#include "unit/truth/page.h"

/*
 * The truth table of consent, generated: whatever each source can say, alone
 * and beside every other in every part, at every order of the clocks, as bytes
 * of an event through the whole engine, against a model of the docs' rule.
 */

#define HOUR_MS INT64_C(3600000)
#define MINUTE_MS INT64_C(60000)

#define NOW (MAY + HOUR_MS)

/* Around what is said on a day, and around its end. */
static const int64_t events[] = {APRIL - 300 * DAY_MS, APRIL - 1,
	APRIL + 12 * HOUR_MS, APRIL + DAY_MS - 5 * MINUTE_MS - 1,
	APRIL + DAY_MS - 5 * MINUTE_MS, APRIL + DAY_MS, MAY, ENDS - 1, ENDS};
static const int64_t nows[] = {
	APRIL - 299 * DAY_MS, APRIL - 1, APRIL, NOW, ENDS - 1, ENDS};

/* Where nothing has a time, the clocks are as good as one another. */
static const int64_t few_events[] = {APRIL - 1, MAY};
static const int64_t few_nows[] = {APRIL, NOW};

static const struct saying nobody = {NULL, NULL, SILENT, NULL, NULL};

/* Sanitizers see every text of every source, at fewer times. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FEW_TIMES 1
#else
#define FEW_TIMES 0
#endif

static void
play_clocks(struct stage *s, struct pairs *pairs, const struct plan *p,
	const struct saying *a, const struct saying *b)
{
	bool dated = !FEW_TIMES && (a->dated || b->dated);
	const int64_t *e = dated ? events : few_events;
	const int64_t *t = dated ? nows : few_nows;
	size_t e_count = dated ? COUNT(events) : COUNT(few_events);
	size_t t_count = dated ? COUNT(nows) : COUNT(few_nows);
	struct names n;

	name_sources(p, &n);
	for (size_t i = 0; i < e_count; i++)
		for (size_t k = 0; k < t_count; k++) {
			struct outcome o =
				check_cell(s, p, &n, a, b, NULL, e[i], t[k]);

			if (e[i] == MAY && t[k] == NOW)
				pairs_add(pairs, p->role, word_of(a, MAY, NOW),
					word_of(b, MAY, NOW), o);
		}
}

/* The first text of a kind that says what none before it did. */
static bool
is_new(const struct kind *k, size_t n)
{
	const char *word = word_of(&k->says[n], MAY, NOW);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(word_of(&k->says[i], MAY, NOW), word))
			return false;
	return true;
}

/* With the ledger as a third: each word of the two is enough. */
static void
play_beside(struct stage *s, const struct plan *p, size_t a, size_t b)
{
	struct names n;

	if (!is_new(p->a, a) || (p->b && !is_new(p->b, b)))
		return;
	name_sources(p, &n);
	for (size_t i = 0; i < COUNT(of_ledger_beside); i++)
		for (size_t e = 0; e < COUNT(few_events); e++)
			for (size_t t = 0; t < COUNT(few_nows); t++)
				(void)check_cell(s, p, &n, &p->a->says[a],
					p->b ? &p->b->says[b] : &nobody,
					of_ledger_beside[i], few_events[e],
					few_nows[t]);
}

static void
play_all(struct stage *s, struct pairs *pairs)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct plan *p = &s->plans[i];

		for (size_t a = 0; a < p->a->count; a++)
			for (size_t b = 0; b < (p->b ? p->b->count : 1); b++)
				if (p->beside)
					play_beside(s, p, a, b);
				else
					play_clocks(s, pairs, p, &p->a->says[a],
						p->b ? &p->b->says[b]
						     : &nobody);
	}
}

/* ---- the page */

static const struct {
	const char *name;
	int64_t ms;
} shown_events[] =
	{
		{"2026-03-31, a day before", APRIL - 12 * HOUR_MS},
		{"2026-04-01 12:00, the same day", APRIL + 12 * HOUR_MS},
		{"2026-04-02 00:00", APRIL + DAY_MS},
		{"2026-05-04", MAY},
		{"2027-05-01, 395 days after", ENDS},
},
  shown_nows[] = {
	  {"2026-03-31", APRIL - 1},
	  {"2026-05-04", NOW},
	  {"2027-05-01", ENDS},
};

static const struct {
	const char *kind, *name;
	size_t says;
} shown_sayings[] = {
	{"tcf", "a TCF string that grants", 2},
	{"tcf", "a TCF string that does not", 3},
	{"book", "the ledger: given until 2027-05-01", 2},
	{"book", "the ledger: refused", 4},
};

static void
put_clocks(struct stage *s, struct buf *out)
{
	buf_put_text(out, "| said on 2026-04-01 | the event is of |");
	for (size_t t = 0; t < COUNT(shown_nows); t++)
		buf_printf(out, " processed %s |", shown_nows[t].name);
	buf_put_text(out, "\n|---|---|---|---|---|\n");
	for (size_t i = 0; i < COUNT(shown_sayings); i++) {
		const struct kind *k = kind_of(shown_sayings[i].kind);
		const struct plan *p = plan_of(s, k, NULL, ROLE_ALONE);

		for (size_t e = 0; e < COUNT(shown_events); e++) {
			buf_printf(out, "| %s | %s |",
				e ? "" : shown_sayings[i].name,
				shown_events[e].name);
			for (size_t t = 0; t < COUNT(shown_nows); t++)
				put_outcome(s, out, p,
					&k->says[shown_sayings[i].says],
					&nobody, shown_events[e].ms,
					shown_nows[t].ms);
			buf_put_byte(out, '\n');
		}
	}
}

static void
hold_page(struct stage *s, const struct pairs *pairs)
{
	static const struct {
		const char *name, *other;
		enum role role;
	} tables[] = {
		{"truth-asked", "one asked", ROLE_ASKED},
		{"truth-also", "one in `also`", ROLE_ALSO},
		{"truth-objects", "an objection", ROLE_OBJECTS},
	};
	struct page page;
	struct buf rows;

	page_init(&page);
	buf_init(&rows, 0);
	put_sources(s, &rows, false, MAY, NOW);
	page_hold(&page, "truth-sources", &rows);
	buf_reset(&rows);
	put_sources(s, &rows, true, MAY, NOW);
	page_hold(&page, "truth-objections", &rows);
	for (size_t i = 0; i < COUNT(tables); i++) {
		buf_reset(&rows);
		put_pairs(&rows, pairs, tables[i].role, tables[i].other);
		page_hold(&page, tables[i].name, &rows);
	}
	buf_reset(&rows);
	put_clocks(s, &rows);
	page_hold(&page, "truth-clocks", &rows);
	page_fini(&page);
	buf_fini(&rows);
}

START_TEST(every_cell_is_what_the_model_says)
{
	struct stage *s = malloc(sizeof(*s));
	struct pairs pairs = {0};

	ck_assert_ptr_nonnull(s);
	stage_init(s);
	play_all(s, &pairs);
	hold_page(s, &pairs);
	printf("consent_truth: %zu cells, %zu of them sent\n", s->cells,
		s->sent_cells);
	ck_assert_uint_gt(s->cells, 100000);
	ck_assert_uint_gt(s->sent_cells, 1000);
	stage_fini(s);
	free(s);
}
END_TEST

SUITE("consent_truth", TEST(every_cell_is_what_the_model_says))
