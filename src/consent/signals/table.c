#include "consent/signals/signals.h"

#include "base/error.h"

struct signal_row {
	const char *name;
	bool supported;
	bool objects;
};

static const struct signal_row rows[] = {
#define X(code, name, supported, objection, text) \
	[SIGNAL_##code] = {name, supported, objection},
	SIGNAL_MAP(X)
#undef X
};

static const struct signal_row *
row_of(enum signal_format f)
{
	bug_if((unsigned)f >= SIGNAL_COUNT);
	return &rows[f];
}

const char *
signal_name(enum signal_format f)
{
	return row_of(f)->name;
}

bool
signal_supported(enum signal_format f)
{
	return row_of(f)->supported;
}

bool
signal_objects(enum signal_format f)
{
	return row_of(f)->objects;
}

enum signal_format
signal_find(struct slice name)
{
	for (int f = 0; f < SIGNAL_COUNT; f++)
		if (slice_is(name, rows[f].name))
			return (enum signal_format)f;
	return SIGNAL_COUNT;
}
