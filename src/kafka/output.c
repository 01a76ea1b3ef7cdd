#include "kafka/output.h"

#include "kafka/murmur2.h"

#include <stdio.h>

#define QUEUE_FULL_MS 10

void
output_init(struct output *out, const struct output_options *options)
{
	*out = (struct output){.o = *options, .round = options->seed};
	buf_init(&out->quarantine, 0);
}

void
output_fini(struct output *out)
{
	buf_fini(&out->quarantine);
}

void
output_policy(struct output *out, const struct lethe_policy *policy,
	struct sealer *sealer)
{
	out->o.policy = policy;
	out->o.sealer = sealer;
}

size_t
output_count(const struct lethe_policy *policy)
{
	const struct policy_ledger *l = &policy->ledger;

	return policy->purpose_count + 1 +
	       (l->remembers ? 1 + (l->log != NULL) : 0);
}

void
output_topics(const struct lethe_view *view, const char **topics)
{
	const struct lethe_policy *p = view->policy;

	for (size_t i = 0; i < p->purpose_count; i++)
		topics[i] =
			view->purposes >> i & 1 ? p->purposes[i].topic : NULL;
	topics[p->purpose_count] = p->quarantine.topic;
	if (p->ledger.remembers)
		topics[p->purpose_count + 1] = p->ledger.topic;
	if (p->ledger.remembers && p->ledger.log)
		topics[p->purpose_count + 2] = p->ledger.log;
}

enum lethe_status
output_turn(struct output *out, struct lethe_error *err)
{
	return out->o.sealer ? sealer_turn(out->o.sealer, err) : LETHE_OK;
}

static struct lethe_header
header(const char *name, const char *value)
{
	return (struct lethe_header){name, value, strlen(value)};
}

/* A full queue empties as the broker answers: nothing is ever dropped. */
static enum lethe_status
produce(struct output *out, const struct kafka_record *r,
	struct lethe_error *err)
{
	enum lethe_status status;

	for (;;) {
		status = out->o.ops->produce(out->o.kafka, r, err);
		if (status != LETHE_EAGAIN)
			return status;
		out->o.ops->serve(out->o.kafka, QUEUE_FULL_MS);
	}
}

/* A keyless record goes round: its input's partition would tell of its key. */
static int32_t
partition_of(struct output *out, size_t output, const void *key, size_t len)
{
	int32_t count = out->o.partitions[output];

	if (key)
		return murmur2_partition(key, len, count);
	return (int32_t)(out->round++ % (uint32_t)count);
}

enum lethe_status
output_record(struct output *out, const struct lethe_record *r,
	struct lethe_error *err)
{
	static const char *const kinds[] = {
		[LETHE_RECORD_EVENT] = "event",
		[LETHE_RECORD_REKEY] = "rekey",
		[LETHE_RECORD_FORGET] = "forget",
	};
	const struct policy_purpose *p = &out->o.policy->purposes[r->purpose];
	struct lethe_header headers[6] = {
		header("lethe-kind", kinds[r->kind]),
		header("lethe-purpose", p->name),
		header("lethe-policy", out->o.policy->label),
	};
	char epoch[16];
	size_t count = 3;

	/* The shape of another is that of its kind. */
	if (r->kind == LETHE_RECORD_EVENT)
		headers[count++] = header("lethe-shape", p->shape_digest);
	if (r->epoch) {
		snprintf(epoch, sizeof(epoch), "%u", r->epoch);
		headers[count++] = header("lethe-epoch", epoch);
	}
	if (out->replay)
		headers[count++] = header("lethe-replay", out->replay);
	return produce(out,
		&(struct kafka_record){.output = r->purpose,
			.partition = partition_of(
				out, r->purpose, r->key, r->key_len),
			.key = r->key,
			.key_len = r->key_len,
			.value = r->value,
			.len = r->value_len,
			.time_ms = r->time_ms,
			.headers = headers,
			.header_count = count},
		err);
}

