#include "consent/ledger/row.h"

#include "base/error.h"

/* Times are written in seconds, as the distance to one before, the first to
 * this: 2026-01-01T00:00:00Z.  2^39 s lie beyond the years 0001 to 9999. */
#define EPOCH_MS INT64_C(1767225600000)
#define FARTHEST_S (INT64_C(1) << 39)

#define STATE_BITS 0x07
#define HAS_AT 0x08
#define HAS_SINCE 0x10 /* and it differs from `at` */
#define HAS_UNTIL 0x20
#define HAS_NOTICE 0x40

#define VARINT_BYTES 8

static const struct {
	const char *name;
	enum ledger_state state;
} states[] = {
#define X(code, name, number) {name, LEDGER_##code},
	LEDGER_STATE_MAP(X)
#undef X
};

#define STATE_COUNT (sizeof(states) / sizeof(states[0]))

const char *
ledger_state_name(enum ledger_state state)
{
	for (size_t i = 0; i < STATE_COUNT; i++)
		if (states[i].state == state)
			return states[i].name;
	return "malformed";
}

bool
ledger_state_find(struct slice name, enum ledger_state *out)
{
	for (size_t i = 0; i < STATE_COUNT; i++)
		if (slice_is(name, states[i].name)) {
			*out = states[i].state;
			return true;
		}
	return false;
}

void
ledger_row_malformed(size_t count, struct ledger_row *out)
{
	bug_if(!count || count > LEDGER_PURPOSES_MAX);
	out->kind = LEDGER_ROW_PRESENT;
	out->count = count;
	for (size_t i = 0; i < count; i++)
		out->entries[i] =
			(struct ledger_entry){.state = LEDGER_MALFORMED};
}

/* Rows of one layout are mostly of one length, so that a change of one takes
 * its place. */
static size_t
padded(size_t len, size_t count)
{
	size_t least = 8 + 12 * count;

	return ((len > least ? len : least) + 7) / 8 * 8;
}

static size_t
put_time(uint8_t *out, int64_t ms, int64_t base)
{
	int64_t n = (ms - base) / 1000;
	uint64_t u = ((uint64_t)n << 1) ^ (uint64_t)(n >> 63);
	size_t len = 0;

	bug_if(ms % 1000);
	for (; u > 0x7f; u >>= 7)
		out[len++] = (uint8_t)(u | 0x80);
	out[len++] = (uint8_t)u;
	return len;
}

static size_t
put_entry(uint8_t *out, const struct ledger_entry *e, int64_t *base)
{
	bool since = e->state == LEDGER_GIVEN && e->since_ms != e->at_ms;
	size_t len = 1;

	out[0] = (uint8_t)(e->state | (e->has_at ? HAS_AT : 0) |
			   (since ? HAS_SINCE : 0) |
			   (e->has_until ? HAS_UNTIL : 0) |
			   (e->notice ? HAS_NOTICE : 0));
	if (e->notice)
		out[len++] = e->notice;
	if (e->has_at) {
		len += put_time(out + len, e->at_ms, *base);
		*base = e->at_ms;
	}
	if (since)
		len += put_time(out + len, e->since_ms, *base);
	if (e->has_until)
		len += put_time(out + len, e->until_ms, *base);
	return len;
}

/* Over the row's name and what follows the check. */
static void
check_of(const struct keyed *keys, const uint8_t name[static KEYED_NAME_BYTES],
	struct slice body, uint8_t out[static KEYED_CHECK_BYTES])
{
	uint8_t text[KEYED_NAME_BYTES + LEDGER_ROW_BYTES_MAX];

	memcpy(text, name, KEYED_NAME_BYTES);
	memcpy(text + KEYED_NAME_BYTES, body.ptr, body.len);
	keyed_check(keys, slice_make(text, KEYED_NAME_BYTES + body.len), out);
}

