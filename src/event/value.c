#include "event/value.h"

static bool
numbers_equal(const struct value *a, const struct value *b)
{
	if (a->kind == VALUE_INT)
		return a->magnitude == b->magnitude &&
		       a->negative == b->negative;
	return a->number == b->number;
}

bool
value_equal(const struct value *a, const struct value *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case VALUE_NULL: return true;
	case VALUE_BOOL: return a->boolean == b->boolean;
	case VALUE_INT:
	case VALUE_NUMBER: return numbers_equal(a, b);
	case VALUE_STRING: return slice_equal(a->text, b->text);
	case VALUE_ABSENT:
	case VALUE_HUGE:
	case VALUE_ARRAY:
	case VALUE_OBJECT:
	case VALUE_OTHER: break;
	}
	return false;
}

bool
value_as_int64(const struct value *v, int64_t *out)
{
	*out = 0;
	if (v->kind != VALUE_INT)
		return false;
	if (v->magnitude > (uint64_t)INT64_MAX + v->negative)
		return false;
	*out = v->negative ? -(int64_t)(v->magnitude - 1) - 1
			   : (int64_t)v->magnitude;
	return true;
}

size_t
value_int_text(const struct value *v, char out[VALUE_INT_TEXT])
{
	char digits[VALUE_INT_TEXT];
	uint64_t rest = v->magnitude;
	size_t n = sizeof(digits), len = 0;

	do {
		digits[--n] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (v->negative)
		out[len++] = '-';
	memcpy(out + len, digits + n, sizeof(digits) - n);
	return len + sizeof(digits) - n;
}

const char *
value_kind_name(enum value_kind kind)
{
	switch (kind) {
	case VALUE_ABSENT: return "absent";
	case VALUE_NULL: return "null";
	case VALUE_BOOL: return "boolean";
	case VALUE_INT: return "integer";
	case VALUE_NUMBER:
	case VALUE_HUGE: return "number";
	case VALUE_STRING: return "string";
	case VALUE_ARRAY: return "array";
	case VALUE_OBJECT: return "object";
	case VALUE_OTHER: break;
	}
	return "binary";
}
