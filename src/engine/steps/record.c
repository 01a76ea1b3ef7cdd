#include "engine/steps/steps.h"

#include "base/error.h"
#include "event/writer.h"

/* Not inside a list.  A list with an element is that element's object. */
#define NO_ELEMENT SIZE_MAX

static struct value *
field_value(const struct work *w, size_t field, size_t element)
{
	struct field_found *found = &w->s->fields[field];
	struct value *v = &found->value;

	if (found->event != w->s->event || !found->present)
		return NULL;
	if ((element == NO_ELEMENT) != !found->elements)
		return NULL;
	if (found->elements) {
		if (element >= found->count)
			return NULL;
		v = &found->elements[element];
	}
	return v->kind == VALUE_ABSENT ? NULL : v;
}

/*
 * The fewest digits of a double are dear to find, and each purpose's record has
 * the same.
 */
static void
write_number(const struct work *w, struct writer *out, struct value *v)
{
	char *text = NULL;

	if (!v->json)
		text = arena_alloc(&w->s->arena, NUMBER_TEXT_MAX + 1);
	if (text) {
		text[number_format(v->number, text)] = '\0';
		v->json = text;
	}
	if (v->json)
		write_raw_json(out, slice_of(v->json));
	else
		write_value(out, v);
}

static inline void
write_found(const struct work *w, struct writer *out, struct value *v)
{
	if (v->kind == VALUE_NUMBER && out->format == FORMAT_JSON)
		write_number(w, out, v);
	else
		write_value(out, v);
}

/* What stands beside a token that is there, in an overlap; or ptr NULL. */
static inline struct slice
token_was(const struct work *w, const struct out_node *n)
{
	if (w->epoch_was == SIZE_MAX || !n->was.ptr)
		return (struct slice){0};
	return w->s->tokens_was[w->policy->fields[n->field].what.class];
}

/* The most elements any field of a list has. */
static size_t
list_length(const struct work *w, const struct out_node *n)
{
	const struct field_found *found;
	size_t most = 0;

	if (n->kind == OUT_FIELD) {
		found = &w->s->fields[n->field];
		return found->event == w->s->event ? found->count : 0;
	}
	for (size_t i = 0; i < n->child_count; i++) {
		size_t length = list_length(w, &n->children[i]);

		most = length > most ? length : most;
	}
	return most;
}

/*
 * How many members or elements of a node have a value; of a field 0 or 1.
 * As deep as the names of the policy are, which its compiler bounds.
 */
static size_t
count_values(const struct work *w, const struct out_node *n, size_t element)
{
	size_t count = 0;

	if (n->kind == OUT_FIELD)
		return field_value(w, n->field, element) != NULL;
	if (n->kind == OUT_LIST && element == NO_ELEMENT) {
		size_t length = list_length(w, n);

		for (size_t i = 0; i < length; i++)
			count += count_values(w, n, i) > 0;
		return count;
	}
	for (size_t i = 0; i < n->child_count; i++) {
		if (!count_values(w, &n->children[i], element))
			continue;
		count += 1 + (token_was(w, &n->children[i]).ptr != NULL);
	}
	return count;
}

static inline void
write_token(struct writer *out, struct slice key, struct slice json,
	struct slice token)
{
	if (!token.ptr)
		return;
	write_ready_key(out, key, json);
	write_string(out, token);
}

#define WRITE_TOKEN(out, key, token) \
	write_token(out, slice_of(key), slice_of("\"" key "\":"), token)

static void write_members(const struct work *w, struct writer *out,
	const struct out_node *n, size_t element);

static void
write_list(const struct work *w, struct writer *out, const struct out_node *n)
{
	bool scalars = n->child_count == 1 && !n->children[0].key.len;
	size_t length = list_length(w, n);

	write_array(out, count_values(w, n, NO_ELEMENT));
	for (size_t i = 0; i < length; i++) {
		size_t members = count_values(w, n, i);

		if (!members)
			continue;
		if (scalars) {
			write_found(w, out,
				field_value(w, n->children[0].field, i));
			continue;
		}
		write_object(out, members);
		write_members(w, out, n, i);
		write_object_end(out);
	}
	write_array_end(out);
}

static void
write_members(const struct work *w, struct writer *out,
	const struct out_node *n, size_t element)
{
	for (size_t i = 0; i < n->child_count; i++) {
		const struct out_node *child = &n->children[i];
		struct value *v;
		size_t members;

		if (child->kind == OUT_FIELD) {
			v = field_value(w, child->field, element);
			if (!v)
				continue;
			write_ready_key(out, child->key, child->json);
			write_found(w, out, v);
			write_token(out, child->was, child->was_json,
				token_was(w, child));
			continue;
		}
		members = count_values(w, child, element);
		if (!members)
			continue;
		write_ready_key(out, child->key, child->json);
		if (child->kind == OUT_LIST) {
			write_list(w, out, child);
		} else {
			write_object(out, members);
			write_members(w, out, child, element);
			write_object_end(out);
		}
	}
}

enum lethe_status
record_write(struct work *w, size_t purpose, enum event_format format,
	const struct record_tokens *t, struct lethe_error *err)
{
	const struct out_node *shape = &w->policy->purposes[purpose].shape;
	struct writer out;
	size_t members = 0;

	buf_reset(&w->s->out);
	writer_init(&out, format, &w->s->out);
	/* JSON needs no count. */
	if (format == FORMAT_MSGPACK)
		members = count_values(w, shape, NO_ELEMENT) +
			  (t->subject.ptr != NULL) +
			  (t->subject_was.ptr != NULL) + (t->id.ptr != NULL) +
			  (t->id_was.ptr != NULL);
	write_object(&out, members);
	WRITE_TOKEN(&out, "subject", t->subject);
	WRITE_TOKEN(&out, "subject_was", t->subject_was);
	WRITE_TOKEN(&out, "id", t->id);
	WRITE_TOKEN(&out, "id_was", t->id_was);
	write_members(w, &out, shape, NO_ELEMENT);
	write_object_end(&out);
	return w->s->out.full ? fail(err, LETHE_ENOMEM, 0, "a record")
			      : LETHE_OK;
}

enum lethe_status
rekey_write(struct work *w, size_t purpose, enum event_format format,
	const struct record_tokens *t, struct lethe_error *err)
{
	struct writer out;

	buf_reset(&w->s->out);
	writer_init(&out, format, &w->s->out);
	write_object(&out, 3);
	WRITE_TOKEN(
		&out, "purpose", slice_of(w->policy->purposes[purpose].name));
	WRITE_TOKEN(&out, "subject", t->subject);
	WRITE_TOKEN(&out, "subject_was", t->subject_was);
	write_object_end(&out);
	return w->s->out.full ? fail(err, LETHE_ENOMEM, 0, "a record")
			      : LETHE_OK;
}
