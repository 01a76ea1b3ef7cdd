#include "policy/parse/parse.h"

#include "policy/parse/place.h"
#include "policy/parse/schema.h"

/* The keys of sources that are consent strings: tcf and gpp. */

#define DAY_MS INT64_C(86400000)

/* Thirteen months: the longest for which a choice is not asked anew. */
#define MAX_AGE_DAYS 395

/* A place beside the path; an input without one has none there. */
static void
read_beside(struct draft *d, const struct yaml_node *n, const char *what,
	unsigned may, struct policy_source *s)
{
	const struct place **rows = take(d, d->p->input_count, sizeof(*rows));
	const struct place *at = n ? places_read(d, n, what, may) : NULL;

	for (size_t i = 0; i < d->p->input_count; i++) {
		struct place *none = take(d, 1, sizeof(*none));

		none->slot = none->container = SLOT_NONE;
		rows[i] = at ? &at[i] : none;
	}
	s->members = rows;
	s->member_count = 1;
}

void
read_when(struct draft *d, const struct yaml_node *map, const char *where,
	struct policy_source *s)
{
	read_beside(d, yaml_get(map, "when"), say(d, "`when` of %s", where),
		PLACE_ONE, s);
}

void
read_sid(struct draft *d, const struct yaml_node *map, const char *where,
	struct policy_source *s)
{
	read_beside(d, yaml_get(map, "sid"), say(d, "`sid` of %s", where),
		PLACE_EACH, s);
}

/* "vendor 42"; 0 when it is none. */
static unsigned
vendor_of(struct slice text)
{
	static const char before[] = "vendor ";
	const size_t len = sizeof(before) - 1;
	unsigned id = 0;

	if (text.len <= len || text.len > len + 5 ||
		memcmp(text.ptr, before, len) || text.ptr[len] == '0')
		return 0;
	for (size_t i = len; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return 0;
		id = 10 * id + (text.ptr[i] - '0');
	}
	return id <= TCF_VENDOR_MAX ? id : 0;
}

void
read_act_as(struct draft *d, const struct yaml_node *map, const char *where,
	struct policy_source *s)
{
	const char *what = say(d, "`act_as` of %s", where);
	const struct yaml_node *n = need(d, map, where, "act_as",
		"act_as: publisher, or act_as: vendor 42");

	if (!n || !is_text(d, n, what) || slice_is(n->text, "publisher"))
		return;
	s->rule.vendor = vendor_of(n->text);
	if (!s->rule.vendor)
		mistake(d, n, NULL,
			"publisher, or `vendor` and its number on the Global "
			"Vendor List: vendor 42",
			"%s is neither the publisher nor a vendor", what);
}

void
read_max_age(struct draft *d, const struct yaml_node *map, const char *where,
	struct policy_source *s)
{
	const struct yaml_node *n = yaml_get(map, "max_age");

	s->rule.max_age_ms = MAX_AGE_DAYS * DAY_MS;
	if (n && !read_duration(d, n, say(d, "`max_age` of %s", where), DAY_MS,
			 &s->rule.max_age_ms))
		return;
}

void
read_min_policy(struct draft *d, const struct yaml_node *map, const char *where,
	struct policy_source *s)
{
	const struct yaml_node *n = yaml_get(map, "min_policy");
	int64_t least = TCF_POLICY_LEAST;

	if (n && !read_int(d, n, say(d, "`min_policy` of %s", where),
			 TCF_POLICY_LEAST, TCF_POLICY_MAX, &least))
		least = TCF_POLICY_LEAST;
	s->rule.min_policy = (unsigned)least;
}
