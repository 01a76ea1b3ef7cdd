#ifndef WIRE_ADMIN_H
#define WIRE_ADMIN_H

/*
 * Requests of the library's Admin API: made, answered, tried again.  For the
 * files of this room.
 *
 * Thread: one at a time for each queue.
 */

#include "kafka/wire/clients.h"

struct admin {
	struct login login;
	rd_kafka_t *rk;
	rd_kafka_queue_t *queue; /* of answers */
	const char *group; /* that is asked about, for messages; or NULL */
};

/*
 * A client for such requests, in the caller's storage, which must not move.
 *
 *   a   zeroed
 *
 * Fails: as broker_new_consumer; then there is nothing to end.
 */
LETHE_CHECKED enum lethe_status admin_init(struct admin *a,
	const struct broker_options *options, struct lethe_error *err);
void admin_fini(struct admin *a);

/* Options of a request with its timeout; the caller's to destroy. */
rd_kafka_AdminOptions_t *
admin_options(const struct admin *a, rd_kafka_admin_op_t op);

/* The answer to the one request that is on its way, a failure too. */
rd_kafka_event_t *admin_take(struct admin *a);

/*
 * The same, of a request whose failure has no other meaning.
 *
 *   out   rd_kafka_event_destroy ends it; NULL on failure
 *
 * Fails: as client_code; EDENIED when the login is refused.
 */
LETHE_CHECKED enum lethe_status admin_answer(struct admin *a, const char *what,
	rd_kafka_event_t **out, struct lethe_error *err);

/* When what is asked now is no longer asked again: CALL_MS from now. */
int64_t admin_deadline_ns(void);

/* Whether a call that asks for another try has the time for one; waits. */
bool
admin_may_retry(struct admin *a, enum lethe_status status, int64_t until_ns);

/* What could not be had in all this time is no longer worth another try:
 * EAGAIN becomes ETIMEOUT, and EDENIED where the login is refused. */
enum lethe_status admin_settle(const struct admin *a, enum lethe_status status,
	struct lethe_error *err);

#endif
