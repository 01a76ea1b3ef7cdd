#ifndef CONSENT_GPP_SECTIONS_H
#define CONSENT_GPP_SECTIONS_H

/*
 * The sections of the United States that are read: uspv1, which is a US
 * privacy string, and usnat.
 * Source: IAB Tech Lab, Global Privacy Platform, Sections/US-National.
 */

#include "base/slice.h"
#include "consent/signals/finding.h"

/* US privacy: 'Y', 'N' or '-'. */
struct uspv1 {
	unsigned version;
	char notice, opt_out_sale, lspa_covered;
};

#define USNAT_SENSITIVE_MAX 16
#define USNAT_CHILD_MAX 3

enum usnat_notice {
	USNAT_SHARING_NOTICE,
	USNAT_SALE_OPT_OUT_NOTICE,
	USNAT_SHARING_OPT_OUT_NOTICE,
	USNAT_TARGETED_OPT_OUT_NOTICE,
	USNAT_SENSITIVE_OPT_OUT_NOTICE,
	USNAT_SENSITIVE_LIMIT_NOTICE,
	USNAT_NOTICES
};

/* 0 does not apply, 1 and 2 as each field says. */
struct usnat {
	uint8_t version; /* 1 or 2 */
	uint8_t notices[USNAT_NOTICES];
	uint8_t sale, sharing, targeted; /* 1 opted out, 2 did not */
	uint8_t sensitive_count, sensitive[USNAT_SENSITIVE_MAX];
	uint8_t child_count, child[USNAT_CHILD_MAX]; /* 1 no consent */
	uint8_t personal_data, mspa_covered, opt_out_mode, service_provider;
	bool has_gpc, gpc;
};

/* `1YNN`: FOUND_OK or what is malformed. */
enum finding_code uspv1_decode(struct slice text, struct uspv1 *out);

/* Core and sub-sections of usnat: FOUND_OK or what is malformed. */
enum finding_code
usnat_decode(struct slice text, uint64_t *tolerated, struct usnat *out);

#endif
