#include "suite.h"

#include "event/writer.h"
#include "transform/number.h"
#include "transform/transform.h"

static struct arena arena;
static struct transform_scratch scratch;
static struct pattern *letters, *any;

/* Once for all tests, which share what a worker would. */
__attribute__((constructor)) static void
setup(void)
{
	arena_init(&arena, 0);
	scratch.a = &arena;
	if (pattern_scratch_new(&scratch.patterns, NULL) ||
		pattern_new(slice_of("[a-z-]{1,32}"), &letters, NULL) ||
		pattern_new(slice_of("(?s).*"), &any, NULL))
		abort();
}

__attribute__((destructor)) static void
teardown(void)
{
	pattern_free(any);
	pattern_free(letters);
	pattern_scratch_free(scratch.patterns);
	arena_fini(&arena);
}

#define TEXT(s) \
	{ \
		.kind = VALUE_STRING, .text = { \
			(const uint8_t *)(s), \
			sizeof(s) - 1 \
		} \
	}
#define INT(n) \
	{ \
		.kind = VALUE_INT, .magnitude = (n) \
	}
#define MINUS(n) \
	{ \
		.kind = VALUE_INT, .negative = true, .magnitude = (n) \
	}
#define NUMBER(n) \
	{ \
		.kind = VALUE_NUMBER, .number = (n) \
	}
#define BOOL(b) \
	{ \
		.kind = VALUE_BOOL, .boolean = (b) \
	}
#define NULL_VALUE \
	{ \
		.kind = VALUE_NULL \
	}
#define ABSENT \
	{ \
		.kind = VALUE_ABSENT \
	}
#define HUGE_VALUE \
	{ \
		.kind = VALUE_HUGE \
	}
#define ARRAY(n) \
	{ \
		.kind = VALUE_ARRAY, .count = (n) \
	}
#define OBJECT(n) \
	{ \
		.kind = VALUE_OBJECT, .count = (n) \
	}
#define OTHER \
	{ \
		.kind = VALUE_OTHER \
	}

/* What comes out as JSON; NULL: nothing. */
static void
check(const struct transform *t, const struct value *in, const char *json)
{
	struct value out = INT(7);
	struct writer w;
	struct buf text;
	bool is = transform_apply(t, in, &scratch, &out);

	buf_init(&text, 0);
	writer_init(&w, FORMAT_JSON, &text);
	if (is) {
		write_value(&w, &out);
		buf_put_byte(&text, '\0');
	} else {
		ck_assert_int_eq(out.kind, VALUE_ABSENT);
	}
	ck_assert_pstr_eq(is ? (const char *)text.ptr : NULL, json);
	buf_fini(&text);
}

/* Every kind that a transform has no use for. */
static void
check_misfits(const struct transform *t, uint32_t taken)
{
	static const struct value values[] = {ABSENT, NULL_VALUE, BOOL(true),
		INT(5), NUMBER(5.5), HUGE_VALUE, TEXT("text"), ARRAY(1),
		OBJECT(1), OTHER};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (!(taken >> values[i].kind & 1))
			check(t, &values[i], NULL);
}

#define KIND(k) (UINT32_C(1) << VALUE_##k)

static const struct {
	struct value in;
	const char *out;
} strings[] = {
	{TEXT("abc"), "\"abc\""},
	{TEXT("abcdefgh"), "\"abcdefgh\""},
	{TEXT("abcdefghi"), NULL},
	{TEXT(""), NULL},
	{TEXT("ABC"), NULL},
	{TEXT("abc "), NULL},
	{TEXT("abc\n"), NULL},
	{TEXT("abc\0"), NULL},
};

START_TEST(keeps_strings_within_bounds)
{
	struct transform t = {.kind = TRANSFORM_KEEP,
		.keep = {.type = KEEP_STRING,
			.max_bytes = 8,
			.pattern = letters}};

	check(&t, &strings[_i].in, strings[_i].out);
	check_misfits(&t, KIND(STRING));
}
END_TEST

