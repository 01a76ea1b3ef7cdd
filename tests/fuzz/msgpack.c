/*
 * The MessagePack reader against msgpack-c, which sees only what msgpack_span
 * has bounded: they accept the same bytes and agree on every leaf.  The reader
 * alone refuses bad UTF-8, doubled keys, keys that are no strings and numbers
 * that are not finite.
 */

#include "event/reader.h"

#include <msgpack.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH 24 /* msgpack-c stops at 32 */

static const struct limits wide = {1 << 20, DEPTH, 1 << 20, 1 << 20};
static const struct limits narrow = {1 << 20, 5, 20, 40};
static const char *const paths[] = {"$.a", "$.a.b", "$.a[*].x", "$.a[k=v].x",
	"$.a[k=\"1\"].b[*].x", "$.j:json.a", "$.a[*]:json.x"};

static struct trie *none, *some;
static struct reader *reader;

_Noreturn static void
differ(const char *what)
{
	fprintf(stderr, "the reader and msgpack-c differ: %s\n", what);
	abort();
}

/* A running digest of leaves, in order: FNV-1a. */
static void
add(uint64_t *digest, const void *ptr, size_t len)
{
	const uint8_t *p = ptr;

	for (size_t i = 0; i < len; i++)
		*digest = (*digest ^ p[i]) * UINT64_C(0x100000001b3);
}

static void
add_leaf(uint64_t *digest, const struct value *v)
{
	add(digest, &v->kind, sizeof(v->kind));
	if (v->kind == VALUE_STRING)
		add(digest, v->text.ptr, v->text.len);
	if (v->kind == VALUE_BOOL)
		add(digest, &v->boolean, sizeof(v->boolean));
	if (v->kind == VALUE_INT) {
		add(digest, &v->negative, sizeof(v->negative));
		add(digest, &v->magnitude, sizeof(v->magnitude));
	}
	if (v->kind == VALUE_NUMBER)
		add(digest, &v->number, sizeof(v->number));
}

static void
hear(void *ctx, const struct leaf_step *steps, size_t depth,
	const struct value *v, const uint32_t *slots, size_t slot_count)
{
	(void)slots;
	if (slot_count)
		differ("a slot without a path");
	add(ctx, &depth, sizeof(depth));
	if (depth && steps[depth - 1].kind == LEAF_KEY)
		add(ctx, steps[depth - 1].key.ptr, steps[depth - 1].key.len);
	add_leaf(ctx, v);
}

static struct value
value_of(const msgpack_object *o)
{
	struct value v = {.kind = VALUE_OTHER};

	switch (o->type) {
	case MSGPACK_OBJECT_NIL: v.kind = VALUE_NULL; break;
	case MSGPACK_OBJECT_BOOLEAN:
		v.kind = VALUE_BOOL;
		v.boolean = o->via.boolean;
		break;
	case MSGPACK_OBJECT_POSITIVE_INTEGER:
		v.kind = VALUE_INT;
		v.magnitude = o->via.u64;
		break;
	case MSGPACK_OBJECT_NEGATIVE_INTEGER:
		v.kind = VALUE_INT;
		v.negative = true;
		v.magnitude = 0 - (uint64_t)o->via.i64;
		break;
	case MSGPACK_OBJECT_FLOAT32:
	case MSGPACK_OBJECT_FLOAT64:
		v.kind = VALUE_NUMBER;
		v.number = o->via.f64;
		break;
	case MSGPACK_OBJECT_STR:
		v.kind = VALUE_STRING;
		v.text = slice_make(o->via.str.ptr, o->via.str.size);
		break;
	case MSGPACK_OBJECT_ARRAY: v.kind = VALUE_ARRAY; break;
	case MSGPACK_OBJECT_MAP: v.kind = VALUE_OBJECT; break;
	default: break;
	}
	return v;
}

/* Adds the leaves under `o`; false when a key in it is not a string. */
static bool
flatten(uint64_t *digest, const msgpack_object *o, size_t depth,
	struct slice key)
{
	struct value v = value_of(o);
	bool ok = true;

	if (v.kind == VALUE_ARRAY && o->via.array.size) {
		for (uint32_t i = 0; i < o->via.array.size && ok; i++)
			ok = flatten(digest, &o->via.array.ptr[i], depth + 1,
				(struct slice){0});
		return ok;
	}
	if (v.kind == VALUE_OBJECT && o->via.map.size) {
		for (uint32_t i = 0; i < o->via.map.size && ok; i++) {
			const msgpack_object_kv *kv = &o->via.map.ptr[i];

			ok = kv->key.type == MSGPACK_OBJECT_STR &&
			     flatten(digest, &kv->val, depth + 1,
				     slice_make(kv->key.via.str.ptr,
					     kv->key.via.str.size));
		}
		return ok;
	}
	add(digest, &depth, sizeof(depth));
	add(digest, key.ptr, key.len);
	add_leaf(digest, &v);
	return true;
}

