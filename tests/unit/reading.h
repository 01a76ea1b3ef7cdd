#ifndef UNIT_READING_H
#define UNIT_READING_H

/* A reader over a few paths, for tests: slot n is the nth path. */

#include "suite.h"

#include "event/reader.h"

#define FIXTURE_PATHS_MAX 16

struct fixture {
	struct arena arena;
	struct trie *trie;
	struct reader *reader;
	struct limits limits;
	struct reading reading;
	struct lethe_error err;
};

/* The paths end with NULL. */
static inline void
fixture_init(struct fixture *f, const char *const *paths)
{
	struct path p;
	uint32_t n = 0;

	*f = (struct fixture){.limits = LIMITS_DEFAULT};
	arena_init(&f->arena, 0);
	ck_assert_status(trie_new(&f->trie, &f->err), LETHE_OK);
	for (; paths[n]; n++) {
		ck_assert_status(
			path_parse(&f->arena, slice_of(paths[n]), &p, &f->err),
			LETHE_OK);
		ck_assert_status(trie_add(f->trie, &p, n, &f->err), LETHE_OK);
	}
	ck_assert_status(trie_seal(f->trie, n, &f->err), LETHE_OK);
	ck_assert_status(reader_new(7, &f->reader, &f->err), LETHE_OK);
}

static inline void
fixture_fini(struct fixture *f)
{
	reader_free(f->reader);
	trie_free(f->trie);
	arena_fini(&f->arena);
}

/* From a copy without a byte to spare, so that reading too far is seen. */
static inline enum lethe_status
fixture_read(struct fixture *f, enum event_format format, const void *ptr,
	size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	enum lethe_status status;

	if (len)
		memcpy(copy, ptr, len);
	f->err = (struct lethe_error){0};
	status = reader_read(f->reader, f->trie, &f->limits, format,
		slice_make(copy, len), NULL, &f->reading, &f->err);
	free(copy);
	return status;
}

/* All captures of a slot: `1:"a" 2:7`, the index before each value. */
static inline const char *
fixture_show(struct fixture *f, uint32_t slot)
{
	static char text[512];
	const struct capture *c = reading_first(&f->reading, slot);
	char digits[VALUE_INT_TEXT];
	size_t at = 0;

	text[0] = '\0';
	for (; c; c = reading_next(&f->reading, c)) {
		const struct value *v = &c->value;

		at += (size_t)snprintf(text + at, sizeof(text) - at,
			"%s%u:", at ? " " : "", c->index);
		if (v->kind == VALUE_STRING)
			at += (size_t)snprintf(text + at, sizeof(text) - at,
				"\"%.*s\"", (int)v->text.len,
				(const char *)v->text.ptr);
		else if (v->kind == VALUE_INT)
			at += (size_t)snprintf(text + at, sizeof(text) - at,
				"%.*s", (int)value_int_text(v, digits), digits);
		else if (v->kind == VALUE_NUMBER)
			at += (size_t)snprintf(text + at, sizeof(text) - at,
				"%.17gd", v->number);
		else if (v->kind == VALUE_BOOL)
			at += (size_t)snprintf(text + at, sizeof(text) - at,
				"%s", v->boolean ? "true" : "false");
		else if (v->kind == VALUE_ARRAY || v->kind == VALUE_OBJECT)
			at += (size_t)snprintf(text + at, sizeof(text) - at,
				"%s(%zu)", value_kind_name(v->kind), v->count);
		else
			at += (size_t)snprintf(text + at, sizeof(text) - at,
				"%s",
				v->kind == VALUE_HUGE
					? "huge"
					: value_kind_name(v->kind));
	}
	return text;
}

/* Every truncation and every flipped bit is poison or a reading. */
static inline void
fixture_mutilate(struct fixture *f, enum event_format format, const void *ptr,
	size_t len)
{
	uint8_t *copy = malloc(len);
	enum lethe_status status;

	memcpy(copy, ptr, len);
	for (size_t n = 0; n < len; n++) {
		status = fixture_read(f, format, ptr, n);
		ck_assert_int_eq(
			lethe_status_class(status), LETHE_CLASS_POISON);
		ck_assert_uint_le(f->err.offset, n);
		ck_assert_ptr_null(f->reading.captures);
	}
	for (size_t bit = 0; bit < 8 * len; bit++) {
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		status = fixture_read(f, format, copy, len);
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert(!status ||
			  lethe_status_class(status) == LETHE_CLASS_POISON);
		ck_assert_uint_le(f->err.offset, len);
	}
	ck_assert_status(fixture_read(f, format, ptr, len), LETHE_OK);
	free(copy);
}

#endif
