#include "policy/ledger_key.h"

#include "text/ident.h"

static size_t
class_of(const struct lethe_policy *p, struct slice name)
{
	for (size_t i = 0; i < p->class_count; i++)
		if (p->ledger.classes >> i & 1 &&
			slice_is(name, p->classes[i].name))
			return i;
	return SIZE_MAX;
}

static bool
is_ignored(const struct policy_class *c, struct slice id)
{
	for (size_t i = 0; i < c->ignore_count; i++)
		if (ident_equal_fold(c->ignore[i], id))
			return true;
	return false;
}

static size_t
remembering(const struct lethe_policy *p, struct slice name)
{
	for (size_t i = 0; i < p->source_count; i++)
		if (p->ledger.remembers >> i & 1 &&
			slice_is(name, p->sources[i].name))
			return i;
	return SIZE_MAX;
}

/* Cuts what stands before the subject of an objection's key; true of another
 * key, too. */
static bool
cut_objection(const struct lethe_policy *p, struct slice *key, size_t *source)
{
	static const char before[] = LEDGER_OBJECTION;
	size_t len = sizeof(before) - 1;
	struct slice name;

	*source = SIZE_MAX;
	if (key->len < len || memcmp(key->ptr, before, len) != 0)
		return true;
	*key = slice_make(key->ptr + len, key->len - len);
	if (!slice_cut(key, ':', &name))
		return false;
	*source = remembering(p, name);
	return *source != SIZE_MAX;
}

bool
policy_ledger_key(const struct lethe_policy *p, struct slice key,
	struct arena *a, struct policy_ledger_key *out)
{
	const struct policy_class *c;
	struct slice left = key, name, normal;

	if (!cut_objection(p, &left, &out->source) ||
		!slice_cut(&left, ':', &name))
		return false;
	out->class = class_of(p, name);
	out->identifier = left;
	if (out->class == SIZE_MAX)
		return false;
	c = &p->classes[out->class];
	arena_reset(a);
	return ident_normalise(left, c->lower, a, &normal) == IDENT_OK &&
	       slice_equal(left, normal) && !is_ignored(c, normal);
}

bool
policy_ledger_asks(
	const struct lethe_policy *p, struct slice key, struct arena *a)
{
	struct policy_ledger_key whose;

	return policy_ledger_key(p, key, a, &whose);
}
