#include "crypto/ring/line.h"

#include "base/file.h"

#include <inttypes.h>

/* Moves *stage on to the kind of this line. */
static enum lethe_status
find_kind(struct line *p, struct slice word, size_t *stage)
{
	size_t i, k;

	for (k = 0; k < LINE_KINDS; k++)
		if (slice_is(word, line_kinds[k].word))
			break;
	p->kind = k < LINE_KINDS ? line_kinds[k].word : "the line";
	if (k == LINE_KINDS)
		return line_refuse(p, "", "starts with no word of a ring");
	i = *stage;
	if (k + 1 < i || (k + 1 == i && line_kinds[k].once))
		return line_refuse(p, "", "out of order or doubled");
	for (; i < k; i++)
		if (line_kinds[i].once)
			return line_refuse(p, "", "`%s` is missing before it",
				line_kinds[i].word);
	*stage = k + 1;
	return LETHE_OK;
}

static enum lethe_status
read_line(struct line *p, size_t *stage)
{
	enum lethe_status status;

	p->number++;
	p->start = (size_t)(p->rest.ptr - p->text);
	p->kind = "the line";
	if (!memchr(p->rest.ptr, '\n', p->rest.len))
		return line_refuse(p, "", "has no end");
	p->words = slice_word(&p->rest, '\n');
	status = find_kind(p, slice_word(&p->words, ' '), stage);
	if (status == LETHE_OK)
		status = line_kinds[*stage - 1].read(p);
	if (status == LETHE_OK && p->words.len)
		return line_refuse(p, "", "something follows");
	return status;
}

static size_t
holders(const struct ring *r, const struct ring_sealed *list, size_t count,
	uint32_t epoch, enum ring_role role)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += list[i].epoch == epoch &&
		     r->recipients[list[i].recipient].role == role;
	return n;
}

/* Which recipients must hold which keys. */
static enum lethe_status
check_sealed(const struct ring *r, struct lethe_error *err)
{
	size_t runtime = ring_recipient_count(r, ROLE_RUNTIME), n;
	size_t erasure = ring_recipient_count(r, ROLE_ERASURE);

	if (r->index_count != runtime + erasure)
		return fail(err, LETHE_ERING, 0,
			"ring: a recipient lacks index-key");
	for (size_t i = 0; i < r->epoch_count; i++) {
		const struct ring_epoch *e = &r->epochs[i];

		if (e->destroyed_at_ms)
			continue;
		n = holders(
			r, r->sealed, r->sealed_count, e->number, ROLE_RUNTIME);
		/* A retired epoch's key may have left the runtime. */
		if (n != runtime && (n || !e->retire_at_ms))
			return fail(err, LETHE_ERING, 0,
				"ring: a runtime recipient lacks the key of "
				"epoch %" PRIu32,
				e->number);
		if (holders(r, r->sealed, r->sealed_count, e->number,
			    ROLE_ERASURE) != erasure)
			return fail(err, LETHE_ERING, 0,
				"ring: an erasure recipient lacks the key of "
				"epoch %" PRIu32,
				e->number);
	}
	return LETHE_OK;
}

/* Parse and write again must give the same bytes; keeps them. */
static enum lethe_status
check_canonical(struct ring *r, struct slice text, struct lethe_error *err)
{
	struct slice again;
	enum lethe_status status;
	size_t line = 1, i = 0;

	status = ring_text(r, &again, err);
	if (status != LETHE_OK || slice_equal(again, text))
		return status;
	for (; i < text.len && i < again.len && text.ptr[i] == again.ptr[i];
		i++)
		line += text.ptr[i] == '\n';
	return fail(err, LETHE_ERING, i,
		"ring, line %zu: not in the one canonical form", line);
}

enum lethe_status
ring_parse(struct slice text, struct ring **out, struct lethe_error *err)
{
	struct line line = {.text = text.ptr, .rest = text, .err = err};
	enum lethe_status status = LETHE_OK;
	size_t stage = 0;

	*out = NULL;
	if (text.len > RING_TEXT_MAX)
		return fail(err, LETHE_ERING, 0,
			"the ring is larger than %d bytes", RING_TEXT_MAX);
	line.r = ring_new();
	if (!line.r)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a ring");
	while (status == LETHE_OK && line.rest.len)
		status = read_line(&line, &stage);
	if (status == LETHE_OK && !line.clear)
		status = fail(err, LETHE_ERING, text.len,
			"the ring ends before its `digest`");
	if (status == LETHE_OK)
		status = check_sealed(line.r, err);
	if (status == LETHE_OK)
		status = check_canonical(line.r, text, err);
	if (status == LETHE_OK) {
		*out = line.r;
		line.r = NULL;
	}
	ring_free(line.r);
	return status;
}

static enum lethe_status
read_with(enum lethe_status (*read)(
		  const char *, size_t, struct buf *, struct lethe_error *),
	const char *path, struct ring **out, struct lethe_error *err)
{
	struct lethe_error why = {0};
	enum lethe_status status;
	struct buf text;

	*out = NULL;
	buf_init(&text, 0);
	status = read(path, RING_TEXT_MAX, &text, err);
	if (status == LETHE_OK && ring_parse(buf_slice(&text), out, &why))
		status = fail(err, why.status, why.offset, "%.80s: %s", path,
			why.what);
	buf_fini(&text);
	return status;
}

enum lethe_status
ring_read(const char *path, struct ring **out, struct lethe_error *err)
{
	return read_with(file_read, path, out, err);
}

enum lethe_status
ring_read_watched(const char *path, struct ring **out, struct lethe_error *err)
{
	return read_with(file_read_watched, path, out, err);
}
