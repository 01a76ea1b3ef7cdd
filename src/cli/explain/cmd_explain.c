#include "base/clock.h"
#include "base/file.h"
#include "cli/commands.h"
#include "cli/explain/explain_print.h"
#include "cli/load.h"
#include "cli/options.h"
#include "cli/output.h"
#include "crypto/secret.h"
#include "event/reader.h"
#include "policy/policy.h"

#include <stdio.h>

static const struct option_row option_rows[] = {
	{"config", "FILE",
		"settings that name the policy; other options go over them"},
	{"policy", "FILE", "the policy"},
	{"ring", "FILE", "the key ring: tells the epochs of the tokens"},
	{"secret", "FILE", "the secret key that opens the ring, or fd:N"},
	{"passphrase", "FILE",
		"where the secret key's passphrase is: a path, fd:N or "
		"command:…; without: asked on the terminal"},
	{"purpose", "NAME", "this purpose alone"},
	{"consent", "FILE",
		"records of the consent ledger, a line {\"key\":…,\"value\":…} "
		"each; without: every answer of a ledger is ledger_stale"},
	{"format", "json|msgpack",
		"form of the event; default: by its first byte"},
	{"now", "TIME",
		"processing time and broker's time; default: the clock"},
	{"topic", "NAME", "take the event as that topic's"},
	{"json", NULL, "one JSON object, for scripts"},
	{"show-values", NULL,
		"show values, and keys that the policy does not name: personal "
		"data on your screen"},
	{NULL, NULL, NULL}};

#define EVENT_BYTES_MAX ((size_t)64 * 1024 * 1024)

static int
explain_event(const struct lethe_view *view, const struct lethe_input *input,
	const struct explain_style *style, bool json)
{
	struct explanation e = {0};
	struct lethe_scratch *scratch = NULL;
	struct lethe_error err = {0};
	struct buf out;
	uint64_t seed;
	int code = EXIT_YES;

	buf_init(&out, 0);
	random_bytes(&seed, sizeof(seed));
	if (lethe_scratch_new(seed, &scratch, &err) ||
		explain(view, scratch, input, &e, &err)) {
		code = report(&err);
		goto out;
	}
	if (json)
		explain_print_json(&e, style, &out);
	else
		explain_print(&e, style, &out);
	if (lethe_status_class(e.status) == LETHE_CLASS_POISON)
		code = EXIT_NO;
	if (output_flush(&out, true, &err))
		code = report(&err);
out:
	explanation_fini(&e);
	lethe_scratch_free(scratch);
	buf_fini(&out);
	return code;
}

static bool
read_options(const struct options *o, struct lethe_input *input)
{
	static const char *const formats[] = {"json", "msgpack", NULL};
	static const enum lethe_format values[] = {
		LETHE_FORMAT_JSON, LETHE_FORMAT_MSGPACK, LETHE_FORMAT_ANY};
	size_t format = 2;

	*input = (struct lethe_input){
		.size = sizeof(*input), .now_ms = clock_now_ms()};
	if (!option_choice(o, "format", formats, &format) ||
		!option_time(o, "now", &input->now_ms))
		return false;
	input->format = values[format];
	input->broker_ms = input->now_ms;
	return true;
}

/* The break that ends a line of JSON is the shell's, not the event's. */
static void
drop_line_break(struct buf *event)
{
	if (format_sniff(buf_slice(event)) != FORMAT_JSON)
		return;
	if (event->len && event->ptr[event->len - 1] == '\n')
		event->len--;
	if (event->len && event->ptr[event->len - 1] == '\r')
		event->len--;
}

/* A file of events, given in the place of one. */
static bool
has_lines(const struct buf *event)
{
	return event->len && format_sniff(buf_slice(event)) == FORMAT_JSON &&
	       memmem(event->ptr, event->len, "\n{", 2);
}

