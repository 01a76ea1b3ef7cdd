#include "cli/commands.h"
#include "cli/keys/change.h"
#include "crypto/ring/life.h"
#include "text/time.h"

#include <stdio.h>

static const struct option_row option_rows[] = {CHANGE_OPTIONS,
	{"epoch", "NUMBER", "which; `lethe keys show` lists them"},
	{"retention", "TIME",
		"how long the purpose's records live, as its policy says: "
		"90d"},
	{"early", "WHY",
		"destroy it although records made with it may still live"},
	{NULL, NULL, NULL}};

/* Whose records may still live, nobody could find for them any more. */
static enum lethe_status
check_age(const struct ring_epoch *e, int64_t retention_ms, const char *early,
	int64_t now_ms, struct lethe_error *err)
{
	int64_t from = e->retire_at_ms + retention_ms;

	if (now_ms >= from || early)
		return LETHE_OK;
	return fail(err, LETHE_ERING, 0,
		"records of epoch %u may live until %s: without its key rights "
		"of access and erasure cannot be served for them (--early WHY)",
		e->number, change_time(from));
}

static void
tell_who(const struct ring *r, const struct ring_epoch *e)
{
	char id[2 * KEY_ID_BYTES + 1];

	printf("an old copy of the ring and one of these secret keys would "
	       "open epoch %u again; replace them, and destroy the old halves:"
	       "\n",
		e->number);
	for (enum ring_role role = ROLE_RUNTIME; role <= ROLE_ERASURE; role++)
		for (size_t i = 0; i < ring_recipient_count(r, role); i++) {
			public_key_id(ring_recipient(r, role, i), id);
			printf("  %-8s %s\n", ring_role_name(role), id);
		}
}

struct destruction {
	uint64_t number; /* of the epoch */
	int64_t retention_ms;
};

static int
destroy(void *ctx, const struct options *o, struct change *c)
{
	const struct destruction *d = ctx;
	uint32_t number = (uint32_t)d->number;
	struct lethe_error err = {0};
	enum lethe_status status;
	char what[128];
	int code;

	status = number <= ring_epoch_count(c->ring)
			 ? check_age(ring_epoch_get(c->ring, number - 1),
				   d->retention_ms, option_get(o, "early"),
				   c->now_ms, &err)
			 : LETHE_OK;
	if (!status)
		status = ring_move(c->ring, number, RING_DESTROY,
			option_get(o, "early"), c->now_ms, &err);
	if (status)
		return report(&err);
	snprintf(what, sizeof(what),
		"epoch %u is destroyed: its key is in this ring no more",
		number);
	code = change_write(c, what);
	if (!code)
		tell_who(c->ring, ring_epoch_get(c->ring, number - 1));
	return code;
}

static int
run(int argc, char **argv)
{
	struct destruction d;
	struct options o;
	int code;

	if (!options_parse(&cmd_keys_destroy, argc, argv, 0, 0, &o, &code))
		return code;
	if (!option_needed(&o, "epoch") || !option_needed(&o, "retention") ||
		!option_count(&o, "epoch", 1, UINT32_MAX, &d.number))
		return EXIT_USAGE;
	if (!duration_parse(
		    slice_of(option_get(&o, "retention")), &d.retention_ms))
		return usage_error(&cmd_keys_destroy,
			"--retention is a length such as 90d");
	return change_do(&o, destroy, &d);
}

const struct command cmd_keys_destroy = {
	.words = "keys destroy",
	.synopsis = "--config FILE | --ring FILE --epoch NUMBER --retention "
		    "TIME [--early WHY]",
	.summary = "take an epoch's key out of the ring for good",
	.about = "Of an epoch past its overlap: takes every sealed copy of its "
		 "key out of the ring; the history says so.  Afterwards nobody "
		 "who holds this ring can make its tokens.\n\n"
		 "It is refused while records made with it may live, since "
		 "rights of access and erasure could not be served for them.  "
		 "What it cannot reach: older copies of the ring file, which a "
		 "secret key of then still opens; it lists whose.",
	.options = option_rows,
	.examples = "lethe keys destroy --ring ring.lethe --epoch 1 "
		    "--retention 90d",
	.run = run,
};
