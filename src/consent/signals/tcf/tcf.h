#ifndef CONSENT_TCF_H
#define CONSENT_TCF_H

/*
 * IAB TCF v2 strings: a strict decoder, the judgement whether a string may be
 * used now, and the answer for a purpose.  Pure, without allocation, time
 * bounded by the length of the string: lists of vendors are never built, a
 * question about a vendor walks over the string.
 * Source: IAB Tech Lab, Consent string and vendor list formats v2.
 */

#include "base/arena.h"
#include "consent/decide.h"
#include "consent/signals/bitstring.h"
#include "consent/signals/finding.h"
#include "event/value.h"

/* The longest string that a policy's source may carry. */
#define TCF_STRING_MAX ((size_t)8192)

#define TCF_PURPOSES 24
#define TCF_PURPOSES_NAMED 11 /* those that the framework defines */
#define TCF_SPECIAL_FEATURES 12
#define TCF_CUSTOM_PURPOSES 63

#define TCF_POLICY_LEAST 4 /* what is older is never used */
#define TCF_POLICY_MAX 63
#define TCF_VENDOR_MAX 65535

/* The bit of a purpose, a special feature or a custom purpose, from 1. */
#define TCF_BIT(n) (UINT64_C(1) << ((n)-1))

/* Purposes that no legitimate interest can carry: 1 and 3 to 6. */
#define TCF_CONSENT_ALONE \
	(TCF_BIT(1) | TCF_BIT(3) | TCF_BIT(4) | TCF_BIT(5) | TCF_BIT(6))

/* A set of vendors as it stands in the string; borrows from it. */
struct tcf_vendors {
	struct bitstring at; /* where its bits or entries begin */
	uint32_t left;	     /* how many of them */
	uint16_t seen;	     /* of a bitfield: ids before the next bit */
	uint16_t max;	     /* MaxVendorId; of a restriction 65535 */
	bool range;	     /* IsRangeEncoding */
};

struct tcf_span {
	uint16_t first, last; /* ids, both included */
};

enum tcf_restriction_type {
	TCF_NOT_ALLOWED,
	TCF_REQUIRE_CONSENT,
	TCF_REQUIRE_INTEREST,
	TCF_UNDEFINED,
};

struct tcf_restriction {
	unsigned purpose;
	enum tcf_restriction_type type;
	struct tcf_vendors vendors;
};

struct tcf_restrictions {
	struct bitstring at;
	uint32_t left;
};

/* Everything a string says; sets are bits, TCF_BIT(1) the first. */
struct tcf {
	uint64_t tolerated; /* bits of enum finding_code */
	int64_t created_ms, updated_ms;
	unsigned version;
	unsigned cmp_id, cmp_version, consent_screen;
	unsigned vendor_list_version, policy_version;
	char language[3], publisher_cc[3];
	bool service_specific, non_standard_texts, purpose_one_treatment;
	bool has_disclosed, has_allowed, has_publisher;
	uint64_t special_features;
	uint64_t consents, interests; /* as they stand; 1, 3 to 6 count not */
	struct tcf_vendors vendor_consents, vendor_interests;
	struct tcf_restrictions restrictions;
	struct tcf_vendors disclosed, allowed;
	uint64_t publisher_consents, publisher_interests;
	unsigned custom_count;
	uint64_t custom_consents, custom_interests;
};

/*
 * Decodes a string.  FOUND_OK, or the first rule it breaks, of the class
 * FINDING_MALFORMED, and *out is cleared.
 *
 *   limit   longest string, bytes
 *   out     borrows from the text
 */
struct finding tcf_decode(struct slice text, size_t limit, struct tcf *out);

/*
 * Whether a decoded string may be used at a time: FOUND_OK, or the first
 * reason why not, of the class FINDING_UNUSABLE.  Days are days of UTC.
 *
 *   max_age_ms   since it was last updated, to the day before, as tcf_answer
 *		  has it; 0: any
 */
struct finding
tcf_usable(const struct tcf *t, int64_t now_ms, int64_t max_age_ms);

/* The next run of vendors; call on a copy.  False at the end. */
bool tcf_vendors_next(struct tcf_vendors *v, struct tcf_span *out);
bool tcf_vendors_have(const struct tcf_vendors *v, unsigned vendor);

/* The next restriction; call on a copy.  False at the end. */
bool
tcf_restrictions_next(struct tcf_restrictions *r, struct tcf_restriction *out);

/* Bits 1 << type of the restrictions of a purpose for a vendor. */
unsigned tcf_restricted(const struct tcf *t, unsigned purpose, unsigned vendor);

enum tcf_basis {
	TCF_CONSENT,
	TCF_INTEREST, /* legitimate interest: told of, and not objected to */
};

/* What a policy wants to know: all of it must be granted. */
struct tcf_ask {
	uint64_t purposes;	   /* TCF_BIT(n) */
	uint64_t special_features; /* TCF_BIT(n) */
	unsigned vendor;	   /* 0: what the publisher may do */
	enum tcf_basis basis;
	bool flexible; /* the vendor may have its basis changed */
	int64_t max_age_ms;
};

/*
 * What a string that is usable says: grant or deny, since it was last
 * updated, to the day; a grant ends after max_age_ms.  Nothing asked is no
 * grant.  Purpose 1 that was not asked for (PurposeOneTreatment) is denied.
 */
struct answer tcf_answer(const struct tcf *t, const struct tcf_ask *ask);

/*
 * A string in an event.  True: it is usable, and tcf_answer says the rest.
 * False: absent or null is silent, no string the wrong type, a malformed or
 * unusable one an error with its reason.
 *
 *   out    borrows from the value
 *   said   only when false
 */
LETHE_CHECKED bool tcf_hear(const struct value *v, int64_t now_ms,
	struct tcf *out, struct answer *said);

/* What `gdpr` or `gdprApplies` beside a string says of it. */
enum tcf_scope {
	TCF_SCOPE_UNTOLD,  /* absent or null */
	TCF_SCOPE_APPLIES, /* 1, "1", true */
	TCF_SCOPE_NOT,	   /* 0, "0", false: the string is silent */
	TCF_SCOPE_ERROR,   /* anything else */
};

enum tcf_scope tcf_scope(const struct value *v);

/*
 * The parameters `gdpr` and `gdpr_consent` of a URL, percent-decoded once;
 * absent where the URL has none.  NONE, or why nothing can be read there: no
 * text, no URL, a parameter twice or wrongly encoded.
 *
 *   a   what is encoded is decoded into it; the rest borrows from the value
 */
LETHE_CHECKED enum lethe_reason tcf_of_url(const struct value *v,
	struct arena *a, struct value *scope, struct value *string);

#endif
