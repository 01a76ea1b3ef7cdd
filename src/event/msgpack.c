#include "event/walk.h"

/*
 * A strict walk over MessagePack, guided by the trie: no tree is built and
 * nothing is allocated by a declared size, which is checked against the bytes
 * that are left before anything else.  msgpack-c is the oracle of the tests;
 * its unpacker would build a tree of what nobody asked for.
 * Source: https://github.com/msgpack/msgpack/blob/master/spec.md
 */

enum item_kind {
	ITEM_SCALAR,
	ITEM_STRING,
	ITEM_OTHER, /* bin, ext */
	ITEM_ARRAY,
	ITEM_MAP,
};

/* What the first bytes of a value say. */
struct item {
	enum item_kind kind;
	uint32_t size;	    /* bytes, elements or members that follow */
	struct value value; /* ITEM_SCALAR */
};

struct cursor {
	const uint8_t *start;
	const uint8_t *p;
	const uint8_t *end;
	struct lethe_error *err;
};

static size_t
offset(const struct cursor *c)
{
	return (size_t)(c->p - c->start);
}

/* The big-endian number of `n` bytes at `p`. */
static uint64_t
big_endian(const uint8_t *p, size_t n)
{
	uint64_t x = 0;

	for (size_t i = 0; i < n; i++)
		x = x << 8 | p[i];
	return x;
}

static void
set_int(struct item *item, uint64_t bits, bool negative)
{
	item->value.kind = VALUE_INT;
	item->value.negative = negative;
	item->value.magnitude = negative ? 0 - bits : bits;
}

static void
set_signed(struct item *item, uint64_t bits, size_t n)
{
	/* n is 1, 2, 4 or 8, by the table. */
	/* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult) */
	uint64_t sign = UINT64_C(1) << (8 * n - 1);

	if (bits & sign && n < 8)
		bits |= ~UINT64_C(0) << (8 * n);
	set_int(item, bits, bits >> 63);
}

static bool
set_float(struct item *item, uint64_t bits, size_t n)
{
	uint32_t narrow = (uint32_t)bits;
	double number;
	float single;

	if (n == 8) {
		memcpy(&number, &bits, sizeof(bits));
	} else {
		memcpy(&single, &narrow, sizeof(narrow));
		number = single;
	}
	item->value = (struct value){.kind = VALUE_NUMBER, .number = number};
	return __builtin_isfinite(number);
}

/* The values that stand in their first byte.  False for the others. */
static bool
read_fix(uint8_t b, struct item *item)
{
	if (b < 0x80)
		set_int(item, b, false);
	else if (b < 0x90)
		*item = (struct item){.kind = ITEM_MAP, .size = b & 0x0f};
	else if (b < 0xa0)
		*item = (struct item){.kind = ITEM_ARRAY, .size = b & 0x0f};
	else if (b < 0xc0)
		*item = (struct item){.kind = ITEM_STRING, .size = b & 0x1f};
	else if (b >= 0xe0)
		set_signed(item, b, 1);
	else if (b == 0xc0)
		item->value.kind = VALUE_NULL;
	else if (b == 0xc2 || b == 0xc3)
		item->value = (struct value){
			.kind = VALUE_BOOL, .boolean = b == 0xc3};
	else
		return false;
	return true;
}

/* Bytes of the number behind each first byte c4 .. df. */
static const uint8_t argument_bytes[] = {
	[0xc4 - 0xc4] = 1,
	2,
	4, /* bin */
	[0xc7 - 0xc4] = 1,
	2,
	4, /* ext */
	[0xca - 0xc4] = 4,
	8, /* float */
	[0xcc - 0xc4] = 1,
	2,
	4,
	8, /* unsigned */
	[0xd0 - 0xc4] = 1,
	2,
	4,
	8, /* signed */
	[0xd4 - 0xc4] = 0,
	0,
	0,
	0,
	0, /* fixext */
	[0xd9 - 0xc4] = 1,
	2,
	4, /* str */
	[0xdc - 0xc4] = 2,
	4, /* array */
	[0xde - 0xc4] = 2,
	4, /* map */
};

/* What the number behind the first byte c4 .. df means; false: not finite. */
static bool
read_argument(uint8_t b, uint64_t x, size_t n, struct item *item)
{
	static const enum item_kind kinds[] = {
		ITEM_STRING,
		ITEM_STRING,
		ITEM_STRING, /* d9 */
		ITEM_ARRAY,
		ITEM_ARRAY,
		ITEM_MAP,
		ITEM_MAP,
	};

	if (b >= 0xd9) {
		item->kind = kinds[b - 0xd9];
		item->size = (uint32_t)x;
	} else if (b >= 0xd4 || b <= 0xc9) {
		item->kind = ITEM_OTHER;
		item->size =
			b >= 0xd4 ? UINT32_C(1) << (b - 0xd4) : (uint32_t)x;
		item->value.kind = VALUE_OTHER;
	} else if (b >= 0xd0) {
		set_signed(item, x, n);
	} else if (b >= 0xcc) {
		set_int(item, x, false);
	} else {
		return set_float(item, x, n);
	}
	return true;
}

