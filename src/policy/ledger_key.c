#include "policy/ledger_key.h"

#include "text/ident.h"

static const struct policy_class *
class_of(const struct lethe_policy *p, struct slice name)
{
	for (size_t i = 0; i < p->class_count; i++)
		if (p->ledger.classes >> i & 1 &&
			slice_is(name, p->classes[i].name))
			return &p->classes[i];
	return NULL;
}

static bool
is_ignored(const struct policy_class *c, struct slice id)
{
	for (size_t i = 0; i < c->ignore_count; i++)
		if (ident_equal_fold(c->ignore[i], id))
			return true;
	return false;
}

static bool
is_remembered(const struct ledger_layout *l, struct slice source)
{
	for (size_t i = 0; i < l->objection_count; i++)
		if (slice_equal(l->objections[i], source))
			return true;
	return false;
}

/* Cuts what stands before the subject of an objection's key; true of another
 * key, too. */
static bool
cut_objection(const struct lethe_policy *p, struct slice *key)
{
	static const char before[] = LEDGER_OBJECTION;
	size_t len = sizeof(before) - 1;
	struct slice source;

	if (key->len < len || memcmp(key->ptr, before, len) != 0)
		return true;
	*key = slice_make(key->ptr + len, key->len - len);
	return slice_cut(key, ':', &source) &&
	       is_remembered(&p->ledger.layout, source);
}

bool
policy_ledger_asks(
	const struct lethe_policy *p, struct slice key, struct arena *a)
{
	const struct policy_class *c;
	struct slice left = key, name, normal;

	if (!cut_objection(p, &left) || !slice_cut(&left, ':', &name))
		return false;
	c = class_of(p, name);
	arena_reset(a);
	return c && ident_normalise(left, c->lower, a, &normal) == IDENT_OK &&
	       slice_equal(left, normal) && !is_ignored(c, normal);
}
