#include "cli/commands.h"
#include "cli/keys/change.h"
#include "cli/keys/forecast.h"
#include "crypto/ring/life.h"
#include "text/time.h"

#include <stdio.h>

static const struct option_row option_rows[] = {CHANGE_OPTIONS,
	{"purpose", "NAME", "whose epoch"},
	{"at", "TIME", "the instant from which the new one makes the tokens"},
	{"overlap", "TIME",
		"so long both are named beside each other, as 30d; 0d: at one "
		"stroke"},
	{"forecast", NULL,
		"read the purpose's topic first: whom would an overlap carry? "
		"Without --at, that alone"},
	{NULL, NULL, NULL}};

static int
propose(void *ctx, const struct options *o, struct change *c)
{
	struct ring_rotation *to = ctx;
	struct lethe_error err = {0};
	char what[512];
	uint32_t number;

	to->domain = change_purpose(c, o);
	if (!to->domain)
		return EXIT_USAGE;
	if (option_has(o, "forecast")) {
		int code = forecast_show(o, c);

		if (code || !option_has(o, "at"))
			return code;
	}
	if (c->waiting && change_check_instants(c, &err))
		return report(&err);
	if (ring_propose(c->ring, to, c->now_ms, &number, &err))
		return report(&err);
	snprintf(what, sizeof(what),
		"epoch %u of %s\n  from %s every instance makes its tokens "
		"with it\n  until %s records carry the tokens of the epoch "
		"before as well%s",
		number, option_get(o, "purpose"),
		change_time(to->active_from_ms),
		change_time(to->active_from_ms + to->overlap_ms),
		to->overlap_ms ? "" : ": not at all, no token links the two");
	if (!option_has(o, "forecast"))
		puts("no forecast was made of whom the overlap carries: "
		     "--forecast, with --config, reads the purpose's topic");
	return change_write(c, what);
}

static int
run(int argc, char **argv)
{
	struct ring_rotation to = {0};
	struct options o;
	int code;

	if (!options_parse(&cmd_keys_propose, argc, argv, 0, 0, &o, &code))
		return code;
	if (!option_needed(&o, "purpose"))
		return EXIT_USAGE;
	if (option_has(&o, "forecast") && !option_has(&o, "at") &&
		!option_has(&o, "overlap"))
		return change_do(&o, propose, &to);
	if (!option_needed(&o, "at") || !option_needed(&o, "overlap") ||
		!option_time(&o, "at", &to.active_from_ms))
		return EXIT_USAGE;
	if (!duration_parse(
		    slice_of(option_get(&o, "overlap")), &to.overlap_ms))
		return usage_error(&cmd_keys_propose,
			"--overlap is a length such as 30d, 12h or 0d");
	return change_do(&o, propose, &to);
}

const struct command cmd_keys_propose = {
	.words = "keys propose",
	.synopsis = "--config FILE | --ring FILE --purpose NAME --at TIME "
		    "--overlap TIME [--forecast]",
	.summary = "open a new epoch of a purpose at an instant",
	.about =
		"Makes a new epoch of a purpose: from the instant on, by "
		"processing time and on every instance alike, tokens are made "
		"with it.  During the overlap each record carries the token of "
		"the epoch before beside it (subject_was), so that consumers "
		"can carry profiles over; after it the old epoch is kept for "
		"rights of access and erasure alone.  With --overlap 0d no "
		"token links the two.\n\n"
		"It needs no secret key: the new epoch is sealed to the ring's "
		"recipients.  Choose an instant that leaves time to approve "
		"it, and to bring the ring to every instance.  One rotation of "
		"a purpose at a time; `lethe keys retire` calls one off that "
		"has not come.\n\n"
		"--forecast, with --config, reads the purpose's topic whole "
		"and says which share of the people seen lately an overlap of "
		"7, 14, 30 or 60 days would have carried.  It takes the right "
		"to read that topic, joins no group and commits nothing; when "
		"it cannot be made, nothing is proposed.",
	.options = option_rows,
	.examples = "lethe keys propose --ring ring.lethe --purpose "
		    "recommendations --at 2030-01-01T03:00:00Z --overlap 30d\n"
		    "lethe keys propose --config shop/lethe.yaml --purpose "
		    "recommendations --forecast",
	.run = run,
};
