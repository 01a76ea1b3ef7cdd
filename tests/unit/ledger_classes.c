#include "kit.h"

#include "consent/book.h"
#include "crypto/keyed.h"

/* A ledger that holds one class of two, and two subjects on one event. */

#define PURPOSE(name, identity) \
	"  " name ":\n" \
	"    says: s\n" \
	"    basis: consent\n" \
	"    consent: { decides: book, asks: { book: yes } }\n" \
	"    topic: out." name "\n" \
	"    recipients: [a]\n" \
	"    retention: 90d\n" \
	"    identity: " identity "\n"

#define POLICY(classes) \
	"version: 1\n" \
	"name: classes\n" \
	"revision: 1\n" \
	"controller: { name: Shop, contact: a@b.example }\n" \
	"quarantine: { topic: bad, payload: reference, retention: 1d }\n" \
	"inputs:\n" \
	"  web:\n" \
	"    topics: [raw]\n" \
	"    event_time: { path: $.at, format: rfc3339, max_age: 7d }\n" \
	"    events: { seen: { $.e: 1 } }\n" \
	"identifiers:\n" \
	"  user: { prefix: u, from: [$.user] }\n" \
	"  device: { prefix: d, from: [$.device, $.machine] }\n" \
	"consent:\n" \
	"  sources:\n" \
	"    book: { format: ledger, topic: consent" classes " }\n" \
	"purposes:\n" PURPOSE("both", "[device, user]") \
		PURPOSE("nobody", "none") "fields:\n" \
					  "  - { do: event, as: event, why: " \
					  "w, for: [both, nobody] }\n"

#define EVENT "{\"e\":1,\"at\":\"2026-05-04T10:15:07Z\""
#define USER ",\"user\":\"x-1\""
#define DEVICE ",\"device\":\"x-1\""
#define TWO_DEVICES DEVICE ",\"machine\":\"x-2\""

static void
say_state(void *ctx, const uint8_t subject[static KEYED_NAME_BYTES],
	struct ledger_row *out)
{
	(void)subject;
	out->kind = LEDGER_ROW_PRESENT;
	out->count = 2;
	for (size_t i = 0; i < out->count; i++)
		out->entries[i] = (struct ledger_entry){
			.state = *(enum ledger_state *)ctx,
			.has_at = true,
			.at_ms = KIT_NOW - INT64_C(86400000),
			.since_ms = KIT_NOW - INT64_C(86400000)};
}

#define SENT(purpose) purpose " {\"event\":\"seen\"}\n"

/* The book would say it of the device too: it is not asked. */
static const struct {
	enum ledger_state state;
	const char *event, *want;
} held[] = {
	{LEDGER_GIVEN, EVENT USER "}",
		"both {\"subject\":\"u1_*\",\"event\":\"seen\"}\n" SENT(
			"nobody")},
	{LEDGER_GIVEN, EVENT DEVICE "}",
		"both no_consent book\nnobody no_consent book\n"},
	{LEDGER_GIVEN, EVENT USER DEVICE "}",
		"both no_consent book\n" SENT("nobody")},
	{LEDGER_GIVEN, EVENT USER TWO_DEVICES "}",
		"both signal_unusable book\n" SENT("nobody")},
	{LEDGER_REFUSED, EVENT DEVICE "}",
		"both no_consent book\nnobody no_consent book\n"},
	{LEDGER_REFUSED, EVENT USER DEVICE "}",
		"both refused book\nnobody refused book\n"},
};

START_TEST(a_class_that_the_ledger_holds_not_is_not_asked)
{
	static const uint8_t key[KEYED_KEY_BYTES] = {1};
	enum ledger_state state = held[_i].state;
	struct book book = {.lookup = say_state, .ctx = &state};
	struct keyed *keys;
	struct kit k;

	kit_init(&k, POLICY(", classes: [user]"));
	ck_assert_status(keyed_new(key, &keys, &k.err), LETHE_OK);
	book.keys = keys;
	scratch_consult(k.scratch, &book);
	ck_assert_str_eq(kit_text(&k, held[_i].event), held[_i].want);
	kit_fini(&k);
	keyed_free(keys);
}
END_TEST

#define SAID(class, state, times) \
	"{\"key\":\"" class ":x-1\",\"value\":{\"v\":1,\"purposes\":{" \
			    "\"*\":{\"state\":\"" state "\"," times "}}}}\n"
#define BEFORE "\"at\":\"2026-05-01T09:00:00Z\""
#define SINCE "\"at\":\"2026-05-04T10:16:00Z\""
#define OVER BEFORE ",\"until\":\"2026-05-02T09:00:00Z\""

/* Both classes are held, and both said the same, at other times. */
static const struct {
	const char *said, *want;
} two[] = {
	{SAID("user", "given", BEFORE) SAID("device", "given", OVER),
		"both consent_expired book\n" SENT("nobody")},
	{SAID("user", "refused", BEFORE) SAID("device", "refused", SINCE),
		"both refused book\nnobody refused book\n"},
	{SAID("user", "refused", SINCE) SAID("device", "refused", BEFORE),
		"both withdrawn book\nnobody withdrawn book\n"},
};

START_TEST(of_two_that_say_the_same_the_first_is_told)
{
	struct kit k;

	kit_init(&k, POLICY(""));
	kit_consent(&k, two[_i].said);
	ck_assert_str_eq(kit_text(&k, EVENT USER DEVICE "}"), two[_i].want);
	kit_fini(&k);
}
END_TEST

SUITE("ledger_classes",
	ROWS(a_class_that_the_ledger_holds_not_is_not_asked, held),
	ROWS(of_two_that_say_the_same_the_first_is_told, two))
