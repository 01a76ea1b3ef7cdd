#ifndef TRUTH_PAGE_H
#define TRUTH_PAGE_H

/*
 * The tables of docs/consent.md that people read, made of what the engine did.
 * With LETHE_DOCS=update in the environment they are written, else compared.
 */

#include "unit/truth/stage.h"

#include "base/file.h"

#define PAGE "docs/consent.md"

struct page {
	struct buf text;
	bool update, changed;
};

static inline void
page_init(struct page *p)
{
	const char *wish = getenv("LETHE_DOCS");
	struct lethe_error err = {0};

	*p = (struct page){.update = wish && !strcmp(wish, "update")};
	buf_init(&p->text, 0);
	if (file_read(PAGE, 1 << 20, &p->text, &err) != LETHE_OK)
		ck_abort_msg("%s: %s", PAGE, err.what);
	buf_put_byte(&p->text, 0);
}

/* Where a mark stands in the page; it must. */
static inline char *
find_mark(struct page *p, const char *slash, const char *name)
{
	char mark[64], *at;

	snprintf(mark, sizeof(mark), "<!-- %s%s -->\n", slash, name);
	at = strstr((char *)p->text.ptr, mark);
	if (!at)
		ck_abort_msg("%s has no %s", PAGE, mark);
	return *slash ? at : at + strlen(mark);
}

/* The rows between two marks of the page are these. */
static inline void
page_hold(struct page *p, const char *name, struct buf *rows)
{
	char *from = find_mark(p, "", name);
	char *to = find_mark(p, "/", name);
	struct buf text;

	ck_assert(from <= to && !rows->full);
	if ((size_t)(to - from) == rows->len &&
		!memcmp(from, rows->ptr, rows->len))
		return;
	if (!p->update)
		ck_abort_msg("%s: the table `%s` is not what the engine does: "
			     "LETHE_DOCS=update build/release/tests/unit/"
			     "this test writes it",
			PAGE, name);
	buf_init(&text, 0);
	buf_put(&text, p->text.ptr, (size_t)((uint8_t *)from - p->text.ptr));
	buf_put(&text, rows->ptr, rows->len);
	buf_put_text(&text, to);
	buf_put_byte(&text, 0);
	buf_fini(&p->text);
	p->text = text;
	p->changed = true;
}

static inline void
page_fini(struct page *p)
{
	FILE *f = p->changed ? fopen(PAGE, "w") : NULL;

	if (p->changed) {
		ck_assert_ptr_nonnull(f);
		ck_assert_uint_eq(fwrite(p->text.ptr, 1, p->text.len - 1, f),
			p->text.len - 1);
		ck_assert_int_eq(fclose(f), 0);
	}
	buf_fini(&p->text);
}

/* ---- what one source says */

static inline const struct plan *
plan_of(const struct stage *s, const struct kind *a, const struct kind *b,
	enum role role)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->plans[i].a == a && s->plans[i].b == b &&
			s->plans[i].role == role && !s->plans[i].beside)
			return &s->plans[i];
	return NULL;
}

