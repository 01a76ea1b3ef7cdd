#include "crypto/ring/life.h"

#include "crypto/ring/form.h"

#include <sodium.h>
#include <stdlib.h>

static int
compare(const struct ring_recipient *a, enum ring_role role,
	const struct public_key *key)
{
	if (a->role != role)
		return a->role < role ? -1 : 1;
	return memcmp(&a->key, key, sizeof(*key));
}

/* Its place, or where it would stand. */
static size_t
place_of(const struct ring *r, enum ring_role role,
	const struct public_key *key, bool *is)
{
	size_t i = 0;

	while (i < r->recipient_count &&
		compare(&r->recipients[i], role, key) < 0)
		i++;
	*is = i < r->recipient_count && !compare(&r->recipients[i], role, key);
	return i;
}

static void
shift_seals(struct ring_sealed *list, size_t count, size_t from, int by)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].recipient >= from)
			list[i].recipient += (size_t)by;
}

static enum lethe_status
insert(struct ring *r, enum ring_role role, const struct public_key *key,
	struct lethe_error *err)
{
	const struct ring_recipient to = {role, *key};
	enum lethe_status status;
	bool is;
	size_t at = place_of(r, role, key, &is);

	if (is)
		return fail(err, LETHE_EUSAGE, 0,
			"the key is a recipient of "
			"that role already");
	if (r->recipient_count == RING_RECIPIENTS_MAX)
		return fail(err, LETHE_ERING, 0,
			"the ring has no room for more than %d recipients",
			RING_RECIPIENTS_MAX);
	status = RING_INSERT(&r->recipients, &r->recipient_count, at, &to, err);
	if (status)
		return status;
	shift_seals(r->sealed, r->sealed_count, at, 1);
	shift_seals(r->index, r->index_count, at, 1);
	return LETHE_OK;
}

static void
drop_seals_of(struct ring_sealed *list, size_t *count, size_t recipient)
{
	size_t kept = 0;

	for (size_t i = 0; i < *count; i++)
		if (list[i].recipient != recipient)
			list[kept++] = list[i];
	*count = kept;
}

static void
take_out(struct ring *r, size_t at)
{
	drop_seals_of(r->sealed, &r->sealed_count, at);
	drop_seals_of(r->index, &r->index_count, at);
	memmove(&r->recipients[at], &r->recipients[at + 1],
		(r->recipient_count - at - 1) * sizeof(r->recipients[0]));
	r->recipient_count--;
	shift_seals(r->sealed, r->sealed_count, at, -1);
	shift_seals(r->index, r->index_count, at, -1);
}

bool
ring_runtime_has(const struct ring *r, uint32_t epoch)
{
	for (size_t i = 0; i < r->sealed_count; i++)
		if (r->sealed[i].epoch == epoch &&
			r->recipients[r->sealed[i].recipient].role ==
				ROLE_RUNTIME)
			return true;
	return false;
}

/* Every key that its role holds, to one recipient: what was taken from others
   does not come back to them. */
static enum lethe_status
seal_all(struct ring *r, size_t to, uint8_t (*keys)[EPOCH_KEY_BYTES],
	const bool *opened, struct lethe_error *err)
{
	enum ring_role role = r->recipients[to].role;
	enum lethe_status status =
		ring_seal_key_to(r, RING_INDEX, to, keys[r->epoch_count], err);

	for (size_t i = 0; !status && i < r->epoch_count; i++) {
		const struct ring_epoch *e = &r->epochs[i];

		if (e->destroyed_at_ms ||
			(role == ROLE_RUNTIME &&
				!ring_runtime_has(r, e->number)))
			continue;
		if (!opened[i])
			return fail(err, LETHE_ERING, 0,
				"the key of epoch %u is not open: unlock with "
				"a recipient that holds it (erasure)",
				e->number);
		status = ring_seal_key_to(r, e->number, to, keys[i], err);
	}
	return status;
}

/* One key in two roles could do what each of them alone must not. */
static enum lethe_status
check_one_role(const struct ring *r, enum ring_role role,
	const struct public_key *key, struct lethe_error *err)
{
	for (size_t i = 0; i < r->recipient_count; i++)
		if (r->recipients[i].role != role &&
			!memcmp(&r->recipients[i].key, key, sizeof(*key)))
			return fail(err, LETHE_ERING, 0,
				"the key is the ring's %s recipient: make "
				"another pair for %s (`lethe keys pair`)",
				ring_role_name(r->recipients[i].role),
				ring_role_name(role));
	return LETHE_OK;
}

