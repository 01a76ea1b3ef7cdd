#include "suite.h"

#include "base/log.h"

#include <stdio.h>
#include <unistd.h>

/* The status line of a policy with many purposes. */
#define PAIRS 160
#define NAME \
	"records.a-purpose-with-a-name-of-sixty-four-letters-as-far-as-that-" \
	"goes"

/* What one line is, written to a pipe. */
static ssize_t
line_of(const struct log_pair *pairs, char *text, size_t size)
{
	int ends[2], before = dup(STDERR_FILENO);
	ssize_t len;

	ck_assert(!pipe(ends));
	ck_assert_int_ge(dup2(ends[1], STDERR_FILENO), 0);
	close(ends[1]);
	log_put_always(LOG_INFO, "status", pairs);
	ck_assert_int_ge(dup2(before, STDERR_FILENO), 0);
	len = read(ends[0], text, size - 1);
	ck_assert_int_gt(len, 0);
	text[len] = '\0';
	close(ends[0]);
	close(before);
	return len;
}

START_TEST(a_long_line_is_written)
{
	static char names[PAIRS][96], text[65536];
	struct log_pair pairs[PAIRS + 1] = {0};
	ssize_t len;

	for (int i = 0; i < PAIRS; i++) {
		snprintf(names[i], sizeof(names[i]), NAME "-%d", i);
		pairs[i] = LOG_NUMBER(names[i], i);
	}
	len = line_of(pairs, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, names[PAIRS - 1]));
	ck_assert_int_eq(text[len - 1], '\n');
}
END_TEST

START_TEST(a_line_of_any_bytes_is_json)
{
	const struct log_pair pairs[] = {
		LOG_TEXT("path", "/caf\xc3\xa9/\xff.yaml, caf\xc3"), {0}};
	char text[1024];

	log_format(true);
	(void)line_of(pairs, text, sizeof(text));
	log_format(false);
	ck_assert_ptr_nonnull(
		strstr(text, "\"path\":\"/caf\xc3\xa9/\xef\xbf\xbd.yaml, "
			     "caf\xef\xbf\xbd\"}\n"));
}
END_TEST

SUITE("log_line", TEST(a_long_line_is_written),
	TEST(a_line_of_any_bytes_is_json))