static const struct {
	struct value in;
	const char *out;
} loose[] = {
	{TEXT(""), "\"\""},
	{TEXT("\xc3\xa9\xc3\xa9"), "\"\xc3\xa9\xc3\xa9\""},
	{TEXT("\xc3\xa9\xc3\xa9"
	      "a"),
		NULL}, /* max counts bytes */
	{TEXT("a\0b"), NULL},
	{TEXT("a\x1b"), NULL},
	{TEXT("\xe2\x80\xae"), NULL},
};

START_TEST(keeps_no_controls_whatever_the_pattern)
{
	struct transform t = {.kind = TRANSFORM_KEEP,
		.keep = {.type = KEEP_STRING, .max_bytes = 4, .pattern = any}};

	check(&t, &loose[_i].in, loose[_i].out);
}
END_TEST

static const struct {
	enum keep_type type;
	struct value min, max, in;
	const char *out;
} bounds[] = {
	{KEEP_INTEGER, INT(1), INT(999), INT(1), "1"},
	{KEEP_INTEGER, INT(1), INT(999), INT(999), "999"},
	{KEEP_INTEGER, INT(1), INT(999), INT(0), NULL},
	{KEEP_INTEGER, INT(1), INT(999), INT(1000), NULL},
	{KEEP_INTEGER, INT(1), INT(999), MINUS(5), NULL},
	{KEEP_INTEGER, INT(1), INT(999), NUMBER(5.0), NULL},
	{KEEP_INTEGER, INT(1), INT(999), TEXT("5"), NULL},
	{KEEP_INTEGER, MINUS(UINT64_C(1) << 63), INT(UINT64_MAX),
		INT(UINT64_MAX), "18446744073709551615"},
	{KEEP_INTEGER, MINUS(UINT64_C(1) << 63), INT(UINT64_MAX),
		MINUS(UINT64_C(1) << 63), "-9223372036854775808"},
	{KEEP_INTEGER, NUMBER(0.5), NUMBER(1e300), INT(1), "1"},
	{KEEP_INTEGER, NUMBER(0.5), NUMBER(1e300), INT(0), NULL},
	/* 2^53 + 1 is no double: a comparison of doubles would let it by. */
	{KEEP_INTEGER, INT(0), NUMBER(9007199254740992.0),
		INT(9007199254740993), NULL},
	{KEEP_INTEGER, INT(0), NUMBER(9007199254740992.0),
		INT(9007199254740992), "9007199254740992"},
	{KEEP_NUMBER, INT(0), INT(100000), NUMBER(18.99), "18.99"},
	{KEEP_NUMBER, INT(0), INT(100000), INT(18), "18"},
	{KEEP_NUMBER, INT(0), INT(100000), NUMBER(-0.0), "0"},
	{KEEP_NUMBER, INT(0), INT(100000), NUMBER(100000.5), NULL},
	{KEEP_NUMBER, INT(0), INT(100000), NUMBER(-5e-324), NULL},
	{KEEP_NUMBER, INT(0), INT(100000), HUGE_VALUE, NULL},
	{KEEP_NUMBER, INT(0), INT(9007199254740991), NUMBER(9007199254740992.0),
		NULL},
};

START_TEST(keeps_numbers_within_exact_bounds)
{
	struct transform t = {.kind = TRANSFORM_KEEP,
		.keep = {.type = bounds[_i].type,
			.min = bounds[_i].min,
			.max = bounds[_i].max}};

	check(&t, &bounds[_i].in, bounds[_i].out);
	check_misfits(&t, KIND(INT) | KIND(NUMBER));
}
END_TEST

START_TEST(keeps_booleans)
{
	struct transform t = {
		.kind = TRANSFORM_KEEP, .keep = {.type = KEEP_BOOLEAN}};
	struct value yes = BOOL(true), no = BOOL(false), text = TEXT("true");

	check(&t, &yes, "true");
	check(&t, &no, "false");
	check(&t, &text, NULL);
	check_misfits(&t, KIND(BOOL));
}
END_TEST

