#ifndef DEMO_SUMMARY_H
#define DEMO_SUMMARY_H

/* What came of a demo, in plain lines. */

#include "cli/demo/check.h"
#include "cli/demo/plant.h"
#include "cli/demo/view.h"

struct summary {
	const struct plant *plant;
	struct check *check;
	const struct stats *stats;
	const struct explanation *event; /* shown; or NULL */
	uint64_t read, written;		 /* messages of all outputs */
};

/*
 * Prints it.  A canary in an output, or a message lost, is a failure: gives
 * the exit code.
 */
int summary_print(const struct summary *s);

#endif
