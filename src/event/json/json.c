#include "event/json/json_text.h"
#include "event/walk.h"

/*
 * The second stage: a strict walk over the offsets that stage 1 found.  Stage
 * 1 has checked UTF-8, unclosed strings and raw control characters in strings;
 * brackets, commas, escapes, numbers and all the rest are checked here.
 * Between two offsets stands a scalar and white space, nothing else.
 * Source: RFC 8259.
 */

struct json_walk {
	struct reader *r;
	const uint8_t *text;
	const uint8_t *end;   /* a NUL stands here */
	const uint32_t *at;   /* the token that comes */
	const uint32_t *last; /* behind the last token; its offset is the end */
	const uint8_t *escape; /* no backslash from the present token to here */
};

static bool
is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* Whether a number, true, false or null may end before `p`. */
static bool
is_scalar_end(const struct json_walk *w, const uint8_t *p)
{
	return *p == ',' || *p == '}' || *p == ']' || is_space(*p) ||
	       p == w->end;
}

static enum lethe_status
wrong(const struct json_walk *w, enum lethe_status status, const uint8_t *at,
	const char *what)
{
	if (at == w->end && status == LETHE_POISON_SYNTAX)
		status = LETHE_POISON_TRUNCATED;
	return fail(w->r->err, status, (size_t)(at - w->text), "%s",
		status == LETHE_POISON_TRUNCATED ? "the text ends too early"
						 : what);
}

static enum lethe_status
unexpected(const struct json_walk *w, const char *what)
{
	return wrong(w, LETHE_POISON_SYNTAX, w->text + *w->at, what);
}

static enum lethe_status
too_long(const struct json_walk *w, size_t len)
{
	return fail(w->r->err, LETHE_POISON_STRING, *w->at,
		"%zu bytes, limit %zu", len, w->r->limits->string);
}

/* Decodes a string that has escapes into the reader's text. */
static enum lethe_status
decode(struct json_walk *w, struct slice *text)
{
	struct slice raw = *text;
	uint8_t *out = walk_text(w->r, raw.len);
	enum lethe_status status;
	size_t len, at;

	status = json_unescape(raw, out, &len, &at);
	if (status)
		return wrong(w, status, raw.ptr + at,
			status == LETHE_POISON_ESCAPE
				? "not an escape of JSON"
				: "half of a surrogate pair");
	w->r->text_used -= raw.len - len;
	*text = slice_make(out, len);
	return LETHE_OK;
}

/* Whether a backslash stands in the string; looks at each byte once. */
static inline bool
has_escape(struct json_walk *w, struct slice raw)
{
	if (w->escape < raw.ptr) {
		w->escape = memchr(raw.ptr, '\\', (size_t)(w->end - raw.ptr));
		if (!w->escape)
			w->escape = w->end;
	}
	return w->escape < raw.ptr + raw.len;
}

/*
 * Reads the string at the present token, decoded where it must be.  Its closing
 * quote is what stands before the next token and white space.  Inlined, or the
 * slice would go through memory in halves and be read back as one, which
 * stalls.
 */
static inline __attribute__((always_inline)) enum lethe_status
read_string(struct json_walk *w, struct slice *text)
{
	const uint8_t *open = w->text + w->at[0];
	const uint8_t *close = w->text + w->at[1] - 1;
	enum lethe_status status;

	while (*close != '"' && is_space(*close))
		close--;
	if (close <= open || *close != '"')
		return unexpected(w, "a string without its end");
	*text = slice_make(open + 1, (size_t)(close - open - 1));
	if (has_escape(w, *text)) {
		status = decode(w, text);
		if (status)
			return status;
	}
	if (text->len > w->r->limits->string)
		return too_long(w, text->len);
	return LETHE_OK;
}

/* Steps over a JSON number, or stops at the byte that breaks it. */
static bool
scan_number(const struct json_walk *w, const uint8_t **at, bool *is_integer)
{
	const uint8_t *p = *at;

	*is_integer = true;
	p += *p == '-';
	*at = p;
	if (!is_digit(*p))
		return false;
	if (*p == '0')
		p++;
	else
		while (is_digit(*p))
			p++;
	if (*p == '.') {
		*is_integer = false;
		*at = ++p;
		if (!is_digit(*p))
			return false;
		while (is_digit(*p))
			p++;
	}
	if ((*p | 0x20) == 'e') {
		*is_integer = false;
		p++;
		p += *p == '+' || *p == '-';
		*at = p;
		if (!is_digit(*p))
			return false;
		while (is_digit(*p))
			p++;
	}
	*at = p;
	return is_scalar_end(w, p);
}

static bool
parse_integer(const uint8_t *p, const uint8_t *end, struct value *v)
{
	bool negative = *p == '-';
	uint64_t magnitude = 0;

	for (p += negative; p < end; p++)
		if (__builtin_mul_overflow(magnitude, 10, &magnitude) ||
			__builtin_add_overflow(
				magnitude, (uint64_t)(*p - '0'), &magnitude))
			return false;
	if (negative && magnitude > (uint64_t)INT64_MAX + 1)
		return false;
	v->kind = VALUE_INT;
	v->negative = negative && magnitude;
	v->magnitude = magnitude;
	return true;
}