static const struct {
	struct value in;
	const char *out;
} listed[] = {
	{TEXT("iOS"), "\"iOS\""},
	{TEXT("ios"), NULL},
	{TEXT("iOS "), NULL},
	{INT(1), "1"},
	{MINUS(1), NULL},
	{TEXT("1"), NULL},
	{NUMBER(1.0), NULL},
	{NUMBER(2.5), "2.5"},
	{BOOL(true), "true"},
	{BOOL(false), NULL},
	{TEXT("true"), NULL},
};

START_TEST(takes_one_of_a_list_type_included)
{
	static const struct value values[] = {
		TEXT("iOS"), INT(1), NUMBER(2.5), BOOL(true)};
	struct transform t = {.kind = TRANSFORM_ONE_OF,
		.one_of = {.values = values, .count = 4}};

	check(&t, &listed[_i].in, listed[_i].out);
	check_misfits(&t, KIND(BOOL));
}
END_TEST

static const struct {
	enum time_form form;
	enum time_grain grain;
	struct value in;
	const char *out;
} times[] = {
	{TIME_RFC3339, GRAIN_HOUR, TEXT("2026-05-04T10:15:07.249Z"),
		"\"2026-05-04T10:00:00Z\""},
	{TIME_RFC3339, GRAIN_SECOND, TEXT("2026-05-04T12:15:07.249+02:00"),
		"\"2026-05-04T10:15:07Z\""},
	{TIME_RFC3339, GRAIN_DAY, TEXT("1969-12-31T23:59:59.9Z"),
		"\"1969-12-31T00:00:00Z\""},
	{TIME_RFC3339, GRAIN_DAY, TEXT("1777889707"), NULL},
	{TIME_RFC3339, GRAIN_DAY, INT(1777889707), NULL},
	{TIME_UNIX_S, GRAIN_MINUTE, INT(1777889707),
		"\"2026-05-04T10:15:00Z\""},
	{TIME_UNIX_S, GRAIN_MINUTE, TEXT("1777889707"),
		"\"2026-05-04T10:15:00Z\""},
	{TIME_UNIX_S, GRAIN_MINUTE, NUMBER(1777889707.5),
		"\"2026-05-04T10:15:00Z\""},
	{TIME_UNIX_S, GRAIN_MINUTE, NUMBER(1e300), NULL},
	{TIME_RFC3339, GRAIN_MINUTE, NUMBER(1777889707.5), NULL},
	{TIME_UNIX_S, GRAIN_MINUTE, TEXT("1777889707.5"), NULL},
	{TIME_UNIX_S, GRAIN_MINUTE, TEXT("2026-05-04T10:15:07Z"), NULL},
	{TIME_UNIX_MS, GRAIN_SECOND, INT(1777889707249),
		"\"2026-05-04T10:15:07Z\""},
	{TIME_UNIX_US, GRAIN_SECOND, TEXT("1777889707249999"),
		"\"2026-05-04T10:15:07Z\""},
	{TIME_UNIX_MS, GRAIN_SECOND, MINUS(1), "\"1969-12-31T23:59:59Z\""},
	{TIME_UNIX_MS, GRAIN_SECOND, INT(UINT64_MAX), NULL},
	{TIME_UNIX_S, GRAIN_SECOND, INT(INT64_MAX), NULL},
};

START_TEST(floors_times)
{
	struct transform t = {.kind = TRANSFORM_TIME,
		.time = {.form = times[_i].form, .grain = times[_i].grain}};

	check(&t, &times[_i].in, times[_i].out);
	check_misfits(&t, KIND(INT) | KIND(NUMBER));
}
END_TEST

static const struct {
	struct value in;
	const char *out;
} buckets[] = {
	{NUMBER(9.99), "\"<10\""},
	{MINUS(9), "\"<10\""},
	{NUMBER(-1e308), "\"<10\""},
	{INT(10), "\"10-25.5\""},
	{NUMBER(10.0), "\"10-25.5\""},
	{INT(25), "\"10-25.5\""},
	{NUMBER(25.5), "\"25.5-100\""},
	{NUMBER(99.99), "\"25.5-100\""},
	{INT(100), "\">=100\""},
	{INT(UINT64_MAX), "\">=100\""},
	{NUMBER(1e308), "\">=100\""},
	{TEXT("10"), NULL},
};

