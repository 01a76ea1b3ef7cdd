#include "engine/told.h"

#include "base/error.h"
#include "base/sip.h"

#include <stdlib.h>
#include <string.h>

#define ENTRIES 262144 /* a power of two; 2 MiB, touched as it fills */
#define PENDING 16384
#define NAME_MAX_BYTES 160 /* a purpose's name and a token */

struct told {
	struct sip_seed seed;
	size_t pending_count;
	bool more; /* there was no room for all that are pending */
	uint32_t pending[PENDING];
	uint64_t marks[ENTRIES]; /* 0: empty */
};

struct told *
told_new(uint64_t seed)
{
	struct told *t = calloc(1, sizeof(*t));

	if (t)
		t->seed = sip_seed(seed);
	return t;
}

void
told_free(struct told *t)
{
	free(t);
}

uint64_t
told_mark(const struct told *t, struct slice purpose, struct slice token)
{
	uint8_t text[NAME_MAX_BYTES];
	size_t len = purpose.len + 1 + token.len;
	uint64_t mark;

	bug_if(len > sizeof(text));
	memcpy(text, purpose.ptr, purpose.len);
	text[purpose.len] = 0;
	memcpy(text + purpose.len + 1, token.ptr, token.len);
	mark = sip_hash(&t->seed, slice_make(text, len));
	return mark ? mark : 1;
}

bool
told_has(const struct told *t, uint64_t mark)
{
	return t->marks[mark % ENTRIES] == mark;
}

void
told_add(struct told *t, uint64_t mark)
{
	uint32_t at = (uint32_t)(mark % ENTRIES);

	t->marks[at] = mark;
	if (t->pending_count < PENDING)
		t->pending[t->pending_count++] = at;
	else
		t->more = true;
}

void
told_settle(struct told *t, bool committed)
{
	if (!committed && t->more)
		memset(t->marks, 0, sizeof(t->marks));
	for (size_t i = 0; !committed && i < t->pending_count; i++)
		t->marks[t->pending[i]] = 0;
	t->pending_count = 0;
	t->more = false;
}
