#include "consent/ledger/said/batch_own.h"

#include "crypto/encode.h"
#include "event/writer.h"
#include "text/time.h"

/* One subject while its words are put to its record. */
struct session {
	struct said_batch *b;
	const struct batch_subject *subject;
	int64_t now_ms;
	struct said said;
	bool forged; /* its grants are signed by nobody who may */
	struct {
		const struct said_word *word;
		struct said_change change;
	} * changes;
	size_t count;
};

static bool
refuses_all(const struct said_word *w)
{
	return slice_is(w->purpose, SAID_ALL) &&
	       (w->no || w->state == LEDGER_REFUSED ||
		       w->state == LEDGER_WITHDRAWN);
}

/*
 * How many words cannot be put to a record that cannot be read.  Such a record
 * stops every purpose, so only what does the same takes its place.
 */
static size_t
vain_words(const struct session *s)
{
	size_t vain = 0;

	while (vain < s->subject->count &&
		!refuses_all(&s->b->words[s->subject->first + vain].word))
		vain++;
	return vain;
}

/* Whether a signer has signed what stands; b->before holds its bytes. */
static bool
is_signed(const struct session *s)
{
	uint8_t sig[SIGNATURE_BYTES];
	struct verify_key key;

	if (!s->said.sig.ptr || !base64_bytes(s->said.sig, sig, sizeof(sig)))
		return false;
	for (size_t i = 0; i < s->b->signer_count; i++) {
		memcpy(key.bytes, s->b->signers[i], sizeof(key.bytes));
		if (verify_bytes(&key, buf_slice(&s->b->before), sig))
			return true;
	}
	return false;
}

/* Whether the grants that stand may be signed again. */
static enum lethe_status
check_signed(struct session *s, struct slice value, struct lethe_error *err)
{
	enum lethe_status status;

	buf_reset(&s->b->before);
	if (!value.ptr || !said_grants(&s->said))
		return LETHE_OK;
	status = said_signed_bytes(
		s->b->reader, s->subject->key, value, &s->b->before, err);
	s->forged = !status && s->b->key && !is_signed(s);
	return status;
}

static enum lethe_status
read_record(struct session *s, size_t *vain, struct lethe_error *err)
{
	struct slice value = slice_make(
		s->subject->record, s->subject->record ? s->subject->len : 0);
	enum lethe_status status;

	*vain = 0;
	if (!s->subject->heard)
		return LETHE_OK;
	status = said_read(s->b->reader, value, &s->b->scratch, &s->said, err);
	if (!status)
		status = check_signed(s, value, err);
	if (lethe_status_class(status) != LETHE_CLASS_POISON)
		return status;
	s->said = (struct said){0};
	*vain = vain_words(s);
	return LETHE_OK;
}

static enum lethe_status
put_word(struct session *s, const struct said_word *word,
	enum said_result *result, struct lethe_error *err)
{
	enum lethe_status status;

	s->changes[s->count].word = word;
	status = said_put(&s->said, word, s->subject->time_ms, &s->b->scratch,
		result, &s->changes[s->count].change, err);
	s->count += !status && *result == SAID_CHANGED;
	return status;
}

static bool
is_given(const struct said_entry *e)
{
	return e->is.state == LEDGER_GIVEN;
}

/*
 * To sign grants again that nobody signed would make them count: they are
 * withdrawn, from the moment on at which they say to be given.
 */
static enum lethe_status
revoke(struct session *s, struct said_counts *counts, struct lethe_error *err)
{
	size_t count = s->said.count, words_count = 0;
	struct said_word *words =
		arena_calloc(&s->b->scratch, count + 1, sizeof(*words));
	enum lethe_status status = LETHE_OK;
	enum said_result result;

	if (!words)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a record");
	for (size_t i = 0; i < count; i++)
		if (is_given(&s->said.entries[i]))
			words[words_count++] = (struct said_word){
				.purpose = s->said.entries[i].purpose,
				.state = LEDGER_WITHDRAWN,
				.at_ms = s->said.entries[i].is.at_ms};
	for (size_t i = 0; !status && i < words_count; i++)
		status = put_word(s, &words[i], &result, err);
	counts->revoked += words_count;
	return status;
}

static enum lethe_status
put_words(struct session *s, size_t from, struct said_counts *counts,
	struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;
	enum said_result result = SAID_SAME;

	for (size_t i = from; !status && i < s->subject->count; i++) {
		status = put_word(s, &s->b->words[s->subject->first + i].word,
			&result, err);
		if (status)
			return status;
		counts->same += result == SAID_SAME;
		counts->older += result == SAID_OLDER;
	}
	return status;
}

static enum lethe_status
check_full(const struct buf *b, struct lethe_error *err)
{
	return b->full ? fail(err, LETHE_ENOMEM, 0, "no memory for a record")
		       : LETHE_OK;
}

