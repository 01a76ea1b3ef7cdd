#include "base/log.h"

#include "base/buf.h"
#include "base/clock.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define NAMES_MAX 64
#define WINDOW_NS (INT64_C(10) * 1000000000)
#define WINDOW_LINES 10
#define LINE_BYTES 65536

/* How often a name was written of late. */
struct rate {
	const char *name;
	int64_t since_ns;
	unsigned lines;
	unsigned held_back;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct rate rates[NAMES_MAX];
static bool as_json;
static bool silent;

static const char *const level_names[] = {"info", "warn", "error"};

void
log_format(bool json)
{
	as_json = json;
}

void
log_off(void)
{
	silent = true;
}

static struct rate *
rate_of(const char *name)
{
	size_t i;

	for (i = 0; i < NAMES_MAX - 1 && rates[i].name; i++)
		if (!strcmp(rates[i].name, name))
			return &rates[i];
	/* The last row is shared by all names that found no row. */
	rates[i].name = name;
	return &rates[i];
}

/* Whether the line may go; `held` is how many did not before it. */
static bool
take_turn(const char *name, unsigned *held)
{
	struct rate *r = rate_of(name);
	int64_t now = clock_monotonic_ns();

	*held = 0;
	if (!r->lines || now - r->since_ns > WINDOW_NS) {
		*held = r->held_back;
		*r = (struct rate){.name = name, .since_ns = now};
	}
	if (r->lines >= WINDOW_LINES) {
		r->held_back++;
		return false;
	}
	r->lines++;
	return true;
}

static void
put_quoted(struct buf *b, const char *text)
{
	size_t len = strlen(text), step;

	buf_put_byte(b, '"');
	for (; len; text += step, len -= step) {
		uint8_t c = (uint8_t)*text;

		step = 1;
		if (c == '"' || c == '\\') {
			buf_put_byte(b, '\\');
			buf_put_byte(b, c);
		} else if (c < 0x20 || c == 0x7f) {
			buf_printf(b, "\\u%04x", c);
		} else {
			step = buf_put_sequence(b, (const uint8_t *)text, len);
		}
	}
	buf_put_byte(b, '"');
}

static bool
is_bare(const char *text)
{
	return *text && !text[strspn(text, "abcdefghijklmnopqrstuvwxyz"
					   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "0123456789._-:/,+")];
}

static void
put_pair(struct buf *b, const struct log_pair *p)
{
	if (as_json) {
		buf_put_text(b, ",");
		put_quoted(b, p->key);
		buf_put_text(b, ":");
	} else {
		buf_printf(b, " %s=", p->key);
	}
	if (!p->text)
		buf_printf(b, "%lld", (long long)p->number);
	else if (!as_json && is_bare(p->text))
		buf_put_text(b, p->text);
	else
		put_quoted(b, p->text);
}

static void
put_head(struct buf *b, enum log_level level, const char *name)
{
	struct timespec now;
	struct tm tm;
	char when[32];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	buf_printf(b,
		as_json ? "{\"time\":\"%s.%03ldZ\",\"level\":\"%s\","
			  "\"event\":\"%s\""
			: "%s.%03ldZ %s %s",
		when, now.tv_nsec / 1000000, level_names[level], name);
}

static void
write_line(enum log_level level, const char *name, const struct log_pair *pairs,
	unsigned held)
{
	struct buf b;
	ssize_t n;

	buf_init(&b, LINE_BYTES);
	put_head(&b, level, name);
	for (; pairs->key; pairs++)
		put_pair(&b, pairs);
	if (held)
		put_pair(&b, &LOG_NUMBER("held_back", held));
	buf_put_text(&b, as_json ? "}\n" : "\n");
	/* One write a line, so that lines of threads do not mix. */
	if (!b.full) {
		n = write(STDERR_FILENO, b.ptr, b.len);
		(void)n;
	}
	buf_fini(&b);
}

void
log_put(enum log_level level, const char *name, const struct log_pair *pairs)
{
	unsigned held;

	if (silent)
		return;
	pthread_mutex_lock(&lock);
	if (take_turn(name, &held))
		write_line(level, name, pairs, held);
	pthread_mutex_unlock(&lock);
}

void
log_put_always(
	enum log_level level, const char *name, const struct log_pair *pairs)
{
	if (silent)
		return;
	/* A pipe takes no more than a page of it at once. */
	pthread_mutex_lock(&lock);
	write_line(level, name, pairs, 0);
	pthread_mutex_unlock(&lock);
}
