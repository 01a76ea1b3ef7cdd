#include "policy/parse/schema.h"

#include "event/writer.h"

static const char *const kind_names[] = {
	[YAML_SCALAR] = "a single value",
	[YAML_MAP] = "a map",
	[YAML_LIST] = "a list",
};

static bool
is_in(struct slice text, const char *const *names)
{
	for (; names && *names; names++)
		if (slice_is(text, *names))
			return true;
	return false;
}

/* What to write: the nearest name, or all of them. */
static const char *
suggest(struct draft *d, struct slice text, const char *const *names)
{
	const char *near = nearest_name(text, names);

	if (near)
		return say(d, "`%s`", near);
	if (!*names)
		return NULL;
	if (!names[1])
		return say(d, "`%s`", names[0]);
	return say(d, "one of: %s", join_names(d, names));
}

static bool
is_plain_scalar(const struct yaml_node *n)
{
	return n->kind == YAML_SCALAR && n->plain;
}

/*
 * Inside { } a comma ends a text without quotes: `why: what happened, in our
 * own words` reads as two entries, the second without a value.  Returns the
 * key of the text that an entry goes on with, or NULL.
 */
static const struct yaml_node *
cut_text(const struct yaml_node *map, size_t i)
{
	while (i && is_plain_scalar(map->entries[i].key) &&
		is_plain_scalar(map->entries[i].value) &&
		!map->entries[i].value->text.len) {
		i--;
		if (is_plain_scalar(map->entries[i].value) &&
			map->entries[i].value->text.len)
			return map->entries[i].key;
	}
	return NULL;
}

bool
is_rest_of_text(const struct yaml_node *map, size_t i)
{
	struct slice key = map->entries[i].key->text;

	return cut_text(map, i) && memchr(key.ptr, ' ', key.len);
}

bool
is_misspelt(const struct draft *d, const struct yaml_node *map, const char *key)
{
	for (const struct misspelt *m = d->misspelt; m; m = m->next)
		if (m->line == map->line && m->column == map->column &&
			!strcmp(m->name, key))
			return true;
	return false;
}

/* Tells of a key that is none, and remembers which one was meant. */
static void
refuse_key(struct draft *d, const struct yaml_node *map,
	const struct yaml_node *key, const char *where,
	const char *const *names)
{
	const char *near = nearest_name(key->text, names);
	struct misspelt *m;

	mistake(d, key, "a key that nothing acts on would pass for a rule",
		suggest(d, key->text, names), "`%.*s` is no key of %s",
		SHOW(key->text), where);
	if (!near)
		return;
	m = take(d, 1, sizeof(*m));
	*m = (struct misspelt){d->misspelt, map->line, map->column, near};
	d->misspelt = m;
}

/* `max 3` behind a text: a key that lacks its colon, and would not act.  Words
   of every text are left, whose lack as keys is told. */
static bool
begins_with_key(struct slice text, const char *const *names)
{
	static const char *const words[] = {"as", "do", "for", "to", NULL};
	struct slice first = slice_word(&text, ' ');

	return is_in(first, names) && !is_in(first, words);
}

void
check_keys(struct draft *d, const struct yaml_node *map, const char *where,
	const char *const *names, const char *const *later)
{
	static const char *const texts[] = {
		"says", "why", "assessment", "ticket", NULL};

	for (size_t i = 0; i < map->count; i++) {
		const struct yaml_node *key = map->entries[i].key, *text;

		if (is_in(key->text, names))
			continue;
		text = cut_text(map, i);
		if (text && !is_in(text->text, texts))
			text = NULL;
		if (text && is_rest_of_text(map, i) &&
			!begins_with_key(key->text, names))
			continue;
		if (is_in(key->text, later))
			refuse_later(d, key, "leave it out", "`%.*s`",
				SHOW(key->text));
		else if (text)
			mistake(d, key,
				"inside { } a comma ends a text without quotes",
				say(d, "%.*s: \"...\", with the text in quotes",
					SHOW(text->text)),
				"`%.*s` is no key of %s", SHOW(key->text),
				where);
		else
			refuse_key(d, map, key, where, names);
	}
}