static enum lethe_status
truncated(const struct cursor *c, size_t at)
{
	return fail(c->err, LETHE_POISON_TRUNCATED, at,
		"more is declared than the %zu bytes that are left",
		(size_t)(c->end - c->start) - at);
}

/* Whether what an item declares can be there at all. */
static enum lethe_status
check_size(const struct cursor *c, const struct item *item, size_t extra,
	size_t at)
{
	uint64_t need = item->size;

	if (item->kind == ITEM_SCALAR)
		return LETHE_OK;
	if (item->kind == ITEM_MAP)
		need *= 2;
	if (need + extra > (uint64_t)(c->end - c->p))
		return truncated(c, at);
	return LETHE_OK;
}

/*
 * Reads the first bytes of a value; the cursor then stands at its content,
 * all of which is there for strings, bin and ext, and may be there for the
 * rest.
 */
static enum lethe_status
read_item(struct cursor *c, struct item *item)
{
	size_t at = offset(c), n, extra;
	uint64_t x;
	uint8_t b;

	*item = (struct item){.kind = ITEM_SCALAR};
	if (c->p == c->end)
		return truncated(c, at);
	b = *c->p++;
	if (b == 0xc1)
		return fail(c->err, LETHE_POISON_MSGPACK_TYPE, at,
			"the byte c1 is never used");
	if (read_fix(b, item))
		return check_size(c, item, 0, at);
	n = argument_bytes[b - 0xc4];
	if (n > (size_t)(c->end - c->p))
		return truncated(c, at);
	x = big_endian(c->p, n);
	c->p += n;
	if (!read_argument(b, x, n, item))
		return fail(c->err, LETHE_POISON_NOT_FINITE, at,
			"a number that is not finite");
	/* The type of an ext stands between its length and its bytes. */
	extra = (b >= 0xc7 && b <= 0xc9) || (b >= 0xd4 && b <= 0xd8);
	if (check_size(c, item, extra, at))
		return truncated(c, at);
	c->p += extra;
	return LETHE_OK;
}

/*
 * Whether the bytes are UTF-8; most are ASCII, and short.
 *
 *   p   KEY_PADDING readable bytes behind the last
 */
static inline bool
is_utf8(const uint8_t *p, size_t len)
{
	uint64_t all = 0, word;
	size_t i = 0;

	for (; len - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, p + i, sizeof(word));
		all |= word;
	}
	if (i < len) {
		memcpy(&word, p + i, sizeof(word));
		all |= le64toh(word) << (8 * (sizeof(word) - (len - i)));
	}
	return !(all & UINT64_C(0x8080808080808080)) ||
	       native_utf8_valid(p, len);
}

/*
 * Reads a string as most are: of less than 256 bytes, and nothing wrong with
 * it.  False, with nothing moved, for all else: read_item and read_text know
 * what it is.
 */
static inline __attribute__((always_inline)) bool
read_short(struct cursor *c, const struct reader *r, struct slice *text)
{
	uint8_t b = c->p[0]; /* behind the end stands padding, no string */
	size_t head, len;

	if ((b & 0xe0) == 0xa0) {
		head = 1;
		len = b & 0x1f;
	} else if (b == 0xd9) {
		head = 2;
		len = c->p[1];
	} else {
		return false;
	}
	if (head + len > (size_t)(c->end - c->p) || len > r->limits->string ||
		!is_utf8(c->p + head, len))
		return false;
	*text = slice_make(c->p + head, len);
	c->p += head + len;
	return true;
}

/* The text of a string whose first bytes were read; its header is at `at`. */
static enum lethe_status
read_text(struct cursor *c, const struct reader *r, const struct item *item,
	size_t at, struct slice *text)
{
	*text = slice_make(c->p, item->size);
	if (item->size > r->limits->string)
		return fail(c->err, LETHE_POISON_STRING, at,
			"%zu bytes, limit %zu", text->len, r->limits->string);
	if (item->kind == ITEM_STRING && !is_utf8(c->p, text->len))
		return fail(c->err, LETHE_POISON_UTF8, at,
			"a string that is not UTF-8");
	c->p += text->len;
	return LETHE_OK;
}

