#include "kafka/txn/slots.h"

#include <stdlib.h>

enum lethe_status
slots_init(struct slots *s, size_t topic_count, struct lethe_error *err)
{
	s->topics = calloc(topic_count, sizeof(*s->topics));
	s->topic_count = s->topics ? topic_count : 0;
	return s->topics ? LETHE_OK
			 : fail(err, LETHE_ENOMEM, 0, "no memory for slots");
}

void
slots_fini(struct slots *s)
{
	for (size_t i = 0; i < s->topic_count; i++)
		free(s->topics[i].at);
	free(s->topics);
	*s = (struct slots){0};
}

struct slot *
slots_get(const struct slots *s, size_t topic, int32_t partition)
{
	struct slots_topic *t;

	if (topic >= s->topic_count || partition < 0)
		return NULL;
	t = &s->topics[topic];
	if ((size_t)partition >= t->count || !t->at[partition].is)
		return NULL;
	return &t->at[partition];
}

static enum lethe_status
grow(struct slots_topic *t, size_t count, struct lethe_error *err)
{
	struct slot *at = reallocarray(t->at, count, sizeof(*at));

	if (!at)
		return fail(err, LETHE_ENOMEM, 0, "no memory for slots");
	memset(at + t->count, 0, (count - t->count) * sizeof(*at));
	t->at = at;
	t->count = count;
	return LETHE_OK;
}

enum lethe_status
slots_add(struct slots *s, const struct kafka_place *place, int64_t base,
	struct lethe_error *err)
{
	struct slots_topic *t = &s->topics[place->topic];
	size_t partition = (size_t)place->partition;
	enum lethe_status status = LETHE_OK;

	bug_if(place->topic >= s->topic_count || place->partition < 0);
	if (partition >= t->count)
		status = grow(t, partition + 1, err);
	if (status)
		return status;
	t->at[partition] = (struct slot){.is = true,
		.topic = place->topic,
		.partition = place->partition,
		.base = base,
		.begin = place->offset,
		.end = place->offset,
		.next = place->offset,
		.seen = OFFSET_NONE,
		.until = INT64_MAX};
	return LETHE_OK;
}

void
slots_remove(struct slots *s, size_t topic, int32_t partition)
{
	struct slot *slot = slots_get(s, topic, partition);

	if (slot)
		slot->is = false;
}

void
slots_note_end(struct slots *s, size_t topic, int32_t partition, int64_t end)
{
	struct slot *slot = slots_get(s, topic, partition);

	if (slot && end > slot->seen)
		slot->seen = end;
}

void
slots_clear(struct slots *s)
{
	struct slots_cursor at = {0};
	struct slot *slot;

	while ((slot = slots_each(s, &at)))
		slot->is = false;
}

struct slot *
slots_each(const struct slots *s, struct slots_cursor *at)
{
	const struct slots_topic *t;

	for (; at->topic < s->topic_count; at->topic++, at->partition = 0) {
		t = &s->topics[at->topic];
		while (at->partition < t->count)
			if (t->at[at->partition++].is)
				return &t->at[at->partition - 1];
	}
	return NULL;
}
