#include "base/error.h"

#include "lethe/reason.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct status_row {
	enum lethe_class class;
	const char *name;
	const char *text;
};

static const struct status_row status_rows[] = {
#define X(code, class, name, text) \
	[LETHE_##code] = {LETHE_CLASS_##class, name, text},
	LETHE_STATUS_MAP(X)
#undef X
};

struct reason_row {
	enum lethe_scope scope;
	const char *name;
	const char *text;
};

static const struct reason_row reason_rows[] = {
#define X(code, scope, name, text) \
	[LETHE_REASON_##code] = {LETHE_SCOPE_##scope, name, text},
	LETHE_REASON_MAP(X)
#undef X
};

static const struct status_row *
status_row(enum lethe_status status)
{
	if ((unsigned)status >= LETHE_STATUS_COUNT)
		status = LETHE_EBUG;
	return &status_rows[status];
}

enum lethe_class
lethe_status_class(enum lethe_status status)
{
	return status_row(status)->class;
}

const char *
lethe_status_name(enum lethe_status status)
{
	return status_row(status)->name;
}

const char *
lethe_status_text(enum lethe_status status)
{
	return status_row(status)->text;
}

static const struct reason_row *
reason_row(enum lethe_reason reason)
{
	bug_if((unsigned)reason >= LETHE_REASON_COUNT);
	return &reason_rows[reason];
}

const char *
lethe_reason_name(enum lethe_reason reason)
{
	return reason_row(reason)->name;
}

const char *
lethe_reason_text(enum lethe_reason reason)
{
	return reason_row(reason)->text;
}

enum lethe_scope
lethe_reason_scope(enum lethe_reason reason)
{
	return reason_row(reason)->scope;
}

const char *
lethe_misfit_name(enum lethe_misfit misfit)
{
	static const char *const names[] = {
#define X(code, name, text) name,
		LETHE_MISFIT_MAP(X)
#undef X
	};

	bug_if((unsigned)misfit >= LETHE_MISFIT_COUNT);
	return names[misfit];
}

#undef fail
#undef fail_with

enum lethe_status
fail(struct lethe_error *err, enum lethe_status status, size_t at,
	const char *format, ...)
{
	va_list args;

	if (!err)
		return status;
	err->status = status;
	err->offset = at;
	va_start(args, format);
	vsnprintf(err->what, sizeof(err->what), format, args);
	va_end(args);
	return status;
}

enum lethe_status
fail_with(struct lethe_error *err, const struct lethe_error *from)
{
	if (err)
		*err = *from;
	return from->status;
}

void
bug(const char *file, int line, const char *what)
{
	fprintf(stderr, "lethe: bug at %s:%d: %s\n", file, line, what);
	abort();
}
