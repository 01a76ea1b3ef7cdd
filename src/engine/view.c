#include "engine/view.h"

#include "base/error.h"
#include "engine/ledger.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static enum lethe_status
choose_purposes(struct lethe_view *v, const char *only, struct lethe_error *err)
{
	const struct lethe_policy *p = v->policy;

	for (size_t i = 0; i < p->purpose_count; i++)
		if (!only || !strcmp(only, p->purposes[i].name))
			v->purposes |= UINT64_C(1) << i;
	if (only && !v->purposes)
		return fail(err, LETHE_ENOENTRY, 0,
			"the policy has no purpose `%.80s`", only);
	return LETHE_OK;
}

static enum lethe_status
plan_fields(struct lethe_view *v, struct lethe_error *err)
{
	const struct lethe_policy *p = v->policy;

	v->plans = arena_calloc(&v->arena, p->purpose_count, sizeof(*v->plans));
	if (!v->plans)
		return fail(err, LETHE_ENOMEM, 0, "a view");
	for (size_t i = 0; i < p->purpose_count; i++) {
		struct purpose_fields *plan = &v->plans[i];

		plan->first = i ? plan[-1].first + plan[-1].count : 0;
		plan->fields = arena_calloc(
			&v->arena, p->field_count, sizeof(*plan->fields));
		if (!plan->fields)
			return fail(err, LETHE_ENOMEM, 0, "a view");
		for (size_t f = 0; f < p->field_count; f++)
			if (p->fields[f].purposes >> i & 1)
				plan->fields[plan->count++] = f;
	}
	return LETHE_OK;
}

/* With one purpose alone its keys are derived and no others. */
static enum lethe_status
derive_keys(struct lethe_view *v, const struct ring *ring, bool only,
	struct lethe_error *err)
{
	struct ring_want want = v->policy->want;

	if (only) {
		size_t purpose = (size_t)__builtin_ctzll(v->purposes);
		size_t domain = v->policy->purposes[purpose].domain;

		v->first_domain = domain == SIZE_MAX ? 0 : domain;
		want.domains += v->first_domain;
		want.domain_count = domain != SIZE_MAX;
	}
	return token_keys_new(ring, &want, &v->keys, err);
}

/* Views come and go at one address: a number tells them apart. */
static atomic_uint_fast64_t views;

enum lethe_status
lethe_view_new(const struct lethe_view_options *options,
	struct lethe_view **out, struct lethe_error *err)
{
	enum lethe_status status;
	struct lethe_view *v;

	*out = NULL;
	if (options->size != sizeof(*options) || !options->policy)
		return fail(err, LETHE_EUSAGE, 0, "options of a view");
	if (options->ledger && !ledger_book(options->ledger, options->policy))
		return fail(err, LETHE_EUSAGE, 0,
			"the ledger was read for another policy");
	v = calloc(1, sizeof(*v));
	if (!v)
		return fail(err, LETHE_ENOMEM, 0, "a view");
	v->serial = atomic_fetch_add(&views, 1) + 1;
	arena_init(&v->arena, 0);
	v->policy = lethe_policy_ref(options->policy);
	if (options->ledger)
		v->book = ledger_book(options->ledger, options->policy);
	status = choose_purposes(v, options->purpose, err);
	if (status == LETHE_OK)
		status = plan_fields(v, err);
	if (status == LETHE_OK && options->ring)
		status = derive_keys(
			v, options->ring->ring, options->purpose != NULL, err);
	if (status == LETHE_OK)
		*out = v;
	else
		lethe_view_free(v);
	return status;
}

void
lethe_view_free(struct lethe_view *view)
{
	if (!view)
		return;
	token_keys_free(view->keys);
	lethe_policy_drop(view->policy);
	arena_fini(&view->arena);
	free(view);
}
