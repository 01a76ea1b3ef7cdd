#include "crypto/place.h"

#include "crypto/place/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FD "fd:"
#define COMMAND "command:"

static bool
begins(const char *where, const char *with)
{
	return !strncmp(where, with, strlen(with));
}

bool
secret_place_is_path(const char *where)
{
	return !begins(where, FD) && !begins(where, COMMAND);
}

/* Who may read and write the file a secret is in. */
static enum lethe_status
check_mode(int fd, const char *name, bool inherited, struct lethe_error *err)
{
	struct stat st;

	if (fstat(fd, &st))
		return fail(err, LETHE_EKEY, 0, "cannot look at %.80s: %s",
			name, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return inherited || S_ISFIFO(st.st_mode)
			       ? LETHE_OK
			       : fail(err, LETHE_EKEY, 0, "%.80s is not a file",
					 name);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return fail(err, LETHE_EKEY, 0,
			"%.80s belongs to another user: it must be owned by "
			"the one who runs lethe, or root",
			name);
	if (st.st_mode & (S_IROTH | S_IWOTH))
		return fail(err, LETHE_EKEY, 0,
			"%.80s has mode %04o: others may open it (chmod 600)",
			name, st.st_mode & 07777);
	if (st.st_mode & S_IWGRP)
		return fail(err, LETHE_EKEY, 0,
			"%.80s has mode %04o: its group may write it (chmod "
			"600)",
			name, st.st_mode & 07777);
	if ((st.st_mode & S_IRGRP) && st.st_uid != 0)
		return fail(err, LETHE_EKEY, 0,
			"%.80s has mode %04o: its group may read it, allowed "
			"only where root owns it (chmod 600)",
			name, st.st_mode & 07777);
	return LETHE_OK;
}

/* Reads to the end. */
static enum lethe_status
read_all(int fd, const char *name, uint8_t *out, size_t limit, size_t *len,
	struct lethe_error *err)
{
	ssize_t n;

	while (*len < limit) {
		n = read(fd, out + *len, limit - *len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(err, LETHE_EKEY, 0, "cannot read %.80s: %s",
				name, strerror(errno));
		if (!n)
			return LETHE_OK;
		*len += (size_t)n;
	}
	return fail(err, LETHE_EKEY, 0, "%.80s is too long for a secret", name);
}

/* -1: not of the form fd:N. */
static int
descriptor_of(const char *where)
{
	const char *digits = where + strlen(FD);
	char *end;
	long n;

	if (*digits < '0' || *digits > '9')
		return -1;
	n = strtol(digits, &end, 10);
	return *end || n > 65535 ? -1 : (int)n;
}

static enum lethe_status
open_file(const char *where, const char *name, int *fd, struct lethe_error *err)
{
	*fd = open(where, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (*fd < 0)
		return fail(err, LETHE_EKEY, 0, "cannot open %.80s: %s", name,
			strerror(errno));
	return LETHE_OK;
}

enum lethe_status
secret_place_read(const char *where, const char *name, void *out, size_t limit,
	size_t *len, struct lethe_error *err)
{
	bool inherited = begins(where, FD);
	enum lethe_status status = LETHE_OK;
	int fd = -1;

	*len = 0;
	if (begins(where, COMMAND))
		return command_read(where + strlen(COMMAND), COMMAND_TIME_MS,
			out, limit, len, err);
	if (inherited)
		fd = descriptor_of(where);
	if (inherited && fd < 0)
		return fail(err, LETHE_EKEY, 0,
			"fd: must be followed by a descriptor's number");
	if (!inherited)
		status = open_file(where, name, &fd, err);
	if (status != LETHE_OK)
		return status;
	status = check_mode(fd, name, inherited, err);
	if (status == LETHE_OK)
		status = read_all(fd, name, out, limit, len, err);
	close(fd);
	if (status != LETHE_OK)
		*len = 0;
	return status;
}
