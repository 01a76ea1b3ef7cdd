#include "suite.h"

#include "base/file.h"
#include "crypto/encode.h"
#include "crypto/keypair.h"
#include "crypto/secret.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64], file[96];

static void
setup(void)
{
	ck_assert_status(crypto_start(NULL), LETHE_OK);
	(void)snprintf(folder, sizeof(folder), "/tmp/lethe-unit-key-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(file, sizeof(file), "%s/k", folder);
}

static void
teardown(void)
{
	unlink(file);
	rmdir(folder);
}

static struct secret_key *
written(void)
{
	struct secret_key *k;
	struct public_key public;

	ck_assert_status(keypair_generate(&k, &public, NULL), LETHE_OK);
	ck_assert_status(secret_key_write(file, k, NULL), LETHE_OK);
	return k;
}

START_TEST(opens_what_it_wrote)
{
	struct secret_key *k, *again;
	struct stat st;

	setup();
	k = written();
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_status(secret_key_open(file, &again, NULL), LETHE_OK);
	ck_assert_mem_eq(secret_key_public(k), secret_key_public(again),
		PUBLIC_KEY_BYTES);
	ck_assert_mem_eq(secret_key_bytes(k), secret_key_bytes(again), 32);
	ck_assert_status(secret_key_write(file, k, NULL), LETHE_EUSAGE);
	secret_key_free(k);
	secret_key_free(again);
	teardown();
}
END_TEST

static const struct {
	mode_t mode;
	uid_t owner;
	enum lethe_status status;
	const char *what;
} modes[] = {
	{0600, 0, LETHE_OK, NULL},
	{0400, 0, LETHE_OK, NULL},
	{0440, 0, LETHE_OK, NULL},
	{0640, 0, LETHE_OK, NULL},
	{0644, 0, LETHE_EKEY, "others may open it"},
	{0604, 0, LETHE_EKEY, "others may open it"},
	{0602, 0, LETHE_EKEY, "others may open it"},
	{0660, 0, LETHE_EKEY, "its group may write it"},
	{0620, 0, LETHE_EKEY, "its group may write it"},
	{0666, 0, LETHE_EKEY, "others may open it"},
	{0640, 65534, LETHE_EKEY, "belongs to another user"},
	{0600, 65534, LETHE_EKEY, "belongs to another user"},
};

START_TEST(holds_the_mode_against_the_rule)
{
	struct lethe_error err = {0};
	struct secret_key *k, *again;

	if (geteuid() != 0)
		return;
	setup();
	k = written();
	ck_assert_int_eq(chown(file, modes[_i].owner, (gid_t)-1), 0);
	ck_assert_int_eq(chmod(file, modes[_i].mode), 0);
	ck_assert_status(secret_key_open(file, &again, &err), modes[_i].status);
	if (modes[_i].what) {
		ck_assert_msg(strstr(err.what, modes[_i].what) != NULL, "%s",
			err.what);
		ck_assert_ptr_null(again);
	}
	secret_key_free(again);
	secret_key_free(k);
	teardown();
}
END_TEST

/* Not root: the group may not even read its own user's file. */
START_TEST(lets_a_group_read_roots_files_alone)
{
	struct lethe_error err = {0};
	struct secret_key *k, *again = NULL;
	uid_t self = geteuid();

	setup();
	k = written();
	ck_assert_int_eq(chmod(file, 0640), 0);
	if (self == 0) {
		ck_assert_int_eq(chmod(folder, 0755), 0);
		ck_assert_int_eq(chown(file, 65534, 65534), 0);
		ck_assert_int_eq(seteuid(65534), 0);
	}
	ck_assert_status(secret_key_open(file, &again, &err), LETHE_EKEY);
	ck_assert_msg(strstr(err.what, "its group may read it") != NULL, "%s",
		err.what);
	if (self == 0)
		ck_assert_int_eq(seteuid(0), 0);
	secret_key_free(k);
	teardown();
}
END_TEST

/* base64url of 32 bytes */
#define GOOD "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

static const struct {
	const char *text;
	enum lethe_status status;
	const char *what;
} forms[] = {
	{"lethe-secret-key 1\n" GOOD "\n", LETHE_OK, NULL},
	{"lethe-secret-key 1\n" GOOD, LETHE_OK, NULL},
	{"", LETHE_EKEY, "is not a secret key"},
	{"lethe-secret-key 1", LETHE_EKEY, "32 bytes in base64url"},
	{"lethe-secret-key 1\n", LETHE_EKEY, "32 bytes in base64url"},
	{"lethe-secret-key 1\n" GOOD "\n\n", LETHE_EKEY,
		"32 bytes in base64url"},
	{"lethe-secret-key 1\n" GOOD "=\n", LETHE_EKEY,
		"32 bytes in base64url"},
	{"lethe-secret-key 1\n" GOOD "A\n", LETHE_EKEY,
		"32 bytes in base64url"},
	{"lethe-secret-key 1\r\n" GOOD "\r\n", LETHE_EUNSUPPORTED,
		"of another format"},
	{"lethe-secret-key 2\n" GOOD "\n", LETHE_EUNSUPPORTED,
		"of another format"},
	{"lethe-secret-key 1 argon2id\n" GOOD "\n", LETHE_EKEY,
		"must end with `argon2id`"},
	{"lethe-secret-key 1 scrypt 1 8192 A\n" GOOD "\n", LETHE_EUNSUPPORTED,
		"in a way that is not supported"},
	{"lethe-secret-key 1 \n" GOOD "\n", LETHE_EUNSUPPORTED,
		"in a way that is not supported"},
	{"lethe-public-key 1\n" GOOD "\nid 0\n", LETHE_EKEY,
		"holds a public key; a secret key is needed"},
	{"lethe-signing-key 1\n" GOOD "\n", LETHE_EKEY,
		"holds a signing key; a secret key is needed"},
	{"lethe-verify-key 1\n" GOOD "\nid 0\n", LETHE_EKEY,
		"holds a verify key; a secret key is needed"},
	{"-----BEGIN PRIVATE KEY-----\n", LETHE_EKEY, "is not a secret key"},
};

START_TEST(knows_its_own_form_alone)
{
	struct lethe_error err = {0};
	struct secret_key *k;

	setup();
	ck_assert_status(
		file_write(file, 0600, true, slice_of(forms[_i].text), NULL),
		LETHE_OK);
	ck_assert_status(secret_key_open(file, &k, &err), forms[_i].status);
	if (forms[_i].what)
		ck_assert_msg(strstr(err.what, forms[_i].what) != NULL, "%s",
			err.what);
	ck_assert_ptr_null(strstr(err.what, "AAECAwQ"));
	secret_key_free(k);
	teardown();
}
END_TEST

START_TEST(refuses_what_is_no_file_or_too_long)
{
	struct lethe_error err = {0};
	struct secret_key *k;
	char text[600];

	setup();
	ck_assert_status(secret_key_open(file, &k, &err), LETHE_EKEY);
	ck_assert_status(secret_key_open(folder, &k, &err), LETHE_EKEY);
	ck_assert_status(secret_key_open("/dev/null", &k, &err), LETHE_EKEY);
	memset(text, 'A', sizeof(text));
	ck_assert_status(file_write(file, 0600, true,
				 slice_make(text, sizeof(text)), NULL),
		LETHE_OK);
	ck_assert_status(secret_key_open(file, &k, &err), LETHE_EKEY);
	ck_assert_msg(strstr(err.what, "too long") != NULL, "%s", err.what);
	teardown();
}
END_TEST

START_TEST(reads_a_descriptor_and_closes_it)
{
	static const char text[] = "lethe-secret-key 1\n" GOOD "\n";
	struct lethe_error err = {0};
	struct secret_key *k;
	char where[16];
	int ends[2];

	setup();
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(
		write(ends[1], text, sizeof(text) - 1), sizeof(text) - 1);
	close(ends[1]);
	(void)snprintf(where, sizeof(where), "fd:%d", ends[0]);
	ck_assert_status(secret_key_open(where, &k, &err), LETHE_OK);
	ck_assert_int_eq(fcntl(ends[0], F_GETFD), -1);
	secret_key_free(k);
	ck_assert_status(secret_key_open(where, &k, &err), LETHE_EKEY);
	ck_assert_status(secret_key_open("fd:", &k, &err), LETHE_EKEY);
	ck_assert_status(secret_key_open("fd:x", &k, &err), LETHE_EKEY);
	ck_assert_status(secret_key_open("fd:-1", &k, &err), LETHE_EKEY);
	teardown();
}
END_TEST

START_TEST(notices_each_changed_byte_of_a_public_key)
{
	struct secret_key *k;
	struct public_key public, again, none = {0};
	struct buf text;

	setup();
	ck_assert_status(keypair_generate(&k, &public, NULL), LETHE_OK);
	ck_assert_status(public_key_write(file, &public, NULL), LETHE_OK);
	ck_assert_status(public_key_open(file, &again, NULL), LETHE_OK);
	ck_assert_mem_eq(&public, &again, sizeof(public));
	buf_init(&text, 0);
	ck_assert_status(file_read(file, 1000, &text, NULL), LETHE_OK);
	for (size_t i = 0; i < text.len; i++) {
		text.ptr[i] ^= 1;
		ck_assert_status(
			file_write(file, 0644, false, buf_slice(&text), NULL),
			LETHE_OK);
		ck_assert_msg(public_key_open(file, &again, NULL) != LETHE_OK,
			"byte %zu", i);
		ck_assert_mem_eq(&again, &none, sizeof(none));
		text.ptr[i] ^= 1;
	}
	buf_fini(&text);
	secret_key_free(k);
	teardown();
}
END_TEST

START_TEST(refuses_points_that_seal_for_everybody)
{
	static const struct public_key zero, one = {{1}};
	struct public_key high = {{9}};

	ck_assert(!public_key_usable(&zero));
	ck_assert(!public_key_usable(&one));
	ck_assert(public_key_usable(&high));
	high.bytes[31] |= 0x80;
	ck_assert(!public_key_usable(&high));
}
END_TEST

SUITE("keypair", TEST(opens_what_it_wrote),
	ROWS(holds_the_mode_against_the_rule, modes),
	TEST(lets_a_group_read_roots_files_alone),
	ROWS(knows_its_own_form_alone, forms),
	TEST(refuses_what_is_no_file_or_too_long),
	TEST(reads_a_descriptor_and_closes_it),
	TEST(notices_each_changed_byte_of_a_public_key),
	TEST(refuses_points_that_seal_for_everybody))
