#include "consent/signals/tcf/tcf.h"

#define DAY_MS INT64_C(86400000)

/* 2026-03-01T00:00:00Z: from here on strings carry DisclosedVendors. */
#define DISCLOSED_FROM_MS INT64_C(1772323200000)

static int64_t
day_of(int64_t ms)
{
	return ms / DAY_MS - (ms % DAY_MS < 0);
}

struct finding
tcf_usable(const struct tcf *t, int64_t now_ms, int64_t max_age_ms)
{
	int64_t today = day_of(now_ms), last;

	if (!t->service_specific)
		return (struct finding){FOUND_NOT_SERVICE_SPECIFIC, "core"};
	if (day_of(t->created_ms) > today || day_of(t->updated_ms) > today)
		return (struct finding){FOUND_FUTURE, "core"};
	if (day_of(t->updated_ms) < day_of(t->created_ms))
		return (struct finding){FOUND_DATES, "core"};
	/* From 2023-10-01 on TCF 2.2, whose policy is 4, is the only one.  An
	   older date excuses nothing: such a string was made anew since. */
	if (t->policy_version < TCF_POLICY_LEAST)
		return (struct finding){FOUND_POLICY_TOO_OLD, "core"};
	if (t->created_ms >= DISCLOSED_FROM_MS && !t->has_disclosed)
		return (struct finding){FOUND_DISCLOSED_MISSING, NULL};
	if (max_age_ms <= 0)
		return (struct finding){FOUND_OK, NULL};
	if (__builtin_add_overflow(t->updated_ms, max_age_ms, &last) ||
		today < day_of(last))
		return (struct finding){FOUND_OK, NULL};
	return (struct finding){FOUND_EXPIRED, "core"};
}
