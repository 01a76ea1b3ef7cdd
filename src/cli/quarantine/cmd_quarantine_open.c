#include "cli/commands.h"
#include "cli/load.h"
#include "cli/options.h"
#include "cli/quarantine/quarantine_lines.h"

#include <stdio.h>

static const struct option_row option_rows[] = {
	{"key", "FILE",
		"the quarantine's secret key: a path, fd:N or command:…"},
	{"passphrase", "FILE",
		"where its passphrase is, in the same forms; without: asked on "
		"the terminal"},
	{NULL, NULL, NULL}};

/* The members of the clear part and of what was sealed, as one object. */
static enum lethe_status
open_record(void *ctx, struct slice record,
	const struct quarantine_clear *clear, struct buf *out,
	struct lethe_error *err)
{
	const struct secret_key *secret = ctx;
	enum lethe_status status;
	struct buf payload;

	buf_init(&payload, 0);
	status = quarantine_open(record, secret, &payload, err);
	if (status == LETHE_OK) {
		put_quarantine_clear(clear, out);
		if (!out->full)
			out->len--; /* its brace */
		buf_put_byte(out, ',');
		buf_put(out, payload.ptr + 1, payload.len - 1);
		buf_put_byte(out, '\n');
	}
	buf_fini(&payload);
	return status;
}

static int
run(int argc, char **argv)
{
	struct secret_key *secret = NULL;
	struct lethe_error err = {0};
	struct options o;
	int code;

	if (!options_parse(&cmd_quarantine_open, argc, argv, 0, 1, &o, &code))
		return code;
	if (!option_needed(&o, "key"))
		return EXIT_USAGE;
	if (secret_key_open_under(option_get(&o, "key"),
		    option_get(&o, "passphrase"), &secret, &err))
		return report_opening(&err);
	fputs("lethe: what follows is personal data: raw events, as they "
	      "came\n",
		stderr);
	code = quarantine_lines(
		o.arg_count ? o.args[0] : "-", open_record, secret);
	secret_key_free(secret);
	return code;
}

const struct command cmd_quarantine_open = {
	.words = "quarantine open",
	.synopsis = "--key FILE [FILE|-]",
	.summary = "opens quarantined events: personal data",
	.about =
		"Reads quarantine records, one JSON object a line, from a file "
		"or standard input, opens each with the quarantine's secret "
		"key and prints one JSON object a line: the clear part, and "
		"the message's `key`, `headers`, `timestamp` and `value`; key "
		"and values in base64.\n\n"
		"A record changed after it was sealed, in its clear part too, "
		"is refused.  Ends with 1 when a record could not be opened.",
	.options = option_rows,
	.examples = "lethe quarantine open --key oncall.key quarantine.ndjson\n"
		    "lethe quarantine open --key oncall.key quarantine.ndjson "
		    "| jq -r .value | base64 -d",
	.run = run,
};
