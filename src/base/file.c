#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static enum lethe_status
fail_io(struct lethe_error *err, const char *verb, const char *path, int why)
{
	return fail(err, LETHE_EIO, 0, "cannot %s %.80s: %s", verb, path,
		strerror(why));
}

static enum lethe_status
read_all(int fd, const char *path, size_t limit, struct buf *out,
	struct lethe_error *err)
{
	size_t total = 0;
	ssize_t n;

	for (;;) {
		if (!buf_reserve(out, 65536))
			return fail(err, LETHE_ENOMEM, 0,
				"no memory to read %.80s", path);
		n = read(fd, out->ptr + out->len, 65536);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_io(err, "read", path, errno);
		if (!n)
			return LETHE_OK;
		out->len += (size_t)n;
		total += (size_t)n;
		if (total > limit)
			return fail(err, LETHE_EIO, 0,
				"%.80s is larger than %zu bytes", path, limit);
	}
}

enum lethe_status
file_read(const char *path, size_t limit, struct buf *out,
	struct lethe_error *err)
{
	bool is_stdin = !strcmp(path, "-");
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	enum lethe_status status;

	if (fd < 0)
		return fail_io(err, "open", path, errno);
	status = read_all(fd, path, limit, out, err);
	if (!is_stdin)
		close(fd);
	return status;
}

enum lethe_status
file_read_watched(const char *path, size_t limit, struct buf *out,
	struct lethe_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	enum lethe_status status;
	struct stat st;

	if (fd < 0)
		return fail_io(err, "open", path, errno);
	if (fstat(fd, &st))
		status = fail_io(err, "look at", path, errno);
	else if (!S_ISREG(st.st_mode))
		status = fail(err, LETHE_EIO, 0,
			"%.80s is no regular file; a running lethe reads it "
			"again and again",
			path);
	else
		status = read_all(fd, path, limit, out, err);
	close(fd);
	return status;
}

static int
write_all(int fd, struct slice bytes)
{
	ssize_t n;

	while (bytes.len) {
		n = write(fd, bytes.ptr, bytes.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		bytes.ptr += n;
		bytes.len -= (size_t)n;
	}
	return fsync(fd);
}

static void
sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder =
		slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(folder);
}

/* Who could read the file before can still, and nobody else. */
static bool
keep_readers(int fd, const struct stat *was, mode_t mode)
{
	if (!fchown(fd, was->st_uid, was->st_gid) || mode & S_IROTH)
		return true;
	return mode & S_IRGRP && !fchown(fd, (uid_t)-1, was->st_gid);
}

static enum lethe_status
write_new(int fd, const char *path, mode_t mode, bool fresh, struct slice bytes,
	struct lethe_error *err)
{
	struct stat was;

	if (!fresh && !stat(path, &was)) {
		mode &= was.st_mode;
		if (!keep_readers(fd, &was, mode))
			return fail_io(err, "keep the owner of", path, errno);
	}
	return fchmod(fd, mode) || write_all(fd, bytes)
		       ? fail_io(err, "write", path, errno)
		       : LETHE_OK;
}

/* link() refuses an existing name, which rename() would replace. */
static enum lethe_status
put_in_place(const char *temporary, const char *path, bool fresh,
	struct lethe_error *err)
{
	if (!(fresh ? link(temporary, path) : rename(temporary, path)))
		return LETHE_OK;
	return errno == EEXIST
		       ? fail(err, LETHE_EUSAGE, 0,
				 "%.80s exists and is not overwritten", path)
		       : fail_io(err, "create", path, errno);
}

/* Where a link leads, or the path itself; heap. */
static char *
target_of(const char *path, bool fresh)
{
	struct stat st;

	return fresh || lstat(path, &st) || !S_ISLNK(st.st_mode)
		       ? strdup(path)
		       : realpath(path, NULL);
}

enum lethe_status
file_write(const char *path, mode_t mode, bool fresh, struct slice bytes,
	struct lethe_error *err)
{
	char *target = target_of(path, fresh), *temporary = NULL;
	enum lethe_status status;
	int fd;

	if (!target)
		return fail_io(err, "write", path, errno);
	if (asprintf(&temporary, "%s.XXXXXX", target) < 0) {
		free(target);
		return fail(err, LETHE_ENOMEM, 0, "no memory for a path");
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0) {
		status = fail_io(err, "create", path, errno);
		goto out;
	}
	status = write_new(fd, target, mode, fresh, bytes, err);
	close(fd);
	if (!status)
		status = put_in_place(temporary, target, fresh, err);
	if (!status)
		sync_folder(target);
	if (status || fresh)
		unlink(temporary);
out:
	free(temporary);
	free(target);
	return status;
}

char *
path_beside(const char *beside, const char *name)
{
	const char *slash = strrchr(beside, '/');
	char *out = NULL;

	if (name[0] == '/' || !slash)
		return strdup(name);
	if (asprintf(&out, "%.*s%s", (int)(slash - beside + 1), beside, name) <
		0)
		return NULL;
	return out;
}