START_TEST(names_the_bucket)
{
	static const double edges[] = {10, 25.5, 100};
	struct transform t = {.kind = TRANSFORM_BUCKET,
		.bucket = {.edges = edges, .count = 3}};

	check(&t, &buckets[_i].in, buckets[_i].out);
	check_misfits(&t, KIND(INT) | KIND(NUMBER));
}
END_TEST

static const struct {
	double to;
	struct value in;
	const char *out;
	enum value_kind kind;
} rounds[] = {
	{0.1, NUMBER(18.94), "18.9", VALUE_NUMBER},
	{0.1, NUMBER(18.95), "19", VALUE_NUMBER},
	{0.1, NUMBER(-18.95), "-19", VALUE_NUMBER},
	{0.1, NUMBER(0.3), "0.3", VALUE_NUMBER},
	{0.01, NUMBER(1.005), "1.01", VALUE_NUMBER},
	{0.05, NUMBER(18.99), "19", VALUE_NUMBER},
	{0.05, NUMBER(18.96), "18.95", VALUE_NUMBER},
	{0.5, INT(19), "19", VALUE_NUMBER},
	{0.25, NUMBER(0.124), "0", VALUE_NUMBER},
	{0.25, NUMBER(-0.124), "0", VALUE_NUMBER},
	{0.25, NUMBER(-0.125), "-0.25", VALUE_NUMBER},
	{1e-9, NUMBER(1.23456789012), "1.23456789", VALUE_NUMBER},
	{1, NUMBER(0.5), "1", VALUE_INT},
	{1, NUMBER(-0.5), "-1", VALUE_INT},
	{1, NUMBER(-0.4), "0", VALUE_INT},
	{1, NUMBER(5e-324), "0", VALUE_INT},
	{5, INT(12), "10", VALUE_INT},
	{5, INT(13), "15", VALUE_INT},
	{5, NUMBER(12.5), "15", VALUE_INT},
	{5, MINUS(12), "-10", VALUE_INT},
	{10, INT(5), "10", VALUE_INT},
	{10, MINUS(5), "-10", VALUE_INT},
	{100, INT(149), "100", VALUE_INT},
	{1000, INT(1499), "1000", VALUE_INT},
	{1e300, INT(7), "0", VALUE_INT},
	{10, INT(9007199254740993), "9007199254740990", VALUE_INT},
	{1, INT(UINT64_MAX), "18446744073709551615", VALUE_INT},
	{10, INT(UINT64_MAX), "18446744073709552000", VALUE_NUMBER},
	{1, MINUS(UINT64_C(1) << 63), "-9223372036854775808", VALUE_INT},
	{1e21, NUMBER(1.5e21), "2e+21", VALUE_NUMBER},
	{1e300, NUMBER(2.6e300), "3e+300", VALUE_NUMBER},
	{0.01, NUMBER(1e300), NULL, VALUE_ABSENT},
	{1.7e308, NUMBER(1.79e308), "1.7e+308", VALUE_NUMBER},
	{1, TEXT("5"), NULL, VALUE_ABSENT},
};

START_TEST(rounds_as_people_write_numbers)
{
	struct transform t = {
		.kind = TRANSFORM_ROUND, .round = {.to = rounds[_i].to}};
	struct value out;

	check(&t, &rounds[_i].in, rounds[_i].out);
	ck_assert_int_eq(transform_apply(&t, &rounds[_i].in, &scratch, &out),
		rounds[_i].kind != VALUE_ABSENT);
	ck_assert_int_eq(out.kind, rounds[_i].kind);
	check_misfits(&t, KIND(INT) | KIND(NUMBER));
}
END_TEST