static enum lethe_status
walk_number(struct json_walk *w, const struct trie_node *n)
{
	const uint8_t *start = w->text + *w->at, *p = start;
	struct value v = {0};
	bool is_integer;
	double number;

	if (!scan_number(w, &p, &is_integer)) {
		if (!memcmp(start, "-Infinity", 9))
			return wrong(w, LETHE_POISON_NOT_FINITE, start,
				"infinity is no number of JSON");
		return wrong(w,
			p == w->end ? LETHE_POISON_SYNTAX : LETHE_POISON_NUMBER,
			p, "not a number of JSON");
	}
	if (!walk_wants(w->r, n))
		return LETHE_OK;
	if (is_integer && parse_integer(start, p, &v))
		return walk_scalar(w->r, n, &v, *w->at);
	v.kind = VALUE_HUGE;
	if (native_number_parse(
		    (const char *)start, (size_t)(p - start), &number))
		v = (struct value){.kind = VALUE_NUMBER, .number = number};
	return walk_scalar(w->r, n, &v, *w->at);
}

static enum lethe_status
walk_word(struct json_walk *w, const struct trie_node *n, const char *word,
	const struct value *v)
{
	const uint8_t *p = w->text + *w->at;

	for (; *word && *p == (uint8_t)*word; word++)
		p++;
	if (*word || !is_scalar_end(w, p))
		return wrong(w, LETHE_POISON_SYNTAX, p, "no such word in JSON");
	return walk_wants(w->r, n) ? walk_scalar(w->r, n, v, *w->at) : LETHE_OK;
}

/* Apart from walk_value and inlined, since most values are unbound strings. */
static inline __attribute__((always_inline)) enum lethe_status
walk_string(struct json_walk *w, const struct trie_node *n)
{
	size_t used = w->r->text_used;
	enum lethe_status status;
	struct slice text;

	status = read_string(w, &text);
	if (status)
		return status;
	if (walk_wants(w->r, n))
		status = walk_scalar(w->r, n,
			&(struct value){.kind = VALUE_STRING, .text = text},
			*w->at);
	else
		w->r->text_used = used;
	w->at++;
	return status;
}

static enum lethe_status
walk_other(struct json_walk *w)
{
	const uint8_t *p = w->text + *w->at;

	if ((size_t)(w->end - p) >= 3 && !memcmp(p, "NaN", 3))
		return wrong(w, LETHE_POISON_NOT_FINITE, p,
			"NaN is no number of JSON");
	if ((size_t)(w->end - p) >= 8 && !memcmp(p, "Infinity", 8))
		return wrong(w, LETHE_POISON_NOT_FINITE, p,
			"infinity is no number of JSON");
	return unexpected(w, "expected a value");
}

/* A value that is no string; a container is only opened. */
static enum lethe_status
walk_rest(struct json_walk *w, const struct trie_node *n)
{
	static const struct value null = {.kind = VALUE_NULL};
	static const struct value no = {.kind = VALUE_BOOL};
	static const struct value yes = {.kind = VALUE_BOOL, .boolean = true};
	uint8_t c = w->text[*w->at];
	enum lethe_status status;

	switch (c) {
	case '{':
	case '[': status = walk_open(w->r, n, c == '{', *w->at); break;
	case 't': status = walk_word(w, n, "true", &yes); break;
	case 'f': status = walk_word(w, n, "false", &no); break;
	case 'n': status = walk_word(w, n, "null", &null); break;
	default:
		status = c == '-' || is_digit(c) ? walk_number(w, n)
						 : walk_other(w);
	}
	if (!status)
		w->at++;
	return status;
}

/* The value at the present token. */
static inline __attribute__((always_inline)) enum lethe_status
walk_value(struct json_walk *w, const struct trie_node *n)
{
	return w->text[*w->at] == '"' ? walk_string(w, n) : walk_rest(w, n);
}

/* Whether a container that ends with `end` goes on; steps over it or `,`. */
static inline enum lethe_status
goes_on(struct json_walk *w, const struct frame *f, uint8_t end,
	const char *what, bool *more)
{
	uint8_t c = w->text[*w->at];

	*more = c != end;
	if (!*more) {
		w->at++;
		return walk_close(w->r);
	}
	if (!f->count)
		return LETHE_OK;
	if (c != ',')
		return unexpected(w, what);
	w->at++;
	return LETHE_OK;
}