const struct yaml_node *
need(struct draft *d, const struct yaml_node *map, const char *where,
	const char *key, const char *instead)
{
	const struct yaml_node *n = yaml_get(map, key);

	if (!n && !is_misspelt(d, map, key))
		mistake(d, owner(map), NULL, instead, "%s has no `%s`", where,
			key);
	return n;
}

static bool
is_kind(struct draft *d, const struct yaml_node *n, const char *what,
	enum yaml_kind kind)
{
	if (n->kind == kind)
		return true;
	if (yaml_is_null(n))
		mistake(d, n, NULL, NULL, "%s is empty; it must be %s", what,
			kind_names[kind]);
	else
		mistake(d, n, NULL, NULL, "%s must be %s, not %s", what,
			kind_names[kind], kind_names[n->kind]);
	return false;
}

bool
is_map(struct draft *d, const struct yaml_node *n, const char *what)
{
	if (!is_kind(d, n, what, YAML_MAP))
		return false;
	if (!n->count)
		mistake(d, n, NULL, NULL, "%s is empty", what);
	return n->count > 0;
}

bool
is_list(struct draft *d, const struct yaml_node *n, const char *what)
{
	if (n->kind == YAML_SCALAR && !yaml_is_null(n)) {
		mistake(d, n, NULL, say(d, "[%.*s]", SHOW(n->text)),
			"%s must be a list, not a single value", what);
		return false;
	}
	if (!is_kind(d, n, what, YAML_LIST))
		return false;
	if (!n->count)
		mistake(d, n, NULL, NULL, "%s is empty", what);
	return n->count > 0;
}

bool
is_scalar(struct draft *d, const struct yaml_node *n, const char *what)
{
	return is_kind(d, n, what, YAML_SCALAR);
}

bool
is_text(struct draft *d, const struct yaml_node *n, const char *what)
{
	size_t i = 0;

	if (!is_scalar(d, n, what))
		return false;
	while (i < n->text.len &&
		(n->text.ptr[i] == ' ' || n->text.ptr[i] == '\t' ||
			n->text.ptr[i] == '\n'))
		i++;
	if (i < n->text.len && !yaml_is_null(n))
		return true;
	mistake(d, n, NULL, NULL, "%s is empty", what);
	return false;
}

bool
is_name(struct draft *d, const struct yaml_node *n, const char *what)
{
	const uint8_t *c = n->text.ptr;
	size_t i;

	if (!is_text(d, n, what))
		return false;
	for (i = 0; i < n->text.len && i < 64; i++)
		if (!(c[i] >= 'a' && c[i] <= 'z') &&
			!(i && ((c[i] >= '0' && c[i] <= '9') || c[i] == '_' ||
				       c[i] == '-')))
			break;
	if (i == n->text.len)
		return true;
	mistake(d, n, NULL, "a lower-case letter, then up to 63 of a-z 0-9 _ -",
		"`%.*s` is no name for %s", SHOW(n->text), what);
	return false;
}

void
check_name(struct draft *d, const struct yaml_node *n, const char *what)
{
	bool ok = is_name(d, n, what);

	(void)ok;
}

bool
is_topic(struct draft *d, const struct yaml_node *n, const char *what)
{
	const uint8_t *c = n->text.ptr;
	size_t i;

	if (!is_text(d, n, what))
		return false;
	for (i = 0; i < n->text.len; i++)
		if (!(c[i] >= 'a' && c[i] <= 'z') &&
			!(c[i] >= 'A' && c[i] <= 'Z') &&
			!(c[i] >= '0' && c[i] <= '9') && c[i] != '.' &&
			c[i] != '_' && c[i] != '-')
			break;
	if (i == n->text.len && i <= 249 && !slice_is(n->text, ".") &&
		!slice_is(n->text, ".."))
		return true;
	mistake(d, n, "Kafka takes no other names",
		"1 to 249 of a-z A-Z 0-9 . _ -",
		"%s: `%.*s` is no name of a topic", what, SHOW(n->text));
	return false;
}

