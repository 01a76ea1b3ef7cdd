#include "kit.h"

#include "synth/synth.h"

/*
 * Laws over generated events: what must hold whatever an event says.
 */

#define EVENTS 2000
#define LIMIT 65536

/* The purposes that a policy has: bits of `names`. */
static const char *const names[] = {"rec", "ana", "cnt"};
#define PURPOSES 3

struct field_row {
	unsigned purposes;
	const char *text; /* %s: the purposes */
};

static const struct field_row fields[] = {
	{7, "{ do: event, as: event, for: [%s], why: w }"},
	{1, "{ do: time, to: second, as: time, for: [%s], why: w }"},
	{6, "{ do: time, to: hour, as: hour, for: [%s], why: w }"},
	{3, "{ path: $.properties.product_id, as: item, for: [%s], "
	    "on: [viewed, added], do: keep, type: string, max: 64, "
	    "pattern: \"[A-Za-z0-9_-]+\", why: w }"},
	{1, "{ path: $.properties.price, as: price, for: [%s], "
	    "on: [viewed, added], do: keep, type: number, min: 0, "
	    "max: 100000, why: w }"},
	{2, "{ path: $.properties.price, as: band, for: [%s], "
	    "on: [viewed, added], do: bucket, edges: [10, 25, 50], why: w }"},
	{3, "{ path: \"$.properties.products[*].product_id\", "
	    "as: \"items[].item\", for: [%s], on: [ordered], do: keep, "
	    "type: string, max: 64, pattern: \"[A-Za-z0-9_-]+\", why: w }"},
	{3, "{ path: \"$.properties.products[*].quantity\", "
	    "as: \"items[].quantity\", for: [%s], on: [ordered], do: keep, "
	    "type: integer, min: 1, max: 999, why: w }"},
	{2, "{ path: $.context.page.url, as: page, for: [%s], on: [viewed], "
	    "do: url, keep: [path], segments: \"[a-z-]{1,32}\", why: w }"},
	{3, "{ do: token, class: session, as: session, for: [%s], why: w }"},
};

static const char head[] =
	"version: 1\n"
	"name: laws\n"
	"revision: 1\n"
	"controller: { name: Shop, contact: a@b.example }\n"
	"quarantine: { topic: bad, payload: reference, retention: 1d }\n"
	"inputs:\n"
	"  web:\n"
	"    topics: [raw]\n"
	"    formats: [json, msgpack]\n"
	"    event_id: $.messageId\n"
	"    event_time: { path: $.timestamp, format: rfc3339, max_age: 7d }\n"
	"    events:\n"
	"      viewed: { $.event: Product Viewed }\n"
	"      added: { $.event: Product Added }\n"
	"      ordered: { $.event: Order Completed }\n"
	"identifiers:\n"
	"  user: { prefix: u, from: [$.userId], ignore: [anonymous] }\n"
	"  device: { prefix: d, from: [$.anonymousId], normalise: [lower] }\n"
	"  session: { prefix: s, from: [$.context.sessionId],\n"
	"    within: device }\n"
	"consent:\n"
	"  sources:\n"
	"    banner: { format: segment,\n"
	"      path: $.context.consent.categoryPreferences }\n"
	"    gpc: { format: gpc, path: $.context.consent.gpc }\n"
	"purposes:\n";

static const char *const purposes[] = {
	"  rec:\n"
	"    says: s\n"
	"    basis: consent\n"
	"    consent: { decides: banner, asks: { banner: Personalization } }\n"
	"    topic: out.rec\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: [user, device]\n"
	"    id: true\n",
	"  ana:\n"
	"    says: s\n"
	"    basis: consent\n"
	"    consent: { decides: banner, asks: { banner: Analytics } }\n"
	"    topic: out.ana\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: [device, user]\n",
	"  cnt:\n"
	"    says: s\n"
	"    basis: legitimate_interests\n"
	"    assessment: LIA-1\n"
	"    topic: out.cnt\n"
	"    recipients: [a]\n"
	"    retention: 90d\n"
	"    identity: none\n",
};

