#include "reading.h"

#include "base/file.h"
#include "consent/signals/signals.h"

/* The strings of tests/vectors, each with what its flags must be read as. */

enum { IN, ERROR, AD, ANALYTICS, SIGNALS };

static const char *const paths[] = {"$.in", "$.error", "$.ad_storage",
	"$.analytics_storage", "$.signals[*]", NULL};

/* An array of flat objects: calls `row` for each, and gives their number. */
static size_t
each_row(const char *file, void (*row)(const struct reading *r))
{
	struct buf text;
	struct fixture f;
	const char *at, *end;
	size_t count = 0;

	buf_init(&text, 0);
	fixture_init(&f, paths);
	ck_assert_status(file_read(file, 1 << 20, &text, &f.err), LETHE_OK);
	buf_put_byte(&text, 0);
	at = (const char *)text.ptr;
	for (; (at = strchr(at, '{')) != NULL; at = end + 1, count++) {
		end = strchr(at, '}');
		ck_assert_ptr_nonnull(end);
		ck_assert_status(
			reader_read(f.reader, f.trie, &f.limits, FORMAT_JSON,
				slice_make(at, (size_t)(end - at) + 1), NULL,
				&f.reading, &f.err),
			LETHE_OK);
		row(&f.reading);
	}
	fixture_fini(&f);
	buf_fini(&text);
	return count;
}

static void
check_state(enum consent_mode_state got, const struct value *expected)
{
	static const char *const names[] = {"unset", "granted", "denied"};

	ck_assert_int_eq(expected->kind, VALUE_STRING);
	ck_assert(slice_is(expected->text, names[got]));
}

static bool
is_error(const struct reading *r)
{
	return reading_get(r, ERROR)->kind != VALUE_ABSENT;
}

static void
check_gcs(const struct reading *r)
{
	struct consent_mode mode;

	ck_assert_int_eq(
		gcs_decode(reading_get(r, IN)->text, &mode), !is_error(r));
	if (is_error(r))
		return;
	check_state(mode.flags[MODE_AD_STORAGE], reading_get(r, AD));
	check_state(
		mode.flags[MODE_ANALYTICS_STORAGE], reading_get(r, ANALYTICS));
	ck_assert_int_eq(mode.flags[MODE_AD_USER_DATA], MODE_UNSET);
}

static void
check_gcd(const struct reading *r)
{
	const struct capture *c = reading_first(r, SIGNALS);
	struct consent_mode mode;
	size_t count = 0;

	ck_assert_int_eq(
		gcd_decode(reading_get(r, IN)->text, &mode), !is_error(r));
	for (; c; c = reading_next(r, c))
		check_state(mode.flags[count++], &c->value);
	ck_assert_uint_eq(count, is_error(r) ? 0 : MODE_FLAGS);
}

START_TEST(reads_every_gcs_as_stated)
{
	ck_assert_uint_eq(each_row("tests/vectors/gcs.json", check_gcs), 7);
}
END_TEST

START_TEST(reads_every_gcd_as_stated)
{
	ck_assert_uint_eq(each_row("tests/vectors/gcd.json", check_gcd), 13);
}
END_TEST

/* Every text one byte away from a good one is read as that or not at all. */
static void
mutilate(const char *good, bool (*decode)(struct slice, struct consent_mode *))
{
	size_t len = strlen(good);
	struct consent_mode mode;
	char text[80];

	for (size_t cut = 0; cut < len; cut++) {
		char *exact = malloc(cut ? cut : 1);

		memcpy(exact, good, cut);
		if (!decode(slice_make(exact, cut), &mode))
			for (size_t i = 0; i < MODE_FLAGS; i++)
				ck_assert_int_eq(mode.flags[i], MODE_UNSET);
		free(exact);
	}
	for (size_t i = 0; i < len; i++)
		for (int c = 0; c < 256; c++) {
			memcpy(text, good, len);
			text[i] = (char)c;
			if (!decode(slice_make(text, len), &mode))
				for (size_t k = 0; k < MODE_FLAGS; k++)
					ck_assert_int_eq(
						mode.flags[k], MODE_UNSET);
		}
}

START_TEST(leaves_nothing_behind_of_what_it_refuses)
{
	mutilate("G110", gcs_decode);
	mutilate("13r3v3p2u5l1", gcd_decode);
}
END_TEST

SUITE("consent_vectors", TEST(reads_every_gcs_as_stated),
	TEST(reads_every_gcd_as_stated),
	TEST(leaves_nothing_behind_of_what_it_refuses))
