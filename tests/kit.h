#ifndef TESTS_KIT_H
#define TESTS_KIT_H

/*
 * An engine for tests: a policy given as text, keys made for it, and what one
 * event gave as lines:
 *
 *   rec {"subject":"u1_*","event":"viewed"}
 *   rec price misfit
 *   ana refused banner
 *   rec rekey u1_* {"purpose":"rec","subject":"u2_*","subject_was":"u1_*"}
 *   - no_event
 *   poison too_deep 812
 *
 * Tokens show their class and epoch alone, unless `whole` is set.
 */

#include "rotate.h"
#include "suite.h"

#include "base/buf.h"
#include "base/file.h"
#include "crypto/secret.h"
#include "engine/view.h"
#include "lethe/process.h"

#define KIT_NOW INT64_C(1777890000000) /* 2026-05-04T10:20:00Z */

struct kit {
	struct lethe_policy *policy;
	struct secret_key *secret;
	struct lethe_ring ring;
	struct lethe_ledger *ledger; /* NULL: none */
	struct lethe_view *view;
	struct lethe_scratch *scratch;
	struct lethe_input input; /* all but value and len stays */
	struct buf lines;
	bool whole;   /* tokens as they are */
	bool records; /* lines of records alone */
	struct lethe_error err;
};

static inline void
kit_mistake(void *ctx, const struct lethe_mistake *m)
{
	(void)ctx;
	if (!m->warning)
		fprintf(stderr, "%u:%u: %s (%s)\n", m->line, m->column, m->what,
			m->instead ? m->instead : "");
}

static inline void
kit_keys(struct kit *k)
{
	struct public_key runtime;
	size_t added;

	ck_assert_status(crypto_start(&k->err), LETHE_OK);
	ck_assert_status(
		keypair_generate(&k->secret, &runtime, &k->err), LETHE_OK);
	ck_assert_status(ring_create(&runtime, &runtime, KIT_NOW - 1,
				 &k->ring.ring, &k->err),
		LETHE_OK);
	ck_assert_status(ring_add(k->ring.ring, &k->policy->want, KIT_NOW - 1,
				 &added, &k->err),
		LETHE_OK);
	ck_assert_status(
		ring_unlock(k->ring.ring, k->secret, NULL, &k->err), LETHE_OK);
}

static inline void
kit_view(struct kit *k, const char *purpose, bool keys)
{
	struct lethe_view_options options = {.size = sizeof(options),
		.policy = k->policy,
		.ring = keys ? &k->ring : NULL,
		.ledger = k->ledger,
		.purpose = purpose};

	lethe_view_free(k->view);
	k->view = NULL;
	if (lethe_view_new(&options, &k->view, &k->err) != LETHE_OK)
		ck_abort_msg("view: %s", k->err.what);
}

static inline void
kit_init(struct kit *k, const char *policy)
{
	*k = (struct kit){
		.input = {.size = sizeof(k->input),
			.now_ms = KIT_NOW,
			.broker_ms = KIT_NOW,
			.record_format = LETHE_FORMAT_JSON},
	};
	buf_init(&k->lines, 0);
	if (lethe_policy_compile("test", policy, strlen(policy), KIT_NOW,
		    kit_mistake, NULL, &k->policy, &k->err) != LETHE_OK)
		ck_abort_msg("policy: %s", k->err.what);
	kit_keys(k);
	kit_view(k, NULL, true);
	ck_assert_status(lethe_scratch_new(1, &k->scratch, &k->err), LETHE_OK);
}

/* The ledger is of these records, one a line. */
static inline void
kit_consent(struct kit *k, const char *records)
{
	lethe_view_free(k->view);
	k->view = NULL;
	lethe_ledger_free(k->ledger);
	if (lethe_ledger_read(k->policy, records, strlen(records), &k->ledger,
		    &k->err) != LETHE_OK)
		ck_abort_msg("ledger: %s", k->err.what);
	kit_view(k, NULL, true);
}

/* Another epoch of each purpose; the one before it ends at `until_ms`. */
static inline void
kit_rotate(struct kit *k, int64_t from_ms, int64_t until_ms)
{
	rotate_all(k->ring.ring, k->secret, from_ms, until_ms);
	kit_view(k, NULL, true);
}

