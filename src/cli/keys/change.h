#ifndef CLI_KEYS_CHANGE_H
#define CLI_KEYS_CHANGE_H

/*
 * How commands change a ring.  An unsigned ring is written anew at once.  Of a
 * signed one the next version is written beside it, RING.next; changes gather
 * there until enough signers have approved and `keys activate` puts it in the
 * ring's place.
 */

#include "cli/options.h"
#include "crypto/ring.h"
#include "daemon/settings.h"

#define CHANGE_PATH_BYTES 4096

#define CHANGE_OPTIONS \
	{"config", "FILE", "settings that name the ring"}, \
	{ \
		"ring", "FILE", "the ring" \
	}

struct change {
	struct settings *settings; /* or NULL */
	const char *path;
	char next[CHANGE_PATH_BYTES];
	struct ring *held; /* as it stands */
	struct ring *ring; /* to be changed: a copy, or what waits in `next` */
	bool waiting;	   /* `next` is there */
	bool left; /* it is, and is what stands: an activation broke off */
	int64_t now_ms;
};

/*
 * Reads the ring that --ring or --config names, and what waits beside it; then
 * works on it.
 *
 *   ctx   of the command, handed on
 *
 * Returns the exit code the command ends with; failures are told.
 */
int change_do(const struct options *o,
	int (*work)(void *ctx, const struct options *o, struct change *c),
	void *ctx);

/* The same for what only looks at what stands: c->ring is NULL, and what lies
   beside it is not read. */
int change_look(const struct options *o,
	int (*work)(void *ctx, const struct options *o, struct change *c),
	void *ctx);

/* The same where something must wait. */
int change_do_waiting(const struct options *o,
	int (*work)(void *ctx, const struct options *o, struct change *c),
	void *ctx);

/*
 * Writes c->ring where it belongs and says what is next.
 *
 *   what   one line: what was done
 */
int change_write(struct change *c, const char *what);

/* Takes `next` away, which stands in the ring's place, and says what is next.
 */
void change_activated(const struct change *c);

/*
 * Signatures take their time; an instant that has passed meanwhile would be
 * another one on each instance.
 *
 * Fails: LETHE_ERING, one of c->ring that c->held lacks has passed, or one that
 * c->ring calls off.
 */
enum lethe_status
change_check_instants(const struct change *c, struct lethe_error *err);

/*
 * Whether what waits is signed by those who sign the ring that stands, or by a
 * chain from them: its own word is not asked.
 *
 * Fails: as ring_verify.
 */
LETHE_CHECKED enum lethe_status
change_verify(const struct change *c, struct lethe_error *err);

/*
 * Until when instances can have made tokens of an epoch that is erase-only: its
 * `retire`; but a change that ends an epoch at once (emergency, retire) carries
 * the time when it was begun, and of a signed ring it came later.  When, the
 * ring does not say: by the time its next change was begun, or else its file
 * was written.
 *
 *   r   c->held or c->ring
 *
 * INT64_MAX: the version that ends it waits.
 */
int64_t change_last_use(const struct change *c, const struct ring *r,
	const struct ring_epoch *e);

/*
 * When the last of a purpose's records is gone that was made then: brokers
 * delete whole segments, which `lethe topics` keeps to a quarter of retention.
 */
int64_t change_gone(int64_t last_ms, int64_t retention_ms);

/* The purpose that an option names, as a domain's id; 0: told. */
uint32_t change_purpose(const struct change *c, const struct options *o);

/* Prints in words what the later of two versions changes. */
void change_show(const struct ring *was, const struct ring *is);

/* 2026-05-04T10:00:00Z; static storage, four in turn. */
const char *change_time(int64_t ms);

#endif
