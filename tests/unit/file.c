#include "suite.h"

#include "base/file.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a file is after it was written over: which one, and who may read it. */

static char folder[64], file[96], other[96];

static void
setup(void)
{
	(void)snprintf(folder, sizeof(folder), "/tmp/lethe-unit-file-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(file, sizeof(file), "%s/f", folder);
	(void)snprintf(other, sizeof(other), "%s/l", folder);
}

static void
teardown(void)
{
	unlink(file);
	unlink(other);
	ck_assert_int_eq(rmdir(folder), 0); /* nothing else is left */
}

static enum lethe_status
put(const char *path, mode_t mode, bool fresh, const char *text)
{
	return file_write(path, mode, fresh, slice_of(text), NULL);
}

static void
holds(const char *path, const char *text)
{
	struct buf found;

	buf_init(&found, 0);
	ck_assert_status(file_read(path, 100, &found, NULL), LETHE_OK);
	ck_assert(slice_is(buf_slice(&found), text));
	buf_fini(&found);
}

static mode_t
mode_of(const char *path)
{
	struct stat st;

	ck_assert_int_eq(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

START_TEST(a_link_stays_and_what_it_leads_to_is_written)
{
	setup();
	ck_assert_status(put(file, 0644, true, "old"), LETHE_OK);
	ck_assert_int_eq(symlink("f", other), 0);
	ck_assert_status(put(other, 0644, false, "new"), LETHE_OK);
	holds(file, "new");
	ck_assert_int_eq(mode_of(other) & 0777, 0777);
	ck_assert_status(put(other, 0644, true, "x"), LETHE_EUSAGE);
	unlink(file);
	ck_assert_status(put(other, 0644, false, "x"), LETHE_EIO);
	ck_assert_int_eq(access(file, F_OK), -1);
	teardown();
}
END_TEST

static const struct mode_case {
	mode_t was, asked, is;
} modes[] = {
	{0640, 0644, 0640},
	{0600, 0644, 0600},
	{0644, 0600, 0600},
	{0644, 0644, 0644},
};

START_TEST(nobody_may_read_who_could_not)
{
	const struct mode_case *c = &modes[_i];

	setup();
	ck_assert_status(put(file, 0600, true, "old"), LETHE_OK);
	ck_assert_int_eq(chmod(file, c->was), 0);
	ck_assert_status(put(file, c->asked, false, "new"), LETHE_OK);
	holds(file, "new");
	ck_assert_int_eq(mode_of(file), c->is);
	teardown();
}
END_TEST

/* Root alone can make a file of somebody else. */
START_TEST(whose_it_is_stays)
{
	struct stat st;

	setup();
	ck_assert_status(put(file, 0640, true, "old"), LETHE_OK);
	if (geteuid())
		puts("whose_it_is_stays: as root alone, so not looked at");
	else
		ck_assert_int_eq(chown(file, 12345, 23456), 0);
	ck_assert_status(put(file, 0644, false, "new"), LETHE_OK);
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_uint_eq(st.st_uid, geteuid() ? geteuid() : 12345);
	ck_assert_uint_eq(st.st_gid, geteuid() ? getegid() : 23456);
	holds(file, "new");
	teardown();
}
END_TEST

START_TEST(what_is_watched_is_a_regular_file)
{
	struct buf found;

	setup();
	buf_init(&found, 0);
	ck_assert_int_eq(mkfifo(file, 0600), 0);
	alarm(10); /* one that waits for a writer ends so */
	ck_assert_status(file_read_watched(file, 100, &found, NULL), LETHE_EIO);
	ck_assert_status(
		file_read_watched(folder, 100, &found, NULL), LETHE_EIO);
	ck_assert_status(
		file_read_watched("/dev/zero", 100, &found, NULL), LETHE_EIO);
	ck_assert_int_eq(unlink(file), 0);
	ck_assert_status(put(file, 0600, true, "text"), LETHE_OK);
	ck_assert_int_eq(symlink(file, other), 0);
	ck_assert_status(file_read_watched(other, 100, &found, NULL), LETHE_OK);
	ck_assert(slice_is(buf_slice(&found), "text"));
	buf_fini(&found);
	teardown();
}
END_TEST

SUITE("file", TEST(a_link_stays_and_what_it_leads_to_is_written),
	ROWS(nobody_may_read_who_could_not, modes), TEST(whose_it_is_stays),
	TEST(what_is_watched_is_a_regular_file))
