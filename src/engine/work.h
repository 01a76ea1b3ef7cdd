#ifndef ENGINE_WORK_H
#define ENGINE_WORK_H

/*
 * One event on its way through the engine.  lethe_process and explain run the
 * same steps over it; explain watches.  All that is found is kept for the
 * event: an identifier, an answer or a field is worked out once, however many
 * purposes ask for it.
 */

#include "engine/recall.h"
#include "engine/token_cache.h"
#include "engine/told.h"
#include "engine/view.h"

#include "base/buf.h"
#include "event/reader.h"

/* What the places of one identifier class say. */
enum id_state {
	ID_UNKNOWN, /* not yet looked at */
	ID_NONE,    /* absent, null, blank or a placeholder everywhere */
	ID_OK,
	ID_BAD,	     /* present, but no identifier */
	ID_CONFLICT, /* two places that differ */
};

struct class_found {
	enum id_state state;
	struct slice normal;	    /* ID_OK */
	const struct place *stands; /* ID_OK: the first that has it */
};

/* What became of one field; of every element where it is one of a list. */
struct field_found {
	uint64_t event; /* number of the event this is about */
	bool present;	/* there is a value, or an element that has one */
	bool whole;	/* enough for `required` */
	bool on;	/* the field is declared on this event */
	enum lethe_misfit misfit; /* the first thing there that does not fit */
	struct value value;
	struct value *elements; /* NULL unless of a list; ABSENT: none */
	size_t count;
};

/* What the ledger has of objections of one source: bits of purposes. */
struct remembered {
	uint64_t denied, failed;
	enum lethe_reason why; /* of those that failed */
};

struct lethe_scratch {
	struct reader *reader;
	struct arena arena; /* reset for each event */
	struct transform_scratch transform;
	struct buf out;
	uint64_t event; /* numbers the events */
	struct field_found *fields;
	size_t field_cap;
	struct class_found classes[CLASSES_MAX + 1];
	/* Of the purpose at hand; those of the epoch before in an overlap. */
	struct slice tokens[CLASSES_MAX + 1];
	struct slice tokens_was[CLASSES_MAX + 1];
	struct token_cache *token_cache;
	struct token_days *days; /* NULL until a class has a lifetime */
	struct told *told;	 /* NULL until the first overlap */
	uint64_t seed;
	struct heard heard[SOURCES_MAX];
	uint64_t heard_bits;	 /* the sources heard in this event */
	const struct book *book; /* NULL: the view's */
	struct ledger_row *rows; /* by class, and one; large, so as many as
				    need be */
	size_t row_cap;
	uint64_t rows_known; /* bits of the classes looked up for this event */
	struct recall *recall; /* NULL until a policy remembers objections */
	struct remembered remembered[SOURCES_MAX];
	uint64_t remembered_known; /* bits of the sources, for this event */
};

struct observer;

struct work {
	const struct lethe_view *view;
	const struct lethe_policy *policy;
	const struct lethe_input *in;
	struct lethe_scratch *s;
	const struct observer *observer; /* or NULL */

	const struct policy_channel *channel;
	enum event_format format;
	struct reading reading;
	size_t input;			  /* index of `shape` */
	const struct policy_input *shape; /* NULL: not recognised */
	size_t event;
	const struct event_rule *rule; /* that recognised it */
	int64_t time_ms;
	int64_t time_grain_ms; /* how fine it was given; 0: exact */

	/* the purpose at hand */
	size_t epoch; /* handle; SIZE_MAX: no keys */
	uint32_t epoch_number;
	size_t epoch_was; /* the one that overlaps it; SIZE_MAX: none */
	uint32_t epoch_was_number;
};

/* At the beginning of an event. */
static inline struct work
work_of(const struct lethe_view *view, struct lethe_scratch *scratch,
	const struct lethe_input *input)
{
	return (struct work){
		.view = view,
		.policy = view->policy,
		.in = input,
		.s = scratch,
	};
}

/* Told on the way; explain alone has one. */
struct observer {
	void *ctx;
	struct leaf_visitor visitor;
	/* A purpose was decided; the fields are worked out if it was sent or
	   lacks a required one. */
	enum lethe_status (*purpose)(void *ctx, struct work *w,
		const struct lethe_decision *d, size_t source,
		struct lethe_error *err);
};

/* Runs one event; the body of lethe_process. */
LETHE_CHECKED enum lethe_status work_run(
	struct work *w, const struct lethe_sink *sink, struct lethe_error *err);

/* scratch.c */

/* Makes the scratch ready for the next event under a view. */
LETHE_CHECKED enum lethe_status scratch_begin(struct lethe_scratch *s,
	const struct lethe_view *view, struct lethe_error *err);

#endif
