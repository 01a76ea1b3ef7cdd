#ifndef MODEL_PRODUCER_H
#define MODEL_PRODUCER_H

/* The producer's calls, answered as the client library would. */

#include "unit/model/cluster.h"

/* What a producer in this state answers, whatever is asked. */
static inline enum lethe_status
by_state(const struct kafka *k, struct lethe_error *err)
{
	struct client_failure f = {.code = k->code,
		.fatal = k->producer == PRODUCER_LOST,
		.aborts = k->producer == PRODUCER_BAD};

	if (k->dead)
		return wrong(err, LETHE_EDENIED);
	return f.fatal || f.aborts ? wrong(err, client_verdict(&f)) : LETHE_OK;
}

/* What an error does to the producer; whether it is told at all. */
static inline bool
strike(struct kafka *k, const struct verdict_row *row, enum verdict_in in)
{
	char told = row->told[in];
	struct client_failure f = verdict_failure(row, told);

	if (told == '.')
		return false;
	if (f.fatal || f.aborts) {
		k->producer = f.fatal ? PRODUCER_LOST : PRODUCER_BAD;
		k->code = f.code;
	}
	return true;
}

/* One of two requests behind a call, or the one that a test wants. */
static inline enum verdict_in
either(struct kafka *k, enum verdict_in a, enum verdict_in b)
{
	if (k->script.times && (k->script.in == a || k->script.in == b))
		return k->script.in;
	return roll(k, 2) ? a : b;
}

static inline void
refuse_record(struct kafka *k, rd_kafka_resp_err_t code)
{
	if (k->producer == PRODUCER_OPEN) {
		k->producer = PRODUCER_BAD;
		k->code = code;
	}
}

static inline void
blame(struct kafka *k, size_t input)
{
	struct kafka_span *s = &k->suspects;
	size_t from = input, to = input;

	if (k->naming == TOGETHER) {
		from = 0;
		to = k->input;
	} else if (k->naming == BY_CHANCE && roll(k, 2)) {
		from -= roll(k, (uint32_t)input + 1);
		to += roll(k, (uint32_t)(k->input - input) + 1);
	}
	if (from < s->first)
		s->first = from;
	if (to > s->last)
		s->last = to;
}

static inline struct kafka_span
fake_blamed(struct kafka *k)
{
	bool named = k->naming == BY_CHANCE ? roll(k, 20) != 0
					    : k->naming != NAMELESS;

	return named ? k->suspects : (struct kafka_span){.first = SIZE_MAX};
}

static inline void
fake_work_on(struct kafka *k, size_t input)
{
	k->input = input;
}

