#include "consent/signals/tcf/vendors.h"

#define TCF_VERSION 2

enum segment_type {
	SEGMENT_CORE, /* by its place; no segment says it is one */
	SEGMENT_DISCLOSED,
	SEGMENT_ALLOWED,
	SEGMENT_PUBLISHER,
};

static struct finding
found(enum finding_code code, const char *place)
{
	return (struct finding){code, place};
}

static void
tolerate(struct tcf *t, enum finding_code code)
{
	t->tolerated |= UINT64_C(1) << code;
}

static int64_t
take_deciseconds(struct bitstring *b)
{
	return (int64_t)bitstring_take(b, 36) * 100;
}

/* Two letters of six bits, A is 0; false when one is no letter. */
static bool
take_letters(struct bitstring *b, char out[static 3])
{
	for (size_t i = 0; i < 2; i++) {
		unsigned letter = (unsigned)bitstring_take(b, 6);

		if (letter >= 26)
			return false;
		out[i] = (char)('A' + letter);
	}
	out[2] = '\0';
	return true;
}

/* From Created to PublisherCC: the part of fixed length. */
static enum finding_code
read_fixed(struct bitstring *b, struct tcf *t)
{
	bool letters;

	t->created_ms = take_deciseconds(b);
	t->updated_ms = take_deciseconds(b);
	t->cmp_id = (unsigned)bitstring_take(b, 12);
	t->cmp_version = (unsigned)bitstring_take(b, 12);
	t->consent_screen = (unsigned)bitstring_take(b, 6);
	letters = take_letters(b, t->language);
	t->vendor_list_version = (unsigned)bitstring_take(b, 12);
	t->policy_version = (unsigned)bitstring_take(b, 6);
	t->service_specific = bitstring_take(b, 1);
	t->non_standard_texts = bitstring_take(b, 1);
	t->special_features = bitstring_take_set(b, TCF_SPECIAL_FEATURES);
	t->consents = bitstring_take_set(b, TCF_PURPOSES);
	t->interests = bitstring_take_set(b, TCF_PURPOSES);
	t->purpose_one_treatment = bitstring_take(b, 1);
	letters = take_letters(b, t->publisher_cc) && letters;
	if (b->ended)
		return FOUND_TRUNCATED;
	return letters ? FOUND_OK : FOUND_LETTER;
}

static struct finding
read_core(struct bitstring *b, struct tcf *t)
{
	enum finding_code code;

	t->version = (unsigned)bitstring_take(b, 6);
	if (!b->ended && t->version != TCF_VERSION)
		return found(FOUND_VERSION, "core");
	code = read_fixed(b, t);
	if (code != FOUND_OK)
		return found(code, "core");
	if (t->interests & (TCF_BIT(3) | TCF_BIT(4) | TCF_BIT(5) | TCF_BIT(6)))
		tolerate(t, FOUND_IGNORE_LI);
	code = tcf_vendors_read(b, &t->vendor_consents);
	if (code != FOUND_OK)
		return found(code, "vendorConsents");
	code = tcf_vendors_read(b, &t->vendor_interests);
	if (code != FOUND_OK)
		return found(code, "vendorLegitimateInterests");
	return found(tcf_restrictions_read(b, &t->restrictions),
		"publisherRestrictions");
}

static enum finding_code
read_publisher(struct bitstring *b, struct tcf *t)
{
	t->publisher_consents = bitstring_take_set(b, TCF_PURPOSES);
	t->publisher_interests = bitstring_take_set(b, TCF_PURPOSES);
	t->custom_count = (unsigned)bitstring_take(b, 6);
	t->custom_consents = bitstring_take_set(b, t->custom_count);
	t->custom_interests = bitstring_take_set(b, t->custom_count);
	return b->ended ? FOUND_TRUNCATED : FOUND_OK;
}

/* A set of vendors as a segment of its own, at most once. */
static enum finding_code
read_vendors_once(struct bitstring *b, bool *there, struct tcf_vendors *out)
{
	if (*there)
		return FOUND_DUPLICATE_SEGMENT;
	*there = true;
	return tcf_vendors_read(b, out);
}

static struct finding
read_other(struct bitstring *b, struct tcf *t)
{
	unsigned type = (unsigned)bitstring_take(b, 3);
	bool twice;

	switch (type) {
	case SEGMENT_DISCLOSED:
		return found(
			read_vendors_once(b, &t->has_disclosed, &t->disclosed),
			"disclosedVendors");
	case SEGMENT_ALLOWED:
		return found(read_vendors_once(b, &t->has_allowed, &t->allowed),
			"vendorsAllowed");
	case SEGMENT_PUBLISHER:
		twice = t->has_publisher;
		t->has_publisher = true;
		return found(
			twice ? FOUND_DUPLICATE_SEGMENT : read_publisher(b, t),
			"publisherTC");
	default: return found(FOUND_UNKNOWN_SEGMENT, "segment");
	}
}

static struct finding
read_segment(struct slice text, bool core, struct tcf *t)
{
	struct bitstring b;
	struct finding f;
	bool padded = false;

	if (!bitstring_open(text, &b, &padded))
		return found(FOUND_ALPHABET, core ? "core" : "segment");
	if (!b.bits)
		return found(FOUND_EMPTY_SEGMENT, core ? "core" : "segment");
	if (padded)
		tolerate(t, FOUND_PADDING);
	f = core ? read_core(&b, t) : read_other(&b, t);
	if (f.code == FOUND_OK && !bitstring_rest_is_zero(&b))
		tolerate(t, FOUND_TRAILING_BITS);
	return f;
}

static struct finding
read_segments(struct slice text, struct tcf *t)
{
	bool core = true, more = true;
	struct slice segment;

	while (more) {
		struct finding f;

		more = slice_cut(&text, '.', &segment);
		f = read_segment(segment, core, t);
		if (f.code != FOUND_OK)
			return f;
		core = false;
	}
	return found(FOUND_OK, NULL);
}

struct finding
tcf_decode(struct slice text, size_t limit, struct tcf *out)
{
	struct finding f;

	*out = (struct tcf){0};
	if (!text.len)
		return found(FOUND_EMPTY, NULL);
	if (text.len > limit)
		return found(FOUND_TOO_LONG, NULL);
	f = read_segments(text, out);
	if (f.code != FOUND_OK)
		*out = (struct tcf){0};
	return f;
}
