#include "kafka/ledger/self.h"

#include "base/clock.h"
#include "crypto/secret.h"
#include "text/time.h"

#include <stdlib.h>

/* {"v":1,"heartbeat":"2026-05-01T09:00:00Z"}, JSON or MessagePack. */
static const struct limits limits = {
	.bytes = 1024, .depth = 1, .members = 2, .string = 64};

struct beat_reader {
	struct reader *reader;
	struct trie *nothing; /* leaves are told to a visitor alone */
};

struct told {
	bool v, at, wrong;
	int64_t utc_ms;
};

static void
leaf(void *ctx, const struct leaf_step *steps, size_t depth,
	const struct value *v, const uint32_t *slots, size_t slot_count)
{
	struct told *t = ctx;
	int64_t number;

	(void)slots;
	(void)slot_count;
	if (depth != 1 || steps[0].kind != LEAF_KEY)
		t->wrong = true;
	else if (slice_is(steps[0].key, "v"))
		t->v = value_as_int64(v, &number) && number == 1;
	else if (slice_is(steps[0].key, "heartbeat"))
		t->at = v->kind == VALUE_STRING &&
			time_parse_rfc3339(v->text, &t->utc_ms);
	else
		t->wrong = true;
}

enum lethe_status
beat_read(struct beat_reader *b, struct slice value, int64_t *utc_ms,
	struct lethe_error *err)
{
	struct told t = {0};
	const struct leaf_visitor visitor = {.ctx = &t, .leaf = leaf};
	struct reading reading;
	enum lethe_status status = format_check_start(value, err);

	*utc_ms = 0;
	if (!status && format_sniff(value) == FORMAT_UNKNOWN)
		status = fail(err, LETHE_POISON_FORMAT, 0,
			"a heartbeat is neither JSON nor MessagePack");
	if (!status)
		status = reader_read(b->reader, b->nothing, &limits,
			format_sniff(value), value, &visitor, &reading, err);
	if (status)
		return status;
	if (!t.v || !t.at || t.wrong || t.utc_ms <= 0)
		return fail(err, LETHE_POISON_CONSENT, 0,
			"a heartbeat needs `v`: 1 and `heartbeat`: a time");
	if (t.utc_ms > clock_now_ms() + LEDGER_CLOCK_SKEW_MS)
		return fail(err, LETHE_POISON_CONSENT, 0,
			"a heartbeat lies in the future");
	*utc_ms = t.utc_ms;
	return LETHE_OK;
}

enum lethe_status
beat_reader_new(struct beat_reader **out, struct lethe_error *err)
{
	struct beat_reader *b = calloc(1, sizeof(*b));
	enum lethe_status status;
	uint64_t seed;

	*out = NULL;
	if (!b)
		return fail(err, LETHE_ENOMEM, 0, "out of memory");
	random_bytes(&seed, sizeof(seed));
	status = reader_new(seed, &b->reader, err);
	if (!status)
		status = trie_new(&b->nothing, err);
	if (!status)
		status = trie_seal(b->nothing, 0, err);
	if (status) {
		beat_reader_free(b);
		return status;
	}
	*out = b;
	return LETHE_OK;
}

void
beat_reader_free(struct beat_reader *b)
{
	if (!b)
		return;
	reader_free(b->reader);
	trie_free(b->nothing);
	free(b);
}

int32_t
keeper_quietest(const struct keeper *k)
{
	int32_t quietest = 0;

	for (int32_t p = 1; p < k->topic.partitions; p++)
		if (k->parts[p].at.heartbeat_ms <
			k->parts[quietest].at.heartbeat_ms)
			quietest = p;
	return quietest;
}

/* A partition that no heartbeat came by makes all of it unheard. */
void
keeper_note_heard(struct keeper *k)
{
	int64_t oldest = k->parts[keeper_quietest(k)].at.heartbeat_ms;

	atomic_store_explicit(&k->heard_utc_ms, oldest, memory_order_relaxed);
}

/* One that was taken may come to lie in the future, by a clock that is set. */
bool
keeper_is_heard(const struct keeper *k)
{
	int64_t heard =
		atomic_load_explicit(&k->heard_utc_ms, memory_order_relaxed);
	int64_t ago = clock_now_coarse_ms() - heard;

	return !k->ledger->heartbeat_ms ||
	       (heard && ago >= -LEDGER_CLOCK_SKEW_MS &&
		       ago <= KEEPER_MISSED_MAX * k->ledger->heartbeat_ms);
}
