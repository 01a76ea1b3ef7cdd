#include "cli/keys/restore.h"

#include "crypto/ring/life.h"
#include "crypto/trust.h"

#include "base/clock.h"
#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_BYTES 4096
#define RING_BYTES_MAX ((size_t)4 << 20)

struct drill {
	const struct options *o;
	struct ring *ring; /* restored, unlocked */
	char folder[PATH_BYTES], path[PATH_BYTES + 16];
	size_t proved, failed, kept_back, destroyed, unasked;
};

/* A copy on the same disk, read as a ring that comes back would be. */
static enum lethe_status
restore(struct drill *d, struct lethe_error *err)
{
	const char *from = option_get(d->o, "ring");
	enum lethe_status status;
	struct buf text;

	buf_init(&text, 0);
	status = file_read(from, RING_BYTES_MAX, &text, err);
	if (!status)
		status = file_write(d->path, 0600, true, buf_slice(&text), err);
	if (!status)
		status = ring_read(d->path, &d->ring, err);
	buf_fini(&text);
	return status;
}

static enum lethe_status
check_signatures(const struct drill *d, struct lethe_error *err)
{
	const char *path = option_get(d->o, "trust");
	enum lethe_status status = LETHE_OK;
	struct trust trust;

	if (path)
		status = trust_read(path, &trust, err);
	return status ? status
		      : ring_verify(d->ring, path ? &trust.set : NULL, err);
}

enum lethe_status
restore_unlock(const struct options *o, struct ring *r, struct lethe_error *err)
{
	struct secret_key *secret = NULL;
	enum lethe_status status =
		secret_key_open_under(option_get(o, "secret"),
			option_get(o, "passphrase"), &secret, err);

	if (!status)
		status = ring_unlock(r, secret, NULL, err);
	secret_key_free(secret);
	return status;
}

static void
tell(const struct drill *d, const struct known *k, const char *what)
{
	const struct ring *r = d->ring;
	uint32_t id;

	printf("  epoch %u of %s, class %s: %s\n", k->epoch,
		ring_domain_name(
			r, ring_epoch_get(r, k->epoch - 1)->domain - 1, &id),
		k->class && k->class <= ring_class_count(r)
			? ring_class_name(r, k->class - 1, &id)
			: "?",
		what);
}

static void
prove_made(struct drill *d, const struct known *k)
{
	char made[TOKEN_TEXT_MAX];
	size_t len = drill_token(d->ring, k->epoch, k->class, made);
	bool same =
		len && len == strlen(k->token) && !memcmp(made, k->token, len);

	if (same)
		d->proved++;
	else
		d->failed++;
	tell(d, k, same ? "proved" : "NOT PROVED: another token is made");
}

static void
prove(struct drill *d, const struct known *k)
{
	size_t i = k->epoch - 1;

	if (!k->epoch || k->epoch > ring_epoch_count(d->ring)) {
		d->failed++;
		printf("  epoch %u: NOT PROVED: this backup is older and has "
		       "no such epoch\n",
			k->epoch);
	} else if (ring_epoch_state(d->ring, i, clock_now_ms()) ==
		   EPOCH_DESTROYED) {
		d->destroyed++;
		tell(d, k, "destroyed: not to be made again");
	} else if (!ring_holds(d->ring, i)) {
		d->kept_back++;
		tell(d, k, "not sealed to this key");
	} else if (!drill_uses(d->ring, k->epoch, k->class)) {
		d->failed++;
		tell(d, k, "NOT PROVED: the epoch does not have this class");
	} else {
		prove_made(d, k);
	}
}

/* An epoch that came after the tokens were made has nothing to be held
   against, and must not look proved. */
static void
tell_unasked(struct drill *d, const struct known_set *known)
{
	for (uint32_t e = 1; e <= ring_epoch_count(d->ring); e++) {
		bool asked = !ring_holds(d->ring, e - 1);
		uint32_t id;

		for (size_t i = 0; i < known->count; i++)
			asked |= known->list[i].epoch == e;
		if (asked)
			continue;
		d->unasked++;
		printf("  epoch %u of %s: not looked at: there is no known "
		       "token of it\n",
			e,
			ring_domain_name(d->ring,
				ring_epoch_get(d->ring, e - 1)->domain - 1,
				&id));
	}
}

static int
tell_result(const struct drill *d)
{
	printf("proved: %zu; not proved: %zu; not sealed to this key: %zu; "
	       "destroyed: %zu\n\nnext:\n",
		d->proved, d->failed, d->kept_back, d->destroyed);
	if (d->failed || !d->proved) {
		printf("  this backup would not bring the tokens back with "
		       "this key: look for a newer copy of the ring, or the "
		       "right key, while the ring at work is there\n");
		return EXIT_NO;
	}
	if (d->kept_back)
		printf("  drill with an erasure recipient's key too: this one "
		       "does not open every epoch\n");
	if (d->unasked)
		printf("  make tokens of all epochs (`lethe keys drill "
		       "--make`), and drill with those: %zu were not looked "
		       "at\n",
			d->unasked);
	printf("  note the day; drill again after the next rotation, with "
	       "tokens made anew (`lethe keys drill --make`)\n");
	return EXIT_YES;
}

static enum lethe_status
check_ring(const struct drill *d, const struct known_set *known,
	struct lethe_error *err)
{
	if (!known->ring[0] || !strcmp(known->ring, ring_id(d->ring)))
		return LETHE_OK;
	return fail(err, LETHE_ERING, 0,
		"the tokens are of another ring, %.32s", known->ring);
}

/* Whatever keeps a backup from being a ring is what a drill is to find. */
static int
work(struct drill *d, const struct known_set *known)
{
	struct lethe_error err = {0};
	enum lethe_status status = restore(d, &err);

	if (!status)
		status = check_ring(d, known, &err);
	if (!status)
		status = check_signatures(d, &err);
	if (!status)
		status = restore_unlock(d->o, d->ring, &err);
	if (status) {
		printf("NOT PROVED: %s\n\nnext:\n  look for another copy, or "
		       "key, while the ring at work is there; never make a new "
		       "ring in its place\n",
			err.what);
		return EXIT_NO;
	}
	printf("restored: ring %s, version %u; keys opened and held against "
	       "their fingerprints\n",
		ring_id(d->ring), ring_version(d->ring));
	for (size_t i = 0; i < known->count; i++)
		prove(d, &known->list[i]);
	if (option_has(d->o, "known"))
		tell_unasked(d, known);
	return tell_result(d);
}

int
restore_and_prove(const struct options *o, const struct known_set *known)
{
	const char *where = option_get(o, "scratch");
	struct drill d = {.o = o};
	struct lethe_error err = {0};
	int code;

	if (!where)
		where = getenv("TMPDIR");
	if (!where || !*where)
		where = "/tmp";
	if (snprintf(d.folder, sizeof(d.folder), "%s/lethe-drill.XXXXXX",
		    where) >= (int)sizeof(d.folder))
		return usage_error(o->command, "--scratch is too long");
	if (!mkdtemp(d.folder)) {
		(void)fail(&err, LETHE_EIO, 0,
			"cannot make a folder in %.80s: "
			"%s",
			where, strerror(errno));
		return report(&err);
	}
	snprintf(d.path, sizeof(d.path), "%s/ring.lethe", d.folder);
	code = work(&d, known);
	ring_free(d.ring);
	if ((unlink(d.path) && errno != ENOENT) || rmdir(d.folder))
		printf("%s could not be taken away: do so\n", d.folder);
	return code;
}
