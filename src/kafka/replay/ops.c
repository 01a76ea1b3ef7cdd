#include "kafka/replay/state.h"

#include "kafka/wire/clients.h"
#include "kafka/wire/places.h"

#include <stdlib.h>

/* Lines longer than this are no events: 16 MiB in base64 inside base64. */
#define LINE_BYTES_MAX ((ssize_t)64 * 1024 * 1024)

static struct replay *
replay_of(const struct kafka *k)
{
	return k->o->replay;
}

/*
 * One producer a replay.  Lost, it was fenced by another replay, whose marks
 * this one has not read: it ends, and a new start reads them.
 */
static enum lethe_status
open_once(struct kafka *k, struct lethe_error *err)
{
	struct replay *r = replay_of(k);
	enum lethe_status status;

	if (r->opened)
		return fail(err, LETHE_EIO, 0,
			"the producer was lost: is another replay of this "
			"group at work?  Nothing is half done");
	status = broker_open(k, err);
	r->opened = status == LETHE_OK;
	return status;
}

/* ---- the topic */

static enum lethe_status
subscribe_topic(struct kafka *k, const struct kafka_rebalance *told,
	struct lethe_error *err)
{
	struct replay *r = replay_of(k);
	struct kafka_place *places;
	enum lethe_status status;

	broker_close_consumer(k);
	k->told = told;
	status = replay_scan(r, k, err);
	if (!status)
		status = broker_new_consumer(
			k->o, &k->login, true, &k->consumer, err);
	if (status)
		return status;
	rd_kafka_poll_set_consumer(k->consumer);
	places = calloc(r->partitions, sizeof(*places));
	if (!places)
		return fail(err, LETHE_ENOMEM, 0, "no memory for offsets");
	for (size_t i = 0; i < r->partitions; i++)
		places[i] = (struct kafka_place){.topic = 0,
			.partition = (int32_t)i,
			.offset = OFFSET_NONE};
	told->assigned(told->ctx, places, r->partitions);
	free(places);
	return LETHE_OK;
}

static enum lethe_status
committed_topic(struct kafka *k, struct kafka_place *places, size_t count,
	struct lethe_error *err)
{
	const struct replay *r = replay_of(k);
	enum lethe_status status = broker_committed(k, places, count, err);

	for (size_t i = 0; !status && i < count; i++)
		if (places[i].offset != OFFSET_NONE)
			places[i].offset =
				replay_begin(&r->places[places[i].partition],
					places[i].offset);
	return status;
}

/* The group has no members; the transactional id is what fences. */
static enum lethe_status
send_offsets_alone(struct kafka *k, const struct kafka_place *places,
	size_t count, struct lethe_error *err)
{
	rd_kafka_consumer_group_metadata_t *md =
		rd_kafka_consumer_group_metadata_new(k->o->group);
	rd_kafka_topic_partition_list_t *list =
		broker_list_held(k, places, count);
	enum lethe_status status = client_status("send_offsets_to_transaction",
		rd_kafka_send_offsets_to_transaction(
			k->producer, list, md, CALL_MS),
		err);

	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_consumer_group_metadata_destroy(md);
	return status;
}

/* ---- lines */

static bool
never_lost(struct kafka *k)
{
	(void)k;
	return false;
}

static enum lethe_status
subscribe_lines(struct kafka *k, const struct kafka_rebalance *told,
	struct lethe_error *err)
{
	struct kafka_place place = {
		.topic = 0, .partition = 0, .offset = OFFSET_NONE};
	enum lethe_status status;

	/* Nothing that was read once can be read again. */
	if (k->told)
		return fail(err, LETHE_EIO, 0,
			"the transaction was lost: nothing is half done");
	k->told = told;
	status = replay_scan(replay_of(k), k, err);
	if (!status)
		told->assigned(told->ctx, &place, 1);
	return status;
}

static enum lethe_status
assign_nothing(struct kafka *k, const struct kafka_place *places, size_t count,
	struct lethe_error *err)
{
	(void)k;
	(void)places;
	(void)count;
	(void)err;
	return LETHE_OK;
}

static enum lethe_status
committed_lines(struct kafka *k, struct kafka_place *places, size_t count,
	struct lethe_error *err)
{
	(void)err;
	for (size_t i = 0; i < count; i++)
		places[i].offset = replay_of(k)->line_done;
	return LETHE_OK;
}

/* Without the white space that ends it; 0: it is blank. */
static size_t
length_of(const char *line, ssize_t n)
{
	while (n > 0 && memchr(" \t\r\n", line[n - 1], 4))
		n--;
	return (size_t)n;
}

