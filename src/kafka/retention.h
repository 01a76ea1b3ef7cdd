#ifndef KAFKA_RETENTION_H
#define KAFKA_RETENTION_H

/*
 * Before anything is read: whether an output topic, or the quarantine, keeps
 * longer than the policy allows.
 */

#include "kafka/wire/broker.h"

#include "engine/view.h"

enum retention_rule {
	RETENTION_UNCHECKED, /* of a cluster that keeps no settings */
	RETENTION_REFUSED,
	RETENTION_WARNED,
};

/*
 * Asks for the settings of each topic whose retention the policy states, and
 * logs what it finds.  A right that is missing is logged, and no failure.
 *
 *   options   props (secrets loaded), group, given_up
 *
 * Fails: ERETENTION; ETIMEOUT, EDENIED, EKAFKA, ENOMEM; with RETENTION_WARNED
 * only ENOMEM and ESETTING.
 */
LETHE_CHECKED enum lethe_status retention_check(const struct lethe_view *view,
	const struct broker_options *options, enum retention_rule rule,
	struct lethe_error *err);

#endif
