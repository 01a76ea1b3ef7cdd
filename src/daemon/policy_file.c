#include "daemon/policy_file.h"

#include "base/file.h"
#include "policy/policy.h"
#include "text/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FILE_BYTES_MAX 1048576

static char *
path_with(const char *path, const char *suffix)
{
	char *out = NULL;

	return asprintf(&out, "%s%s", path, suffix) < 0 ? NULL : out;
}

static enum lethe_status
no_memory(struct lethe_error *err)
{
	return fail(err, LETHE_ENOMEM, 0, "no memory for a path");
}

static enum lethe_status
open_with(enum lethe_status (*read)(
		  const char *, size_t, struct buf *, struct lethe_error *),
	const char *path, int64_t now_ms, lethe_mistake_fn *told, void *ctx,
	struct policy_file *out, struct lethe_error *err)
{
	enum lethe_status status;

	*out = (struct policy_file){.path = path_with(path, "")};
	buf_init(&out->text, 0);
	if (!out->path)
		return no_memory(err);
	status = read(path, FILE_BYTES_MAX, &out->text, err);
	return status ? status
		      : lethe_policy_compile(path, out->text.ptr, out->text.len,
				now_ms, told, ctx, &out->policy, err);
}

enum lethe_status
policy_file_open(const char *path, int64_t now_ms, lethe_mistake_fn *told,
	void *ctx, struct policy_file *out, struct lethe_error *err)
{
	return open_with(file_read, path, now_ms, told, ctx, out, err);
}

enum lethe_status
policy_file_open_watched(const char *path, int64_t now_ms,
	lethe_mistake_fn *told, void *ctx, struct policy_file *out,
	struct lethe_error *err)
{
	return open_with(file_read_watched, path, now_ms, told, ctx, out, err);
}

void
policy_file_fini(struct policy_file *f)
{
	lethe_policy_drop(f->policy);
	buf_fini(&f->text);
	free(f->path);
	*f = (struct policy_file){0};
}

struct statement_file
policy_file_named(const struct policy_file *f)
{
	return (struct statement_file){lethe_policy_name(f->policy),
		f->policy->revision, buf_slice(&f->text)};
}

/* What the file beside it says, where there is one. */
static enum lethe_status
read_statement(
	struct policy_file *f, const struct ring *ring, struct lethe_error *err)
{
	char *path = path_with(f->path, STATEMENT_SUFFIX);
	enum lethe_status status;

	if (!path)
		return no_memory(err);
	if (access(path, F_OK))
		status = fail(err, LETHE_EPOLICY, 0,
			"the ring asks for %u signatures of the policy, and "
			"there is no %.60s: `lethe policy sign`",
			ring_policy_threshold(ring), path);
	else
		status = statement_read(path, &f->statement, err);
	free(path);
	return status;
}

enum lethe_status
policy_file_check(
	struct policy_file *f, const struct ring *ring, struct lethe_error *err)
{
	const struct statement_file named = policy_file_named(f);
	enum lethe_status status;

	f->is_signed = false;
	if (!ring_policy_threshold(ring))
		return LETHE_OK;
	status = read_statement(f, ring, err);
	if (!status)
		status = statement_is_of(&f->statement, &named, err);
	if (!status)
		status = statement_verify(&f->statement, ring, err);
	f->is_signed = !status;
	return status;
}

static enum lethe_status
too_early(const struct policy_file *f, struct lethe_error *err)
{
	char from[TIME_TEXT_BYTES];

	if (!time_format(f->statement.effective_ms, GRAIN_SECOND, from))
		from[0] = '\0';
	return fail(err, LETHE_EAGAIN, 0,
		"policy revision %lld is in force from %s on: start it then, "
		"or put the one before it beside it (%.40s" POLICY_FILE_WAS
		", with its signatures)",
		(long long)f->policy->revision, from, f->path);
}

/* Signed, in force already, and the one that the file follows. */
static enum lethe_status
check_was(struct policy_file *was, const struct policy_file *f,
	const struct ring *ring, int64_t now_ms, struct lethe_error *err)
{
	const struct statement_file named = policy_file_named(was);
	enum lethe_status status = policy_file_check(was, ring, err);

	if (!status)
		status = statement_follows(&f->statement, &named, err);
	if (!status && was->statement.effective_ms > now_ms)
		return too_early(was, err);
	return status;
}

enum lethe_status
policy_file_start(struct policy_file *f, const struct ring *ring,
	int64_t now_ms, lethe_mistake_fn *told, void *ctx, bool *waits,
	struct lethe_error *err)
{
	enum lethe_status status = policy_file_check(f, ring, err);
	struct policy_file was = {0};
	char *path;

	*waits = false;
	if (status || !f->is_signed || f->statement.effective_ms <= now_ms)
		return status;
	path = path_with(f->path, POLICY_FILE_WAS);
	if (!path)
		return no_memory(err);
	if (access(path, F_OK))
		status = too_early(f, err);
	if (!status)
		status = policy_file_open_watched(
			path, now_ms, told, ctx, &was, err);
	if (!status)
		status = check_was(&was, f, ring, now_ms, err);
	if (!status) {
		struct policy_file later = *f;

		*f = was;
		was = later;
		*waits = true;
	}
	policy_file_fini(&was);
	free(path);
	return status;
}