/* The policy of some of the purposes, as if the rest was never written. */
static void
write_policy(unsigned set, struct buf *out)
{
	buf_reset(out);
	buf_put_text(out, head);
	for (int p = 0; p < PURPOSES; p++)
		if (set >> p & 1)
			buf_put_text(out, purposes[p]);
	buf_put_text(out, "fields:\n");
	for (size_t f = 0; f < sizeof(fields) / sizeof(fields[0]); f++) {
		const char *mark = strstr(fields[f].text, "%s");
		const char *comma = "";

		if (!(fields[f].purposes & set))
			continue;
		buf_put_text(out, "  - ");
		buf_put(out, fields[f].text, (size_t)(mark - fields[f].text));
		for (int p = 0; p < PURPOSES; p++)
			if (fields[f].purposes & set & 1u << p) {
				buf_printf(out, "%s%s", comma, names[p]);
				comma = ", ";
			}
		buf_printf(out, "%s\n", mark + 2);
	}
	buf_put_byte(out, 0);
}

static void
open_kit(struct kit *k, unsigned set)
{
	struct buf text = {0};

	write_policy(set, &text);
	kit_init(k, (const char *)text.ptr);
	k->whole = true;
	buf_fini(&text);
}

/* Gives k the keys of another kit, so that tokens compare. */
static void
share_keys(struct kit *k, const struct kit *from)
{
	struct lethe_view_options options = {.size = sizeof(options),
		.policy = k->policy,
		.ring = &from->ring};

	lethe_view_free(k->view);
	ck_assert_status(lethe_view_new(&options, &k->view, &k->err), LETHE_OK);
}

static struct synth *
open_synth(enum event_format format)
{
	struct synth_options options = {.seed = 42,
		.shoppers = 300,
		.start_ms = KIT_NOW - 3600 * 1000,
		.step_ms = 100,
		.format = format};
	struct synth *s;

	ck_assert_status(synth_new(&options, &s, NULL), LETHE_OK);
	return s;
}

static char before[LIMIT];

static void
remember(const char *lines)
{
	ck_assert_uint_lt(strlen(lines), sizeof(before));
	memcpy(before, lines, strlen(lines) + 1);
}

START_TEST(both_formats_of_one_event_give_the_same_records)
{
	struct synth *json = open_synth(FORMAT_JSON);
	struct synth *msgpack = open_synth(FORMAT_MSGPACK);
	size_t sent = 0;
	struct kit k;

	open_kit(&k, 7);
	for (size_t i = 0; i < EVENTS; i++) {
		struct synth_event e;

		synth_next(json, INT64_MIN, &e);
		ck_assert_int_eq(format_sniff(e.value), FORMAT_JSON);
		remember(kit_run(&k, e.value.ptr, e.value.len));
		synth_next(msgpack, INT64_MIN, &e);
		ck_assert_int_eq(format_sniff(e.value), FORMAT_MSGPACK);
		ck_assert_str_eq(kit_run(&k, e.value.ptr, e.value.len), before);
		sent += strstr(before, "subject") != NULL;
	}
	ck_assert_uint_gt(sent, EVENTS / 4);
	kit_fini(&k);
	synth_free(json);
	synth_free(msgpack);
}
END_TEST

/* The end of a JSON string that begins at `at`. */
static size_t
string_end(struct slice s, size_t at)
{
	for (at++; s.ptr[at] != '"'; at++)
		at += s.ptr[at] == '\\';
	return at + 1;
}

/* Copies JSON and puts a member no path names first into every object. */
static void
add_leaves(struct slice s, struct buf *out)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '"') {
			size_t end = string_end(s, i);

			buf_put(out, s.ptr + i, end - i);
			i = end - 1;
			continue;
		}
		buf_put_byte(out, s.ptr[i]);
		if (s.ptr[i] == '{')
			buf_printf(out, "\"unbound\":[1e999,{\"a\":null}]%s",
				s.ptr[i + 1] == '}' ? "" : ",");
	}
}

START_TEST(a_leaf_nobody_names_changes_nothing)
{
	struct synth *s = open_synth(FORMAT_JSON);
	struct buf more = {0};
	struct kit k;

	open_kit(&k, 7);
	for (size_t i = 0; i < EVENTS; i++) {
		struct synth_event e;

		synth_next(s, INT64_MIN, &e);
		remember(kit_run(&k, e.value.ptr, e.value.len));
		buf_reset(&more);
		add_leaves(e.value, &more);
		ck_assert_uint_gt(more.len, e.value.len);
		ck_assert_str_eq(kit_run(&k, more.ptr, more.len), before);
	}
	buf_fini(&more);
	kit_fini(&k);
	synth_free(s);
}
END_TEST

