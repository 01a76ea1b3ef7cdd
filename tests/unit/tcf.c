#include "bit_text.h"

#include "base/file.h"

#define DAY INT64_C(86400000)
#define NOW INT64_C(1777852800000) /* 2026-05-04T00:00:00Z */
#define P(n) TCF_BIT(n)

/* Vendors as a list and as a set of bits: each id asked one by one. */
START_TEST(a_vendor_is_in_exactly_when_it_is_listed)
{
	static const struct tcf_span spans[] = {
		{1, 1}, {7, 9}, {9, 30}, {500, 500}, {65000, 65535}};
	struct bit_text b = {0};
	struct tcf t;

	put_core(&b, &(struct core){0});
	put_bits(&b, 65535, 16);
	put_bits(&b, 1, 1);
	put_bits(&b, 5, 12);
	for (size_t i = 0; i < 5; i++)
		put_range(&b, spans[i].first, spans[i].last);
	put_bits(&b, 700, 16);
	put_bits(&b, 0, 1);
	for (unsigned v = 1; v <= 700; v++)
		put_bits(&b, v % 3 == 0 || v == 700, 1);
	put_bits(&b, 0, 12);
	t = decoded(&b);
	for (unsigned v = 0; v < 66000; v++) {
		bool in = false;

		for (size_t i = 0; i < 5; i++)
			in |= v >= spans[i].first && v <= spans[i].last;
		ck_assert(tcf_vendors_have(&t.vendor_consents, v) == in);
		in = v && v <= 700 && (v % 3 == 0 || v == 700);
		ck_assert(tcf_vendors_have(&t.vendor_interests, v) == in);
	}
}
END_TEST

START_TEST(keeps_a_restriction_to_its_purpose_and_vendors)
{
	struct bit_text b = {0};
	struct tcf t;

	put_core(&b, &(struct core){0});
	put_vendors(&b, 0);
	put_vendors(&b, 0);
	put_bits(&b, 2, 12);
	put_restriction(&b, 2, TCF_NOT_ALLOWED);
	put_restriction(&b, 8, TCF_REQUIRE_CONSENT);
	t = decoded(&b);
	for (unsigned v = 0; v <= 65535; v++) {
		bool in = (v >= 10 && v <= 20) || v == 40000;

		ck_assert_uint_eq(tcf_restricted(&t, 2, v), in ? 1 : 0);
		ck_assert_uint_eq(tcf_restricted(&t, 8, v), in ? 2 : 0);
		ck_assert_uint_eq(tcf_restricted(&t, 5, v), 0);
	}
}
END_TEST

struct judged {
	struct core core;
	bool disclosed;
	int64_t now_ms, max_age_ms;
	enum finding_code found;
};

#define MARCH INT64_C(1772323200000) /* 2026-03-01T00:00:00Z */

static const struct judged judged[] = {
	{{0}, true, NOW, 0, FOUND_OK},
	{{.global = true}, true, NOW, 0, FOUND_NOT_SERVICE_SPECIFIC},
	{{.policy = 4}, true, NOW, 0, FOUND_OK},
	{{.policy = 3}, true, NOW, 0, FOUND_POLICY_TOO_OLD},
	{{.policy = 63}, true, NOW, 0, FOUND_OK},
	{{0}, false, NOW, 0, FOUND_DISCLOSED_MISSING},
	{{.created_ms = MARCH}, false, NOW, 0, FOUND_DISCLOSED_MISSING},
	{{.created_ms = MARCH - 100}, false, NOW, 0, FOUND_OK},
	{{.created_ms = MARCH - 100, .updated_ms = MARCH}, false, NOW, 0,
		FOUND_OK},
	{{.updated_ms = CORE_DAY - DAY}, true, NOW, 0, FOUND_DATES},
	{{.updated_ms = CORE_DAY + DAY}, true, NOW, 0, FOUND_OK},
	/* a later hour of today is no future */
	{{.created_ms = NOW + DAY - 100}, true, NOW, 0, FOUND_OK},
	{{.created_ms = NOW + DAY}, true, NOW, 0, FOUND_FUTURE},
	{{.updated_ms = NOW + DAY}, true, NOW, 0, FOUND_FUTURE},
	/* by days, as the answer of a policy's source ends */
	{{0}, true, CORE_DAY + 395 * DAY - 1, 395 * DAY, FOUND_OK},
	{{0}, true, CORE_DAY + 395 * DAY, 395 * DAY, FOUND_EXPIRED},
	{{.created_ms = CORE_DAY + DAY / 2}, true, CORE_DAY + 395 * DAY,
		395 * DAY, FOUND_EXPIRED},
	{{0}, true, CORE_DAY + 395 * DAY + 1, 0, FOUND_OK},
	{{.updated_ms = CORE_DAY + DAY}, true, CORE_DAY + 396 * DAY - 1,
		395 * DAY, FOUND_OK},
	{{.updated_ms = CORE_DAY + DAY}, true, CORE_DAY + 396 * DAY, 395 * DAY,
		FOUND_EXPIRED},
	{{0}, true, INT64_MAX, INT64_MAX, FOUND_OK},
	{{0}, true, INT64_MIN, 0, FOUND_FUTURE},
};

