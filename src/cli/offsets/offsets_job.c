#include "cli/offsets/offsets_job.h"

#include "base/clock.h"
#include "base/log.h"
#include "kafka/job.h"
#include "lethe.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int
open_policy(struct load *l)
{
	struct lethe_view_options options = {.size = sizeof(options)};
	struct lethe_error err = {0};
	int code = load_policy(l->settings->policy, clock_now_ms(), &l->policy);

	if (code)
		return code;
	options.policy = l->policy;
	options.purpose = l->settings->purpose;
	if (lethe_view_new(&options, &l->view, &err))
		return report(&err);
	if (!lethe_policy_topics(l->policy)) {
		(void)fail(&err, LETHE_EPOLICY, 0,
			"no input of the policy names a topic");
		return report(&err);
	}
	return EXIT_YES;
}

static int
open_settings(const struct options *o, struct load *l)
{
	struct lethe_error err = {0};
	int code =
		load_settings(o, option_get(o, "config"), true, &l->settings);

	if (code)
		return code;
	if (option_get(o, "purpose"))
		l->settings->purpose = option_get(o, "purpose");
	if (settings_check_cluster(l->settings, &err))
		return report(&err);
	log_format(l->settings->log_format == LOG_AS_JSON);
	return EXIT_YES;
}

static int
open_client(struct offsets_job *j)
{
	struct settings *s = j->l.settings;
	struct broker_options broker = {
		.props = s->kafka, .prop_count = s->kafka_count};
	struct lethe_error err = {0};

	j->group = job_group(&j->arena, s->group, s->purpose);
	if (!j->group) {
		(void)fail(&err, LETHE_ENOMEM, 0, "no memory for a name");
		return report(&err);
	}
	broker.group = j->group;
	if (client_secrets_load(s->kafka, s->kafka_count, &err) ||
		offsets_open(&broker, &j->client, &err))
		return report_opening(&err);
	return EXIT_YES;
}

int
offsets_job_open(const struct options *o, struct offsets_job *out)
{
	int code;

	*out = (struct offsets_job){.o = o};
	arena_init(&out->arena, 0);
	code = open_settings(o, &out->l);
	if (!code)
		code = open_policy(&out->l);
	if (!code)
		code = open_client(out);
	return code;
}

void
offsets_job_close(struct offsets_job *j)
{
	offsets_close(j->client);
	load_fini(&j->l);
	arena_fini(&j->arena);
}

const char *
offsets_job_topic(const struct offsets_job *j, const char *name)
{
	const struct lethe_policy *policy = j->l.policy;
	const char *topic;

	for (size_t i = 1; i <= lethe_policy_topics(policy); i++) {
		topic = lethe_policy_topic(policy, i);
		if (!strcmp(topic, name))
			return topic;
	}
	(void)usage_error(
		j->o->command, "no input of the policy has the topic %s", name);
	return NULL;
}

int
offsets_job_ask(const struct offsets_job *j, const char *topic, bool stable,
	struct offsets_topic *out)
{
	struct lethe_error err = {0};

	*out = (struct offsets_topic){.name = topic};
	if (offsets_ask(
		    j->client, topic, stable, &out->places, &out->count, &err))
		return report(&err);
	return EXIT_YES;
}

/* One word of a command line, as a shell takes it. */
static void
put_word(struct buf *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._-:/,+=@%";

	if (*word && !word[strspn(word, plain)]) {
		buf_put_text(out, word);
		return;
	}
	buf_put_byte(out, '\'');
	for (; *word; word++)
		if (*word == '\'')
			buf_put_text(out, "'\\''");
		else
			buf_put_byte(out, (uint8_t)*word);
	buf_put_byte(out, '\'');
}

static void
put_options(struct buf *out, const struct options *o, const char *name)
{
	const char *value;
	size_t at = 0;

	while ((value = option_each(o, name, &at))) {
		buf_printf(out, " --%s ", name);
		put_word(out, value);
	}
}

void
put_offsets_command(struct buf *out, const struct offsets_job *j,
	const char *words, const char *operands)
{
	buf_printf(out, "lethe offsets %s%s%s", words, *operands ? " " : "",
		operands);
	put_options(out, j->o, "config");
	put_options(out, j->o, "set");
	put_options(out, j->o, "purpose");
}

void
put_offsets_group(struct buf *out, const struct offsets_group *group)
{
	buf_put_text(out, group->state == OFFSETS_GROUP_NONE
				  ? "not known to the cluster"
				  : offsets_group_name(group->state));
	if (group->members)
		buf_printf(out, ", %zu member%s", group->members,
			group->members == 1 ? "" : "s");
	else
		buf_put_text(out, ", no members");
}

int
offsets_refuse(const struct command *c, const char *format, ...)
{
	va_list ap;

	fprintf(stderr, "lethe %s: refused: ", c->words);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	return EXIT_NO;
}

void
put_offsets_members(struct buf *out, const struct offsets_job *j,
	const struct offsets_group *group)
{
	buf_printf(out, "the group %s is still at work (", j->group);
	put_offsets_group(out, group);
	buf_put_text(out, ", one a lane).\nStop every lethe of it; one that "
			  "was killed is a member until its session times "
			  "out.  This shows when\nnone is left:\n\n  ");
	put_offsets_command(out, j, "show", "");
	buf_put_byte(out, '\n');
}
