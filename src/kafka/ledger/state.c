#include "kafka/ledger/self.h"

#include "base/clock.h"

void
keeper_state(const struct keeper *k, struct keeper_state *out)
{
	int64_t fresh = atomic_load(&k->fresh_ms);
	int64_t heard = atomic_load(&k->heard_utc_ms), silent;
	uint64_t all = atomic_load(&k->load_all);

	*out = (struct keeper_state){.loaded = atomic_load(&k->loaded),
		.rows = atomic_load(&k->rows),
		.lag = atomic_load(&k->lag),
		.age_ms = fresh ? keeper_now_ms() - fresh : -1,
		.max_lag_ms = k->ledger->max_lag_ms,
		.behind = atomic_load(&k->behind),
		.hidden_ms = keeper_hidden_ms(k, keeper_now_ms()),
		.heartbeats = k->ledger->heartbeat_ms,
		.silent_ms = -1,
		.malformed = atomic_load(&k->malformed),
		.foreign = atomic_load(&k->foreign),
		.misplaced = atomic_load(&k->misplaced),
		.records = atomic_load(&k->records),
		.share = 1,
		.left_ms = atomic_load(&k->load_left_ms)};
	/* Its own thread may stand, and would not say that it is behind. */
	if (out->loaded &&
		(out->age_ms > out->max_lag_ms || !keeper_is_heard(k)))
		out->behind = true;
	/* The clock of who wrote it may be ahead, within what is taken. */
	if (k->ledger->heartbeat_ms && heard) {
		silent = clock_now_ms() - heard;
		out->silent_ms = silent < 0 ? 0 : silent;
	}
	if (!out->loaded)
		out->share =
			all ? (double)atomic_load(&k->load_done) / (double)all
			    : 0;
}

/* ---- another policy */

static bool
same_texts(const struct slice *a, size_t n, const struct slice *b, size_t m)
{
	for (size_t i = 0; n == m && i < n; i++)
		if (!slice_equal(a[i], b[i]))
			return false;
	return n == m;
}

static bool
same_signers(const struct policy_ledger *a, const struct policy_ledger *b)
{
	return a->signer_count == b->signer_count &&
	       (!a->signer_count ||
		       !memcmp(a->signers, b->signers,
			       a->signer_count * sizeof(*a->signers)));
}

static bool
same_classes(const struct lethe_policy *a, const struct lethe_policy *b)
{
	if (a->class_count != b->class_count)
		return false;
	for (size_t i = 0; i < a->class_count; i++)
		if (strcmp(a->classes[i].name, b->classes[i].name) != 0 ||
			a->classes[i].lower != b->classes[i].lower ||
			!same_texts(a->classes[i].ignore,
				a->classes[i].ignore_count,
				b->classes[i].ignore,
				b->classes[i].ignore_count))
			return false;
	return true;
}

static enum lethe_status
refuse(struct lethe_error *err, const char *what)
{
	return fail(err, LETHE_EUNSUPPORTED, 0,
		"the consent ledger: %s: only a restart takes that", what);
}

enum lethe_status
keeper_takes(const struct keeper *k, const struct lethe_policy *policy,
	struct lethe_error *err)
{
	const struct policy_ledger *a = k->ledger, *b = &policy->ledger;

	if (!b->is)
		return refuse(err, "the policy has none any more");
	if (strcmp(a->topic, b->topic) != 0)
		return refuse(err, "another topic");
	if (!same_texts(a->layout.purposes, a->layout.purpose_count,
		    b->layout.purposes, b->layout.purpose_count))
		return refuse(err, "other purposes");
	if (!same_texts(a->layout.notices, a->layout.notice_count,
		    b->layout.notices, b->layout.notice_count))
		return refuse(err, "other notices");
	if (!same_signers(a, b))
		return refuse(err, "other `grants_signed_by`");
	if (!same_texts(a->layout.objections, a->layout.objection_count,
		    b->layout.objections, b->layout.objection_count))
		return refuse(err, "other sources with `remember`");
	if (a->classes != b->classes || !same_classes(k->o.policy, policy))
		return refuse(err, "other classes, or what they ignore");
	if (a->max_staleness_ms != b->max_staleness_ms ||
		a->max_lag_ms != b->max_lag_ms ||
		a->heartbeat_ms != b->heartbeat_ms ||
		a->forget_after_ms != b->forget_after_ms)
		return refuse(err,
			"another max_staleness, max_lag, heartbeat or "
			"forget_after");
	return LETHE_OK;
}
