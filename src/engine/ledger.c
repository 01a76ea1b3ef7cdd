#include "engine/ledger.h"

#include "base/error.h"
#include "consent/ledger/table.h"
#include "crypto/secret.h"
#include "event/reader.h"
#include "policy/ledger_key.h"

#include <stdlib.h>

/* A line: its own object, and in it a record. */
static const struct limits line_limits = {
	.bytes = LEDGER_RECORD_BYTES_MAX + 16384,
	.depth = 5,
	.members = 512,
	.string = 8192};

#define SLOT_KEY 0

struct lethe_ledger {
	struct lethe_policy *policy; /* a reference */
	struct ledger_table *table;
	struct lethe_ledger_counts counts;
};

/* What reads a file; gone behind it. */
struct lines {
	struct lethe_ledger *ledger;
	struct ledger_decoder *decoder;
	struct reader *reader;
	struct trie *trie;
	struct arena arena;
	struct ledger_row row;
	size_t number; /* of the line, from 1 */
};

/* What a line has at its top. */
struct top {
	bool value, null, other;
};

static void
see_leaf(void *ctx, const struct leaf_step *steps, size_t depth,
	const struct value *v, const uint32_t *slots, size_t slot_count)
{
	struct top *top = ctx;

	(void)slots;
	(void)slot_count;
	if (!depth)
		return;
	if (slice_is(steps[0].key, "value")) {
		top->value = true;
		top->null |= depth == 1 && v->kind == VALUE_NULL;
	} else if (!slice_is(steps[0].key, "key")) {
		top->other = true;
	}
}

/* Behind the string that begins at `i`, in a text that is known to be JSON. */
static size_t
behind_string(struct slice s, size_t i)
{
	for (i++; i < s.len && s.ptr[i] != '"'; i++)
		i += s.ptr[i] == '\\';
	return i + 1;
}

/* Where the comma or the bracket stands that ends the value at `i`. */
static size_t
behind_value(struct slice s, size_t i)
{
	size_t depth = 0;

	while (i < s.len) {
		uint8_t c = s.ptr[i];

		if (c == '"') {
			i = behind_string(s, i);
			continue;
		}
		if (!depth && (c == ',' || c == '}' || c == ']'))
			break;
		depth += c == '{' || c == '[';
		depth -= c == '}' || c == ']';
		i++;
	}
	return i < s.len ? i : s.len;
}

static size_t
find_byte(struct slice s, size_t i, uint8_t c)
{
	while (i < s.len && s.ptr[i] != c)
		i++;
	return i;
}

static struct slice
trim(struct slice s)
{
	while (s.len && s.ptr[0] <= ' ')
		s = slice_make(s.ptr + 1, s.len - 1);
	while (s.len && s.ptr[s.len - 1] <= ' ')
		s.len--;
	return s;
}

/* The bytes of the member `value` of a line that was read. */
static struct slice
value_of(struct slice line)
{
	size_t i = find_byte(line, 0, '"');

	while (i < line.len) {
		size_t key = i, end = behind_string(line, i);
		size_t from = find_byte(line, end, ':') + 1;

		i = behind_value(line, from);
		if (from <= i && slice_is(slice_make(line.ptr + key, end - key),
					 "\"value\""))
			return trim(slice_make(line.ptr + from, i - from));
		i = find_byte(line, i, '"');
	}
	return (struct slice){0};
}

static bool
is_heartbeat(struct slice key)
{
	return slice_is(key, LEDGER_CLASS ":heartbeat");
}

static void
count_first(size_t *count, size_t *first, size_t line)
{
	if (!(*count)++)
		*first = line;
}

static enum lethe_status
put_record(struct lines *l, struct slice key, struct slice value,
	struct lethe_error *err)
{
	struct lethe_ledger_counts *n = &l->ledger->counts;
	enum lethe_status status;

	n->records++;
	if (is_heartbeat(key))
		return LETHE_OK;
	if (!policy_ledger_asks(l->ledger->policy, key, &l->arena)) {
		count_first(&n->strangers, &n->first_stranger, l->number);
		return LETHE_OK;
	}
	status = ledger_decode_of(l->decoder, key, value, &l->row, err);
	if (lethe_status_class(status) == LETHE_CLASS_POISON) {
		count_first(&n->malformed, &n->first_malformed, l->number);
		ledger_row_malformed(l->ledger->policy->purpose_count, &l->row);
	} else if (status) {
		return status;
	}
	return ledger_table_put(l->ledger->table, key, &l->row, err);
}

