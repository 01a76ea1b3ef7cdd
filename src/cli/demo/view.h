#ifndef DEMO_VIEW_H
#define DEMO_VIEW_H

/*
 * What the demo shows: counts that move, and one raw event beside what each
 * purpose got of it.  On a terminal it is drawn again and again in place;
 * elsewhere it is plain lines.
 */

#include "engine/explain.h"
#include "kafka/count/stats.h"

struct view_facts {
	const struct lethe_policy *policy;
	const char *brokers;
	uint64_t made;		 /* events sent to the raw topic */
	const uint64_t *records; /* read from each purpose's topic */
	uint64_t quarantined;	 /* read from the quarantine's topic */
	uint64_t canaries;
	double rate; /* events a second, lately */
	struct stats stats;
	const struct explanation *event; /* or NULL */
};

struct view {
	bool terminal;
	bool drawn; /* something stands on the terminal */
	unsigned rows, columns;
};

/* Whether standard output is a terminal, and how large it is. */
void view_init(struct view *v);

/* Draws in place, or writes a line. */
void view_draw(struct view *v, const struct view_facts *f);

/* Gives the terminal back. */
void view_fini(struct view *v);

/* Appends the event beside what each purpose got, in at most `rows` rows. */
void view_event(const struct view_facts *f, bool colour, unsigned columns,
	unsigned rows, struct buf *out);

/* Appends the reasons why records and events did not go, most first. */
void view_reasons(const struct stats *s, const char *indent, struct buf *out);

#endif
