#ifndef EVENT_VALUE_H
#define EVENT_VALUE_H

/*
 * One value of an event, the same whichever format it came in.  Texts borrow
 * from the message or from the reader and end with the reader's next event.
 */

#include "base/slice.h"

enum value_kind {
	VALUE_ABSENT, /* nothing there; zero, so that cleared means absent */
	VALUE_NULL,
	VALUE_BOOL,
	VALUE_INT,    /* -2^63 .. 2^64-1, from its digits, never a double */
	VALUE_NUMBER, /* any other finite number that a double holds */
	VALUE_HUGE,   /* a number beyond a double: is there, fits nothing */
	VALUE_STRING,
	VALUE_ARRAY,  /* only that it is one, and how many elements */
	VALUE_OBJECT, /* only that it is one, and how many members */
	VALUE_OTHER,  /* MessagePack bin and ext */
};

struct value {
	enum value_kind kind;
	bool negative; /* VALUE_INT: the sign; never set for 0 */
	union {
		bool boolean;
		uint64_t magnitude; /* VALUE_INT, without its sign */
		struct {
			double number;
			const char *json; /* how it is written, once somebody
					     had to know; or NULL */
		};
		struct slice text; /* decoded; may hold any code point */
		size_t count;	   /* VALUE_ARRAY, VALUE_OBJECT */
	};
};

/* Whether two scalars are the same, type included; false for the rest. */
bool value_equal(const struct value *a, const struct value *b);

/* -2^63..2^63-1 into *out; false for what does not fit or is no integer. */
bool value_as_int64(const struct value *v, int64_t *out);

#define VALUE_INT_TEXT 21

/* The digits of a VALUE_INT, no NUL; returns their number. */
size_t value_int_text(const struct value *v, char out[VALUE_INT_TEXT]);

/* "string", "integer", ...: the type for people; static storage. */
const char *value_kind_name(enum value_kind kind);

#endif
