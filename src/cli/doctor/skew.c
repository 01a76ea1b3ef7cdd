#include "cli/doctor/doctor.h"

#include "kafka/access/skew.h"
#include "kafka/remedy.h"

/* What it takes is said where it is missing, for `lethe run` says less. */
static const char *
remedy_of_skew(enum lethe_status status)
{
	switch ((int)status) {
	case LETHE_ENOTOPIC:
		return "create it, with message.timestamp.type=LogAppendTime: "
		       "docs/operations.md, The clock";
	case LETHE_ESETTING:
		return "give it that (kafka-configs --alter), or name a topic "
		       "of its own: docs/operations.md, The clock";
	case LETHE_EAGAIN: return "look at the topic's leader, and ask again";
	default: return remedy_of(status);
	}
}

static enum lethe_status
measure(struct doctor *d, struct skew *out, struct lethe_error *err)
{
	const struct settings *s = d->l.settings;
	struct skew_client *c = NULL;
	enum lethe_status status = skew_open(
		s->kafka, s->kafka_count, s->clock_topic, NULL, &c, err);

	if (!status)
		status = skew_measure(c, out, err);
	if (!status)
		status = skew_check(out, s->clock_skew_max_ms, err);
	skew_close(c);
	return status;
}

void
examine_skew(struct doctor *d)
{
	const struct settings *s = d->l.settings;
	struct lethe_error err = {0};
	struct skew skew = {0};

	if (!s->clock_topic)
		doctor_found(d, DOCTOR_SKIP,
			"name a topic as `clock.topic`: docs/operations.md, "
			"The clock",
			"clock.topic is not set, so this clock is not measured "
			"against the broker's");
	else if (!doctor_has_cluster(d))
		return;
	else if (measure(d, &skew, &err))
		doctor_found(d,
			err.status == LETHE_EAGAIN ? DOCTOR_WARN : DOCTOR_FAIL,
			remedy_of_skew(err.status), "%s", err.what);
	else
		doctor_found(d, DOCTOR_OK, NULL,
			"this clock minus the broker's is between %lld and "
			"%lld ms (clock.skew.max is %lld ms)",
			(long long)skew.least_ms, (long long)skew.most_ms,
			(long long)s->clock_skew_max_ms);
}
