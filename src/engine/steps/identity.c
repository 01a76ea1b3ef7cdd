#include "engine/steps/steps.h"

#include "base/error.h"
#include "engine/identifier.h"

/* What makes identifiers of one class: a class of the policy, or event ids. */
struct class_rule {
	const struct place *from;
	size_t from_count;
	bool lower;
	const struct slice *ignore;
	size_t ignore_count;
};

static struct class_rule
class_rule(const struct work *w, size_t class)
{
	const struct policy_class *c;

	if (class == w->policy->class_count)
		return (struct class_rule){
			.from = &w->shape->event_id, .from_count = 1};
	c = &w->policy->classes[class];
	return (struct class_rule){
		.from = c->from[w->input],
		.from_count = c->from_count[w->input],
		.lower = c->lower,
		.ignore = c->ignore,
		.ignore_count = c->ignore_count,
	};
}

/* An integer is read from its digits: 123 and "123" are one identifier. */
static bool
identifier_text(struct work *w, const struct value *v, struct slice *out)
{
	char *digits;

	if (v->kind == VALUE_STRING) {
		*out = v->text;
		return true;
	}
	if (v->kind != VALUE_INT)
		return false;
	digits = arena_alloc(&w->s->arena, VALUE_INT_TEXT);
	if (!digits)
		return false;
	*out = slice_make(digits, value_int_text(v, digits));
	return true;
}

static enum id_state
read_identifier(struct work *w, const struct class_rule *rule,
	const struct value *v, struct slice *normal)
{
	struct slice text;

	if (v->kind == VALUE_ABSENT || v->kind == VALUE_NULL)
		return ID_NONE;
	if (!identifier_text(w, v, &text))
		return ID_BAD;
	switch (identifier_normal(text, rule->lower, rule->ignore,
		rule->ignore_count, &w->s->arena, normal)) {
	case IDENT_OK: return ID_OK;
	case IDENT_BLANK: return ID_NONE;
	case IDENT_INVALID: break;
	}
	return ID_BAD;
}

/* Adds what one place says to what was found before. */
static void
join(struct class_found *found, enum id_state state, struct slice normal,
	const struct place *at)
{
	if (state == ID_BAD || found->state == ID_BAD) {
		found->state = ID_BAD;
	} else if (state == ID_OK && found->state == ID_NONE) {
		*found = (struct class_found){ID_OK, normal, at};
	} else if (state == ID_OK && found->state == ID_OK &&
		   !slice_equal(found->normal, normal)) {
		found->state = ID_CONFLICT;
	}
}

static void
look_for(struct work *w, size_t class, struct class_found *found)
{
	struct class_rule rule = class_rule(w, class);

	*found = (struct class_found){.state = ID_NONE};
	for (size_t i = 0; i < rule.from_count; i++) {
		struct capture store;
		const struct capture *c;

		if (found->state != ID_BAD &&
			place_is_ambiguous(w, &rule.from[i]))
			found->state = ID_CONFLICT;
		for (c = place_first(w, &rule.from[i], &store); c;
			c = reading_next(&w->reading, c)) {
			struct slice normal = {0};
			enum id_state state =
				read_identifier(w, &rule, &c->value, &normal);

			join(found, state, normal, &rule.from[i]);
		}
	}
}

const struct class_found *
class_find(struct work *w, size_t class)
{
	struct class_found *found = &w->s->classes[class];

	if (found->state == ID_UNKNOWN)
		look_for(w, class, found);
	return found;
}

enum id_state
class_state(struct work *w, size_t class)
{
	enum id_state state = class_find(w, class)->state;
	size_t outer = SIZE_MAX;

	if (class < w->policy->class_count)
		outer = w->policy->classes[class].within;
	if (state != ID_OK || outer == SIZE_MAX)
		return state;
	return class_find(w, outer)->state;
}

/* Without keys a token is shown as its class. */
static struct slice
shown_token(struct work *w, size_t class)
{
	const char *name = class < w->policy->class_count
				   ? w->policy->classes[class].name
				   : EVENT_ID_CLASS;
	size_t len = strlen(name);
	char *text = arena_alloc(&w->s->arena, len + 2);

	if (!text)
		return (struct slice){0};
	text[0] = '<';
	memcpy(text + 1, name, len);
	text[len + 1] = '>';
	return slice_make(text, len + 2);
}

static struct slice
make_token(struct work *w, size_t class, size_t epoch)
{
	struct token_of of = {.epoch = epoch,
		.class = (uint32_t) class,
		.day = TOKEN_NO_DAY,
		.prefix = slice_of(EVENT_ID_PREFIX),
		.inner = class_find(w, class)->normal};
	char *text = arena_alloc(&w->s->arena, TOKEN_TEXT_MAX);
	const struct policy_class *c;

	if (!text)
		return (struct slice){0};
	if (class == w->policy->class_count)
		return slice_make(
			text, token_make(w->view->keys, NULL, &of, text));
	c = &w->policy->classes[class];
	of.day = token_day(w->time_ms, c->lifetime_ms);
	of.prefix = c->prefix;
	if (c->within != SIZE_MAX)
		of.outer = class_find(w, c->within)->normal;
	return slice_make(text, token_cache_make(w->s->token_cache,
					w->view->keys, w->s->days, &of, text));
}

enum lethe_status
class_token(struct work *w, size_t class, struct slice *out,
	struct lethe_error *err)
{
	struct slice *token = &w->s->tokens[class];

	bug_if(class_state(w, class) != ID_OK);
	if (!token->ptr)
		*token = w->view->keys ? make_token(w, class, w->epoch)
				       : shown_token(w, class);
	*out = *token;
	return token->ptr ? LETHE_OK
			  : fail(err, LETHE_ENOMEM, 0, "a token's text");
}

enum lethe_status
class_token_was(struct work *w, size_t class, struct slice *out,
	struct lethe_error *err)
{
	struct slice *token = &w->s->tokens_was[class];

	*out = (struct slice){0};
	if (w->epoch_was == SIZE_MAX ||
		!token_is_same(w->view->keys, w->epoch_was, (uint32_t) class))
		return LETHE_OK;
	bug_if(class_state(w, class) != ID_OK);
	if (!token->ptr)
		*token = make_token(w, class, w->epoch_was);
	*out = *token;
	return token->ptr ? LETHE_OK
			  : fail(err, LETHE_ENOMEM, 0, "a token's text");
}

enum lethe_reason
work_subject(struct work *w, const struct policy_purpose *p, size_t *class)
{
	*class = SIZE_MAX;
	for (size_t i = 0; i < p->identity_count; i++) {
		switch (class_state(w, p->identity[i])) {
		case ID_OK:
			if (*class == SIZE_MAX)
				*class = p->identity[i];
			break;
		case ID_BAD: return LETHE_REASON_BAD_IDENTITY;
		case ID_CONFLICT: return LETHE_REASON_ID_CONFLICT;
		case ID_NONE:
		case ID_UNKNOWN: break;
		}
	}
	return *class == SIZE_MAX && p->identity_count
		       ? LETHE_REASON_NO_IDENTITY
		       : LETHE_REASON_NONE;
}
