#include "cli/offsets/offsets_job.h"

#include "cli/shell.h"
#include "kafka/inputs.h"
#include "kafka/job.h"
#include "lethe.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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
	code = load_cluster(o, &out->l);
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

	for (size_t i = 0; i < inputs_count(policy); i++) {
		topic = inputs_topic(policy, i);
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

void
put_offsets_command(struct buf *out, const struct offsets_job *j,
	const char *words, const char *operands)
{
	buf_printf(out, "lethe offsets %s%s%s", words, *operands ? " " : "",
		operands);
	shell_put_options(out, j->o, "config");
	shell_put_options(out, j->o, "set");
	shell_put_options(out, j->o, "purpose");
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
