#ifndef CLI_TOPICS_JOB_H
#define CLI_TOPICS_JOB_H

/*
 * What the commands of the family `topics` share: the topics that the policy
 * implies, beside what the cluster has.  No key is needed for it.
 */

#include "cli/load.h"

#include "base/arena.h"
#include "base/buf.h"
#include "kafka/wire/admin/topics.h"

#define TOPICS_JOB_OPTIONS \
	{"config", "FILE", "the settings; without: LETHE_* and --set alone"}, \
		{"set", "NAME=VALUE", \
			"a setting; goes over the file; as often as needed"}, \
		{"purpose", "NAME", "of this purpose alone, as `lethe run`"}, \
		{"partitions", "N", \
			"of topics to be created; default: as many as the " \
			"raw topic with most of them has"}, \
		{"replicas", "N", \
			"of each topic, at least; default: 3, or as many as " \
			"there are brokers"}, \
	{ \
		"principal", "NAME", \
			"lethe's own, User:NAME; default: by its login" \
	}

#define TOPICS_JOB_SYNOPSIS \
	"--config FILE [--purpose NAME] [--partitions N] [--replicas N] " \
	"[--principal NAME]"

struct topics_job {
	const struct options *o; /* NULL: of no command of this family */
	struct load l;		 /* settings, policy, and a view */
	bool borrowed;		 /* it is the caller's */
	struct arena arena;
	struct broker_options broker;
	const char *principal;	       /* User:NAME, or NULL */
	const char *bootstrap;	       /* the brokers' addresses, as stated */
	uint64_t partitions, replicas; /* 0: not stated */
	struct topics_client *client;
};

/*
 * Opens what the options name.  topics_job_close ends it, opened or not.
 *
 * Returns EXIT_YES, or the exit code the command ends with, told.
 */
int topics_job_open(const struct options *o, struct topics_job *out);
void topics_job_close(struct topics_job *j);

/*
 * The same of what is open already, for another command.
 *
 *   l      settings (secrets loaded), policy, view; borrowed until
 *          topics_job_close, which is called on failure too
 *
 * Fails: ESETTING, ENOMEM.
 */
LETHE_CHECKED enum lethe_status topics_job_borrow(
	const struct load *l, struct topics_job *out, struct lethe_error *err);

/* What the policy implies and what the cluster has, at one time. */
struct topics_plan {
	struct arena arena;
	struct topics_wanted *wanted;
	struct topics_found *found;
	size_t count;
	int32_t brokers;
	struct topics_findings findings;
};

/*
 * Asks the cluster.  topics_plan_fini ends it, on failure too.
 *
 * Fails: ETIMEOUT, EKAFKA, EDENIED, ENOMEM.
 */
LETHE_CHECKED enum lethe_status topics_plan_look(const struct topics_job *j,
	struct topics_plan *out, struct lethe_error *err);

/* The same, and tells a failure.  As topics_job_open. */
int topics_plan_ask(const struct topics_job *j, struct topics_plan *out);
void topics_plan_fini(struct topics_plan *p);

#endif
