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

bool
policy_ledger_asks(
	const struct lethe_policy *p, struct slice key, struct arena *a)
{
	const struct policy_class *c;
	struct slice left = key, name, normal;

	if (!slice_cut(&left, ':', &name))
		return false;
	c = class_of(p, name);
	arena_reset(a);
	return c && ident_normalise(left, c->lower, a, &normal) == IDENT_OK &&
	       slice_equal(left, normal) && !is_ignored(c, normal);
}
