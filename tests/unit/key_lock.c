#include "suite.h"

#include "base/file.h"
#include "crypto/encode.h"
#include "crypto/keypair/form.h"
#include "crypto/place.h"
#include "crypto/secret.h"
#include "event/reader.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Keys under a passphrase, and signatures, against a second implementation. */

enum slot {
	KIND,
	PASSPHRASE,
	BYTES,
	TEXT,
	SEED,
	PUBLIC,
	ID,
	MESSAGE,
	SIGNATURE,
	SLOTS,
};

static const char *const paths[SLOTS] = {
	"$.locked[*].kind",
	"$.locked[*].passphrase",
	"$.locked[*].bytes",
	"$.locked[*].text",
	"$.signed[*].seed",
	"$.signed[*].public",
	"$.signed[*].id",
	"$.signed[*].message",
	"$.signed[*].signature",
};

static char folder[64], file[96], words[96], verify[96];

static void
setup(void)
{
	ck_assert_status(crypto_start(NULL), LETHE_OK);
	(void)snprintf(folder, sizeof(folder), "/tmp/lethe-unit-lock-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(file, sizeof(file), "%s/k", folder);
	(void)snprintf(words, sizeof(words), "%s/p", folder);
	(void)snprintf(verify, sizeof(verify), "%s/v", folder);
}

static void
teardown(void)
{
	unlink(file);
	unlink(words);
	unlink(verify);
	rmdir(folder);
}

static void
put_file(const char *path, struct slice text)
{
	ck_assert_status(file_write(path, 0600, false, text, NULL), LETHE_OK);
}

struct vectors {
	struct arena arena;
	struct trie *trie;
	struct reader *reader;
	struct buf text;
	struct reading found;
};

static void
vectors_init(struct vectors *v)
{
	struct limits limits = LIMITS_DEFAULT;
	struct path path;

	arena_init(&v->arena, 0);
	buf_init(&v->text, 0);
	ck_assert_status(trie_new(&v->trie, NULL), LETHE_OK);
	for (uint32_t i = 0; i < SLOTS; i++) {
		ck_assert_status(
			path_parse(&v->arena, slice_of(paths[i]), &path, NULL),
			LETHE_OK);
		ck_assert_status(trie_add(v->trie, &path, i, NULL), LETHE_OK);
	}
	ck_assert_status(trie_seal(v->trie, SLOTS, NULL), LETHE_OK);
	ck_assert_status(reader_new(7, &v->reader, NULL), LETHE_OK);
	ck_assert_status(
		file_read("tests/vectors/keys.json", 1 << 20, &v->text, NULL),
		LETHE_OK);
	ck_assert_status(reader_read(v->reader, v->trie, &limits, FORMAT_JSON,
				 buf_slice(&v->text), NULL, &v->found, NULL),
		LETHE_OK);
}

static void
vectors_fini(struct vectors *v)
{
	reader_free(v->reader);
	trie_free(v->trie);
	buf_fini(&v->text);
	arena_fini(&v->arena);
}

/* The text of a row; ptr NULL when there is no such row. */
static struct slice
get(const struct vectors *v, enum slot slot, uint32_t row)
{
	const struct capture *c = reading_first(&v->found, slot);

	while (c && c->index != row)
		c = reading_next(&v->found, c);
	return c ? c->value.text : (struct slice){0};
}

static struct slice
get_bytes(struct vectors *v, enum slot slot, uint32_t row)
{
	struct slice hex = get(v, slot, row);
	uint8_t *out = arena_alloc(&v->arena, hex.len / 2 + 1);

	ck_assert(hex_get(hex, out, hex.len / 2));
	return slice_make(out, hex.len / 2);
}

static void
opens_row(struct vectors *v, uint32_t row)
{
	struct slice passphrase = get_bytes(v, PASSPHRASE, row);
	struct slice key = get_bytes(v, BYTES, row);
	enum key_kind kind = slice_is(get(v, KIND, row), "secret")
				     ? KEY_SECRET
				     : KEY_SIGNING;
	uint8_t got[KEY_BYTES];
	struct key_text t;
	char again[KEY_FILE_MAX];
	struct slice text = get(v, TEXT, row);

	ck_assert_status(key_text_parse(kind, text, "row", &t, NULL), LETHE_OK);
	ck_assert(t.locked);
	ck_assert_status(
		key_unlock(kind, &t.lock, passphrase, "row", got, NULL),
		LETHE_OK);
	ck_assert_mem_eq(got, key.ptr, KEY_BYTES);
	ck_assert(slice_equal(
		text, slice_make(again, key_text_put(kind, &t, again))));
}

START_TEST(opens_what_another_implementation_locked)
{
	struct vectors v;
	uint32_t rows = 0;

	setup();
	vectors_init(&v);
	while (get(&v, KIND, rows).ptr)
		opens_row(&v, rows++);
	ck_assert_uint_eq(rows, 5);
	vectors_fini(&v);
	teardown();
}
END_TEST

static void
signs_row(struct vectors *v, uint32_t row)
{
	struct key_text t = {0};
	struct slice public = get_bytes(v, PUBLIC, row);
	struct slice message = get_bytes(v, MESSAGE, row);
	struct slice signature = get_bytes(v, SIGNATURE, row);
	char text[KEY_FILE_MAX], id[2 * KEY_ID_BYTES + 1];
	uint8_t made[SIGNATURE_BYTES];
	struct signing_key *k;

	memcpy(t.bytes, get_bytes(v, SEED, row).ptr, KEY_BYTES);
	put_file(file, slice_make(text, key_text_put(KEY_SIGNING, &t, text)));
	ck_assert_status(signing_key_open(file, NULL, &k, NULL), LETHE_OK);
	ck_assert_mem_eq(signing_key_verify(k)->bytes, public.ptr, KEY_BYTES);
	verify_key_id(signing_key_verify(k), id);
	ck_assert(slice_is(get(v, ID, row), id));
	sign_bytes(k, message, made);
	ck_assert_uint_eq(signature.len, SIGNATURE_BYTES);
	ck_assert_mem_eq(made, signature.ptr, SIGNATURE_BYTES);
	ck_assert(verify_bytes(signing_key_verify(k), message, made));
	signing_key_free(k);
}

START_TEST(signs_as_another_implementation_does)
{
	struct vectors v;
	uint32_t rows = 0;

	setup();
	vectors_init(&v);
	while (get(&v, SEED, rows).ptr)
		signs_row(&v, rows++);
	ck_assert_uint_eq(rows, 4);
	vectors_fini(&v);
	teardown();
}
END_TEST

START_TEST(a_signature_is_of_these_bytes_and_this_key_alone)
{
	struct verify_key a, b;
	struct signing_key *k, *other;
	uint8_t signature[SIGNATURE_BYTES], bytes[40] = "purpose";
	struct slice message = slice_make(bytes, sizeof(bytes));

	setup();
	ck_assert_status(signing_key_generate(&k, &a, NULL), LETHE_OK);
	ck_assert_status(signing_key_generate(&other, &b, NULL), LETHE_OK);
	sign_bytes(k, message, signature);
	ck_assert(verify_bytes(&a, message, signature));
	ck_assert(!verify_bytes(&b, message, signature));
	for (size_t i = 0; i < 8 * sizeof(bytes); i++) {
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		ck_assert(!verify_bytes(&a, message, signature));
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (size_t i = 0; i < 8 * sizeof(signature); i++) {
		signature[i / 8] ^= (uint8_t)(1 << i % 8);
		ck_assert(!verify_bytes(&a, message, signature));
		signature[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	ck_assert(!verify_bytes(&a, slice_make(bytes, 39), signature));
	signing_key_free(k);
	signing_key_free(other);
	teardown();
}
END_TEST

/* As little as a file may ask for: the tests open hundreds. */
static struct key_protection
cheap(const char *passphrase)
{
	return (struct key_protection){.passphrase = slice_of(passphrase),
		.passes = 1,
		.memory_bytes = KEY_MEMORY_LEAST};
}

START_TEST(comes_back_under_its_passphrase)
{
	struct key_protection p = cheap("four words of mine");
	struct signing_key *signing, *signs;
	struct secret_key *k, *again;
	struct public_key public;
	struct verify_key checks;
	struct stat st;

	setup();
	put_file(words, slice_of("four words of mine\n"));
	ck_assert_status(keypair_generate(&k, &public, NULL), LETHE_OK);
	ck_assert_status(
		secret_key_write_as(file, k, &p, false, NULL), LETHE_OK);
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_status(
		secret_key_open_under(file, words, &again, NULL), LETHE_OK);
	ck_assert_mem_eq(secret_key_bytes(k), secret_key_bytes(again), 32);
	ck_assert_mem_eq(secret_key_public(again), &public, sizeof(public));
	secret_key_free(again);
	ck_assert_status(
		secret_key_write_as(file, k, &p, false, NULL), LETHE_EUSAGE);
	ck_assert_status(
		secret_key_write_as(file, k, NULL, true, NULL), LETHE_OK);
	ck_assert_status(secret_key_open(file, &again, NULL), LETHE_OK);
	secret_key_free(again);
	ck_assert_status(
		signing_key_generate(&signing, &checks, NULL), LETHE_OK);
	ck_assert_status(
		signing_key_write_as(file, signing, &p, true, NULL), LETHE_OK);
	ck_assert_status(signing_key_open(file, words, &signs, NULL), LETHE_OK);
	ck_assert_mem_eq(signing_key_verify(signs), &checks, sizeof(checks));
	signing_key_free(signs);
	signing_key_free(signing);
	secret_key_free(k);
	teardown();
}
END_TEST

/* What a guesser sees must not tell how near the guess was. */
START_TEST(a_wrong_passphrase_and_a_changed_file_look_alike)
{
	struct key_protection p = cheap("four words of mine");
	struct lethe_error wrong = {0}, changed = {0};
	struct secret_key *k, *again;
	struct public_key public;
	struct key_text t;
	char text[KEY_FILE_MAX];

	setup();
	ck_assert_status(keypair_generate(&k, &public, NULL), LETHE_OK);
	put_file(words, slice_of("four words of mind"));
	ck_assert_status(
		secret_key_write_as(file, k, &p, false, NULL), LETHE_OK);
	ck_assert_status(
		secret_key_open_under(file, words, &again, &wrong), LETHE_EKEY);
	ck_assert_ptr_null(again);
	put_file(words, p.passphrase);
	t.locked = true;
	t.lock.passes = 1;
	t.lock.memory_bytes = KEY_MEMORY_LEAST;
	ck_assert_status(key_lock(KEY_SECRET, secret_key_bytes(k), p.passphrase,
				 &t.lock, NULL),
		LETHE_OK);
	t.lock.sealed[7] ^= 4;
	put_file(file, slice_make(text, key_text_put(KEY_SECRET, &t, text)));
	ck_assert_status(secret_key_open_under(file, words, &again, &changed),
		LETHE_EKEY);
	ck_assert_str_eq(wrong.what, changed.what);
	ck_assert(strstr(wrong.what, "passphrase is wrong, or the file was") !=
		  NULL);
	secret_key_free(k);
	teardown();
}
END_TEST

START_TEST(no_byte_of_a_locked_file_can_be_changed)
{
	struct key_protection p = cheap("four words of mine");
	struct secret_key *k, *again;
	struct public_key public;
	struct buf text;

	setup();
	put_file(words, p.passphrase);
	ck_assert_status(keypair_generate(&k, &public, NULL), LETHE_OK);
	ck_assert_status(
		secret_key_write_as(file, k, &p, false, NULL), LETHE_OK);
	buf_init(&text, 0);
	ck_assert_status(file_read(file, 1000, &text, NULL), LETHE_OK);
	for (size_t i = 0; i < text.len; i++)
		for (unsigned bit = 1; bit < 256; bit <<= 1) {
			text.ptr[i] ^= (uint8_t)bit;
			put_file(file, buf_slice(&text));
			ck_assert_msg(secret_key_open_under(file, words, &again,
					      NULL) != LETHE_OK,
				"byte %zu", i);
			ck_assert_ptr_null(again);
			text.ptr[i] ^= (uint8_t)bit;
		}
	buf_fini(&text);
	secret_key_free(k);
	teardown();
}
END_TEST

#define SALT "AQIDBAUGBwgJCgsMDQ4PEA"
#define NONCE "ERITFBUWFxgZGhscHR4fICEiIyQlJico"
#define SEALED \
	"AQIDBAUGBwgJCgsMDQ4PEAECAwQFBgcICQoLDA0ODxABAgMEBQYHCAkKCwwNDg8Q"
#define REST NONCE " " SEALED "\n"

static const struct {
	const char *text;
	const char *what;
} heads[] = {
	{"argon2id 17 8192 " SALT "\n" REST, "asks for more than 16 passes"},
	{"argon2id 1 1073742848 " SALT "\n" REST, "or 1024 MiB"},
	{"argon2id 1 999999999999 " SALT "\n" REST, "or 1024 MiB"},
	{"argon2id 1 8191 " SALT "\n" REST, "odd size"},
	{"argon2id 1 8193 " SALT "\n" REST, "odd size"},
	{"argon2id 4294967297 8192 " SALT "\n" REST, "more than 16 passes"},
	{"argon2id 18446744073709551617 8192 " SALT "\n" REST, "must end with"},
	{"argon2id 0 8192 " SALT "\n" REST, "must end with"},
	{"argon2id 01 8192 " SALT "\n" REST, "must end with"},
	{"argon2id -1 8192 " SALT "\n" REST, "must end with"},
	{"argon2id 1 8192\n" REST, "must end with"},
	{"argon2id 1 8192 " SALT " \n" REST, "must end with"},
	{"argon2id  1 8192 " SALT "\n" REST, "must end with"},
	{"argon2id 1 8192 " SALT "A\n" REST, "must end with"},
	{"argon2i 1 8192 " SALT "\n" REST, "not supported by this version"},
	{"argon2id 1 8192 " SALT "\n" NONCE SEALED "\n",
		"a nonce and the sealed"},
	{"argon2id 1 8192 " SALT "\n" REST "\n", "a nonce and the sealed"},
	{"argon2id 1 8192 " SALT "\n", "a nonce and the sealed"},
	{"argon2id 1 8192 " SALT "\n" REST, "passphrase is wrong"},
};

START_TEST(holds_what_a_file_asks_for_within_bounds)
{
	struct lethe_error err = {0};
	struct secret_key *k;
	char text[KEY_FILE_MAX];

	setup();
	put_file(words, slice_of("four words of mine"));
	(void)snprintf(
		text, sizeof(text), "lethe-secret-key 1 %s", heads[_i].text);
	put_file(file, slice_of(text));
	ck_assert(secret_key_open_under(file, words, &k, &err) != LETHE_OK);
	ck_assert_ptr_null(k);
	ck_assert_msg(strstr(err.what, heads[_i].what) != NULL, "%s", err.what);
	teardown();
}
END_TEST

static const struct {
	const char *text;
	enum lethe_status status;
	const char *what;
} passphrases[] = {
	{"four words of mine", LETHE_OK, NULL},
	{"four words of mine\n", LETHE_OK, NULL},
	{"four words of mine\r\n", LETHE_OK, NULL},
	{"four words of mine\n\n", LETHE_EKEY, "is wrong"},
	{" four words of mine", LETHE_EKEY, "is wrong"},
	{"", LETHE_EKEY, "is empty"},
	{"\n", LETHE_EKEY, "is empty"},
};

START_TEST(a_passphrase_is_one_line)
{
	struct key_protection p = cheap("four words of mine");
	struct lethe_error err = {0};
	struct secret_key *k, *again;
	struct public_key public;

	setup();
	ck_assert_status(keypair_generate(&k, &public, NULL), LETHE_OK);
	ck_assert_status(
		secret_key_write_as(file, k, &p, false, NULL), LETHE_OK);
	put_file(words, slice_of(passphrases[_i].text));
	ck_assert_status(secret_key_open_under(file, words, &again, &err),
		passphrases[_i].status);
	if (passphrases[_i].what)
		ck_assert_msg(strstr(err.what, passphrases[_i].what) != NULL,
			"%s", err.what);
	secret_key_free(again);
	secret_key_free(k);
	teardown();
}
END_TEST

START_TEST(a_passphrase_that_nothing_asks_for_is_refused)
{
	struct lethe_error err = {0};
	struct secret_key *k, *again;
	struct public_key public;

	setup();
	put_file(words, slice_of("four words of mine"));
	ck_assert_status(keypair_generate(&k, &public, NULL), LETHE_OK);
	ck_assert_status(secret_key_write(file, k, NULL), LETHE_OK);
	ck_assert_status(
		secret_key_open_under(file, words, &again, &err), LETHE_EKEY);
	ck_assert_msg(strstr(err.what, "stands under no passphrase") != NULL,
		"%s", err.what);
	secret_key_free(k);
	teardown();
}
END_TEST

START_TEST(a_new_passphrase_has_its_length)
{
	struct lethe_error err = {0};
	struct passphrase *p;
	char long_one[PASSPHRASE_BYTES_MAX + 2];

	setup();
	put_file(words, slice_of("seven77\n"));
	ck_assert_status(
		passphrase_open(words, "k", true, &p, &err), LETHE_EKEY);
	ck_assert_msg(
		strstr(err.what, "shorter than 8") != NULL, "%s", err.what);
	ck_assert_status(
		passphrase_open(words, "k", false, &p, &err), LETHE_OK);
	ck_assert(slice_is(passphrase_bytes(p), "seven77"));
	passphrase_free(p);
	memset(long_one, 'a', sizeof(long_one));
	put_file(words, slice_make(long_one, PASSPHRASE_BYTES_MAX));
	ck_assert_status(passphrase_open(words, "k", true, &p, &err), LETHE_OK);
	ck_assert_uint_eq(passphrase_bytes(p).len, PASSPHRASE_BYTES_MAX);
	passphrase_free(p);
	put_file(words, slice_make(long_one, PASSPHRASE_BYTES_MAX + 1));
	ck_assert_status(
		passphrase_open(words, "k", true, &p, &err), LETHE_EKEY);
	ck_assert_ptr_null(p);
	teardown();
}
END_TEST

static const struct {
	const char *text;
	const char *as_signing, *as_verify, *as_public;
} kinds[] = {
	{"lethe-secret-key 1\n", "holds a secret key; a signing key is needed",
		"holds a secret key; a verify key is needed",
		"holds a secret key; a public key is needed"},
	{"lethe-secret-key 1 argon2id 1 8192 " SALT "\n",
		"holds a secret key; a signing key is needed",
		"holds a secret key; a verify key is needed",
		"holds a secret key; a public key is needed"},
	{"lethe-public-key 1\n", "holds a public key; a signing key is needed",
		"holds a public key; a verify key is needed", "32 bytes"},
	{"lethe-signing-key 1\n", "32 bytes",
		"holds a signing key; a verify key is needed",
		"holds a signing key; a public key is needed"},
	{"lethe-verify-key 1\n", "holds a verify key; a signing key is needed",
		"32 bytes", "holds a verify key; a public key is needed"},
	{"lethe-ring 1\n", "is not a signing key", "is not a verify key",
		"is not a public key"},
	{"", "is not a signing key", "is not a verify key",
		"is not a public key"},
};

START_TEST(refuses_each_other_kind_by_name)
{
	struct lethe_error err = {0};
	struct signing_key *signing;
	struct public_key public;
	struct verify_key key;

	setup();
	put_file(file, slice_of(kinds[_i].text));
	ck_assert(signing_key_open(file, NULL, &signing, &err) != LETHE_OK);
	ck_assert_ptr_null(signing);
	ck_assert_msg(
		strstr(err.what, kinds[_i].as_signing) != NULL, "%s", err.what);
	ck_assert(verify_key_open(file, &key, &err) != LETHE_OK);
	ck_assert_msg(
		strstr(err.what, kinds[_i].as_verify) != NULL, "%s", err.what);
	ck_assert(public_key_open(file, &public, &err) != LETHE_OK);
	ck_assert_msg(
		strstr(err.what, kinds[_i].as_public) != NULL, "%s", err.what);
	teardown();
}
END_TEST

START_TEST(notices_each_changed_byte_of_a_verify_key)
{
	struct verify_key key, again, none = {0};
	struct signing_key *k;
	struct buf text;

	setup();
	ck_assert_status(signing_key_generate(&k, &key, NULL), LETHE_OK);
	ck_assert_status(verify_key_write(verify, &key, NULL), LETHE_OK);
	ck_assert_status(verify_key_open(verify, &again, NULL), LETHE_OK);
	ck_assert_mem_eq(&key, &again, sizeof(key));
	ck_assert_status(verify_key_write(verify, &key, NULL), LETHE_EUSAGE);
	buf_init(&text, 0);
	ck_assert_status(file_read(verify, 1000, &text, NULL), LETHE_OK);
	for (size_t i = 0; i < text.len; i++) {
		text.ptr[i] ^= 1;
		put_file(verify, buf_slice(&text));
		ck_assert_msg(verify_key_open(verify, &again, NULL) != LETHE_OK,
			"byte %zu", i);
		ck_assert_mem_eq(&again, &none, sizeof(none));
		text.ptr[i] ^= 1;
	}
	buf_fini(&text);
	signing_key_free(k);
	teardown();
}
END_TEST

/* With such a point a signature of nobody's would be good. */
START_TEST(refuses_points_that_sign_for_everybody)
{
	static const struct verify_key zero, one = {{1}};
	struct lethe_error err = {0};
	struct verify_key got;
	char text[KEY_FILE_MAX];

	setup();
	ck_assert(!verify_key_usable(&zero));
	ck_assert(!verify_key_usable(&one));
	put_file(verify,
		slice_make(text, key_public_put(KEY_VERIFY, one.bytes, text)));
	ck_assert_status(verify_key_open(verify, &got, &err), LETHE_EKEY);
	ck_assert_msg(strstr(err.what, "no key that signatures") != NULL, "%s",
		err.what);
	teardown();
}
END_TEST

/* Whether the bytes stand anywhere that this process may write. */
static bool
in_memory(const uint8_t *bytes, size_t len)
{
	char line[512], rights[8];
	unsigned long from, to;
	bool found = false;
	FILE *f = fopen("/proc/self/maps", "r");

	ck_assert_ptr_nonnull(f);
	while (!found && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) == 3 &&
			rights[0] == 'r' && rights[1] == 'w')
			found = memmem((void *)from, to - from, bytes, len);
	fclose(f);
	return found;
}

/* The bytes looked for, never written down whole where they would be found. */
static void
mask(uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] ^= 0x5a;
}

/*
 * Finds a masked secret by its unmasked twin in read-only memory: the twin is
 * made in a sealed guarded block, which in_memory passes over.
 */
static bool
is_left(const uint8_t *masked, size_t len)
{
	uint8_t *twin;
	void *memory;
	bool found;

	ck_assert_status(secret_new(len, &memory, NULL), LETHE_OK);
	twin = memory;
	memcpy(twin, masked, len);
	mask(twin, len);
	secret_seal(twin);
	found = in_memory(twin, len);
	secret_free(twin);
	return found;
}

#define TEXT_BYTES 40 /* of the 43 letters that a file has of a key */

/* The same of a key as its file has it. */
static void
mask_text(const uint8_t *key, uint8_t masked[static TEXT_BYTES])
{
	struct key_text *t;
	void *memory;
	char *text;

	ck_assert_status(
		secret_new(sizeof(*t) + KEY_FILE_MAX, &memory, NULL), LETHE_OK);
	t = memory;
	text = (char *)(t + 1);
	memcpy(t->bytes, key, KEY_BYTES);
	(void)key_text_put(KEY_SECRET, t, text);
	memcpy(masked, strchr(text, '\n') + 1, TEXT_BYTES);
	mask(masked, TEXT_BYTES);
	secret_free(memory);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SEARCHED 0 /* its shadow memory is all of the address space */
#else
#define SEARCHED 1
#endif

START_TEST(nothing_of_a_key_stays_in_memory)
{
	struct key_protection p = cheap("four words of mine");
	uint8_t masked[KEY_BYTES], masked_text[TEXT_BYTES];
	struct buf copy;
	struct secret_key *k, *again;
	struct public_key public;

	if (!SEARCHED)
		return;
	setup();
	ck_assert_status(keypair_generate(&k, &public, NULL), LETHE_OK);
	memcpy(masked, secret_key_bytes(k), KEY_BYTES);
	mask(masked, KEY_BYTES);
	mask_text(secret_key_bytes(k), masked_text);
	ck_assert_status(secret_key_write(file, k, NULL), LETHE_OK);
	ck_assert_status(secret_key_open(file, &again, NULL), LETHE_OK);
	secret_key_free(again);
	ck_assert(public_key_open(file, &public, NULL) != LETHE_OK);
	ck_assert_status(
		secret_key_write_as(file, k, &p, true, NULL), LETHE_OK);
	put_file(words, slice_of("four words of mine"));
	ck_assert_status(
		secret_key_open_under(file, words, &again, NULL), LETHE_OK);
	secret_key_free(again);
	put_file(words, slice_of("another four words"));
	ck_assert_status(
		secret_key_open_under(file, words, &again, NULL), LETHE_EKEY);
	secret_key_free(k);
	ck_assert(!is_left(masked, KEY_BYTES));
	ck_assert(!is_left(masked_text, TEXT_BYTES));
	/* The search finds what is there. */
	buf_init(&copy, 0);
	buf_put(&copy, masked, KEY_BYTES);
	mask(copy.ptr, KEY_BYTES);
	ck_assert(is_left(masked, KEY_BYTES));
	buf_fini(&copy);
	teardown();
}
END_TEST

SUITE("key_lock", TEST(opens_what_another_implementation_locked),
	TEST(signs_as_another_implementation_does),
	TEST(a_signature_is_of_these_bytes_and_this_key_alone),
	TEST(comes_back_under_its_passphrase),
	TEST(a_wrong_passphrase_and_a_changed_file_look_alike),
	TEST(no_byte_of_a_locked_file_can_be_changed),
	ROWS(holds_what_a_file_asks_for_within_bounds, heads),
	ROWS(a_passphrase_is_one_line, passphrases),
	TEST(a_passphrase_that_nothing_asks_for_is_refused),
	TEST(a_new_passphrase_has_its_length),
	ROWS(refuses_each_other_kind_by_name, kinds),
	TEST(notices_each_changed_byte_of_a_verify_key),
	TEST(refuses_points_that_sign_for_everybody),
	TEST(nothing_of_a_key_stays_in_memory))
