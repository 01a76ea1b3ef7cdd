#include "cli/demo/watch.h"

static bool
wants(void *ctx, size_t lane)
{
	struct watch *w = ctx;
	enum watch_state hungry = WATCH_HUNGRY;

	(void)lane;
	return atomic_load_explicit(&w->state, memory_order_relaxed) ==
		       WATCH_HUNGRY &&
	       atomic_compare_exchange_strong(&w->state, &hungry, WATCH_TAKING);
}

static void
take(void *ctx, size_t lane, const struct lethe_input *in)
{
	struct watch *w = ctx;

	(void)lane;
	buf_reset(&w->value);
	buf_put(&w->value, in->value, in->len);
	w->input = *in;
	w->input.value = w->value.ptr;
	w->input.len = w->value.len;
	w->input.key = NULL;
	w->input.key_len = 0;
	w->input.headers = NULL;
	w->input.header_count = 0;
}

static void
pass_by(void *ctx, size_t lane, const struct lethe_record *r)
{
	(void)ctx;
	(void)lane;
	(void)r;
}

static void
done(void *ctx, size_t lane, enum lethe_status status)
{
	struct watch *w = ctx;

	(void)lane;
	atomic_store(&w->state, status ? WATCH_HUNGRY : WATCH_READY);
}

void
watch_init(struct watch *w)
{
	*w = (struct watch){
		.observer = {.ctx = w,
			.wants = wants,
			.event = take,
			.record = pass_by,
			.done = done},
	};
	buf_init(&w->value, 0);
}

void
watch_fini(struct watch *w)
{
	buf_fini(&w->value);
}

void
watch_ask(struct watch *w)
{
	enum watch_state state = atomic_load(&w->state);

	if (state == WATCH_IDLE || state == WATCH_READY)
		atomic_store(&w->state, WATCH_HUNGRY);
}

const struct lethe_input *
watch_get(struct watch *w)
{
	return atomic_load(&w->state) == WATCH_READY ? &w->input : NULL;
}
