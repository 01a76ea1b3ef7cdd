#include "policy/draft.h"

#include <stdarg.h>

_Noreturn void
give_up(struct draft *d, enum lethe_status cause)
{
	d->cause = cause;
	longjmp(d->no_memory, 1);
}

void *
take(struct draft *d, size_t count, size_t size)
{
	void *p = arena_calloc(d->a, count ? count : 1, size);

	if (!p)
		give_up(d, LETHE_ENOMEM);
	return p;
}

void *
take_more(struct draft *d, void *old, size_t count, size_t *cap, size_t size)
{
	void *p;

	if (count < *cap)
		return old;
	*cap = count ? 2 * count : 8;
	p = take(d, *cap, size);
	if (count)
		memcpy(p, old, count * size);
	return p;
}

const char *
take_text(struct draft *d, struct slice text)
{
	const char *p = arena_strndup(d->a, text.ptr, text.len);

	if (!p)
		give_up(d, LETHE_ENOMEM);
	return p;
}

LETHE_PRINTF(2, 0)
static const char *
format_text(struct draft *d, const char *format, va_list args)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	text = take(d, (size_t)(len < 0 ? 0 : len) + 1, 1);
	if (len > 0)
		vsnprintf(text, (size_t)len + 1, format, args);
	return text;
}

const char *
say(struct draft *d, const char *format, ...)
{
	const char *text;
	va_list args;

	va_start(args, format);
	text = format_text(d, format, args);
	va_end(args);
	return text;
}

void
mistake(struct draft *d, const struct yaml_node *at, const char *why,
	const char *instead, const char *what, ...)
{
	va_list args;

	va_start(args, what);
	mistake_add(&d->m, false, at->line, at->column,
		format_text(d, what, args), why, instead);
	va_end(args);
}

void
warn(struct draft *d, const struct yaml_node *at, const char *why,
	const char *instead, const char *what, ...)
{
	va_list args;

	va_start(args, what);
	mistake_add(&d->m, true, at->line, at->column,
		format_text(d, what, args), why, instead);
	va_end(args);
}

void
refuse_later(struct draft *d, const struct yaml_node *at, const char *instead,
	const char *what, ...)
{
	const char *text;
	va_list args;

	va_start(args, what);
	text = format_text(d, what, args);
	va_end(args);
	mistake(d, at, "what is accepted must act, and this cannot act yet",
		instead, "%s is not supported by this version", text);
	d->later++;
}

const struct yaml_node *
owner(const struct yaml_node *map)
{
	return map->key ? map->key : map;
}

const struct yaml_node *
key_node(const struct yaml_node *map, const char *key)
{
	for (size_t i = 0; i < map->count; i++)
		if (slice_is(map->entries[i].key->text, key))
			return map->entries[i].key;
	return map;
}

const char *
join_names(struct draft *d, const char *const *names)
{
	struct buf *text = &d->piece;

	buf_reset(text);
	for (size_t i = 0; names[i] && text->len < 4096; i++) {
		if (i)
			buf_put_text(text, ", ");
		buf_put_text(text, names[i]);
	}
	if (text->full)
		give_up(d, LETHE_ENOMEM);
	return take_text(d, buf_slice(text));
}
