#include "consent/signals/tcf/tcf.h"

#define DAY_MS INT64_C(86400000)

static bool
has(uint64_t set, unsigned n)
{
	return set & TCF_BIT(n);
}

static bool
publisher_may(const struct tcf *t, const struct tcf_ask *ask, unsigned purpose)
{
	uint64_t interests = t->publisher_interests & ~TCF_CONSENT_ALONE;

	if (!t->has_publisher)
		return false;
	return has(
		ask->basis == TCF_CONSENT ? t->publisher_consents : interests,
		purpose);
}

static bool
vendor_has(const struct tcf *t, enum tcf_basis basis, unsigned purpose,
	unsigned vendor)
{
	if (basis == TCF_CONSENT)
		return has(t->consents, purpose) &&
		       tcf_vendors_have(&t->vendor_consents, vendor);
	return has(t->interests & ~TCF_CONSENT_ALONE, purpose) &&
	       tcf_vendors_have(&t->vendor_interests, vendor);
}

static bool
vendor_may(const struct tcf *t, const struct tcf_ask *ask, unsigned purpose)
{
	unsigned types = tcf_restricted(t, purpose, ask->vendor);
	bool consent = types & 1U << TCF_REQUIRE_CONSENT;
	bool interest = types & 1U << TCF_REQUIRE_INTEREST;

	if (types & 1U << TCF_NOT_ALLOWED || (consent && interest))
		return false;
	if (consent)
		return vendor_has(t, TCF_CONSENT, purpose, ask->vendor);
	if (!interest || ask->basis == TCF_INTEREST)
		return vendor_has(t, ask->basis, purpose, ask->vendor);
	return ask->flexible &&
	       vendor_has(t, TCF_INTEREST, purpose, ask->vendor);
}

static bool
may(const struct tcf *t, const struct tcf_ask *ask, unsigned purpose)
{
	if (purpose == 1 && t->purpose_one_treatment)
		return false;
	return ask->vendor ? vendor_may(t, ask, purpose)
			   : publisher_may(t, ask, purpose);
}

static bool
may_all(const struct tcf *t, const struct tcf_ask *ask)
{
	uint64_t known = TCF_BIT(TCF_PURPOSES + 1) - 1;

	if (!ask->purposes && !ask->special_features)
		return false;
	if (ask->purposes & ~known ||
		ask->special_features & ~t->special_features)
		return false;
	if (ask->vendor && t->has_disclosed &&
		!tcf_vendors_have(&t->disclosed, ask->vendor))
		return false;
	for (unsigned p = 1; p <= TCF_PURPOSES; p++)
		if (has(ask->purposes, p) && !may(t, ask, p))
			return false;
	return true;
}

struct answer
tcf_answer(const struct tcf *t, const struct tcf_ask *ask)
{
	struct answer a = {
		.kind = may_all(t, ask) ? ANSWER_GRANT : ANSWER_DENY,
		.has_time = true,
		.time_ms = t->updated_ms,
		.grain_ms = DAY_MS,
	};

	if (a.kind == ANSWER_GRANT && ask->max_age_ms > 0)
		a.has_until = !__builtin_add_overflow(
			t->updated_ms, ask->max_age_ms, &a.until_ms);
	return a;
}

static struct answer
error_of(enum lethe_reason reason)
{
	return (struct answer){.kind = ANSWER_ERROR, .reason = reason};
}

bool
tcf_hear(const struct value *v, int64_t now_ms, struct tcf *out,
	struct answer *said)
{
	struct finding f;

	*said = (struct answer){.kind = ANSWER_SILENT};
	if (v->kind == VALUE_ABSENT || v->kind == VALUE_NULL)
		return false;
	if (v->kind != VALUE_STRING) {
		*said = error_of(LETHE_REASON_SIGNAL_WRONG_TYPE);
		return false;
	}
	f = tcf_decode(v->text, TCF_STRING_MAX, out);
	if (f.code == FOUND_OK)
		f = tcf_usable(out, now_ms, 0);
	if (f.code == FOUND_OK)
		return true;
	*said = error_of(finding_reason(f.code));
	return false;
}

enum tcf_scope
tcf_scope(const struct value *v)
{
	if (v->kind == VALUE_ABSENT || v->kind == VALUE_NULL)
		return TCF_SCOPE_UNTOLD;
	if (v->kind == VALUE_BOOL)
		return v->boolean ? TCF_SCOPE_APPLIES : TCF_SCOPE_NOT;
	if (v->kind == VALUE_INT && v->magnitude <= 1 && !v->negative)
		return v->magnitude ? TCF_SCOPE_APPLIES : TCF_SCOPE_NOT;
	if (v->kind == VALUE_STRING && slice_is(v->text, "1"))
		return TCF_SCOPE_APPLIES;
	if (v->kind == VALUE_STRING && slice_is(v->text, "0"))
		return TCF_SCOPE_NOT;
	return TCF_SCOPE_ERROR;
}