static const struct {
	bool path;
	struct value in;
	const char *out;
} urls[] = {
	{true,
		TEXT("https://shop.example/games?utm_source=mail&email=jane%40"
		     "example.com&token=abc#x"),
		"\"/games?utm_source=mail\""},
	{true, TEXT("https://jane:pw@shop.example/a/b"), "\"/a/b\""},
	{true, TEXT("/a/"), "\"/a/\""},
	{true, TEXT("/"), "\"/\""},
	{true, TEXT("https://shop.example"), "\"/\""},
	{true, TEXT("https://shop.example?utm_source=mail"),
		"\"/?utm_source=mail\""},
	{true, TEXT("//jane.example/games"), "\"/games\""},
	{true, TEXT("/users/12345/cart"), "\"/users/*/cart\""},
	{true, TEXT("/users/jane%40example.com"), "\"/users/*\""},
	{true, TEXT("/g%61mes"), "\"/games\""},
	{true, TEXT("/g%2561mes"), "\"/*\""},
	{true, TEXT("/g%zzmes"), "\"/*\""},
	{true, TEXT("/%ff"), "\"/*\""},
	{true, TEXT("/games%0a"), "\"/*\""},
	{true, TEXT("/../etc"), "\"/*/etc\""},
	{true, TEXT("/a?email=x#utm_source=mail"), "\"/a\""},
	{true, TEXT("/a?ref=b&utm_source=c"), "\"/a?utm_source=c&ref=b\""},
	{true, TEXT("/a?utm_source=c&utm_source=c"), "\"/a\""},
	{true, TEXT("/a?utm_source=c&utm%5Fsource=d&ref=x"), "\"/a?ref=x\""},
	{true, TEXT("/a?utm%5fsource=c"), "\"/a?utm_source=c\""},
	{true, TEXT("/a?utm_source=Mail"), "\"/a\""},
	{true, TEXT("/a?utm_source=%6dail"), "\"/a?utm_source=mail\""},
	{true, TEXT("/a?utm_source=%256dail"), "\"/a\""},
	{true, TEXT("/a?utm_source="), "\"/a\""},
	{true, TEXT("/a?free+text=a+b%26c%2B"),
		"\"/a?free%20text=a%20b%26c%2B\""},
	{true, TEXT("/a?free+text=%00"), "\"/a\""},
	{true, TEXT("/a?free+text="), "\"/a?free%20text=\""},
	{false, TEXT("https://shop.example/games?utm_source=mail"),
		"\"utm_source=mail\""},
	{false, TEXT("/jane?ref=b&utm_source=c"), "\"utm_source=c&ref=b\""},
	{false, TEXT("/games?email=x"), NULL},
	{false, TEXT("/games"), NULL},
	{true, TEXT("games"), NULL},
	{true, TEXT("mailto:jane@example.com"), NULL},
	{true, TEXT(""), NULL},
};

START_TEST(keeps_of_a_url_what_is_listed)
{
	struct url_parameter_rule query[] = {
		{slice_of("utm_source"), letters},
		{slice_of("ref"), letters},
		{slice_of("free text"), any},
	};
	struct transform t = {.kind = TRANSFORM_URL,
		.url = {.path = urls[_i].path,
			.segments = letters,
			.query = query,
			.query_count = 3}};

	check(&t, &urls[_i].in, urls[_i].out);
	check_misfits(&t, 0);
}
END_TEST

START_TEST(stars_all_segments_without_a_pattern)
{
	struct transform t = {.kind = TRANSFORM_URL, .url = {.path = true}};
	struct value in = TEXT("https://shop.example/a/b?c=d");

	check(&t, &in, "\"/*/*\"");
}
END_TEST