enum lethe_status
ring_recipient_add(struct ring *r, enum ring_role role,
	const struct public_key *key, int64_t now_ms, struct lethe_error *err)
{
	uint8_t(*keys)[EPOCH_KEY_BYTES] = r->keys;
	bool *opened = r->opened;
	char id[2 * KEY_ID_BYTES + 1];
	enum lethe_status status = check_one_role(r, role, key, err);
	bool is;

	bug_if(role == ROLE_SIGNER || role == ROLE_POLICY);
	if (status)
		return status;
	if (!public_key_usable(key))
		return fail(err, LETHE_EKEY, 0, "not a usable X25519 key");
	if (ring_role_holds(role) && !keys)
		return fail(err, LETHE_EKEY, 0,
			"keys are sealed to it: the ring must be unlocked");
	public_key_id(key, id);
	/* A change locks the ring; what is open is needed a moment more. */
	r->keys = NULL;
	r->opened = NULL;
	status = ring_begin_change(r, now_ms, err, "add the %s recipient %s",
		ring_role_name(role), id);
	if (!status)
		status = insert(r, role, key, err);
	if (!status && ring_role_holds(role))
		status = seal_all(
			r, place_of(r, role, key, &is), keys, opened, err);
	r->keys = keys;
	r->opened = opened;
	ring_lock(r);
	return status;
}

/* What nobody but the erasure can open would be gone, and not destroyed. */
static enum lethe_status
check_last_erasure(const struct ring *r, struct lethe_error *err)
{
	for (size_t i = 0; i < r->epoch_count; i++)
		if (!r->epochs[i].destroyed_at_ms &&
			!ring_runtime_has(r, r->epochs[i].number))
			return fail(err, LETHE_ERING, 0,
				"nobody else could open epoch %u: add another "
				"erasure recipient first, or destroy the epoch",
				r->epochs[i].number);
	return LETHE_OK;
}

enum lethe_status
ring_recipient_remove(struct ring *r, enum ring_role role,
	const struct public_key *key, int64_t now_ms, struct lethe_error *err)
{
	char id[2 * KEY_ID_BYTES + 1];
	enum lethe_status status;
	bool is;
	size_t at = place_of(r, role, key, &is);

	bug_if(role == ROLE_SIGNER || role == ROLE_POLICY);
	public_key_id(key, id);
	if (!is)
		return fail(err, LETHE_EKEY, 0,
			"%s is no %s recipient of the ring", id,
			ring_role_name(role));
	if (role != ROLE_ERASURE && ring_recipient_count(r, role) == 1)
		return fail(err, LETHE_ERING, 0,
			"%s is the last %s recipient: add another first", id,
			ring_role_name(role));
	if (role == ROLE_ERASURE && ring_recipient_count(r, role) == 1) {
		status = check_last_erasure(r, err);
		if (status)
			return status;
	}
	status = ring_begin_change(r, now_ms, err, "remove the %s recipient %s",
		ring_role_name(role), id);
	if (!status)
		take_out(r, at);
	return status;
}

static int
compare_keys(const void *a, const void *b)
{
	return memcmp(a, b, PUBLIC_KEY_BYTES);
}

/* The set in order, each a usable key and once. */
static enum lethe_status
sort_set(const struct public_key *keys, size_t count, uint32_t threshold,
	struct ring_signers *out, struct lethe_error *err)
{
	*out = (struct ring_signers){.threshold = threshold, .count = count};
	if (!threshold || threshold > count || count > RING_RECIPIENTS_MAX)
		return fail(err, LETHE_EUSAGE, 0,
			"%u of %zu signers cannot be asked for: at least one, "
			"at most all of them (%d)",
			threshold, count, RING_RECIPIENTS_MAX);
	memcpy(out->keys, keys, count * sizeof(*keys));
	qsort(out->keys, count, sizeof(out->keys[0]), compare_keys);
	for (size_t i = 0; i < count; i++) {
		if (!crypto_core_ed25519_is_valid_point(out->keys[i].bytes))
			return fail(
				err, LETHE_EKEY, 0, "not a usable Ed25519 key");
		if (i && !compare_keys(&out->keys[i - 1], &out->keys[i]))
			return fail(err, LETHE_EUSAGE, 0,
				"a signer is named twice");
	}
	return LETHE_OK;
}

static enum lethe_status
replace(struct ring *r, enum ring_role role, const struct ring_signers *to,
	struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;

	for (size_t i = r->recipient_count; i-- > 0;)
		if (r->recipients[i].role == role)
			take_out(r, i);
	for (size_t i = 0; !status && i < to->count; i++)
		status = insert(r, role, &to->keys[i], err);
	return status;
}

/* One change of signers a version: the last word counts. */
static enum lethe_status
hand_over(
	struct ring *r, const struct ring_signers *to, struct lethe_error *err)
{
	const struct ring_handover h = {.version = r->version, .to = *to};
	struct ring_handover *last =
		r->handover_count ? &r->handovers[r->handover_count - 1] : NULL;

	if (!last || last->version != r->version)
		return RING_PUSH(&r->handovers, &r->handover_count, &h, err);
	*last = h;
	return LETHE_OK;
}

