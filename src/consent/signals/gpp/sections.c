#include "consent/signals/gpp/sections.h"

#include "consent/signals/bitstring.h"

enum { USNAT_GPC_TYPE = 1 };

static bool
is_answer(uint8_t c)
{
	return c == 'Y' || c == 'N' || c == '-';
}

enum finding_code
uspv1_decode(struct slice text, struct uspv1 *out)
{
	*out = (struct uspv1){0};
	if (!text.len)
		return FOUND_EMPTY;
	if (text.ptr[0] != '1')
		return FOUND_VERSION;
	if (text.len != 4)
		return text.len < 4 ? FOUND_TRUNCATED : FOUND_TOO_LONG;
	for (size_t i = 1; i < 4; i++)
		if (!is_answer(text.ptr[i]))
			return FOUND_BAD_VALUE;
	*out = (struct uspv1){.version = 1,
		.notice = (char)text.ptr[1],
		.opt_out_sale = (char)text.ptr[2],
		.lspa_covered = (char)text.ptr[3]};
	return FOUND_OK;
}

/* Fields of two bits; their highest value, 3, is defined for none. */
static bool
take_twos(struct bitstring *b, uint8_t *out, size_t count)
{
	bool sound = true;

	for (size_t i = 0; i < count; i++) {
		out[i] = (uint8_t)bitstring_take(b, 2);
		sound = sound && out[i] < 3;
	}
	return sound;
}

static enum finding_code
read_usnat_core(struct bitstring *b, struct usnat *out)
{
	bool sound;

	out->version = (uint8_t)bitstring_take(b, 6);
	if (b->ended)
		return FOUND_TRUNCATED;
	if (out->version != 1 && out->version != 2)
		return FOUND_VERSION;
	out->sensitive_count = out->version == 1 ? 12 : 16;
	out->child_count = out->version == 1 ? 2 : 3;
	sound = take_twos(b, out->notices, USNAT_NOTICES);
	sound = take_twos(b, &out->sale, 1) && sound;
	sound = take_twos(b, &out->sharing, 1) && sound;
	sound = take_twos(b, &out->targeted, 1) && sound;
	sound = take_twos(b, out->sensitive, out->sensitive_count) && sound;
	sound = take_twos(b, out->child, out->child_count) && sound;
	sound = take_twos(b, &out->personal_data, 1) && sound;
	sound = take_twos(b, &out->mspa_covered, 1) && sound;
	sound = take_twos(b, &out->opt_out_mode, 1) && sound;
	sound = take_twos(b, &out->service_provider, 1) && sound;
	if (b->ended)
		return FOUND_TRUNCATED;
	return sound ? FOUND_OK : FOUND_BAD_VALUE;
}

static enum finding_code
read_usnat_gpc(struct bitstring *b, struct usnat *out)
{
	unsigned type = (unsigned)bitstring_take(b, 2);

	if (b->ended)
		return FOUND_TRUNCATED;
	if (type != USNAT_GPC_TYPE)
		return FOUND_UNKNOWN_SEGMENT;
	if (out->has_gpc)
		return FOUND_DUPLICATE_SEGMENT;
	out->has_gpc = true;
	out->gpc = bitstring_take(b, 1);
	return b->ended ? FOUND_TRUNCATED : FOUND_OK;
}

static enum finding_code
read_usnat_part(
	struct slice text, bool core, uint64_t *tolerated, struct usnat *out)
{
	enum finding_code code;
	struct bitstring b;
	bool padded = false;

	if (!bitstring_open(text, &b, &padded))
		return FOUND_ALPHABET;
	if (!b.bits)
		return FOUND_EMPTY_SEGMENT;
	code = core ? read_usnat_core(&b, out) : read_usnat_gpc(&b, out);
	if (padded)
		*tolerated |= UINT64_C(1) << FOUND_PADDING;
	if (code == FOUND_OK && !bitstring_rest_is_zero(&b))
		*tolerated |= UINT64_C(1) << FOUND_TRAILING_BITS;
	return code;
}

enum finding_code
usnat_decode(struct slice text, uint64_t *tolerated, struct usnat *out)
{
	enum finding_code code = FOUND_OK;
	bool core = true, more = true;

	*out = (struct usnat){0};
	while (more && code == FOUND_OK) {
		struct slice part;

		more = slice_cut(&text, '.', &part);
		code = read_usnat_part(part, core, tolerated, out);
		core = false;
	}
	if (code != FOUND_OK)
		*out = (struct usnat){0};
	return code;
}
