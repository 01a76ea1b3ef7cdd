#include "kafka/waker.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)
#define LEADERS_MAX 64
#define BROKERS_MAX 128

/* A sleep lasts a second; a full queue before that is of no account. */
#define FULL_FOR (1100 * MS)
#define HIGH_PERCENT 50
#define LOW_PERCENT 50

#define TICK (5 * MS)
#define IDLE_TICK (100 * MS)
#define LEADERS_EVERY (30 * SECOND)
#define LEADERS_AGAIN SECOND
#define AWAY_MAX (16 * SECOND)

struct waked {
	pthread_mutex_t lock; /* held while its consumer is asked */
	struct kafka *k;      /* or NULL */
	atomic_bool stale;    /* other partitions than before */
	int64_t full_until_ns;
	int64_t leaders_due_ns;
	struct wake_leader leaders[LEADERS_MAX];
	size_t leader_count;
	size_t first; /* who is asked first: each in turn */
	bool apart;   /* one of several is away: each is asked alone */
};

struct wake_limit {
	int32_t broker;
	int64_t next_ns;
	int64_t away_ns; /* how long it is left alone; 0: it answers */
};

struct waker {
	const struct wake_ops *ops;
	int64_t interval_ns;
	struct wake_limit limits[BROKERS_MAX];
	size_t limit_count;
	int64_t busy_until_ns; /* a queue may fill */
	uint64_t random;
	struct waked *lanes;
	size_t lane_count;

	pthread_t thread;
	bool started;
	atomic_bool stop;
	pthread_mutex_t lock;
	pthread_cond_t stopped;
};

/* Of a broker not seen before, the one not asked for longest gives way. */
static struct wake_limit *
limit_of(struct waker *w, int32_t broker)
{
	struct wake_limit *oldest = &w->limits[0];

	for (size_t i = 0; i < w->limit_count; i++) {
		if (w->limits[i].broker == broker)
			return &w->limits[i];
		if (w->limits[i].next_ns < oldest->next_ns)
			oldest = &w->limits[i];
	}
	if (w->limit_count < BROKERS_MAX)
		oldest = &w->limits[w->limit_count++];
	*oldest = (struct wake_limit){.broker = broker};
	return oldest;
}

static void
note_answer(const struct waker *w, struct wake_limit *limit,
	enum wake_answer answer)
{
	if (answer != WAKE_AWAY) {
		limit->away_ns = 0;
		return;
	}
	limit->away_ns = limit->away_ns ? limit->away_ns * 2 : SECOND;
	if (limit->away_ns > AWAY_MAX)
		limit->away_ns = AWAY_MAX;
	limit->next_ns = w->ops->now_ns() + limit->away_ns;
}

static void
find_leaders(struct waker *w, struct waked *l)
{
	int64_t now = w->ops->now_ns();

	if (atomic_exchange(&l->stale, false))
		l->leaders_due_ns = now;
	if (now < l->leaders_due_ns)
		return;
	l->leader_count = w->ops->leaders(l->k, l->leaders, LEADERS_MAX);
	l->leaders_due_ns =
		now + (l->leader_count ? LEADERS_EVERY : LEADERS_AGAIN);
}

/* False when one of them gave no answer in time. */
static bool
ask(struct waker *w, struct waked *l, const struct wake_leader *at,
	size_t count)
{
	int64_t now = w->ops->now_ns();
	enum wake_answer answer = w->ops->ask(l->k, at, count);

	/* Of several it is not known which. */
	if (answer == WAKE_ANSWERED || count == 1)
		for (size_t i = 0; i < count; i++)
			note_answer(w, limit_of(w, at[i].broker), answer);
	if (answer != WAKE_ANSWERED && l->leaders_due_ns > now + LEADERS_AGAIN)
		l->leaders_due_ns = now + LEADERS_AGAIN;
	return answer != WAKE_AWAY;
}

/*
 * Those that answer are asked together: one after the other the last of them
 * would sleep for as long as all the others take.  Where one is away, each is
 * asked alone once, which tells who it is.
 */
static void
wake(struct waker *w, struct waked *l)
{
	struct wake_leader together[LEADERS_MAX], alone[LEADERS_MAX];
	size_t count = 0, alone_count = 0;
	int64_t now;

	find_leaders(w, l);
	now = w->ops->now_ns();
	for (size_t i = 0; i < l->leader_count; i++) {
		struct wake_leader at =
			l->leaders[(l->first + i) % l->leader_count];
		struct wake_limit *limit = limit_of(w, at.broker);

		if (now < limit->next_ns)
			continue;
		limit->next_ns = now + w->interval_ns;
		if (l->apart || limit->away_ns)
			alone[alone_count++] = at;
		else
			together[count++] = at;
	}
	l->first++;
	/* Who waited so long lets the other lanes go first. */
	if (count && !ask(w, l, together, count)) {
		l->apart = true;
		return;
	}
	for (size_t i = 0; i < alone_count; i++)
		if (atomic_load(&w->stop) || !ask(w, l, &alone[i], 1))
			return;
	l->apart = false;
}

