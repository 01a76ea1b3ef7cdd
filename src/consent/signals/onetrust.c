#include "consent/signals/signals.h"

enum { END = -1, BROKEN = -2 };

static int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return BROKEN;
}

static int
take_byte(struct onetrust_groups *l)
{
	size_t used = 1;
	int c = END, low;

	if (!l->rest.len)
		return END;
	c = l->rest.ptr[0];
	if (l->encoded && c == '%') {
		if (l->rest.len < 3)
			return BROKEN;
		c = hex_digit(l->rest.ptr[1]);
		low = hex_digit(l->rest.ptr[2]);
		if (c < 0 || low < 0)
			return BROKEN;
		c = c << 4 | low;
		used = 3;
	}
	l->rest = slice_make(l->rest.ptr + used, l->rest.len - used);
	return c;
}

static bool
is_id_byte(int c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || c == '.' || c == '_' || c == '-';
}

/* Reads a group; what stands behind it, or BROKEN. */
static int
take_group(struct onetrust_groups *l, struct onetrust_group *g)
{
	int c;

	*g = (struct onetrust_group){.on = true};
	while (is_id_byte(c = take_byte(l))) {
		if (g->len == sizeof(g->id))
			return BROKEN;
		g->id[g->len++] = (uint8_t)c;
	}
	if (!g->len)
		return BROKEN;
	if (!l->states)
		return c == ',' ? ',' : BROKEN;
	if (c != ':')
		return BROKEN;
	c = take_byte(l);
	if (c != '0' && c != '1')
		return BROKEN;
	g->on = c == '1';
	c = take_byte(l);
	return c == ',' || c == END ? c : BROKEN;
}

static struct onetrust_groups
list_of(const struct onetrust *o)
{
	struct onetrust_groups l = {o->groups, o->form == ONETRUST_COOKIE,
		o->form != ONETRUST_ACTIVE};

	/* The list of active groups begins and ends with a comma. */
	if (o->form == ONETRUST_ACTIVE)
		l.rest = slice_make(l.rest.ptr + 1, l.rest.len - 1);
	return l;
}

/* Whether a list is one from its first byte to its last. */
static bool
check_list(const struct onetrust *o)
{
	struct onetrust_groups l = list_of(o);
	struct onetrust_group g;
	int behind;

	do {
		behind = take_group(&l, &g);
		if (behind == ',' && !l.states && !l.rest.len)
			behind = END;
	} while (behind == ',');
	return behind == END;
}

enum onetrust_state
onetrust_group(const struct onetrust *o, struct slice id)
{
	enum onetrust_state state = ONETRUST_OFF;
	bool found = false;
	struct onetrust_groups l;

	if (!o->groups.len)
		return ONETRUST_NOT_TOLD;
	l = list_of(o);
	while (l.rest.len) {
		struct onetrust_group g;

		if (take_group(&l, &g) == BROKEN)
			return ONETRUST_TWICE;
		if (!slice_equal(id, slice_make(g.id, g.len)))
			continue;
		if (found)
			return ONETRUST_TWICE;
		found = true;
		state = g.on ? ONETRUST_ON : ONETRUST_OFF;
	}
	return state;
}

void
onetrust_groups_begin(const struct onetrust *o, struct onetrust_groups *out)
{
	*out = (struct onetrust_groups){0};
	if (o->groups.len)
		*out = list_of(o);
}

bool
onetrust_groups_next(struct onetrust_groups *g, struct onetrust_group *out)
{
	*out = (struct onetrust_group){0};
	return g->rest.len && take_group(g, out) != BROKEN;
}

static struct slice
take_until(struct slice *rest, uint8_t mark)
{
	const uint8_t *at = memchr(rest->ptr, mark, rest->len);
	size_t len = at ? (size_t)(at - rest->ptr) : rest->len;
	struct slice part = slice_make(rest->ptr, len);

	len += at != NULL;
	*rest = slice_make(rest->ptr + len, rest->len - len);
	return part;
}

