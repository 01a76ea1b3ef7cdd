#include "daemon/service.h"

#include "base/clock.h"
#include "crypto/ring/life.h"
#include "lethe.h"
#include "text/time.h"

static const char head[] =
	"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
	"<title>lethe</title><meta http-equiv=\"refresh\" content=\"5\">"
	"<style>body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;"
	"max-width:60rem;padding:0 1rem}table{border-collapse:collapse;"
	"margin:0 0 1.5rem}td,th{padding:.2rem 1rem .2rem 0;text-align:left;"
	"border-bottom:1px solid #8884}td.n{text-align:right;"
	"font-variant-numeric:tabular-nums}.bad{color:#b00020}"
	"@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}"
	".bad{color:#ff6b81}}</style></head><body>\n";

static void
put_text(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '<')
			buf_put_text(out, "&lt;");
		else if (*text == '&')
			buf_put_text(out, "&amp;");
		else
			buf_put_byte(out, (uint8_t)*text);
	}
}

static void
put_row(struct buf *out, const char *name, const char *value)
{
	buf_put_text(out, "<tr><th>");
	put_text(out, name);
	buf_put_text(out, "</th><td>");
	put_text(out, value);
	buf_put_text(out, "</td></tr>\n");
}

static void
put_number(struct buf *out, const char *name, uint64_t value)
{
	buf_put_text(out, "<tr><th>");
	put_text(out, name);
	buf_printf(out, "</th><td class=\"n\">%llu</td></tr>\n",
		(unsigned long long)value);
}

/* A signed policy that waits for its instant. */
static void
put_waiting(const struct service *v, struct buf *out)
{
	char from[TIME_TEXT_BYTES + 1] = "";

	if (!v->waiting.policy)
		return;
	from[time_format(
		v->waiting.statement.effective_ms, GRAIN_SECOND, from)] = '\0';
	put_row(out, "next policy", lethe_policy_label(v->waiting.policy));
	put_row(out, "in force from", from);
}

static void
put_reloads(struct buf *out, const struct reloads *r)
{
	put_number(out, "changes taken over", r->applied);
	put_number(out, "changes refused", r->refused);
	if (r->stands_refused)
		put_row(out, "the file as it is", "refused; the log says why");
}

static void
put_head(const struct service *v, struct buf *out)
{
	char since[TIME_TEXT_BYTES + 1] = "";

	since[time_format(v->since_ms, GRAIN_SECOND, since)] = '\0';
	buf_put_text(out, head);
	buf_put_text(out, "<h1>");
	put_text(out, v->name);
	buf_put_text(out, "</h1>\n<table>\n");
	put_row(out, "lethe", LETHE_VERSION);
	put_row(out, "instance", v->s->instance);
	put_row(out, "policy", v->label);
	put_row(out, "in force since", since);
	put_waiting(v, out);
	put_reloads(out, &v->policy_reloads);
	buf_put_text(out, "</table>\n");
}

static void
put_time(struct buf *out, int64_t ms)
{
	char text[TIME_TEXT_BYTES + 1];

	buf_put_text(out, "<td>");
	if (ms) {
		text[time_format(ms, GRAIN_SECOND, text)] = '\0';
		buf_put_text(out, text);
	}
	buf_put_text(out, "</td>");
}

/* Keys outlive the purpose: what was sent under them can be looked up. */
static bool
is_in_policy(const struct service *v, const char *purpose)
{
	const struct lethe_policy *p = v->parts->view->policy;

	for (size_t i = 0; i < p->purpose_count; i++)
		if (!strcmp(p->purposes[i].name, purpose))
			return true;
	return false;
}

static void
put_epoch(const struct service *v, struct buf *out, size_t i, int64_t now_ms)
{
	const struct ring *r = v->parts->ring->ring;
	const struct ring_epoch *e = ring_epoch_get(r, i);
	char print[2 * FINGERPRINT_BYTES + 1];
	const char *purpose;
	uint32_t id;

	purpose = ring_domain_name(r, e->domain - 1, &id);
	hex_text(e->fingerprint, FINGERPRINT_BYTES, print);
	buf_printf(out, "<tr><td class=\"n\">%u</td><td>%s%s</td><td>%s</td>",
		e->number, purpose,
		is_in_policy(v, purpose) ? "" : " (not in the policy)",
		epoch_state_name(ring_epoch_state(r, i, now_ms)));
	put_time(out, e->active_from_ms);
	put_time(out, e->retire_at_ms);
	buf_printf(out, "<td>%s</td><td>%s</td></tr>\n", print,
		ring_holds(r, i) ? "yes" : "no");
}

static void
put_ring(const struct service *v, struct buf *out)
{
	const struct ring *r = v->parts->ring->ring;
	int64_t now_ms = clock_now_ms();

	buf_put_text(out, "<h2>Keys</h2>\n<table>\n");
	put_row(out, "ring", ring_id(r));
	put_number(out, "version", ring_version(r));
	put_reloads(out, &v->ring_reloads);
	buf_put_text(out, "</table>\n<table>\n<tr><th>epoch</th>"
			  "<th>purpose</th><th>is</th><th>from</th>"
			  "<th>to</th><th>fingerprint</th><th>key held</th>"
			  "</tr>\n");
	for (size_t i = 0; i < ring_epoch_count(r); i++)
		put_epoch(v, out, i, now_ms);
	buf_put_text(out, "</table>\n");
}

