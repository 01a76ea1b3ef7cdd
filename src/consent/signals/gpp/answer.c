#include "consent/signals/gpp/gpp.h"

#define OPTED_OUT 1
#define NO_CONSENT 1
#define OURS \
	(UINT64_C(1) << GPP_TCFEUV2 | UINT64_C(1) << GPP_USPV1 | \
		UINT64_C(1) << GPP_USNAT)

unsigned
gpp_opted_out(const struct gpp *g)
{
	const struct usnat *us = &g->usnat;
	unsigned out = 0;

	if (g->has_uspv1 && g->uspv1.opt_out_sale == 'Y')
		out |= GPP_SALE;
	if (!g->has_usnat)
		return out;
	out |= us->sale == OPTED_OUT ? GPP_SALE : 0;
	out |= us->sharing == OPTED_OUT ? GPP_SHARING : 0;
	out |= us->targeted == OPTED_OUT ? GPP_TARGETED : 0;
	out |= us->gpc ? GPP_GPC : 0;
	for (size_t i = 0; i < us->child_count; i++)
		out |= us->child[i] == NO_CONSENT ? GPP_CHILD : 0;
	return out;
}

static void
add_id(struct gpp_sid *sid, uint32_t id)
{
	if (id < 64 && OURS >> id & 1)
		sid->ours |= UINT64_C(1) << id;
	else
		sid->others = true;
}

/* Digits, or -1 and 0, which are no section; false for anything else. */
static bool
add_text(struct gpp_sid *sid, struct slice text)
{
	uint32_t id = 0;

	if (slice_is(text, "-1") || slice_is(text, "0"))
		return true;
	if (!text.len || text.len > 5 || text.ptr[0] == '0')
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		id = 10 * id + (text.ptr[i] - '0');
	}
	add_id(sid, id);
	return true;
}

static bool
add_list(struct gpp_sid *sid, struct slice text)
{
	uint8_t mark = text.len && memchr(text.ptr, '_', text.len) ? '_' : ',';
	bool more = true;

	while (more) {
		struct slice one;

		more = slice_cut(&text, mark, &one);
		if (!add_text(sid, one))
			return false;
	}
	return true;
}

static bool
add_integer(struct gpp_sid *sid, const struct value *v)
{
	if (v->negative || !v->magnitude)
		return v->magnitude <= 1;
	if (v->magnitude > UINT16_MAX)
		return false;
	add_id(sid, (uint32_t)v->magnitude);
	return true;
}

void
gpp_sid_add(struct gpp_sid *sid, const struct value *v)
{
	bool sound = false;

	if (v->kind == VALUE_ABSENT || v->kind == VALUE_NULL)
		return;
	sid->told = true;
	if (v->kind == VALUE_STRING)
		sound = add_list(sid, v->text);
	else if (v->kind == VALUE_INT)
		sound = add_integer(sid, v);
	sid->malformed = sid->malformed || !sound;
}

static struct answer
answer_of(enum answer_kind kind, enum lethe_reason reason)
{
	return (struct answer){.kind = kind, .reason = reason};
}

static uint64_t
sections_of(const struct gpp *g)
{
	return (uint64_t)g->has_tcf << GPP_TCFEUV2 |
	       (uint64_t)g->has_uspv1 << GPP_USPV1 |
	       (uint64_t)g->has_usnat << GPP_USNAT;
}

struct answer
gpp_answer(const struct gpp *g, const struct gpp_sid *sid,
	const struct gpp_ask *ask)
{
	bool tcf_applies = !sid->told || sid->ours >> GPP_TCFEUV2 & 1;

	if (sid->malformed)
		return answer_of(ANSWER_ERROR, LETHE_REASON_SIGNAL_MALFORMED);
	if (sid->others || (!sid->told && g->has_others))
		return answer_of(ANSWER_DENY, LETHE_REASON_NONE);
	if (sid->ours & ~sections_of(g))
		return answer_of(ANSWER_ERROR, LETHE_REASON_SIGNAL_UNUSABLE);
	if (gpp_opted_out(g) & ask->opt_outs)
		return answer_of(ANSWER_DENY, LETHE_REASON_NONE);
	if (g->has_tcf && tcf_applies)
		return tcf_answer(&g->tcf, &ask->tcf);
	return answer_of(ANSWER_SILENT, LETHE_REASON_NONE);
}

/* NONE, or why a string cannot be used. */
static enum lethe_reason
read_string(struct slice text, int64_t now_ms, struct gpp *out)
{
	struct finding f = gpp_decode(text, GPP_STRING_MAX, out);

	if (f.code == FOUND_OK)
		f = gpp_usable(out, now_ms, 0);
	return finding_reason(f.code);
}

bool
gpp_hear(const struct value *v, const struct gpp_sid *sid, int64_t now_ms,
	struct gpp *out, struct answer *said)
{
	bool none = v->kind == VALUE_ABSENT || v->kind == VALUE_NULL;
	enum lethe_reason why = LETHE_REASON_SIGNAL_WRONG_TYPE;

	out->has_uspv1 = out->has_usnat = false;
	if (v->kind == VALUE_STRING)
		why = read_string(v->text, now_ms, out);
	else if (none)
		why = LETHE_REASON_NONE;
	if (sid->malformed)
		why = LETHE_REASON_SIGNAL_MALFORMED;
	if (why != LETHE_REASON_NONE)
		*said = answer_of(ANSWER_ERROR, why);
	else
		*said = answer_of(sid->others ? ANSWER_DENY : ANSWER_SILENT,
			LETHE_REASON_NONE);
	return why == LETHE_REASON_NONE && !none;
}
