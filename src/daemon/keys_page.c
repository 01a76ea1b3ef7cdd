#include "daemon/service.h"

#include "base/clock.h"
#include "crypto/ring/life.h"
#include "event/writer.h"

static void
put_epoch(struct writer *w, const struct ring *r, size_t i, int64_t now_ms)
{
	const struct ring_epoch *e = ring_epoch_get(r, i);
	char print[2 * FINGERPRINT_BYTES + 1];
	uint32_t id;

	hex_text(e->fingerprint, FINGERPRINT_BYTES, print);
	write_object(w, 5);
	write_member_int(w, "number", e->number);
	write_member_text(
		w, "purpose", ring_domain_name(r, e->domain - 1, &id));
	write_member_text(
		w, "state", epoch_state_name(ring_epoch_state(r, i, now_ms)));
	write_member_text(w, "fingerprint", print);
	write_key(w, slice_of("held"));
	write_bool(w, ring_holds(r, i));
	write_object_end(w);
}

/* So long after a ring's file has changed every lane may still lack it. */
static int64_t
learns_ms(const struct service *v)
{
	return v->s->policy_watch_ms ? v->s->policy_watch_ms + RELOAD_AHEAD_MS
				     : -1;
}

void
keys_page(const struct service *v, struct buf *out)
{
	const struct ring *r = v->parts->ring->ring;
	char digest[2 * RING_HASH_BYTES + 1];
	int64_t now_ms = clock_now_ms();
	struct writer w;

	hex_text(ring_digest(r), RING_HASH_BYTES, digest);
	writer_init(&w, FORMAT_JSON, out);
	write_object(&w, 6);
	write_member_text(&w, "instance", v->s->instance);
	write_member_text(&w, "ring", ring_id(r));
	write_member_int(&w, "version", ring_version(r));
	write_member_text(&w, "digest", digest);
	write_member_int(&w, "learns_ms", learns_ms(v));
	write_key(&w, slice_of("epochs"));
	write_array(&w, ring_epoch_count(r));
	for (size_t i = 0; i < ring_epoch_count(r); i++)
		put_epoch(&w, r, i, now_ms);
	write_array_end(&w);
	write_object_end(&w);
	buf_put_byte(out, '\n');
}