START_TEST(judges_apart_from_decoding)
{
	const struct judged *j = &judged[_i];
	struct bit_text b = {0};
	struct tcf t;

	put_core(&b, &j->core);
	put_vendors(&b, 0);
	put_vendors(&b, 0);
	put_bits(&b, 0, 12);
	if (j->disclosed)
		put_disclosed(&b, P(1));
	t = decoded(&b);
	ck_assert_str_eq(
		finding_name(tcf_usable(&t, j->now_ms, j->max_age_ms).code),
		finding_name(j->found));
}
END_TEST

/* From a copy without a byte to spare; what it gives is sound or nothing. */
static enum finding_code
decode_copy(const char *text, size_t len)
{
	static const struct tcf nothing;
	char *copy = malloc(len ? len : 1);
	struct tcf t;
	struct finding f;

	memcpy(copy, text, len);
	f = tcf_decode(slice_make(copy, len), SIZE_MAX, &t);
	if (f.code == FOUND_OK) {
		ck_assert_uint_eq(t.version, 2);
		for (unsigned v = 1; v <= 65; v++)
			(void)tcf_answer(&t, &(struct tcf_ask){.purposes = P(5),
						     .vendor = v});
	} else {
		ck_assert_int_eq(finding_class(f.code), FINDING_MALFORMED);
		ck_assert_int_eq(t.created_ms, nothing.created_ms);
		ck_assert_uint_eq(t.consents | t.publisher_consents, 0);
		ck_assert(!t.has_disclosed && !t.has_publisher);
	}
	free(copy);
	return f.code;
}

typedef void each_fn(const char *text, size_t len);

/* Each string of the vectors; how many there were. */
static unsigned
each_vector(each_fn *fn)
{
	static const char mark[] = "\"tc\": \"";
	struct buf file;
	unsigned count = 0;
	char *at, *end;

	buf_init(&file, 0);
	ck_assert_status(
		file_read("tests/vectors/tcf.json", 1 << 20, &file, NULL),
		LETHE_OK);
	buf_put_byte(&file, 0);
	at = (char *)file.ptr;
	while ((at = strstr(at, mark)) != NULL) {
		at += sizeof(mark) - 1;
		end = strchr(at, '"');
		fn(at, (size_t)(end - at));
		at = end;
		count++;
	}
	buf_fini(&file);
	return count;
}

/* Cut within a segment, a field is missing; at a dot, a segment. */
static void
truncate_everywhere(const char *text, size_t len)
{
	size_t core = strcspn(text, ".\"");
	bool whole = decode_copy(text, len) == FOUND_OK;

	for (size_t n = 0; n < len; n++) {
		enum finding_code code = decode_copy(text, n);

		if (n == 0)
			ck_assert_int_eq(code, FOUND_EMPTY);
		else if (whole && n < 36)
			ck_assert_int_eq(code, FOUND_TRUNCATED);
		else if (n > core && text[n - 1] == '.')
			ck_assert_int_ne(code, FOUND_OK);
	}
}

START_TEST(survives_every_truncation)
{
	ck_assert_uint_eq(each_vector(truncate_everywhere), 33);
}
END_TEST

