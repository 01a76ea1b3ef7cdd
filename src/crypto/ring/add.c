#include "crypto/ring/form.h"
#include "crypto/ring/life.h"

#include "base/clock.h"
#include "crypto/secret.h"

#include <inttypes.h>

#define ADD_COMMAND "lethe keys add --policy P --ring R"

/* The last epoch of a domain that is not destroyed, or NULL. */
static const struct ring_epoch *
live_epoch(const struct ring *r, uint32_t domain)
{
	for (size_t i = r->epoch_count; i-- > 0;)
		if (r->epochs[i].domain == domain &&
			!r->epochs[i].destroyed_at_ms)
			return &r->epochs[i];
	return NULL;
}

static enum lethe_status
fail_rekey(struct lethe_error *err, const struct ring_want_class *class)
{
	return fail(err, LETHE_ERING, 0,
		"would re-key class %.*s: its from, within, normalise, ignore, "
		"lifetime "
		"or prefix differ from the ring's; take the change back",
		(int)class->name.len, class->name.ptr);
}

static enum lethe_status
fail_no_epoch(struct lethe_error *err, const struct ring_want_domain *domain)
{
	return fail(err, LETHE_ERING, 0,
		"every epoch of %.*s is destroyed: `lethe keys propose` opens "
		"another",
		(int)domain->name.len, domain->name.ptr);
}

static enum lethe_status
fail_lacks(struct lethe_error *err, const char *what, struct slice name)
{
	return fail(err, LETHE_ERING, 0,
		"the ring lacks the %s %.*s: " ADD_COMMAND, what, (int)name.len,
		name.ptr);
}

/* The same in every epoch that makes tokens, now or later: one in overlap only
   tells what they were. */
static enum lethe_status
check_rules(const struct ring *r, uint32_t domain,
	const struct ring_want_class *class, struct lethe_error *err)
{
	uint32_t id = ring_class_id(r, class->name);
	int64_t now = clock_now_ms();

	for (size_t i = 0; i < r->epoch_count; i++) {
		enum epoch_state state = ring_epoch_state(r, i, now);
		const struct ring_rules *rules;

		if (r->epochs[i].domain != domain || state > EPOCH_ACTIVE)
			continue;
		rules = ring_rules_get(r, r->epochs[i].number, id);
		if (rules &&
			memcmp(rules->digest, class->rules, DIGEST_BYTES) != 0)
			return fail_rekey(err, class);
	}
	return LETHE_OK;
}

static enum lethe_status
check_domain(const struct ring *r, const struct ring_want *want,
	const struct ring_want_domain *domain, struct lethe_error *err)
{
	uint32_t id = ring_domain_id(r, domain->name);
	const struct ring_want_class *class;
	enum lethe_status status = LETHE_OK;
	const struct ring_epoch *e;

	if (!id)
		return fail_lacks(err, "purpose", domain->name);
	e = live_epoch(r, id);
	if (!e)
		return fail_no_epoch(err, domain);
	for (size_t i = 0; !status && i < domain->class_count; i++) {
		class = &want->classes[domain->classes[i]];
		if (!ring_rules_get(
			    r, e->number, ring_class_id(r, class->name)))
			return fail(err, LETHE_ERING, 0,
				"the ring lacks the class %.*s in "
				"%.*s: " ADD_COMMAND,
				(int)class->name.len, class->name.ptr,
				(int)domain->name.len, domain->name.ptr);
		status = check_rules(r, id, class, err);
	}
	return status;
}

enum lethe_status
ring_check(const struct ring *r, const struct ring_want *want,
	struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;

	for (size_t i = 0; i < want->class_count; i++)
		if (!ring_class_id(r, want->classes[i].name))
			return fail_lacks(err, "class", want->classes[i].name);
	for (size_t i = 0; status == LETHE_OK && i < want->domain_count; i++)
		status = check_domain(r, want, &want->domains[i], err);
	return status;
}

/* What would be refused, before anything is changed. */
static enum lethe_status
check_addable(const struct ring *r, const struct ring_want *want,
	const struct ring_want_domain *domain, struct lethe_error *err)
{
	uint32_t id = ring_domain_id(r, domain->name);
	enum lethe_status status = LETHE_OK;

	if (id && !live_epoch(r, id))
		return fail_no_epoch(err, domain);
	for (size_t i = 0; id && !status && i < domain->class_count; i++)
		status = check_rules(
			r, id, &want->classes[domain->classes[i]], err);
	return status;
}

static enum lethe_status
add_name(struct ring_name **names, size_t *count, struct slice name,
	struct lethe_error *err)
{
	struct ring_name one = {0};

	if (!ring_name_is(name))
		return fail(err, LETHE_ERING, 0,
			"a name in a ring is [a-z][a-z0-9_-]*, at most %d "
			"long",
			RING_NAME_MAX);
	if (*count == RING_NAMES_MAX)
		return fail(err, LETHE_ERING, 0,
			"the ring has no room for more than %d names",
			RING_NAMES_MAX);
	memcpy(one.text, name.ptr, name.len);
	return RING_PUSH(names, count, &one, err);
}