/* One name=value of the cookie; false when it is none, or ours and wrong. */
static bool
read_pair(struct slice pair, struct onetrust *out)
{
	struct slice value = pair, name = take_until(&value, '=');

	if (!name.len || name.len == pair.len ||
		memchr(value.ptr, '=', value.len))
		return false;
	if (slice_is(name, "groups")) {
		if (out->groups.len || !value.len)
			return false;
		out->groups = value;
		return check_list(out);
	}
	if (slice_is(name, "isGpcEnabled")) {
		if (out->tells_gpc ||
			(!slice_is(value, "0") && !slice_is(value, "1")))
			return false;
		out->tells_gpc = true;
		out->objects = value.ptr[0] == '1';
	}
	return true;
}

static bool
read_cookie(struct slice text, struct onetrust *out)
{
	bool more;

	do {
		struct slice pair = take_until(&text, '&');

		/* An & at the end has nothing behind it: an empty pair. */
		more = pair.ptr + pair.len != text.ptr;
		if (!read_pair(pair, out))
			return false;
	} while (more);
	return true;
}

bool
onetrust_decode(struct slice text, struct onetrust *out)
{
	struct onetrust o = {.form = ONETRUST_LIST, .groups = text};
	bool ok;

	*out = (struct onetrust){0};
	if (!text.len || text.len > ONETRUST_MAX)
		return false;
	if (memchr(text.ptr, '=', text.len)) {
		o = (struct onetrust){.form = ONETRUST_COOKIE};
		ok = read_cookie(text, &o);
	} else {
		if (text.ptr[0] == ',')
			o.form = ONETRUST_ACTIVE;
		ok = check_list(&o);
	}
	if (ok)
		*out = o;
	return ok;
}

/* A cookie that objects: its isGpcEnabled, and nothing else of it. */
static struct answer
objection_of(const struct onetrust *o)
{
	if (o->form != ONETRUST_COOKIE)
		return signal_fails(LETHE_REASON_SIGNAL_MALFORMED);
	return signal_says(o->objects ? ANSWER_DENY : ANSWER_SILENT);
}

static void
hear(const struct hearing *in, struct heard *out)
{
	struct slice text;

	if (in->seen->value.kind == VALUE_OBJECT && !in->rule->objection) {
		out->onetrust = (struct onetrust){.form = ONETRUST_STATUS};
		out->by_ask = true;
		return;
	}
	if (!signal_text(in->seen, &text, out))
		return;
	if (!onetrust_decode(text, &out->onetrust))
		out->answer = signal_fails(LETHE_REASON_SIGNAL_MALFORMED);
	else if (in->rule->objection)
		out->answer = objection_of(&out->onetrust);
	else
		out->by_ask = true;
}

/* The SDK's word on a group: 1 given, 0 not given, -1 not collected. */
static struct answer
answer_status(const struct value *v)
{
	if (v->kind == VALUE_ABSENT)
		return signal_says(ANSWER_DENY);
	if (v->kind != VALUE_INT)
		return signal_fails(LETHE_REASON_SIGNAL_WRONG_TYPE);
	if (v->magnitude > 1)
		return signal_fails(LETHE_REASON_SIGNAL_MALFORMED);
	if (v->negative)
		return signal_says(ANSWER_SILENT);
	return signal_says(v->magnitude ? ANSWER_GRANT : ANSWER_DENY);
}

static struct answer
answer_group(const struct onetrust *o, struct slice id)
{
	switch (onetrust_group(o, id)) {
	case ONETRUST_NOT_TOLD: return signal_says(ANSWER_SILENT);
	case ONETRUST_OFF: return signal_says(ANSWER_DENY);
	case ONETRUST_ON: return signal_says(ANSWER_GRANT);
	case ONETRUST_TWICE: break;
	}
	return signal_fails(LETHE_REASON_SIGNAL_MALFORMED);
}

static struct answer
judge(const struct heard *h, const struct signal_ask *ask,
	const struct seen *asked)
{
	struct answer all = signal_says(ANSWER_SILENT);

	for (size_t i = 0; i < ask->count; i++) {
		struct answer one =
			h->onetrust.form == ONETRUST_STATUS
				? answer_status(&asked[i].value)
				: answer_group(&h->onetrust, ask->texts[i]);

		all = i ? signal_and(all, one) : one;
	}
	return all;
}

const struct signal signal_onetrust = {
	.at = SIGNAL_AT_VALUE,
	.keys = SIGNAL_KEY_EFFECT | SIGNAL_KEY_REMEMBER,
	.asks = SIGNAL_ASKS_TEXTS,
	.below = true,
	.hear = hear,
	.judge = judge,
};
