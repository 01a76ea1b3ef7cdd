#include "kit.h"

#include "consent/book.h"
#include "crypto/keyed.h"

/* What a grant of the ledger is worth by its notice, and by its age. */

#define DAY INT64_C(86400000)

#define PURPOSE(name, more) \
	"  " name ":\n" \
	"    says: s\n" \
	"    basis: consent\n" \
	"    consent: { decides: book, asks: { book: yes } }\n" more \
	"    topic: out." name "\n" \
	"    recipients: [a]\n" \
	"    retention: 90d\n" \
	"    identity: none\n"

static const char policy[] =
	"version: 1\n"
	"name: notices\n"
	"revision: 1\n"
	"controller: { name: Shop, contact: a@b.example }\n"
	"quarantine: { topic: bad, payload: reference, retention: 1d }\n"
	"inputs:\n"
	"  web:\n"
	"    topics: [raw]\n"
	"    event_time: { path: \"@timestamp\" }\n"
	"    events: { seen: { $.e: 1 } }\n"
	"identifiers: { user: { prefix: u, from: [$.user] } }\n"
	"consent:\n"
	"  sources:\n"
	"    book: { format: ledger, topic: consent, max_age: 30d }\n"
	"purposes:\n" PURPOSE("p", "    accepts_notice: [one]\n") PURPOSE(
		"q", "    accepts_notice: [two]\n") PURPOSE("r",
		"") "fields:\n"
		    "  - { do: event, as: event, why: w, for: [p, q, r] }\n";

struct row {
	uint8_t notice;
	int64_t at_ms, until_ms; /* until 0: none */
	const char *reasons[3];	 /* NULL: sent */
};

#define AT (KIT_NOW - DAY)
#define LONG_AGO (KIT_NOW - 31 * DAY)
#define OLD "old_notice"
#define OVER "consent_expired"

static const struct row rows[] = {
	{1, AT, 0, {NULL, OLD, NULL}},
	{2, AT, 0, {OLD, NULL, NULL}},
	{LEDGER_NOTICE_NONE, AT, 0, {OLD, OLD, NULL}},
	{LEDGER_NOTICE_OTHER, AT, 0, {OLD, OLD, NULL}},
	{1, LONG_AGO, 0, {OVER, OLD, OVER}},
	{2, LONG_AGO, KIT_NOW + DAY, {OLD, NULL, NULL}},
	{2, LONG_AGO, KIT_NOW - 2 * DAY, {OLD, OVER, OVER}},
};

static void
look_up(void *ctx, const uint8_t subject[static KEYED_NAME_BYTES],
	struct ledger_row *out)
{
	const struct row *row = ctx;

	(void)subject;
	out->kind = LEDGER_ROW_PRESENT;
	out->count = 3;
	for (size_t i = 0; i < out->count; i++)
		out->entries[i] = (struct ledger_entry){.state = LEDGER_GIVEN,
			.has_at = true,
			.at_ms = row->at_ms,
			.since_ms = row->at_ms,
			.has_until = row->until_ms != 0,
			.until_ms = row->until_ms,
			.notice = row->notice};
}

START_TEST(a_grant_counts_by_its_notice_and_its_age)
{
	static const uint8_t key[32] = {1};
	struct row row = rows[_i];
	struct book book = {.lookup = look_up, .ctx = &row};
	struct keyed *keys;
	struct buf want;
	struct kit k;

	kit_init(&k, policy);
	ck_assert_status(keyed_new(key, &keys, &k.err), LETHE_OK);
	book.keys = keys;
	scratch_consult(k.scratch, &book);
	buf_init(&want, 0);
	for (size_t i = 0; i < 3; i++)
		if (row.reasons[i])
			buf_printf(&want, "%c %s book\n", "pqr"[i],
				row.reasons[i]);
		else
			buf_printf(
				&want, "%c {\"event\":\"seen\"}\n", "pqr"[i]);
	buf_put_byte(&want, 0);
	ck_assert_str_eq(kit_text(&k, "{\"e\":1,\"user\":\"u1\"}"),
		(const char *)want.ptr);
	buf_fini(&want);
	kit_fini(&k);
	keyed_free(keys);
}
END_TEST

SUITE("ledger_notices", ROWS(a_grant_counts_by_its_notice_and_its_age, rows))