static const struct {
	unsigned v4, v6;
	struct value in;
	const char *out;
} networks[] = {
	{24, 48, TEXT("203.0.113.77"), "\"203.0.113.0/24\""},
	{16, 48, TEXT("203.0.113.77"), "\"203.0.0.0/16\""},
	{20, 48, TEXT("203.0.127.77"), "\"203.0.112.0/20\""},
	{1, 48, TEXT("203.0.113.77"), "\"128.0.0.0/1\""},
	{32, 48, TEXT("203.0.113.77"), "\"203.0.113.77/32\""},
	{24, 48, TEXT("2001:DB8:1:2:3:4:5:6"), "\"2001:db8:1::/48\""},
	{24, 48, TEXT("2001:0db8:0001:0000::1"), "\"2001:db8:1::/48\""},
	{24, 52, TEXT("2001:db8:1:ffff::1"), "\"2001:db8:1:f000::/52\""},
	{24, 128, TEXT("2001:db8:0:1:1:0:0:1"), "\"2001:db8:0:1:1::1/128\""},
	{24, 128, TEXT("2001:db8:0:1:1:1:1:1"), "\"2001:db8:0:1:1:1:1:1/128\""},
	{24, 48, TEXT("::1"), "\"::/48\""},
	{24, 48, TEXT("::ffff:203.0.113.77"), "\"203.0.113.0/24\""},
	{24, 48, TEXT("::ffff:cb00:714d"), "\"203.0.113.0/24\""},
	{24, 48, TEXT("64:ff9b::203.0.113.77"), "\"203.0.113.0/24\""},
	{24, 48, TEXT("2002:cb00:714d::1"), "\"203.0.113.0/24\""},
	{24, 48, TEXT("203.0.113"), NULL},
	{24, 48, TEXT("203.0.113.256"), NULL},
	{24, 48, TEXT("203.0.113.077"), NULL},
	{24, 48, TEXT("203.0.113.77 "), NULL},
	{24, 48, TEXT("203.0.113.77\0"), NULL},
	{24, 48, TEXT("203.0.113.77:80"), NULL},
	{24, 48, TEXT("203.0.113.77, 10.0.0.1"), NULL},
	{24, 48, TEXT("fe80::1%eth0"), NULL},
	{24, 48, TEXT("[::1]"), NULL},
	{24, 48, TEXT("0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0"), NULL},
	{24, 48, TEXT("unknown"), NULL},
	{24, 48, TEXT(""), NULL},
};

START_TEST(gives_the_network)
{
	struct transform t = {.kind = TRANSFORM_PREFIX,
		.prefix = {.v4 = networks[_i].v4, .v6 = networks[_i].v6}};

	check(&t, &networks[_i].in, networks[_i].out);
	check_misfits(&t, 0);
}
END_TEST

static const struct {
	unsigned decimals;
	struct value in;
	const char *out;
} places[] = {
	{1, NUMBER(52.5200066), "52.5"},
	{2, NUMBER(-13.404954), "-13.4"},
	{2, NUMBER(-13.405), "-13.41"},
	{3, NUMBER(13.404954), "13.405"},
	{0, NUMBER(52.52), "53"},
	{0, NUMBER(-0.3), "0"},
	{6, NUMBER(0.1), "0.1"},
	{2, INT(52), "52"},
	{2, MINUS(180), "-180"},
	{2, NUMBER(180.0), "180"},
	{2, NUMBER(180.001), NULL},
	{2, INT(181), NULL},
	{2, MINUS(181), NULL},
	{2, TEXT("52.5"), NULL},
};

START_TEST(coarsens_coordinates)
{
	struct transform t = {.kind = TRANSFORM_GEO,
		.geo = {.decimals = places[_i].decimals}};
	struct value out;

	check(&t, &places[_i].in, places[_i].out);
	if (transform_apply(&t, &places[_i].in, &scratch, &out))
		ck_assert_int_eq(out.kind, VALUE_NUMBER);
	else
		ck_assert_int_eq(transform_misfit(&t, &places[_i].in),
			number_is(&places[_i].in) ? LETHE_MISFIT_RANGE
						  : LETHE_MISFIT_TYPE);
	check_misfits(&t, KIND(INT) | KIND(NUMBER));
}
END_TEST

#define MOZILLA "Mozilla/5.0 (X11; Linux x86_64) "
#define WEBKIT "AppleWebKit/537.36 (KHTML, like Gecko) "
#define IPHONE \
	"Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) " \
	"AppleWebKit/605.1.15 (KHTML, like Gecko) "

