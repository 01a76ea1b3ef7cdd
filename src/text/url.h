#ifndef TEXT_URL_H
#define TEXT_URL_H

/*
 * The parts of a URL that may be asked for.  Userinfo and fragment are never
 * given.  Takes absolute URLs (http, https), paths that begin with `/`, and
 * `//host/path`, whose host is no part of the path.
 * Source: RFC 3986; the path is split before it is decoded.
 */

#include "base/arena.h"
#include "base/buf.h"

struct url {
	struct slice path;  /* as it stands, without query; may be empty */
	struct slice query; /* as it stands, without `?`; may be empty */
};

/*
 * False when it is not a URL, or has bytes that clients read differently
 * (controls, spaces, backslashes); slices borrow from `text`.
 */
bool url_split(struct slice text, struct url *out);

/*
 * The next segment of a path, undecoded and without its `/`; false at the end.
 * `/a/` has two, the second empty.
 */
bool url_segment(struct slice *path, struct slice *segment);

/*
 * The next name=value of a query, undecoded; false at the end.  Without `=`
 * the value is empty; nothing between two `&` is skipped.
 */
bool
url_parameter(struct slice *query, struct slice *name, struct slice *value);

/*
 * Percent-decodes once; false when an escape is broken, the result is not
 * UTF-8, or still holds an escape (a doubly encoded value).
 *
 *   form   `+` is a space, as in queries
 *   out    borrowed from `text` when nothing was encoded; zero when false
 */
bool
url_decode(struct slice text, bool form, struct arena *a, struct slice *out);

/* Appends `text` percent-encoded, but for unreserved characters. */
void url_encode(struct slice text, struct buf *out);

#endif
