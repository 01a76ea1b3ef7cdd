#include "policy/compile.h"

static size_t
larger(size_t x, size_t y)
{
	return x > y ? x : y;
}

/*
 * Inputs of one topic have the same limits; in channel 0, of all inputs, an
 * event may be as large as any of them allows.
 */
static void
add_input(struct policy_channel *c, size_t *inputs, size_t index,
	const struct policy_input *in)
{
	inputs[c->input_count++] = index;
	c->json = c->json || in->json;
	c->msgpack = c->msgpack || in->msgpack;
	c->limits = (struct limits){
		.bytes = larger(c->limits.bytes, in->limits.bytes),
		.depth = larger(c->limits.depth, in->limits.depth),
		.members = larger(c->limits.members, in->limits.members),
		.string = larger(c->limits.string, in->limits.string),
	};
}

bool
policy_input_has(const struct policy_input *in, const char *topic)
{
	for (size_t i = 0; i < in->topic_count; i++)
		if (!strcmp(in->topics[i], topic))
			return true;
	return false;
}

static void
build_trie(struct draft *d, struct policy_channel *c)
{
	struct lethe_error err = {0};
	enum lethe_status status;
	uint64_t inputs = 0, readers;

	for (size_t i = 0; i < c->input_count; i++)
		inputs |= UINT64_C(1) << c->inputs[i];
	if (trie_new(&c->trie, &err))
		give_up(d, LETHE_ENOMEM);
	for (uint32_t i = 0; i < d->p->slot_count; i++) {
		if (!(d->slots[i].inputs & inputs))
			continue;
		readers = inputs & ~d->slots[i].inputs ? d->slots[i].inputs
						       : TRIE_EVERYONE;
		status = trie_add_for(
			c->trie, &d->slots[i].path, i, readers, &err);
		if (status == LETHE_ENOMEM)
			give_up(d, LETHE_ENOMEM);
		if (status)
			mistake(d, d->slots[i].node, NULL, NULL, "%s",
				err.what);
	}
	status = trie_seal(c->trie, d->p->slot_count, &err);
	if (status)
		give_up(d, status);
}

static struct policy_channel *
open_channel(struct draft *d, struct policy_channel *c, const char *topic)
{
	size_t *inputs = take(d, d->p->input_count, sizeof(*inputs));

	c->topic = topic;
	c->inputs = inputs;
	for (size_t i = 0; i < d->p->input_count; i++)
		if (!topic || policy_input_has(&d->inputs[i], topic))
			add_input(c, inputs, i, &d->inputs[i]);
	return c;
}

void
build_channels(struct draft *d)
{
	struct lethe_policy *p = d->p;
	size_t most = 1, errors = d->m.errors;

	for (size_t i = 0; i < p->input_count; i++)
		most += p->inputs[i].topic_count;
	p->channels = take(d, most, sizeof(*p->channels));
	p->channel_count = 1;
	build_trie(d, open_channel(d, &p->channels[0], NULL));
	for (size_t i = 0; i < p->input_count; i++)
		for (size_t k = 0; k < p->inputs[i].topic_count; k++) {
			const char *topic = p->inputs[i].topics[k];

			if (lethe_policy_channel(p, topic) != SIZE_MAX)
				continue;
			open_channel(
				d, &p->channels[p->channel_count++], topic);
		}
	/* What channel 0 refuses, every other would refuse again. */
	for (size_t i = 1; i < p->channel_count && d->m.errors == errors; i++)
		build_trie(d, &p->channels[i]);
}
