#ifndef ADMIN_SERVER_H
#define ADMIN_SERVER_H

/*
 * A small HTTP server for those who look after the process: it answers GET and
 * HEAD of a few fixed paths, in one thread of its own, and takes nothing in.
 */

#include "base/buf.h"
#include "base/error.h"

/*
 * Writes a page.
 *
 *   out   empty; the body is appended
 *
 * The HTTP status.  Thread: the server's.
 */
typedef unsigned admin_page(void *ctx, struct buf *out);

struct admin_route {
	const char *path; /* "/metrics"; NULL ends a list */
	const char *type; /* of its content */
	admin_page *write;
};

struct admin;

/*
 * Begins to answer.
 *
 *   listen   HOST:PORT or [V6]:PORT; port 0: any that is free
 *   routes   borrowed until admin_close, as ctx is
 *
 * Fails: ELISTEN, naming the address and why.
 * Thread: start-up only.
 */
LETHE_CHECKED enum lethe_status
admin_open(const char *listen, const struct admin_route *routes, void *ctx,
	struct admin **out, struct lethe_error *err);

/* The address that it answers on, such as "127.0.0.1:9464". */
const char *admin_address(const struct admin *a);

/* After the last page was written.  NULL allowed. */
void admin_close(struct admin *a);

#endif
