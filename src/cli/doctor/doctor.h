#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

/*
 * What the checks share: the job that the settings describe, and what earlier
 * checks have found of it.  What a check lacks, since an earlier one failed,
 * it says and passes over.
 */

#include "cli/doctor/checks.h"
#include "cli/load.h"

#include "base/arena.h"
#include "kafka/access/server.h"
#include "kafka/access/trial.h"

enum doctor_result {
	DOCTOR_OK,
	DOCTOR_WARN,
	DOCTOR_FAIL,
	DOCTOR_SKIP, /* it could not be looked at */
};

struct doctor_finding {
	const char *check;
	enum doctor_result result;
	const char *what;
	const char *remedy; /* NULL: nothing to do */
};

/* A topic of the policy. */
struct doctor_topic {
	const char *name;
	size_t channel;	    /* of an input */
	int32_t partitions; /* 0: it is not there, or not for us */
	bool readable;
};

struct doctor {
	const char *config;	 /* the settings' file, or NULL */
	struct policy_file file; /* as `lethe run` would start with it */
	struct load l;		 /* policy, ring and view only once they open */
	struct secret_key *secret; /* kept, for `lethe run` keeps it locked */
	struct arena arena;
	const char *check; /* that runs now */
	struct doctor_finding *findings;
	size_t count, cap;

	const char *group, *id;
	bool passwords; /* they are loaded */
	bool reached;	/* a broker is */
	struct server *servers;
	size_t server_count;
	struct doctor_topic *inputs, *outputs;
	size_t input_count, output_count;
	struct held held;
	struct broker_options broker;
	struct trial *trial;
	bool transactions; /* they can be begun */
	struct doctor_events *events;
};

/* Notes what the running check found; a text in full, no value in it. */
void doctor_found(struct doctor *d, enum doctor_result result,
	const char *remedy, const char *format, ...) LETHE_PRINTF(4, 5);

/* A text that lives as long as the doctor. */
const char *
doctor_text(struct doctor *d, const char *format, ...) LETHE_PRINTF(2, 3);

/* Notes a failure in its own words, with the usual remedy of its status. */
void doctor_failed(struct doctor *d, const struct lethe_error *err);

/*
 * Whether a broker was reached and the policy read; if not, the running check
 * is passed over, and says so.
 */
bool doctor_has_cluster(struct doctor *d);

/* Whether the topic is there for us; if not, it is passed over, and so said. */
bool doctor_has_topic(struct doctor *d, const struct doctor_topic *t);

/* The newest raw events, as examine_read saw them; see events.c. */
struct doctor_events *doctor_events_new(void);
void doctor_events_free(struct doctor_events *e); /* or NULL */
void doctor_events_begin(struct doctor *d, const struct doctor_topic *topic);
void doctor_events_saw(void *doctor, const struct trial_message *m);

#endif