/* The signature of what is written: made, kept, or none. */
static enum lethe_status
find_signature(struct session *s, struct slice *out, struct lethe_error *err)
{
	struct said_batch *b = s->b;
	uint8_t sig[SIGNATURE_BYTES];
	enum lethe_status status;
	char *text;

	buf_reset(&b->after);
	status = said_signed_bytes(b->reader, s->subject->key,
		buf_slice(&b->value), &b->after, err);
	if (status || !b->key) {
		if (!slice_equal(buf_slice(&b->before), buf_slice(&b->after)))
			*out = (struct slice){0};
		return status;
	}
	sign_bytes(b->key, buf_slice(&b->after), sig);
	buf_reset(&b->after);
	base64_put(&b->after, slice_make(sig, sizeof(sig)));
	status = check_full(&b->after, err);
	text = arena_strndup(&b->scratch, b->after.ptr, b->after.len);
	if (!status && !text)
		status = fail(err, LETHE_ENOMEM, 0, "no memory for a record");
	*out = slice_make(text, b->after.len);
	return status;
}

static enum lethe_status
write_signed(struct session *s, struct lethe_error *err)
{
	struct slice sig = s->said.sig;
	enum lethe_status status;

	buf_reset(&s->b->value);
	s->said.sig = (struct slice){0};
	said_write(&s->said, &s->b->value);
	status = check_full(&s->b->value, err);
	if (status || !said_grants(&s->said))
		return status;
	status = find_signature(s, &sig, err);
	if (status || !sig.ptr)
		return status;
	s->said.sig = sig;
	buf_reset(&s->b->value);
	said_write(&s->said, &s->b->value);
	return check_full(&s->b->value, err);
}

/* Whoever reads the topic must be able to read what is written. */
static enum lethe_status
write_record(struct session *s, bool *fits, struct lethe_error *err)
{
	struct said again;
	enum lethe_status status = write_signed(s, err);

	*fits = status == LETHE_OK;
	if (status)
		return lethe_status_class(status) == LETHE_CLASS_POISON
			       ? LETHE_OK
			       : status;
	status = said_read(s->b->reader, buf_slice(&s->b->value),
		&s->b->scratch, &again, err);
	*fits = status == LETHE_OK;
	return lethe_status_class(status) == LETHE_CLASS_POISON ? LETHE_OK
								: status;
}

static void
write_entry(const struct session *s, size_t i)
{
	const struct said_word *word = s->changes[i].word;
	struct buf *out = &s->b->value;
	char text[TIME_TEXT_BYTES];
	struct writer w;

	buf_reset(out);
	writer_init(&w, FORMAT_JSON, out);
	write_object(&w, 0);
	write_key(&w, slice_of("v"));
	write_int(&w, 1);
	write_member_if(&w, "at",
		slice_make(text, time_format(s->now_ms, GRAIN_MS, text)));
	write_member_if(&w, "by", word->source);
	write_member_if(&w, "jurisdiction", word->jurisdiction);
	write_member_if(&w, "purpose", word->purpose);
	buf_put_text(out, ",\"was\":");
	said_write_entry(&s->changes[i].change.was, out);
	buf_put_text(out, ",\"is\":");
	said_write_entry(&s->changes[i].change.is, out);
	write_object_end(&w);
}

static enum lethe_status
tell_changes(struct session *s, const struct said_sink *sink,
	struct lethe_error *err)
{
	enum lethe_status status = sink->record(
		sink->ctx, s->subject->key, buf_slice(&s->b->value), err);

	for (size_t i = 0; !status && i < s->count; i++) {
		write_entry(s, i);
		status = check_full(&s->b->value, err);
		if (!status)
			status = sink->entry(sink->ctx, s->subject->key,
				buf_slice(&s->b->value), err);
	}
	return status;
}

enum lethe_status
said_batch_tell(struct said_batch *b, size_t subject, int64_t now_ms,
	const struct said_sink *sink, struct said_counts *counts,
	struct lethe_error *err)
{
	struct session s = {
		.b = b, .subject = &b->subjects[subject], .now_ms = now_ms};
	enum lethe_status status;
	bool fits = true;
	size_t vain, revoked;

	arena_reset(&b->scratch);
	buf_reset(&b->before);
	status = read_record(&s, &vain, err);
	if (status)
		return status;
	s.changes = arena_calloc(&b->scratch,
		s.subject->count + s.said.count + 1, sizeof(*s.changes));
	if (!s.changes)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a record");
	counts->unreadable += vain;
	if (s.forged)
		status = revoke(&s, counts, err);
	revoked = s.count;
	if (!status)
		status = put_words(&s, vain, counts, err);
	if (status || !s.count)
		return status;
	status = write_record(&s, &fits, err);
	if (status)
		return status;
	if (!fits) {
		counts->too_large += s.count - revoked;
		return LETHE_OK;
	}
	counts->changed += s.count - revoked;
	counts->records++;
	counts->unsigned_grants +=
		b->signer_count && said_grants(&s.said) && !s.said.sig.ptr;
	return tell_changes(&s, sink, err);
}
