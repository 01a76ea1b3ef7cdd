#include "cli/quarantine/replay_print.h"

#include "event/writer.h"
#include "policy/policy.h"

#include <inttypes.h>

static void
put_row(struct buf *out, const char *indent, const char *name, uint64_t n)
{
	if (n)
		buf_printf(out, "%s%-*s %12" PRIu64 "\n", indent,
			48 - (int)strlen(indent), name, n);
}

static void
put_head(struct buf *out, const struct replay_told *t)
{
	if (t->dry)
		buf_put_text(out, "Dry run: nothing was written.\n");
	if (!t->lines)
		buf_printf(out,
			"%s, group %s: %" PRIu64 " offsets were waiting\n",
			t->policy->quarantine.topic, replay_group(t->replay),
			replay_waiting(t->replay));
	if (replay_removed(t->replay))
		buf_printf(out,
			"%" PRIu64 " offsets were removed by retention before "
			"they were replayed.\n",
			replay_removed(t->replay));
	buf_put_byte(out, '\n');
}

void
replay_print(const struct replay_told *t, struct buf *out)
{
	const struct stats *s = &t->stats;
	char text[160];

	put_head(out, t);
	put_row(out, "", replay_fate_text(REPLAY_TAKEN),
		t->counts[REPLAY_TAKEN]);
	for (size_t i = 0; i < t->policy->purpose_count; i++) {
		(void)snprintf(text, sizeof(text), "records of %s",
			t->policy->purposes[i].name);
		put_row(out, "  ", text, s->records[i]);
	}
	for (int i = 0; i < LETHE_REASON_COUNT; i++) {
		(void)snprintf(text, sizeof(text), "dropped: %s",
			lethe_reason_name((enum lethe_reason)i));
		put_row(out, "  ", text, stats_drops(s, (enum lethe_reason)i));
	}
	for (int i = 0; i < LETHE_STATUS_COUNT; i++) {
		(void)snprintf(text, sizeof(text), "still poison: %s",
			lethe_status_name((enum lethe_status)i));
		put_row(out, "  ", text, s->poison[i]);
	}
	for (int i = REPLAY_TAKEN + 1; i < REPLAY_COUNT; i++)
		put_row(out, "", replay_fate_text((enum replay_fate)i),
			t->counts[i]);
}

static void
write_open(struct writer *w, const char *key)
{
	write_key(w, slice_of(key));
	write_object(w, 0); /* JSON needs no count */
}

static void
write_engine(struct writer *w, const struct replay_told *t)
{
	const struct stats *s = &t->stats;

	write_open(w, "records");
	for (size_t i = 0; i < t->policy->purpose_count; i++)
		write_member_int(
			w, t->policy->purposes[i].name, (int64_t)s->records[i]);
	write_object_end(w);
	write_open(w, "dropped");
	for (int i = 0; i < LETHE_REASON_COUNT; i++)
		if (stats_drops(s, (enum lethe_reason)i))
			write_member_int(w,
				lethe_reason_name((enum lethe_reason)i),
				stats_drops(s, (enum lethe_reason)i));
	write_object_end(w);
	write_open(w, "still_poison");
	for (int i = 0; i < LETHE_STATUS_COUNT; i++)
		if (s->poison[i])
			write_member_int(w,
				lethe_status_name((enum lethe_status)i),
				s->poison[i]);
	write_object_end(w);
}

void
replay_print_json(const struct replay_told *t, struct buf *out)
{
	struct writer w;

	writer_init(&w, FORMAT_JSON, out);
	write_object(&w, 0);
	write_key(&w, slice_of("group"));
	write_string(&w, slice_of(replay_group(t->replay)));
	write_key(&w, slice_of("topic"));
	write_string(&w, slice_of(t->policy->quarantine.topic));
	write_key(&w, slice_of("dry_run"));
	write_bool(&w, t->dry);
	write_member_int(&w, "waiting", replay_waiting(t->replay));
	write_member_int(&w, "removed", replay_removed(t->replay));
	write_engine(&w, t);
	for (int i = 0; i < REPLAY_COUNT; i++)
		write_member_int(&w, replay_fate_name((enum replay_fate)i),
			t->counts[i]);
	write_object_end(&w);
	buf_put_byte(out, '\n');
}

bool
replay_left_any(const struct replay_told *t)
{
	return t->stats.values[STAT_QUARANTINED] ||
	       t->counts[REPLAY_NOT_OPENED] || t->counts[REPLAY_NO_INPUT] ||
	       t->counts[REPLAY_TOO_OLD] || t->counts[REPLAY_NOT_HERE] ||
	       t->counts[REPLAY_UNREADABLE] ||
	       (t->lines && t->counts[REPLAY_OTHER_GROUP]);
}
