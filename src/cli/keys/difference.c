#include "cli/keys/change.h"

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
	if (e->retire_at_ms && (!was || was->retire_at_ms != e->retire_at_ms))
		printf("  epoch %u retires at %s\n", e->number,
			change_time(e->retire_at_ms));
	if (was && was->retire_at_ms && !e->retire_at_ms)
		printf("  epoch %u does not retire\n", e->number);
	if (e->destroyed_at_ms && (!was || !was->destroyed_at_ms))
		printf("  epoch %u loses its key for good\n", e->number);
	if (e->compromised_at_ms && (!was || !was->compromised_at_ms))
		printf("  epoch %u is marked as compromised\n", e->number);
	if (was && memcmp(was->fingerprint, e->fingerprint,
			   FINGERPRINT_BYTES) != 0)
		printf("  epoch %u has another key\n", e->number);
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
	show_keys(is, was, "new");
	show_keys(was, is, "gone");
	if (ring_threshold(was) != ring_threshold(is))
		printf("  %u signers must sign, not %u\n", ring_threshold(is),
			ring_threshold(was));
	if (ring_policy_threshold(was) != ring_policy_threshold(is))
		printf("  %u policy signers must sign each policy, not %u\n",
			ring_policy_threshold(is), ring_policy_threshold(was));
}
