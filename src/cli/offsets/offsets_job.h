#ifndef CLI_OFFSETS_JOB_H
#define CLI_OFFSETS_JOB_H

/*
 * What the commands of the family `offsets` share: the job that the settings
 * describe, seen from outside.  No key is needed for it.
 */

#include "cli/load.h"

#include "base/arena.h"
#include "base/buf.h"
#include "kafka/offsets/words.h"
#include "kafka/wire/offsets.h"

/* The options by which every one of them finds the job. */
#define OFFSETS_JOB_OPTIONS \
	{"config", "FILE", "the settings; without: LETHE_* and --set alone"}, \
		{"set", "NAME=VALUE", \
			"a setting; goes over the file; as often as needed"}, \
	{ \
		"purpose", "NAME", \
			"the group of this purpose alone, as `lethe run`" \
	}

#define OFFSETS_JOB_SYNOPSIS "--config FILE [--purpose NAME]"

struct offsets_job {
	const struct options *o;
	struct load l; /* settings, policy, and a view without keys */
	struct arena arena;
	const char *group;
	struct offsets_client *client;
};

/* The partitions of one topic. */
struct offsets_topic {
	const char *name; /* the policy's */
	struct offsets_place *places;
	size_t count;
};

/*
 * Opens what the options name.  offsets_job_close ends it, opened or not.
 *
 * Returns EXIT_YES, or the exit code the command ends with, told.
 */
int offsets_job_open(const struct options *o, struct offsets_job *out);
void offsets_job_close(struct offsets_job *j);

/* An input topic as the policy has it, or NULL, told. */
const char *offsets_job_topic(const struct offsets_job *j, const char *name);

/* The partitions of a topic; free(out->places).  As offsets_job_open. */
int offsets_job_ask(const struct offsets_job *j, const char *topic, bool stable,
	struct offsets_topic *out);

/* "lethe offsets WORDS OPERANDS" with the options that name this job. */
void put_offsets_command(struct buf *out, const struct offsets_job *j,
	const char *words, const char *operands);

/* "empty, no members" and the like. */
void put_offsets_group(struct buf *out, const struct offsets_group *group);

/*
 * Says that something is not done, and why; the text may have lines.
 *
 * Returns EXIT_NO.
 */
int offsets_refuse(const struct command *c, const char *format, ...)
	LETHE_PRINTF(2, 3);

/* That the group has members, and how to see when it has none. */
void put_offsets_members(struct buf *out, const struct offsets_job *j,
	const struct offsets_group *group);

#endif
