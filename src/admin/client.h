#ifndef ADMIN_CLIENT_H
#define ADMIN_CLIENT_H

/* Asks another process's server of admin/server.h for a page: plain HTTP. */

#include "base/buf.h"
#include "base/error.h"

/*
 * Gets one page, in five seconds or not at all.
 *
 *   url    http://HOST:PORT, or HOST:PORT; a path behind it is left away
 *   path   "/keys"
 *   limit  most bytes of the answer
 *   out    the body is appended
 *
 * Fails: LETHE_EUSAGE for what is no such URL; LETHE_EIO, LETHE_ETIMEOUT, with
 * why, but not the URL.
 */
LETHE_CHECKED enum lethe_status admin_get(const char *url, const char *path,
	size_t limit, struct buf *out, struct lethe_error *err);

#endif
