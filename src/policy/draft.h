#ifndef POLICY_DRAFT_H
#define POLICY_DRAFT_H

/*
 * A policy while it is read: the program being filled, the mistakes found so
 * far, and what only the compiler has to know.  Parsers go on after a mistake;
 * a thing that is broken keeps its name, so that nothing else is blamed for
 * it.  Running out of memory leaves by one jump to the compiler's end.
 */

#include "policy/policy.h"
#include "yaml/yaml.h"

#include <setjmp.h>

#define INPUTS_MAX 64
#define SLOTS_MAX 4096
#define AS_KEYS_MAX 8

/* `items[].sku`, parsed. */
struct as_path {
	struct slice keys[AS_KEYS_MAX];
	size_t count; /* 0: it could not be read */
	size_t list;  /* which key has [], or SIZE_MAX */
};

/* One slot: a path, and which inputs read it. */
struct slot_row {
	struct path path;
	uint64_t inputs;
	const struct yaml_node *node; /* where it is first named */
};

struct field_draft {
	const struct yaml_node *node;
	struct as_path as;
	bool ok; /* its transform and its path could be read */
};

/* A key that was misspelt: the map lacks `name` for no other reason. */
struct misspelt {
	const struct misspelt *next;
	unsigned line, column; /* of the map */
	const char *name;
};

struct draft {
	struct lethe_policy *p;
	struct arena *a; /* the policy's; owns all that is here */
	struct mistakes m;
	size_t later; /* mistakes that are only "not supported" */
	int64_t now_ms;
	jmp_buf no_memory;
	enum lethe_status cause; /* of the jump */
	/* Texts while they grow: here, so that a jump leaks none. */
	struct buf text, piece;

	const struct yaml_node *root;
	const struct misspelt *misspelt;

	/* What the program holds as const; names end with NULL, and are NULL
	   when their section could not be read: then nothing is looked up. */
	struct policy_input *inputs;
	const struct yaml_node **input_nodes;
	const char **input_names;
	const char **event_names;
	bool no_events; /* the events of an input could not be read */
	struct policy_class *classes;
	const struct yaml_node **class_nodes;
	const char **class_names;
	struct policy_source *sources;
	const char **source_names;
	uint64_t later_sources; /* bits: of a format of a later version */
	struct slice *notices;	/* the ledger layout's, while they grow */
	struct policy_purpose *purposes;
	const struct yaml_node **purpose_nodes;
	const char **purpose_names;
	uint64_t no_identity; /* bits: `identity: none` is written */
	struct policy_field *fields;
	struct field_draft *field_drafts;

	struct slot_row *slots;
	size_t slots_cap;
	bool too_many_slots;
	size_t patterns_cap;
};

/* `count` cleared things; leaves by the jump when there is no memory. */
void *take(struct draft *d, size_t count, size_t size);

/* Room for one more behind `count`; the old content is moved. */
void *
take_more(struct draft *d, void *old, size_t count, size_t *cap, size_t size);

_Noreturn void give_up(struct draft *d, enum lethe_status cause);

/* A C string of a text of the file. */
const char *take_text(struct draft *d, struct slice text);

/* Formats a text that lives as long as the policy. */
LETHE_PRINTF(2, 3)
const char *say(struct draft *d, const char *format, ...);

/* A name of the file inside a message, with "%.*s". */
#define SHOW(s) \
	(int)((s).len < 64 ? (s).len : 64), (s).ptr ? (const char *)(s).ptr : ""

/* Adds a mistake at a node: what is formatted; why and instead may be NULL. */
LETHE_PRINTF(5, 6)
void mistake(struct draft *d, const struct yaml_node *at, const char *why,
	const char *instead, const char *what, ...);

LETHE_PRINTF(5, 6)
void warn(struct draft *d, const struct yaml_node *at, const char *why,
	const char *instead, const char *what, ...);

/* "WHAT is not supported by this version". */
LETHE_PRINTF(4, 5)
void refuse_later(struct draft *d, const struct yaml_node *at,
	const char *instead, const char *what, ...);

/* Where to point for what a map lacks: its own key, or itself. */
const struct yaml_node *owner(const struct yaml_node *map);

/* The key's own node of an entry, for mistakes about the key. */
const struct yaml_node *key_node(const struct yaml_node *map, const char *key);

/* The names of a NULL-ended table as "a, b, c". */
const char *join_names(struct draft *d, const char *const *names);

#endif
