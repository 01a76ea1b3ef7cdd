#include "consent/signals/gpp/gpp.h"

static struct finding
read_tcf(struct slice section, struct gpp *out)
{
	struct finding f = tcf_decode(section, section.len, &out->tcf);

	out->has_tcf = true;
	out->tolerated |= out->tcf.tolerated;
	if (f.code != FOUND_OK && !f.place)
		f.place = "tcfeuv2";
	return f;
}

static struct finding
read_section(uint32_t id, struct slice section, struct gpp *out)
{
	struct finding f = {FOUND_OK, NULL};

	if (!section.len)
		return (struct finding){
			FOUND_EMPTY_SEGMENT, gpp_section_name(id)};
	if (id == GPP_TCFEUV2)
		return read_tcf(section, out);
	if (id == GPP_USPV1) {
		f.code = uspv1_decode(section, &out->uspv1);
		out->has_uspv1 = true;
	} else if (id == GPP_USNAT) {
		f.code = usnat_decode(section, &out->tolerated, &out->usnat);
		out->has_usnat = true;
	} else {
		out->has_others = true;
	}
	if (f.code != FOUND_OK)
		f.place = gpp_section_name(id);
	return f;
}

/*
 *   left   what stands behind the header; unused when `more` is false
 */
static struct finding
read_sections(struct slice left, bool more, struct gpp *out)
{
	struct gpp_ids ids = out->ids;
	struct gpp_span span = {0};
	struct finding f;

	while (gpp_ids_next(&ids, &span)) {
		for (uint32_t id = span.first; id <= span.last; id++) {
			struct slice section;

			if (!more)
				return (struct finding){FOUND_SECTION_MISSING,
					gpp_section_name(id)};
			more = slice_cut(&left, '~', &section);
			f = read_section(id, section, out);
			if (f.code != FOUND_OK)
				return f;
		}
	}
	return (struct finding){more ? FOUND_SECTION_UNLISTED : FOUND_OK, NULL};
}

struct finding
gpp_decode(struct slice text, size_t limit, struct gpp *out)
{
	struct slice header;
	struct finding f;
	bool more;

	*out = (struct gpp){0};
	if (!text.len)
		return (struct finding){FOUND_EMPTY, NULL};
	if (text.len > limit)
		return (struct finding){FOUND_TOO_LONG, NULL};
	more = slice_cut(&text, '~', &header);
	f = gpp_header(header, out);
	if (f.code == FOUND_OK)
		f = read_sections(text, more, out);
	if (f.code != FOUND_OK)
		*out = (struct gpp){.version = out->version, .ids = out->ids};
	return f;
}

struct finding
gpp_usable(const struct gpp *g, int64_t now_ms, int64_t max_age_ms)
{
	if (!g->has_tcf)
		return (struct finding){FOUND_OK, NULL};
	return tcf_usable(&g->tcf, now_ms, max_age_ms);
}
