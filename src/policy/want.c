#include "policy/compile.h"

#include "base/buf.h"
#include "crypto/token.h"

/*
 * The digest of a class's rules is over a text in which what makes no
 * difference to a token does not show: how a path is spelt, the order of
 * `from` and `ignore`, the names of other classes.  Texts stand with their
 * lengths, so that none can pass for two.
 */

static void
put_text(struct buf *out, struct slice text)
{
	buf_printf(out, "%zu:", text.len);
	buf_put_slice(out, text);
}

static void
put_path(struct buf *out, const struct path *p)
{
	static const char marks[] = {
		[STEP_KEY] = '.',
		[STEP_EACH] = '*',
		[STEP_SELECT] = '=',
		[STEP_JSON] = 'j',
	};

	for (size_t i = 0; i < p->count; i++) {
		const struct path_step *s = &p->steps[i];

		buf_put_byte(out, (uint8_t)marks[s->kind]);
		if (s->kind == STEP_KEY || s->kind == STEP_SELECT)
			put_text(out, s->key);
		if (s->kind == STEP_SELECT)
			put_text(out, s->text);
	}
}

static void
put_place(struct draft *d, struct buf *out, const struct place *at)
{
	static const char *const roots[] = {
		[PATH_VALUE] = "$",
		[PATH_KEY] = "@key",
		[PATH_TIMESTAMP] = "@timestamp",
		[PATH_TOPIC] = "@topic",
		[PATH_HEADER] = "@header",
	};

	buf_put_text(out, roots[at->root]);
	if (at->root == PATH_VALUE)
		put_path(out, &d->slots[at->slot].path);
	if (at->root == PATH_HEADER)
		put_text(out, slice_of(at->header));
}

static int
compare_texts(const void *x, const void *y)
{
	const struct slice *a = x, *b = y;
	size_t len = a->len < b->len ? a->len : b->len;
	int order = len ? memcmp(a->ptr, b->ptr, len) : 0;

	return order ? order : (a->len > b->len) - (a->len < b->len);
}

/* What stands in a buffer, as a text that lives as long as the policy. */
static struct slice
keep(struct draft *d, const struct buf *b)
{
	if (b->full)
		give_up(d, LETHE_ENOMEM);
	return slice_make(take_text(d, buf_slice(b)), b->len);
}

/* Writes texts in the order of their bytes, each once. */
static void
put_sorted(struct buf *out, const char *name, struct slice *texts, size_t count)
{
	qsort(texts, count, sizeof(*texts), compare_texts);
	for (size_t i = 0; i < count; i++) {
		if (i && slice_equal(texts[i - 1], texts[i]))
			continue;
		buf_put_text(out, name);
		put_text(out, texts[i]);
		buf_put_byte(out, '\n');
	}
}

/*
 * Where it comes from.  A place that is the same for all inputs stands without
 * their names, so that a further input which reads it too changes nothing.
 */
static void
put_from(struct draft *d, struct buf *out, const struct policy_class *c)
{
	size_t inputs = d->p->input_count, count = 0, most = 0;
	struct slice *texts;

	for (size_t i = 0; i < inputs; i++)
		most += c->from_count[i];
	texts = take(d, most, sizeof(*texts));
	for (size_t i = 0; i < inputs; i++)
		for (size_t k = 0; k < c->from_count[i]; k++) {
			buf_reset(&d->piece);
			if (c->by_input)
				buf_printf(&d->piece, "%s ", d->inputs[i].name);
			put_place(d, &d->piece, &c->from[i][k]);
			texts[count++] = keep(d, &d->piece);
		}
	put_sorted(out, "from ", texts, count);
}

static void
put_ignore(struct draft *d, struct buf *out, const struct policy_class *c)
{
	struct slice *texts = take(d, c->ignore_count, sizeof(*texts));

	for (size_t i = 0; i < c->ignore_count; i++) {
		buf_reset(&d->piece);
		for (size_t k = 0; k < c->ignore[i].len; k++) {
			uint8_t b = c->ignore[i].ptr[k];

			/* Compared ignoring ASCII case, and so digested. */
			buf_put_byte(&d->piece,
				b >= 'A' && b <= 'Z' ? (uint8_t)(b | 0x20) : b);
		}
		texts[i] = keep(d, &d->piece);
	}
	put_sorted(out, "ignore ", texts, c->ignore_count);
}

static void
put_rules(struct draft *d, struct buf *out, const struct policy_class *c)
{
	buf_put_text(out, "prefix ");
	buf_put_slice(out, c->prefix);
	buf_put_text(out, c->lower ? "\nlower\n" : "\n");
	put_from(d, out, c);
	put_ignore(d, out, c);
}

static void
digest_rules(struct draft *d, struct policy_class *c)
{
	struct buf *text = &d->text;

	buf_reset(text);
	buf_put_text(text, "lethe class 1\n");
	put_rules(d, text, c);
	if (c->within != SIZE_MAX) {
		buf_put_text(text, "within\n");
		put_rules(d, text, &d->classes[c->within]);
	}
	/* Not of the outer class: its identifier is the same every day. */
	if (c->lifetime_ms)
		buf_printf(text, "lifetime %lld\n", (long long)c->lifetime_ms);
	if (text->full)
		give_up(d, LETHE_ENOMEM);
	digest(buf_slice(text), c->rules);
}

static uint64_t
token_classes(struct draft *d, size_t purpose)
{
	const struct policy_purpose *p = &d->purposes[purpose];
	uint64_t used = 0;

	for (size_t i = 0; i < p->identity_count; i++)
		used |= UINT64_C(1) << p->identity[i];
	for (size_t i = 0; i < d->p->field_count; i++)
		if (d->fields[i].purposes >> purpose & 1 &&
			d->fields[i].what.kind == TRANSFORM_TOKEN)
			used |= UINT64_C(1) << d->fields[i].what.class;
	if (p->id)
		used |= UINT64_C(1) << d->p->class_count;
	return used;
}

static void
want_domain(struct draft *d, size_t purpose, struct ring_want_domain *domains)
{
	struct ring_want *want = &d->p->want;
	struct ring_want_domain *domain = &domains[want->domain_count];
	uint64_t used = token_classes(d, purpose);
	uint32_t *classes;

	if (!used)
		return;
	classes = take(d, 64, sizeof(*classes));
	domain->name = slice_of(d->purposes[purpose].name);
	domain->classes = classes;
	for (uint32_t i = 0; i < 64; i++)
		if (used >> i & 1)
			classes[domain->class_count++] = i;
	d->purposes[purpose].domain = want->domain_count++;
}

void
build_want(struct draft *d)
{
	struct lethe_policy *p = d->p;
	struct ring_want_class *classes =
		take(d, p->class_count + 1, sizeof(*classes));
	struct ring_want_domain *domains =
		take(d, p->purpose_count, sizeof(*domains));

	p->want.classes = classes;
	p->want.domains = domains;
	p->want.class_count = p->class_count;
	for (size_t i = 0; i < p->class_count; i++) {
		digest_rules(d, &d->classes[i]);
		classes[i].name = slice_of(d->classes[i].name);
		memcpy(classes[i].rules, d->classes[i].rules, DIGEST_BYTES);
	}
	for (size_t i = 0; i < p->purpose_count; i++) {
		if (p->purposes[i].id &&
			p->want.class_count == p->class_count) {
			classes[p->want.class_count].name =
				slice_of(EVENT_ID_CLASS);
			/* Its rules never change: it has no `ignore`, and one
			   place an input. */
			digest(slice_of("lethe event id 1"),
				classes[p->want.class_count++].rules);
		}
		want_domain(d, i, domains);
	}
}
