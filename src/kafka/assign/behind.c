#include "kafka/assign/self.h"

#include "base/log.h"

#define BEHIND_MS 10000

/* The first place on which the group has been further than is held. */
static enum lethe_status
check_held(const struct assign *a, const struct kafka_place *places,
	size_t count, const struct kafka_place **ahead, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;

	for (size_t i = 0; !status && i < count; i++) {
		*ahead = &places[i];
		status = held_check(
			a->o.held(a->o.held_ctx), &places[i].held, err);
	}
	return status;
}

static void
tell_behind(const struct assign *a, const struct kafka_place *p,
	const struct lethe_error *err)
{
	LOG(LOG_WARN, "behind", LOG_NUMBER("lane", lane_of(a)->lane),
		LOG_TEXT("topic", lane_of(a)->topics[p->topic]),
		LOG_NUMBER("partition", p->partition),
		LOG_TEXT("why", err->what), LOG_NUMBER("waits_ms", BEHIND_MS),
		LOG_TEXT("do", "bring the newer file to this instance; "
			       "without it the process stops"));
}

static void
set_behind(struct assign *a, bool behind)
{
	atomic_store_explicit(&a->behind, behind, memory_order_relaxed);
}

/* What is open ends first, as before a partition goes: it need not wait. */
static enum lethe_status
begin_wait(struct assign *a, const struct kafka_place *ahead,
	struct lethe_error *err)
{
	tell_behind(a, ahead, err);
	set_behind(a, true);
	return txn_revoke(a->o.txn, NULL, 0, false, err);
}

enum lethe_status
assign_catch_up(struct assign *a, const struct kafka_place *places,
	size_t count, bool *taken, struct lethe_error *err)
{
	const struct txn_options *o = lane_of(a);
	int64_t until = o->ops->now_ms(o->kafka) + BEHIND_MS;
	const struct kafka_place *ahead;
	enum lethe_status status = LETHE_OK, ended = LETHE_OK;

	*taken = true;
	while (a->o.held &&
		(status = check_held(a, places, count, &ahead, err))) {
		if (!assign_is_behind(a))
			ended = begin_wait(a, ahead, err);
		*taken = !should_stop(a);
		if (ended || !*taken || o->ops->now_ms(o->kafka) >= until)
			break;
		o->ops->sleep(o->kafka, RETRY_MS);
	}
	set_behind(a, false);
	if (ended)
		return ended;
	return *taken ? status : LETHE_OK;
}

/* Whether what the open transaction goes by is older than the group has seen.
 */
static bool
is_older(const struct assign *a, const struct kafka_place *places, size_t count,
	struct lethe_error *err)
{
	const struct held *own = a->o.txn->held;

	for (size_t i = 0; a->o.held && own && i < count; i++)
		if (held_check(own, &places[i].held, err))
			return true;
	return false;
}

enum lethe_status
assign_take_newer(struct assign *a, const struct kafka_place *places,
	size_t count, struct lethe_error *err)
{
	enum lethe_status status;

	if (!is_older(a, places, count, err))
		return LETHE_OK;
	status = txn_revoke(a->o.txn, NULL, 0, false, err);
	if (status)
		return status;
	(void)a->o.held(a->o.held_ctx);
	return is_older(a, places, count, err)
		       ? fail(err, LETHE_EABORT, 0,
				 "what is retained is of an older ring or "
				 "policy than its new partitions")
		       : LETHE_OK;
}

bool
assign_is_behind(const struct assign *a)
{
	return atomic_load_explicit(&a->behind, memory_order_relaxed);
}