static size_t turn(struct slice s, size_t at, struct buf *out);

/* Copies an object with its members in the opposite order. */
static size_t
turn_object(struct slice s, size_t at, struct buf *out)
{
	struct buf member = {0}, all = {0};

	for (at++; s.ptr[at] != '}';) {
		size_t key = at;

		at = string_end(s, at);
		buf_reset(&member);
		buf_put(&member, s.ptr + key, at - key);
		buf_put_byte(&member, ':');
		at = turn(s, at + 1, &member);
		if (all.len) {
			buf_put_byte(&member, ',');
			buf_put_slice(&member, buf_slice(&all));
		}
		buf_reset(&all);
		buf_put_slice(&all, buf_slice(&member));
		at += s.ptr[at] == ',';
	}
	buf_put_byte(out, '{');
	buf_put_slice(out, buf_slice(&all));
	buf_put_byte(out, '}');
	buf_fini(&member);
	buf_fini(&all);
	return at + 1;
}

static size_t
turn(struct slice s, size_t at, struct buf *out)
{
	size_t end = at;

	if (s.ptr[at] == '{')
		return turn_object(s, at, out);
	if (s.ptr[at] == '[') {
		buf_put_byte(out, '[');
		for (at++; s.ptr[at] != ']';) {
			at = turn(s, at, out);
			if (s.ptr[at] == ',')
				buf_put_byte(out, s.ptr[at++]);
		}
		buf_put_byte(out, ']');
		return at + 1;
	}
	if (s.ptr[at] == '"')
		end = string_end(s, at);
	else
		while (!strchr(",]}", s.ptr[end]))
			end++;
	buf_put(out, s.ptr + at, end - at);
	return end;
}

START_TEST(the_order_of_keys_is_irrelevant)
{
	struct synth *s = open_synth(FORMAT_JSON);
	struct buf turned = {0};
	struct kit k;

	open_kit(&k, 7);
	for (size_t i = 0; i < EVENTS; i++) {
		struct synth_event e;

		synth_next(s, INT64_MIN, &e);
		remember(kit_run(&k, e.value.ptr, e.value.len));
		buf_reset(&turned);
		ck_assert_uint_eq(turn(e.value, 0, &turned), e.value.len);
		ck_assert_uint_eq(turned.len, e.value.len);
		ck_assert_mem_ne(turned.ptr, e.value.ptr, turned.len);
		ck_assert_str_eq(kit_run(&k, turned.ptr, turned.len), before);
	}
	buf_fini(&turned);
	kit_fini(&k);
	synth_free(s);
}
END_TEST

/* The lines of `all` that belong to the purposes of a set. */
static void
keep_lines(const char *all, unsigned set, struct buf *out)
{
	buf_reset(out);
	while (*all) {
		size_t len = strcspn(all, "\n") + 1;

		for (int p = 0; p < PURPOSES; p++)
			if ((set >> p & 1) && !strncmp(all, names[p], 3))
				buf_put(out, all, len);
		if (*all == '-')
			buf_put(out, all, len);
		all += len;
	}
	buf_put_byte(out, 0);
}

static const unsigned sets[] = {1, 2, 3, 4, 5, 6};

START_TEST(taking_a_purpose_away_takes_exactly_its_records)
{
	struct synth *s = open_synth(FORMAT_JSON);
	struct buf expected = {0};
	struct kit all, less;
	size_t some = 0;

	open_kit(&all, 7);
	open_kit(&less, sets[_i]);
	share_keys(&less, &all);
	for (size_t i = 0; i < EVENTS; i++) {
		struct synth_event e;

		synth_next(s, INT64_MIN, &e);
		keep_lines(kit_run(&all, e.value.ptr, e.value.len), sets[_i],
			&expected);
		ck_assert_str_eq(kit_run(&less, e.value.ptr, e.value.len),
			(const char *)expected.ptr);
		some += expected.len > 1;
	}
	ck_assert_uint_gt(some, EVENTS / 2);
	buf_fini(&expected);
	kit_fini(&less);
	kit_fini(&all);
	synth_free(s);
}
END_TEST

