#include "cli/demo/check.h"

#include "suite.h"

static const struct {
	const char *text;
	bool found;
} cases[] = {
	{"", false}, {"{\"subject\":\"u1_4jjwriz7hams6h4fd3wo7pfg6q\"}", false},
	{"cAnAr", false},
	{"canary17", false}, /* no token or word by accident */
	{"xcAnArY17y", true}, {"78 63416e417259 79", true},
	{"63416E41725931", true}, {"Y0FuQXJZMQ==", true}, /* cAnArY1 */
	{"eGNBbkFyWTE=", true},				  /* xcAnArY1 */
	{"eHljQW5BclkxMg==", true},			  /* xycAnArY12 */
};

START_TEST(finds_a_canary_however_it_is_written)
{
	ck_assert_int_eq(canary_in(slice_of(cases[_i].text)), cases[_i].found);
}
END_TEST

SUITE("canary", ROWS(finds_a_canary_however_it_is_written, cases))
