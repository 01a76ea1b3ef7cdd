#include "consent/signals/signals.h"

static struct answer
objects_if(bool objects)
{
	return (struct answer){.kind = objects ? ANSWER_DENY : ANSWER_SILENT};
}

static struct answer
error_of(enum lethe_reason reason)
{
	return (struct answer){.kind = ANSWER_ERROR, .reason = reason};
}

struct answer
signal_gpc(const struct value *v)
{
	switch (v->kind) {
	case VALUE_ABSENT:
	case VALUE_NULL: return objects_if(false);
	case VALUE_BOOL: return objects_if(v->boolean);
	case VALUE_INT:
		if (v->magnitude <= 1 && !v->negative)
			return objects_if(v->magnitude == 1);
		break;
	case VALUE_STRING:
		if (slice_is(v->text, "1") || slice_is(v->text, "0"))
			return objects_if(v->text.ptr[0] == '1');
		break;
	case VALUE_NUMBER:
	case VALUE_HUGE: break;
	case VALUE_ARRAY:
	case VALUE_OBJECT:
	case VALUE_OTHER: return error_of(LETHE_REASON_SIGNAL_WRONG_TYPE);
	}
	return error_of(LETHE_REASON_SIGNAL_MALFORMED);
}
