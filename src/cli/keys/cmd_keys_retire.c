#include "cli/commands.h"
#include "cli/keys/change.h"
#include "crypto/ring/life.h"

#include <stdio.h>

static const struct option_row option_rows[] = {CHANGE_OPTIONS,
	{"epoch", "NUMBER", "which; `lethe keys show` lists them"},
	{NULL, NULL, NULL}};

static int
retire(void *ctx, const struct options *o, struct change *c)
{
	uint32_t number = (uint32_t) * (const uint64_t *)ctx;
	bool ahead = number <= ring_epoch_count(c->ring) &&
		     ring_epoch_state(c->ring, number - 1, c->now_ms) ==
			     EPOCH_SCHEDULED;
	struct lethe_error err = {0};
	char what[256];

	(void)o;
	if (ring_move(c->ring, number, ahead ? RING_CALL_OFF : RING_RETIRE,
		    NULL, c->now_ms, &err))
		return report(&err);
	if (ahead)
		snprintf(what, sizeof(what),
			"epoch %u is called off: the one before it goes on",
			number);
	else
		snprintf(what, sizeof(what),
			"epoch %u is retired: its key leaves the runtime, and "
			"stays with the erasure recipients",
			number);
	return change_write(c, what);
}

static int
run(int argc, char **argv)
{
	struct options o;
	uint64_t number;
	int code;

	if (!options_parse(&cmd_keys_retire, argc, argv, 0, 0, &o, &code))
		return code;
	if (!option_needed(&o, "epoch") ||
		!option_count(&o, "epoch", 1, UINT32_MAX, &number))
		return EXIT_USAGE;
	return change_do(&o, retire, &number);
}

const struct command cmd_keys_retire = {
	.words = "keys retire",
	.synopsis = "--config FILE | --ring FILE --epoch NUMBER",
	.summary = "end an overlap, or call a scheduled epoch off",
	.about =
		"Of an epoch in overlap, or past it: takes its key from the "
		"runtime recipients; the erasure recipients keep it until it "
		"is destroyed.  An overlap that is still open ends at once.\n\n"
		"Of an epoch whose instant lies ahead: calls it off; the one "
		"before it stays active.  The number is never used again.",
	.options = option_rows,
	.examples = "lethe keys retire --ring ring.lethe --epoch 3",
	.run = run,
};
