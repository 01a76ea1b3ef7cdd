#ifndef CONSENT_GPP_H
#define CONSENT_GPP_H

/*
 * IAB GPP strings: the header, and of the sections tcfeuv2, uspv1 and usnat.
 * Other sections are named and not read.  Pure, without allocation, time
 * bounded by the length of the string.
 * Source: IAB Tech Lab, Global Privacy Platform: Core/Consent String
 * Specification and Sections/; booleans as its libraries write them (1 true).
 */

#include "consent/signals/gpp/sections.h"
#include "consent/signals/tcf/tcf.h"

/* The longest string that a policy's source may carry. */
#define GPP_STRING_MAX TCF_STRING_MAX

#define GPP_TCFEUV2 2
#define GPP_USPV1 6
#define GPP_USNAT 7

/* The sections that a header lists, rising; borrows from the string. */
struct gpp_ids {
	struct bitstring at;
	uint32_t left; /* items, singles and ranges */
};

struct gpp_span {
	uint32_t first, last; /* ids, both included; 1 to 65535 */
};

struct gpp {
	unsigned version;
	struct gpp_ids ids;
	uint64_t tolerated; /* bits of enum finding_code */
	bool has_tcf, has_uspv1, has_usnat;
	bool has_others; /* sections that are not read here */
	struct tcf tcf;
	struct uspv1 uspv1;
	struct usnat usnat;
};

/*
 * Reads a header alone, "DBACNY": FOUND_OK or what is malformed.
 *
 *   out   version and ids; the rest is cleared
 */
struct finding gpp_header(struct slice header, struct gpp *out);

/*
 * Decodes a string.  FOUND_OK, or the first rule it breaks; then *out is
 * cleared, but for version and ids where the header was sound.
 *
 *   limit   longest string, bytes
 *   out     borrows from the text
 */
struct finding gpp_decode(struct slice text, size_t limit, struct gpp *out);

/* As tcf_usable of its section 2; the others do not age. */
struct finding
gpp_usable(const struct gpp *g, int64_t now_ms, int64_t max_age_ms);

/* The next run of ids; call on a copy.  False at the end. */
bool gpp_ids_next(struct gpp_ids *ids, struct gpp_span *out);
bool gpp_ids_have(const struct gpp_ids *ids, uint32_t id);

/* "tcfeuv2", "usca": static storage; NULL of an id that is not registered. */
const char *gpp_section_name(uint32_t id);

/* What a person may have opted out of in sections 6 and 7. */
enum gpp_opt_out {
	GPP_SALE = 1,	  /* OptOutSale of uspv1, SaleOptOut of usnat */
	GPP_SHARING = 2,  /* SharingOptOut */
	GPP_TARGETED = 4, /* TargetedAdvertisingOptOut */
	GPP_GPC = 8,	  /* Gpc of usnat */
	GPP_CHILD = 16,	  /* a known child, without consent */
	GPP_ALL = 31
};

/* The bits of enum gpp_opt_out that a string carries. */
unsigned gpp_opted_out(const struct gpp *g);

struct gpp_ask {
	struct tcf_ask tcf; /* of section 2 */
	unsigned opt_outs;  /* bits that stop the purpose: most often GPP_ALL */
};

/* Which sections apply, as `gpp_sid` says; cleared: not told, so all may. */
struct gpp_sid {
	bool told;
	bool malformed;
	bool others;   /* a section is listed that is not read here */
	uint64_t ours; /* bits 1 << id of those that are */
};

/*
 * Adds what one value of `gpp_sid` lists: "2", "2,6", "2_6", or an integer; of
 * an array, each element.  -1 and 0 are no section; absent and null add
 * nothing; anything else is malformed.
 */
void gpp_sid_add(struct gpp_sid *sid, const struct value *v);

/*
 * What a string that is usable says.  In this order:
 *
 *   sid is malformed: error
 *   sid lists a section that is not read here, or tells nothing and the
 *     string has one: deny, for it may hold an opt-out
 *   sid lists a section that the string has not: error, unusable
 *   an opt-out of those asked, whether sid lists its section or not: deny
 *   section 2, unless sid leaves it out: as tcf_answer
 *   nothing of these: silent; no opt-out is no grant
 */
struct answer gpp_answer(const struct gpp *g, const struct gpp_sid *sid,
	const struct gpp_ask *ask);

/*
 * A string in an event, and what its `gpp_sid` told.  True: it is usable, and
 * gpp_answer says the rest.  False: an absent or null string is silent, unless
 * sid is malformed or lists a section not read here; another is an error.
 *
 *   out    borrows from the value; gpp_opted_out may be asked of it, also when
 *	    it is false
 *   said   only when false
 */
LETHE_CHECKED bool gpp_hear(const struct value *v, const struct gpp_sid *sid,
	int64_t now_ms, struct gpp *out, struct answer *said);

#endif
