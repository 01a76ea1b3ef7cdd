#ifndef CLI_KEYS_FLEET_H
#define CLI_KEYS_FLEET_H

/* Which keys running instances hold, by their page /keys. */

#include "base/buf.h"
#include "base/error.h"

#include <stdint.h>

#define FLEET_NAME_BYTES 80

struct fleet_epoch {
	uint32_t number;
	char purpose[FLEET_NAME_BYTES], state[16], fingerprint[40];
	bool held;
};

struct fleet_instance {
	const char *url;
	struct lethe_error why; /* status LETHE_OK: it has answered */
	char name[FLEET_NAME_BYTES], ring[40], digest[72];
	uint32_t version;
	int64_t learns_ms; /* so long after its file changed; -1: on SIGHUP */
	struct fleet_epoch *epochs;
	size_t epoch_count;
};

/*
 * Asks one.  What went wrong stands in out->why: LETHE_EUSAGE for what is no
 * URL.
 *
 *   url   borrowed
 *   out   fleet_forget ends it
 */
void fleet_ask(const char *url, struct fleet_instance *out);
void fleet_forget(struct fleet_instance *i);

/*
 * What one instance holds differently from another that answered as well, or
 * NULL; static storage.  An erase-only key counts not: each wipes it by
 * itself.
 */
const char *fleet_difference(
	const struct fleet_instance *a, const struct fleet_instance *b);

#endif