static void
replace_everywhere(const char *text, size_t len)
{
	char copy[512];

	ck_assert_uint_lt(len, sizeof(copy));
	memcpy(copy, text, len);
	for (size_t i = 0; i < len; i++) {
		for (int c = 0; c < 256; c++) {
			bool known = (c >= '0' && c <= '9') ||
				     (c >= 'a' && c <= 'z') ||
				     (c >= 'A' && c <= 'Z') ||
				     (c && strchr("-_.=", c));
			enum finding_code code;

			copy[i] = (char)c;
			code = decode_copy(copy, len);
			if (!known)
				ck_assert_int_ne(code, FOUND_OK);
		}
		copy[i] = text[i];
	}
}

START_TEST(survives_every_byte_replaced)
{
	ck_assert_uint_eq(each_vector(replace_everywhere), 33);
}
END_TEST

/* Bits, not characters: the last field of each set lacks one bit. */
START_TEST(a_field_that_lacks_one_bit_is_missing)
{
	struct bit_text b = {0};
	struct bitstring bits;
	bool padded = false;

	put_bits(&b, 0x155, 12);
	ck_assert(bitstring_open(bit_slice(&b), &bits, &padded));
	for (unsigned skip = 0; skip <= 12; skip++) {
		for (unsigned take = 0; take <= 14; take++) {
			struct bitstring left = bits;
			uint64_t value;

			bitstring_skip(&left, skip);
			value = bitstring_take(&left, take);
			ck_assert(left.ended == (skip + take > 12));
			if (left.ended)
				ck_assert_uint_eq(value, 0);
			else
				ck_assert_uint_eq(
					value, 0x155U >> (12 - skip - take) &
						       ((1U << take) - 1));
		}
	}
	ck_assert(!padded);
}
END_TEST

START_TEST(runs_of_vendors_are_the_vendors)
{
	static const struct tcf_span runs[] = {
		{1, 1}, {3, 5}, {7, 7}, {64, 64}};
	struct bit_text b = {0};
	struct tcf_vendors left;
	struct tcf_span span;
	struct tcf t;

	put_core(&b, &(struct core){0});
	put_vendors(&b, P(1) | P(3) | P(4) | P(5) | P(7) | P(64));
	put_vendors(&b, 0);
	put_bits(&b, 0, 12);
	t = decoded(&b);
	left = t.vendor_consents;
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		ck_assert(tcf_vendors_next(&left, &span));
		ck_assert_uint_eq(span.first, runs[i].first);
		ck_assert_uint_eq(span.last, runs[i].last);
	}
	ck_assert(!tcf_vendors_next(&left, &span));
	left = t.vendor_interests;
	ck_assert(!tcf_vendors_next(&left, &span));
}
END_TEST

/* One range in each of the three places, and one restriction. */
struct malformed {
	unsigned letter; /* of the language; 'E' - 'A' is sound */
	unsigned max, first, last;
	unsigned purpose, type, from, to;
	enum finding_code found;
	const char *place;
};

static const struct malformed malformed[] = {
	{25, 50, 1, 50, 1, 0, 1, 65535, FOUND_OK, NULL},
	{0, 50, 50, 50, 24, 2, 7, 7, FOUND_OK, NULL},
	{26, 50, 1, 50, 1, 0, 1, 1, FOUND_LETTER, "core"},
	{63, 50, 1, 50, 1, 0, 1, 1, FOUND_LETTER, "core"},
	{4, 50, 0, 50, 1, 0, 1, 1, FOUND_BAD_RANGE, "vendorConsents"},
	{4, 50, 0, 0, 1, 0, 1, 1, FOUND_BAD_RANGE, "vendorConsents"},
	{4, 50, 1, 51, 1, 0, 1, 1, FOUND_BAD_RANGE, "vendorConsents"},
	{4, 50, 9, 8, 1, 0, 1, 1, FOUND_BAD_RANGE, "vendorConsents"},
	{4, 50, 1, 50, 0, 0, 1, 1, FOUND_RESTRICTION_PURPOSE,
		"publisherRestrictions"},
	{4, 50, 1, 50, 25, 0, 1, 1, FOUND_RESTRICTION_PURPOSE,
		"publisherRestrictions"},
	{4, 50, 1, 50, 1, 3, 1, 1, FOUND_RESTRICTION_TYPE,
		"publisherRestrictions"},
	{4, 50, 1, 50, 1, 1, 0, 9, FOUND_BAD_RANGE, "publisherRestrictions"},
	{4, 50, 1, 50, 1, 1, 9, 8, FOUND_BAD_RANGE, "publisherRestrictions"},
};

