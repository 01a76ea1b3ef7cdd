#ifndef CONSENT_SIGNALS_ONETRUST_H
#define CONSENT_SIGNALS_ONETRUST_H

/* OneTrust's groups, in the forms that events carry. */

#include "base/slice.h"

enum onetrust_form {
	ONETRUST_STATUS, /* no text: an object, group to status of the SDK */
	ONETRUST_LIST,	 /* C0001:1,C0002:0 */
	ONETRUST_ACTIVE, /* ,C0001,C0003, : those that are active */
	ONETRUST_COOKIE, /* name=value&name=value; the list under `groups` */
};

struct onetrust {
	enum onetrust_form form;
	struct slice groups; /* borrowed; as they stand; len 0: none told */
	bool objects;	     /* the cookie's isGpcEnabled is 1 */
	bool tells_gpc;	     /* the cookie has an isGpcEnabled */
};

/*
 * The text of the cookie OptanonConsent, its values percent-encoded or not,
 * or a list of groups alone.  A name of ours that is there twice, a value with
 * a bare =, an empty list, an id that is not 1 to ONETRUST_ID_MAX of
 * A-Z a-z 0-9 . _ -, a state that is not 0 or 1, more bytes than a browser
 * keeps in a cookie: false, *out cleared.
 */
#define ONETRUST_MAX 4096
#define ONETRUST_ID_MAX 64
bool onetrust_decode(struct slice text, struct onetrust *out);

enum onetrust_state {
	ONETRUST_NOT_TOLD, /* the cookie has no groups at all */
	ONETRUST_OFF,	   /* or missing from groups that are there */
	ONETRUST_ON,
	ONETRUST_TWICE, /* named twice: it says two things */
};

/* What the groups of a text say of one of them. */
enum onetrust_state onetrust_group(const struct onetrust *o, struct slice id);

/* The groups of a text, one after another; begin() before next(). */
struct onetrust_groups {
	struct slice rest;
	bool encoded; /* %3A and the like stand for their bytes */
	bool states;  /* each id has :0 or :1 behind it */
};

struct onetrust_group {
	uint8_t id[ONETRUST_ID_MAX];
	size_t len;
	bool on;
};

/* Of what onetrust_decode took; not of ONETRUST_STATUS. */
void
onetrust_groups_begin(const struct onetrust *o, struct onetrust_groups *out);
/* False at the end. */
bool
onetrust_groups_next(struct onetrust_groups *g, struct onetrust_group *out);

#endif
