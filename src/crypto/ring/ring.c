#include "crypto/ring.h"

#include "crypto/ring/form.h"
#include "crypto/secret.h"

#include <sodium.h>

static const char *const role_names[ROLE_COUNT] = {
	[ROLE_RUNTIME] = "runtime",
	[ROLE_ERASURE] = "erasure",
	[ROLE_QUARANTINE] = "quarantine",
	[ROLE_SIGNER] = "signer",
	[ROLE_POLICY] = "policy",
};

const char *
ring_role_name(enum ring_role role)
{
	bug_if((unsigned)role >= ROLE_COUNT);
	return role_names[role];
}

enum lethe_status
ring_insert(void *list, size_t *count, size_t at, const void *element,
	size_t size, struct lethe_error *err)
{
	uint8_t *all;

	memcpy(&all, list, sizeof(all));
	/* Doubled at each power of two. */
	if (!(*count & (*count - 1)))
		all = reallocarray(all, *count ? 2 * *count : 1, size);
	if (!all)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a ring");
	memcpy(list, &all, sizeof(all));
	memmove(all + (at + 1) * size, all + at * size, (*count - at) * size);
	memcpy(all + at * size, element, size);
	++*count;
	return LETHE_OK;
}

bool
ring_name_is(struct slice name)
{
	if (!name.len || name.len > RING_NAME_MAX || name.ptr[0] < 'a' ||
		name.ptr[0] > 'z')
		return false;
	for (size_t i = 1; i < name.len; i++)
		if (!memchr("abcdefghijklmnopqrstuvwxyz0123456789_-",
			    name.ptr[i], 38))
			return false;
	return true;
}

struct ring *
ring_new(void)
{
	struct ring *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->bytes = calloc(1, sizeof(*r->bytes));
	if (!r->bytes) {
		free(r);
		return NULL;
	}
	buf_init(&r->bytes->text, RING_TEXT_MAX);
	return r;
}

void
ring_lock(struct ring *r)
{
	secret_free(r->keys);
	free(r->opened);
	r->keys = NULL;
	r->opened = NULL;
}

void
ring_free(struct ring *r)
{
	if (!r)
		return;
	ring_lock(r);
	buf_fini(&r->bytes->text);
	free(r->bytes);
	free(r->domains);
	free(r->classes);
	free(r->recipients);
	free(r->epochs);
	free(r->rules);
	free(r->sealed);
	free(r->index);
	free(r->joins);
	free(r->handovers);
	free(r->history);
	free(r->signatures);
	free(r);
}

static enum lethe_status
seal_index(struct ring *r, struct lethe_error *err)
{
	enum lethe_status status;
	void *key;

	status = secret_new(EPOCH_KEY_BYTES, &key, err);
	if (status != LETHE_OK)
		return status;
	random_bytes(key, EPOCH_KEY_BYTES);
	ring_fingerprint(key, RING_INDEX, r->index_fingerprint);
	status = ring_seal_key(r, RING_INDEX, key, err);
	secret_free(key);
	return status;
}

enum lethe_status
ring_create(const struct public_key *runtime,
	const struct public_key *quarantine, int64_t now_ms, struct ring **out,
	struct lethe_error *err)
{
	enum lethe_status status = LETHE_ENOMEM;
	struct ring *r = ring_new();

	(void)now_ms;
	*out = NULL;
	if (r)
		r->recipients = calloc(2, sizeof(*r->recipients));
	if (!r || !r->recipients) {
		status = fail(err, LETHE_ENOMEM, 0, "no memory for a ring");
		goto out;
	}
	random_bytes(r->id, sizeof(r->id));
	hex_text(r->id, sizeof(r->id), r->id_text);
	r->version = 1;
	r->recipients[0] = (struct ring_recipient){ROLE_RUNTIME, *runtime};
	r->recipients[1] =
		(struct ring_recipient){ROLE_QUARANTINE, *quarantine};
	r->recipient_count = 2;
	status = seal_index(r, err);
	if (status == LETHE_OK) {
		*out = r;
		r = NULL;
	}
out:
	ring_free(r);
	return status;
}

const struct ring_rules *
ring_rules_get(const struct ring *r, uint32_t epoch, uint32_t class)
{
	for (size_t i = 0; i < r->rules_count; i++)
		if (r->rules[i].epoch == epoch && r->rules[i].class == class)
			return &r->rules[i];
	return NULL;
}

const char *
ring_id(const struct ring *r)
{
	return r->id_text;
}

uint32_t
ring_version(const struct ring *r)
{
	return r->version;
}

bool
ring_signed(const struct ring *r)
{
	return r->threshold != 0;
}

size_t
ring_epoch_count(const struct ring *r)
{
	return r->epoch_count;
}

const struct ring_epoch *
ring_epoch_get(const struct ring *r, size_t i)
{
	bug_if(i >= r->epoch_count);
	return &r->epochs[i];
}

size_t
ring_domain_count(const struct ring *r)
{
	return r->domain_count;
}

const char *
ring_domain_name(const struct ring *r, size_t i, uint32_t *id)
{
	bug_if(i >= r->domain_count);
	*id = (uint32_t)i + 1;
	return r->domains[i].text;
}

size_t
ring_class_count(const struct ring *r)
{
	return r->class_count;
}

const char *
ring_class_name(const struct ring *r, size_t i, uint32_t *id)
{
	bug_if(i >= r->class_count);
	*id = (uint32_t)i + 1;
	return r->classes[i].text;
}

size_t
ring_recipient_count(const struct ring *r, enum ring_role role)
{
	size_t count = 0;

	for (size_t i = 0; i < r->recipient_count; i++)
		count += r->recipients[i].role == role;
	return count;
}

const struct public_key *
ring_recipient(const struct ring *r, enum ring_role role, size_t i)
{
	for (size_t k = 0; k < r->recipient_count; k++)
		if (r->recipients[k].role == role && !i--)
			return &r->recipients[k].key;
	bug(__FILE__, __LINE__, "no such recipient");
}

static uint32_t
find_name(const struct ring_name *names, size_t count, struct slice name)
{
	for (size_t i = 0; i < count; i++)
		if (slice_is(name, names[i].text))
			return (uint32_t)i + 1;
	return 0;
}

uint32_t
ring_domain_id(const struct ring *r, struct slice name)
{
	for (size_t i = 0; i < r->join_count; i++)
		if (slice_is(name, r->joins[i].purpose.text))
			return r->joins[i].domain;
	return find_name(r->domains, r->domain_count, name);
}

uint32_t
ring_class_id(const struct ring *r, struct slice name)
{
	return find_name(r->classes, r->class_count, name);
}

const uint8_t *
ring_digest(const struct ring *r)
{
	return r->bytes->seen ? r->bytes->hash : NULL;
}

const uint8_t *
ring_previous(const struct ring *r)
{
	return r->previous;
}

bool
ring_holds(const struct ring *r, size_t i)
{
	bug_if(i >= r->epoch_count);
	return r->opened && r->opened[i];
}
