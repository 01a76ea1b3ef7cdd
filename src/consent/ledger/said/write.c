#include "consent/ledger/said.h"

#include "event/writer.h"
#include "text/time.h"

static void
put_time(struct writer *w, const char *key, bool has, int64_t ms)
{
	char text[TIME_TEXT_BYTES];
	size_t len;

	if (!has)
		return;
	len = time_format(ms, ms % 1000 ? GRAIN_MS : GRAIN_SECOND, text);
	write_member_if(w, key, slice_make(text, len));
}

static void
put_times(struct writer *w, const struct said_entry *e)
{
	const struct ledger_entry *is = &e->is;
	bool since = is->state == LEDGER_GIVEN && is->since_ms != is->at_ms;

	if (e->as_read) {
		write_member_if(w, "at", e->at);
		write_member_if(w, "since", e->since);
		write_member_if(w, "until", e->until);
		return;
	}
	put_time(w, "at", is->has_at, is->at_ms);
	put_time(w, "since", since, is->since_ms);
	put_time(w, "until", is->has_until, is->until_ms);
}

static void
put_entry(struct writer *w, const struct said_entry *e)
{
	/* The counts of members are MessagePack's alone. */
	write_object(w, 0);
	write_member_if(w, "state", slice_of(ledger_state_name(e->is.state)));
	put_times(w, e);
	write_member_if(w, "notice", e->notice);
	write_object_end(w);
}

void
said_write_entry(const struct said_entry *e, struct buf *out)
{
	struct writer w;

	writer_init(&w, FORMAT_JSON, out);
	if (e->purpose.ptr)
		put_entry(&w, e);
	else
		write_null(&w);
}

void
said_write(const struct said *s, struct buf *out)
{
	struct writer w;

	writer_init(&w, FORMAT_JSON, out);
	write_object(&w, 0);
	write_key(&w, slice_of("v"));
	write_int(&w, 1);
	write_key(&w, slice_of("purposes"));
	write_object(&w, 0);
	for (size_t i = 0; i < s->count; i++) {
		write_key(&w, s->entries[i].purpose);
		put_entry(&w, &s->entries[i]);
	}
	write_object_end(&w);
	write_member_if(&w, "notice", s->notice);
	write_member_if(&w, "jurisdiction", s->jurisdiction);
	write_member_if(&w, "source", s->source);
	write_member_if(&w, "sig", s->sig);
	write_object_end(&w);
}
