#ifndef POLICY_PARSE_PARSE_H
#define POLICY_PARSE_PARSE_H

/*
 * One parser a section of the file.  Each fills its part of the program, in
 * the order below: later ones look up the names of earlier ones.
 */

#include "policy/draft.h"

/* `version`, `name`, `revision`, `controller`, and the keys of the top. */
void parse_head(struct draft *d, const struct yaml_node *root);
void parse_quarantine(struct draft *d, const struct yaml_node *root);
void parse_inputs(struct draft *d, const struct yaml_node *root);
void parse_identifiers(struct draft *d, const struct yaml_node *root);
void parse_consent(struct draft *d, const struct yaml_node *root);
void parse_purposes(struct draft *d, const struct yaml_node *root);
void parse_fields(struct draft *d, const struct yaml_node *root);

/* Reads the `consent` and `ignores` of a purpose whose basis is known. */
void parse_asks(struct draft *d, const struct yaml_node *purpose,
	const char *where, struct policy_purpose *out);

/* Reads the source that is the ledger. */
void parse_ledger(struct draft *d, const struct yaml_node *source,
	const char *where, size_t number);

/* Reads the `accepts_notice` of a purpose whose `consent` is read. */
/* `on_withdrawal` of a purpose; after its identity. */
void parse_withdrawal(struct draft *d, const struct yaml_node *purpose,
	const char *where, size_t number);

void parse_notices(struct draft *d, const struct yaml_node *purpose,
	const char *where, struct policy_purpose *out);

/* Reads one key of a source; what is not written has its default. */
typedef void source_key_read(struct draft *d, const struct yaml_node *map,
	const char *where, struct policy_source *s);
source_key_read read_when, read_sid, read_act_as, read_max_age, read_min_policy;

/* Reads a field's transform, its arguments and its path. */
LETHE_CHECKED bool
parse_transform(struct draft *d, const struct yaml_node *field,
	const char *where, struct policy_field *out);

/* Reads `as`; count 0 after a mistake. */
struct as_path parse_as(struct draft *d, const struct yaml_node *n);

/* Reads `on: [events]` into a set; true when the field or purpose has one. */
LETHE_CHECKED bool parse_on(struct draft *d, const struct yaml_node *map,
	const char *where, struct bits *on);

/*
 * `format` of a time: rfc3339, unix_s, unix_ms, unix_us.  False without a
 * mistake when there is none and one is needed.
 *
 *   n        may be NULL
 *   broker   the time is @timestamp, which needs none
 */
LETHE_CHECKED bool read_time_form(struct draft *d, const struct yaml_node *n,
	const char *what, bool broker, enum time_form *out);

/* The names of those forms, NULL-ended. */
extern const char *const time_forms[];

/*
 * The names of a section's map, declared before anything in it is read: a
 * NULL-ended table, and the nodes under them.  NULL when there is none.
 *
 *   kind   "purpose"
 *   most   how many there may be
 */
const char **
declare(struct draft *d, const struct yaml_node *map, const char *kind,
	size_t most, const struct yaml_node ***nodes, size_t *count);

#endif
