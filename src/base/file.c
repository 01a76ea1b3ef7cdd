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

enum lethe_status
file_read(const char *path, size_t limit, struct buf *out,
	struct lethe_error *err)
{
	bool is_stdin = !strcmp(path, "-");
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	enum lethe_status status = LETHE_OK;
	size_t total = 0;
	ssize_t n;

	if (fd < 0)
		return fail_io(err, "open", path, errno);
	for (;;) {
		if (!buf_reserve(out, 65536)) {
			status = fail(err, LETHE_ENOMEM, 0,
				"no memory to read %.80s", path);
			break;
		}
		n = read(fd, out->ptr + out->len, 65536);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			status = fail_io(err, "read", path, errno);
		if (n <= 0)
			break;
		out->len += (size_t)n;
		total += (size_t)n;
		if (total > limit) {
			status = fail(err, LETHE_EUSAGE, 0,
				"%.80s is larger than %zu bytes", path, limit);
			break;
		}
	}
	if (!is_stdin)
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

enum lethe_status
file_write(const char *path, mode_t mode, bool fresh, struct slice bytes,
	struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;
	char *temporary = NULL;
	int fd = -1;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
		temporary = NULL;
		return fail(err, LETHE_ENOMEM, 0, "no memory for a path");
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0) {
		status = fail_io(err, "create", path, errno);
		goto out;
	}
	if (fchmod(fd, mode) || write_all(fd, bytes)) {
		status = fail_io(err, "write", path, errno);
		goto out_unlink;
	}
	/* link() refuses an existing name, which rename() would replace. */
	if (fresh ? link(temporary, path) : rename(temporary, path)) {
		status =
			errno == EEXIST
				? fail(err, LETHE_EUSAGE, 0,
					  "%.80s exists and is not overwritten",
					  path)
				: fail_io(err, "create", path, errno);
		goto out_unlink;
	}
	sync_folder(path);
	if (!fresh)
		goto out;
out_unlink:
	unlink(temporary);
out:
	if (fd >= 0)
		close(fd);
	free(temporary);
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