bool
read_bool(
	struct draft *d, const struct yaml_node *n, const char *what, bool *out)
{
	if (yaml_as_bool(n, out))
		return true;
	mistake(d, n, NULL, "true or false, without quotes",
		"%s must be true or false", what);
	return false;
}

bool
read_int(struct draft *d, const struct yaml_node *n, const char *what,
	int64_t least, int64_t most, int64_t *out)
{
	if (yaml_as_int(n, out) && *out >= least && *out <= most)
		return true;
	*out = least;
	mistake(d, n, NULL, NULL, "%s must be an integer from %lld to %lld",
		what, (long long)least, (long long)most);
	return false;
}

bool
read_duration(struct draft *d, const struct yaml_node *n, const char *what,
	int64_t least_ms, int64_t *out)
{
	const int64_t most_ms = INT64_C(3660) * 86400000;
	char least[DURATION_TEXT_BYTES];

	if (n->kind == YAML_SCALAR && duration_parse(n->text, out)) {
		if (*out >= least_ms && *out <= most_ms)
			return true;
		duration_format(least_ms, least);
		if (*out < least_ms)
			mistake(d, n, NULL, say(d, "%s or more", least),
				"%s is too short", what);
		else
			mistake(d, n, NULL, "3660d or less", "%s is too long",
				what);
	} else {
		mistake(d, n, NULL, "such as 30s, 5m, 12h or 90d",
			"%s is no length of time", what);
	}
	*out = least_ms;
	return false;
}

bool
read_choice(struct draft *d, const struct yaml_node *n, const char *what,
	const char *const *names, size_t *out)
{
	*out = 0;
	if (!is_text(d, n, what))
		return false;
	for (size_t i = 0; names[i]; i++)
		if (slice_is(n->text, names[i])) {
			*out = i;
			return true;
		}
	mistake(d, n, NULL, suggest(d, n->text, names), "%s cannot be `%.*s`",
		what, SHOW(n->text));
	return false;
}

bool
read_reference(struct draft *d, const struct yaml_node *n, const char *kind,
	const char *const *names, size_t *out)
{
	*out = 0;
	if (!is_text(d, n, say(d, "the name of a %s", kind)) || !names)
		return false;
	for (size_t i = 0; names[i]; i++)
		if (slice_is(n->text, names[i])) {
			*out = i;
			return true;
		}
	mistake(d, n, NULL, suggest(d, n->text, names), "no %s is named `%.*s`",
		kind, SHOW(n->text));
	return false;
}

