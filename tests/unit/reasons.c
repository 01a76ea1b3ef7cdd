#include "kit.h"

#include "consent/signals/finding.h"
#include "kafka/count/metrics.h"

/*
 * Reasons are one closed list: each is a label of the metrics, a row of the
 * docs, and (lethe_reason_name) what explain and filter print.
 */

static const char *const docs[] = {
	"docs/operations.md", "docs/policy.md", "docs/consent.md"};

static void
read_page(const char *path, struct buf *out)
{
	struct lethe_error err = {0};

	buf_init(out, 0);
	if (file_read(path, 1 << 20, out, &err) != LETHE_OK)
		ck_abort_msg("%s: %s", path, err.what);
	buf_put_byte(out, 0);
}

static bool
is_dropped(enum lethe_reason r)
{
	return lethe_reason_scope(r) == LETHE_SCOPE_PURPOSE ||
	       lethe_reason_scope(r) == LETHE_SCOPE_EVENT;
}

START_TEST(each_name_is_a_label_and_no_other_has_it)
{
	for (int r = 0; r < LETHE_REASON_COUNT; r++) {
		const char *name = lethe_reason_name((enum lethe_reason)r);
		const char *text = lethe_reason_text((enum lethe_reason)r);

		ck_assert_uint_gt(strlen(name), 0);
		ck_assert_uint_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz_"),
			strlen(name));
		ck_assert_uint_gt(strlen(text), 0);
		ck_assert_ptr_null(strpbrk(text, "|\n\""));
		for (int other = 0; other < r; other++)
			ck_assert_str_ne(name,
				lethe_reason_name((enum lethe_reason)other));
	}
}
END_TEST

/* A count for each reason comes out under its name, and under no other. */
START_TEST(the_metrics_have_each_reason)
{
	static struct stats sums;
	struct row_totals rows;
	struct metric_page page;
	struct metrics_source from = {.sums = &sums, .rows = &rows};
	const size_t whole = STATS_PURPOSES - 1;
	char want[256];
	struct buf out;
	struct kit k;

	kit_init_file(&k, "config/policy.example.yaml");
	row_totals_init(&rows);
	buf_init(&out, 0);
	from.view = k.view;
	for (int r = 0; r < LETHE_REASON_COUNT; r++)
		sums.drops[0][r] = sums.drops[whole][r] = 1000 + (uint64_t)r;
	metric_page_init(&page, &out);
	metrics_put(&page, &from);
	buf_put_byte(&out, 0);
	for (int r = 0; r < LETHE_REASON_COUNT; r++) {
		enum lethe_scope scope =
			lethe_reason_scope((enum lethe_reason)r);
		const char *name = lethe_reason_name((enum lethe_reason)r);

		if (scope == LETHE_SCOPE_EVENT)
			snprintf(want, sizeof(want),
				"lethe_events_dropped_total{reason=\"%s\"} "
				"%d\n",
				name, 1000 + r);
		else
			snprintf(want, sizeof(want),
				"lethe_dropped_total{purpose=\"%s\",reason="
				"\"%s\"} %d\n",
				lethe_policy_purpose_name(k.policy, 0), name,
				1000 + r);
		ck_assert_msg((strstr((const char *)out.ptr, want) != NULL) ==
				      is_dropped((enum lethe_reason)r),
			"the metrics and `%s`", name);
	}
	row_totals_fini(&rows);
	buf_fini(&out);
	kit_fini(&k);
}
END_TEST

START_TEST(the_docs_have_each_reason)
{
	struct buf page;

	read_page(docs[0], &page);
	for (int r = 0; r < LETHE_REASON_COUNT; r++) {
		char row[64];

		snprintf(row, sizeof(row), "\n| `%s` | ",
			lethe_reason_name((enum lethe_reason)r));
		if (is_dropped((enum lethe_reason)r))
			ck_assert_msg(
				strstr((const char *)page.ptr, row) != NULL,
				"docs/operations.md has no row%s", row);
	}
	buf_fini(&page);
}
END_TEST

static bool
is_name(const char *known, const char *name, size_t len)
{
	return strlen(known) == len && !memcmp(known, name, len);
}

/* Of this list, of poison's or of the findings in consent strings. */
static bool
is_known(const char *name, size_t len)
{
	for (int r = 0; r < LETHE_REASON_COUNT; r++)
		if (is_name(lethe_reason_name((enum lethe_reason)r), name, len))
			return true;
	for (int i = 0; i < LETHE_STATUS_COUNT; i++)
		if (is_name(lethe_status_name((enum lethe_status)i), name, len))
			return true;
	for (int i = 0; i < FOUND_COUNT; i++)
		if (is_name(finding_name((enum finding_code)i), name, len))
			return true;
	return false;
}

/* What begins as reasons do and is none has been renamed. */
START_TEST(the_docs_name_no_reason_that_there_is_not)
{
	static const char *const heads[] = {"`signal_", "`ledger_st", "`no_con",
		"`not_yet", "`not_con", "`consent_exp"};
	struct buf page;

	read_page(docs[_i], &page);
	for (size_t h = 0; h < sizeof(heads) / sizeof(*heads); h++)
		for (const char *at = (const char *)page.ptr;
			(at = strstr(at, heads[h])) != NULL; at++) {
			size_t len = strcspn(at + 1, "`\n");

			ck_assert_msg(is_known(at + 1, len),
				"%s: %.*s is no reason", docs[_i], (int)len,
				at + 1);
		}
	buf_fini(&page);
}
END_TEST

SUITE("reasons", TEST(each_name_is_a_label_and_no_other_has_it),
	TEST(the_metrics_have_each_reason), TEST(the_docs_have_each_reason),
	ROWS(the_docs_name_no_reason_that_there_is_not, docs))
