#include "cli/keys/fresh.h"

#include "base/buf.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static bool
is_there(const char *path)
{
	return !access(path, F_OK) || errno != ENOENT;
}

/* Never overwritten, so never finished either: a person takes them away. */
static enum lethe_status
fail_there(const char *const *paths, size_t count, struct lethe_error *err)
{
	enum lethe_status status;
	struct buf names;

	buf_init(&names, 0);
	for (size_t i = 0; i < count; i++)
		if (is_there(paths[i]))
			buf_printf(&names, "%s%.80s", names.len ? ", " : "",
				paths[i]);
	buf_put_byte(&names, '\0');
	status = fail(err, LETHE_EUSAGE, 0, "not overwritten%s: %.300s",
		is_there(paths[count - 1])
			? ", nothing was changed"
			: " (left of a run that broke off? take it away)",
		names.full ? "what is there" : (const char *)names.ptr);
	buf_fini(&names);
	return status;
}

enum lethe_status
fresh_check(const char *const *paths, size_t count, struct lethe_error *err)
{
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < i; k++)
			if (!strcmp(paths[i], paths[k]))
				return fail(err, LETHE_EUSAGE, 0,
					"%.80s is named twice", paths[i]);
	for (size_t i = 0; i < count; i++)
		if (is_there(paths[i]))
			return fail_there(paths, count, err);
	return LETHE_OK;
}
