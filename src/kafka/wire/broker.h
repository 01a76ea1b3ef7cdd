#ifndef WIRE_BROKER_H
#define WIRE_BROKER_H

/* The calls of ops.h, made of the client library. */

#include "kafka/budget.h"
#include "kafka/ops.h"
#include "kafka/waker.h"
#include "kafka/wire/property.h"

struct broker_options {
	const struct client_property *props; /* secrets loaded */
	size_t prop_count;
	const char *group;
	const char *id;		   /* transactional */
	const char *const *topics; /* inputs */
	size_t topic_count;
	const char *const *outputs; /* NULL: one that is not written */
	size_t output_count;
	struct waker *waker;  /* or NULL: nobody wakes the fetchers */
	struct budget budget; /* all 0: not limited */
	size_t lane;	      /* its number there */
	size_t lane_count;    /* they share the wakes */
	/* What those who ask compare the group's offsets with; or NULL */
	const struct held *held;
	bool (*given_up)(void); /* asked while broker_ask waits; or NULL */
	/* Whose calls go over these; or NULL.  Then ends are told. */
	struct replay *replay;
};

extern const struct kafka_ops broker_ops;

/*
 * A lane's clients, not yet there: broker_ops opens them.
 *
 *   options   borrowed as long as it lives
 */
LETHE_CHECKED enum lethe_status broker_new(const struct broker_options *options,
	struct kafka **out, struct lethe_error *err);
void broker_free(struct kafka *k); /* or NULL; closes nothing politely */

/* What the job must know of the cluster before its lanes start. */
struct broker_facts {
	int32_t *inputs;  /* partitions by input topic */
	int32_t *outputs; /* partitions by output topic */
	bool *virgin;	  /* by input topic: the group never committed */
	int64_t session_timeout_ms;
	int64_t message_max_bytes;
};

/*
 * Asks for all of it; the arrays are the caller's.
 *
 * Fails: ENOTOPIC naming a topic that does not exist (each is logged), EDENIED,
 * EBEHIND, ETIMEOUT, ESETTING.
 */
LETHE_CHECKED enum lethe_status broker_ask(const struct broker_options *options,
	struct broker_facts *out, struct lethe_error *err);

#endif