/* A value that is no short string; a container is only opened. */
static enum lethe_status
walk_rest(struct cursor *c, struct reader *r, const struct trie_node *n)
{
	size_t at = offset(c);
	enum lethe_status status;
	struct slice text;
	struct item item;

	status = read_item(c, &item);
	if (status)
		return status;
	if (item.kind == ITEM_ARRAY || item.kind == ITEM_MAP) {
		status = walk_open(r, n, item.kind == ITEM_MAP, at);
		if (!status)
			walk_top(r)->left = item.size;
		return status;
	}
	if (item.kind != ITEM_SCALAR) {
		status = read_text(c, r, &item, at, &text);
		if (status)
			return status;
	}
	if (!walk_wants(r, n))
		return LETHE_OK;
	if (item.kind == ITEM_STRING) {
		item.value.kind = VALUE_STRING;
		item.value.text = text;
	}
	return walk_scalar(r, n, &item.value, at);
}

static inline __attribute__((always_inline)) enum lethe_status
walk_value(struct cursor *c, struct reader *r, const struct trie_node *n)
{
	size_t at = offset(c);
	struct slice text;

	if (!read_short(c, r, &text))
		return walk_rest(c, r, n);
	if (!walk_wants(r, n))
		return LETHE_OK;
	return walk_scalar(
		r, n, &(struct value){.kind = VALUE_STRING, .text = text}, at);
}

/* A name that is no short string. */
static enum lethe_status
read_name(struct cursor *c, const struct reader *r, struct slice *key)
{
	size_t at = offset(c);
	enum lethe_status status;
	struct item item;

	status = read_item(c, &item);
	if (status)
		return status;
	if (item.kind != ITEM_STRING)
		return fail(c->err, LETHE_POISON_MSGPACK_KEY, at,
			"a key that is not a string");
	return read_text(c, r, &item, at, key);
}

static inline __attribute__((always_inline)) enum lethe_status
walk_name(struct cursor *c, struct reader *r, struct frame *f,
	const struct trie_node **n)
{
	size_t at = offset(c);
	enum lethe_status status;
	struct slice key;

	if (!read_short(c, r, &key)) {
		status = read_name(c, r, &key);
		if (status)
			return status;
	}
	return walk_key(r, f, key, at, n);
}

/* Walks the innermost container until it ends or another opens in it. */
static enum lethe_status
walk_inside(struct cursor *c, struct reader *r)
{
	struct frame *f = walk_top(r);
	size_t depth = r->depth;
	enum lethe_status status;
	const struct trie_node *n = NULL;

	while (f->left && r->depth == depth) {
		f->left--;
		status = f->is_object ? walk_name(c, r, f, &n)
				      : walk_element(r, offset(c), &n);
		if (!status)
			status = walk_value(c, r, n);
		if (status)
			return status;
	}
	return r->depth == depth ? walk_close(r) : LETHE_OK;
}

enum lethe_status
msgpack_walk(struct reader *r, const struct trie_node *n, struct slice bytes)
{
	struct cursor c = {bytes.ptr, bytes.ptr, bytes.ptr + bytes.len, r->err};
	enum lethe_status status;
	uint8_t b = bytes.ptr[0];

	if (!((b >= 0x80 && b <= 0x8f) || b == 0xde || b == 0xdf) && b != 0xc1)
		return fail(r->err, LETHE_POISON_NOT_OBJECT, 0,
			"the top of an event must be a map");
	status = walk_value(&c, r, n);
	while (!status && r->depth)
		status = walk_inside(&c, r);
	if (!status && c.p != c.end)
		status = fail(r->err, LETHE_POISON_TRAILING, offset(&c),
			"something follows the value");
	return status;
}

/* Steps over one item and what it says follows, but for members. */
static enum lethe_status
skip_item(struct cursor *c, uint64_t *members)
{
	enum lethe_status status;
	struct item item;

	*members = 0;
	status = read_item(c, &item);
	/* Its end is known all the same. */
	if (status == LETHE_POISON_NOT_FINITE)
		status = LETHE_OK;
	if (status)
		return status;
	if (item.kind == ITEM_ARRAY)
		*members = item.size;
	else if (item.kind == ITEM_MAP)
		*members = 2 * (uint64_t)item.size;
	else
		c->p += item.size;
	return LETHE_OK;
}

enum lethe_status
msgpack_span(
	struct slice bytes, bool more, size_t *len, struct lethe_error *err)
{
	struct cursor c = {bytes.ptr, bytes.ptr, bytes.ptr + bytes.len, err};
	enum lethe_status status;
	uint64_t members, left = 1;

	*len = 0;
	/* How deep it is makes no difference: what it says follows is there, so
	   that the sum stays far below 2^64. */
	for (; left; left += members - 1) {
		status = skip_item(&c, &members);
		if (status == LETHE_POISON_TRUNCATED && more)
			return fail(err, LETHE_EAGAIN, bytes.len,
				"the value goes on behind these bytes");
		if (status)
			return status;
	}
	*len = offset(&c);
	return LETHE_OK;
}
