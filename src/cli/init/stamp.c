#include "cli/init/stamp.h"

#include "text/time.h"

#include <inttypes.h>

static bool
take(struct slice *s, const char *text)
{
	size_t len = strlen(text);

	if (s->len < len || memcmp(s->ptr, text, len))
		return false;
	s->ptr += len;
	s->len -= len;
	return true;
}

static bool
take_shift(struct slice *s, int64_t *time_ms)
{
	int sign = take(s, "-") ? -1 : take(s, "+") ? 1 : 0;
	int64_t shift_ms;
	size_t len = 0;

	if (!sign)
		return true;
	while (len < s->len && s->ptr[len] != ':' && s->ptr[len] != '}')
		len++;
	if (!duration_parse(slice_make(s->ptr, len), &shift_ms))
		return false;
	s->ptr += len;
	s->len -= len;
	*time_ms += sign * shift_ms;
	return true;
}

/* One placeholder behind its `{{`; false when it is none. */
static bool
put_time(struct slice *s, int64_t time_ms, struct buf *out)
{
	char text[TIME_TEXT_BYTES];

	if (!take(s, "now") || !take_shift(s, &time_ms))
		return false;
	if (take(s, ":s"))
		buf_printf(out, "%" PRId64, time_ms / 1000);
	else if (take(s, ":ms"))
		buf_printf(out, "%" PRId64, time_ms);
	else if (take(s, ":us"))
		buf_printf(out, "%" PRId64, time_ms * 1000);
	else
		buf_put(out, text, time_format(time_ms, GRAIN_MS, text));
	return take(s, "}}");
}

enum lethe_status
stamp_times(struct slice text, int64_t now_ms, struct buf *out,
	struct lethe_error *err)
{
	struct slice left = text;

	while (left.len) {
		if (!take(&left, "{{now")) {
			buf_put_byte(out, *left.ptr);
			left.ptr++;
			left.len--;
			continue;
		}
		left.ptr -= 3;
		left.len += 3;
		if (!put_time(&left, now_ms, out))
			return fail(err, LETHE_EUSAGE,
				(size_t)(left.ptr - text.ptr),
				"not a time such as {{now-5m:ms}}");
	}
	return LETHE_OK;
}