size_t
ledger_row_pack(const struct keyed *keys,
	const uint8_t name[static KEYED_NAME_BYTES],
	const struct ledger_row *row, uint8_t out[static LEDGER_ROW_BYTES_MAX])
{
	size_t len = KEYED_CHECK_BYTES, whole;
	int64_t base = EPOCH_MS;

	bug_if(row->kind != LEDGER_ROW_PRESENT || !row->count ||
		row->count > LEDGER_PURPOSES_MAX);
	for (size_t i = 0; i < row->count; i++)
		len += put_entry(out + len, &row->entries[i], &base);
	whole = padded(len, row->count);
	memset(out + len, 0, whole - len);
	check_of(keys, name,
		slice_make(out + KEYED_CHECK_BYTES, whole - KEYED_CHECK_BYTES),
		out);
	return whole;
}

static bool
get_byte(struct slice *from, uint8_t *out)
{
	if (!from->len)
		return false;
	*out = *from->ptr++;
	from->len--;
	return true;
}

static bool
get_time(struct slice *from, int64_t base, int64_t *ms)
{
	uint64_t u = 0;
	uint8_t byte = 0x80;
	int64_t s;

	for (size_t i = 0; byte & 0x80; i++) {
		if (i == VARINT_BYTES || !get_byte(from, &byte))
			return false;
		u |= (uint64_t)(byte & 0x7f) << 7 * i;
	}
	s = (int64_t)(u >> 1) ^ -(int64_t)(u & 1);
	if (s < -FARTHEST_S || s > FARTHEST_S)
		return false;
	*ms = base + s * 1000;
	return *ms >= -FARTHEST_S * 1000 && *ms <= FARTHEST_S * 1000;
}

/* Whether a state goes with what stands beside it. */
static bool
fits(uint8_t head)
{
	switch (head & STATE_BITS) {
	case LEDGER_UNKNOWN:
	case LEDGER_MALFORMED: return !(head & ~STATE_BITS);
	case LEDGER_GIVEN: return head & HAS_AT;
	case LEDGER_PAUSED: return (head & HAS_UNTIL) && !(head & HAS_SINCE);
	case LEDGER_REFUSED:
	case LEDGER_WITHDRAWN:
	case LEDGER_EXPIRED: return !(head & (HAS_SINCE | HAS_UNTIL));
	}
	return false;
}

static bool
get_entry(struct slice *from, int64_t *base, struct ledger_entry *e)
{
	uint8_t head;

	*e = (struct ledger_entry){0};
	if (!get_byte(from, &head) || head & 0x80 || !fits(head))
		return false;
	e->state = (enum ledger_state)(head & STATE_BITS);
	e->has_at = head & HAS_AT;
	e->has_until = head & HAS_UNTIL;
	if (head & HAS_NOTICE && (!get_byte(from, &e->notice) || !e->notice))
		return false;
	if (e->has_at && !get_time(from, *base, &e->at_ms))
		return false;
	if (e->has_at)
		*base = e->at_ms;
	if (e->state == LEDGER_GIVEN)
		e->since_ms = e->at_ms;
	if (head & HAS_SINCE && !get_time(from, *base, &e->since_ms))
		return false;
	return !e->has_until || get_time(from, *base, &e->until_ms);
}

static bool
get_entries(struct slice body, size_t count, struct ledger_row *out)
{
	int64_t base = EPOCH_MS;

	for (size_t i = 0; i < count; i++)
		if (!get_entry(&body, &base, &out->entries[i]))
			return false;
	for (size_t i = 0; i < body.len; i++)
		if (body.ptr[i])
			return false;
	return true;
}

void
ledger_row_unpack(const struct keyed *keys,
	const uint8_t name[static KEYED_NAME_BYTES], struct slice bytes,
	size_t count, struct ledger_row *out)
{
	uint8_t check[KEYED_CHECK_BYTES];
	struct slice body;

	bug_if(!count || count > LEDGER_PURPOSES_MAX);
	out->kind = LEDGER_ROW_DAMAGED;
	out->count = 0;
	if (bytes.len <= KEYED_CHECK_BYTES || bytes.len > LEDGER_ROW_BYTES_MAX)
		return;
	body = slice_make(
		bytes.ptr + KEYED_CHECK_BYTES, bytes.len - KEYED_CHECK_BYTES);
	check_of(keys, name, body, check);
	if (memcmp(check, bytes.ptr, sizeof(check)) != 0 ||
		!get_entries(body, count, out))
		return;
	out->kind = LEDGER_ROW_PRESENT;
	out->count = count;
}
