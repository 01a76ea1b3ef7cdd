#include "cli/init/stamp.h"

#include "suite.h"

#define NOW INT64_C(1777890000123) /* 2026-05-04T10:20:00.123Z */

static const struct {
	const char *in, *out;
} filled[] = {
	{"", ""},
	{"{\"a\":1}", "{\"a\":1}"},
	{"{{now}}", "2026-05-04T10:20:00.123Z"},
	{"\"t\":\"{{now-5m}}\"", "\"t\":\"2026-05-04T10:15:00.123Z\""},
	{"{{now+1h}}", "2026-05-04T11:20:00.123Z"},
	{"{{now-9d}}", "2026-04-25T10:20:00.123Z"},
	{"{{now:s}}", "1777890000"},
	{"{{now-1s:ms}}", "1777889999123"},
	{"{{now-1s:us}}", "1777889999123000"},
	{"{{now:s}},{{now:ms}}", "1777890000,1777890000123"},
	{"{\"x\":{\"y\":1}}", "{\"x\":{\"y\":1}}"},
	{"{{other}}", "{{other}}"},
};

START_TEST(fills_times_in)
{
	struct buf out;

	buf_init(&out, 0);
	ck_assert_status(stamp_times(slice_of(filled[_i].in), NOW, &out, NULL),
		LETHE_OK);
	buf_put_byte(&out, 0);
	ck_assert_str_eq((const char *)out.ptr, filled[_i].out);
	buf_fini(&out);
}
END_TEST

static const char *const wrong[] = {
	"{{now", "{{now}", "{{now-}}", "{{now-5}}", "{{now:h}}", "{{nowhere}}"};

START_TEST(refuses_what_is_no_time)
{
	struct buf out;

	buf_init(&out, 0);
	ck_assert_status(stamp_times(slice_of(wrong[_i]), NOW, &out, NULL),
		LETHE_EUSAGE);
	buf_fini(&out);
}
END_TEST

SUITE("stamp", ROWS(fills_times_in, filled),
	ROWS(refuses_what_is_no_time, wrong))
