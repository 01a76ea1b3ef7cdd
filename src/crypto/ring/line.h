#ifndef CRYPTO_RING_LINE_H
#define CRYPTO_RING_LINE_H

/* One line of a ring file, cut into words by single spaces. */

#include "crypto/ring/form.h"

struct line {
	struct ring *r;
	const uint8_t *text; /* the whole */
	struct slice rest;   /* behind this line */
	struct slice words;  /* of this line, behind those taken */
	size_t number;	     /* of this line, from 1 */
	size_t start;	     /* its offset */
	size_t clear;	     /* of the text: up to the end of `digest` */
	const char *kind;    /* its first word */
	struct lethe_error *err;
};

/* LETHE_ERING with line, kind and field ("" for the kind itself). */
LETHE_PRINTF(3, 4)
enum lethe_status
line_refuse(struct line *p, const char *field, const char *format, ...);

/* A canonical decimal: no sign, no leading nought. */
LETHE_CHECKED enum lethe_status
take_number(struct line *p, const char *field, uint64_t max, uint64_t *out);
LETHE_CHECKED enum lethe_status
take_hex(struct line *p, const char *field, uint8_t *out, size_t len);
LETHE_CHECKED enum lethe_status
take_base64(struct line *p, const char *field, uint8_t *out, size_t len);
LETHE_CHECKED enum lethe_status take_label(struct line *p, const char *label);

/* `label` and a time in ms. */
LETHE_CHECKED enum lethe_status
take_time(struct line *p, const char *label, int64_t *out);

LETHE_CHECKED enum lethe_status take_role(struct line *p, enum ring_role *out);

/* The kinds of lines, in the order of a file. */
struct line_kind {
	const char *word;
	bool once; /* exactly one; else any number */
	enum lethe_status (*read)(struct line *p);
};

#define LINE_KINDS 22

/* kinds_keys.c */
enum lethe_status read_epoch(struct line *p);
enum lethe_status read_compromised(struct line *p);
enum lethe_status read_rules(struct line *p);
enum lethe_status read_key(struct line *p);
enum lethe_status read_index(struct line *p);
enum lethe_status read_index_key(struct line *p);

/* kinds_sign.c */
enum lethe_status read_threshold(struct line *p);
enum lethe_status read_policy_threshold(struct line *p);
enum lethe_status read_handover(struct line *p);
enum lethe_status read_history(struct line *p);
enum lethe_status read_digest(struct line *p);
enum lethe_status read_handover_signature(struct line *p);
enum lethe_status read_signature(struct line *p);

extern const struct line_kind line_kinds[LINE_KINDS];

#endif