/* As whoever else writes the ledger does: keyed, without headers. */
static enum lethe_status
put_consent(struct output *out, size_t output, const struct lethe_objection *o,
	struct slice value, struct lethe_error *err)
{
	enum lethe_status status = produce(out,
		&(struct kafka_record){.output = output,
			.partition =
				partition_of(out, output, o->key, o->key_len),
			.key = o->key,
			.key_len = o->key_len,
			.value = value.ptr,
			.len = value.len,
			.time_ms = o->time_ms},
		err);

	if (status == LETHE_POISON_TOO_BIG_OUT)
		return fail(err, LETHE_EDENIED, 0,
			"the consent topic or its log refuses an objection: "
			"its max.message.bytes is too small");
	return status;
}

enum lethe_status
output_objection(struct output *out, const struct lethe_objection *o,
	struct lethe_error *err)
{
	size_t output = out->o.policy->purpose_count + 1;
	enum lethe_status status = put_consent(
		out, output, o, slice_make(o->value, o->value_len), err);

	if (!status && out->o.policy->ledger.log)
		status = put_consent(out, output + 1, o,
			slice_make(o->log, o->log_len), err);
	return status;
}

static enum lethe_status
put_aside(struct output *out, const struct output_aside *a,
	struct lethe_error *err)
{
	size_t output = out->o.policy->purpose_count, count = 2;
	struct lethe_header headers[3] = {
		header("lethe-kind", a->kind),
		header("lethe-policy", a->policy),
	};

	if (out->replay)
		headers[count++] = header("lethe-replay", out->replay);
	return produce(out,
		&(struct kafka_record){.output = output,
			.partition = a->partition < 0 ? partition_of(out,
								output, NULL, 0)
						      : a->partition,
			.value = a->value.ptr,
			.len = a->value.len,
			.time_ms = a->time_ms,
			.headers = headers,
			.header_count = count},
		err);
}

enum lethe_status
output_aside(struct output *out, const struct output_aside *a,
	struct lethe_error *err)
{
	enum lethe_status status = put_aside(out, a, err);

	if (status == LETHE_POISON_TOO_BIG_OUT)
		return fail(err, LETHE_EDENIED, 0,
			"the quarantine topic refuses a record that stood in "
			"it before: its max.message.bytes is too small");
	return status;
}

static enum lethe_status
quarantine_once(struct output *out, const struct quarantine_place *where,
	const struct lethe_input *in, const struct lethe_error *why, bool stub,
	struct lethe_error *err)
{
	const struct lethe_policy *policy = out->o.policy;
	enum lethe_status status;

	buf_reset(&out->quarantine);
	status = quarantine_write(policy, out->o.sealer, where, in, why, stub,
		&out->quarantine, err);
	if (status)
		return status;
	if (!stub && out->quarantine.len > out->o.quarantine_bytes)
		return LETHE_POISON_TOO_BIG_OUT;
	return put_aside(out,
		&(struct output_aside){"quarantine", policy->label, -1,
			buf_slice(&out->quarantine),
			where->since_ms ? where->since_ms : in->now_ms},
		err);
}

enum lethe_status
output_quarantine(struct output *out, const struct quarantine_place *where,
	const struct lethe_input *in, const struct lethe_error *why, bool stub,
	struct lethe_error *err)
{
	enum lethe_status status =
		stub && where->record.ptr
			? LETHE_POISON_TOO_BIG_OUT
			: quarantine_once(out, where, in, why, stub, err);

	if (status == LETHE_POISON_TOO_BIG_OUT && where->record.ptr)
		return output_aside(out,
			&(struct output_aside){"quarantine",
				out->o.policy->label, -1, where->record,
				where->since_ms},
			err);
	if (status == LETHE_POISON_TOO_BIG_OUT && !stub)
		status = quarantine_once(out, where, in, why, true, err);
	if (status == LETHE_POISON_TOO_BIG_OUT)
		return fail(err, LETHE_EDENIED, 0,
			"the quarantine topic refuses even a stub");
	return status;
}
