#include "cli/commands.h"
#include "cli/keys/fleet.h"
#include "cli/options.h"
#include "cli/output.h"
#include "event/writer.h"

#include <stdlib.h>
#include <string.h>

#define INSTANCES_MAX 256

static const struct option_row option_rows[] = {
	{"json", NULL, "one JSON object an instance, for scripts"},
	{NULL, NULL, NULL}};

struct fleet {
	struct fleet_instance list[INSTANCES_MAX];
	size_t count;
	size_t differ, silent;
};

/* The one that the others are held against: of the newest version. */
static const struct fleet_instance *
newest(const struct fleet *f)
{
	const struct fleet_instance *best = NULL;

	for (size_t i = 0; i < f->count; i++)
		if (!f->list[i].why.status &&
			(!best || f->list[i].version > best->version))
			best = &f->list[i];
	return best;
}

static const char *
verdict(struct fleet *f, const struct fleet_instance *i)
{
	const struct fleet_instance *best = newest(f);
	const char *is = "no answer";

	if (i->why.status) {
		f->silent++;
		return is;
	}
	is = fleet_difference(i, best);
	f->differ += is != NULL;
	return is ? is : "same";
}

static void
put(struct buf *out, const struct fleet_instance *i, const char *is)
{
	if (i->why.status) {
		buf_printf(out, "%s\n  no answer: %s\n", i->url, i->why.what);
		return;
	}
	buf_printf(out, "%s\n  instance %s, ring %s, version %u: %s\n", i->url,
		i->name, i->ring, i->version, is);
	if (i->learns_ms < 0)
		buf_put_text(out, "  takes a changed ring at SIGHUP alone\n");
	else
		buf_printf(out, "  takes a changed ring within %.1f s\n",
			(double)i->learns_ms / 1000);
	for (size_t e = 0; e < i->epoch_count; e++)
		buf_printf(out, "  epoch %-4u %-20s %-10s %s%s\n",
			i->epochs[e].number, i->epochs[e].purpose,
			i->epochs[e].state, i->epochs[e].fingerprint,
			i->epochs[e].held ? "" : "  key not held");
}

static void
write_epochs(struct writer *w, const struct fleet_instance *i)
{
	write_key(w, slice_of("epochs"));
	write_array(w, i->epoch_count);
	for (size_t e = 0; e < i->epoch_count; e++) {
		const struct fleet_epoch *of = &i->epochs[e];

		write_object(w, 5);
		write_member_int(w, "number", of->number);
		write_member_text(w, "purpose", of->purpose);
		write_member_text(w, "state", of->state);
		write_member_text(w, "fingerprint", of->fingerprint);
		write_key(w, slice_of("held"));
		write_bool(w, of->held);
		write_object_end(w);
	}
	write_array_end(w);
}

static void
put_json(struct buf *out, const struct fleet_instance *i, const char *is)
{
	struct writer w;

	writer_init(&w, FORMAT_JSON, out);
	write_object(&w, i->why.status ? 3 : 7);
	write_member_text(&w, "url", i->url);
	write_member_text(&w, "is", is);
	if (i->why.status) {
		write_member_text(&w, "why", i->why.what);
	} else {
		write_member_text(&w, "instance", i->name);
		write_member_text(&w, "ring", i->ring);
		write_member_int(&w, "version", i->version);
		write_member_int(&w, "learns_ms", i->learns_ms);
		write_epochs(&w, i);
	}
	write_object_end(&w);
	buf_put_byte(out, '\n');
}

static void
put_result(struct buf *out, const struct fleet *f)
{
	size_t same = f->count - f->differ - f->silent;

	buf_printf(out, "%zu of %zu hold the same keys", same, f->count);
	if (f->differ)
		buf_printf(out, "; %zu hold others", f->differ);
	if (f->silent)
		buf_printf(out, "; %zu did not answer", f->silent);
	buf_put_byte(out, '\n');
	if (f->differ)
		buf_put_text(out,
			"\nnext:\n  bring the newest ring to the others; each "
			"takes it in the time that it states, or says "
			"`ring_refused` and why in its log\n");
}

static int
tell(struct fleet *f, bool json)
{
	struct lethe_error err = {0};
	struct buf out;
	int code;

	buf_init(&out, 0);
	for (size_t i = 0; i < f->count; i++)
		(json ? put_json : put)(
			&out, &f->list[i], verdict(f, &f->list[i]));
	if (!json)
		put_result(&out, f);
	code = output_flush(&out, true, &err) ? report(&err) : EXIT_YES;
	buf_fini(&out);
	return !code && (f->differ || f->silent) ? EXIT_NO : code;
}

static int
ask(struct fleet *f, const char *url)
{
	struct fleet_instance *i = &f->list[f->count++];

	fleet_ask(url, i);
	if (i->why.status != LETHE_EUSAGE)
		return EXIT_YES;
	return usage_error(&cmd_keys_status, "%s: %s", url, i->why.what);
}

static int
run(int argc, char **argv)
{
	struct lethe_error err = {0};
	struct fleet *fleet;
	struct options o;
	int code;

	if (!options_parse(
		    &cmd_keys_status, argc, argv, 1, INSTANCES_MAX, &o, &code))
		return code;
	fleet = calloc(1, sizeof(*fleet));
	if (!fleet) {
		(void)fail(&err, LETHE_ENOMEM, 0, "no memory for a fleet");
		return report(&err);
	}
	for (size_t i = 0; !code && i < o.arg_count; i++)
		code = ask(fleet, o.args[i]);
	if (!code)
		code = tell(fleet, option_has(&o, "json"));
	for (size_t i = 0; i < fleet->count; i++)
		fleet_forget(&fleet->list[i]);
	free(fleet);
	return code;
}

const struct command cmd_keys_status = {
	.words = "keys status",
	.synopsis = "[--json] URL...",
	.summary = "which keys running instances hold",
	.about = "Asks each instance at its http.listen for /keys: the ring's "
		 "id, version and digest, and each epoch with its fingerprint, "
		 "its state and whether the key is held.  They are held "
		 "against one of the newest version.  Exit 0: all hold the "
		 "same; 1: one does not, or does not answer.\n\n"
		 "Plain HTTP, five seconds an instance; keys are not shown and "
		 "not asked for.",
	.options = option_rows,
	.examples = "lethe keys status http://127.0.0.1:9464\n"
		    "lethe keys status --json http://pod-0:9464 "
		    "http://pod-1:9464",
	.run = run,
};
