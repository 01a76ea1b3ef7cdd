#ifndef CONSENT_SIGNALS_GOOGLE_CONSENT_MODE_H
#define CONSENT_SIGNALS_GOOGLE_CONSENT_MODE_H

/* Google Consent Mode v2, in the two short forms that requests carry. */

#include "base/slice.h"

/* In this order wherever they stand; gcs has the first two. */
enum consent_mode_flag {
	MODE_AD_STORAGE,
	MODE_ANALYTICS_STORAGE,
	MODE_AD_USER_DATA,
	MODE_AD_PERSONALIZATION,
	MODE_FLAGS
};

enum consent_mode_state {
	MODE_UNSET,
	MODE_GRANTED,
	MODE_DENIED,
};

struct consent_mode {
	enum consent_mode_state flags[MODE_FLAGS];
};

/*
 * `G1xy`: x ad_storage, y analytics_storage, each 1, 0 or -; the other two
 * stay unset.  False for anything else, *out cleared.
 */
bool gcs_decode(struct slice text, struct consent_mode *out);

/*
 * `1`, then a digit and a letter for each flag, then a tail of digits and
 * lower-case letters that nobody reads, GCD_MAX bytes in all.  Its maker does
 * not document it: t r n v granted, p q m u denied, l unset, from the wire.
 * False for anything else, another letter too; *out cleared.
 */
#define GCD_MAX 64
bool gcd_decode(struct slice text, struct consent_mode *out);

#endif