START_TEST(one_purpose_alone_gives_what_it_gives_among_others)
{
	struct synth *s = open_synth(FORMAT_JSON);
	struct buf expected = {0};
	struct kit all, one;

	open_kit(&all, 7);
	open_kit(&one, 7);
	share_keys(&one, &all);
	for (size_t i = 0; i < EVENTS; i++) {
		struct lethe_view_options options = {.size = sizeof(options),
			.policy = one.policy,
			.ring = &all.ring,
			.purpose = names[i % PURPOSES]};
		struct synth_event e;

		lethe_view_free(one.view);
		ck_assert_status(lethe_view_new(&options, &one.view, &one.err),
			LETHE_OK);
		synth_next(s, INT64_MIN, &e);
		keep_lines(kit_run(&all, e.value.ptr, e.value.len),
			1u << i % PURPOSES, &expected);
		ck_assert_str_eq(kit_run(&one, e.value.ptr, e.value.len),
			(const char *)expected.ptr);
	}
	buf_fini(&expected);
	kit_fini(&one);
	kit_fini(&all);
	synth_free(s);
}
END_TEST

/* How many tokens a line has, and how many of them the other has as well. */
static void
count_tokens(const char *rec, const char *ana, size_t *seen, size_t *shared)
{
	size_t len = strcspn(rec, "\n");

	for (size_t i = 0; i + 27 < len; i++) {
		if (rec[i] != '_' || !kit_is_token((const uint8_t *)rec + i + 1,
					     len - i - 1))
			continue;
		++*seen;
		*shared += memmem(ana, strcspn(ana, "\n"), rec + i + 1, 26) !=
			   NULL;
	}
}

START_TEST(no_token_of_one_purpose_stands_in_another)
{
	struct synth *s = open_synth(FORMAT_JSON);
	size_t seen = 0, shared = 0;
	struct kit k;

	open_kit(&k, 3);
	k.records = true;
	for (size_t i = 0; i < EVENTS; i++) {
		struct synth_event e;
		const char *lines, *ana;

		synth_next(s, INT64_MIN, &e);
		lines = kit_run(&k, e.value.ptr, e.value.len);
		ana = strstr(lines, "\nana ");
		if (!strncmp(lines, "rec ", 4) && ana)
			count_tokens(lines, ana + 1, &seen, &shared);
	}
	ck_assert_uint_gt(seen, EVENTS);
	ck_assert_uint_eq(shared, 0);
	kit_fini(&k);
	synth_free(s);
}
END_TEST

static const enum event_format formats[] = {FORMAT_JSON, FORMAT_MSGPACK};

START_TEST(an_event_cut_short_is_poison)
{
	struct synth *s = open_synth(formats[_i]);
	struct kit k;

	open_kit(&k, 7);
	for (size_t i = 0; i < 20; i++) {
		struct synth_event e;

		synth_next(s, INT64_MIN, &e);
		for (size_t len = 0; len < e.value.len; len++) {
			/* its own memory, so that a sanitizer sees the end */
			void *copy = malloc(len + !len);

			ck_assert_ptr_nonnull(copy);
			memcpy(copy, e.value.ptr, len);
			ck_assert_int_eq(
				strncmp(kit_run(&k, copy, len), "poison ", 7),
				0);
			free(copy);
		}
	}
	kit_fini(&k);
	synth_free(s);
}
END_TEST

START_TEST(no_canary_stands_in_any_record)
{
	struct synth *s = open_synth(formats[_i]);
	struct kit k;

	open_kit(&k, 7);
	for (size_t i = 0; i < EVENTS; i++) {
		struct synth_event e;
		const char *lines;

		synth_next(s, INT64_MIN, &e);
		ck_assert_ptr_nonnull(memmem(e.value.ptr, e.value.len,
			SYNTH_CANARY, strlen(SYNTH_CANARY)));
		lines = kit_run(&k, e.value.ptr, e.value.len);
		ck_assert_ptr_null(strstr(lines, SYNTH_CANARY));
	}
	kit_fini(&k);
	synth_free(s);
}
END_TEST

SUITE("laws", TEST(both_formats_of_one_event_give_the_same_records),
	TEST(a_leaf_nobody_names_changes_nothing),
	TEST(the_order_of_keys_is_irrelevant),
	ROWS(taking_a_purpose_away_takes_exactly_its_records, sets),
	TEST(one_purpose_alone_gives_what_it_gives_among_others),
	TEST(no_token_of_one_purpose_stands_in_another),
	ROWS(an_event_cut_short_is_poison, formats),
	ROWS(no_canary_stands_in_any_record, formats))
