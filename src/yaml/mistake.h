#ifndef YAML_MISTAKE_H
#define YAML_MISTAKE_H

/*
 * Mistakes of a file written by a person, collected and shown all at once:
 * file:line:column, what is wrong, why, and what to write instead.
 */

#include "base/arena.h"
#include "base/buf.h"

struct mistake {
	struct mistake *next;
	unsigned line, column; /* from 1 */
	bool warning;
	const char *what;    /* one sentence, no full stop */
	const char *why;     /* or NULL */
	const char *instead; /* or NULL */
};

struct mistakes {
	struct arena *a; /* owns rows and texts */
	struct mistake *first, *last;
	size_t errors, warnings;
	bool colour; /* for a terminal; set by the owner, off at first */
	bool lost;   /* out of memory: a row or a text is missing */
};

void mistakes_init(struct mistakes *m, struct arena *a);

/*
 * Adds one.  Texts are copied, what a terminal could act on as `?`; names of
 * the file may stand in them (it is no event), secrets may not.
 */
void
mistake_add(struct mistakes *m, bool warning, unsigned line, unsigned column,
	const char *what, const char *why, const char *instead);

/*
 * Puts mistakes before warnings, each in the order of the file; of one place,
 * as they were added.
 */
void mistakes_sort(struct mistakes *m);

/*
 * Sorts and writes them for people:
 *
 *   policy.yaml:12:5: error: what
 *       12 |     basis: conset
 *          |            ^
 *       why: ...
 *     write: ...
 *
 *   source   the file's bytes: the line and a caret are shown; may be empty
 */
void mistakes_print(struct mistakes *m, const char *file, struct slice source,
	struct buf *out);

/*
 * The same as a JSON array of {"file","line","column","severity","what",
 * "why","instead"}.
 */
void mistakes_print_json(struct mistakes *m, const char *file, struct buf *out);

/*
 * The name of `names` (NULL-ended) nearest to `text`, or NULL when none is
 * near (distance above a third of its length; ASCII case is ignored).
 */
const char *nearest_name(struct slice text, const char *const *names);

#endif
