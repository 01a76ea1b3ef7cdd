#include "crypto/ring/line.h"

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
	struct ring_name *grown;
	enum lethe_status status;
	struct slice name;
	uint64_t id;

	status = take_number(p, "id", RING_NAMES_MAX, &id);
	if (status != LETHE_OK)
		return status;
	if (id != *count + 1)
		return line_refuse(p, "id", "must be %zu", *count + 1);
	name = line_cut(&p->words, ' ');
	if (!ring_name_is(name))
		return line_refuse(p, "name", "not a name");
	for (size_t i = 0; i < *count; i++)
		if (slice_is(name, (*names)[i].text))
			return line_refuse(p, "name", "there is one already");
	grown = ring_grow(*names, *count, sizeof(**names));
	if (!grown)
		return fail(p->err, LETHE_ENOMEM, 0, "no memory for a ring");
	*names = grown;
	grown[*count] = (struct ring_name){0};
	memcpy(grown[*count].text, name.ptr, name.len);
	++*count;
	return LETHE_OK;
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
take_role(struct line *p, enum ring_role *out)
{
	struct slice word = line_cut(&p->words, ' ');

	for (*out = 0; *out < ROLE_COUNT; ++*out)
		if (slice_is(word, ring_role_name(*out)))
			break;
	if (*out == ROLE_COUNT)
		return line_refuse(p, "role", "no such role");
	/* Whoever they are named for, nothing would be done for them. */
	if (*out != ROLE_RUNTIME && *out != ROLE_QUARANTINE)
		return fail(p->err, LETHE_EUNSUPPORTED, p->start,
			"ring, line %zu: %s: the role %s is not supported by "
			"this version",
			p->number, p->kind, ring_role_name(*out));
	return LETHE_OK;
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
	struct ring_recipient to, *grown;
	struct ring *r = p->r;
	enum lethe_status status;

	status = take_role(p, &to.role);
	if (status == LETHE_OK)
		status = take_base64(p, "key", to.key.bytes, PUBLIC_KEY_BYTES);
	if (status != LETHE_OK)
		return status;
	if (!public_key_usable(&to.key))
		return line_refuse(p, "key", "not a usable X25519 key");
	if (r->recipient_count == RING_RECIPIENTS_MAX)
		return line_refuse(p, "", "more than %d", RING_RECIPIENTS_MAX);
	if (r->recipient_count &&
		!recipient_follows(&r->recipients[r->recipient_count - 1], &to))
		return line_refuse(p, "", "out of order or doubled");
	grown = ring_grow(r->recipients, r->recipient_count, sizeof(*grown));
	if (!grown)
		return fail(p->err, LETHE_ENOMEM, 0, "no memory for a ring");
	r->recipients = grown;
	grown[r->recipient_count++] = to;
	return LETHE_OK;
}

static enum lethe_status
read_threshold(struct line *p)
{
	if (!ring_recipient_count(p->r, ROLE_RUNTIME) ||
		!ring_recipient_count(p->r, ROLE_QUARANTINE))
		return line_refuse(p, "",
			"a runtime and a quarantine recipient "
			"must stand before it");
	if (!slice_is(p->words, "0"))
		return fail(p->err, LETHE_EUNSUPPORTED, p->start,
			"ring, line %zu: threshold: signed rings are not "
			"supported by this version",
			p->number);
	p->words = (struct slice){0};
	return LETHE_OK;
}

static enum lethe_status
take_epoch(struct line *p, struct ring_epoch *e)
{
	enum lethe_status status;
	uint64_t number, domain = 0;

	status = take_number(p, "number", RING_EPOCHS_MAX, &number);
	if (status == LETHE_OK && number != p->r->epoch_count + 1)
		return line_refuse(
			p, "number", "must be %zu", p->r->epoch_count + 1);
	if (status == LETHE_OK)
		status = take_label(p, "domain");
	if (status == LETHE_OK)
		status = take_number(p, "domain", p->r->domain_count, &domain);
	if (status == LETHE_OK && !domain)
		return line_refuse(p, "domain", "ids count from 1");
	if (status == LETHE_OK)
		status = take_time(p, "created", &e->created_ms);
	if (status == LETHE_OK)
		status = take_time(p, "active", &e->active_from_ms);
	if (status == LETHE_OK)
		status = take_time(p, "retire", &e->retire_at_ms);
	if (status == LETHE_OK)
		status = take_time(p, "destroyed", &e->destroyed_at_ms);
	if (status == LETHE_OK)
		status = take_label(p, "fingerprint");
	if (status == LETHE_OK)
		status = take_hex(
			p, "fingerprint", e->fingerprint, FINGERPRINT_BYTES);
	e->number = (uint32_t)number;
	e->domain = (uint32_t)domain;
	return status;
}

static enum lethe_status
read_epoch(struct line *p)
{
	struct ring_epoch e = {0}, *grown;
	struct ring *r = p->r;
	enum lethe_status status = take_epoch(p, &e);

	if (status != LETHE_OK)
		return status;
	if (e.retire_at_ms && e.retire_at_ms <= e.active_from_ms)
		return line_refuse(p, "retire", "not after active");
	for (size_t i = 0; i < r->epoch_count; i++)
		if (r->epochs[i].domain == e.domain && !e.destroyed_at_ms &&
			!r->epochs[i].destroyed_at_ms)
			return fail(p->err, LETHE_EUNSUPPORTED, p->start,
				"ring, line %zu: epoch: a second epoch of a "
				"domain: rotation is not supported by this "
				"version",
				p->number);
	grown = ring_grow(r->epochs, r->epoch_count, sizeof(*grown));
	if (!grown)
		return fail(p->err, LETHE_ENOMEM, 0, "no memory for a ring");
	r->epochs = grown;
	grown[r->epoch_count++] = e;
	return LETHE_OK;
}

