#include "cli/doctor/doctor.h"

#include "cli/shell.h"
#include "cli/topics/topics_words.h"

/* What this login may not see, by what is hidden. */
struct hidden {
	size_t settings, records;
	bool rules, principal;
};

static const char another_login[] =
	"`lethe topics plan` under an administrator's login sees it: "
	"docs/operations.md, Rights on the cluster";

static const char *
kept_text(struct doctor *d, struct buf *text)
{
	const char *kept =
		arena_strndup(&d->arena, (const char *)text->ptr, text->len);

	bug_if(text->full || !kept);
	buf_fini(text);
	return kept;
}

static enum doctor_result
result_of(const struct doctor *d, const struct topics_finding *f)
{
	bool refused = d->l.settings->retention_check != RETENTION_TO_WARN;

	if ((f->what == TOPICS_RETENTION_LONG ||
		    f->what == TOPICS_CLEANUP_POLICY) &&
		refused && topics_keeps_longer(f->wanted, f->found))
		return DOCTOR_FAIL;
	return DOCTOR_WARN;
}

static void
tell(struct doctor *d, const struct topics_job *j,
	const struct topics_finding *f)
{
	const char *what;
	struct buf text;

	buf_init(&text, 0);
	if (!topics_is_of_cluster(f->what))
		buf_printf(&text, "%s: ", f->wanted->topic);
	put_topics_what(&text, f);
	what = kept_text(d, &text);
	buf_init(&text, 0);
	put_topics_remedy(&text, j, f);
	doctor_found(d, result_of(d, f), kept_text(d, &text), "%s", what);
}

static void
tell_missing(struct doctor *d, size_t count, bool guess)
{
	struct buf text;

	if (!count)
		return;
	buf_init(&text, 0);
	buf_put_text(&text, "lethe topics apply");
	if (d->config) {
		buf_put_text(&text, " --config ");
		shell_put_word(&text, d->config);
	}
	if (!guess)
		buf_put_text(&text, " --partitions N");
	doctor_found(d, DOCTOR_FAIL, kept_text(d, &text),
		"%zu topic%s to write %s not there", count,
		count == 1 ? "" : "s", count == 1 ? "is" : "are");
}

static void
tell_hidden(struct doctor *d, const struct hidden *h)
{
	struct buf text;

	if (!h->settings && !h->records && !h->rules && !h->principal)
		return;
	buf_init(&text, 0);
	if (h->settings)
		buf_printf(&text, ", the settings of %zu topic%s", h->settings,
			h->settings == 1 ? "" : "s");
	if (h->records)
		buf_printf(&text, ", with how many partitions %zu %s written",
			h->records, h->records == 1 ? "was" : "were");
	if (h->rules)
		buf_put_text(&text,
			", who may read and write them (or there is no rule)");
	if (h->principal)
		buf_put_text(&text, ", which access rules are lethe's own");
	doctor_found(d, DOCTOR_SKIP, another_login, "this login does not see%s",
		kept_text(d, &text) + 1);
}

/* Whether the finding was one that is told with others. */
static bool
gather(const struct topics_finding *f, struct hidden *h, size_t *missing)
{
	switch (f->what) {
	case TOPICS_RAW_MISSING: return true; /* the check before told it */
	case TOPICS_MISSING: ++*missing; return true;
	case TOPICS_RIGHTS_UNKNOWN: h->rules = true; return true;
	case TOPICS_PRINCIPAL_UNKNOWN: h->principal = true; return true;
	case TOPICS_RECORDS_UNREAD: h->records++; return true;
	case TOPICS_CONFIGS_UNKNOWN:
		h->settings += f->found->configs == TOPICS_DENIED;
		return f->found->configs == TOPICS_DENIED;
	default: return false;
	}
}

static void
tell_plan(struct doctor *d, const struct topics_job *j,
	const struct topics_plan *p)
{
	size_t missing = 0, told = d->count;
	struct hidden hidden = {0};
	bool guess = true;

	for (size_t i = 0; i < p->findings.count; i++) {
		const struct topics_finding *f = &p->findings.rows[i];

		if (f->what == TOPICS_MISSING)
			guess = f->wanted->partitions;
		if (!gather(f, &hidden, &missing))
			tell(d, j, f);
	}
	tell_missing(d, missing, guess);
	if (d->count == told && d->output_count)
		doctor_found(d, DOCTOR_OK, NULL,
			"what can be seen of %zu topics is as the policy "
			"implies",
			p->count);
	tell_hidden(d, &hidden);
}

void
examine_plan(struct doctor *d)
{
	struct lethe_error err = {0};
	struct topics_plan plan = {0};
	struct topics_job job;

	if (!doctor_has_cluster(d))
		return;
	if (!d->l.view) {
		doctor_found(
			d, DOCTOR_SKIP, NULL, "the policy names no topics");
		return;
	}
	if (topics_job_borrow(&d->l, &job, &err) ||
		topics_plan_look(&job, &plan, &err)) {
		if (err.status == LETHE_EDENIED)
			doctor_found(
				d, DOCTOR_SKIP, another_login, "%s", err.what);
		else
			doctor_failed(d, &err);
	} else {
		tell_plan(d, &job, &plan);
	}
	topics_plan_fini(&plan);
	topics_job_close(&job);
}
