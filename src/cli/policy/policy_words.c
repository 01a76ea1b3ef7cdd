#include "cli/policy/policy_words.h"

#include "cli/keys/change.h"
#include "daemon/difference.h"
#include "policy/policy.h"
#include "text/utf8.h"

#include <inttypes.h>
#include <stdio.h>

#define DAY_MS INT64_C(86400000)

static void
print_recipients(const struct policy_purpose *p)
{
	printf("read by");
	for (size_t i = 0; i < p->recipient_count; i++)
		printf("%s %s", i ? "," : "", p->recipients[i]);
	putchar('\n');
}

static bool
has_field(const struct policy_field *f, size_t purpose)
{
	return f->purposes >> purpose & 1;
}

static size_t
count_fields(const struct lethe_policy *p, size_t purpose)
{
	size_t n = 0;

	for (size_t i = 0; i < p->field_count; i++)
		n += has_field(&p->fields[i], purpose);
	return n;
}

/* The first of that name for a purpose, or NULL. */
static const struct policy_field *
find_field(const struct lethe_policy *p, size_t purpose, const char *as)
{
	for (size_t i = 0; i < p->field_count; i++)
		if (has_field(&p->fields[i], purpose) &&
			!strcmp(p->fields[i].as, as))
			return &p->fields[i];
	return NULL;
}

static size_t
find_purpose(const struct lethe_policy *p, const char *name)
{
	size_t i = 0;

	while (i < p->purpose_count && strcmp(p->purposes[i].name, name) != 0)
		i++;
	return i;
}

static void
print_purpose(const struct lethe_policy *p, size_t i, const char *is)
{
	const struct policy_purpose *purpose = &p->purposes[i];

	printf("  %s%s: %zu fields to %s, ", is, purpose->name,
		count_fields(p, i), purpose->topic);
	print_recipients(purpose);
}

/* Fields of one that the other lacks, or has by another word. */
static size_t
print_fields(const struct lethe_policy *was, size_t a,
	const struct lethe_policy *is, size_t b)
{
	size_t told = 0;

	for (size_t i = 0; i < is->field_count; i++) {
		const struct policy_field *f = &is->fields[i], *old;

		if (!has_field(f, b))
			continue;
		old = find_field(was, a, f->as);
		if (old && old->what.kind == f->what.kind)
			continue;
		told++;
		if (old)
			printf("    `%s` leaves by %s, not by %s\n", f->as,
				transform_name(f->what.kind),
				transform_name(old->what.kind));
		else
			printf("    `%s` leaves now, by %s\n", f->as,
				transform_name(f->what.kind));
	}
	for (size_t i = 0; i < was->field_count; i++) {
		const struct policy_field *f = &was->fields[i];

		if (!has_field(f, a) || find_field(is, b, f->as))
			continue;
		told++;
		printf("    `%s` leaves no more\n", f->as);
	}
	return told;
}

static bool
same_recipients(const struct policy_purpose *a, const struct policy_purpose *b)
{
	if (a->recipient_count != b->recipient_count)
		return false;
	for (size_t i = 0; i < a->recipient_count; i++)
		if (strcmp(a->recipients[i], b->recipients[i]) != 0)
			return false;
	return true;
}

static void
print_span(int64_t ms)
{
	if (!ms)
		printf("a time that is not stated");
	else if (ms % DAY_MS)
		printf("%" PRId64 " s", ms / 1000);
	else
		printf("%" PRId64 " days", ms / DAY_MS);
}

static void
print_retention(int64_t was_ms, int64_t is_ms)
{
	if (was_ms == is_ms)
		return;
	printf("    kept for ");
	print_span(is_ms);
	printf(", not for ");
	print_span(was_ms);
	putchar('\n');
}

