#include "daemon/succession.h"

#include "crypto/ring/life.h"

#include <inttypes.h>

struct ring_mark
ring_mark_of(const struct ring *r)
{
	return (struct ring_mark){
		ring_id(r), ring_version(r), ring_digest(r), ring_previous(r)};
}

enum succession
succession_of(
	const struct ring_mark *held, const struct ring_mark *seen, bool keeps)
{
	if (strcmp(held->id, seen->id) != 0)
		return RING_OTHER;
	if (seen->version < held->version)
		return RING_OLDER;
	if (seen->version == held->version)
		return memcmp(held->digest, seen->digest, RING_HASH_BYTES)
			       ? RING_TWIN
			       : RING_SAME;
	if (seen->version == held->version + 1 &&
		memcmp(seen->previous, held->digest, RING_HASH_BYTES) != 0)
		return RING_STRAY;
	return keeps ? RING_NEXT : RING_REKEYED;
}

bool
ring_keeps(const struct ring *held, const struct ring *seen)
{
	if (ring_epoch_count(seen) < ring_epoch_count(held))
		return false;
	for (size_t i = 0; i < ring_epoch_count(held); i++) {
		const struct ring_epoch *a = ring_epoch_get(held, i);
		const struct ring_epoch *b = ring_epoch_get(seen, i);

		if (a->number != b->number || a->domain != b->domain ||
			memcmp(a->fingerprint, b->fingerprint,
				FINGERPRINT_BYTES) != 0)
			return false;
	}
	return true;
}

enum lethe_status
succession_check(const struct ring *held, const struct ring *seen,
	enum succession *out, struct lethe_error *err)
{
	const struct ring_mark a = ring_mark_of(held), b = ring_mark_of(seen);

	*out = succession_of(&a, &b, ring_keeps(held, seen));
	if (*out == RING_NEXT && !ring_descends(seen, held))
		*out = RING_STRAY;
	switch (*out) {
	case RING_OTHER:
		return fail(err, LETHE_ERING, 0,
			"it is another ring: %.8s is held, this is %.8s", a.id,
			b.id);
	case RING_OLDER:
		return fail(err, LETHE_ERING, 0,
			"it is older: version %" PRIu32 " is held, this is "
			"version %" PRIu32,
			a.version, b.version);
	case RING_TWIN:
		return fail(err, LETHE_ERING, 0,
			"it is a fork: version %" PRIu32 " is held, and this "
			"one has other bytes",
			a.version);
	case RING_STRAY:
		return fail(err, LETHE_ERING, 0,
			"it is a fork: version %" PRIu32 " does not follow "
			"the version %" PRIu32 " that is held (`previous`, "
			"`history`, `handover` or `index`)",
			b.version, a.version);
	case RING_REKEYED:
		return fail(err, LETHE_ERING, 0,
			"it is a fork: version %" PRIu32 " lacks an epoch that "
			"version %" PRIu32 " has, or has another key for it",
			b.version, a.version);
	case RING_SAME:
	case RING_NEXT:
	case SUCCESSIONS: break;
	}
	return LETHE_OK;
}

static void
put_epoch(struct buf *out, const struct ring *r, const struct ring_epoch *e,
	bool is_new)
{
	char print[2 * FINGERPRINT_BYTES + 1];
	uint32_t id;

	hex_text(e->fingerprint, FINGERPRINT_BYTES, print);
	buf_printf(out, "%s%sepoch %" PRIu32 " of %s %s", out->len ? "; " : "",
		is_new ? "" : "changed: ", e->number,
		ring_domain_name(r, e->domain - 1, &id), print);
	if (e->active_from_ms)
		buf_printf(out, " from %" PRId64, e->active_from_ms);
	if (e->retire_at_ms)
		buf_printf(out, " to %" PRId64, e->retire_at_ms);
	if (e->destroyed_at_ms)
		buf_printf(out, " destroyed %" PRId64, e->destroyed_at_ms);
}

static bool
same_instants(const struct ring_epoch *a, const struct ring_epoch *b)
{
	return a->active_from_ms == b->active_from_ms &&
	       a->retire_at_ms == b->retire_at_ms &&
	       a->destroyed_at_ms == b->destroyed_at_ms;
}

void
succession_tell(
	struct buf *out, const struct ring *held, const struct ring *seen)
{
	size_t known = ring_epoch_count(held), told = 0, more = 0;

	for (size_t i = 0; i < ring_epoch_count(seen); i++) {
		const struct ring_epoch *e = ring_epoch_get(seen, i);

		if (i < known && same_instants(e, ring_epoch_get(held, i)))
			continue;
		if (told == SUCCESSION_TOLD) {
			more++;
			continue;
		}
		put_epoch(out, seen, e, i >= known);
		told++;
	}
	if (more)
		buf_printf(out, "; and %zu more", more);
	if (!told)
		buf_put_text(out, "none");
}

static void
take_sooner(int64_t at_ms, int64_t now_ms, int64_t *out)
{
	if (at_ms > now_ms && at_ms < *out)
		*out = at_ms;
}

int64_t
ring_next_instant(const struct ring *r, int64_t now_ms)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < ring_epoch_count(r); i++) {
		const struct ring_epoch *e = ring_epoch_get(r, i);

		if (e->destroyed_at_ms)
			continue;
		take_sooner(e->active_from_ms, now_ms, &next);
		take_sooner(e->retire_at_ms, now_ms, &next);
	}
	return next;
}
