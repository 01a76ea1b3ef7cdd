#ifndef ACCESS_LOGIN_H
#define ACCESS_LOGIN_H

/*
 * Who lethe is to the brokers, and why one of them turns a connection away.
 * The library tells of it in words of its own, of SASL and of OpenSSL; people
 * are told the cause, as whom it was tried and what to do.  No secret is ever
 * part of it.
 */

#include "base/error.h"

#include <librdkafka/rdkafka.h>
#include <stdatomic.h>
#include <stdbool.h>

#define LOGIN_AS_BYTES 80
#define LOGIN_SAYS_BYTES 160
#define LOGIN_TOPIC_BYTES 250

/* A connection that failed, as the library tells of it. */
struct login_trouble {
	rd_kafka_resp_err_t code;
	const char *says;
	int certificate;       /* OpenSSL's number for what is wrong with the
				  broker's; 0: nothing is known */
	const char *mechanism; /* of SASL; "": no login */
	int version;	       /* of the library, as rd_kafka_version() */
};

struct login_cause {
	bool refused; /* the same again is vain */
	const char *cause;
	const char *remedy;
};

/*
 * What a trouble comes from; NULL when it is of another kind, such as a
 * broker that went away.  Static storage.
 *
 * Thread: any.
 */
const struct login_cause *login_cause(const struct login_trouble *t);

/* What is wrong with a broker's certificate, by OpenSSL's number for it. */
const struct login_cause *login_certificate(int number);

/* What one client, or a lane's two, have met. */
struct login {
	_Atomic int certificate;	/* the brokers' threads note it */
	bool quiet;			/* it is noted, not logged */
	bool (*given_up)(void);		/* asked where it is waited; or NULL */
	const struct login_cause *last; /* the newest trouble's; or NULL */
	const struct login_cause *refused;
	atomic_bool has_topic; /* the next is written, once */
	char unwritable[LOGIN_TOPIC_BYTES];
	char as[LOGIN_AS_BYTES];     /* who met it */
	char says[LOGIN_SAYS_BYTES]; /* in the library's words */
};

/*
 * Hears of a client's troubles; the configuration's opaque pointer is `l`.
 *
 * Thread: the one that polls the client.
 */
void login_listen(struct login *l, rd_kafka_conf_t *conf);

/*
 * Whether a client may go on.  Troubles are noted only while it is polled.
 *
 *   l   or NULL: it may
 *
 * Fails: EDENIED with the cause.
 */
LETHE_CHECKED enum lethe_status
login_check(const struct login *l, struct lethe_error *err);

/* The same of a client that nobody else polls, after a poll. */
LETHE_CHECKED enum lethe_status
login_poll(struct login *l, rd_kafka_t *rk, struct lethe_error *err);

/*
 * As whom a client comes: "User:lethe (PLAIN over TLS)", "the certificate
 * lethe.crt", "nobody (no login)".
 */
void login_as(rd_kafka_t *rk, char out[static LOGIN_AS_BYTES]);

/* The first topic that a transaction might not write; NULL: none is known. */
const char *login_unwritable(const struct login *l);

/*
 * A right that is missing, in words: who, which right, on what.
 *
 *   right   "Read the topic", and the like
 *   name    of the resource
 *
 * Fails: always, with the code's status.
 */
enum lethe_status login_lacks(rd_kafka_t *rk, rd_kafka_resp_err_t code,
	const char *right, const char *name, struct lethe_error *err);

/* Whether this library can log in by SCRAM to Kafka 4.1. */
bool login_can_scram(void);

/* Whether a code says that a right is missing. */
bool login_is_right(rd_kafka_resp_err_t code);

#endif
