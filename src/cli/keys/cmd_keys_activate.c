#include "cli/commands.h"
#include "cli/keys/change.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static const struct option_row option_rows[] = {
	CHANGE_OPTIONS, {NULL, NULL, NULL}};

/* What only one machine can open is lost with it. */
static enum lethe_status
check_holders(const struct ring *r, struct lethe_error *err)
{
	if (ring_recipient_count(r, ROLE_ERASURE))
		return LETHE_OK;
	return fail(err, LETHE_ERING, 0,
		"nobody but the runtime could open the ring's keys: add an "
		"erasure recipient, whose secret half is kept off line "
		"(`lethe keys recipient add`)");
}

/* Signatures take their time; an instant that has passed meanwhile would be
   another one on each instance. */
static enum lethe_status
check_instants(const struct change *c, struct lethe_error *err)
{
	for (size_t i = ring_epoch_count(c->held);
		i < ring_epoch_count(c->ring); i++) {
		const struct ring_epoch *e = ring_epoch_get(c->ring, i);

		if (e->active_from_ms > e->created_ms &&
			e->active_from_ms <= c->now_ms && !e->destroyed_at_ms)
			return fail(err, LETHE_ERING, 0,
				"the instant of epoch %u has passed while it "
				"waited: take %.80s away and propose it again",
				e->number, c->next);
	}
	return LETHE_OK;
}

static int
activate(void *ctx, const struct options *o, struct change *c)
{
	struct lethe_error err = {0};
	enum lethe_status status = ring_verify(c->ring, NULL, &err);

	(void)ctx;
	(void)o;
	if (!status)
		status = check_holders(c->ring, &err);
	if (!status)
		status = check_instants(c, &err);
	if (!status)
		status = ring_write(c->ring, c->path, false, &err);
	if (status)
		return report(&err);
	/* What stays behind no longer follows the ring, and is refused. */
	if (unlink(c->next) && errno != ENOENT)
		printf("%s could not be taken away: do so\n", c->next);
	printf("%s is now version %u\n\nnext:\n  give it to every instance: "
	       "`lethe run` takes it by itself; back it up\n",
		c->path, ring_version(c->ring));
	return EXIT_YES;
}

static int
run(int argc, char **argv)
{
	struct options o;
	int code;

	if (!options_parse(&cmd_keys_activate, argc, argv, 0, 0, &o, &code))
		return code;
	return change_do_waiting(&o, activate, NULL);
}

const struct command cmd_keys_activate = {
	.words = "keys activate",
	.synopsis = "--config FILE | --ring FILE",
	.summary = "put an approved version in the ring's place",
	.about =
		"Checks the signatures of the version that waits and writes it "
		"over the ring, whole or not at all.  It is refused while "
		"signatures lack, when an instant has passed meanwhile, and "
		"when nobody but the runtime could open the keys: one "
		"recipient "
		"more (role erasure), kept off line, is the way back after a "
		"loss.",
	.options = option_rows,
	.examples = "lethe keys activate --ring ring.lethe",
	.run = run,
};
