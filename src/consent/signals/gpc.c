#include "consent/signals/signals.h"

static struct answer
objects_if(bool objects)
{
	return signal_says(objects ? ANSWER_DENY : ANSWER_SILENT);
}

static struct answer
read_value(const struct value *v)
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
	case VALUE_OTHER: return signal_fails(LETHE_REASON_SIGNAL_WRONG_TYPE);
	}
	return signal_fails(LETHE_REASON_SIGNAL_MALFORMED);
}

static void
hear(const struct hearing *in, struct heard *out)
{
	out->answer = read_value(&in->seen->value);
}

const struct signal signal_gpc = {
	.at = SIGNAL_AT_VALUE,
	.objects = true,
	.plain = true,
	.keys = SIGNAL_KEY_REMEMBER,
	.asks = SIGNAL_ASKS_YES,
	.hear = hear,
};