/* Reads the event whole and explains it. */
static int
read_and_explain(const struct options *o, const struct load *load,
	struct lethe_input *input)
{
	struct explain_style style = {.policy = load->policy,
		.file = load->policy_path,
		.show_values = option_has(o, "show-values"),
		.no_ledger = load->policy->ledger.is && !load->ledger,
		.together = load_topics_together(load, input->channel)};
	struct lethe_error err = {0};
	struct buf event;
	int code;

	buf_init(&event, 0);
	if (file_read(o->arg_count ? o->args[0] : "-", EVENT_BYTES_MAX, &event,
		    &err)) {
		code = report(&err);
	} else {
		if (input->format != LETHE_FORMAT_MSGPACK)
			drop_line_break(&event);
		style.lines = has_lines(&event);
		/* an empty file is an empty event, not a tombstone */
		input->value = event.ptr ? (const void *)event.ptr : "";
		input->len = event.len;
		code = explain_event(
			load->view, input, &style, option_has(o, "json"));
	}
	buf_fini(&event);
	return code;
}

/* What of the records of --consent is not as it may have been meant. */
static void
tell_consent(const struct lethe_ledger_counts *n)
{
	if (n->malformed)
		fprintf(stderr,
			"consent: %zu malformed, the first in line %zu: they "
			"stop every purpose\n",
			n->malformed, n->first_malformed);
	if (n->strangers)
		fprintf(stderr,
			"consent: %zu with a key that no event has, the first "
			"in line %zu\n",
			n->strangers, n->first_stranger);
}

/* By itself it needs none, and the settings' are not its to open. */
static bool
wants_keys(const struct options *o)
{
	return option_get(o, "ring") || option_get(o, "secret");
}

/* Of a key that is not opened there is no passphrase. */
static bool
check_usage(const struct options *o)
{
	return wants_keys(o) || option_with(o, "passphrase", "secret");
}

static int
run(int argc, char **argv)
{
	struct lethe_input input;
	struct load load = {0};
	struct options o;
	int code;

	if (!options_parse(&cmd_explain, argc, argv, 0, 1, &o, &code))
		return code;
	if (!check_usage(&o) || !read_options(&o, &input))
		return EXIT_USAGE;
	/* What is no file's name is not told again. */
	if (o.arg_count && (*o.args[0] == '{' || *o.args[0] == '['))
		return usage_error(&cmd_explain,
			"an event is read from a file or standard input; as an "
			"argument the list of processes would show it");
	code = load_view(&o, wants_keys(&o) ? LOAD_RING : LOAD_POLICY,
		input.now_ms, &load);
	if (!code)
		code = load_topic(&o, &load, &input.channel);
	if (!code) {
		tell_consent(&load.consent);
		code = read_and_explain(&o, &load, &input);
	}
	load_fini(&load);
	return code;
}

const struct command cmd_explain = {
	.words = "explain",
	.synopsis = "--config FILE | --policy FILE [OPTIONS] [FILE]",
	.summary = "why each leaf of one event left or did not",
	.about =
		"Reads one event from a file or standard input (line breaks "
		"inside it are fine) and tells, for every leaf of it, which "
		"purposes got it, as what, by which line of the policy, or why "
		"it was dropped; and what every consent source answered for "
		"every purpose.  It needs no key ring; with --ring and "
		"--secret it tells the epochs of the tokens, and with "
		"--show-values the tokens.\n\n"
		"It shows no value.  A key that the policy does not name is "
		"shown by its position, as in $.properties.<7>, since names "
		"can be personal data too; --show-values shows both.\n\n"
		"Ends with 0 when the event is well-formed, sent or not, and "
		"with 1 when it is poison.",
	.options = option_rows,
	.examples =
		"lethe explain --config shop/lethe.yaml event.json\n"
		"head -n 1 shop/events.ndjson | lethe explain --policy "
		"shop/policy.yaml\n"
		"lethe explain --policy shop/policy.yaml --json event.json\n"
		"lethe explain --policy policy.yaml --consent "
		"consent.ndjson event.json",
	.run = run,
};