static const struct {
	struct value in;
	const char *out;
} agents[] = {
	{TEXT(MOZILLA WEBKIT "Chrome/124.0.0.0 Safari/537.36"), "\"Chrome\""},
	{TEXT(IPHONE "CriOS/124.0 Mobile/15E148 Safari/604.1"), "\"Chrome\""},
	{TEXT(MOZILLA "Gecko/20100101 Firefox/125.0"), "\"Firefox\""},
	{TEXT(IPHONE "FxiOS/125.0 Mobile/15E148 Safari/605.1.15"),
		"\"Firefox\""},
	{TEXT(IPHONE "Version/17.4 Mobile/15E148 Safari/604.1"), "\"Safari\""},
	{TEXT(MOZILLA WEBKIT "Chrome/124.0.0.0 Safari/537.36 Edg/124.0"),
		"\"Edge\""},
	{TEXT(MOZILLA WEBKIT "Chrome/64.0 Safari/537.36 Edge/17.17134"),
		"\"Edge\""},
	{TEXT(MOZILLA WEBKIT "Chrome/124.0.0.0 Safari/537.36 OPR/109.0"),
		"\"Opera\""},
	{TEXT("Opera/9.80 (Windows NT 6.1) Presto/2.12 Version/12.16"),
		"\"Opera\""},
	{TEXT("Mozilla/5.0 (Linux; Android 14; SM-S911B) " WEBKIT
	      "SamsungBrowser/24.0 Chrome/117.0 Mobile Safari/537.36"),
		"\"Samsung Internet\""},
	{TEXT("Mozilla/5.0 (Windows NT 10.0; Trident/7.0; rv:11.0) like Gecko"),
		"\"Internet Explorer\""},
	{TEXT("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)"),
		"\"Internet Explorer\""},
	{TEXT("Mozilla/5.0 (compatible; Googlebot/2.1; "
	      "+http://www.google.com/bot.html)"),
		"\"bot\""},
	{TEXT(MOZILLA WEBKIT "HeadlessChrome/124.0 Safari/537.36"), "\"bot\""},
	{TEXT("curl/8.5.0"), "\"bot\""},
	{TEXT("AhrefsSiteAudit/6.1 (AhrefsCrawler)"), "\"bot\""},
	{TEXT("Mozilla/5.0 (compatible; archive.org_bot)"), "\"bot\""},
	{TEXT("Mozilla/5.0 (Linux; Android 11; CUBOT X50) " WEBKIT
	      "Chrome/124.0.0.0 Mobile Safari/537.36"),
		"\"Chrome\""},
	{TEXT(MOZILLA WEBKIT "Chrome/124.0 YaBrowser/24.4 Safari/537.36"),
		"\"other\""},
	{TEXT("Mozilla/5.0 (Linux; U; Android 4.0.3) AppleWebKit/534.30 "
	      "Version/4.0 Mobile Safari/534.30"),
		"\"other\""},
	{TEXT("ShopApp/3.1 (iPhone14,5)"), "\"other\""},
	{TEXT("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"), "\"other\""},
	{TEXT("jane@example.com"), "\"other\""},
	{TEXT("Chrome"), "\"other\""},
	{TEXT(""), "\"other\""},
};

START_TEST(knows_browser_families)
{
	struct transform t = {.kind = TRANSFORM_FAMILY};

	check(&t, &agents[_i].in, agents[_i].out);
	check_misfits(&t, KIND(STRING));
}
END_TEST

static const struct {
	struct value min, max, in;
	const char *out;
} counts[] = {
	{ABSENT, ABSENT, ARRAY(0), "0"},
	{ABSENT, ABSENT, ARRAY(512), "512"},
	{INT(1), INT(3), ARRAY(0), NULL},
	{INT(1), INT(3), ARRAY(1), "1"},
	{INT(1), INT(3), ARRAY(3), "3"},
	{INT(1), INT(3), ARRAY(4), NULL},
	{ABSENT, INT(3), ARRAY(4), NULL},
	{ABSENT, INT(3), ARRAY(0), "0"},
	{INT(1), ABSENT, ARRAY(0), NULL},
	{INT(1), ABSENT, ARRAY(9), "9"},
	{ABSENT, ABSENT, OBJECT(1), NULL},
};

START_TEST(counts_elements)
{
	struct transform t = {.kind = TRANSFORM_COUNT,
		.count = {.min = counts[_i].min, .max = counts[_i].max}};

	check(&t, &counts[_i].in, counts[_i].out);
	check_misfits(&t, KIND(ARRAY));
}
END_TEST