static inline enum lethe_status
walk_name(struct json_walk *w, struct frame *f, const struct trie_node **n)
{
	enum lethe_status status;
	struct slice key;

	if (w->text[*w->at] != '"')
		return unexpected(w, "expected a name in quotes");
	status = read_string(w, &key);
	if (!status)
		status = walk_key(w->r, f, key, *w->at, n);
	if (status)
		return status;
	w->at++;
	if (w->text[*w->at] != ':')
		return unexpected(w, "expected : behind a name");
	w->at++;
	return LETHE_OK;
}

/* Walks an object until it ends or a container opens in it. */
static enum lethe_status
walk_object(struct json_walk *w, struct frame *f)
{
	size_t depth = w->r->depth;
	enum lethe_status status;
	const struct trie_node *n = NULL;
	bool more;

	while (w->r->depth == depth) {
		status = goes_on(w, f, '}', "expected , or }", &more);
		if (status || !more)
			return status;
		status = walk_name(w, f, &n);
		if (!status)
			status = walk_value(w, n);
		if (status)
			return status;
	}
	return LETHE_OK;
}

/* The same of an array. */
static enum lethe_status
walk_array(struct json_walk *w, struct frame *f)
{
	size_t depth = w->r->depth;
	enum lethe_status status;
	const struct trie_node *n = NULL;
	bool more;

	while (w->r->depth == depth) {
		status = goes_on(w, f, ']', "expected , or ]", &more);
		if (status || !more)
			return status;
		status = walk_element(w->r, *w->at, &n);
		if (!status)
			status = walk_value(w, n);
		if (status)
			return status;
	}
	return LETHE_OK;
}

/* Walks the innermost container until it ends or another opens in it. */
static enum lethe_status
walk_inside(struct json_walk *w)
{
	struct frame *f = walk_top(w->r);

	return f->is_object ? walk_object(w, f) : walk_array(w, f);
}

static enum lethe_status
walk_all(struct json_walk *w, const struct trie_node *n, bool top)
{
	uint8_t c = w->text[*w->at];
	size_t depth = w->r->depth;
	enum lethe_status status;

	if (top && c && c != '{' && strchr("[\"tfn-0123456789", c))
		return wrong(w, LETHE_POISON_NOT_OBJECT, w->text + *w->at,
			"the top of an event must be an object");
	status = walk_value(w, n);
	while (!status && w->r->depth > depth)
		status = walk_inside(w);
	if (!status && w->at != w->last)
		status = wrong(w, LETHE_POISON_TRAILING, w->text + *w->at,
			"something follows the value");
	return status;
}

/* The length of the UTF-8 character at `p`, or 0. */
static size_t
character(const uint8_t *p, const uint8_t *end)
{
	for (size_t n = 1; n <= 4 && n <= (size_t)(end - p); n++)
		if (native_utf8_valid(p, n))
			return n;
	return 0;
}

/* Stage 1 refuses without saying where: finds it out. */
static enum lethe_status
explain_refusal(const struct json_walk *w)
{
	const uint8_t *p = w->text;
	bool inside = false, escaped = false;
	size_t n;

	for (; p < w->end; p += n) {
		n = character(p, w->end);
		if (!n)
			return wrong(w, LETHE_POISON_UTF8, p, "not UTF-8");
		if (inside && *p < ' ')
			return wrong(w, LETHE_POISON_CONTROL, p,
				"a raw control character in a string");
		if (*p == '"' && !escaped)
			inside = !inside;
		escaped = *p == '\\' && !escaped;
	}
	return wrong(
		w, LETHE_POISON_SYNTAX, inside ? w->end : w->text, "not JSON");
}

static enum lethe_status
index_text(struct json_walk *w, struct slice text)
{
	struct reader *r = w->r;
	enum json_index_result result;
	size_t count;

	if (text.len >= 3 && !memcmp(text.ptr, "\xef\xbb\xbf", 3))
		return wrong(w, LETHE_POISON_SYNTAX, text.ptr,
			"starts with a byte order mark");
	bug_if(r->json > PATH_JSON_MAX);
	result = json_index_run(
		r->index[r->json], text.ptr, text.len, &w->at, &count);
	switch (result) {
	case JSON_INDEX_OK: w->last = w->at + count; return LETHE_OK;
	case JSON_INDEX_EMPTY:
		return fail(r->err, LETHE_POISON_EMPTY, 0, "no value at all");
	case JSON_INDEX_MEMORY:
		return fail(r->err, LETHE_ENOMEM, 0, "out of memory");
	case JSON_INDEX_UTF8:
	case JSON_INDEX_STRING:
	case JSON_INDEX_CONTROL:
	case JSON_INDEX_SYNTAX: break;
	}
	return explain_refusal(w);
}

enum lethe_status
json_walk(struct reader *r, const struct trie_node *n, struct slice text,
	bool top)
{
	struct json_walk w = {
		.r = r,
		.text = text.ptr,
		.end = text.ptr + text.len,
		.escape = text.ptr,
	};
	enum lethe_status status = index_text(&w, text);

	if (status)
		return status;
	r->json++;
	status = walk_all(&w, n, top);
	r->json--;
	return status;
}
