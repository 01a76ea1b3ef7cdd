#include "crypto/ring/line.h"

#include <sodium.h>

static enum lethe_status
read_format(struct line *p)
{
	if (!slice_is(p->words, "1"))
		return fail(p->err, LETHE_EUNSUPPORTED, p->start,
			"ring, line 1: a ring of another format than 1: not "
			"supported by this version");
	p->words = (struct slice){0};
	return LETHE_OK;
}

static enum lethe_status
read_id(struct line *p)
{
	enum lethe_status status = take_hex(p, "", p->r->id, RING_ID_BYTES);

	hex_text(p->r->id, RING_ID_BYTES, p->r->id_text);
	return status;
}

static enum lethe_status
read_version(struct line *p)
{
	enum lethe_status status;
	uint64_t n = 0;

	status = take_number(p, "", UINT32_MAX - 1, &n);
	if (status == LETHE_OK && !n)
		return line_refuse(p, "", "counts from 1");
	p->r->version = (uint32_t)n;
	return status;
}

static enum lethe_status
read_previous(struct line *p)
{
	enum lethe_status status =
		take_hex(p, "", p->r->previous, RING_HASH_BYTES);
	static const uint8_t none[RING_HASH_BYTES];

	if (status == LETHE_OK &&
		(p->r->version == 1) !=
			!memcmp(p->r->previous, none, sizeof(none)))
		return line_refuse(
			p, "", "all noughts in version 1, and only there");
	return status;
}

static enum lethe_status
read_algorithm(struct line *p)
{
	if (!slice_is(p->words, RING_ALGORITHM))
		return fail(p->err, LETHE_EUNSUPPORTED, p->start,
			"ring, line %zu: algorithm: not supported by this "
			"version",
			p->number);
	p->words = (struct slice){0};
	return LETHE_OK;
}

static enum lethe_status
read_name(struct line *p, struct ring_name **names, size_t *count)
{
	struct ring_name one = {0};
	enum lethe_status status;
	struct slice name;
	uint64_t id;

	status = take_number(p, "id", RING_NAMES_MAX, &id);
	if (status != LETHE_OK)
		return status;
	if (id != *count + 1)
		return line_refuse(p, "id", "must be %zu", *count + 1);
	name = slice_word(&p->words, ' ');
	if (!ring_name_is(name))
		return line_refuse(p, "name", "not a name");
	for (size_t i = 0; i < *count; i++)
		if (slice_is(name, (*names)[i].text))
			return line_refuse(p, "name", "there is one already");
	memcpy(one.text, name.ptr, name.len);
	return RING_PUSH(names, count, &one, p->err);
}

static enum lethe_status
read_domain(struct line *p)
{
	return read_name(p, &p->r->domains, &p->r->domain_count);
}

static enum lethe_status
read_class(struct line *p)
{
	return read_name(p, &p->r->classes, &p->r->class_count);
}

static enum lethe_status
read_join(struct line *p)
{
	struct ring_joined join = {0};
	struct ring *r = p->r;
	enum lethe_status status;
	struct slice name;
	uint64_t domain = 0;

	status = take_number(p, "domain", r->domain_count, &domain);
	if (status)
		return status;
	name = slice_word(&p->words, ' ');
	if (!domain || !ring_name_is(name))
		return line_refuse(p, "", "names no domain, or no purpose");
	if (!ring_why_is(p->words))
		return line_refuse(p, "why", "not 1 to %d printable letters",
			RING_WHY_MAX);
	join.domain = (uint32_t)domain;
	memcpy(join.purpose.text, name.ptr, name.len);
	memcpy(join.why.text, p->words.ptr, p->words.len);
	p->words = (struct slice){0};
	if (ring_domain_id(r, name) ||
		(r->join_count &&
			strcmp(r->joins[r->join_count - 1].purpose.text,
				join.purpose.text) >= 0))
		return line_refuse(p, "purpose", "out of order or doubled");
	return RING_PUSH(&r->joins, &r->join_count, &join, p->err);
}

enum lethe_status
take_role(struct line *p, enum ring_role *out)
{
	struct slice word = slice_word(&p->words, ' ');

	for (*out = 0; *out < ROLE_COUNT; ++*out)
		if (slice_is(word, ring_role_name(*out)))
			break;
	if (*out == ROLE_COUNT)
		return line_refuse(p, "role", "no such role");
	return LETHE_OK;
}

static bool
role_signs(enum ring_role role)
{
	return role == ROLE_SIGNER || role == ROLE_POLICY;
}

/* Recipients stand by role, then by key. */
static bool
recipient_follows(
	const struct ring_recipient *before, const struct ring_recipient *to)
{
	if (before->role != to->role)
		return before->role < to->role;
	return memcmp(&before->key, &to->key, sizeof(to->key)) < 0;
}

static enum lethe_status
read_recipient(struct line *p)
{
	struct ring_recipient to;
	struct ring *r = p->r;
	enum lethe_status status;

	status = take_role(p, &to.role);
	if (status == LETHE_OK)
		status = take_base64(p, "key", to.key.bytes, PUBLIC_KEY_BYTES);
	if (status != LETHE_OK)
		return status;
	if (!role_signs(to.role) && !public_key_usable(&to.key))
		return line_refuse(p, "key", "not a usable X25519 key");
	if (role_signs(to.role) &&
		!crypto_core_ed25519_is_valid_point(to.key.bytes))
		return line_refuse(p, "key", "not a usable Ed25519 key");
	if (r->recipient_count == RING_RECIPIENTS_MAX)
		return line_refuse(p, "", "more than %d", RING_RECIPIENTS_MAX);
	if (r->recipient_count &&
		!recipient_follows(&r->recipients[r->recipient_count - 1], &to))
		return line_refuse(p, "", "out of order or doubled");
	return RING_PUSH(&r->recipients, &r->recipient_count, &to, p->err);
}

const struct line_kind line_kinds[LINE_KINDS] = {
	{"lethe-ring", true, read_format},
	{"id", true, read_id},
	{"version", true, read_version},
	{"previous", true, read_previous},
	{"algorithm", true, read_algorithm},
	{"domain", false, read_domain},
	{"class", false, read_class},
	{"join", false, read_join},
	{"recipient", false, read_recipient},
	{"threshold", true, read_threshold},
	{"policy-threshold", false, read_policy_threshold},
	{"epoch", false, read_epoch},
	{"compromised", false, read_compromised},
	{"rules", false, read_rules},
	{"key", false, read_key},
	{"index", true, read_index},
	{"index-key", false, read_index_key},
	{"handover", false, read_handover},
	{"history", false, read_history},
	{"digest", true, read_digest},
	{"handover-signature", false, read_handover_signature},
	{"signature", false, read_signature},
};
