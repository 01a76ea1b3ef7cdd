#ifndef TEXT_URL_H
#define TEXT_URL_H

/*
 * The parts of a URL that may be asked for.  Userinfo and fragment are never
 * given.  Takes absolute URLs (http, https) and paths that begin with `/`.
 * Source: RFC 3986; the path is split before it is decoded.
 */

#include "base/arena.h"
#include "base/slice.h"

struct url {
	struct slice path;  /* as it stands, without query; may be empty */
	struct slice query; /* as it stands, without `?`; may be empty */
};

/* False when it is not a URL; slices borrow from `text`. */
bool url_split(struct slice text, struct url *out);

/* The next segment of a path, undecoded; false at the end. */
bool url_segment(struct slice *path, struct slice *segment);

/* The next name=value of a query, undecoded; false at the end. */
bool
url_parameter(struct slice *query, struct slice *name, struct slice *value);

/*
 * Percent-decodes once; false when an escape is broken, the result is not
 * UTF-8, or still holds an escape (a doubly encoded value).
 *
 *   form   `+` is a space, as in queries
 */
bool
url_decode(struct slice text, bool form, struct arena *a, struct slice *out);

/* Appends `text` percent-encoded, but for unreserved characters. */
struct buf;
void url_encode(struct slice text, struct buf *out);

#endif
