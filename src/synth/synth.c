#include "synth/synth.h"

#include "synth/shopper.h"

#include <math.h>

#define VISITS 64     /* under way at the same time, at most */
#define PACE_MS 64000 /* from act to act of a visit, with fewer of them */
#define DAY_MS INT64_C(86400000)
#define HOUR_MS INT64_C(3600000)
#define LIKED 0.8 /* of the items looked at are of a kind that one likes */

struct synth {
	struct synth_options options;
	struct rng rng;
	int64_t time_ms;
	uint64_t events, visits, canaries;
	size_t visits_at_once;
	struct visit visit[VISITS];
	double popularity[ITEMS]; /* cumulated: Zipf */
	struct buf event, key, text;
};

/* The nth item is looked at 1/n as often as the first. */
static void
fill_popularity(double *cumulated)
{
	double sum = 0;

	for (size_t i = 0; i < ITEMS; i++)
		cumulated[i] = sum += 1.0 / (double)(i + 1);
	for (size_t i = 0; i < ITEMS; i++)
		cumulated[i] /= sum;
}

static size_t
pick_rank(struct synth *s)
{
	double at = rng_unit(&s->rng);
	size_t low = 0, high = ITEMS - 1;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (s->popularity[middle] < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static uint64_t
person_of(const struct synth *s, size_t shopper)
{
	return mix(s->options.seed ^ mix(shopper + 1));
}

/* Of every kind there are items that many look at, and those that few do. */
static size_t
pick_item(struct synth *s, const struct visit *v)
{
	size_t item = pick_rank(s), tastes = s->options.tastes, liked;

	if (!tastes || !rng_chance(&s->rng, LIKED))
		return item;
	liked = mix(person_of(s, v->shopper) + rng_below(&s->rng, 2)) % tastes;
	item += liked - item % tastes;
	return item < ITEMS ? item : item - tastes;
}

/* A few come often, most seldom. */
static size_t
pick_anybody(struct synth *s)
{
	double u = rng_unit(&s->rng);

	return (size_t)(u * u * (double)s->options.shoppers);
}

/* Whether it is an hour in which a shopper likes to come. */
static bool
is_his_hour(const struct synth *s, size_t shopper)
{
	int64_t hour = (int64_t)(mix(person_of(s, shopper) + 2) % 24);
	int64_t now = s->time_ms / HOUR_MS % 24;

	return (now - hour + 25) % 24 <= 2;
}

/* With tastes mostly one whose hour it is. */
static size_t
pick_shopper(struct synth *s)
{
	size_t shopper = pick_anybody(s);

	for (int i = 0; s->options.tastes && i < 8; i++) {
		if (is_his_hour(s, shopper))
			break;
		shopper = pick_anybody(s);
	}
	return shopper;
}

static void
begin_visit(struct synth *s, struct visit *v)
{
	*v = (struct visit){
		.shopper = pick_shopper(s),
		.number = s->visits++,
		.left = 3 + (unsigned)rng_below(&s->rng, 18),
	};
}

static enum action
do_order(struct visit *v)
{
	v->left = v->left > 2 ? 2 : v->left;
	return ACTION_ORDERED;
}

/* What the visitor does next: buys only what was put in, puts in what he saw */
static enum action
next_action(struct synth *s, struct visit *v)
{
	double u = rng_unit(&s->rng);

	if (v->cart_count && (u < 0.12 || (v->left == 1 && u < 0.5)))
		return do_order(v);
	if (v->has_item && v->cart_count < CART_MAX && u < 0.30) {
		v->cart[v->cart_count++] = v->item;
		return ACTION_ADDED;
	}
	if (u > 0.93)
		return ACTION_PAGE;
	if (u > 0.87)
		return ACTION_SEARCHED;
	if (u > 0.86)
		return ACTION_IDENTIFY;
	v->item = pick_item(s, v);
	v->has_item = true;
	return ACTION_VIEWED;
}

static int64_t
next_time(struct synth *s, int64_t time_ms)
{
	double gap;

	if (time_ms != INT64_MIN)
		return s->time_ms = time_ms;
	gap = -log(1 - rng_unit(&s->rng)) * (double)s->options.step_ms;
	s->time_ms += (int64_t)gap;
	return s->time_ms;
}

static size_t
count_visits(int64_t step_ms)
{
	if (step_ms * VISITS <= PACE_MS)
		return VISITS;
	return step_ms < PACE_MS ? (size_t)(PACE_MS / step_ms) : 1;
}

void
synth_next(struct synth *s, int64_t time_ms, struct synth_event *out)
{
	struct visit *v = &s->visit[rng_below(&s->rng, s->visits_at_once)];
	struct moment m = {.time_ms = next_time(s, time_ms)};
	struct writer w;

	if (!v->left)
		begin_visit(s, v);
	m.action = next_action(s, v);
	v->left--;
	m.visit = v;
	m.person = person_of(s, v->shopper);
	m.number = s->events++;
	if (rng_chance(&s->rng, 0.002))
		m.time_ms -= 8 * DAY_MS;
	m.no_time = rng_chance(&s->rng, 0.001);

	buf_reset(&s->event);
	buf_reset(&s->key);
	writer_init(&w, s->options.format, &s->event);
	moment_write(&m, &w, &s->canaries, &s->text);
	moment_key(&m, &s->key);
	out->poison = rng_chance(&s->rng, s->options.poison);
	if (out->poison)
		event_break(&s->event, s->options.format,
			rng_below(&s->rng, s->options.format == FORMAT_JSON
						   ? BREAKS_JSON
						   : BREAKS_MSGPACK));
	if (m.action == ACTION_ORDERED)
		v->cart_count = 0;
	bug_if(s->event.full || s->key.full);
	out->value = buf_slice(&s->event);
	out->key = buf_slice(&s->key);
	out->time_ms = m.time_ms;
}

enum lethe_status
synth_new(const struct synth_options *options, struct synth **out,
	struct lethe_error *err)
{
	struct synth *s = calloc(1, sizeof(*s));

	*out = NULL;
	if (!s)
		return fail(err, LETHE_ENOMEM, 0, "no memory for shoppers");
	s->options = *options;
	if (!s->options.shoppers)
		s->options.shoppers = 1;
	s->rng.state = options->seed;
	s->time_ms = options->start_ms;
	s->visits_at_once = count_visits(options->step_ms);
	fill_popularity(s->popularity);
	buf_init(&s->event, 0);
	buf_init(&s->key, 0);
	buf_init(&s->text, 0);
	*out = s;
	return LETHE_OK;
}

void
synth_free(struct synth *s)
{
	if (!s)
		return;
	buf_fini(&s->event);
	buf_fini(&s->key);
	buf_fini(&s->text);
	free(s);
}
