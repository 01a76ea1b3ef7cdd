#ifndef ENGINE_EXPLAIN_H
#define ENGINE_EXPLAIN_H

/*
 * Why each leaf of one event left or did not: the same processing as
 * lethe_process, told in full.
 */

#include "engine/view.h"

enum leaf_fate {
	FATE_UNNAMED,  /* no line of the policy names it: dropped */
	FATE_READ,     /* read for recognition, time, identity or consent */
	FATE_SENT,     /* a field sent it, or something made of it */
	FATE_LEFT_OUT, /* a field names it, but it did not go: `reason` */
};

/* What one field (or other reader) of the policy made of one leaf. */
struct explained_use {
	enum leaf_fate fate;
	size_t purpose;		  /* or LETHE_NO_PURPOSE */
	size_t field;		  /* or LETHE_NO_FIELD */
	enum transform_kind what; /* with a field */
	const char *role;	  /* without a field: "event", "event time",
				     "identifier user", "consent banner", ... */
	enum lethe_reason reason; /* FATE_LEFT_OUT */
	unsigned line;		  /* of the policy */
	struct value out; /* FATE_SENT: what went; shown on request only */
};

struct explained_leaf {
	const char *path;   /* keys the policy does not name as <position> */
	const char *spelt;  /* with every key: shown on request only */
	struct value value; /* shown on request only */
	struct explained_use *uses;
	size_t use_count; /* 0: FATE_UNNAMED */
};

/* What the ledger says of one class of its subjects. */
struct explained_class {
	size_t class;
	bool present; /* the event has an identifier of it, or what is none */
	struct answer answer;
};

struct explained_answer {
	size_t source;
	bool asked;
	bool objection;
	bool remembered; /* by the ledger alone: the event does not say so */
	struct answer answer;
	/* Of the ledger: by class, those that it looks up. */
	struct explained_class *classes;
	size_t class_count;
};

struct explained_purpose {
	size_t purpose;
	enum lethe_reason reason; /* NONE: a record */
	size_t source;		  /* that decided, or SIZE_MAX */
	/* The rule of consent/decide.h that stopped it: 0 to 4, 5 the times of
	   a grant; -1: none of them. */
	int rule;
	uint32_t epoch;	      /* of the record's tokens; 0: without keys,
				 tokens or record */
	uint32_t epoch_was;   /* of its *_was; 0: no overlap */
	int64_t was_until_ms; /* when that ends; ms UTC */
	bool rekey;	      /* the first of its person comes behind a rekey */
	struct explained_answer *answers;
	size_t answer_count;
};

/* An objection that the event carries and the ledger does not hold. */
struct explained_objection {
	const char *source, *class; /* of the policy */
};

struct explanation {
	struct arena arena;
	enum lethe_status status; /* class POISON: nothing else is filled */
	size_t offset;
	enum lethe_reason reason; /* of the whole event */
	const char *input;	  /* name, or NULL */
	const char *event;	  /* name, or NULL */
	struct explained_objection *objections;
	size_t objection_count;
	struct explained_leaf *leaves;
	size_t leaf_count;
	struct explained_purpose *purposes;
	size_t purpose_count;
};

/*
 * Explains one event.  `out` is the caller's, ended by explanation_fini.
 *
 * Fails: as lethe_process, but poison is an answer, not a failure.
 */
LETHE_CHECKED enum lethe_status explain(const struct lethe_view *view,
	struct lethe_scratch *scratch, const struct lethe_input *input,
	struct explanation *out, struct lethe_error *err);
void explanation_fini(struct explanation *e);

#endif
