#ifndef WIRE_VERDICT_H
#define WIRE_VERDICT_H

/*
 * The library's three ways to fail, made one.  Nothing but the failure decides;
 * tests/unit/verdicts.h has what must follow from each.
 */

#include "base/error.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

/* A failure as the library tells it, without the library's own object. */
struct client_failure {
	rd_kafka_resp_err_t code;
	bool fatal;	/* the producer is of no more use */
	bool aborts;	/* the transaction must be aborted */
	bool retriable; /* the same call again */
};

/*
 * The one place where the library's failures become statuses: of a failure
 * with its flags and of a bare code;
 *   produce   of a refused produce call; `fatal`: why the producer is of no
 *             more use, when it is
 *   report    of a record's report: OK when doing it again may mend it
 *   poll      of an error that comes in place of a message: OK when the
 *             client goes on by itself
 *   range     of a partition's first or next offset: ENOTOPIC when its leader
 *             does not know it, or not yet
 *
 * Thread: any.
 */
enum lethe_status client_verdict(const struct client_failure *f);
enum lethe_status client_verdict_code(rd_kafka_resp_err_t code);
enum lethe_status
client_verdict_produce(rd_kafka_resp_err_t code, rd_kafka_resp_err_t fatal);
enum lethe_status client_verdict_report(rd_kafka_resp_err_t code);
enum lethe_status client_verdict_poll(rd_kafka_resp_err_t code);
enum lethe_status client_verdict_range(rd_kafka_resp_err_t code);

/*
 * The verdict of a call, with words.
 *
 *   what    the call, for the message
 *   error   freed; NULL is OK
 */
enum lethe_status client_status(
	const char *what, rd_kafka_error_t *error, struct lethe_error *err);

/* The same of a bare code. */
enum lethe_status client_code(
	const char *what, rd_kafka_resp_err_t code, struct lethe_error *err);

/* The same of a verdict on a bare code. */
enum lethe_status client_told(const char *what, rd_kafka_resp_err_t code,
	enum lethe_status status, struct lethe_error *err);

#endif
