#ifndef LETHE_REASON_H
#define LETHE_REASON_H

/*
 * Why an understood event, a record or a field did not leave: a closed list.
 * The names are the labels of metrics and of --json output.  Poison has its
 * reasons in error.h.
 */

#include "lethe/error.h"

/* Which of the three a reason ends. */
enum lethe_scope {
	LETHE_SCOPE_NONE,
	LETHE_SCOPE_EVENT,   /* the event, for every purpose */
	LETHE_SCOPE_PURPOSE, /* the record of one purpose */
	LETHE_SCOPE_FIELD,   /* one field of a record; the record goes on */
};

/* X(CODE, SCOPE, name, English) */
#define LETHE_REASON_MAP(X) \
	X(NONE, NONE, "none", "sent") \
	X(TOMBSTONE, EVENT, "tombstone", "the message has no value") \
	X(NO_EVENT, EVENT, "no_event", "no event of the policy matches") \
	X(NO_TIME, EVENT, "no_time", "the event time is absent or unreadable") \
	X(OUT_OF_TIME, EVENT, "out_of_time", \
		"the event time is too old or in the future") \
	X(EXPIRED_PURPOSE, PURPOSE, "expired_purpose", \
		"the purpose's `expires` has passed") \
	X(NOT_FOR_EVENT, PURPOSE, "not_for_event", \
		"the purpose does not cover this event") \
	X(SIGNAL_MALFORMED, PURPOSE, "signal_malformed", \
		"a consent signal is malformed") \
	X(SIGNAL_WRONG_TYPE, PURPOSE, "signal_wrong_type", \
		"a consent signal has the wrong type") \
	X(SIGNAL_UNUSABLE, PURPOSE, "signal_unusable", \
		"a consent signal is well-formed but may not be used") \
	X(SIGNAL_FUTURE, PURPOSE, "signal_future", \
		"a consent signal comes from the future") \
	X(LEDGER_STALE, PURPOSE, "ledger_stale", \
		"the consent ledger is not up to date") \
	X(OBJECTED, PURPOSE, "objected", "an objection applies") \
	X(REFUSED, PURPOSE, "refused", "a source asked says no") \
	X(NO_CONSENT, PURPOSE, "no_consent", \
		"the source that decides does not say yes") \
	X(OLD_NOTICE, PURPOSE, "old_notice", \
		"granted under a notice that the purpose does not accept") \
	X(NOT_CONFIRMED, PURPOSE, "not_confirmed", \
		"a source in `also` does not say yes") \
	X(NOT_YET_GRANTED, PURPOSE, "not_yet_granted", \
		"granted only after the event happened") \
	X(CONSENT_EXPIRED, PURPOSE, "consent_expired", \
		"the consent has expired") \
	X(WITHDRAWN, PURPOSE, "withdrawn", "the consent was withdrawn") \
	X(BAD_IDENTITY, PURPOSE, "bad_identity", \
		"an identifier is present but is none") \
	X(ID_CONFLICT, PURPOSE, "id_conflict", \
		"two places of one identifier differ, or one [k=v] matches " \
		"twice") \
	X(NO_IDENTITY, PURPOSE, "no_identity", \
		"no identifier of the purpose is present") \
	X(MISSING_REQUIRED, PURPOSE, "missing_required", \
		"a required field is absent or does not fit") \
	X(MISFIT, FIELD, "misfit", "the value does not fit its field") \
	X(ABSENT, FIELD, "absent", "the event has no such value") \
	X(NOT_ON_EVENT, FIELD, "not_on_event", \
		"the field is not declared on this event")

enum lethe_reason {
#define X(code, scope, name, text) LETHE_REASON_##code,
	LETHE_REASON_MAP(X)
#undef X
		LETHE_REASON_COUNT
};

/* What about a value does not fit its field.  X(CODE, name, English) */
#define LETHE_MISFIT_MAP(X) \
	X(NONE, "none", "it fits") \
	X(TYPE, "type", "a value of another type") \
	X(RANGE, "range", "too long, too small or too large") \
	X(FORM, "form", "not of the form, or not one of those listed") \
	X(IDENTITY, "identity", "present, but no identifier")

enum lethe_misfit {
#define X(code, name, text) LETHE_MISFIT_##code,
	LETHE_MISFIT_MAP(X)
#undef X
		LETHE_MISFIT_COUNT
};

/* The stable name of a misfit, such as "range"; static storage. */
LETHE_API const char *lethe_misfit_name(enum lethe_misfit misfit);

/* The stable name of a reason, such as "no_consent"; static storage. */
LETHE_API const char *lethe_reason_name(enum lethe_reason reason);

/* The reason in English; static storage. */
LETHE_API const char *lethe_reason_text(enum lethe_reason reason);

/* What a reason ends. */
LETHE_API enum lethe_scope lethe_reason_scope(enum lethe_reason reason);

#endif
