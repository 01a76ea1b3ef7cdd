/*
 * The consent ledger's store alone, no Kafka: a topic of one record a subject
 * for two purposes, loaded, asked, changed at random, grown.
 *
 *   ledger FOLDER SUBJECTS
 *
 * One line of JSON a step.  Records are made before the clock starts, 4,096 of
 * them, and taken in turns; names of subjects are made beside it.
 */

#include "base/clock.h"
#include "consent/ledger/load.h"
#include "crypto/secret.h"
#include "text/time.h"

#include <inttypes.h>
#include <stdarg.h>
#include <unistd.h>

#define RECORDS 4096
#define RECORD_BYTES 512
#define PARTITIONS 6
#define NOW INT64_C(1777890000000)
#define DAY INT64_C(86400000)
#define BATCH 10000	/* lookups a snapshot */
#define UPDATES 1000000 /* at most */
#define COMMIT 1000	/* records a commit of the feed */

struct stand {
	char path[512];
	uint64_t subjects;
	uint64_t state;
	struct keyed *keys;
	struct ledger_decoder *decoder;
	struct ledger_form form;
	int64_t first[PARTITIONS], end[PARTITIONS];
	struct ledger_topic topic;
	struct ledger *ledger;
	struct slice records[RECORDS];
};

static char texts[RECORDS][RECORD_BYTES];
static const uint8_t topic_id[LEDGER_TOPIC_ID_BYTES] = {1};
static struct slice purposes[2], notices[1];
static struct ledger_layout layout = {
	.purposes = purposes,
	.purpose_count = 2,
	.notices = notices,
	.notice_count = 1,
};

__attribute__((noreturn, format(printf, 1, 2))) static void
give_up(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	(void)fputc('\n', stderr);
	exit(1);
}

