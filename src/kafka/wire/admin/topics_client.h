#ifndef WIRE_ADMIN_TOPICS_CLIENT_H
#define WIRE_ADMIN_TOPICS_CLIENT_H

/* What the files behind topics.h share. */

#include "kafka/wire/admin/admin.h"
#include "kafka/wire/admin/topics.h"

struct topics_client {
	struct admin a;
};

/* Whether a code says that a right is missing. */
bool topics_is_denied(rd_kafka_resp_err_t code);

/* Whether it says that the cluster does not know such a request. */
bool topics_is_unknown(rd_kafka_resp_err_t code);

/* Whether a broker says that it asks nobody for rights; false where it does not
 * tell. */
LETHE_CHECKED enum lethe_status topics_lacks_authorizer(
	struct topics_client *c, bool *out, struct lethe_error *err);

/* A copy in the arena; NULL without memory, or of NULL. */
const char *topics_copy(struct arena *a, const char *text);

#endif
