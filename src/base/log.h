#ifndef BASE_LOG_H
#define BASE_LOG_H

/*
 * The program's own life on standard error, one line an event:
 *
 *   2026-05-04T10:20:00.123Z info lane_started lane=0 group="shop"
 *
 * or the same as one JSON object.  Values are names of the configuration,
 * offsets, counts and codes; a byte of an event never stands here.  A name
 * that repeats is held back after a few lines, and the next line says how many
 * were (`held_back=17`).
 */

#include <stdbool.h>
#include <stdint.h>

enum log_level {
	LOG_INFO,
	LOG_WARN,
	LOG_ERROR,
};

struct log_pair {
	const char *key;  /* NULL ends the list */
	const char *text; /* NULL: `number` */
	int64_t number;
};

#define LOG_TEXT(k, v) ((struct log_pair){.key = (k), .text = (v)})
#define LOG_NUMBER(k, v) ((struct log_pair){.key = (k), .number = (int64_t)(v)})

/*   json   one JSON object a line instead of key=value; start-up only */
void log_format(bool json);

/* Silent from here on (tests). */
void log_off(void);

/*
 * Writes one line.
 *
 *   name    a literal of lower case and underscores: rates are held by it
 *   pairs   ended by key NULL
 *
 * Thread: any.
 */
void
log_put(enum log_level level, const char *name, const struct log_pair *pairs);

/* The same without holding back: the status line. */
void log_put_always(
	enum log_level level, const char *name, const struct log_pair *pairs);

#define LOG(level, name, ...) \
	log_put(level, name, (const struct log_pair[]){__VA_ARGS__, {0}})

#endif
