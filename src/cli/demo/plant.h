#ifndef DEMO_PLANT_H
#define DEMO_PLANT_H

/*
 * Everything the demo runs on, in this process: the example policy, a ring
 * whose keys are nowhere else, the mock cluster with the policy's topics.
 */

#include "engine/view.h"
#include "kafka/wire/mock.h"

struct plant {
	struct lethe_policy *policy;
	struct ring *keys;
	struct lethe_ring ring;
	struct public_key oncall;
	struct lethe_view *view;
	struct mock *mock;
	/* Each purpose's topic, the quarantine's; NULL-ended. */
	const char *outputs[PURPOSES_MAX + 2];
	size_t output_count;
};

#define PLANT_PARTITIONS 4

/*   out   cleared before; plant_close ends it, whatever came back */
LETHE_CHECKED enum lethe_status
plant_open(struct plant *out, struct lethe_error *err);
void plant_close(struct plant *p);

#endif