/* The span of a value does not count an empty container as a level. */
static bool
is_stricter(enum lethe_status status)
{
	return status == LETHE_POISON_TOO_DEEP ||
	       status == LETHE_POISON_DUPLICATE ||
	       status == LETHE_POISON_UTF8 ||
	       status == LETHE_POISON_MSGPACK_KEY ||
	       status == LETHE_POISON_NOT_FINITE;
}

static void
check_failure(enum lethe_status status, const struct lethe_error *err,
	size_t size, const struct reading *r)
{
	if (lethe_status_class(status) != LETHE_CLASS_POISON)
		differ("a failure that is not poison");
	if (err->offset > size || r->captures || r->first)
		differ("a failure that leaves something behind");
}

/* Whether it may be deeper than msgpack-c follows. */
static bool
may_be_deep(struct slice bytes)
{
	size_t opened = 0;

	for (size_t i = 0; i < bytes.len; i++)
		opened += (bytes.ptr[i] & 0xe0) == 0x80 ||
			  (bytes.ptr[i] >= 0xdc && bytes.ptr[i] <= 0xdf);
	return opened > DEPTH;
}

static void
compare(struct slice bytes)
{
	uint64_t told = 0, expected = 0;
	struct leaf_visitor visitor = {&told, hear};
	struct lethe_error err = {0};
	struct reading r;
	enum lethe_status status = reader_read(
		reader, none, &wide, FORMAT_MSGPACK, bytes, &visitor, &r, &err);
	msgpack_unpacked whole;
	size_t len, off = 0;

	if (status)
		check_failure(status, &err, bytes.len, &r);
	if (msgpack_span(bytes, false, &len, NULL) || len != bytes.len) {
		if (!status)
			differ("the reader and the span of a value");
		return;
	}
	msgpack_unpacked_init(&whole);
	if (msgpack_unpack_next(&whole, (const char *)bytes.ptr, bytes.len,
		    &off) != MSGPACK_UNPACK_SUCCESS ||
		off != bytes.len) {
		if (!may_be_deep(bytes))
			differ("the span and msgpack-c");
		msgpack_unpacked_destroy(&whole);
		return;
	}
	if (whole.data.type != MSGPACK_OBJECT_MAP) {
		if (status != LETHE_POISON_NOT_OBJECT)
			differ("the top is no map");
	} else if (status) {
		if (!is_stricter(status))
			differ("the reader refuses what msgpack-c takes");
	} else if (!flatten(&expected, &whole.data, 0, (struct slice){0})) {
		differ("a key that is no string is taken");
	} else if (whole.data.via.map.size && told != expected) {
		differ("a leaf");
	}
	msgpack_unpacked_destroy(&whole);
}

static void
follow_paths(struct slice bytes)
{
	struct lethe_error err = {0};
	struct reading r;
	enum lethe_status status = reader_read(
		reader, some, &narrow, FORMAT_MSGPACK, bytes, NULL, &r, &err);

	if (status) {
		check_failure(status, &err, bytes.len, &r);
		return;
	}
	for (uint32_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		for (const struct capture *c = reading_first(&r, i); c;
			c = reading_next(&r, c))
			if (c->value.kind == VALUE_STRING &&
				c->value.text.len > narrow.string)
				differ("a string past the limit");
}

static void
set_up(void)
{
	struct arena a;
	struct path p;
	uint32_t slot = 0;

	arena_init(&a, 0);
	if (trie_new(&none, NULL) || trie_new(&some, NULL) ||
		reader_new(1, &reader, NULL) || trie_seal(none, 0, NULL))
		abort();
	for (; slot < sizeof(paths) / sizeof(*paths); slot++)
		if (path_parse(&a, slice_of(paths[slot]), &p, NULL) ||
			trie_add(some, &p, slot, NULL))
			abort();
	if (trie_seal(some, slot, NULL))
		abort();
	arena_fini(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = slice_make(data, size);

	if (!reader)
		set_up();
	/* The registry's frame is refused before MessagePack is looked at. */
	if (!size || size > 1 << 16 || (size >= 5 && !data[0]))
		return 0;
	compare(bytes);
	follow_paths(bytes);
	return 0;
}
