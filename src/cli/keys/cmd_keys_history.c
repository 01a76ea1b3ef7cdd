#include "cli/commands.h"
#include "cli/keys/change.h"
#include "cli/output.h"
#include "event/writer.h"

static const struct option_row option_rows[] = {CHANGE_OPTIONS,
	{"json", NULL, "one JSON object a line, for scripts"},
	{NULL, NULL, NULL}};

#define MADE "made"

/* A version, and what the ring keeps of how it came to be. */
struct line {
	uint32_t version;
	bool timed;
	int64_t at_ms;
	const uint8_t *previous; /* NULL: there is none before it */
	const uint8_t *digest;	 /* of version 1; NULL: not kept */
	const char *what;
};

/*
 * Version 1 has no line in the ring: its digest is what version 2 names, and it
 * was made with the first of the epochs, if it had some.
 */
static struct line
first_version(const struct ring *r)
{
	struct line first = {.version = 1, .what = MADE};
	struct ring_event e = {0};

	if (ring_history_count(r))
		e = ring_history_get(r, 0);
	if (ring_version(r) == 1)
		first.digest = ring_digest(r);
	else if (e.version == 2)
		first.digest = e.previous;
	for (size_t i = 0; i < ring_epoch_count(r); i++) {
		int64_t made_ms = ring_epoch_get(r, i)->created_ms;

		if ((!e.version || made_ms < e.at_ms) &&
			(!first.timed || made_ms < first.at_ms)) {
			first.timed = true;
			first.at_ms = made_ms;
		}
	}
	return first;
}

static void
put(struct buf *out, const struct line *l)
{
	char digest[2 * RING_HASH_BYTES + 1];

	buf_printf(out, "%7u  %-20s  %s", l->version,
		l->timed ? change_time(l->at_ms) : "not kept", l->what);
	if (l->digest) {
		hex_text(l->digest, RING_HASH_BYTES, digest);
		buf_printf(out, "; its digest is %s", digest);
	}
	buf_put_byte(out, '\n');
}

static void
put_digest(struct writer *w, const char *key, const uint8_t *digest)
{
	char text[2 * RING_HASH_BYTES + 1];

	write_key(w, slice_of(key));
	if (!digest) {
		write_null(w);
		return;
	}
	hex_text(digest, RING_HASH_BYTES, text);
	write_string(w, slice_of(text));
}

static void
put_json(struct buf *out, const struct line *l)
{
	struct writer w;

	writer_init(&w, FORMAT_JSON, out);
	write_object(&w, 0);
	write_key(&w, slice_of("version"));
	write_int(&w, l->version);
	write_key(&w, slice_of("at_ms"));
	if (l->timed)
		write_int(&w, l->at_ms);
	else
		write_null(&w);
	put_digest(&w, "previous", l->previous);
	if (l->version == 1)
		put_digest(&w, "digest", l->digest);
	write_key(&w, slice_of("what"));
	write_string(&w, slice_of(l->what));
	write_object_end(&w);
	buf_put_byte(out, '\n');
}

static int
tell(void *ctx, const struct options *o, struct change *c)
{
	void (*show)(struct buf *, const struct line *) =
		option_has(o, "json") ? put_json : put;
	struct line line = first_version(c->held);
	struct lethe_error err = {0};
	struct buf out;
	int code;

	(void)ctx;
	buf_init(&out, 0);
	show(&out, &line);
	for (size_t i = 0; i < ring_history_count(c->held); i++) {
		struct ring_event e = ring_history_get(c->held, i);

		line = (struct line){.version = e.version,
			.timed = true,
			.at_ms = e.at_ms,
			.previous = e.previous,
			.what = e.what};
		show(&out, &line);
	}
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
	return change_look(&o, tell, NULL);
}

const struct command cmd_keys_history = {
	.words = "keys history",
	.synopsis = "--config FILE | --ring FILE [--json]",
	.summary = "what each version of a ring changed",
	.about = "Each version of a ring says what it changed, when, and what "
		 "digest the version before had; the signatures are over it.  "
		 "Of version 1 a ring keeps its digest alone, and when its "
		 "epochs were made; who made it, it does not say.",
	.options = option_rows,
	.examples = "lethe keys history --ring ring.lethe",
	.run = run,
};