static size_t
count_digits(struct slice s, size_t at)
{
	size_t i = at;

	while (i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9')
		i++;
	return i - at;
}

/* A number as RFC 8259 writes it; `whole`: without fraction and exponent. */
static bool
is_json_number(struct slice s, bool *whole)
{
	size_t i = s.len && s.ptr[0] == '-', digits = count_digits(s, i);

	*whole = true;
	if (!digits || (digits > 1 && s.ptr[i] == '0'))
		return false;
	i += digits;
	if (i < s.len && s.ptr[i] == '.') {
		*whole = false;
		digits = count_digits(s, ++i);
		if (!digits)
			return false;
		i += digits;
	}
	if (i < s.len && (s.ptr[i] == 'e' || s.ptr[i] == 'E')) {
		*whole = false;
		i++;
		i += i < s.len && (s.ptr[i] == '+' || s.ptr[i] == '-');
		digits = count_digits(s, i);
		if (!digits)
			return false;
		i += digits;
	}
	return i == s.len;
}

/* -2^63 .. 2^64-1 */
static bool
parse_exact(struct slice s, struct value *out)
{
	bool minus = s.ptr[0] == '-';
	uint64_t sum = 0, limit = minus ? UINT64_C(1) << 63 : UINT64_MAX;

	for (size_t i = minus; i < s.len; i++) {
		unsigned digit = s.ptr[i] - (unsigned)'0';

		if (sum > (limit - digit) / 10)
			return false;
		sum = sum * 10 + digit;
	}
	*out = (struct value){
		.kind = VALUE_INT, .negative = minus && sum, .magnitude = sum};
	return true;
}

/* What others' YAML reads as true, false or null, and would be a text here: an
   objection that waits for it would never be heard. */
static bool
is_other_spelling(const struct yaml_node *n)
{
	static const char *const names[] = {
		"True", "TRUE", "False", "FALSE", "Null", "NULL", NULL};

	return n->plain && is_in(n->text, names);
}

bool
read_value(struct draft *d, const struct yaml_node *n, const char *what,
	struct value *out)
{
	bool whole, boolean;

	*out = (struct value){.kind = VALUE_ABSENT};
	if (!is_scalar(d, n, what))
		return false;
	if (yaml_is_null(n)) {
		mistake(d, n, "null and nothing never count as a value",
			"\"null\" in quotes for the text", "%s is null", what);
		return false;
	}
	if (is_other_spelling(n)) {
		mistake(d, n, "it could be meant as a boolean, or as a text",
			"true or false in small letters, or the text in quotes",
			"%s is written `%.*s`", what, SHOW(n->text));
		return false;
	}
	if (yaml_as_bool(n, &boolean)) {
		*out = (struct value){.kind = VALUE_BOOL, .boolean = boolean};
		return true;
	}
	if (!n->plain || !is_json_number(n->text, &whole)) {
		*out = (struct value){.kind = VALUE_STRING, .text = n->text};
		return true;
	}
	if (whole && parse_exact(n->text, out))
		return true;
	out->kind = VALUE_NUMBER;
	if (number_parse(n->text, &out->number))
		return true;
	*out = (struct value){.kind = VALUE_ABSENT};
	mistake(d, n, NULL, "it in quotes when it is a text",
		"%s is a number beyond what a double holds", what);
	return false;
}

bool
read_number(struct draft *d, const struct yaml_node *n, const char *what,
	struct value *out)
{
	bool whole;

	*out = (struct value){.kind = VALUE_ABSENT};
	if (n->kind == YAML_SCALAR && n->plain &&
		is_json_number(n->text, &whole))
		return read_value(d, n, what, out);
	mistake(d, n, NULL, NULL, "%s must be a number", what);
	return false;
}

double
value_double(const struct value *v)
{
	if (v->kind == VALUE_NUMBER)
		return v->number;
	return v->negative ? -(double)v->magnitude : (double)v->magnitude;
}

const char *const *
read_texts(struct draft *d, const struct yaml_node *n, const char *what,
	size_t *count)
{
	const char **texts;

	*count = 0;
	if (!is_list(d, n, what))
		return NULL;
	texts = take(d, n->count, sizeof(*texts));
	for (size_t i = 0; i < n->count; i++)
		if (is_text(d, n->items[i], say(d, "an item of %s", what)))
			texts[(*count)++] = take_text(d, n->items[i]->text);
	return texts;
}

void
read_retention(struct draft *d, const struct yaml_node *map, const char *where,
	int64_t *out)
{
	const struct yaml_node *n = yaml_get(map, "retention");

	*out = 0;
	if (n && !read_duration(
			 d, n, say(d, "`retention` of %s", where), 1000, out))
		*out = 0;
}

const struct pattern *
read_pattern(struct draft *d, const struct yaml_node *n, const char *what)
{
	struct lethe_error err = {0};
	struct lethe_policy *p = d->p;
	struct yaml_node at = *n;

	if (!is_text(d, n, what))
		return NULL;
	p->patterns = take_more(d, p->patterns, p->pattern_count,
		&d->patterns_cap, sizeof(*p->patterns));
	if (!pattern_new(n->text, &p->patterns[p->pattern_count], &err))
		return p->patterns[p->pattern_count++];
	if (err.status == LETHE_ENOMEM)
		give_up(d, LETHE_ENOMEM);
	if (!memchr(n->text.ptr, '\n', n->text.len))
		at.column += (unsigned)err.offset + !n->plain;
	mistake(d, &at, NULL, NULL, "%s: %s", what, err.what);
	return NULL;
}