static void
turn_lane(struct waker *w, struct waked *l)
{
	int64_t now = w->ops->now_ns();
	bool moved = false;
	unsigned fill;

	pthread_mutex_lock(&l->lock);
	if (l->k) {
		fill = w->ops->fill(l->k, &moved);
		if (moved)
			w->busy_until_ns = now + FULL_FOR;
		if (fill >= HIGH_PERCENT)
			l->full_until_ns = now + FULL_FOR;
		if (fill < LOW_PERCENT && now < l->full_until_ns)
			wake(w, l);
	}
	pthread_mutex_unlock(&l->lock);
}

int64_t
waker_turn(struct waker *w)
{
	size_t first;

	/* Drawn: turns that go round could keep step with a broker's limit,
	   which then would always be the same lane's. */
	w->random = w->random * UINT64_C(6364136223846793005) +
		    UINT64_C(1442695040888963407);
	first = (size_t)(w->random >> 33);
	for (size_t i = 0; i < w->lane_count && !atomic_load(&w->stop); i++)
		turn_lane(w, &w->lanes[(first + i) % w->lane_count]);
	if (w->ops->now_ns() >= w->busy_until_ns)
		return IDLE_TICK;
	return w->interval_ns < TICK ? w->interval_ns : TICK;
}

static void *
waker_thread(void *arg)
{
	struct waker *w = arg;
	struct timespec until;
	int64_t ns;

	pthread_mutex_lock(&w->lock);
	while (!atomic_load(&w->stop)) {
		pthread_mutex_unlock(&w->lock);
		ns = waker_turn(w);
		clock_gettime(CLOCK_MONOTONIC, &until);
		ns += until.tv_nsec;
		until.tv_sec += (time_t)(ns / SECOND);
		until.tv_nsec = (long)(ns % SECOND);
		pthread_mutex_lock(&w->lock);
		if (!atomic_load(&w->stop))
			pthread_cond_timedwait(&w->stopped, &w->lock, &until);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

enum lethe_status
waker_new(const struct wake_ops *ops, size_t lanes, unsigned per_s,
	struct waker **out, struct lethe_error *err)
{
	struct waker *w = calloc(1, sizeof(*w));
	pthread_condattr_t attr;

	*out = NULL;
	if (w)
		w->lanes = calloc(lanes + 1, sizeof(*w->lanes));
	if (!w || !w->lanes) {
		free(w);
		return fail(err, LETHE_ENOMEM, 0, "no memory for a waker");
	}
	w->ops = ops;
	w->interval_ns = (SECOND + per_s - 1) / per_s;
	w->lane_count = lanes;
	for (size_t i = 0; i < lanes; i++)
		pthread_mutex_init(&w->lanes[i].lock, NULL);
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->stopped, &attr);
	pthread_condattr_destroy(&attr);
	*out = w;
	return LETHE_OK;
}

enum lethe_status
waker_start(struct waker *w, struct lethe_error *err)
{
	w->started = !pthread_create(&w->thread, NULL, waker_thread, w);
	if (!w->started)
		return fail(err, LETHE_ENOMEM, 0, "a thread cannot start");
	return LETHE_OK;
}

void
waker_free(struct waker *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	atomic_store(&w->stop, true);
	pthread_cond_signal(&w->stopped);
	pthread_mutex_unlock(&w->lock);
	if (w->started)
		pthread_join(w->thread, NULL);
	for (size_t i = 0; i < w->lane_count; i++)
		pthread_mutex_destroy(&w->lanes[i].lock);
	pthread_cond_destroy(&w->stopped);
	pthread_mutex_destroy(&w->lock);
	free(w->lanes);
	free(w);
}

static void
put_consumer(struct waker *w, size_t lane, struct kafka *k)
{
	struct waked *l;

	if (!w || lane >= w->lane_count)
		return;
	l = &w->lanes[lane];
	pthread_mutex_lock(&l->lock);
	l->k = k;
	l->full_until_ns = 0;
	l->leader_count = 0;
	atomic_store(&l->stale, true);
	pthread_mutex_unlock(&l->lock);
}

void
waker_enter(struct waker *w, size_t lane, struct kafka *k)
{
	put_consumer(w, lane, k);
}

void
waker_reassigned(struct waker *w, size_t lane)
{
	if (w && lane < w->lane_count)
		atomic_store(&w->lanes[lane].stale, true);
}

void
waker_leave(struct waker *w, size_t lane)
{
	put_consumer(w, lane, NULL);
}
