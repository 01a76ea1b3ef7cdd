#include "consent/signals/gpp/gpp.h"

#define GPP_TYPE 3
#define GPP_VERSION 1
#define ID_MAX 65535

/* The Fibonacci numbers from 1, 2, 3 up to the last below ID_MAX. */
static const uint16_t fibonacci[] = {1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144,
	233, 377, 610, 987, 1597, 2584, 4181, 6765, 10946, 17711, 28657, 46368};

#define FIBONACCI_COUNT (sizeof(fibonacci) / sizeof(fibonacci[0]))

/* A code ends with two ones; 0 when it does not, or goes past ID_MAX. */
static uint32_t
take_fibonacci(struct bitstring *b)
{
	uint32_t value = 0;
	bool before = false;

	for (size_t i = 0; i <= FIBONACCI_COUNT; i++) {
		bool set = bitstring_take(b, 1);

		if (b->ended || (set && before))
			return b->ended || value > ID_MAX ? 0 : value;
		if (set && i < FIBONACCI_COUNT)
			value += fibonacci[i];
		before = set;
	}
	return 0;
}

/* One item: what it adds to the id before; false when it is not sound. */
static bool
take_item(struct bitstring *b, uint32_t before, struct gpp_span *out)
{
	bool is_range = bitstring_take(b, 1);
	uint32_t offset = take_fibonacci(b), length = 0;

	if (is_range)
		length = take_fibonacci(b);
	if (!offset || (is_range && !length))
		return false;
	out->first = before + offset;
	out->last = out->first + length;
	return out->last <= ID_MAX;
}

static enum finding_code
check_ids(const struct gpp_ids *ids)
{
	struct gpp_span span = {0};
	struct bitstring b = ids->at;

	for (uint32_t i = 0; i < ids->left; i++)
		if (!take_item(&b, span.last, &span))
			return b.ended ? FOUND_TRUNCATED : FOUND_BAD_RANGE;
	return FOUND_OK;
}

static enum finding_code
read_header(struct bitstring *b, struct gpp *out)
{
	unsigned type = (unsigned)bitstring_take(b, 6);

	out->version = (unsigned)bitstring_take(b, 6);
	if (!b->ended && (type != GPP_TYPE || out->version != GPP_VERSION))
		return FOUND_VERSION;
	out->ids.left = (uint32_t)bitstring_take(b, 12);
	out->ids.at = *b;
	return b->ended ? FOUND_TRUNCATED : check_ids(&out->ids);
}

struct finding
gpp_header(struct slice header, struct gpp *out)
{
	enum finding_code code = FOUND_EMPTY;
	struct bitstring b;
	bool padded = false;

	*out = (struct gpp){0};
	if (!bitstring_open(header, &b, &padded))
		code = FOUND_ALPHABET;
	else if (b.bits)
		code = read_header(&b, out);
	if (code != FOUND_OK)
		*out = (struct gpp){0};
	else if (padded)
		out->tolerated |= UINT64_C(1) << FOUND_PADDING;
	return (struct finding){code, code == FOUND_OK ? NULL : "header"};
}

bool
gpp_ids_next(struct gpp_ids *ids, struct gpp_span *out)
{
	if (!ids->left)
		return false;
	ids->left--;
	return take_item(&ids->at, out->last, out);
}

bool
gpp_ids_have(const struct gpp_ids *ids, uint32_t id)
{
	struct gpp_ids left = *ids;
	struct gpp_span span = {0};

	while (gpp_ids_next(&left, &span))
		if (id >= span.first && id <= span.last)
			return true;
	return false;
}

/* Source: GPP, Sections/Section Information. */
static const char *const names[] = {
	[GPP_TCFEUV2] = "tcfeuv2",
	[5] = "tcfcav1",
	[GPP_USPV1] = "uspv1",
	[GPP_USNAT] = "usnat",
	[8] = "usca",
	[9] = "usva",
	[10] = "usco",
	[11] = "usut",
	[12] = "usct",
	[13] = "usfl",
	[14] = "usmt",
	[15] = "usor",
	[16] = "ustx",
	[17] = "usde",
	[18] = "usia",
	[19] = "usne",
	[20] = "usnh",
	[21] = "usnj",
	[22] = "ustn",
	[23] = "usmn",
	[24] = "usmd",
	[25] = "usin",
	[26] = "usky",
	[27] = "usri",
};

const char *
gpp_section_name(uint32_t id)
{
	return id < sizeof(names) / sizeof(names[0]) ? names[id] : NULL;
}
