/*
 * Records of the consent topic as lines, any bytes.  By the first byte: the
 * whole text of a file, or the value of one line.
 *
 * Held against: a second reading, which must count the same; of one value,
 * the decoder of the topic's own records, which must take and refuse the same.
 */

#include "base/buf.h"
#include "consent/ledger/record.h"
#include "event/reader.h"
#include "lethe/ledger.h"
#include "policy/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1777890000000)

static const char policy_text[] =
	"version: 1\n"
	"name: fuzz\n"
	"revision: 1\n"
	"controller: { name: Shop, contact: a@b.example }\n"
	"quarantine: { topic: bad, payload: reference, retention: 1d }\n"
	"inputs:\n"
	"  web:\n"
	"    topics: [web]\n"
	"    event_time: { path: $.time, format: rfc3339 }\n"
	"    events: { viewed: { $.event: Viewed } }\n"
	"identifiers:\n"
	"  user: { prefix: u, from: [$.user] }\n"
	"  device: { prefix: d, from: [$.device], normalise: [lower] }\n"
	"consent: { sources: { book: { format: ledger, topic: consent } } }\n"
	"purposes:\n"
	"  rec:\n"
	"    says: s\n"
	"    basis: consent\n"
	"    consent: { decides: book, asks: { book: yes } }\n"
	"    accepts_notice: [banner-7]\n"
	"    topic: o.rec\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: [user]\n"
	"fields:\n"
	"  - { do: event, as: event, for: [rec], why: w }\n";

static struct lethe_policy *policy;
static struct ledger_decoder *decoder;
static struct buf line;

static void
must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

static void
start(void)
{
	must(!lethe_policy_compile("fuzz", policy_text, strlen(policy_text),
		     NOW, NULL, NULL, &policy, NULL),
		"policy");
	must(!ledger_decoder_new(&policy->ledger.layout, 1, &decoder, NULL),
		"decoder");
	buf_init(&line, 0);
}

/* Reads a text; what it counts, and whether it was read. */
static bool
read_text(struct slice text, struct lethe_ledger_counts *out)
{
	struct lethe_ledger *ledger;
	struct lethe_error err = {0};
	enum lethe_status status =
		lethe_ledger_read(policy, text.ptr, text.len, &ledger, &err);

	*out = (struct lethe_ledger_counts){0};
	must(!status == !!ledger, "a ledger without success");
	if (status) {
		must(status == LETHE_EUSAGE, "a status");
		must(!strncmp(err.what, "line ", 5), "a line's number");
		return false;
	}
	lethe_ledger_count(ledger, out);
	must(out->malformed + out->strangers <= out->records, "counts");
	must(!out->malformed == !out->first_malformed, "first malformed");
	must(!out->strangers == !out->first_stranger, "first stranger");
	lethe_ledger_free(ledger);
	return true;
}

static void
check_text(struct slice text)
{
	struct lethe_ledger_counts one, two;
	bool read = read_text(text, &one);

	must(read == read_text(text, &two), "a second reading");
	must(!memcmp(&one, &two, sizeof(one)), "its counts");
}

static void
check_value(struct slice value)
{
	struct lethe_ledger_counts counts;
	struct ledger_row row;
	bool good;

	if (!value.len || memchr(value.ptr, '\n', value.len) ||
		format_sniff(value) != FORMAT_JSON)
		return;
	good = !ledger_decode(decoder, value, &row, NULL);
	buf_reset(&line);
	buf_put_text(&line, "{\"key\":\"user:a\",\"value\":");
	buf_put_slice(&line, value);
	buf_put_byte(&line, '}');
	if (read_text(buf_slice(&line), &counts)) {
		must(counts.records == 1 && !counts.strangers, "one record");
		must(good == !counts.malformed, "another verdict");
	} else {
		must(!good, "a record refused as a line");
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!policy)
		start();
	if (!size)
		return 0;
	if (data[0] == 'v')
		check_value(slice_make(data + 1, size - 1));
	else
		check_text(slice_make(data + 1, size - 1));
	return 0;
}
