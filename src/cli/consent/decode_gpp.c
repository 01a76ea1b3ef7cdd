#include "cli/consent/decode.h"
#include "consent/signals/gpp/gpp.h"

/* So that a header of four bytes cannot ask for a list of 65,535. */
#define LISTED_MAX 256

static void
put_name(uint32_t id, struct buf *out)
{
	const char *name = gpp_section_name(id);

	buf_printf(out, " %u %s", id, name ? name : "(not registered)");
}

static bool
is_read(uint32_t id)
{
	return id == GPP_TCFEUV2 || id == GPP_USPV1 || id == GPP_USNAT;
}

/* The ids of a header; for people with their names. */
static void
show_ids(const struct gpp_ids *ids, struct sheet *s)
{
	struct gpp_ids left = *ids;
	struct gpp_span span = {0};
	struct numbers n = {0};
	unsigned told = 0;

	while (gpp_ids_next(&left, &span))
		numbers_add(&n, span.first, span.last);
	sheet_numbers(s, "sectionList", "sections", &n);
	if (s->json)
		return;
	left = *ids;
	span = (struct gpp_span){0};
	while (gpp_ids_next(&left, &span))
		for (uint32_t id = span.first; id <= span.last; id++) {
			if (told++ == LISTED_MAX)
				return;
			buf_put_text(s->out, "   ");
			put_name(id, s->out);
			if (!is_read(id))
				buf_put_text(s->out, ": not read here");
			buf_put_byte(s->out, '\n');
		}
}

static const char *
letter_text(char c, bool json)
{
	switch (c) {
	case 'Y': return json ? "Y" : "yes";
	case 'N': return json ? "N" : "no";
	default: return json ? "-" : "does not apply";
	}
}

static void
show_uspv1(const struct uspv1 *us, struct sheet *s)
{
	sheet_number(s, "Version", "version", us->version);
	sheet_text(
		s, "Notice", "notice given", letter_text(us->notice, s->json));
	sheet_text(s, "OptOutSale", "opted out of sale",
		letter_text(us->opt_out_sale, s->json));
	sheet_text(s, "LspaCovered", "LSPA covered",
		letter_text(us->lspa_covered, s->json));
}

/* A field of two bits: its number for scripts, a word for people. */
static void
show_two(struct sheet *s, const char *key, const char *label, unsigned value,
	const char *const words[3])
{
	if (s->json)
		sheet_number(s, key, NULL, value);
	else
		sheet_text(s, NULL, label, words[value < 3 ? value : 0]);
}

static void
show_twos(struct sheet *s, const char *key, const char *label,
	const uint8_t *values, size_t count)
{
	if (s->json) {
		write_key(&s->w, slice_of(key));
		write_array(&s->w, 0);
		for (size_t i = 0; i < count; i++)
			write_uint(&s->w, values[i]);
		write_array_end(&s->w);
		return;
	}
	buf_printf(s->out, "  %-25s", label);
	for (size_t i = 0; i < count; i++)
		buf_printf(s->out, " %u", values[i]);
	buf_put_byte(s->out, '\n');
}

static const char *const given[] = {"does not apply", "yes", "no"};
static const char *const opted[] = {"does not apply", "opted out", "did not"};
static const char *const consented[] = {
	"does not apply", "no consent", "consent"};

static void
show_notices(const struct usnat *us, struct sheet *s)
{
	static const char *const rows[USNAT_NOTICES][2] = {
		{"SharingNotice", "notice of sharing"},
		{"SaleOptOutNotice", "of opting out of sale"},
		{"SharingOptOutNotice", "of sharing"},
		{"TargetedAdvertisingOptOutNotice", "of targeted advertising"},
		{"SensitiveDataProcessingOptOutNotice", "of sensitive data"},
		{"SensitiveDataLimitUseNotice", "of limiting their use"},
	};

	for (size_t i = 0; i < USNAT_NOTICES; i++)
		show_two(s, rows[i][0], rows[i][1], us->notices[i], given);
}