static const struct {
	struct value in;
	const char *out;
} there[] = {
	{ABSENT, "false"},
	{NULL_VALUE, "false"},
	{BOOL(false), "true"},
	{INT(0), "true"},
	{NUMBER(0.5), "true"},
	{HUGE_VALUE, "true"},
	{TEXT(""), "true"},
	{ARRAY(0), "true"},
	{OBJECT(0), "true"},
	{OTHER, "true"},
};

START_TEST(says_whether_there_is_a_value)
{
	struct transform t = {.kind = TRANSFORM_EXISTS};

	check(&t, &there[_i].in, there[_i].out);
}
END_TEST

START_TEST(gives_a_constant_whatever_stands_there)
{
	struct transform t = {
		.kind = TRANSFORM_CONSTANT, .constant = {.value = TEXT("web")}};
	struct value absent = ABSENT, number = INT(5);

	check(&t, &absent, "\"web\"");
	check(&t, &number, "\"web\"");
}
END_TEST

START_TEST(is_found_by_its_name)
{
	for (size_t i = 0; i < TRANSFORM_COUNT_; i++) {
		enum transform_kind kind = (enum transform_kind)i;

		ck_assert_int_eq(
			transform_find(slice_of(transform_name(kind))), kind);
		ck_assert_uint_gt(strlen(transform_text(kind)), 0);
	}
	ck_assert_int_eq(transform_find(slice_of("hash")), TRANSFORM_COUNT_);
	ck_assert_int_eq(transform_find(slice_of("")), TRANSFORM_COUNT_);
	ck_assert_int_eq(transform_path(TRANSFORM_KEEP), 1);
	ck_assert_int_eq(transform_path(TRANSFORM_TIME), 2);
	ck_assert_int_eq(transform_path(TRANSFORM_CONSTANT), 0);
}
END_TEST

/* In ascending order; each below all that follow. */
static const struct value ladder[] = {NUMBER(-1e300),
	NUMBER(-9223372036854777856.0), MINUS(UINT64_C(1) << 63),
	MINUS((UINT64_C(1) << 63) - 1), NUMBER(-1.5), MINUS(1), NUMBER(-0.5),
	INT(0), NUMBER(5e-324), INT(1), NUMBER(1.5), INT(2),
	NUMBER(9007199254740992.0), INT(9007199254740993),
	NUMBER(9007199254740994.0), INT(UINT64_MAX - 1), INT(UINT64_MAX),
	NUMBER(18446744073709551616.0), NUMBER(1e300)};

START_TEST(orders_integers_and_doubles_exactly)
{
	const size_t count = sizeof(ladder) / sizeof(ladder[0]);

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++)
			ck_assert_int_eq(number_compare(&ladder[i], &ladder[j]),
				(i > j) - (i < j));
}
END_TEST

START_TEST(finds_equals_of_either_kind)
{
	static const struct value pairs[][2] = {{INT(0), NUMBER(-0.0)},
		{INT(2), NUMBER(2.0)},
		{MINUS(UINT64_C(1) << 63), NUMBER(-9223372036854775808.0)}};

	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(number_compare(&pairs[i][0], &pairs[i][1]), 0);
		ck_assert_int_eq(number_compare(&pairs[i][1], &pairs[i][0]), 0);
	}
}
END_TEST

SUITE("transform", ROWS(keeps_strings_within_bounds, strings),
	ROWS(keeps_no_controls_whatever_the_pattern, loose),
	ROWS(keeps_numbers_within_exact_bounds, bounds), TEST(keeps_booleans),
	ROWS(takes_one_of_a_list_type_included, listed),
	ROWS(floors_times, times), ROWS(names_the_bucket, buckets),
	ROWS(rounds_as_people_write_numbers, rounds),
	ROWS(keeps_of_a_url_what_is_listed, urls),
	TEST(stars_all_segments_without_a_pattern),
	ROWS(gives_the_network, networks), ROWS(coarsens_coordinates, places),
	ROWS(knows_browser_families, agents), ROWS(counts_elements, counts),
	ROWS(says_whether_there_is_a_value, there),
	TEST(gives_a_constant_whatever_stands_there),
	TEST(is_found_by_its_name), TEST(orders_integers_and_doubles_exactly),
	TEST(finds_equals_of_either_kind))
