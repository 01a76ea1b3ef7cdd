#include "cli/demo/view.h"

#include "cli/output.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define HIDE_CURSOR "\033[?25l"
#define SHOW_CURSOR "\033[?25h"
#define TO_TOP "\033[H"
#define CLEAR_ALL "\033[2J"
#define CLEAR_LINE "\033[K"
#define CLEAR_BELOW "\033[J"
#define HEAD_ROWS 10

void
view_init(struct view *v)
{
	*v = (struct view){.terminal = output_is_screen(STDOUT_FILENO)};
}

static void
measure(struct view *v)
{
	struct winsize size;

	v->rows = 24;
	v->columns = 80;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_row < 16 ||
		size.ws_col < 60)
		return;
	v->rows = size.ws_row;
	v->columns = size.ws_col;
}

void
view_reasons(const struct stats *s, const char *indent, struct buf *out)
{
	uint64_t drops[LETHE_REASON_COUNT];
	uint64_t last = UINT64_MAX;
	size_t last_at = 0;

	for (size_t i = 0; i < LETHE_REASON_COUNT; i++)
		drops[i] = stats_drops(s, (enum lethe_reason)i);

	/* Selection: a handful of counts. */
	for (;;) {
		size_t best = LETHE_REASON_COUNT;

		for (size_t i = LETHE_REASON_NONE + 1; i < LETHE_REASON_COUNT;
			i++) {
			bool after = drops[i] < last ||
				     (drops[i] == last && i > last_at);

			if (drops[i] && after &&
				(best == LETHE_REASON_COUNT ||
					drops[i] > drops[best]))
				best = i;
		}
		if (best == LETHE_REASON_COUNT)
			break;
		last = drops[best];
		last_at = best;
		buf_printf(out, "%s%s %" PRIu64, indent,
			lethe_reason_name((enum lethe_reason)best), last);
	}
	for (size_t i = 0; i < LETHE_STATUS_COUNT; i++)
		if (s->poison[i])
			buf_printf(out, "%spoison %s %" PRIu64, indent,
				lethe_status_name((enum lethe_status)i),
				s->poison[i]);
}

static void
put_counts(const struct view_facts *f, struct buf *out)
{
	for (size_t i = 0; i < f->policy->purpose_count; i++)
		buf_printf(out, "%s%s %" PRIu64, i ? "  " : "",
			f->policy->purposes[i].name, f->records[i]);
	buf_printf(out, "  quarantine %" PRIu64 "\n", f->quarantined);
}

/* Puts counts parted by two spaces, as many as the terminal is wide for. */
static void
put_cut(struct buf *out, struct slice text, unsigned columns)
{
	size_t len = text.len;

	if (len > columns) {
		len = columns - 3;
		while (len > 2 && memcmp(text.ptr + len, "  ", 2))
			len--;
	}
	buf_put(out, text.ptr, len);
	buf_put_text(out, len < text.len ? "  …\n" : "\n");
}

static void
put_screen(const struct view *v, const struct view_facts *f, struct buf *out)
{
	struct buf line;

	buf_init(&line, 0);
	buf_printf(out,
		"\033[1mlethe demo\033[0m  a Kafka mock on %s, shoppers made "
		"up\n\n",
		f->brokers);
	buf_printf(out,
		"  events %" PRIu64 "  %.0f/s  waiting %" PRIu64
		"  canaries in outputs \033[%dm%" PRIu64 "\033[0m\n  ",
		f->stats.values[STAT_EVENTS], f->rate,
		f->made - f->stats.values[STAT_EVENTS], f->canaries ? 31 : 32,
		f->canaries);
	put_counts(f, out);
	view_reasons(&f->stats, "  ", &line);
	put_cut(out, buf_slice(&line), v->columns);
	buf_printf(out, "  \033[32mkept\033[0m \033[33mchanged\033[0m "
			"\033[36mtoken\033[0m \033[2;31m· dropped\033[0m\n\n");
	if (f->event)
		view_event(f, true, v->columns, v->rows - HEAD_ROWS, out);
	buf_printf(out,
		"\n  look yourself:  kcat -C -b %s -t %s -o beginning\n",
		f->brokers, f->policy->purposes[0].topic);
	buf_fini(&line);
}

/* Each line clears what stood there before. */
static void
show_screen(const struct buf *screen)
{
	const uint8_t *at = screen->ptr, *end = at + screen->len, *line;

	fputs(TO_TOP, stdout);
	while ((line = memchr(at, '\n', (size_t)(end - at)))) {
		fwrite(at, 1, (size_t)(line - at), stdout);
		fputs(CLEAR_LINE "\n", stdout);
		at = line + 1;
	}
	fputs(CLEAR_BELOW, stdout);
	fflush(stdout);
}

static void
write_line(const struct view_facts *f)
{
	struct buf line;

	buf_init(&line, 0);
	buf_printf(&line, "%8" PRIu64 " events, %.0f/s, %" PRIu64 " waiting:  ",
		f->stats.values[STAT_EVENTS], f->rate,
		f->made - f->stats.values[STAT_EVENTS]);
	put_counts(f, &line);
	fwrite(line.ptr, 1, line.len, stdout);
	fflush(stdout);
	buf_fini(&line);
}

void
view_draw(struct view *v, const struct view_facts *f)
{
	struct buf screen;

	if (!v->terminal) {
		write_line(f);
		return;
	}
	measure(v);
	if (!v->drawn)
		fputs(HIDE_CURSOR CLEAR_ALL, stdout);
	v->drawn = true;
	buf_init(&screen, 0);
	put_screen(v, f, &screen);
	show_screen(&screen);
	buf_fini(&screen);
}

void
view_fini(struct view *v)
{
	if (v->drawn)
		fputs(SHOW_CURSOR "\n", stdout);
	fflush(stdout);
	v->drawn = false;
}
