#ifndef YAML_YAML_H
#define YAML_YAML_H

/*
 * A YAML document with places.  Scalars are texts with a style; what type they
 * are is for the reader's schema to say, never guessed.  Anchors, aliases,
 * tags, doubled keys, keys that are no scalars, several documents and files
 * that are not UTF-8 are mistakes.
 */

#include "yaml/mistake.h"

enum yaml_kind {
	YAML_SCALAR,
	YAML_MAP,
	YAML_LIST,
};

struct yaml_node;

struct yaml_entry {
	struct yaml_node *key; /* a scalar */
	struct yaml_node *value;
};

struct yaml_node {
	enum yaml_kind kind;
	unsigned line, column;	    /* from 1 */
	bool plain;		    /* a scalar without quotes */
	struct slice text;	    /* a scalar, decoded */
	struct yaml_entry *entries; /* a map, in order */
	struct yaml_node **items;   /* a list, in order */
	size_t count;		    /* entries or items */
	struct yaml_node *key; /* under which it stands in a map, or NULL */
	bool cut;	       /* the top: a part was refused and is missing */
};

/*
 * Parses one document.  NULL when it cannot be read at all; in that case and
 * in others the mistakes say why.
 *
 *   a   owns the tree and its texts
 */
struct yaml_node *
yaml_parse(struct arena *a, struct slice text, struct mistakes *m);

/* The value under a key of a map, or NULL. */
struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);

/* Whether a scalar is plain `null`, `~` or empty. */
bool yaml_is_null(const struct yaml_node *n);

/* `true` or `false`, plain. */
bool yaml_as_bool(const struct yaml_node *n, bool *out);

/* Plain digits with an optional minus. */
bool yaml_as_int(const struct yaml_node *n, int64_t *out);

/* The library behind this room, as it runs: "libyaml 0.2.5"; static storage. */
const char *yaml_library(void);

#endif
