#include "consent/ledger/said/batch_own.h"

#include <stdlib.h>

enum lethe_status
said_batch_new(uint64_t seed, struct said_batch **out, struct lethe_error *err)
{
	struct said_batch *b = calloc(1, sizeof(*b));

	*out = NULL;
	if (!b)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a batch");
	b->seed = sip_seed(seed);
	arena_init(&b->arena, 0);
	arena_init(&b->scratch, 0);
	buf_init(&b->value, 0);
	buf_init(&b->before, 0);
	buf_init(&b->after, 0);
	if (said_reader_new(seed, &b->reader, err)) {
		said_batch_free(b);
		return LETHE_ENOMEM;
	}
	*out = b;
	return LETHE_OK;
}

void
said_batch_free(struct said_batch *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->subject_count; i++)
		free(b->subjects[i].record);
	free(b->subjects);
	free(b->words);
	free(b->places);
	said_reader_free(b->reader);
	buf_fini(&b->value);
	buf_fini(&b->before);
	buf_fini(&b->after);
	arena_fini(&b->scratch);
	arena_fini(&b->arena);
	free(b);
}

/* Room for one more of rows that are `size` bytes each. */
static void *
grow(void *rows, size_t count, size_t *cap, size_t size)
{
	size_t more = *cap ? 2 * *cap : 64;
	void *bigger;

	if (count < *cap)
		return rows;
	bigger = reallocarray(rows, more, size);
	if (bigger)
		*cap = more;
	return bigger;
}

/* The place of a key in the table: its own, or an empty one. */
static size_t
place_of(const struct said_batch *b, struct slice key)
{
	size_t at = (size_t)sip_hash(&b->seed, key) & b->mask;

	while (b->places[at] &&
		!slice_equal(b->subjects[b->places[at] - 1].key, key))
		at = (at + 1) & b->mask;
	return at;
}

/* At most half of the places are taken. */
static bool
widen(struct said_batch *b)
{
	size_t places = b->mask ? 2 * (b->mask + 1) : 128;

	if (b->places && 2 * (b->subject_count + 1) <= b->mask + 1)
		return true;
	free(b->places);
	b->places = calloc(places, sizeof(*b->places));
	b->mask = b->places ? places - 1 : 0;
	for (size_t i = 0; b->places && i < b->subject_count; i++)
		b->places[place_of(b, b->subjects[i].key)] = i + 1;
	return b->places != NULL;
}

size_t
said_batch_find(const struct said_batch *b, struct slice key)
{
	return b->places ? b->places[place_of(b, key)] - 1 : SIZE_MAX;
}

/* SIZE_MAX without memory. */
static size_t
subject_of(struct said_batch *b, struct slice key)
{
	size_t at = said_batch_find(b, key);
	struct batch_subject *rows;
	char *mine;

	if (at != SIZE_MAX)
		return at;
	rows = grow(
		b->subjects, b->subject_count, &b->subject_cap, sizeof(*rows));
	if (!rows)
		return SIZE_MAX;
	b->subjects = rows;
	mine = arena_strndup(&b->arena, key.ptr, key.len);
	if (!mine || !widen(b))
		return SIZE_MAX;
	at = b->subject_count++;
	rows[at] = (struct batch_subject){.key = slice_make(mine, key.len)};
	b->places[place_of(b, rows[at].key)] = at + 1;
	return at;
}

enum lethe_status
said_batch_add(struct said_batch *b, struct slice key,
	const struct said_word *w, struct lethe_error *err)
{
	size_t subject = subject_of(b, key);
	struct batch_word *rows = NULL;

	if (subject != SIZE_MAX)
		rows = grow(
			b->words, b->word_count, &b->word_cap, sizeof(*rows));
	if (!rows)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a batch");
	b->words = rows;
	if (w) {
		rows[b->word_count] =
			(struct batch_word){subject, b->word_count, *w};
		b->word_count++;
	}
	return LETHE_OK;
}

static int
compare(const void *left, const void *right)
{
	const struct batch_word *a = left, *b = right;

	if (a->subject != b->subject)
		return a->subject < b->subject ? -1 : 1;
	if (a->word.at_ms != b->word.at_ms)
		return a->word.at_ms < b->word.at_ms ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

void
said_batch_close(struct said_batch *b)
{
	if (b->word_count)
		qsort(b->words, b->word_count, sizeof(*b->words), compare);
	for (size_t i = 0; i < b->word_count; i++) {
		struct batch_subject *s = &b->subjects[b->words[i].subject];

		if (!s->count++)
			s->first = i;
	}
}

void
said_batch_sign(struct said_batch *b, const uint8_t (*signers)[32],
	size_t count, const struct signing_key *key)
{
	b->signers = signers;
	b->signer_count = count;
	b->key = key;
}

size_t
said_batch_subjects(const struct said_batch *b)
{
	return b->subject_count;
}

struct slice
said_batch_key(const struct said_batch *b, size_t subject)
{
	return b->subjects[subject].key;
}

enum lethe_status
said_batch_hear(struct said_batch *b, struct slice key, struct slice value,
	int64_t time_ms, struct lethe_error *err)
{
	size_t subject = said_batch_find(b, key);
	struct batch_subject *s;

	if (subject == SIZE_MAX)
		return LETHE_OK;
	s = &b->subjects[subject];
	free(s->record);
	s->record = NULL;
	s->heard = true;
	s->time_ms = time_ms;
	s->len = value.len;
	if (!value.ptr)
		return LETHE_OK;
	s->record = malloc(value.len + 1);
	if (!s->record)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a record");
	if (value.len)
		memcpy(s->record, value.ptr, value.len);
	return LETHE_OK;
}

bool
said_batch_record(const struct said_batch *b, size_t subject,
	struct slice *value, int64_t *time_ms)
{
	const struct batch_subject *s = &b->subjects[subject];

	*value = slice_make(s->record, s->record ? s->len : 0);
	*time_ms = s->time_ms;
	return s->heard;
}
