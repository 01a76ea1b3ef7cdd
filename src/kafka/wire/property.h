#ifndef WIRE_PROPERTY_H
#define WIRE_PROPERTY_H

/*
 * The client library's properties as settings (kafka.NAME): which pass
 * through, which are lethe's own, which are secrets.
 */

#include "base/error.h"

#include <stdbool.h>

enum client_side {
	CLIENT_BOTH,
	CLIENT_CONSUMER,
	CLIENT_PRODUCER,
};

/* One property of the settings, such as kafka.bootstrap.servers. */
struct client_property {
	const char *name;  /* the library's */
	const char *value; /* with `secret`: a file's path, or fd:N */
	enum client_side side;
	bool secret;
	char *text; /* a loaded secret, in guarded memory; or NULL */
};

/* Why lethe alone sets a property, or NULL when it may be set. */
const char *client_property_owned(const char *name);

/* Whether a property is a secret: only as .file, .fd or .command. */
bool client_property_secret(const char *name);

/*
 * Holds a property against the library's own check.
 *
 * Fails: LETHE_ENOENTRY for an unknown one, LETHE_ESETTING for a bad value.
 */
LETHE_CHECKED enum lethe_status client_property_check(
	const char *name, const char *value, struct lethe_error *err);

/* Whether its value is the path of a file, or of a folder. */
bool client_property_is_path(const char *name, const char *value);

/* The name nearest to an unknown one, or NULL; `out` holds it. */
const char *client_property_nearest(const char *name, char out[static 64]);

/* Whether what they name can be read.  Fails: LETHE_ESETTING naming the file.
 */
LETHE_CHECKED enum lethe_status
client_files_check(const struct client_property *props, size_t count,
	struct lethe_error *err);

/*
 * Reads the secrets; once, since a descriptor is read once.  The client would
 * say less of other files that cannot be read, so these are looked at first.
 *
 * Fails: LETHE_ESETTING naming the property, never the value.
 */
LETHE_CHECKED enum lethe_status client_secrets_load(
	struct client_property *props, size_t count, struct lethe_error *err);
void client_secrets_free(struct client_property *props, size_t count);

#endif
