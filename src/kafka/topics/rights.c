#include "kafka/topics/topics.h"

#define EVERYBODY "User:*"

static bool
is_same(const char *x, const char *y)
{
	return !strcmp(x, y);
}

/* A recipient is a name of Kafka's kind User, unless it says the kind. */
static bool
is_named(const struct topics_wanted *wanted, const char *principal)
{
	static const char user[] = "User:";
	size_t len = strlen(user);

	for (size_t i = 0; i < wanted->reader_count; i++)
		if (is_same(wanted->readers[i], principal) ||
			(!strncmp(principal, user, len) &&
				is_same(wanted->readers[i], principal + len)))
			return true;
	return false;
}

/* Whether a rule takes from a principal, wherever it comes from, what others
 * give it. */
static bool
is_denied(
	const struct topics_found *found, const char *principal, unsigned what)
{
	for (size_t i = 0; i < found->rule_count; i++) {
		const struct topics_right *r = &found->rules[i];

		if (!r->allow && r->what & what && is_same(r->host, "*") &&
			(is_same(r->principal, principal) ||
				is_same(r->principal, EVERYBODY)))
			return true;
	}
	return false;
}

const struct topics_right *
topics_stranger(const struct topics_wanted *wanted,
	const struct topics_found *found, unsigned what, const char *principal,
	size_t *at)
{
	while (*at < found->rule_count) {
		const struct topics_right *r = &found->rules[(*at)++];

		if (!r->allow || !(r->what & what) ||
			is_denied(found, r->principal, what))
			continue;
		if (principal && is_same(r->principal, principal))
			continue;
		if (what == TOPICS_READ && is_named(wanted, r->principal))
			continue;
		return r;
	}
	return NULL;
}
