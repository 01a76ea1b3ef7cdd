#include "cli/keys/change.h"

#include "base/clock.h"
#include "cli/load.h"
#include "cli/shell.h"
#include "crypto/ring/life.h"
#include "crypto/trust.h"
#include "daemon/succession.h"
#include "text/time.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
find_path(const struct options *o, struct change *c)
{
	static const char *const settings[] = {"config", NULL};
	int code = EXIT_YES;

	if (!option_without(o, "ring", settings))
		return EXIT_USAGE;
	c->path = option_get(o, "ring");
	if (option_has(o, "config"))
		code = load_settings(
			o, option_get(o, "config"), false, &c->settings);
	if (code)
		return code;
	if (c->settings)
		c->path = c->settings->ring;
	if (!c->path)
		return usage_error(o->command, "--config or --ring is needed");
	if (snprintf(c->next, sizeof(c->next), "%s.next", c->path) >=
		(int)sizeof(c->next))
		return usage_error(o->command, "--ring is too long");
	return EXIT_YES;
}

/* What waits must follow what stands, or it was made for another. */
static enum lethe_status
check_waiting(const struct change *c, struct lethe_error *err)
{
	enum succession is;

	/* What no instance would take need not be signed. */
	if (ring_version(c->ring) == ring_version(c->held) + 1 &&
		!succession_check(c->held, c->ring, &is, NULL))
		return LETHE_OK;
	return fail(err, LETHE_ERING, 0,
		"%.80s does not follow version %u of the ring: take it away, "
		"and do the change again",
		c->next, ring_version(c->held));
}

/* What was put in the ring's place, and not taken away, waits no more. */
static bool
is_left(const struct change *c)
{
	return !memcmp(
		ring_digest(c->ring), ring_digest(c->held), RING_HASH_BYTES);
}

static enum lethe_status
read_waiting(struct change *c, struct lethe_error *err)
{
	enum lethe_status status = ring_read(c->next, &c->ring, err);

	if (status)
		return status;
	c->left = is_left(c);
	c->waiting = !c->left;
	return c->waiting ? check_waiting(c, err) : LETHE_OK;
}

static enum lethe_status
read_both(struct change *c, struct lethe_error *err)
{
	enum lethe_status status = ring_read(c->path, &c->held, err);

	if (status)
		return status;
	return access(c->next, F_OK) ? ring_read(c->path, &c->ring, err)
				     : read_waiting(c, err);
}

static int
open_both(const struct options *o, struct change *c)
{
	struct lethe_error err = {0};
	int code;

	*c = (struct change){.now_ms = clock_now_ms()};
	code = find_path(o, c);
	if (!code && read_both(c, &err))
		code = report_opening(&err);
	return code;
}

static void
close_both(struct change *c)
{
	ring_free(c->ring);
	ring_free(c->held);
	settings_free(c->settings);
}

int
change_do(const struct options *o,
	int (*work)(void *ctx, const struct options *o, struct change *c),
	void *ctx)
{
	struct change c;
	int code = open_both(o, &c);

	if (!code && c.waiting)
		ring_reopen(c.ring);
	if (!code)
		code = work(ctx, o, &c);
	close_both(&c);
	return code;
}

int
change_look(const struct options *o,
	int (*work)(void *ctx, const struct options *o, struct change *c),
	void *ctx)
{
	struct change c = {.now_ms = clock_now_ms()};
	struct lethe_error err = {0};
	int code = find_path(o, &c);

	if (!code && ring_read(c.path, &c.held, &err))
		code = report_opening(&err);
	if (!code)
		code = work(ctx, o, &c);
	close_both(&c);
	return code;
}

int
change_do_waiting(const struct options *o,
	int (*work)(void *ctx, const struct options *o, struct change *c),
	void *ctx)
{
	struct lethe_error err = {0};
	struct change c;
	int code = open_both(o, &c);

	if (!code && c.left) {
		change_activated(&c);
		close_both(&c);
		return EXIT_YES;
	}
	if (!code && !c.waiting) {
		(void)fail(&err, LETHE_EUSAGE, 0,
			"no version waits for approval: there is no %.80s",
			c.next);
		code = report(&err);
	}
	if (!code)
		code = work(ctx, o, &c);
	close_both(&c);
	return code;
}

