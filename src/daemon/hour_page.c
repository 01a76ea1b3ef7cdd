#include "daemon/service.h"

#include "lethe.h"

static void
put_count(struct buf *out, uint64_t count)
{
	buf_printf(out, "<td class=\"n\">%llu</td>", (unsigned long long)count);
}

/* The reasons, the most frequent first. */
static void
put_reasons(const uint64_t *drops, struct buf *out)
{
	uint64_t left[LETHE_REASON_COUNT];
	bool first = true;

	memcpy(left, drops, sizeof(left));
	left[LETHE_REASON_NONE] = left[LETHE_REASON_NOT_FOR_EVENT] = 0;
	for (;;) {
		int most = LETHE_REASON_NONE;

		for (int r = 0; r < LETHE_REASON_COUNT; r++)
			if (left[r] > left[most])
				most = r;
		if (!left[most])
			break;
		buf_printf(out, "%s%s, %llu", first ? "" : "<br>",
			lethe_reason_text((enum lethe_reason)most),
			(unsigned long long)left[most]);
		left[most] = 0;
		first = false;
	}
}

static void
put_row(const struct service *v, size_t purpose, const struct hour_counts *c,
	bool keeps, struct buf *out)
{
	/* A policy's names are letters, digits and marks that HTML takes. */
	buf_printf(out, "<tr><td>%s</td>", v->first->purposes[purpose].name);
	put_count(out, c->records);
	buf_put_text(out, "<td>");
	put_reasons(c->drops, out);
	buf_put_text(out, "</td>");
	for (size_t s = 0; keeps && s < LEDGER_STATES; s++)
		if (keeper_change_name(s))
			put_count(out, c->changes[s]);
	buf_put_text(out, "</tr>\n");
}

static void
put_head(bool keeps, struct buf *out)
{
	buf_put_text(out, "<h2>The last hour</h2>\n");
	buf_put_text(out, "<p><b>Granted</b> and <b>refused</b> count "
			  "decisions about events.");
	if (keeps)
		buf_put_text(out,
			" The columns <b>to …</b> count changes that the "
			"consent ledger brought: how often what a subject says "
			"of the purpose became that.");
	buf_put_text(out, "</p>\n<table>\n<tr><th>purpose</th>"
			  "<th>granted</th><th>refused, because</th>");
	for (size_t s = 0; keeps && s < LEDGER_STATES; s++)
		if (keeper_change_name(s))
			buf_printf(
				out, "<th>to %s</th>", keeper_change_name(s));
	buf_put_text(out, "</tr>\n");
}

void
hour_page(const struct service *v, const struct stats *sums, struct buf *out)
{
	struct keeper_changes changes;
	struct keeper_state state;
	struct hour_counts c;
	bool keeps = job_ledger(v->job, &state);

	job_changes(v->job, &changes);
	put_head(keeps, out);
	for (size_t i = 0; i < v->first->purpose_count; i++) {
		if (!(v->runs >> i & 1))
			continue;
		hour_of(&v->hour, i, sums, &changes, &c);
		put_row(v, i, &c, keeps, out);
	}
	buf_put_text(out, "</table>\n");
}
