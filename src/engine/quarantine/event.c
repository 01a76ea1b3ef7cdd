#include "engine/quarantine/form.h"

#include <stdlib.h>

void
quarantine_event_init(struct quarantine_event *e)
{
	*e = (struct quarantine_event){.time_ms = LETHE_TIME_NONE};
	buf_init(&e->bytes, 0);
}

void
quarantine_event_fini(struct quarantine_event *e)
{
	buf_fini(&e->bytes);
	free(e->headers);
	*e = (struct quarantine_event){0};
}

/* Base64, or null: the buffer has room, so that what was taken stays put. */
static bool
take_bytes(struct quarantine_event *e, const struct value *v, const void **ptr,
	size_t *len)
{
	size_t start = e->bytes.len;

	*ptr = NULL;
	*len = 0;
	if (v->kind == VALUE_NULL)
		return true;
	if (v->kind != VALUE_STRING || !base64_get_padded(v->text, &e->bytes))
		return false;
	*ptr = e->bytes.ptr + start;
	*len = e->bytes.len - start;
	return true;
}

/* A name as Kafka's clients take it: bytes that end with the first NUL. */
static bool
take_name(struct quarantine_event *e, const struct value *text,
	const struct value *base64, const char **out)
{
	size_t start = e->bytes.len;

	if ((text->kind == VALUE_STRING) == (base64->kind == VALUE_STRING))
		return false;
	if (text->kind == VALUE_STRING)
		buf_put_slice(&e->bytes, text->text);
	else if (!base64_get_padded(base64->text, &e->bytes))
		return false;
	if (memchr(e->bytes.ptr + start, 0, e->bytes.len - start))
		return false;
	buf_put_byte(&e->bytes, 0);
	*out = (const char *)e->bytes.ptr + start;
	return true;
}

/* The value of one element of a list, its captures being in order. */
static const struct value *
at_index(const struct reading *r, const struct capture **c, uint32_t index)
{
	static const struct value absent = {0};

	while (*c && (*c)->index < index)
		*c = reading_next(r, *c);
	return *c && (*c)->index == index ? &(*c)->value : &absent;
}

static bool
room_for_headers(struct quarantine_event *e, size_t count)
{
	struct lethe_header *more;

	if (count <= e->header_cap)
		return true;
	more = reallocarray(e->headers, count, sizeof(*more));
	if (!more)
		return false;
	e->headers = more;
	e->header_cap = count;
	return true;
}

static enum lethe_status
take_headers(const struct form *f, struct quarantine_event *e,
	struct lethe_error *err)
{
	const struct reading *r = &f->found;
	const struct value *list = reading_get(r, SLOT_HEADERS);
	const struct capture *name = reading_first(r, SLOT_HEADER_NAME);
	const struct capture *base64 =
		reading_first(r, SLOT_HEADER_NAME_BASE64);
	const struct capture *value = reading_first(r, SLOT_HEADER_VALUE);

	if (list->kind == VALUE_ABSENT || list->kind == VALUE_NULL)
		return LETHE_OK;
	if (list->kind != VALUE_ARRAY)
		return form_refuse(err, SLOT_HEADERS);
	if (!room_for_headers(e, list->count))
		return fail(err, LETHE_ENOMEM, 0, "no memory for headers");
	for (uint32_t i = 0; i < list->count; i++) {
		struct lethe_header *h = &e->headers[i];

		if (!take_name(e, at_index(r, &name, i),
			    at_index(r, &base64, i), &h->name) ||
			!take_bytes(
				e, at_index(r, &value, i), &h->value, &h->len))
			return form_refuse(err, SLOT_HEADERS);
		e->header_count++;
	}
	return LETHE_OK;
}

static enum lethe_status
take_event(const struct form *f, struct quarantine_event *e,
	struct lethe_error *err)
{
	const struct value *key = reading_get(&f->found, SLOT_MESSAGE_KEY);
	const struct value *value = reading_get(&f->found, SLOT_MESSAGE_VALUE);
	const struct value *time = reading_get(&f->found, SLOT_MESSAGE_TIME);

	if (key->kind != VALUE_ABSENT &&
		!take_bytes(e, key, &e->key, &e->key_len))
		return form_refuse(err, SLOT_MESSAGE_KEY);
	if (!take_bytes(e, value, &e->value, &e->len))
		return form_refuse(err, SLOT_MESSAGE_VALUE);
	if (time->kind != VALUE_NULL && !value_as_int64(time, &e->time_ms))
		return form_refuse(err, SLOT_MESSAGE_TIME);
	return take_headers(f, e, err);
}

enum lethe_status
quarantine_event_read(struct slice text, struct quarantine_clear *clear,
	struct quarantine_event *out, struct lethe_error *err)
{
	enum lethe_status status;
	struct form form;

	buf_reset(&out->bytes);
	out->key = out->value = NULL;
	out->key_len = out->len = out->header_count = 0;
	out->time_ms = LETHE_TIME_NONE;
	if (clear)
		*clear = (struct quarantine_clear){0};
	/* All that is decoded is shorter than what it is decoded from. */
	if (!buf_reserve(&out->bytes, text.len))
		return fail(err, LETHE_ENOMEM, 0, "no memory for an event");
	status = form_read(&form, text, err);
	if (status == LETHE_OK && clear)
		status = form_clear(&form, clear, err);
	if (status == LETHE_OK)
		status = take_event(&form, out, err);
	form_fini(&form);
	return status;
}
