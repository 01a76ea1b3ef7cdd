#include "event/path.h"

#include "event/json/json_text.h"
#include "event/json/native.h"

struct cursor {
	struct arena *arena;
	struct slice text;
	size_t at;
	struct lethe_error *err;
};

static enum lethe_status
wrong(const struct cursor *c, const char *what)
{
	return fail(c->err, LETHE_EUSAGE, c->at, "%s", what);
}

static int
peek(const struct cursor *c)
{
	return c->at < c->text.len ? c->text.ptr[c->at] : -1;
}

static bool
skip(struct cursor *c, const char *token)
{
	size_t len = strlen(token);

	if (c->text.len - c->at < len ||
		memcmp(c->text.ptr + c->at, token, len) != 0)
		return false;
	c->at += len;
	return true;
}

static bool
is_name_byte(int b)
{
	return b >= 0x80 || (b >= '0' && b <= '9') ||
	       ((b | 0x20) >= 'a' && (b | 0x20) <= 'z') || b == '_' ||
	       b == '-' || b == '$';
}

/* Inside [key=text]: what needs no quotes there. */
static bool
is_text_byte(int b)
{
	return b > ' ' && b != 0x7f && b != '[' && b != ']' && b != '"' &&
	       b != '=' && b != '\\';
}

static enum lethe_status
take(struct cursor *c, size_t start, struct slice *out)
{
	size_t len = c->at - start;
	char *copy = arena_strndup(c->arena, c->text.ptr + start, len);

	if (!copy)
		return fail(c->err, LETHE_ENOMEM, 0, "out of memory");
	*out = slice_make(copy, len);
	return LETHE_OK;
}

static enum lethe_status
parse_bare(struct cursor *c, bool (*belongs)(int), const char *expected,
	struct slice *out)
{
	size_t start = c->at;

	while (belongs(peek(c)))
		c->at++;
	if (c->at == start)
		return wrong(c, expected);
	return take(c, start, out);
}

/* A JSON string; the cursor stands at its opening quote. */
static enum lethe_status
parse_quoted(struct cursor *c, struct slice *out)
{
	size_t start = ++c->at, len, where;
	uint8_t *decoded;

	while (peek(c) != '"') {
		if (peek(c) == '\\')
			c->at++;
		if (peek(c) < ' ')
			return wrong(c,
				"a quoted name must end with a quote and hold "
				"no raw control character");
		c->at++;
	}
	decoded = arena_alloc(c->arena, c->at - start + 1);
	if (!decoded)
		return fail(c->err, LETHE_ENOMEM, 0, "out of memory");
	if (json_unescape(slice_make(c->text.ptr + start, c->at - start),
		    decoded, &len, &where)) {
		c->at = start + where;
		return wrong(c, "this is not an escape of JSON");
	}
	c->at++;
	*out = slice_make(decoded, len);
	return LETHE_OK;
}

static enum lethe_status
parse_select(struct cursor *c, struct path_step *step)
{
	enum lethe_status status;

	step->kind = STEP_SELECT;
	if (!step->key.ptr) {
		if (peek(c) >= '0' && peek(c) <= '9')
			return wrong(c,
				"elements have no numbers here: write [*] or "
				"[key=value]");
		status = parse_bare(c, is_name_byte,
			"expected *, a quoted name or key=value", &step->key);
		if (status)
			return status;
	}
	if (!skip(c, "="))
		return wrong(c,
			"expected = and the value that the member must equal");
	if (peek(c) == '"')
		return parse_quoted(c, &step->text);
	return parse_bare(c, is_text_byte, "expected the value to compare with",
		&step->text);
}

static enum lethe_status
parse_bracket(struct cursor *c, struct path_step *step)
{
	enum lethe_status status = LETHE_OK;

	if (skip(c, "*")) {
		step->kind = STEP_EACH;
	} else if (peek(c) == '"') {
		step->kind = STEP_KEY;
		status = parse_quoted(c, &step->key);
		if (!status && peek(c) == '=')
			status = parse_select(c, step);
	} else {
		status = parse_select(c, step);
	}
	if (status)
		return status;
	if (!skip(c, "]"))
		return wrong(c, "expected ]");
	return LETHE_OK;
}

static enum lethe_status
parse_step(struct cursor *c, struct path_step *step)
{
	if (skip(c, ".")) {
		step->kind = STEP_KEY;
		return parse_bare(c, is_name_byte,
			"expected a name; quote odd ones: [\"odd key\"]",
			&step->key);
	}
	if (skip(c, "["))
		return parse_bracket(c, step);
	if (skip(c, ":json")) {
		step->kind = STEP_JSON;
		if (!is_name_byte(peek(c)))
			return LETHE_OK;
		c->at -= 4;
		return wrong(c, "only :json may follow a colon");
	}
	if (skip(c, ":"))
		return wrong(c, "only :json may follow a colon");
	return wrong(
		c, "expected .name, [\"name\"], [*], [key=value] or :json");
}

