#ifndef CLI_CONSENT_DECODE_H
#define CLI_CONSENT_DECODE_H

/*
 * The one table of formats of `lethe consent decode`, in the order in which
 * they are tried.  A new format is a file decode_NAME.c that defines `const
 * struct decoder decode_NAME`, and one line here: X(NAME).
 */

#include "cli/consent/sheet.h"

#define DECODERS(X) X(onetrust) X(tcf) X(gpp) X(usprivacy) X(gcs) X(gcd)

#define DECODE_VENDORS_MAX 64

struct decode_ask {
	int64_t now_ms;
	int64_t max_age_ms;		      /* 0: any */
	unsigned vendors[DECODE_VENDORS_MAX]; /* asked for by --vendor */
	size_t vendor_count;
};

struct decoder {
	const char *name; /* of --format */
	const char *text; /* "IAB TCF string" */

	/* Whether a text, never empty, begins as the format does. */
	bool (*sniff)(struct slice text);

	/* Writes the whole sheet; true when the string is usable. */
	bool (*decode)(struct slice text, const struct decode_ask *ask,
		struct sheet *s);

	/* It has a date, and tells of vendors. */
	bool ages;
};

#define X(name) extern const struct decoder decode_##name;
DECODERS(X)
#undef X

struct tcf;

/* The fields of a TC string, as a part of another's sheet too. */
void
show_tcf(const struct tcf *t, const struct decode_ask *ask, struct sheet *s);

#endif
