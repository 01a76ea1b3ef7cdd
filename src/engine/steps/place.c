#include "engine/steps/steps.h"

#include "text/utf8.h"

static struct value
text_or_other(const void *bytes, size_t len)
{
	struct slice text = slice_make(bytes, len);

	if (!utf8_valid(text))
		return (struct value){.kind = VALUE_OTHER};
	return (struct value){.kind = VALUE_STRING, .text = text};
}

static struct value
timestamp_value(const struct lethe_input *in)
{
	int64_t ms = in->broker_ms;
	bool negative = ms < 0;

	if (ms == LETHE_TIME_NONE)
		return (struct value){.kind = VALUE_ABSENT};
	return (struct value){.kind = VALUE_INT,
		.negative = negative,
		.magnitude = negative ? -(uint64_t)ms : (uint64_t)ms};
}

/* Where any topic may be meant, an input of one topic still knows its own. */
static struct value
topic_value(const struct work *w)
{
	const char *topic = w->channel->topic;

	if (!topic && w->shape && w->shape->topic_count == 1)
		topic = w->shape->topics[0];
	if (!topic)
		return (struct value){.kind = VALUE_ABSENT};
	return (struct value){.kind = VALUE_STRING, .text = slice_of(topic)};
}

/* Two headers of one name contradict each other: nothing can be read. */
static struct value
header_value(const struct lethe_input *in, const char *name)
{
	struct value v = {.kind = VALUE_ABSENT};

	for (size_t i = 0; i < in->header_count; i++) {
		const struct lethe_header *h = &in->headers[i];

		if (strcmp(h->name, name))
			continue;
		if (v.kind != VALUE_ABSENT)
			return (struct value){.kind = VALUE_OTHER};
		if (h->value)
			v = text_or_other(h->value, h->len);
		else
			v.kind = VALUE_NULL;
	}
	return v;
}

static struct value
message_value(const struct work *w, const struct place *p)
{
	switch (p->root) {
	case PATH_KEY:
		if (w->in->key)
			return text_or_other(w->in->key, w->in->key_len);
		break;
	case PATH_TIMESTAMP: return timestamp_value(w->in);
	case PATH_TOPIC: return topic_value(w);
	case PATH_HEADER: return header_value(w->in, p->header);
	case PATH_VALUE: break;
	}
	return (struct value){.kind = VALUE_ABSENT};
}

const struct capture *
place_first(const struct work *w, const struct place *p, struct capture *store)
{
	if (!p->is)
		return NULL;
	if (p->root == PATH_VALUE)
		return reading_first(&w->reading, p->slot);
	*store = (struct capture){.value = message_value(w, p)};
	return store->value.kind == VALUE_ABSENT ? NULL : store;
}

const struct value *
place_value(const struct work *w, const struct place *p, struct capture *store)
{
	static const struct value absent;
	const struct capture *c = place_first(w, p, store);

	return c ? &c->value : &absent;
}

bool
place_is_ambiguous(const struct work *w, const struct place *p)
{
	return p->is && p->root == PATH_VALUE &&
	       (reading_is_ambiguous(&w->reading, p->slot) ||
		       reading_is_ambiguous(&w->reading, p->container));
}