/* The next line that is not blank; *len 0 at the end. */
static enum lethe_status
read_line(struct replay *r, size_t *len, struct lethe_error *err)
{
	ssize_t n;

	*len = 0;
	do {
		n = getline(&r->line, &r->line_cap, r->o.lines);
		if (n < 0 && ferror(r->o.lines))
			return fail(err, LETHE_EIO, 0,
				"line %lld cannot be read",
				(long long)r->line_next + 1);
		if (n < 0)
			return LETHE_OK;
		if (n > LINE_BYTES_MAX)
			return fail(err, LETHE_EIO, 0,
				"line %lld is too long for an event",
				(long long)r->line_next + 1);
		r->line_next++;
		*len = length_of(r->line, n);
	} while (!*len);
	return LETHE_OK;
}

static enum lethe_status
poll_lines(struct kafka *k, int wait_ms, struct kafka_message *out,
	struct lethe_error *err)
{
	struct replay *r = replay_of(k);
	struct kafka_place end = {
		.topic = 0, .partition = 0, .offset = r->line_next};
	size_t len;
	enum lethe_status status;

	*out = (struct kafka_message){0};
	if (r->paused) {
		broker_ops.sleep(k, wait_ms);
		return LETHE_OK;
	}
	/* Nothing but a line could come, and it may be long in coming. */
	if (!wait_ms)
		return LETHE_OK;
	status = read_line(r, &len, err);
	if (status)
		return status;
	if (!len) {
		end.offset = r->until[0] = r->line_next;
		k->told->ended(k->told->ctx, &end);
		return LETHE_OK;
	}
	out->handle = malloc(len);
	if (!out->handle)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a line");
	memcpy(out->handle, r->line, len);
	out->value = out->handle;
	out->len = len;
	out->offset = r->line_next - 1;
	out->time_ms = LETHE_TIME_NONE;
	return LETHE_OK;
}

static void
release_line(struct kafka *k, struct kafka_message *m)
{
	(void)k;
	free(m->handle);
	*m = (struct kafka_message){0};
}

static enum lethe_status
pause_lines(struct kafka *k, const struct kafka_place *places, size_t count,
	bool paused, struct lethe_error *err)
{
	(void)places;
	(void)count;
	(void)err;
	replay_of(k)->paused = paused;
	return LETHE_OK;
}

/* Marks, not offsets, tell which lines are done. */
static enum lethe_status
note_offsets(struct kafka *k, const struct kafka_place *places, size_t count,
	struct lethe_error *err)
{
	(void)err;
	if (count)
		replay_of(k)->line_sent = places[0].offset;
	return LETHE_OK;
}

static enum lethe_status
commit_lines(struct kafka *k, struct lethe_error *err)
{
	struct replay *r = replay_of(k);
	enum lethe_status status = r->o.dry ? LETHE_OK : broker_commit(k, err);

	if (!status)
		r->line_done = r->line_sent;
	return status;
}

static int64_t
no_end(struct kafka *k, const struct kafka_place *place)
{
	(void)k;
	(void)place;
	return OFFSET_NONE;
}

/* ---- nothing is written */

static enum lethe_status
nothing(struct kafka *k, struct lethe_error *err)
{
	(void)k;
	(void)err;
	return LETHE_OK;
}

static enum lethe_status
produce_nothing(
	struct kafka *k, const struct kafka_record *r, struct lethe_error *err)
{
	(void)k;
	(void)r;
	(void)err;
	return LETHE_OK;
}

static enum lethe_status
send_nothing(struct kafka *k, const struct kafka_place *places, size_t count,
	struct lethe_error *err)
{
	(void)k;
	(void)places;
	(void)count;
	(void)err;
	return LETHE_OK;
}

static void
serve_nothing(struct kafka *k, int wait_ms)
{
	if (wait_ms)
		broker_ops.sleep(k, wait_ms);
}

void
replay_ops(const struct replay *r, struct kafka_ops *out)
{
	*out = broker_ops;
	out->open = open_once;
	out->subscribe = subscribe_topic;
	out->committed = committed_topic;
	out->send_offsets = send_offsets_alone;
	if (r->o.dry) {
		out->open = out->begin = out->commit = out->abort = nothing;
		out->flush = nothing;
		out->produce = produce_nothing;
		out->send_offsets = send_nothing;
		out->serve = serve_nothing;
	}
	if (!r->o.lines)
		return;
	out->subscribe = subscribe_lines;
	out->poll = poll_lines;
	out->release = release_line;
	out->assign = out->unassign = assign_nothing;
	out->pause = pause_lines;
	out->assignment_lost = never_lost;
	out->committed = committed_lines;
	out->send_offsets = note_offsets;
	out->commit = commit_lines;
	out->end = no_end;
}
