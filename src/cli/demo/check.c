#include "cli/demo/check.h"

#include "event/writer.h"
#include "synth/synth.h"

#include <pthread.h>
#include <stdatomic.h>

#define TOPICS_MAX 66

/* SYNTH_CANARY in hex, and in base64 at each of its three places. */
static const char *const needles[] = {SYNTH_CANARY, "63416e417259",
	"63416E417259", "Y0FuQXJZ", "NBbkFyW", "jQW5Bcl"};

struct check {
	struct tap *tap;
	size_t topics;
	pthread_t thread;
	bool started;
	atomic_bool stop;
	_Atomic uint64_t counts[TOPICS_MAX];
	_Atomic uint64_t canaries;
	pthread_mutex_t lock;
	struct buf first[TOPICS_MAX]; /* under lock */
};

bool
canary_in(struct slice bytes)
{
	for (size_t i = 0; i < sizeof(needles) / sizeof(needles[0]); i++)
		if (bytes.len && memmem(bytes.ptr, bytes.len, needles[i],
					 strlen(needles[i])))
			return true;
	return false;
}

static bool
is_clean(const struct tap_message *m)
{
	if (canary_in(m->value) || canary_in(m->key))
		return false;
	for (size_t i = 0; i < m->header_count; i++)
		if (canary_in(slice_of(m->headers[i].name)) ||
			canary_in(slice_make(
				m->headers[i].value, m->headers[i].len)))
			return false;
	return true;
}

static void
keep_first(struct check *c, const struct tap_message *m)
{
	struct buf *out = &c->first[m->topic];

	pthread_mutex_lock(&c->lock);
	buf_put_slice(out, m->key.ptr ? m->key : slice_of("null"));
	buf_put_text(out, "  ");
	buf_put_slice(out, m->value);
	pthread_mutex_unlock(&c->lock);
}

static void *
read_all(void *arg)
{
	struct check *c = arg;
	struct tap_message m;

	while (!atomic_load_explicit(&c->stop, memory_order_relaxed)) {
		if (!tap_next(c->tap, 100, &m))
			continue;
		if (!is_clean(&m))
			c->canaries++;
		if (!atomic_fetch_add(&c->counts[m.topic], 1))
			keep_first(c, &m);
	}
	return NULL;
}

enum lethe_status
check_open(const char *brokers, const char *const *topics, struct check **out,
	struct lethe_error *err)
{
	struct check *c = calloc(1, sizeof(*c));
	enum lethe_status status;

	*out = NULL;
	if (!c)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a check");
	pthread_mutex_init(&c->lock, NULL);
	while (topics[c->topics])
		c->topics++;
	bug_if(c->topics > TOPICS_MAX);
	for (size_t i = 0; i < c->topics; i++)
		buf_init(&c->first[i], 0);
	status = tap_open(brokers, topics, &c->tap, err);
	if (!status) {
		c->started = !pthread_create(&c->thread, NULL, read_all, c);
		if (!c->started)
			status = fail(
				err, LETHE_ENOMEM, 0, "a thread cannot start");
	}
	if (status)
		check_close(c);
	else
		*out = c;
	return status;
}

void
check_close(struct check *c)
{
	if (!c)
		return;
	atomic_store(&c->stop, true);
	if (c->started)
		pthread_join(c->thread, NULL);
	tap_close(c->tap);
	for (size_t i = 0; i < c->topics; i++)
		buf_fini(&c->first[i]);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

uint64_t
check_count(const struct check *c, size_t topic)
{
	return atomic_load(&c->counts[topic]);
}

uint64_t
check_canaries(const struct check *c)
{
	return atomic_load(&c->canaries);
}

void
check_first(struct check *c, size_t topic, struct buf *out)
{
	pthread_mutex_lock(&c->lock);
	buf_put_slice(out, buf_slice(&c->first[topic]));
	pthread_mutex_unlock(&c->lock);
}
