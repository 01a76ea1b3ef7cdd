#ifndef CONSENT_SIGNALS_H
#define CONSENT_SIGNALS_H

/*
 * The decoders of consent signals: one table of formats, one file a format.
 * Each is pure and bounded, takes values as they were read, and answers grant,
 * deny, silent or error.  docs/policy.md has the table for people.
 */

#include "consent/decide.h"
#include "event/reader.h"

/* X(CODE, name, supported, is an objection by nature, English) */
#define SIGNAL_MAP(X) \
	X(SEGMENT, "segment", 1, 0, "Segment's categoryPreferences") \
	X(GPC, "gpc", 1, 1, "Global Privacy Control") \
	X(FLAG, "flag", 1, 0, "a plain value, compared with a list") \
	X(LEDGER, "ledger", 0, 0, "the consent ledger, a compacted topic") \
	X(TCF, "tcf", 0, 0, "IAB TCF v2 strings") \
	X(GPP, "gpp", 0, 0, "IAB GPP strings") \
	X(GCS, "gcs", 0, 0, "Google Consent Mode, gcs") \
	X(GCD, "gcd", 0, 0, "Google Consent Mode, gcd") \
	X(ONETRUST, "onetrust", 0, 0, "OneTrust groups") \
	X(RUDDERSTACK, "rudderstack", 0, 0, "RudderStack consentManagement") \
	X(SNOWPLOW, "snowplow", 0, 0, "Snowplow consent entities")

enum signal_format {
#define X(code, name, supported, objection, text) SIGNAL_##code,
	SIGNAL_MAP(X)
#undef X
		SIGNAL_COUNT
};

const char *signal_name(enum signal_format f);
bool signal_supported(enum signal_format f);
bool signal_objects(enum signal_format f);
enum signal_format signal_find(struct slice name); /* SIGNAL_COUNT: none */

/*
 * Segment: absent or null map silent; not an object: wrong type; a category
 * that is missing denies, one that is no boolean is of the wrong type;
 * several categories: all must be true.  Source: Segment consent docs.
 *
 *   map          what stands at the source's path
 *   categories   what stands under each category asked, in order
 */
struct answer signal_segment(const struct value *map,
	const struct value *const *categories, size_t count);

/*
 * GPC: 1, "1", true object (ANSWER_DENY); 0, "0", false, null, absent are
 * silent; anything else is an error.  Never a grant.
 * Source: W3C Global Privacy Control.
 */
struct answer signal_gpc(const struct value *v);

struct flag_rule {
	const struct value *yes; /* scalars; type included */
	size_t yes_count;
	bool objection; /* effect: objection */
	bool each;	/* the path has [*] */
};

/*
 * Flag: a scalar in the list is yes (grant, or an objection), another scalar
 * is no (deny; of an objection: silent), absent or null silent, an object or
 * array an error.  Over [*]: any element that matches is yes, a present array
 * without one is no, a non-array an error.  An objection whose array holds an
 * element that is no scalar, and none that matches, is an error: there a no
 * would let the event pass.
 *
 *   at          slot of the path
 *   container   slot of what stands before the [*]; SLOT_NONE without
 */
struct answer signal_flag(const struct flag_rule *rule, const struct reading *r,
	uint32_t at, uint32_t container);

#endif