static inline const struct kind *
kind_of(const char *name)
{
	for (size_t i = 0; i < KINDS; i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	ck_abort_msg("no kind %s", name);
	return NULL;
}

static const struct saying says_true = {"true", NULL, YES, NULL, NULL};
static const struct saying says_nothing = {NULL, NULL, SILENT, NULL, NULL};

/* A column: sent, the reason, or that there is no such thing. */
static inline void
put_outcome(struct stage *s, struct buf *out, const struct plan *p,
	const struct saying *a, const struct saying *b, int64_t event_ms,
	int64_t now_ms)
{
	struct outcome o;
	struct names n;

	if (!p) {
		buf_put_text(out, " — |");
		return;
	}
	name_sources(p, &n);
	o = check_cell(s, p, &n, a, b, NULL, event_ms, now_ms);
	if (!strcmp(o.reason, "none"))
		buf_put_text(out, " **sent** |");
	else
		buf_printf(out, " `%s` |", o.reason);
}

static inline void
put_saying(struct buf *out, const struct saying *x)
{
	if (x->shown)
		buf_printf(out, "%s", x->shown);
	else if (x->json)
		buf_printf(out, "`%s`", x->json);
	else
		buf_put_text(out, "nothing");
}

/* What a text says, in the words of the rows. */
static inline void
put_word(struct buf *out, const struct kind *k, const struct saying *x,
	int64_t event_ms, int64_t now_ms)
{
	const char *word = word_of(x, event_ms, now_ms);

	if (k->objects && !strcmp(word, "no"))
		buf_put_text(out, "an objection");
	else if (strchr(word, '_'))
		buf_printf(out, "`%s`", word);
	else
		buf_put_text(out, word);
}

/* Beside a flag that decides and says yes, or where nobody needs to. */
static inline void
put_source_row(struct stage *s, struct buf *out, const struct kind *k,
	const struct saying *x, int64_t event_ms, int64_t now_ms)
{
	const struct kind *flag = kind_of("flag");

	put_outcome(s, out, plan_of(s, k, NULL, ROLE_ALONE), x, &says_nothing,
		event_ms, now_ms);
	put_outcome(s, out, plan_of(s, flag, k, ROLE_ASKED), &says_true, x,
		event_ms, now_ms);
	put_outcome(s, out, plan_of(s, flag, k, ROLE_ALSO), &says_true, x,
		event_ms, now_ms);
	put_outcome(s, out, plan_of(s, k, NULL, ROLE_ANY), x, &says_nothing,
		event_ms, now_ms);
}

static inline void
put_objection_row(struct stage *s, struct buf *out, const struct kind *k,
	const struct saying *x, int64_t event_ms, int64_t now_ms)
{
	const struct kind *flag = kind_of("flag");

	put_outcome(s, out, plan_of(s, flag, k, ROLE_OBJECTS), &says_true, x,
		event_ms, now_ms);
	put_outcome(s, out, plan_of(s, flag, k, ROLE_IGNORED), &says_true, x,
		event_ms, now_ms);
	put_outcome(s, out, plan_of(s, flag, k, ROLE_INTERESTS), &says_nothing,
		x, event_ms, now_ms);
}

static inline void
put_sources(struct stage *s, struct buf *out, bool objections, int64_t event_ms,
	int64_t now_ms)
{
	buf_put_text(out,
		objections ? "| source | in the event | it says | consent | "
			     "the same, ignored | legitimate interests |\n"
			     "|---|---|---|---|---|---|\n"
			   : "| source | in the event | it says | it decides | "
			     "it is asked | in `also` | legitimate interests "
			     "|\n|---|---|---|---|---|---|---|\n");
	for (const struct kind *k = kinds; k < kinds + KINDS; k++)
		for (size_t i = 0; k->objects == objections && i < k->count;
			i++) {
			buf_printf(out, "| %s%s%s | ", i ? "" : k->title,
				!i && k->asked ? ", asked " : "",
				!i && k->asked ? k->asked : "");
			put_saying(out, &k->says[i]);
			buf_put_text(out, " | ");
			put_word(out, k, &k->says[i], event_ms, now_ms);
			buf_put_text(out, " |");
			(objections ? put_objection_row : put_source_row)(
				s, out, k, &k->says[i], event_ms, now_ms);
			buf_put_byte(out, '\n');
		}
}

/* ---- two sources */

/* What a source may say, for a table of two. */
enum word { W_YES, W_NO, W_SILENT, W_LAPSED, W_ERROR, WORDS };

static const char *const word_titles[WORDS] = {
	"yes", "no", "silent", "a yes that does not hold", "not usable"};

static inline enum word
word_number(const char *word)
{
	if (!strcmp(word, "yes"))
		return W_YES;
	if (!strcmp(word, "no"))
		return W_NO;
	if (!strcmp(word, "silent"))
		return W_SILENT;
	return strncmp(word, "signal_", 7) && strncmp(word, "ledger_", 7)
		       ? W_LAPSED
		       : W_ERROR;
}

/* Every format must fill a place of the table alike. */
struct pairs {
	const char *places[ROLES][WORDS][WORDS];
};

static inline void
pairs_add(struct pairs *t, enum role role, const char *a, const char *b,
	struct outcome o)
{
	const char **place = &t->places[role][word_number(a)][word_number(b)];
	const char *said = o.reason;

	if (word_number(said) == W_ERROR)
		said = "the reason of what is not usable";
	else if (!strcmp(said, "withdrawn"))
		said = "refused";
	else if (!strcmp(said, "consent_expired") ||
		 !strcmp(said, "not_yet_granted"))
		said = "why it does not hold";
	if (!*place)
		*place = said;
	ck_assert_str_eq(*place, said);
}

static inline void
put_pairs(struct buf *out, const struct pairs *t, enum role role,
	const char *other)
{
	buf_printf(out, "| it says | %s says yes | no | silent | %s | %s |\n",
		other, word_titles[W_LAPSED], word_titles[W_ERROR]);
	buf_put_text(out, "|---|---|---|---|---|---|\n");
	for (int a = 0; a < WORDS; a++) {
		buf_printf(out, "| %s |", word_titles[a]);
		for (int b = 0; b < WORDS; b++) {
			const char *said = t->places[role][a][b];

			if (!said)
				buf_put_text(out, " — |");
			else if (!strcmp(said, "none"))
				buf_put_text(out, " **sent** |");
			else if (strchr(said, ' '))
				buf_printf(out, " %s |", said);
			else
				buf_printf(out, " `%s` |", said);
		}
		buf_put_byte(out, '\n');
	}
}

#endif
