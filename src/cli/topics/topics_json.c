#include "cli/topics/topics_words.h"

#include "event/writer.h"

static void
write_found(struct writer *w, const struct topics_found *f)
{
	write_key(w, slice_of("found"));
	if (!f->exists) {
		write_null(w);
		return;
	}
	write_object(w, 2 + TOPICS_CONFIG_COUNT);
	write_member_known(w, "partitions", f->partitions, true);
	write_member_known(w, "replicas", f->replicas, true);
	for (size_t i = 0; i < TOPICS_CONFIG_COUNT; i++)
		write_member_text(w, topics_config_name((enum topics_config)i),
			f->values[i]);
	write_object_end(w);
}

/* Of a raw topic lethe wants nothing but its retention. */
static void
write_wanted(struct writer *w, const struct topics_wanted *t,
	const struct topics_found *f)
{
	bool managed = topics_flags(t->kind) & TOPICS_MANAGED;
	char value[TOPICS_VALUE_BYTES];

	write_key(w, slice_of("wanted"));
	write_object(w, 2 + TOPICS_CONFIG_COUNT);
	write_member_known(w, "partitions",
		f->exists ? f->partitions : t->partitions,
		f->exists || (managed && t->partitions));
	write_member_known(w, "replicas", t->replicas, managed);
	for (size_t i = 0; i < TOPICS_CONFIG_COUNT; i++) {
		bool is = topics_value(t, f, (enum topics_config)i, value) &&
			  (managed || i == TOPICS_CONFIG_RETENTION);

		write_member_text(w, topics_config_name((enum topics_config)i),
			is ? value : NULL);
	}
	write_object_end(w);
}

static void
write_topic(struct writer *w, const struct topics_wanted *t,
	const struct topics_found *f)
{
	write_object(w, 5);
	write_member_text(w, "topic", t->topic);
	write_member_text(w, "kind", topics_kind_name(t->kind));
	write_member_text(w, "purpose", t->purpose);
	write_found(w, f);
	write_wanted(w, t, f);
	write_object_end(w);
}

static void
write_words(struct writer *w, const char *key, struct buf *text)
{
	write_key(w, slice_of(key));
	write_string(w, buf_slice(text));
	buf_reset(text);
}

static void
write_finding(struct writer *w, const struct topics_job *j,
	const struct topics_finding *f)
{
	struct buf text;

	buf_init(&text, 0);
	write_object(w, 8);
	write_member_text(w, "level", topics_level_name(topics_level(f->what)));
	write_member_text(w, "finding", topics_what_name(f->what));
	write_member_text(w, "topic",
		topics_is_of_cluster(f->what) ? NULL : f->wanted->topic);
	write_member_text(w, "setting",
		f->value[0] ? topics_config_name(f->config) : NULL);
	write_member_text(w, "value", f->value[0] ? f->value : NULL);
	write_member_text(
		w, "principal", f->right ? f->right->principal : NULL);
	put_topics_what(&text, f);
	write_words(w, "what", &text);
	put_topics_remedy(&text, j, f);
	write_words(w, "do", &text);
	write_object_end(w);
	buf_fini(&text);
}

void
put_topics_json(struct buf *out, const struct topics_job *j,
	const struct topics_plan *p)
{
	struct writer w;

	writer_init(&w, FORMAT_JSON, out);
	write_object(&w, 5);
	write_member_known(&w, "brokers", p->brokers, true);
	write_member_text(&w, "principal", j->principal);
	write_key(&w, slice_of("topics"));
	write_array(&w, p->count);
	for (size_t i = 0; i < p->count; i++)
		write_topic(&w, &p->wanted[i], &p->found[i]);
	write_array_end(&w);
	write_key(&w, slice_of("findings"));
	write_array(&w, p->findings.count);
	for (size_t i = 0; i < p->findings.count; i++)
		write_finding(&w, j, &p->findings.rows[i]);
	write_array_end(&w);
	write_member_known(&w, "differ",
		(int64_t)topics_differ(&p->findings, TOPICS_DRIFT), true);
	write_object_end(&w);
	buf_put_byte(out, '\n');
}