static void
tell_next(const struct change *c, bool signs)
{
	if (signs) {
		printf("it waits in %s as version %u for the signatures of %u "
		       "signers\n\nnext, each of them:\n",
			c->next, ring_version(c->ring),
			ring_threshold(c->ring));
		shell_show("  lethe keys approve --ring %s --key THEIR.key\n",
			c->path);
	} else {
		printf("%s is now version %u\n\nnext:\n  give it to every "
		       "instance: `lethe run` takes it by itself; back it up\n",
			c->path, ring_version(c->ring));
	}
}

/* What stays behind is known by its digest, and goes at the next change. */
static void
take_away(const struct change *c)
{
	if (unlink(c->next) && errno != ENOENT)
		printf("%s could not be taken away: do so\n", c->next);
}

void
change_activated(const struct change *c)
{
	take_away(c);
	tell_next(c, false);
}

int
change_write(struct change *c, const char *what)
{
	bool signs = ring_threshold(c->held) || ring_threshold(c->ring);
	struct lethe_error err = {0};

	/* What is gathered there could not be signed any more. */
	if (c->waiting && change_check_instants(c, &err))
		return report(&err);
	/* Before: behind a ring that goes on it would be a stranger. */
	if (c->left)
		take_away(c);
	if (ring_write(c->ring, signs ? c->next : c->path, false, &err))
		return report(&err);
	puts(what);
	tell_next(c, signs);
	return EXIT_YES;
}

enum lethe_status
change_verify(const struct change *c, struct lethe_error *err)
{
	struct trust held;

	trust_of_ring(c->held, &held);
	return ring_verify(c->ring, held.set.threshold ? &held.set : NULL, err);
}

/* It has become active everywhere, and would be taken back. */
static enum lethe_status
check_called_off(const struct change *c, struct lethe_error *err)
{
	for (size_t i = 0; i < ring_epoch_count(c->held); i++) {
		const struct ring_epoch *was = ring_epoch_get(c->held, i);
		const struct ring_epoch *is = ring_epoch_get(c->ring, i);

		if (!was->destroyed_at_ms && is->destroyed_at_ms &&
			is->destroyed_at_ms < was->active_from_ms &&
			was->active_from_ms <= c->now_ms)
			return fail(err, LETHE_ERING, 0,
				"epoch %u began while it waited to be called "
				"off: take %.80s away and begin anew",
				was->number, c->next);
	}
	return LETHE_OK;
}

enum lethe_status
change_check_instants(const struct change *c, struct lethe_error *err)
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
	return check_called_off(c, err);
}

static int64_t
written_at(const struct change *c)
{
	struct stat st;

	return stat(c->path, &st) ? c->now_ms
				  : (int64_t)st.st_mtim.tv_sec * 1000 +
					    st.st_mtim.tv_nsec / 1000000;
}

int64_t
change_last_use(const struct change *c, const struct ring *r,
	const struct ring_epoch *e)
{
	int64_t at_ms = e->retire_at_ms;
	uint32_t ended = 0; /* in which version */

	for (size_t i = 0; i < ring_history_count(r); i++) {
		struct ring_event change = ring_history_get(r, i);

		if (change.at_ms == e->retire_at_ms)
			ended = change.version;
		else if (ended && change.version > ended)
			return change.at_ms > at_ms ? change.at_ms : at_ms;
	}
	if (ended > ring_version(c->held))
		return INT64_MAX;
	if (ended && ring_threshold(c->held) && written_at(c) > at_ms)
		at_ms = written_at(c);
	return at_ms;
}

int64_t
change_gone(int64_t last_ms, int64_t retention_ms)
{
	return last_ms + retention_ms + retention_ms / 4;
}

uint32_t
change_purpose(const struct change *c, const struct options *o)
{
	const char *name = option_get(o, "purpose");
	uint32_t id = ring_domain_id(c->ring, slice_of(name));
	struct lethe_error err = {0};

	if (!id) {
		(void)fail(&err, LETHE_EUSAGE, 0,
			"the ring has no purpose %.64s: `lethe keys show` "
			"names them",
			name);
		(void)report(&err);
	}
	return id;
}

const char *
change_time(int64_t ms)
{
	static char texts[4][TIME_TEXT_BYTES];
	static size_t at;
	char *text = texts[at++ % 4];

	if (!time_format(ms, GRAIN_SECOND, text))
		text[0] = 0;
	return text;
}
