#include "engine/token_cache.h"

#include "base/sip.h"

#include <stdalign.h>
#include <stdlib.h>

#define ENTRIES 4096 /* a power of two */
#define IDS_MAX 76   /* bytes of identifiers an entry has room for */
#define TEXT_MAX 39  /* an entry is two lines of the processor's cache */
#define LINE_BYTES 64

/* What a token is of, packed so that it is hashed and compared as one. */
struct name {
	uint32_t epoch;
	int32_t day;
	uint16_t class;
	uint8_t outer_len;
	uint8_t inner_len; /* 0: an empty entry */
	uint8_t ids[IDS_MAX];
};

#define NAME_BYTES offsetof(struct name, ids)

struct entry {
	struct name name;
	char text[TEXT_MAX];
	uint8_t text_len;
};

_Static_assert(sizeof(struct entry) == 2 * LINE_BYTES, "two lines");

struct token_cache {
	uint64_t view;
	struct sip_seed seed;
	alignas(LINE_BYTES) struct entry entries[ENTRIES];
};

struct token_cache *
token_cache_new(uint64_t seed)
{
	struct token_cache *c = aligned_alloc(LINE_BYTES, sizeof(*c));

	if (!c)
		return NULL;
	memset(c, 0, sizeof(*c));
	c->seed = sip_seed(seed);
	return c;
}

void
token_cache_free(struct token_cache *c)
{
	if (c)
		explicit_bzero(c, sizeof(*c));
	free(c);
}

void
token_cache_begin(struct token_cache *c, uint64_t view)
{
	if (c->view == view)
		return;
	explicit_bzero(c->entries, sizeof(c->entries));
	c->view = view;
}

/* The bytes of the name, or 0 when there is no room for it. */
static size_t
pack(const struct token_of *of, struct name *out)
{
	size_t outer = of->outer.len, inner = of->inner.len;

	if (of->epoch > UINT32_MAX || of->class > UINT16_MAX || !inner ||
		outer > IDS_MAX || inner > IDS_MAX - outer)
		return 0;
	out->epoch = (uint32_t)of->epoch;
	out->day = of->day;
	out->class = (uint16_t)of->class;
	out->outer_len = (uint8_t)outer;
	out->inner_len = (uint8_t)inner;
	if (outer)
		memcpy(out->ids, of->outer.ptr, outer);
	memcpy(out->ids + outer, of->inner.ptr, inner);
	return NAME_BYTES + outer + inner;
}

size_t
token_cache_make(struct token_cache *c, const struct token_keys *k,
	struct token_days *days, const struct token_of *of,
	char out[static TOKEN_TEXT_MAX])
{
	struct name name;
	size_t bytes = pack(of, &name), len;
	struct entry *e;

	if (!bytes)
		return token_make(k, days, of, out);
	e = &c->entries[sip_hash(&c->seed, slice_make(&name, bytes)) % ENTRIES];
	if (!memcmp(&e->name, &name, bytes)) {
		memcpy(out, e->text, TEXT_MAX);
		return e->text_len;
	}
	len = token_make(k, days, of, out);
	if (len <= TEXT_MAX) {
		memcpy(&e->name, &name, bytes);
		memcpy(e->text, out, TEXT_MAX);
		e->text_len = (uint8_t)len;
	}
	return len;
}
