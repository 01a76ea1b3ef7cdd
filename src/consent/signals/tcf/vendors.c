#include "consent/signals/tcf/vendors.h"

#define VENDOR_MAX 65535

static struct tcf_span
take_entry(struct bitstring *b)
{
	bool is_range = bitstring_take(b, 1);
	struct tcf_span span;

	span.first = (uint16_t)bitstring_take(b, 16);
	span.last = is_range ? (uint16_t)bitstring_take(b, 16) : span.first;
	return span;
}

/* Moves over the entries; FOUND_OK when each is sound. */
static enum finding_code
check_entries(struct bitstring *b, uint32_t count, uint16_t max)
{
	for (uint32_t i = 0; i < count; i++) {
		struct tcf_span span = take_entry(b);

		if (b->ended)
			return FOUND_TRUNCATED;
		if (!span.first || span.first > span.last || span.last > max)
			return FOUND_BAD_RANGE;
	}
	return FOUND_OK;
}

enum finding_code
tcf_vendors_read(struct bitstring *b, struct tcf_vendors *out)
{
	*out = (struct tcf_vendors){.max = (uint16_t)bitstring_take(b, 16)};
	out->range = bitstring_take(b, 1);
	out->left = out->range ? (uint32_t)bitstring_take(b, 12) : out->max;
	out->at = *b;
	if (out->range)
		return b->ended ? FOUND_TRUNCATED
				: check_entries(b, out->left, out->max);
	bitstring_skip(b, out->left);
	return b->ended ? FOUND_TRUNCATED : FOUND_OK;
}

/* The run of set bits that is next. */
static bool
next_run(struct tcf_vendors *v, struct tcf_span *out)
{
	bool found = false;

	while (v->left) {
		bool set = bitstring_take(&v->at, 1);

		v->left--;
		v->seen++;
		if (set && !found)
			out->first = v->seen;
		if (set)
			out->last = v->seen;
		else if (found)
			break;
		found = found || set;
	}
	return found;
}

bool
tcf_vendors_next(struct tcf_vendors *v, struct tcf_span *out)
{
	*out = (struct tcf_span){0};
	if (!v->range)
		return next_run(v, out);
	if (!v->left)
		return false;
	v->left--;
	*out = take_entry(&v->at);
	return true;
}

bool
tcf_vendors_have(const struct tcf_vendors *v, unsigned vendor)
{
	struct tcf_vendors left = *v;
	struct tcf_span span;

	if (!vendor || vendor > v->max)
		return false;
	if (!v->range)
		return bitstring_bit(&v->at, vendor - 1 - v->seen);
	while (tcf_vendors_next(&left, &span))
		if (vendor >= span.first && vendor <= span.last)
			return true;
	return false;
}

static void
take_restriction(struct bitstring *b, struct tcf_restriction *out)
{
	*out = (struct tcf_restriction){
		.vendors = {.range = true, .max = VENDOR_MAX}};
	out->purpose = (unsigned)bitstring_take(b, 6);
	out->type = (enum tcf_restriction_type)bitstring_take(b, 2);
	out->vendors.left = (uint32_t)bitstring_take(b, 12);
	out->vendors.at = *b;
}

static enum finding_code
check_restriction(const struct tcf_restriction *r)
{
	if (!r->purpose || r->purpose > TCF_PURPOSES)
		return FOUND_RESTRICTION_PURPOSE;
	return r->type == TCF_UNDEFINED ? FOUND_RESTRICTION_TYPE : FOUND_OK;
}

enum finding_code
tcf_restrictions_read(struct bitstring *b, struct tcf_restrictions *out)
{
	out->left = (uint32_t)bitstring_take(b, 12);
	out->at = *b;
	for (uint32_t i = 0; i < out->left; i++) {
		struct tcf_restriction one;
		enum finding_code code;

		take_restriction(b, &one);
		if (b->ended)
			break;
		code = check_restriction(&one);
		if (code == FOUND_OK)
			code = check_entries(b, one.vendors.left, VENDOR_MAX);
		if (code != FOUND_OK)
			return code;
	}
	return b->ended ? FOUND_TRUNCATED : FOUND_OK;
}

bool
tcf_restrictions_next(struct tcf_restrictions *r, struct tcf_restriction *out)
{
	*out = (struct tcf_restriction){0};
	if (!r->left)
		return false;
	r->left--;
	take_restriction(&r->at, out);
	for (uint32_t i = 0; i < out->vendors.left; i++)
		(void)take_entry(&r->at);
	return true;
}

unsigned
tcf_restricted(const struct tcf *t, unsigned purpose, unsigned vendor)
{
	struct tcf_restrictions left = t->restrictions;
	struct tcf_restriction one;
	unsigned types = 0;

	while (tcf_restrictions_next(&left, &one))
		if (one.purpose == purpose &&
			tcf_vendors_have(&one.vendors, vendor))
			types |= 1U << one.type;
	return types;
}
