#include "cli/topics/topics_words.h"

#include <string.h>

static const char *
paint(enum topics_level level, bool colour)
{
	static const char *const paints[] = {
		[TOPICS_NOTE] = "\033[2m",
		[TOPICS_DRIFT] = "\033[31m",
		[TOPICS_MENDED] = "\033[33m",
		[TOPICS_CREATED] = "\033[32m",
	};

	return colour ? paints[level] : "";
}

static void
put_line(struct buf *out, const struct topics_job *j,
	const struct topics_finding *f, bool colour)
{
	enum topics_level level = topics_level(f->what);

	buf_printf(out, "%s%-6s%s  ", paint(level, colour),
		topics_level_name(level), colour ? "\033[0m" : "");
	if (!topics_is_of_cluster(f->what))
		buf_printf(out, "%s: ", f->wanted->topic);
	put_topics_what(out, f);
	buf_put_text(out, "; do: ");
	put_topics_remedy(out, j, f);
	buf_put_byte(out, '\n');
}

/* Of the topics, or of the whole cluster. */
static void
put_lines(struct buf *out, const struct topics_job *j,
	const struct topics_findings *f, bool cluster, bool colour)
{
	for (size_t i = 0; i < f->count; i++)
		if (topics_is_of_cluster(f->rows[i].what) == cluster)
			put_line(out, j, &f->rows[i], colour);
}

static void
put_padded(struct buf *out, size_t start, size_t width)
{
	while (out->len - start < width && !out->full)
		buf_put_byte(out, ' ');
}

static void
put_row(struct buf *out, const struct topics_wanted *w,
	const struct topics_found *f, int width)
{
	size_t start;

	buf_printf(out, "%-*s  %-10s  ", width, w->topic,
		topics_kind_name(w->kind));
	if (f->exists)
		buf_printf(out, "%10d  %8d  ", f->partitions, f->replicas);
	else
		buf_printf(out, "%10s  %8s  ", "-", "-");
	start = out->len;
	if (f->exists && f->configs == TOPICS_KNOWN)
		put_topics_kept(out, f);
	else
		buf_put_byte(out, '-');
	put_padded(out, start, 8);
	buf_put_text(out, "  ");
	if (w->retention_ms)
		put_topics_time(out, w->retention_ms);
	else
		buf_put_byte(out, '-');
	buf_put_byte(out, '\n');
}

void
put_topics_plan(struct buf *out, const struct topics_job *j,
	const struct topics_plan *p, bool colour)
{
	int width = 5;

	for (size_t i = 0; i < p->count; i++)
		if ((int)strlen(p->wanted[i].topic) > width)
			width = (int)strlen(p->wanted[i].topic);
	buf_printf(out, "%-*s  %-10s  %10s  %8s  %-8s  %s\n", width, "topic",
		"kind", "partitions", "replicas", "keeps", "allowed");
	for (size_t i = 0; i < p->count; i++)
		put_row(out, &p->wanted[i], &p->found[i], width);
	if (p->findings.count)
		buf_put_byte(out, '\n');
	put_lines(out, j, &p->findings, false, colour);
	put_lines(out, j, &p->findings, true, colour);
}
