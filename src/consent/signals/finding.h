#ifndef CONSENT_FINDING_H
#define CONSENT_FINDING_H

/*
 * What a decoder of a consent string, or the judgement whether the string may
 * be used, has found: a rule of a closed list and the place it was found at.
 * Never a byte of the string, which is personal data.
 */

#include "lethe/reason.h"

enum finding_class {
	FINDING_NONE,
	FINDING_MALFORMED, /* cannot be decoded; what was read is no use */
	FINDING_UNUSABLE,  /* decoded, but may not be used now */
	FINDING_TOLERATED, /* odd, and usable all the same */
};

/* X(CODE, CLASS, name, English) */
#define FINDING_MAP(X) \
	X(OK, NONE, "ok", "usable") \
	X(EMPTY, MALFORMED, "empty", "there is nothing in it") \
	X(TOO_LONG, MALFORMED, "too_long", "longer than the limit") \
	X(UNKNOWN_FORMAT, MALFORMED, "unknown_format", \
		"the string begins like none of the formats") \
	X(ALPHABET, MALFORMED, "alphabet", \
		"a character that cannot stand there") \
	X(VERSION, MALFORMED, "version", "a type or version not known here") \
	X(TRUNCATED, MALFORMED, "truncated", "it ends before its last field") \
	X(LETTER, MALFORMED, "letter", "a language or country is no letters") \
	X(BAD_RANGE, MALFORMED, "bad_range", \
		"a range begins at 0, runs backwards or past its maximum") \
	X(RESTRICTION_TYPE, MALFORMED, "restriction_type", \
		"a publisher restriction of the undefined type 3") \
	X(RESTRICTION_PURPOSE, MALFORMED, "restriction_purpose", \
		"a publisher restriction of a purpose that there is not") \
	X(EMPTY_SEGMENT, MALFORMED, "empty_segment", "a segment is empty") \
	X(UNKNOWN_SEGMENT, MALFORMED, "unknown_segment", \
		"a segment of a type not known here") \
	X(DUPLICATE_SEGMENT, MALFORMED, "duplicate_segment", \
		"a segment is there twice") \
	X(DUPLICATE_GROUP, MALFORMED, "duplicate_group", \
		"a group is named twice") \
	X(SECTION_MISSING, MALFORMED, "section_missing", \
		"the header lists more sections than there are") \
	X(SECTION_UNLISTED, MALFORMED, "section_unlisted", \
		"there are more sections than the header lists") \
	X(BAD_VALUE, MALFORMED, "bad_value", "a field has an undefined value") \
	X(NOT_SERVICE_SPECIFIC, UNUSABLE, "not_service_specific", \
		"of the global scope, which ended in 2021") \
	X(FUTURE, UNUSABLE, "future", "created or updated after today") \
	X(DATES, UNUSABLE, "dates", "last updated before it was created") \
	X(POLICY_TOO_OLD, UNUSABLE, "policy_too_old", \
		"made under a TCF policy before version 4") \
	X(DISCLOSED_MISSING, UNUSABLE, "disclosed_missing", \
		"created after 2026-02-28 without disclosed vendors") \
	X(EXPIRED, UNUSABLE, "expired", "older than the maximum age") \
	X(PADDING, TOLERATED, "padding_tolerated", \
		"a segment ends with `=`, which is passed over") \
	X(TRAILING_BITS, TOLERATED, "trailing_bits_tolerated", \
		"bits after the last field are not zero and mean nothing") \
	X(IGNORE_LI, TOLERATED, "ignore_li_3_to_6", \
		"legitimate interest for purposes 3 to 6 counts as absent")

enum finding_code {
#define X(code, class, name, text) FOUND_##code,
	FINDING_MAP(X)
#undef X
		FOUND_COUNT
};

struct finding {
	enum finding_code code;
	const char *place; /* "core", "vendorConsents"; static; NULL: whole */
};

const char *finding_name(enum finding_code code);
const char *finding_text(enum finding_code code);
enum finding_class finding_class(enum finding_code code);

/* What a finding is to the decision; LETHE_REASON_NONE of what is usable. */
enum lethe_reason finding_reason(enum finding_code code);

#endif