static void
show_usnat(const struct usnat *us, struct sheet *s)
{
	sheet_number(s, "Version", "version", us->version);
	show_notices(us, s);
	show_two(s, "SaleOptOut", "sale", us->sale, opted);
	show_two(s, "SharingOptOut", "sharing", us->sharing, opted);
	show_two(s, "TargetedAdvertisingOptOut", "targeted advertising",
		us->targeted, opted);
	show_twos(s, "SensitiveDataProcessing", "sensitive data", us->sensitive,
		us->sensitive_count);
	show_twos(s, "KnownChildSensitiveDataConsents", "known children",
		us->child, us->child_count);
	show_two(s, "PersonalDataConsents", "personal data", us->personal_data,
		consented);
	show_two(s, "MspaCoveredTransaction", "MSPA covered", us->mspa_covered,
		given);
	show_two(s, "MspaOptOutOptionMode", "opt-out mode", us->opt_out_mode,
		given);
	show_two(s, "MspaServiceProviderMode", "service provider mode",
		us->service_provider, given);
	if (us->has_gpc)
		sheet_bool(s, "Gpc", "Global Privacy Control", us->gpc);
	else
		sheet_null(s, "Gpc", "Global Privacy Control");
}

/* Sections that are there and not read here: null under their names. */
static void
name_others(const struct gpp_ids *ids, struct sheet *s)
{
	struct gpp_ids left = *ids;
	struct gpp_span span = {0};
	char number[32];

	while (gpp_ids_next(&left, &span))
		for (uint32_t id = span.first; id <= span.last; id++) {
			const char *name = gpp_section_name(id);

			(void)snprintf(number, sizeof(number), "section%u", id);
			if (!is_read(id))
				sheet_null(s, name ? name : number, NULL);
		}
}

static void
show_sections(
	const struct gpp *g, const struct decode_ask *ask, struct sheet *s)
{
	if (s->json)
		sheet_group(s, "parsedSections", NULL);
	if (g->has_tcf) {
		sheet_group(s, "tcfeuv2", "tcfeuv2");
		show_tcf(&g->tcf, ask, s);
		sheet_group_end(s);
	}
	if (g->has_uspv1) {
		sheet_group(s, "uspv1", "uspv1");
		show_uspv1(&g->uspv1, s);
		sheet_group_end(s);
	}
	if (g->has_usnat) {
		sheet_group(s, "usnat", "usnat");
		show_usnat(&g->usnat, s);
		sheet_group_end(s);
	}
	name_others(&g->ids, s);
	sheet_group_end(s);
}

static bool
sniff_gpp(struct slice text)
{
	return text.ptr[0] == 'D';
}

static bool
decode_gpp_string(
	struct slice text, const struct decode_ask *ask, struct sheet *s)
{
	struct gpp g;
	struct finding f = gpp_decode(text, text.len, &g);
	bool decoded = f.code == FOUND_OK;

	if (decoded)
		f = gpp_usable(&g, ask->now_ms, ask->max_age_ms);
	sheet_begin(s, decode_gpp.name, decode_gpp.text, f, g.tolerated);
	if (g.version) {
		sheet_number(s, "gppVersion", NULL, g.version);
		show_ids(&g.ids, s);
	}
	if (decoded)
		show_sections(&g, ask, s);
	sheet_end(s);
	return f.code == FOUND_OK;
}

const struct decoder decode_gpp = {
	"gpp", "IAB GPP string", sniff_gpp, decode_gpp_string, true};

static bool
sniff_usprivacy(struct slice text)
{
	return text.len > 1 && text.ptr[0] == '1' &&
	       (text.ptr[1] == 'Y' || text.ptr[1] == 'N' || text.ptr[1] == '-');
}

static bool
decode_usprivacy_string(
	struct slice text, const struct decode_ask *ask, struct sheet *s)
{
	struct uspv1 us;
	struct finding f = {uspv1_decode(text, &us), NULL};

	(void)ask;
	sheet_begin(s, decode_usprivacy.name, decode_usprivacy.text, f, 0);
	if (f.code == FOUND_OK)
		show_uspv1(&us, s);
	sheet_end(s);
	return f.code == FOUND_OK;
}

const struct decoder decode_usprivacy = {"usprivacy", "IAB US privacy string",
	sniff_usprivacy, decode_usprivacy_string, false};
