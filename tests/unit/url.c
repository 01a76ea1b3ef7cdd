#include "suite.h"

#include "text/url.h"

static const struct {
	const char *text;
	const char *path; /* NULL: not a URL */
	const char *query;
} urls[] = {
	{"https://shop.example/games?a=b&c=d#x", "/games", "a=b&c=d"},
	{"HTTP://jane:pw@shop.example:8080/games", "/games", ""},
	{"https://shop.example", "", ""},
	{"https://shop.example?a=b", "", "a=b"},
	{"https://shop.example#a?b", "", ""},
	{"/games/x?q#f", "/games/x", "q"},
	{"/", "/", ""},
	{"/a#b?c", "/a", ""},
	{"/a?b?c", "/a", "b?c"},
	{"//jane.example/games", "/games", ""},
	{"https://jane.example//games", "//games", ""},
	{"", NULL, NULL},
	{"games", NULL, NULL},
	{"https:///games", NULL, NULL},
	{"https:/games", NULL, NULL},
	{"https:games", NULL, NULL},
	{"ftp://shop.example/", NULL, NULL},
	{"javascript:alert(1)", NULL, NULL},
	{"mailto:jane@example.com", NULL, NULL},
	{"/a b", NULL, NULL},
	{"/a\nb", NULL, NULL},
	{"/\\jane.example/", NULL, NULL},
	{"?a=b", NULL, NULL},
	{"#a", NULL, NULL},
};

START_TEST(splits)
{
	struct url url;
	bool is = url_split(slice_of(urls[_i].text), &url);

	ck_assert_int_eq(is, urls[_i].path != NULL);
	if (!is)
		return;
	ck_assert(slice_is(url.path, urls[_i].path));
	ck_assert(slice_is(url.query, urls[_i].query));
}
END_TEST

static const struct {
	const char *path;
	const char *segments; /* each followed by `|` */
} paths[] = {
	{"/a/b%2Fc", "a|b%2Fc|"},
	{"/a/", "a||"},
	{"/", "|"},
	{"", ""},
	{"//a", "|a|"},
	{"a/b", ""},
};

START_TEST(gives_the_segments)
{
	struct slice path = slice_of(paths[_i].path), segment;
	char text[64] = "";
	size_t n = 0;

	while (url_segment(&path, &segment)) {
		memcpy(text + n, segment.ptr, segment.len);
		n += segment.len;
		text[n++] = '|';
	}
	ck_assert(slice_is(slice_make(text, n), paths[_i].segments));
}
END_TEST

static const struct {
	const char *query;
	const char *pairs;
} queries[] = {
	{"a=b&c=d", "a:b|c:d|"},
	{"a", "a:|"},
	{"a=", "a:|"},
	{"=b", ":b|"},
	{"a=b=c", "a:b=c|"},
	{"&&a=1&&b=2&", "a:1|b:2|"},
	{"", ""},
	{"&", ""},
};

START_TEST(gives_the_parameters)
{
	struct slice query = slice_of(queries[_i].query), name, value;
	char text[64] = "";
	size_t n = 0;

	while (url_parameter(&query, &name, &value))
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%.*s:%.*s|",
			(int)name.len, (const char *)name.ptr, (int)value.len,
			value.len ? (const char *)value.ptr : "");
	ck_assert(slice_is(slice_make(text, n), queries[_i].pairs));
}
END_TEST

static const struct {
	const char *text;
	bool form;
	const char *out; /* NULL: refused */
} decodes[] = {
	{"plain", false, "plain"},
	{"", false, ""},
	{"jane%40example.com", false, "jane@example.com"},
	{"a+b", true, "a b"},
	{"a+b", false, "a+b"},
	{"a%2Bb", true, "a+b"},
	{"caf%C3%A9", false, "caf\xc3\xa9"},
	{"caf\xc3\xa9", false, "caf\xc3\xa9"},
	{"100%25", false, "100%"},
	{"100%25x", false, "100%x"},
	{"%2540", false, NULL},
	{"%25%34%30", false, NULL},
	{"%2", false, NULL},
	{"%", false, NULL},
	{"%g0", false, NULL},
	{"%0g", false, NULL},
	{"%FF", false, NULL},
	{"%C3", false, NULL},
	{"%ed%a0%80", false, NULL},
};

START_TEST(decodes_once)
{
	struct arena a;
	struct slice out;
	bool is;

	arena_init(&a, 0);
	is = url_decode(slice_of(decodes[_i].text), decodes[_i].form, &a, &out);
	ck_assert_int_eq(is, decodes[_i].out != NULL);
	ck_assert(slice_is(out, is ? decodes[_i].out : ""));
	arena_fini(&a);
}
END_TEST

START_TEST(encodes_all_but_unreserved)
{
	struct buf b;

	buf_init(&b, 0);
	url_encode(slice_of("aZ09-._~ /?&=%*\xc3\xa9@"), &b);
	ck_assert(slice_is(
		buf_slice(&b), "aZ09-._~%20%2F%3F%26%3D%25%2A%C3%A9%40"));
	buf_fini(&b);
}
END_TEST

SUITE("url", ROWS(splits, urls), ROWS(gives_the_segments, paths),
	ROWS(gives_the_parameters, queries), ROWS(decodes_once, decodes),
	TEST(encodes_all_but_unreserved))