enum lethe_status
ring_append_epoch(struct ring *r, uint32_t domain, int64_t active_ms,
	int64_t now_ms, uint32_t *number, struct lethe_error *err)
{
	struct ring_epoch e = {
		.number = (uint32_t)r->epoch_count + 1,
		.domain = domain,
		.created_ms = now_ms > 0 ? now_ms : 0,
		.active_from_ms = active_ms,
	};
	enum lethe_status status;

	if (r->epoch_count == RING_EPOCHS_MAX)
		return fail(err, LETHE_ERING, 0,
			"the ring has no room for more than %d epochs",
			RING_EPOCHS_MAX);
	status = RING_PUSH(&r->epochs, &r->epoch_count, &e, err);
	if (status)
		return status;
	*number = e.number;
	return ring_seal_epoch(r, &r->epochs[r->epoch_count - 1], err);
}

/* Keeps the order: by epoch, then by class. */
enum lethe_status
ring_add_rules(struct ring *r, uint32_t epoch, uint32_t class,
	const uint8_t digest[static DIGEST_BYTES], struct lethe_error *err)
{
	struct ring_rules rules = {.epoch = epoch, .class = class};
	size_t at = r->rules_count;

	memcpy(rules.digest, digest, DIGEST_BYTES);
	while (at && (r->rules[at - 1].epoch > epoch ||
			     (r->rules[at - 1].epoch == epoch &&
				     r->rules[at - 1].class > class)))
		at--;
	return RING_INSERT(&r->rules, &r->rules_count, at, &rules, err);
}

/* Never used in these epochs, so no token changes.  One that is over gets none:
   what was never sent is not made up. */
static enum lethe_status
add_class(struct ring *r, uint32_t domain, uint32_t class,
	const uint8_t digest[static DIGEST_BYTES], int64_t now_ms,
	struct lethe_error *err)
{
	const struct ring_epoch *last = live_epoch(r, domain);
	enum lethe_status status = LETHE_OK;

	for (size_t i = 0; status == LETHE_OK && i < r->epoch_count; i++) {
		const struct ring_epoch *e = &r->epochs[i];

		if (e->domain != domain || e->destroyed_at_ms ||
			ring_rules_get(r, e->number, class))
			continue;
		if (e == last || ring_epoch_state(r, i, now_ms) <= EPOCH_ACTIVE)
			status = ring_add_rules(
				r, e->number, class, digest, err);
	}
	return status;
}

static enum lethe_status
add_domain(struct ring *r, const struct ring_want *want,
	const struct ring_want_domain *domain, int64_t now_ms,
	struct lethe_error *err)
{
	uint32_t id = ring_domain_id(r, domain->name), class, first;
	const struct ring_want_class *wanted;
	enum lethe_status status = LETHE_OK;

	if (!id) {
		status = add_name(
			&r->domains, &r->domain_count, domain->name, err);
		id = (uint32_t)r->domain_count;
		if (status == LETHE_OK)
			/* Active since ever, so that old events have one. */
			status = ring_append_epoch(
				r, id, 0, now_ms, &first, err);
	}
	for (size_t i = 0; status == LETHE_OK && i < domain->class_count; i++) {
		wanted = &want->classes[domain->classes[i]];
		class = ring_class_id(r, wanted->name);
		status = add_class(r, id, class, wanted->rules, now_ms, err);
	}
	return status;
}

static enum lethe_status
add_all(struct ring *r, const struct ring_want *want, int64_t now_ms,
	size_t *added, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;
	bool known;
	size_t rules;

	for (size_t i = 0; status == LETHE_OK && i < want->class_count; i++) {
		if (ring_class_id(r, want->classes[i].name))
			continue;
		status = add_name(&r->classes, &r->class_count,
			want->classes[i].name, err);
		++*added;
	}
	for (size_t i = 0; status == LETHE_OK && i < want->domain_count; i++) {
		known = ring_domain_id(r, want->domains[i].name) != 0;
		rules = r->rules_count;
		status = add_domain(r, want, &want->domains[i], now_ms, err);
		*added += known ? r->rules_count - rules : 1;
	}
	return status;
}

enum lethe_status
ring_add(struct ring *r, const struct ring_want *want, int64_t now_ms,
	size_t *added, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;

	*added = 0;
	for (size_t i = 0; status == LETHE_OK && i < want->domain_count; i++)
		status = check_addable(r, want, &want->domains[i], err);
	if (status != LETHE_OK || ring_check(r, want, NULL) == LETHE_OK)
		return status;
	status = ring_begin_change(r, now_ms, err, "add what a policy needs");
	if (status == LETHE_OK)
		status = add_all(r, want, now_ms, added, err);
	if (status != LETHE_OK)
		*added = 0;
	return status;
}
