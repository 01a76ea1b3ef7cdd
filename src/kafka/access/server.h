#ifndef ACCESS_SERVER_H
#define ACCESS_SERVER_H

/* One broker, met alone: whether it can be reached, and what it speaks. */

#include "kafka/access/login.h"
#include "kafka/wire/property.h"

#define SERVER_NAME_BYTES 128
#define SERVER_SAYS_BYTES 160

enum server_release {
	SERVER_RELEASE_UNKNOWN,
	SERVER_RELEASE_OLD, /* before 2.5 */
	SERVER_RELEASE_OK,
	SERVER_RELEASE_4_1, /* or later */
};

struct server {
	char name[SERVER_NAME_BYTES]; /* host:port */
	bool reached;		      /* it let us in and answered */
	char as[LOGIN_AS_BYTES];
	const struct login_cause *cause; /* why not; NULL: see `says` */
	char says[SERVER_SAYS_BYTES];	 /* the library's words; or "" */
	enum server_release release;
};

/* The host:port of a broker that knows of the others. */
struct server_peers {
	char (*names)[SERVER_NAME_BYTES];
	size_t count;
};

/*
 * Meets one broker, and no other.
 *
 *   name    HOST:PORT
 *   props   secrets loaded
 *   out     cleared before
 *   peers   NULL, or what it says of all brokers is added: free(names)
 *
 * Fails: ESETTING, ENOMEM; that a broker is not reached is no failure.
 */
LETHE_CHECKED enum lethe_status
server_meet(const char *name, const struct client_property *props,
	size_t prop_count, struct server *out, struct server_peers *peers,
	struct lethe_error *err);

/*
 * The n-th of kafka.bootstrap.servers; false past the last.
 *
 *   out   its HOST:PORT, cut to its size
 */
bool server_named(const struct client_property *props, size_t prop_count,
	size_t n, char out[static SERVER_NAME_BYTES]);

/* What a consumer has of a property that is no secret; NULL: the default. */
const char *server_property(const struct client_property *props,
	size_t prop_count, const char *name);

/* Whether a client of these properties would log in by SCRAM in vain. */
bool server_scram_pair(const struct server *s,
	const struct client_property *props, size_t prop_count);

#endif
