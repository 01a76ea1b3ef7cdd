#include "kafka/topics/topics.h"

unsigned
topics_flags(enum topics_kind kind)
{
	static const unsigned flags[] = {
#define X(kind, name, flags, cleanup) [TOPICS_##kind] = (flags),
		TOPICS_KIND_MAP(X)
#undef X
	};

	return flags[kind];
}

const char *
topics_kind_name(enum topics_kind kind)
{
	static const char *const names[] = {
#define X(kind, name, flags, cleanup) [TOPICS_##kind] = (name),
		TOPICS_KIND_MAP(X)
#undef X
	};

	return names[kind];
}

static bool
runs(const struct lethe_view *view, size_t purpose)
{
	return view->purposes >> purpose & 1;
}

size_t
topics_count(const struct lethe_view *view)
{
	const struct lethe_policy *p = view->policy;
	size_t count = lethe_policy_topics(p) + (p->quarantine.topic != NULL) +
		       (p->ledger.topic != NULL) + (p->ledger.log != NULL);

	for (size_t i = 0; i < p->purpose_count; i++)
		count += runs(view, i);
	return count;
}

static struct topics_wanted
want_output(const struct policy_purpose *p, int64_t message_bytes)
{
	return (struct topics_wanted){.kind = TOPICS_OUTPUT,
		.topic = p->topic,
		.purpose = p->name,
		.retention_ms = p->retention_ms,
		.readers = p->recipients,
		.reader_count = p->recipient_count,
		.keyed = p->identity_count != 0,
		.message_bytes = message_bytes};
}

static struct topics_wanted
want_ledger(enum topics_kind kind, const char *topic, int64_t message_bytes)
{
	return (struct topics_wanted){.kind = kind,
		.topic = topic,
		.keyed = true,
		.message_bytes = message_bytes};
}

/* The shortest that an input states for one of its topics. */
static int64_t
raw_retention(const struct lethe_policy *policy, const struct policy_channel *c)
{
	int64_t shortest = 0;

	for (size_t i = 0; i < c->input_count; i++) {
		int64_t ms = policy->inputs[c->inputs[i]].retention_ms;

		if (ms && (!shortest || ms < shortest))
			shortest = ms;
	}
	return shortest;
}

void
topics_want(const struct lethe_view *view, int64_t message_bytes,
	int64_t quarantine, struct topics_wanted *out)
{
	const struct lethe_policy *p = view->policy;

	for (size_t i = 0; i < p->purpose_count; i++)
		if (runs(view, i))
			*out++ = want_output(&p->purposes[i], message_bytes);
	if (p->quarantine.topic)
		*out++ = (struct topics_wanted){.kind = TOPICS_QUARANTINE,
			.topic = p->quarantine.topic,
			.retention_ms = p->quarantine.retention_ms,
			.message_bytes = quarantine};
	if (p->ledger.topic)
		*out++ = want_ledger(
			TOPICS_LEDGER, p->ledger.topic, message_bytes);
	if (p->ledger.log)
		*out++ = want_ledger(
			TOPICS_LEDGER_LOG, p->ledger.log, message_bytes);
	/* Channel 0 is of no topic. */
	for (size_t i = 1; i < p->channel_count; i++)
		*out++ = (struct topics_wanted){.kind = TOPICS_RAW,
			.topic = p->channels[i].topic,
			.retention_ms = raw_retention(p, &p->channels[i])};
}