static enum lethe_status
read_rules(struct line *p)
{
	const struct ring_rules *before;
	struct ring_rules rules, *grown;
	struct ring *r = p->r;
	enum lethe_status status;
	uint64_t epoch = 0, class = 0;

	status = take_number(p, "epoch", r->epoch_count, &epoch);
	if (status == LETHE_OK)
		status = take_number(p, "class", r->class_count, &class);
	if (status == LETHE_OK)
		status = take_hex(p, "digest", rules.digest, DIGEST_BYTES);
	if (status != LETHE_OK)
		return status;
	if (!epoch || !class)
		return line_refuse(p, "", "ids count from 1");
	rules.epoch = (uint32_t)epoch;
	rules.class = (uint32_t) class;
	before = r->rules_count ? &r->rules[r->rules_count - 1] : NULL;
	if (before && (before->epoch > rules.epoch ||
			      (before->epoch == rules.epoch &&
				      before->class >= rules.class)))
		return line_refuse(p, "", "out of order or doubled");
	grown = ring_grow(r->rules, r->rules_count, sizeof(*grown));
	if (!grown)
		return fail(p->err, LETHE_ENOMEM, 0, "no memory for a ring");
	r->rules = grown;
	grown[r->rules_count++] = rules;
	return LETHE_OK;
}

static enum lethe_status
take_recipient(struct line *p, size_t *out)
{
	char id[2 * KEY_ID_BYTES + 1];
	enum lethe_status status;
	enum ring_role role;
	struct slice word;

	status = take_role(p, &role);
	if (status != LETHE_OK)
		return status;
	if (role != ROLE_RUNTIME)
		return line_refuse(
			p, "role", "keys are sealed to runtime alone");
	word = line_cut(&p->words, ' ');
	for (*out = 0; *out < p->r->recipient_count; ++*out) {
		public_key_id(&p->r->recipients[*out].key, id);
		if (p->r->recipients[*out].role == role && slice_is(word, id))
			return LETHE_OK;
	}
	return line_refuse(p, "recipient", "the ring has no such recipient");
}

static enum lethe_status
read_sealed(struct line *p, uint32_t epoch, struct ring_sealed **list,
	size_t *count)
{
	struct ring_sealed sealed = {.epoch = epoch}, *before, *grown;
	enum lethe_status status = take_recipient(p, &sealed.recipient);

	if (status == LETHE_OK)
		status = take_base64(
			p, "seal", sealed.bytes, sizeof(sealed.bytes));
	if (status != LETHE_OK)
		return status;
	before = *count ? &(*list)[*count - 1] : NULL;
	if (before && (before->epoch > epoch ||
			      (before->epoch == epoch &&
				      before->recipient >= sealed.recipient)))
		return line_refuse(p, "", "out of order or doubled");
	grown = ring_grow(*list, *count, sizeof(*grown));
	if (!grown)
		return fail(p->err, LETHE_ENOMEM, 0, "no memory for a ring");
	*list = grown;
	grown[(*count)++] = sealed;
	return LETHE_OK;
}

static enum lethe_status
read_key(struct line *p)
{
	enum lethe_status status;
	uint64_t epoch;

	status = take_number(p, "epoch", p->r->epoch_count, &epoch);
	if (status != LETHE_OK)
		return status;
	if (!epoch || p->r->epochs[epoch - 1].destroyed_at_ms)
		return line_refuse(p, "epoch", "none, or a destroyed one");
	return read_sealed(
		p, (uint32_t)epoch, &p->r->sealed, &p->r->sealed_count);
}

static enum lethe_status
read_index(struct line *p)
{
	enum lethe_status status = take_label(p, "fingerprint");

	if (status == LETHE_OK)
		status = take_hex(p, "fingerprint", p->r->index_fingerprint,
			FINGERPRINT_BYTES);
	return status;
}

static enum lethe_status
read_index_key(struct line *p)
{
	return read_sealed(p, RING_INDEX, &p->r->index, &p->r->index_count);
}

static enum lethe_status
read_digest(struct line *p)
{
	uint8_t stated[RING_HASH_BYTES], found[RING_HASH_BYTES];
	enum lethe_status status = take_hex(p, "", stated, sizeof(stated));

	if (status != LETHE_OK)
		return status;
	ring_hash(slice_make(p->text, p->start), found);
	if (memcmp(stated, found, sizeof(found)) != 0)
		return line_refuse(p, "", "the lines before it were changed");
	return LETHE_OK;
}

const struct line_kind line_kinds[LINE_KINDS] = {
	{"lethe-ring", true, read_format},
	{"id", true, read_id},
	{"version", true, read_version},
	{"previous", true, read_previous},
	{"algorithm", true, read_algorithm},
	{"domain", false, read_domain},
	{"class", false, read_class},
	{"recipient", false, read_recipient},
	{"threshold", true, read_threshold},
	{"epoch", false, read_epoch},
	{"rules", false, read_rules},
	{"key", false, read_key},
	{"index", true, read_index},
	{"index-key", false, read_index_key},
	{"digest", true, read_digest},
};