START_TEST(names_the_rule_that_is_broken_and_the_place)
{
	const struct malformed *m = &malformed[_i];
	struct bit_text b = {0};
	struct finding f;
	struct tcf t;

	put_core(&b, &(struct core){.language = m->letter + 1});
	put_bits(&b, m->max, 16);
	put_bits(&b, 1, 1);
	put_bits(&b, 1, 12);
	put_range(&b, m->first, m->last);
	put_vendors(&b, 0);
	put_bits(&b, 1, 12);
	put_bits(&b, m->purpose, 6);
	put_bits(&b, m->type, 2);
	put_bits(&b, 1, 12);
	put_range(&b, m->from, m->to);
	f = tcf_decode(bit_slice(&b), SIZE_MAX, &t);
	ck_assert_str_eq(finding_name(f.code), finding_name(m->found));
	ck_assert_str_eq(f.place ? f.place : "", m->place ? m->place : "");
}
END_TEST

static const char *const segments[] = {"IAAA.QAAA.YAAAAAAAAAA", "IAAA",
	"IAAA.IAAA", "QAAA.QAAA", "YAAAAAAAAAA.YAAAAAAAAAA", "AAAA", "gAAA",
	"_AAA", "", "IAA", "YAAA"};

/* What stands behind a core: which it may be, once each, and whole. */
START_TEST(takes_each_segment_once)
{
	static const enum finding_code wanted[] = {FOUND_OK, FOUND_OK,
		FOUND_DUPLICATE_SEGMENT, FOUND_DUPLICATE_SEGMENT,
		FOUND_DUPLICATE_SEGMENT, FOUND_UNKNOWN_SEGMENT,
		FOUND_UNKNOWN_SEGMENT, FOUND_UNKNOWN_SEGMENT,
		FOUND_EMPTY_SEGMENT, FOUND_TRUNCATED, FOUND_TRUNCATED};
	struct bit_text b = {0};
	struct finding f;
	struct tcf t;

	put_core(&b, &(struct core){0});
	put_vendors(&b, 0);
	put_vendors(&b, 0);
	put_bits(&b, 0, 12);
	put_mark(&b, '.');
	put_string(&b, segments[_i]);
	f = tcf_decode(bit_slice(&b), SIZE_MAX, &t);
	ck_assert_str_eq(finding_name(f.code), finding_name(wanted[_i]));
}
END_TEST

START_TEST(tells_what_it_tolerates)
{
	struct bit_text b = {0};
	uint64_t li = UINT64_C(1) << FOUND_IGNORE_LI;

	for (unsigned p = 1; p <= 24; p++) {
		b = (struct bit_text){0};
		put_core(&b, &(struct core){.interests = P(p)});
		put_vendors(&b, 0);
		put_vendors(&b, 0);
		put_bits(&b, 0, 12);
		ck_assert_uint_eq(
			decoded(&b).tolerated, p >= 3 && p <= 6 ? li : 0);
	}
	put_bits(&b, 1, 1);
	ck_assert_uint_eq(
		decoded(&b).tolerated, UINT64_C(1) << FOUND_TRAILING_BITS);
	put_string(&b, "=");
	ck_assert_uint_eq(decoded(&b).tolerated,
		UINT64_C(1) << FOUND_TRAILING_BITS | UINT64_C(1)
							     << FOUND_PADDING);
}
END_TEST

SUITE("tcf", TEST(a_vendor_is_in_exactly_when_it_is_listed),
	TEST(keeps_a_restriction_to_its_purpose_and_vendors),
	TEST(runs_of_vendors_are_the_vendors),
	ROWS(names_the_rule_that_is_broken_and_the_place, malformed),
	ROWS(takes_each_segment_once, segments), TEST(tells_what_it_tolerates),
	ROWS(judges_apart_from_decoding, judged),
	TEST(survives_every_truncation), TEST(survives_every_byte_replaced),
	TEST(a_field_that_lacks_one_bit_is_missing))
