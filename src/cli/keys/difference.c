#include "cli/keys/change.h"

#include "crypto/ring/life.h"

#include <stdio.h>
#include <string.h>

/* What was done since, as the later one says itself. */
static void
show_history(const struct ring *was, const struct ring *is)
{
	for (size_t i = 0; i < ring_history_count(is); i++) {
		struct ring_event e = ring_history_get(is, i);

		if (e.version > ring_version(was))
			printf("  %s\n", e.what);
	}
}

static void
show_epoch(const struct ring_epoch *was, const struct ring_epoch *e,
	const char *purpose)
{
	if (!was)
		printf("  new: epoch %u of %s, active from %s\n", e->number,
			purpose, change_time(e->active_from_ms));
	if (was && was->active_from_ms != e->active_from_ms)
		printf("  epoch %u is active from %s, not from %s\n", e->number,
			change_time(e->active_from_ms),
			change_time(was->active_from_ms));
	if (e->retire_at_ms && (!was || was->retire_at_ms != e->retire_at_ms))
		printf("  epoch %u retires at %s\n", e->number,
			change_time(e->retire_at_ms));
	if (was && was->retire_at_ms && !e->retire_at_ms)
		printf("  epoch %u does not retire\n", e->number);
	if (e->destroyed_at_ms && (!was || !was->destroyed_at_ms))
		printf("  epoch %u loses its key for good\n", e->number);
	if (was && was->destroyed_at_ms && !e->destroyed_at_ms)
		printf("  epoch %u, which was destroyed, has a key again\n",
			e->number);
	if (e->compromised_at_ms && (!was || !was->compromised_at_ms))
		printf("  epoch %u is marked as compromised\n", e->number);
	if (was && was->compromised_at_ms && !e->compromised_at_ms)
		printf("  epoch %u is no more marked as compromised\n",
			e->number);
	if (was && memcmp(was->fingerprint, e->fingerprint,
			   FINGERPRINT_BYTES) != 0)
		printf("  epoch %u has another key\n", e->number);
}

/* Who could open an epoch that is over. */
static void
show_runtime(const struct ring *was, const struct ring *is, uint32_t epoch)
{
	bool had = ring_runtime_has(was, epoch);

	if (had != ring_runtime_has(is, epoch) &&
		!ring_epoch_get(is, epoch - 1)->destroyed_at_ms)
		printf("  the key of epoch %u %s the runtime\n", epoch,
			had ? "leaves" : "comes back to");
}

/* What no command does to an epoch that is there. */
static void
show_epoch_other(const struct ring *was, const struct ring *is, uint32_t epoch)
{
	if (!ring_seals_stand(was, is, epoch))
		printf("  the key of epoch %u is sealed anew: whether it is "
		       "the same, only who opens it can tell\n",
			epoch);
	if (!ring_rules_stand(was, is, epoch))
		printf("  epoch %u has other rules of a class: its tokens can "
		       "become others\n",
			epoch);
}

/* Numbers make the tokens; a name says whose they are. */
static void
show_names(const char *what, const struct ring *was, size_t was_count,
	const struct ring *is, size_t is_count,
	const char *(*name)(const struct ring *, size_t, uint32_t *))
{
	uint32_t id;

	for (size_t i = 0; i < is_count; i++) {
		const char *now = name(is, i, &id);
		const char *then = i < was_count ? name(was, i, &id) : NULL;

		if (!then)
			printf("  new: %s %zu, %s\n", what, i + 1, now);
		else if (strcmp(then, now) != 0)
			printf("  %s %zu is named %s, not %s\n", what, i + 1,
				now, then);
	}
}

static bool
has_join(const struct ring *r, const struct ring_join *join)
{
	for (size_t i = 0; i < ring_join_count(r); i++) {
		struct ring_join one = ring_join_get(r, i);

		if (one.domain == join->domain &&
			!strcmp(one.purpose, join->purpose) &&
			!strcmp(one.why, join->why))
			return true;
	}
	return false;
}

/* Those of one that the other lacks. */
static void
show_joins(const struct ring *of, const struct ring *lacks, const char *what)
{
	uint32_t id;

	for (size_t i = 0; i < ring_join_count(of); i++) {
		struct ring_join join = ring_join_get(of, i);

		if (!has_join(lacks, &join))
			printf("  %s: %s shares the tokens of %s: %s\n", what,
				join.purpose,
				ring_domain_name(of, join.domain - 1, &id),
				join.why);
	}
}

static bool
has(const struct ring *r, enum ring_role role, const struct public_key *key)
{
	for (size_t i = 0; i < ring_recipient_count(r, role); i++)
		if (!memcmp(ring_recipient(r, role, i), key, sizeof(*key)))
			return true;
	return false;
}

/* Those of one that the other lacks. */
static void
show_keys(const struct ring *of, const struct ring *lacks, const char *what)
{
	char id[2 * KEY_ID_BYTES + 1];

	for (enum ring_role role = 0; role < ROLE_COUNT; role++)
		for (size_t i = 0; i < ring_recipient_count(of, role); i++) {
			const struct public_key *key =
				ring_recipient(of, role, i);

			if (has(lacks, role, key))
				continue;
			public_key_id(key, id);
			printf("  %s: %s %s\n", what, ring_role_name(role), id);
		}
}

void
change_show(const struct ring *was, const struct ring *is)
{
	size_t known = ring_epoch_count(was);
	uint32_t id;

	printf("version %u of ring %s, in the place of %u:\n", ring_version(is),
		ring_id(is), ring_version(was));
	show_history(was, is);
	for (size_t i = 0; i < ring_epoch_count(is); i++) {
		const struct ring_epoch *e = ring_epoch_get(is, i);

		show_epoch(i < known ? ring_epoch_get(was, i) : NULL, e,
			ring_domain_name(is, e->domain - 1, &id));
	}
	for (size_t i = 0; i < known && i < ring_epoch_count(is); i++) {
		show_runtime(was, is, (uint32_t)i + 1);
		show_epoch_other(was, is, (uint32_t)i + 1);
	}
	if (!ring_seals_stand(was, is, 0))
		puts("  the index key, which names the consent ledger's rows, "
		     "is sealed anew");
	show_names("purpose", was, ring_domain_count(was), is,
		ring_domain_count(is), ring_domain_name);
	show_names("class", was, ring_class_count(was), is,
		ring_class_count(is), ring_class_name);
	show_joins(is, was, "new");
	show_joins(was, is, "gone");
	show_keys(is, was, "new");
	show_keys(was, is, "gone");
	if (ring_threshold(was) != ring_threshold(is))
		printf("  %u signers must sign, not %u\n", ring_threshold(is),
			ring_threshold(was));
	if (ring_policy_threshold(was) != ring_policy_threshold(is))
		printf("  %u policy signers must sign each policy, not %u\n",
			ring_policy_threshold(is), ring_policy_threshold(was));
}
