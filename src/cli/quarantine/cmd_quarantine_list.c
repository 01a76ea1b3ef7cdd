#include "cli/commands.h"
#include "cli/options.h"
#include "cli/quarantine/quarantine_lines.h"
#include "text/time.h"

#include <inttypes.h>

static const struct option_row option_rows[] = {
	{"json", NULL, "one JSON object a record, for scripts"},
	{NULL, NULL, NULL}};

struct list {
	bool json;
	bool begun;
};

static void
put_row(const struct quarantine_clear *clear, struct buf *out)
{
	char at[TIME_TEXT_BYTES];

	if (!time_format(clear->at_ms, GRAIN_SECOND, at))
		(void)snprintf(at, sizeof(at), "-");
	buf_printf(out, "%-20s  %-23s %8" PRIu64 " %8" PRIu64 "  ", at,
		clear->reason, clear->offset, clear->bytes);
	if (clear->topic[0])
		buf_printf(out, "%s/%d@%" PRId64, clear->topic,
			clear->partition, clear->position);
	else
		buf_printf(out, "line %" PRId64, clear->position);
	if (clear->replays)
		buf_printf(out, " (replayed %" PRIu32 "x)", clear->replays);
	buf_put_text(out, clear->sealed ? "\n" : " (not here)\n");
}

static enum lethe_status
take(void *ctx, struct slice record, const struct quarantine_clear *clear,
	struct buf *out, struct lethe_error *err)
{
	struct list *list = ctx;

	(void)record;
	(void)err;
	if (list->json) {
		put_quarantine_clear(clear, out);
		buf_put_byte(out, '\n');
		return LETHE_OK;
	}
	if (!list->begun)
		buf_printf(out, "%-20s  %-23s %8s %8s  %s\n", "at", "reason",
			"offset", "bytes", "from");
	list->begun = true;
	put_row(clear, out);
	return LETHE_OK;
}

static int
run(int argc, char **argv)
{
	struct list list = {0};
	struct options o;
	int code;

	if (!options_parse(&cmd_quarantine_list, argc, argv, 0, 1, &o, &code))
		return code;
	list.json = option_has(&o, "json");
	return quarantine_lines(o.arg_count ? o.args[0] : "-", take, &list);
}

const struct command cmd_quarantine_list = {
	.words = "quarantine list",
	.synopsis = "[--json] [FILE|-]",
	.summary = "what was quarantined, why and where it came from",
	.about =
		"Reads quarantine records, one JSON object a line, from a file "
		"or standard input and shows their clear parts: when, by what "
		"reason, at which byte of the event, how long it was, and its "
		"topic, partition and offset (or line of a file).  It needs no "
		"key and shows nothing of an event.\n\n"
		"`not here` says that a record holds coordinates alone, "
		"`replayed 2x` that the event was sent through again twice "
		"and is still poison.  The marks of replayed events are left "
		"out.  Ends with 1 when a line is no quarantine record.",
	.options = option_rows,
	.examples = "lethe quarantine list quarantine.ndjson\n"
		    "lethe quarantine list --json < quarantine.ndjson",
	.run = run,
};
