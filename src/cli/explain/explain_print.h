#ifndef CLI_EXPLAIN_PRINT_H
#define CLI_EXPLAIN_PRINT_H

/* An explanation as a table of 80 columns, or as one JSON object. */

#include "base/buf.h"
#include "engine/explain.h"

struct explain_style {
	const struct lethe_policy *policy;
	const char *file; /* of the policy, for its lines */
	bool show_values; /* values, and names the policy does not name */
	bool lines;	  /* more than one object, a line each */
	bool no_ledger;	  /* the policy has a ledger, and there is none here */
	bool together;	  /* it was read as of several topics at once */
};

void explain_print(const struct explanation *e, const struct explain_style *s,
	struct buf *out);
void explain_print_json(const struct explanation *e,
	const struct explain_style *s, struct buf *out);

/* "grant", "deny", ... of an answer; "objects", "silent" of an objection. */
const char *explain_answer_name(const struct explained_answer *a);

/* "dropped", "read", "sent", "left_out". */
const char *explain_fate_name(enum leaf_fate fate);

#endif
