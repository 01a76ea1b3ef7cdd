#include "cli/commands.h"
#include "cli/consent/consent_job.h"

#include "base/clock.h"
#include "base/log.h"
#include "text/time.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#define EVERY_LEAST_MS 1000

static const struct option_row option_rows[] = {CONSENT_JOB_OPTIONS,
	{"every", "DURATION", "how often; default: `heartbeat` of the policy"},
	{"once", NULL, "one, and then it ends"}, {NULL, NULL, NULL}};

/* One record to each partition, together; one that came is heard, too. */
static enum lethe_status
beat(struct desk *d, struct lethe_error *err)
{
	struct slice key = slice_of(HEARTBEAT_KEY);
	int64_t now_ms = clock_now_ms();
	char at[TIME_TEXT_BYTES], value[80];
	enum lethe_status status = desk_recount(d, DESK_LEDGER, err);

	if (!status)
		status = desk_begin(d, err);
	(void)time_format(now_ms, GRAIN_SECOND, at);
	(void)snprintf(
		value, sizeof(value), "{\"v\":1,\"heartbeat\":\"%s\"}", at);
	for (int32_t i = 0; !status && i < desk_partitions(d, DESK_LEDGER); i++)
		status = desk_put(
			d, DESK_LEDGER, i, key, slice_of(value), now_ms, err);
	return status ? status : desk_commit(d, err);
}

/* Whether it is vain to try again. */
static bool
is_final(enum lethe_status status)
{
	return status == LETHE_EFENCED || status == LETHE_EDENIED ||
	       status == LETHE_ENOMEM;
}

/* True when a signal ended the wait. */
static bool
wait_until(const sigset_t *signals, int64_t until_ns)
{
	int64_t left = until_ns - clock_monotonic_ns();
	struct timespec t = {0};

	if (left > 0)
		t = (struct timespec){left / 1000000000, left % 1000000000};
	for (;;) {
		if (sigtimedwait(signals, NULL, &t) > 0)
			return true;
		if (errno != EINTR)
			return false;
		t = (struct timespec){0};
	}
}

static void
log_failure(const struct lethe_error *err)
{
	LOG(LOG_WARN, "heartbeat_failed", LOG_TEXT("why", err->what),
		LOG_TEXT("do", "it is tried again; readers take the ledger for "
			       "stale when three are missed"));
}

/* Until a signal; a broker that is away is waited for. */
static enum lethe_status
beat_on(struct consent_job *j, const char *id, int64_t every_ms,
	struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;
	bool writes = true;
	sigset_t signals;
	int64_t next_ns = clock_monotonic_ns();

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	while (!wait_until(&signals, next_ns)) {
		next_ns = clock_monotonic_ns() + every_ms * 1000000;
		status = writes ? LETHE_OK : desk_write(j->desk, id, err);
		if (!status)
			status = beat(j->desk, err);
		if (is_final(status))
			return status;
		writes = !status;
		if (status)
			log_failure(err);
	}
	return LETHE_OK;
}

static bool
read_every(const struct consent_job *j, int64_t *every_ms)
{
	const char *text = option_get(j->o, "every");

	*every_ms = j->ledger->heartbeat_ms;
	if (text && (!duration_parse(slice_of(text), every_ms) ||
			    *every_ms < EVERY_LEAST_MS)) {
		usage_error(j->o->command,
			"--every is a time such as 1m, at least 1s");
		return false;
	}
	if (*every_ms || option_has(j->o, "once"))
		return true;
	usage_error(j->o->command,
		"the policy states no `heartbeat`: say --every 1m, or --once");
	return false;
}

static int
heartbeat(struct consent_job *j)
{
	const char *id = consent_job_id(j, "-heartbeat");
	struct lethe_error err = {0};
	enum lethe_status status;
	int64_t every_ms;
	int code;

	if (!read_every(j, &every_ms))
		return EXIT_USAGE;
	code = consent_job_topics(j);
	if (code)
		return code;
	status = id ? desk_write(j->desk, id, &err)
		    : fail(&err, LETHE_ENOMEM, 0, "no memory for a name");
	if (!status)
		status = option_has(j->o, "once")
				 ? beat(j->desk, &err)
				 : beat_on(j, id, every_ms, &err);
	return status ? report(&err) : EXIT_YES;
}

static int
run(int argc, char **argv)
{
	struct consent_job job;
	struct options o;
	int code;

	if (!options_parse(&cmd_consent_heartbeat, argc, argv, 0, 0, &o, &code))
		return code;
	if (option_has(&o, "once") && option_has(&o, "every"))
		return usage_error(&cmd_consent_heartbeat,
			"one of the two: --once or --every");
	code = consent_job_policy(&o, &job);
	if (!code)
		code = heartbeat(&job);
	consent_job_close(&job);
	return code;
}

const struct command cmd_consent_heartbeat = {
	.words = "consent heartbeat",
	.synopsis = "[--every 1m | --once] --config FILE",
	.summary = "shows readers of the ledger that its origin lives",
	.about = "Writes a record with the key lethe:heartbeat and the time to "
		 "each partition of the consent topic, in one transaction.  A "
		 "policy whose ledger states `heartbeat` takes the ledger for "
		 "stale when three of them are missed, so a feed that is dead, "
		 "or a mirror that lags, does not look caught up.  Let it run "
		 "where the ledger comes from, beside what writes it, and so "
		 "that it ends when that does.\n\n"
		 "It runs until SIGTERM or SIGINT.  A broker that is away is "
		 "waited for (`heartbeat_failed` in the log).  A second one "
		 "ends the first, with 4.",
	.options = option_rows,
	.each = each_setting,
	.examples = "lethe consent heartbeat --config shop/lethe.yaml\n"
		    "lethe consent heartbeat --once --config shop/lethe.yaml",
	.run = run,
};
