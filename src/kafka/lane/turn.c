#include "kafka/lane/self.h"

#include "base/clock.h"
#include "base/log.h"

int
lane_wait_ms(const struct lane *l, int most)
{
	const struct lane_view *next =
		atomic_load_explicit(&l->next, memory_order_acquire);
	int64_t left;

	if (next == l->now)
		return most;
	left = next->from_ms - clock_now_ms();
	return left < 0 ? 0 : left < most ? (int)left : most;
}

/*
 * What the change cost this lane: its commit came earlier than it would have,
 * and then it stood still.
 */
static void
tell_taken(const struct lane *l, int64_t began_ns, int64_t committed_ns)
{
	int64_t now_ns = clock_monotonic_ns();

	log_put_always(LOG_INFO, "view_taken",
		(const struct log_pair[]){LOG_NUMBER("lane", l->o.number),
			LOG_NUMBER("from_ms", l->now->from_ms),
			LOG_NUMBER("late_ms", clock_now_ms() - l->now->from_ms),
			LOG_NUMBER(
				"commit_us", (committed_ns - began_ns) / 1000),
			LOG_NUMBER("switch_us", (now_ns - committed_ns) / 1000),
			{0}});
}

bool
lane_is_due(const struct lane *l)
{
	const struct lane_view *next =
		atomic_load_explicit(&l->next, memory_order_acquire);

	return next != l->now && (l->due || clock_now_ms() >= next->from_ms);
}

/*
 * Between two transactions.
 *
 *   began_ns   when what is over by now began
 */
static void
take_view(struct lane *l, int64_t began_ns)
{
	const struct lane_view *next =
		atomic_load_explicit(&l->next, memory_order_acquire);
	int64_t committed_ns = clock_monotonic_ns();

	l->now = next;
	l->due = false;
	l->txn.held = &next->held;
	output_policy(&l->output, next->view->policy, next->sealer);
	atomic_store_explicit(&l->took, next, memory_order_release);
	tell_taken(l, began_ns, committed_ns);
}

void
lane_take_due(struct lane *l)
{
	if (lane_is_due(l))
		take_view(l, clock_monotonic_ns());
}

const struct held *
lane_held(void *ctx)
{
	struct lane *l = ctx;
	const struct lane_view *next =
		atomic_load_explicit(&l->next, memory_order_acquire);

	/* What is told of here is taken then, whatever the clock does. */
	l->due = lane_is_due(l);
	if (l->due && !l->txn.open && !l->txn.count)
		take_view(l, clock_monotonic_ns());
	return l->due ? &next->held : &l->now->held;
}

enum lethe_status
lane_turn(struct lane *l, struct lethe_error *err)
{
	int64_t began_ns;
	enum lethe_status status;

	if (!lane_is_due(l))
		return LETHE_OK;
	began_ns = clock_monotonic_ns();
	status = lane_commit(l, err);
	if (status)
		return status;
	/* What was open may have been done again, under the next one. */
	if (lane_is_due(l))
		take_view(l, began_ns);
	return txn_settle(&l->txn, err);
}

void
lane_offer(struct lane *l, const struct lane_view *next)
{
	atomic_store_explicit(&l->next, next, memory_order_release);
}

bool
lane_is_behind(const struct lane *l)
{
	return assign_is_behind(&l->assign);
}

bool
lane_took(const struct lane *l)
{
	return atomic_load_explicit(&l->took, memory_order_acquire) ==
	       atomic_load_explicit(&l->next, memory_order_acquire);
}
