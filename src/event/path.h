#ifndef EVENT_PATH_H
#define EVENT_PATH_H

/*
 * Paths of the policy language, parsed:
 *
 *   $.a.b   $.a["odd key"]   $.items[*].sku   $.params[key=session].value
 *   $.co:json.data[schema="iglu:x"].data.state   @key   @header["name"]
 *
 * A path has at most one [*].
 */

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

enum path_root {
	PATH_VALUE,	/* $ : inside the message's value */
	PATH_KEY,	/* @key */
	PATH_TIMESTAMP, /* @timestamp: the broker's, ms UTC */
	PATH_TOPIC,	/* @topic */
	PATH_HEADER,	/* @header["name"]: `header` below */
};

enum path_step_kind {
	STEP_KEY,    /* .name or ["name"] */
	STEP_EACH,   /* [*] */
	STEP_SELECT, /* [key=text]: the one object of an array */
	STEP_JSON,   /* :json, the string before it read as JSON */
};

struct path_step {
	enum path_step_kind kind;
	struct slice key;  /* STEP_KEY; STEP_SELECT: the member compared */
	struct slice text; /* STEP_SELECT: what it must equal */
};

#define PATH_STEPS_MAX 32
#define PATH_JSON_MAX 3 /* nested :json, one parser each */

struct path {
	enum path_root root;
	struct slice header; /* PATH_HEADER: its name */
	struct path_step *steps;
	size_t count;
	size_t each; /* index of the [*] step, or SIZE_MAX */
};

/*
 * Parses a path.
 *
 *   a     owns the steps and texts of *out
 *   text  UTF-8, borrowed only during the call
 *
 * Fails: LETHE_EUSAGE, err->offset the byte of `text` that is wrong and
 * err->what what was expected there.
 */
LETHE_CHECKED enum lethe_status path_parse(struct arena *a, struct slice text,
	struct path *out, struct lethe_error *err);

/* Whether two paths name the same place, however they are spelt. */
bool path_equal(const struct path *a, const struct path *b);

/* The first `steps` steps of `p` as a path of its own; borrows from it. */
struct path path_prefix(const struct path *p, size_t steps);

#endif