/*   why   or NULL: it is one of JSON */
static enum lethe_status
refuse(const struct lines *l, size_t offset, const char *why,
	struct lethe_error *err)
{
	return fail(err, LETHE_EUSAGE, offset,
		"line %zu is no "
		"{\"key\":\"class:identifier\",\"value\":…}%s%.60s",
		l->number, why ? ": " : "", why ? why : "");
}

static enum lethe_status
read_line(struct lines *l, struct slice line, struct lethe_error *err)
{
	struct top top = {0};
	const struct leaf_visitor visitor = {.ctx = &top, .leaf = see_leaf};
	struct lethe_error why = {0};
	struct reading reading;
	const struct value *key;
	struct slice value = {0};
	enum lethe_status status = reader_read(l->reader, l->trie, &line_limits,
		FORMAT_JSON, line, &visitor, &reading, &why);

	if (lethe_status_class(status) == LETHE_CLASS_POISON)
		return refuse(l, why.offset, lethe_status_text(status), err);
	if (status)
		return fail_with(err, &why);
	key = reading_get(&reading, SLOT_KEY);
	if (key->kind != VALUE_STRING || !top.value || top.other)
		return refuse(l, 0, NULL, err);
	if (!top.null) {
		value = value_of(line);
		if (!value.len)
			return refuse(
				l, 0, "`value` is written with escapes", err);
	}
	/* The decoder has a reader of its own: the key stays. */
	return put_record(l, key->text, value, err);
}

static enum lethe_status
read_lines(struct lines *l, struct slice text, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;

	for (size_t at = 0; at < text.len && !status;) {
		size_t end = find_byte(text, at, '\n');
		struct slice line = trim(slice_make(text.ptr + at, end - at));

		l->number++;
		if (line.len)
			status = read_line(l, line, err);
		at = end + 1;
	}
	return status;
}

static enum lethe_status
start_lines(struct lines *l, struct lethe_error *err)
{
	struct path_step step = {.kind = STEP_KEY, .key = slice_of("key")};
	const struct path path = {.root = PATH_VALUE,
		.steps = &step,
		.count = 1,
		.each = SIZE_MAX};
	uint64_t seeds[2];
	enum lethe_status status;

	arena_init(&l->arena, 0);
	random_bytes(seeds, sizeof(seeds));
	status = ledger_decoder_new(
		&l->ledger->policy->ledger.layout, seeds[0], &l->decoder, err);
	if (!status)
		status = reader_new(seeds[1], &l->reader, err);
	if (!status)
		status = trie_new(&l->trie, err);
	if (!status)
		status = trie_add(l->trie, &path, SLOT_KEY, err);
	if (!status)
		status = trie_seal(l->trie, 1, err);
	return status;
}

static void
end_lines(struct lines *l)
{
	ledger_decoder_free(l->decoder);
	reader_free(l->reader);
	trie_free(l->trie);
	arena_fini(&l->arena);
}

enum lethe_status
lethe_ledger_read(struct lethe_policy *policy, const void *text, size_t len,
	struct lethe_ledger **out, struct lethe_error *err)
{
	struct lethe_ledger *ledger;
	struct lines lines = {0};
	enum lethe_status status;

	*out = NULL;
	if (!policy->ledger.is)
		return fail(err, LETHE_EUSAGE, 0,
			"the policy has no source of the format `ledger`");
	ledger = calloc(1, sizeof(*ledger));
	if (!ledger)
		return fail(err, LETHE_ENOMEM, 0, "a ledger");
	ledger->policy = lethe_policy_ref(policy);
	lines.ledger = ledger;
	status = ledger_table_new(policy->purpose_count, &ledger->table, err);
	if (!status)
		status = start_lines(&lines, err);
	if (!status)
		status = read_lines(&lines, slice_make(text, len), err);
	end_lines(&lines);
	if (status) {
		lethe_ledger_free(ledger);
		return status;
	}
	*out = ledger;
	return LETHE_OK;
}

void
lethe_ledger_free(struct lethe_ledger *ledger)
{
	if (!ledger)
		return;
	ledger_table_free(ledger->table);
	lethe_policy_drop(ledger->policy);
	free(ledger);
}

void
lethe_ledger_count(
	const struct lethe_ledger *ledger, struct lethe_ledger_counts *out)
{
	*out = ledger->counts;
}

const struct book *
ledger_book(const struct lethe_ledger *ledger, const struct lethe_policy *of)
{
	return ledger->policy == of ? ledger_table_book(ledger->table) : NULL;
}