/* What the grammar allows but no event can answer, or no reader follow. */
static enum lethe_status
check_step(const struct cursor *c, const struct path *p,
	const struct path_step *step)
{
	size_t json = 0;

	if (!p->count && step->kind != STEP_KEY)
		return wrong(c,
			"the top of an event is an object: a name must come "
			"first");
	if (step->kind == STEP_EACH && p->each != SIZE_MAX)
		return wrong(c, "a path can go through one [*] only");
	if (step->kind != STEP_JSON)
		return LETHE_OK;
	for (size_t i = 0; i < p->count; i++)
		json += p->steps[i].kind == STEP_JSON;
	if (json == PATH_JSON_MAX)
		return wrong(c, "a path can go through three :json only");
	return LETHE_OK;
}

static enum lethe_status
parse_steps(struct cursor *c, struct path *p)
{
	enum lethe_status status;

	p->steps = arena_calloc(c->arena, PATH_STEPS_MAX, sizeof(*p->steps));
	if (!p->steps)
		return fail(c->err, LETHE_ENOMEM, 0, "out of memory");
	while (peek(c) >= 0) {
		struct cursor start = *c;
		struct path_step *step = &p->steps[p->count];

		if (p->count == PATH_STEPS_MAX)
			return wrong(c, "a path can have 32 steps only");
		status = parse_step(c, step);
		if (!status)
			status = check_step(&start, p, step);
		if (status)
			return status;
		if (step->kind == STEP_EACH)
			p->each = p->count;
		p->count++;
	}
	if (!p->count)
		return wrong(c, "a path must name something: $.name");
	return LETHE_OK;
}

static enum lethe_status
parse_header(struct cursor *c, struct path *p)
{
	enum lethe_status status;

	p->root = PATH_HEADER;
	if (!skip(c, "[") || peek(c) != '"')
		return wrong(c, "expected [\"name\"] behind @header");
	status = parse_quoted(c, &p->header);
	if (status)
		return status;
	if (!p->header.len)
		return wrong(c, "a header has a name");
	/* The client library would look for what stands before it. */
	if (memchr(p->header.ptr, 0, p->header.len))
		return wrong(c, "no NUL may stand in a header's name");
	if (!skip(c, "]"))
		return wrong(c, "expected ]");
	return LETHE_OK;
}

static enum lethe_status
parse_root(struct cursor *c, struct path *p)
{
	enum lethe_status status = LETHE_OK;

	if (skip(c, "$"))
		return parse_steps(c, p);
	if (skip(c, "@timestamp"))
		p->root = PATH_TIMESTAMP;
	else if (skip(c, "@topic"))
		p->root = PATH_TOPIC;
	else if (skip(c, "@key"))
		p->root = PATH_KEY;
	else if (skip(c, "@header"))
		status = parse_header(c, p);
	else
		return wrong(c,
			"a path starts with $, @key, @timestamp, @topic or "
			"@header[\"name\"]");
	if (!status && peek(c) >= 0)
		return wrong(c, "nothing may follow here");
	return status;
}

enum lethe_status
path_parse(struct arena *a, struct slice text, struct path *out,
	struct lethe_error *err)
{
	struct cursor c = {.arena = a, .text = text, .err = err};
	struct path p = {.each = SIZE_MAX};
	enum lethe_status status;

	*out = (struct path){.each = SIZE_MAX};
	if (!native_utf8_valid(text.ptr, text.len))
		return fail(err, LETHE_EUSAGE, 0, "a path must be UTF-8");
	status = parse_root(&c, &p);
	if (!status)
		*out = p;
	return status;
}

bool
path_equal(const struct path *a, const struct path *b)
{
	if (a->root != b->root || a->count != b->count ||
		!slice_equal(a->header, b->header))
		return false;
	for (size_t i = 0; i < a->count; i++) {
		const struct path_step *s = &a->steps[i], *t = &b->steps[i];

		if (s->kind != t->kind || !slice_equal(s->key, t->key) ||
			!slice_equal(s->text, t->text))
			return false;
	}
	return true;
}

struct path
path_prefix(const struct path *p, size_t steps)
{
	struct path prefix = *p;

	bug_if(steps > p->count);
	prefix.count = steps;
	if (prefix.each != SIZE_MAX && prefix.each >= steps)
		prefix.each = SIZE_MAX;
	return prefix;
}
