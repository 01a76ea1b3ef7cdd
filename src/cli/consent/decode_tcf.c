#include "cli/consent/decode.h"
#include "consent/signals/tcf/tcf.h"

/*
 * The ninth goes on: "or combinations of data from different sources".
 * Source: IAB Europe TCF Policies, appendix A, version 4 and later.
 */
static const char *const purposes[] = {
	"Store and/or access information on a device",
	"Use limited data to select advertising",
	"Create profiles for personalised advertising",
	"Use profiles to select personalised advertising",
	"Create profiles to personalise content",
	"Use profiles to select personalised content",
	"Measure advertising performance",
	"Measure content performance",
	"Understand audiences through statistics",
	"Develop and improve services",
	"Use limited data to select content",
};

#define NAMED (sizeof(purposes) / sizeof(purposes[0]))

static const char *const features[] = {
	"Use precise geolocation data",
	"Actively scan device characteristics for identification",
};

static const char *const restriction_texts[] = {
	"not allowed", "require consent", "require legitimate interest"};

static const char *
yes_no(uint64_t set, unsigned n)
{
	return set & TCF_BIT(n) ? "yes" : "-";
}

/* An interest that is set and counts as absent stands in brackets. */
static const char *
interest(uint64_t set, unsigned purpose)
{
	bool ignored = TCF_CONSENT_ALONE & TCF_BIT(purpose);

	return ignored && set & TCF_BIT(purpose) ? "(yes)"
						 : yes_no(set, purpose);
}

static void
put_purpose(const struct tcf *t, unsigned p, struct buf *out)
{
	const char *own = "", *own_interest = "";

	if (t->has_publisher) {
		own = yes_no(t->publisher_consents, p);
		own_interest = interest(t->publisher_interests, p);
	}
	buf_printf(out, "%4u  %-7s %-5s %-4s %-5s %s\n", p,
		yes_no(t->consents, p), interest(t->interests, p), own,
		own_interest, p <= NAMED ? purposes[p - 1] : "not named here");
}

static void
put_purposes(const struct tcf *t, struct buf *out)
{
	uint64_t any = t->consents | t->interests | t->publisher_consents |
		       t->publisher_interests;

	buf_printf(out, "\n%4s  %-7s %-5s %-4s %-5s %s\n", "#", "consent", "LI",
		"own", "LI", "purpose (own: what the publisher may do)");
	for (unsigned p = 1; p <= TCF_PURPOSES; p++)
		if (p <= NAMED || any & TCF_BIT(p))
			put_purpose(t, p, out);
	buf_put_byte(out, '\n');
}

static void
put_features(const struct tcf *t, struct buf *out)
{
	for (unsigned n = 1; n <= TCF_SPECIAL_FEATURES; n++)
		if (t->special_features & TCF_BIT(n))
			buf_printf(out, "  special feature %u: %s\n", n,
				n <= 2 ? features[n - 1] : "opted in");
}

static void
show_vendors(const struct tcf_vendors *vendors, const char *key,
	const char *label, struct sheet *s)
{
	struct tcf_vendors left = *vendors;
	struct numbers n = {0};
	struct tcf_span span;

	while (tcf_vendors_next(&left, &span))
		numbers_add(&n, span.first, span.last);
	sheet_numbers(s, key, label, &n);
}

static void
show_segment(bool there, const struct tcf_vendors *vendors, const char *key,
	const char *label, struct sheet *s)
{
	if (there)
		show_vendors(vendors, key, label, s);
	else
		sheet_null(s, key, label);
}

/* All vendors under one purpose and type, so that the list stays bounded. */
static bool
collect_restricted(const struct tcf *t, unsigned purpose, unsigned type,
	struct numbers *out)
{
	struct tcf_restrictions left = t->restrictions;
	struct tcf_restriction one;
	struct tcf_span span;
	bool found = false;

	*out = (struct numbers){0};
	while (tcf_restrictions_next(&left, &one)) {
		if (one.purpose != purpose || one.type != type)
			continue;
		found = true;
		while (tcf_vendors_next(&one.vendors, &span))
			numbers_add(out, span.first, span.last);
	}
	return found;
}

static void
show_restriction(unsigned purpose, unsigned type, const struct numbers *n,
	struct sheet *s)
{
	if (!s->json) {
		buf_printf(s->out, "  restriction of purpose %u: %s\n", purpose,
			restriction_texts[type]);
		sheet_numbers(s, NULL, "  for vendors", n);
		return;
	}
	write_object(&s->w, 0);
	sheet_number(s, "purposeId", NULL, purpose);
	sheet_number(s, "restrictionType", NULL, type);
	sheet_numbers(s, "vendors", NULL, n);
	write_object_end(&s->w);
}

static void
show_restrictions(const struct tcf *t, struct sheet *s)
{
	struct numbers n;

	if (s->json) {
		write_key(&s->w, slice_of("publisherRestrictions"));
		write_array(&s->w, 0);
	}
	for (unsigned p = 1; p <= TCF_PURPOSES; p++)
		for (unsigned type = 0; type < TCF_UNDEFINED; type++)
			if (collect_restricted(t, p, type, &n))
				show_restriction(p, type, &n, s);
	if (s->json)
		write_array_end(&s->w);
}