/* The same with a policy of a file; tests run at the top of the tree. */
static inline void
kit_init_file(struct kit *k, const char *path)
{
	struct buf text;

	buf_init(&text, 0);
	if (file_read(path, 1 << 20, &text, &k->err) != LETHE_OK)
		ck_abort_msg("%s: %s", path, k->err.what);
	buf_put_byte(&text, 0);
	kit_init(k, (const char *)text.ptr);
	buf_fini(&text);
}

static inline void
kit_fini(struct kit *k)
{
	lethe_scratch_free(k->scratch);
	lethe_view_free(k->view);
	lethe_ledger_free(k->ledger);
	ring_free(k->ring.ring);
	secret_key_free(k->secret);
	lethe_policy_drop(k->policy);
	buf_fini(&k->lines);
}

static inline bool
kit_is_token(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < 26; i++)
		if (i >= len || !((p[i] >= 'a' && p[i] <= 'z') ||
					(p[i] >= '2' && p[i] <= '7')))
			return false;
	return len == 26 || p[26] == '"';
}

/* Copies text, the 26 letters of each token as one star. */
static inline void
kit_put_masked(struct kit *k, const void *text, size_t len)
{
	const uint8_t *p = text;

	for (size_t i = 0; i < len; i++) {
		buf_put_byte(&k->lines, p[i]);
		if (!k->whole && p[i] == '_' && i + 26 < len + 1 &&
			kit_is_token(p + i + 1, len - i - 1)) {
			buf_put_byte(&k->lines, '*');
			i += 26;
		}
	}
}

static inline enum lethe_status
kit_record(void *ctx, const struct lethe_record *r, struct lethe_error *err)
{
	struct kit *k = ctx;

	(void)err;
	ck_assert_int_eq(r->format, LETHE_FORMAT_JSON);
	buf_printf(&k->lines, "%s ",
		lethe_policy_purpose_name(k->policy, r->purpose));
	if (r->kind == LETHE_RECORD_REKEY) {
		buf_put_text(&k->lines, "rekey ");
		kit_put_masked(k, r->key, r->key_len);
		buf_put_byte(&k->lines, ' ');
	}
	kit_put_masked(k, r->value, r->value_len);
	buf_put_byte(&k->lines, '\n');
	return LETHE_OK;
}

static inline void
kit_decision(void *ctx, const struct lethe_decision *d)
{
	struct kit *k = ctx;

	if (d->reason == LETHE_REASON_NONE || k->records)
		return;
	buf_put_text(&k->lines,
		d->purpose == LETHE_NO_PURPOSE
			? "-"
			: lethe_policy_purpose_name(k->policy, d->purpose));
	if (d->field != LETHE_NO_FIELD)
		buf_printf(&k->lines, " %s", k->policy->fields[d->field].as);
	buf_printf(&k->lines, " %s", lethe_reason_name(d->reason));
	if (d->source)
		buf_printf(&k->lines, " %s", d->source);
	buf_put_byte(&k->lines, '\n');
}

/* Processes bytes and gives the lines; until the next call. */
static inline const char *
kit_run(struct kit *k, const void *value, size_t len)
{
	struct lethe_sink sink = {.size = sizeof(sink),
		.ctx = k,
		.record = kit_record,
		.decision = kit_decision};
	enum lethe_status status;

	buf_reset(&k->lines);
	k->input.value = value;
	k->input.len = len;
	k->err = (struct lethe_error){0};
	status = lethe_process(k->view, k->scratch, &k->input, &sink, &k->err);
	if (lethe_status_class(status) == LETHE_CLASS_POISON) {
		ck_assert_uint_eq(k->lines.len, 0);
		buf_printf(&k->lines, "poison %s %zu\n",
			lethe_status_name(status), k->err.offset);
	} else if (status != LETHE_OK) {
		buf_printf(&k->lines, "fails %s\n", lethe_status_name(status));
	}
	buf_put_byte(&k->lines, 0);
	ck_assert(!k->lines.full);
	return (const char *)k->lines.ptr;
}

static inline const char *
kit_text(struct kit *k, const char *event)
{
	return kit_run(k, event, strlen(event));
}

#endif