#define must(call) \
	do { \
		if (call) \
			give_up("%s: %s", #call, err.what); \
	} while (0)

static uint64_t
draw(struct stand *s)
{
	s->state ^= s->state << 13;
	s->state ^= s->state >> 7;
	s->state ^= s->state << 17;
	return s->state >> 8;
}

/* Half a year of choices to the millisecond; a seventh says no, a quarter of
 * the grants are renewals. */
static int
put_entry(struct stand *s, char *out, size_t room, const char *purpose,
	int64_t at)
{
	char when[TIME_TEXT_BYTES], since[TIME_TEXT_BYTES];
	char until[TIME_TEXT_BYTES];

	(void)time_format(at, GRAIN_MS, when);
	(void)time_format(at + 365 * DAY, GRAIN_MS, until);
	(void)time_format(at - (int64_t)(draw(s) % (uint64_t)(90 * DAY)),
		GRAIN_MS, since);
	if (draw(s) % 7 == 0)
		return snprintf(out, room,
			"\"%s\":{\"state\":\"withdrawn\",\"at\":\"%s\"}",
			purpose, when);
	if (draw(s) % 4)
		return snprintf(out, room,
			"\"%s\":{\"state\":\"given\",\"at\":\"%s\",\"until\":"
			"\"%s\"}",
			purpose, when, until);
	return snprintf(out, room,
		"\"%s\":{\"state\":\"given\",\"at\":\"%s\",\"since\":\"%s\","
		"\"until\":\"%s\"}",
		purpose, when, since, until);
}

static void
make_records(struct stand *s)
{
	for (size_t i = 0; i < RECORDS; i++) {
		int64_t at = NOW - (int64_t)(draw(s) % (uint64_t)(180 * DAY));
		char *to = texts[i];
		int len = snprintf(to, RECORD_BYTES, "{\"v\":1,\"purposes\":{");

		len += put_entry(s, to + len, RECORD_BYTES - (size_t)len,
			"personalisation", at);
		len += snprintf(to + len, RECORD_BYTES - (size_t)len, ",");
		at -= draw(s) % 3 ? 0
				  : (int64_t)(draw(s) % (uint64_t)(30 * DAY));
		len += put_entry(s, to + len, RECORD_BYTES - (size_t)len,
			"analytics", at);
		len += snprintf(to + len, RECORD_BYTES - (size_t)len,
			"},\"notice\":\"banner-7\",\"source\":\"cmp\"}");
		if (len >= RECORD_BYTES)
			give_up("a record is longer than thought");
		s->records[i] = slice_make(to, (size_t)len);
	}
}

static void
name_of(const struct stand *s, uint64_t n, uint8_t out[KEYED_NAME_BYTES])
{
	char key[] = "user:customer-0000000000";
	size_t len = sizeof(key) - 1;

	/* printf would cost as much as the name. */
	for (size_t i = len; n; n /= 10)
		key[--i] = (char)('0' + n % 10);
	ledger_subject(s->keys, slice_make(key, len), out);
}

static void
start(struct stand *s, const char *folder, uint64_t subjects)
{
	static const uint8_t key[KEYED_KEY_BYTES] = {5};
	struct lethe_error err = {0};

	purposes[0] = slice_of("personalisation");
	purposes[1] = slice_of("analytics");
	notices[0] = slice_of("banner-7");
	*s = (struct stand){.subjects = subjects, .state = 88172645463325252u};
	(void)snprintf(s->path, sizeof(s->path), "%s/ledger", folder);
	must(crypto_start(&err));
	must(keyed_new(key, &s->keys, &err));
	must(ledger_decoder_new(&layout, 7, &s->decoder, &err));
	s->form = (struct ledger_form){.path = s->path,
		.keys = s->keys,
		.layout = &layout,
		.ring_id = "bench",
		.topic_id = topic_id,
		.partitions = PARTITIONS};
	for (size_t i = 0; i < PARTITIONS; i++)
		s->end[i] = INT64_MAX;
	s->topic = (struct ledger_topic){s->first, s->end, NOW, 7 * DAY};
	make_records(s);
}

/* What the thread really ran: other work on the machine does not count. */
static int64_t
cpu_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static double
seconds_since(int64_t start_ns)
{
	return (double)(clock_monotonic_ns() - start_ns) / 1e9;
}

static void
decode(struct stand *s, uint64_t record, struct ledger_row *row)
{
	struct lethe_error err = {0};

	must(ledger_decode(
		s->decoder, s->records[record % RECORDS], row, &err));
}

static void
load(struct stand *s)
{
	struct ledger_checkpoint at[PARTITIONS];
	struct ledger_loaded loaded;
	struct lethe_error err = {0};
	struct ledger_load *l;
	int64_t begun = clock_monotonic_ns(), ran = cpu_ns();
	double taken, whole, cpu;

	must(ledger_load_new(&s->form, 0, &l, &err));
	for (uint64_t n = 0; n < s->subjects; n++) {
		uint8_t name[KEYED_NAME_BYTES];
		struct ledger_row row;

		decode(s, n, &row);
		name_of(s, n, name);
		must(ledger_load_put(l, (uint32_t)(n % PARTITIONS), (int64_t)n,
			name, &row, &err));
	}
	taken = seconds_since(begun);
	for (size_t i = 0; i < PARTITIONS; i++)
		at[i] = (struct ledger_checkpoint){
			.next = (int64_t)s->subjects, .time_ms = NOW};
	must(ledger_load_finish(l, at, &loaded, &err));
	ledger_load_free(l);
	whole = seconds_since(begun);
	cpu = (double)(cpu_ns() - ran) / 1e9;
	printf("{\"step\":\"load\",\"rows\":%" PRIu64 ",\"seconds\":%.3f,"
	       "\"records_s\":%.0f,\"records_cpu_s\":%.0f,\"taking_s\":%.3f,"
	       "\"merging_s\":%.3f}\n",
		loaded.rows, whole, (double)s->subjects / whole,
		(double)s->subjects / cpu, taken, whole - taken);
}

static void
open_again(struct stand *s, const char *step)
{
	enum ledger_verdict verdict;
	struct lethe_error err = {0};
	int64_t begun;

	ledger_close(s->ledger);
	begun = clock_monotonic_ns();
	must(ledger_open(&s->form, &s->topic, &s->ledger, &verdict, &err));
	if (verdict != LEDGER_IS_USABLE)
		give_up("open: %s", ledger_verdict_text(verdict));
	printf("{\"step\":\"%s\",\"ms\":%.3f}\n", step,
		1000 * seconds_since(begun));
}

static void
tell_size(struct stand *s, const char *step)
{
	struct lethe_error err = {0};
	struct ledger_size size;

	must(ledger_size(s->ledger, &size, &err));
	printf("{\"step\":\"%s\",\"rows\":%" PRIu64 ",\"bytes\":%" PRIu64
	       ",\"bytes_a_row\":%.2f}\n",
		step, size.rows, size.file_bytes,
		(double)size.file_bytes / (double)size.rows);
}

/*   known   subjects that are there, else others */
static void
look(struct stand *s, const char *step, bool known)
{
	struct lethe_error err = {0};
	struct ledger_snapshot *snapshot;
	uint64_t count = 100 * BATCH, found = 0;
	int64_t ran;

	must(ledger_snapshot_new(s->ledger, &snapshot, &err));
	ran = cpu_ns();
	for (uint64_t i = 0; i < count; i++) {
		uint8_t name[KEYED_NAME_BYTES];
		struct ledger_row row;

		if (i % BATCH == 0)
			must(ledger_snapshot_begin(snapshot, &err));
		name_of(s, draw(s) % s->subjects + (known ? 0 : UINT32_MAX),
			name);
		ledger_lookup(snapshot, name, &row);
		found += row.kind == LEDGER_ROW_PRESENT;
		if (i % BATCH == BATCH - 1)
			ledger_snapshot_end(snapshot);
	}
	printf("{\"step\":\"%s\",\"us\":%.3f}\n", step,
		(double)(cpu_ns() - ran) / 1e3 / (double)count);
	if (found != (known ? count : 0))
		give_up("%" PRIu64 " found of %" PRIu64, found, count);
	ledger_snapshot_free(snapshot);
}

/*   from   new subjects from this number on; 0: random ones that are there */
static void
change(struct stand *s, const char *step, uint64_t count, uint64_t from)
{
	struct lethe_error err = {0};
	struct ledger_write *w = NULL;
	int64_t begun = clock_monotonic_ns();
	double taken;

	for (uint64_t i = 0; i < count; i++) {
		uint8_t name[KEYED_NAME_BYTES];
		struct ledger_row row;

		if (!w)
			must(ledger_write_begin(s->ledger, &w, &err));
		decode(s, draw(s), &row);
		name_of(s, from ? from + i : draw(s) % s->subjects, name);
		must(ledger_write_put(w, name, &row, &err));
		if (i % COMMIT == COMMIT - 1 || i + 1 == count) {
			must(ledger_write_commit(w, &err));
			w = NULL;
		}
	}
	taken = seconds_since(begun);
	printf("{\"step\":\"%s\",\"records\":%" PRIu64 ",\"seconds\":%.3f,"
	       "\"records_s\":%.0f}\n",
		step, count, taken, (double)count / taken);
}

static void
verify(struct stand *s)
{
	struct lethe_error err = {0};
	int64_t begun = clock_monotonic_ns();
	uint64_t damaged;

	must(ledger_verify(s->ledger, &damaged, &err));
	if (damaged)
		give_up("%" PRIu64 " rows are damaged", damaged);
	printf("{\"step\":\"verify\",\"seconds\":%.3f}\n",
		seconds_since(begun));
}

int
main(int argc, char **argv)
{
	static struct stand s;
	uint64_t subjects = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;

	if (!subjects)
		give_up("usage: ledger FOLDER SUBJECTS");
	start(&s, argv[1], subjects);
	load(&s);
	open_again(&s, "open");
	tell_size(&s, "size_loaded");
	look(&s, "lookup_known", true);
	look(&s, "lookup_unknown", false);
	change(&s, "update", subjects < UPDATES ? subjects : UPDATES, 0);
	tell_size(&s, "size_updated");
	look(&s, "lookup_updated", true);
	change(&s, "insert", subjects / 10, subjects);
	tell_size(&s, "size_grown");
	verify(&s);
	open_again(&s, "open_again");
	ledger_close(s.ledger);
	ledger_decoder_free(s.decoder);
	keyed_free(s.keys);
	return 0;
}