static void
show_core(const struct tcf *t, struct sheet *s)
{
	sheet_number(s, "version", NULL, t->version);
	sheet_time(s, "created", "created", t->created_ms);
	sheet_time(s, "lastUpdated", "last updated", t->updated_ms);
	sheet_number(s, "cmpId", "CMP", t->cmp_id);
	sheet_number(s, "cmpVersion", "CMP version", t->cmp_version);
	sheet_number(s, "consentScreen", "screen", t->consent_screen);
	sheet_text(s, "consentLanguage", "language", t->language);
	sheet_number(s, "vendorListVersion", "vendor list version",
		t->vendor_list_version);
	sheet_number(
		s, "tcfPolicyVersion", "TCF policy version", t->policy_version);
	sheet_bool(s, "isServiceSpecific", "service specific",
		t->service_specific);
	sheet_bool(s, "useNonStandardTexts", "non-standard texts",
		t->non_standard_texts);
	sheet_bool(s, "purposeOneTreatment", "purpose 1 not asked",
		t->purpose_one_treatment);
	sheet_text(s, "publisherCC", "publisher's country", t->publisher_cc);
}

static void
show_publisher(const struct tcf *t, struct sheet *s)
{
	static const char *const keys[] = {"publisherConsents",
		"publisherLegitimateInterests", "numCustomPurposes",
		"publisherCustomConsents",
		"publisherCustomLegitimateInterests"};
	bool custom = t->custom_count > 0;

	if (!t->has_publisher) {
		sheet_null(s, NULL, "publisher's own");
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			sheet_null(s, keys[i], NULL);
		return;
	}
	sheet_set(s, keys[0], NULL, t->publisher_consents);
	sheet_set(s, keys[1], NULL, t->publisher_interests);
	sheet_number(
		s, keys[2], custom ? "custom purposes" : NULL, t->custom_count);
	sheet_set(s, keys[3], custom ? "custom consents" : NULL,
		t->custom_consents);
	sheet_set(s, keys[4], custom ? "custom LI" : NULL, t->custom_interests);
}

static void
show_vendor(const struct tcf *t, unsigned vendor, struct sheet *s)
{
	static const char *const keys[] = {
		"notAllowed", "requireConsent", "requireLI"};
	static const char *const labels[] = {
		"  not for purposes", "  consent alone for", "  LI alone for"};

	if (s->json)
		write_object(&s->w, 0);
	else
		buf_printf(s->out, "  vendor %u\n", vendor);
	sheet_number(s, "id", NULL, vendor);
	sheet_bool(s, "consent", "  consent",
		tcf_vendors_have(&t->vendor_consents, vendor));
	sheet_bool(s, "legitimateInterest", "  legitimate interest",
		tcf_vendors_have(&t->vendor_interests, vendor));
	sheet_bool(s, "disclosed", "  disclosed",
		t->has_disclosed && tcf_vendors_have(&t->disclosed, vendor));
	for (unsigned type = 0; type < TCF_UNDEFINED; type++) {
		uint64_t set = 0;

		for (unsigned p = 1; p <= TCF_PURPOSES; p++)
			if (tcf_restricted(t, p, vendor) & 1U << type)
				set |= TCF_BIT(p);
		sheet_set(s, keys[type], set ? labels[type] : NULL, set);
	}
	if (s->json)
		write_object_end(&s->w);
}

static void
show_asked(const struct tcf *t, const struct decode_ask *ask, struct sheet *s)
{
	if (!ask->vendor_count)
		return;
	if (s->json) {
		write_key(&s->w, slice_of("vendorsAsked"));
		write_array(&s->w, 0);
	}
	for (size_t i = 0; i < ask->vendor_count; i++)
		show_vendor(t, ask->vendors[i], s);
	if (s->json)
		write_array_end(&s->w);
}

void
show_tcf(const struct tcf *t, const struct decode_ask *ask, struct sheet *s)
{
	show_core(t, s);
	if (!s->json) {
		put_purposes(t, s->out);
		put_features(t, s->out);
	}
	sheet_set(s, "specialFeatureOptIns", NULL, t->special_features);
	sheet_set(s, "purposeConsents", NULL, t->consents);
	sheet_set(s, "purposeLegitimateInterests", NULL, t->interests);
	show_vendors(
		&t->vendor_consents, "vendorConsents", "vendor consents", s);
	show_vendors(&t->vendor_interests, "vendorLegitimateInterests",
		"vendor LI", s);
	show_restrictions(t, s);
	show_segment(t->has_disclosed, &t->disclosed, "disclosedVendors",
		"disclosed vendors", s);
	show_segment(t->has_allowed, &t->allowed, "vendorsAllowed",
		t->has_allowed ? "allowed vendors" : NULL, s);
	show_publisher(t, s);
	show_asked(t, ask, s);
}

/* B: a string of version 1, which is told apart by its version. */
static bool
sniff(struct slice text)
{
	return text.ptr[0] == 'B' || text.ptr[0] == 'C';
}

static bool
decode(struct slice text, const struct decode_ask *ask, struct sheet *s)
{
	struct tcf t;
	struct finding f = tcf_decode(text, text.len, &t);
	bool decoded = f.code == FOUND_OK;

	if (decoded)
		f = tcf_usable(&t, ask->now_ms, ask->max_age_ms);
	sheet_begin(s, decode_tcf.name, decode_tcf.text, f, t.tolerated);
	if (decoded)
		show_tcf(&t, ask, s);
	sheet_end(s);
	return f.code == FOUND_OK;
}

const struct decoder decode_tcf = {
	"tcf", "IAB TCF string", sniff, decode, true};