enum lethe_status
ring_set_signers(struct ring *r, const struct public_key *keys, size_t count,
	uint32_t threshold, int64_t now_ms, struct lethe_error *err)
{
	struct ring_signers to, now;
	enum lethe_status status = sort_set(keys, count, threshold, &to, err);

	if (status)
		return status;
	ring_signers_now(r, &now);
	if (ring_signers_equal(&to, &now))
		return fail(err, LETHE_EUSAGE, 0, "they are its signers now");
	/* Version 1 is nobody's word yet: a change needs a version before. */
	status = ring_begin_change(r, now_ms, err,
		"signers: %u of %zu must sign", threshold, count);
	if (status)
		return status;
	if (r->version == 1)
		return fail(err, LETHE_EUSAGE, 0,
			"a ring is written once before it gets signers");
	status = replace(r, ROLE_SIGNER, &to, err);
	r->threshold = threshold;
	return status ? status : hand_over(r, &to, err);
}

enum lethe_status
ring_set_policy_signers(struct ring *r, const struct public_key *keys,
	size_t count, uint32_t threshold, int64_t now_ms,
	struct lethe_error *err)
{
	struct ring_signers to;
	enum lethe_status status = sort_set(keys, count, threshold, &to, err);

	if (!status)
		status = ring_begin_change(r, now_ms, err,
			"policy signers: %u of %zu must sign", threshold,
			count);
	if (!status)
		status = replace(r, ROLE_POLICY, &to, err);
	r->policy_threshold = threshold;
	return status;
}

static enum lethe_status
check_name(const struct ring *r, enum ring_names which, struct slice name,
	struct lethe_error *err)
{
	uint32_t id = which == RING_DOMAINS ? ring_domain_id(r, name)
					    : ring_class_id(r, name);

	if (!ring_name_is(name))
		return fail(err, LETHE_EUSAGE, 0,
			"a name in a ring is [a-z][a-z0-9_-]*, at most %d "
			"long",
			RING_NAME_MAX);
	return id ? fail(err, LETHE_EUSAGE, 0, "the ring has a %s %.*s already",
			    which == RING_DOMAINS ? "purpose" : "class",
			    (int)name.len, name.ptr)
		  : LETHE_OK;
}

enum lethe_status
ring_rename(struct ring *r, enum ring_names which, struct slice from,
	struct slice to, int64_t now_ms, struct lethe_error *err)
{
	struct ring_name *names =
		which == RING_DOMAINS ? r->domains : r->classes;
	size_t count = which == RING_DOMAINS ? r->domain_count : r->class_count;
	enum lethe_status status = check_name(r, which, to, err);
	size_t i = 0;

	while (i < count && !slice_is(from, names[i].text))
		i++;
	if (!status && i == count)
		return fail(err, LETHE_EUSAGE, 0, "the ring has no %s %.*s",
			which == RING_DOMAINS ? "purpose" : "class",
			(int)from.len, from.ptr);
	if (!status)
		status = ring_begin_change(r, now_ms, err,
			"rename the %s %.*s to %.*s",
			which == RING_DOMAINS ? "purpose" : "class",
			(int)from.len, from.ptr, (int)to.len, to.ptr);
	if (status)
		return status;
	names[i] = (struct ring_name){0};
	memcpy(names[i].text, to.ptr, to.len);
	return LETHE_OK;
}

enum lethe_status
ring_join(struct ring *r, uint32_t domain, struct slice purpose,
	struct slice why, int64_t now_ms, struct lethe_error *err)
{
	enum lethe_status status = check_name(r, RING_DOMAINS, purpose, err);
	struct ring_joined join = {.domain = domain};
	size_t at = r->join_count;

	bug_if(!domain || domain > r->domain_count);
	if (!status && !ring_why_is(why))
		return fail(err, LETHE_EUSAGE, 0,
			"why is 1 to %d printable letters", RING_WHY_MAX);
	if (!status)
		status = ring_begin_change(r, now_ms, err,
			"join the purpose %.*s to %s", (int)purpose.len,
			purpose.ptr, r->domains[domain - 1].text);
	if (status)
		return status;
	memcpy(join.purpose.text, purpose.ptr, purpose.len);
	memcpy(join.why.text, why.ptr, why.len);
	while (at &&
		strcmp(r->joins[at - 1].purpose.text, join.purpose.text) > 0)
		at--;
	return RING_INSERT(&r->joins, &r->join_count, at, &join, err);
}

size_t
ring_join_count(const struct ring *r)
{
	return r->join_count;
}

struct ring_join
ring_join_get(const struct ring *r, size_t i)
{
	bug_if(i >= r->join_count);
	return (struct ring_join){r->joins[i].domain, r->joins[i].purpose.text,
		r->joins[i].why.text};
}
