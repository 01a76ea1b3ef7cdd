#include "daemon/difference.h"

#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>

#define CELLS_MAX ((size_t)1 << 22)

struct lines {
	struct slice *at;
	size_t count;
};

/* What is told: lines from..to of both files. */
struct hunk {
	const struct lines *old, *new;
	size_t first, old_end, new_end;
	size_t count, more;
	difference_fn *told;
	void *ctx;
};

static bool
cut_lines(struct slice text, struct lines *out)
{
	const uint8_t *p = text.ptr, *end = p + text.len;

	out->count = 0;
	out->at = calloc(text.len + 1, sizeof(*out->at));
	if (!out->at)
		return false;
	while (p < end) {
		const uint8_t *stop = memchr(p, '\n', (size_t)(end - p));
		const uint8_t *to = stop ? stop : end;

		out->at[out->count++] = slice_make(p, (size_t)(to - p));
		p = to + (stop != NULL);
	}
	return true;
}

static bool
same(struct slice a, struct slice b)
{
	return a.len == b.len && !memcmp(a.ptr, b.ptr, a.len);
}

static void
tell(struct hunk *h, bool gone, size_t line)
{
	struct slice text = gone ? h->old->at[line] : h->new->at[line];

	if (h->count == DIFFERENCE_LINES) {
		h->more++;
		return;
	}
	h->count++;
	h->told(h->ctx, gone, line + 1, text);
}

/* rest[i][j]: the most lines that old from i and new from j have in common. */
static void
fill(const struct hunk *h, uint32_t *rest, size_t rows, size_t columns)
{
	for (size_t i = rows; i-- > 0;)
		for (size_t j = columns; j-- > 0;) {
			uint32_t *at = &rest[i * (columns + 1) + j];
			uint32_t down = at[columns + 1], right = at[1];

			if (same(h->old->at[h->first + i],
				    h->new->at[h->first + j]))
				*at = at[columns + 2] + 1;
			else
				*at = down > right ? down : right;
		}
}

static void
walk(struct hunk *h, const uint32_t *rest, size_t rows, size_t columns)
{
	size_t i = 0, j = 0;

	while (i < rows || j < columns) {
		const uint32_t *at = &rest[i * (columns + 1) + j];

		if (i < rows && j < columns &&
			same(h->old->at[h->first + i],
				h->new->at[h->first + j])) {
			i++;
			j++;
		} else if (j == columns ||
			   (i < rows && at[columns + 1] >= at[1])) {
			tell(h, true, h->first + i++);
		} else {
			tell(h, false, h->first + j++);
		}
	}
}

static void
compare(struct hunk *h)
{
	size_t rows = h->old_end - h->first, columns = h->new_end - h->first;
	uint32_t *rest = NULL;

	if ((rows + 1) * (columns + 1) <= CELLS_MAX)
		rest = calloc((rows + 1) * (columns + 1), sizeof(*rest));
	if (!rest) {
		h->more = rows + columns;
		return;
	}
	fill(h, rest, rows, columns);
	walk(h, rest, rows, columns);
	free(rest);
}

/* What both begin and end with is left out. */
static void
trim(struct hunk *h)
{
	h->old_end = h->old->count;
	h->new_end = h->new->count;
	while (h->first < h->old_end && h->first < h->new_end &&
		same(h->old->at[h->first], h->new->at[h->first]))
		h->first++;
	while (h->old_end > h->first && h->new_end > h->first &&
		same(h->old->at[h->old_end - 1], h->new->at[h->new_end - 1])) {
		h->old_end--;
		h->new_end--;
	}
}

size_t
difference_each(
	struct slice old, struct slice new, difference_fn *told, void *ctx)
{
	struct lines before, after;
	struct hunk h = {
		.old = &before, .new = &after, .told = told, .ctx = ctx};
	bool ok = cut_lines(old, &before);

	ok = cut_lines(new, &after) && ok;
	if (ok) {
		trim(&h);
		compare(&h);
	}
	free(before.at);
	free(after.at);
	return h.more;
}

static void
log_line(void *ctx, bool gone, size_t line, struct slice text)
{
	char copy[240];

	(void)ctx;
	snprintf(copy, sizeof(copy), "%.*s", (int)text.len,
		(const char *)text.ptr);
	log_put_always(LOG_INFO, "policy_line",
		(const struct log_pair[]){
			LOG_TEXT("change", gone ? "gone" : "new"),
			LOG_NUMBER("line", line), LOG_TEXT("text", copy), {0}});
}

void
difference_log(struct slice old, struct slice new)
{
	size_t more = difference_each(old, new, log_line, NULL);

	if (more)
		LOG(LOG_INFO, "policy_lines", LOG_NUMBER("more", more));
}
