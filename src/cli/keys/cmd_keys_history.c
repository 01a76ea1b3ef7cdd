#include "cli/commands.h"
#include "cli/keys/change.h"
#include "cli/output.h"
#include "event/writer.h"

static const struct option_row option_rows[] = {CHANGE_OPTIONS,
	{"json", NULL, "one JSON object a line, for scripts"},
	{NULL, NULL, NULL}};

static void
put(struct buf *out, const struct ring_event *e)
{
	buf_printf(out, "%7u  %s  %s\n", e->version, change_time(e->at_ms),
		e->what);
}

static void
put_json(struct buf *out, const struct ring_event *e)
{
	char previous[2 * RING_HASH_BYTES + 1];
	struct writer w;

	hex_text(e->previous, RING_HASH_BYTES, previous);
	writer_init(&w, FORMAT_JSON, out);
	write_object(&w, 4);
	write_key(&w, slice_of("version"));
	write_int(&w, e->version);
	write_key(&w, slice_of("at_ms"));
	write_int(&w, e->at_ms);
	write_key(&w, slice_of("previous"));
	write_string(&w, slice_of(previous));
	write_key(&w, slice_of("what"));
	write_string(&w, slice_of(e->what));
	write_object_end(&w);
	buf_put_byte(out, '\n');
}

static int
tell(void *ctx, const struct options *o, struct change *c)
{
	bool json = option_has(o, "json");
	struct lethe_error err = {0};
	struct buf out;
	int code;

	(void)ctx;
	buf_init(&out, 0);
	for (size_t i = 0; i < ring_history_count(c->held); i++) {
		struct ring_event e = ring_history_get(c->held, i);

		if (json)
			put_json(&out, &e);
		else
			put(&out, &e);
	}
	if (!json && !out.len)
		buf_put_text(&out, "nothing was changed since it was made\n");
	code = output_flush(&out, true, &err) ? report(&err) : EXIT_YES;
	buf_fini(&out);
	return code;
}

static int
run(int argc, char **argv)
{
	struct options o;
	int code;

	if (!options_parse(&cmd_keys_history, argc, argv, 0, 0, &o, &code))
		return code;
	return change_do(&o, tell, NULL);
}

const struct command cmd_keys_history = {
	.words = "keys history",
	.synopsis = "--config FILE | --ring FILE [--json]",
	.summary = "what each version of a ring changed",
	.about = "Each version of a ring says what it changed, when, and what "
		 "digest the version before had; the signatures are over it.",
	.options = option_rows,
	.examples = "lethe keys history --ring ring.lethe",
	.run = run,
};