static void
put_lanes(const struct service *v, struct buf *out)
{
	struct job_health h;

	job_health(v->job, &h);
	buf_put_text(out, "<h2>Lanes</h2>\n");
	if (h.stalled_ms >= v->s->stall_report_ms)
		buf_printf(out,
			"<p class=\"bad\">Lane %zu has got no further for "
			"%lld s while input waits.</p>\n",
			h.stalled, (long long)h.stalled_ms / 1000);
	buf_put_text(out, "<table>\n");
	put_number(out, "lanes", h.lanes);
	put_number(out, "joined", h.joined);
	put_number(out, "partitions", h.partitions);
	buf_put_text(out, "</table>\n");
}

static void
put_ledger(const struct service *v, struct buf *out)
{
	struct keeper_state s;

	if (!job_ledger(v->job, &s))
		return;
	buf_put_text(out, "<h2>Consent ledger</h2>\n");
	if (s.behind)
		buf_put_text(out, "<p class=\"bad\">It is behind: events "
				  "wait, and go on by themselves.</p>\n");
	if (s.behind && s.hidden_ms > s.max_lag_ms)
		buf_printf(out,
			"<p class=\"bad\">A transaction of another program "
			"has been open on its topic for %lld s, and hides "
			"what was said since.</p>\n",
			(long long)s.hidden_ms / 1000);
	if (s.heartbeats && s.silent_ms < 0)
		buf_put_text(out,
			"<p class=\"bad\">The policy asks for heartbeats, and "
			"at least one partition has had none: start <code>"
			"lethe consent heartbeat</code>.</p>\n");
	if (!s.loaded)
		buf_printf(out, "<p>It is being read: %.0f %%.</p>\n",
			s.share * 100);
	buf_put_text(out, "<table>\n");
	put_number(out, "subjects", s.rows);
	put_number(out, "records read", s.records);
	put_number(out, "of those not understood", s.malformed);
	put_number(out, "of those with foreign keys", s.foreign);
	if (s.age_ms >= 0)
		put_number(out, "current as of, ms ago", (uint64_t)s.age_ms);
	if (s.silent_ms >= 0)
		put_number(
			out, "last heartbeat, ms ago", (uint64_t)s.silent_ms);
	buf_put_text(out, "</table>\n");
}

static void
put_counts(const struct stats *s, struct buf *out)
{
	buf_put_text(out, "<h2>Since the start</h2>\n<table>\n");
	for (int i = 0; i < STAT_COUNT; i++)
		put_number(out, stat_name((enum statistic)i), s->values[i]);
	buf_put_text(out, "</table>\n");
}

/* The reason that takes the most of a purpose's events. */
static void
put_main_reason(const uint64_t *drops, struct buf *out)
{
	int most = LETHE_REASON_NONE;

	for (int r = LETHE_REASON_NONE + 1; r < LETHE_REASON_COUNT; r++)
		if (r != LETHE_REASON_NOT_FOR_EVENT &&
			drops[r] > (most ? drops[most] : 0))
			most = r;
	if (most != LETHE_REASON_NONE)
		buf_printf(out, "%s, %llu",
			lethe_reason_text((enum lethe_reason)most),
			(unsigned long long)drops[most]);
}

static void
put_purposes(const struct service *v, const struct stats *s, struct buf *out)
{
	buf_put_text(out, "<h2>Purposes</h2>\n<table>\n<tr><th>purpose</th>"
			  "<th>records</th><th>yield, five minutes</th>"
			  "<th>most often not, because</th></tr>\n");
	for (size_t i = 0; i < v->first->purpose_count; i++) {
		double yield = yields_of(&v->yields, i);

		if (!(v->runs >> i & 1))
			continue;
		buf_put_text(out, "<tr><td>");
		put_text(out, v->first->purposes[i].name);
		buf_printf(out,
			"</td><td class=\"n\">%llu</td><td class=\"n\">",
			(unsigned long long)s->records[i]);
		if (yield >= 0)
			buf_printf(out, "%.1f %%", yield * 100);
		buf_put_text(out, "</td><td>");
		put_main_reason(s->drops[i], out);
		buf_put_text(out, "</td></tr>\n");
	}
	buf_put_text(out, "</table>\n");
}

void
status_page(struct service *v, struct buf *out)
{
	struct stats s;

	put_head(v, out);
	put_ring(v, out);
	if (v->job) {
		job_stats(v->job, &s);
		put_lanes(v, out);
		put_ledger(v, out);
		put_purposes(v, &s, out);
		hour_page(v, &s, out);
		put_counts(&s, out);
	} else {
		buf_put_text(out, "<p>Asking the cluster.</p>\n");
	}
	buf_put_text(out,
		"<p><a href=\"/metrics\">metrics</a> "
		"<a href=\"/keys\">keys</a> "
		"<a href=\"/healthz\">health</a> "
		"<a href=\"/readyz\">readiness</a></p>\n</body></html>\n");
}