/* The reports of records come in. */
static inline void
reports(struct kafka *k)
{
	const struct verdict_row *row;
	struct effect *e;

	if (k->producer < PRODUCER_OPEN || !k->pending_count)
		return;
	if (k->refused) {
		refuse_record(k, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
		k->failed = true;
		if (!k->cause)
			k->cause = client_verdict_report(
				RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
	}
	row = k->producer == PRODUCER_OPEN ? trouble_at(k, CALL_REPORT) : NULL;
	if (!row || !strike(k, row, IN_PRODUCE))
		return;
	k->failed = true;
	e = &k->pending[roll(k, (uint32_t)k->pending_count)];
	if (row->report == '.' || k->cause)
		return;
	k->cause = client_verdict_report(row->error);
	k->blamed[e->partition][e->offset] |= (uint8_t)(1 << e->kind);
	blame(k, e->input);
}

/* A producer's own request, or what is asked about the topics thereafter. */
static inline enum lethe_status
open_failed(struct kafka *k, const struct verdict_row *row, enum verdict_in in)
{
	char told = row->told[row->own ? IN_INIT : in];
	struct client_failure f = verdict_failure(row, told);

	if (told != '.')
		return client_verdict(&f);
	return roll(k, 4) ? LETHE_OK : client_verdict_code(row->error);
}

static inline enum lethe_status
fake_open(struct kafka *k, struct lethe_error *err)
{
	const struct verdict_row *row;
	enum verdict_in in = either(k, IN_FIND, IN_INIT);
	enum lethe_status status;

	if (is_dead(k))
		return wrong(err, LETHE_EDENIED);
	row = trouble_at(k, CALL_OPEN);
	k->producer = PRODUCER_NONE;
	k->doubt = false;
	k->refused = k->failed = k->ended = k->asks = false;
	status = row ? open_failed(k, row, in) : LETHE_OK;
	/* What failed may have been done. */
	if (!status || roll(k, 2))
		clear_pending(k);
	if (status)
		return wrong(err, status);
	k->producer = PRODUCER_READY;
	return LETHE_OK;
}

static inline enum lethe_status
fake_begin(struct kafka *k, struct lethe_error *err)
{
	const struct verdict_row *row;

	if (is_dead(k) || k->producer == PRODUCER_LOST)
		return by_state(k, err);
	must(k->producer == PRODUCER_READY, "seed %lu", (unsigned long)k->seed);
	must(!k->doubt, "seed %lu: new records under numbers in doubt",
		(unsigned long)k->seed);
	k->cause = LETHE_OK;
	k->refused = k->failed = k->ended = k->asks = false;
	k->suspects = (struct kafka_span){.first = SIZE_MAX};
	/* It asks nobody: what it tells is what befell the producer since. */
	row = trouble_at(k, CALL_BEGIN);
	if (row) {
		k->producer = PRODUCER_LOST;
		k->code = row->error;
		return by_state(k, err);
	}
	k->producer = PRODUCER_OPEN;
	k->began_ms = k->clock_ms;
	k->flushed = 0;
	return LETHE_OK;
}

/* Whose record it is, and which, stands in it. */
static inline enum lethe_status
accept_record(struct kafka *k, const struct effect *e, struct lethe_error *err)
{
	enum nature nature = k->nature[e->partition][e->offset];
	bool last = e->part == parts_of(e->offset) - 1;

	if (e->kind == RECORD && last && nature == HUGE_AT_ONCE)
		return wrong(err, client_verdict_produce(
					  RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
					  RD_KAFKA_RESP_ERR_NO_ERROR));
	if ((e->kind == RECORD && last && nature >= TOO_BIG) ||
		(e->kind == ASIDE && nature == HUGE)) {
		k->refused = true;
		blame(k, e->input);
	}
	must(k->pending_count < PENDING_MAX, "seed %lu",
		(unsigned long)k->seed);
	k->pending[k->pending_count++] = *e;
	return LETHE_OK;
}

static inline enum lethe_status
fake_produce(
	struct kafka *k, const struct kafka_record *r, struct lethe_error *err)
{
	const struct verdict_row *row;
	enum verdict_in in = either(k, IN_ADD, IN_PRODUCE);
	struct effect e;

	if (is_dead(k))
		return by_state(k, err);
	must(k->producer >= PRODUCER_OPEN, "seed %lu", (unsigned long)k->seed);
	/* The client knows before the reports are asked for. */
	if (k->refused && roll(k, 4) == 0)
		refuse_record(k, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
	if (k->producer == PRODUCER_LOST)
		return wrong(err, client_verdict_produce(
					  RD_KAFKA_RESP_ERR__FATAL, k->code));
	if (k->producer == PRODUCER_BAD)
		return by_state(k, err);
	memcpy(&e, r->value, sizeof(e));
	e.input = k->input;
	row = trouble_at(k, CALL_PRODUCE);
	if (row && row->own)
		return wrong(err,
			client_verdict_produce(RD_KAFKA_RESP_ERR__QUEUE_FULL,
				RD_KAFKA_RESP_ERR_NO_ERROR));
	if (!row || !strike(k, row, in))
		return accept_record(k, &e, err);
	if (in == IN_PRODUCE && row->report != '.') {
		k->cause = client_verdict_report(row->error);
		k->blamed[e.partition][e.offset] |= (uint8_t)(1 << e.kind);
		blame(k, e.input);
	} else if (roll(k, 2)) {
		return by_state(k, err);
	}
	k->failed = true;
	k->pending[k->pending_count++] = e;
	return LETHE_OK;
}

static inline void
fake_serve(struct kafka *k, int wait_ms)
{
	k->clock_ms += wait_ms;
	if (!k->dead)
		reports(k);
}

static inline enum lethe_status
fake_cause(struct kafka *k, struct lethe_error *err)
{
	return k->cause ? wrong(err, k->cause) : LETHE_OK;
}

static inline void
keep_offsets(struct kafka *k, const struct kafka_place *places, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		must(places[i].offset > -1, "seed %lu", (unsigned long)k->seed);
		k->pending_offsets[places[i].partition] = places[i].offset;
		k->pending_held[places[i].partition] = places[i].held;
	}
}

static inline enum lethe_status
fake_send_offsets(struct kafka *k, const struct kafka_place *places,
	size_t count, struct lethe_error *err)
{
	const struct verdict_row *row;
	enum verdict_in in = either(k, IN_ADD_OFFSETS, IN_OFFSETS);

	if (is_dead(k) || k->producer == PRODUCER_LOST)
		return by_state(k, err);
	must(k->producer >= PRODUCER_OPEN, "seed %lu", (unsigned long)k->seed);
	must(!k->lost, "seed %lu: a commit of what was lost",
		(unsigned long)k->seed);
	if (k->refused && roll(k, 2))
		refuse_record(k, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
	/* An old generation is fenced. */
	if (k->producer == PRODUCER_OPEN && k->told_generation != k->generation)
		(void)strike(k,
			&verdict_rows[row_of(
				RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION)],
			IN_OFFSETS);
	if (k->producer == PRODUCER_BAD)
		return by_state(k, err);
	row = trouble_at(k, CALL_SEND_OFFSETS);
	if (!row || row->told[in] == '.') {
		keep_offsets(k, places, count);
		return LETHE_OK;
	}
	if (row->told[in] == 'R') {
		if (roll(k, 2))
			keep_offsets(k, places, count);
		return wrong(err, LETHE_EAGAIN);
	}
	(void)strike(k, row, in);
	return by_state(k, err);
}

/* What becomes of a transaction whose commit was answered with an error. */
static inline void
end_badly(struct kafka *k, enum verdict_end end)
{
	if (k->ended || end == END_OPEN)
		return;
	if ((end == END_EITHER || end == END_FENCED) && roll(k, 2)) {
		apply(k);
		k->ended = true;
	} else if (end != END_EITHER) {
		clear_pending(k);
	}
}

/* However long it takes: brokers may be slow to take records. */
static inline enum lethe_status
fake_flush(struct kafka *k, struct lethe_error *err)
{
	if (is_dead(k))
		return by_state(k, err);
	must(k->producer >= PRODUCER_OPEN, "seed %lu", (unsigned long)k->seed);
	k->clock_ms += roll(k, 8) ? roll(k, 5) : (int64_t)roll(k, 300);
	reports(k);
	k->flushed_ms = k->clock_ms;
	k->flushed = k->pending_count;
	return k->failed ? wrong(err, LETHE_EABORT) : LETHE_OK;
}

/* What was decided long ago must not become visible. */
static inline void
check_age(const struct kafka *k)
{
	if (!k->max_age_ms || !k->pending_count)
		return;
	must(k->flushed == k->pending_count,
		"seed %lu: records are written behind the last look at the "
		"age",
		(unsigned long)k->seed);
	must(k->flushed_ms - k->began_ms <= k->max_age_ms,
		"seed %lu: a commit of records written after %ld ms",
		(unsigned long)k->seed, (long)(k->flushed_ms - k->began_ms));
}

static inline enum lethe_status
fake_commit(struct kafka *k, struct lethe_error *err)
{
	const struct verdict_row *row;
	bool was_dead = k->dead;

	if (is_dead(k)) {
		/* Its last request may have arrived. */
		if (!was_dead && k->producer == PRODUCER_OPEN && !k->refused &&
			!k->ended && roll(k, 2))
			apply(k);
		return by_state(k, err);
	}
	must(k->producer >= PRODUCER_OPEN, "seed %lu", (unsigned long)k->seed);
	k->clock_ms += k->end_ms;
	k->asks = false;
	if (!k->ended) {
		check_age(k);
		reports(k);
	}
	if (k->failed)
		return wrong(err, LETHE_EABORT);
	if (k->producer != PRODUCER_OPEN)
		return by_state(k, err);
	row = trouble_at(k, CALL_COMMIT);
	if (row && row->told[IN_COMMIT] != '.') {
		end_badly(k, row->end);
		k->asks = row->told[IN_COMMIT] == 'R';
		if (k->asks)
			return wrong(err, LETHE_EAGAIN);
		(void)strike(k, row, IN_COMMIT);
		return by_state(k, err);
	}
	if (!k->ended)
		apply(k);
	k->producer = PRODUCER_READY;
	return LETHE_OK;
}

static inline enum lethe_status
fake_abort(struct kafka *k, struct lethe_error *err)
{
	const struct verdict_row *row;
	char told;

	if (is_dead(k))
		return by_state(k, err);
	must(k->producer >= PRODUCER_OPEN, "seed %lu", (unsigned long)k->seed);
	must(!k->asks,
		"seed %lu: an abort where a commit asks to be called "
		"again",
		(unsigned long)k->seed);
	k->clock_ms += k->end_ms;
	reports(k);
	k->doubt |= k->pending_count && roll(k, 4) == 0;
	/* What is committed cannot be aborted. */
	if (k->ended && k->producer != PRODUCER_LOST) {
		k->producer = PRODUCER_LOST;
		k->code = RD_KAFKA_RESP_ERR_INVALID_TXN_STATE;
	}
	if (k->producer == PRODUCER_LOST)
		return by_state(k, err);
	row = trouble_at(k, CALL_ABORT);
	told = row ? row->told[IN_ABORT] : '.';
	if (told == '.' || roll(k, 2))
		clear_pending(k);
	if (told == '.') {
		k->producer = PRODUCER_READY;
		return LETHE_OK;
	}
	/* wire/producer.c: one that does not end is given up. */
	if (told == 'R')
		return wrong(err, LETHE_EKAFKA);
	(void)strike(k, row, IN_ABORT);
	return by_state(k, err);
}

static inline bool
fake_in_doubt(struct kafka *k)
{
	return k->doubt;
}

#endif
