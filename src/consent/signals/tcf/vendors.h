#ifndef CONSENT_TCF_VENDORS_H
#define CONSENT_TCF_VENDORS_H

/* Reads and checks sets of vendors where they stand in a segment. */

#include "consent/signals/tcf/tcf.h"

/* A vendor section; FOUND_OK or what is wrong. */
enum finding_code
tcf_vendors_read(struct bitstring *b, struct tcf_vendors *out);

/* NumPubRestrictions and the restrictions; FOUND_OK or what is wrong. */
enum finding_code
tcf_restrictions_read(struct bitstring *b, struct tcf_restrictions *out);

#endif
