#include "consent/signals/finding.h"

#include "base/error.h"

struct finding_row {
	const char *name;
	const char *text;
	enum finding_class class;
};

static const struct finding_row rows[] = {
#define X(code, class, name, text) \
	[FOUND_##code] = {name, text, FINDING_##class},
	FINDING_MAP(X)
#undef X
};

static const struct finding_row *
row_of(enum finding_code code)
{
	bug_if((unsigned)code >= FOUND_COUNT);
	return &rows[code];
}

const char *
finding_name(enum finding_code code)
{
	return row_of(code)->name;
}

const char *
finding_text(enum finding_code code)
{
	return row_of(code)->text;
}

enum finding_class
finding_class(enum finding_code code)
{
	return row_of(code)->class;
}

enum lethe_reason
finding_reason(enum finding_code code)
{
	switch (finding_class(code)) {
	case FINDING_NONE:
	case FINDING_TOLERATED: return LETHE_REASON_NONE;
	case FINDING_MALFORMED: return LETHE_REASON_SIGNAL_MALFORMED;
	case FINDING_UNUSABLE: break;
	}
	return code == FOUND_FUTURE ? LETHE_REASON_SIGNAL_FUTURE
				    : LETHE_REASON_SIGNAL_UNUSABLE;
}