static void
print_places(const struct policy_purpose *was, const struct policy_purpose *is)
{
	if (strcmp(was->topic, is->topic) != 0)
		printf("    to the topic %s, not %s\n", is->topic, was->topic);
	if (!same_recipients(was, is)) {
		printf("    now ");
		print_recipients(is);
	}
	print_retention(was->retention_ms, is->retention_ms);
	if (was->rule.basis != is->rule.basis)
		puts("    on another basis");
	if (was->id != is->id)
		printf("    %s a token of the event's id\n",
			is->id ? "with" : "without");
	if (was->expires_ms != is->expires_ms)
		puts("    expires at another time");
}

static void
print_changes(const struct lethe_policy *was, const struct lethe_policy *is)
{
	for (size_t i = 0; i < is->purpose_count; i++) {
		size_t old = find_purpose(was, is->purposes[i].name);

		if (old == was->purpose_count) {
			print_purpose(is, i, "new: ");
			continue;
		}
		print_purpose(is, i, "");
		print_places(&was->purposes[old], &is->purposes[i]);
		if (!print_fields(was, old, is, i))
			puts("    the same fields, by the same transforms");
	}
	for (size_t i = 0; i < was->purpose_count; i++)
		if (find_purpose(is, was->purposes[i].name) ==
			is->purpose_count)
			print_purpose(was, i, "gone: ");
}

/* By what a terminal acts on a line could hide, or read otherwise than it is:
   a comment behind a carriage return stands over what is before it. */
static void
print_plain(struct slice text)
{
	while (text.len) {
		struct slice one = text;
		uint32_t point = utf8_take(&text);

		one.len -= text.len;
		if (point == '\t' || utf8_printable(one))
			fwrite(one.ptr, 1, one.len, stdout);
		else
			printf("<U+%04" PRIX32 ">", point);
	}
}

/* The lines are of policies that were read, and so UTF-8. */
static void
print_line(void *ctx, bool gone, size_t line, struct slice text)
{
	(void)ctx;
	printf("  %c %4zu  ", gone ? '-' : '+', line);
	if (text.len && text.ptr[text.len - 1] == '\r')
		text.len--;
	print_plain(text);
	putchar('\n');
}

void
policy_words_print(const struct policy_file *was, const struct policy_file *is)
{
	const struct lethe_policy *p = is->policy;
	size_t more;

	if (!was) {
		printf("policy %s, revision %" PRId64 ", the first:\n", p->name,
			p->revision);
		for (size_t i = 0; i < p->purpose_count; i++)
			print_purpose(p, i, "");
		return;
	}
	printf("policy %s, revision %" PRId64 ", in the place of %" PRId64
	       ":\n",
		p->name, p->revision, was->policy->revision);
	print_changes(was->policy, p);
	puts("line by line:");
	more = difference_each(
		buf_slice(&was->text), buf_slice(&is->text), print_line, NULL);
	if (more)
		printf("  and %zu lines more: compare the files\n", more);
}

static void
print_signers(const struct statement *s, const struct ring *ring)
{
	char id[2 * KEY_ID_BYTES + 1];

	for (size_t i = 0; i < s->signature_count; i++) {
		const struct verify_key *key = &s->signatures[i].signer;

		verify_key_id(key, id);
		printf("%-10s %s%s\n", i ? "" : "signed by", id,
			!ring || statement_signer_is(ring, key)
				? ""
				: ", who is no policy signer of the ring");
	}
}

void
policy_words_statement(
	const struct statement *s, const struct ring *ring, int64_t now_ms)
{
	char hex[2 * STATEMENT_HASH_BYTES + 1];

	hex_text(s->digest, sizeof(s->digest), hex);
	printf("%-10s %s, revision %" PRId64 "\n%-10s %s\n", "policy",
		s->policy, s->revision, "digest", hex);
	hex_text(s->previous, sizeof(s->previous), hex);
	printf("%-10s %s\n", "follows",
		statement_is_first(s) ? "none: it is the first" : hex);
	printf("%-10s %s%s\n", "in force",
		s->effective_ms > now_ms ? "from " : "since ",
		change_time(s->effective_ms));
	print_signers(s, ring);
	if (ring)
		printf("%-10s %zu of the %u signatures that the ring asks "
		       "for\n",
			"has", statement_count(s, ring),
			ring_policy_threshold(ring));
}
