#include "crypto/keypair.h"

#include "base/file.h"
#include "crypto/encode.h"
#include "crypto/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_FORM "lethe-secret-key 1"
#define SECRET_WORD "lethe-secret-key "
#define PUBLIC_FORM "lethe-public-key 1"
#define PUBLIC_WORD "lethe-public-key "
#define KEY_TEXT 43 /* 32 bytes in base64url */
#define KEY_FILE_MAX 512

struct secret_key {
	uint8_t bytes[crypto_box_SECRETKEYBYTES];
	struct public_key public;
};

/* The X25519 points that every secret maps to zero, and doubled spellings. */
bool
public_key_usable(const struct public_key *k)
{
	static const uint8_t scalar[crypto_scalarmult_SCALARBYTES] = {8};
	uint8_t product[crypto_scalarmult_BYTES];

	return !(k->bytes[PUBLIC_KEY_BYTES - 1] & 0x80) &&
	       !crypto_scalarmult(product, scalar, k->bytes);
}

enum lethe_status
keypair_generate(struct secret_key **secret, struct public_key *public,
	struct lethe_error *err)
{
	struct secret_key *k;
	enum lethe_status status;
	void *memory;

	*secret = NULL;
	*public = (struct public_key){0};
	status = secret_new(sizeof(*k), &memory, err);
	if (status != LETHE_OK)
		return status;
	k = memory;
	crypto_box_keypair(k->public.bytes, k->bytes);
	secret_seal(k);
	*public = k->public;
	*secret = k;
	return LETHE_OK;
}

enum lethe_status
secret_key_write(const char *path, const struct secret_key *secret,
	struct lethe_error *err)
{
	static const char head[] = SECRET_FORM "\n";
	enum lethe_status status;
	void *memory;
	char *text;
	size_t len = sizeof(head) - 1;

	status = secret_new(KEY_FILE_MAX, &memory, err);
	if (status != LETHE_OK)
		return status;
	text = memory;
	memcpy(text, head, len);
	sodium_bin2base64(text + len, KEY_TEXT + 1, secret->bytes,
		sizeof(secret->bytes),
		sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	len += KEY_TEXT;
	text[len++] = '\n';
	status = file_write(path, 0600, true, slice_make(text, len), err);
	secret_free(memory);
	return status;
}

enum lethe_status
public_key_write(const char *path, const struct public_key *public,
	struct lethe_error *err)
{
	char id[2 * KEY_ID_BYTES + 1];
	enum lethe_status status;
	struct buf text;

	buf_init(&text, KEY_FILE_MAX);
	public_key_id(public, id);
	buf_put_text(&text, PUBLIC_FORM "\n");
	base64_put(&text, slice_make(public->bytes, PUBLIC_KEY_BYTES));
	buf_printf(&text, "\nid %s\n", id);
	status = text.full
			 ? fail(err, LETHE_ENOMEM, 0, "no memory for a key")
			 : file_write(path, 0644, true, buf_slice(&text), err);
	buf_fini(&text);
	return status;
}

static bool
has_prefix(struct slice text, const char *prefix)
{
	size_t len = strlen(prefix);

	return text.len >= len && !memcmp(text.ptr, prefix, len);
}

/* Cuts the first line off. */
static struct slice
cut_line(struct slice *text)
{
	const uint8_t *end =
		text->len ? memchr(text->ptr, '\n', text->len) : NULL;
	struct slice line = *text;

	if (end)
		line.len = (size_t)(end - text->ptr);
	text->ptr += line.len + (end ? 1 : 0);
	text->len -= line.len + (end ? 1 : 0);
	return line;
}

static enum lethe_status
parse_secret(struct slice text, const char *where, struct secret_key *k,
	struct lethe_error *err)
{
	struct slice head = cut_line(&text);

	if (has_prefix(head, PUBLIC_WORD))
		return fail(err, LETHE_EKEY, 0,
			"%.80s holds a public key; the secret one is needed",
			where);
	if (!has_prefix(head, SECRET_WORD))
		return fail(err, LETHE_EKEY, 0,
			"%.80s is no secret key: it "
			"must start with `" SECRET_FORM "`",
			where);
	if (has_prefix(head, SECRET_FORM " "))
		return fail(err, LETHE_EUNSUPPORTED, 0,
			"%.80s is protected by a passphrase: not supported by "
			"this version",
			where);
	if (!slice_is(head, SECRET_FORM))
		return fail(err, LETHE_EUNSUPPORTED, 0,
			"%.80s is a secret key "
			"of another format: not supported by this version",
			where);
	if (!base64_bytes(cut_line(&text), k->bytes, sizeof(k->bytes)) ||
		text.len)
		return fail(err, LETHE_EKEY, 0,
			"%.80s: the second and last "
			"line must be 32 bytes in base64url",
			where);
	crypto_scalarmult_base(k->public.bytes, k->bytes);
	return LETHE_OK;
}

/* Who may read and write the file a secret is in. */
static enum lethe_status
check_mode(int fd, const char *where, bool inherited, struct lethe_error *err)
{
	struct stat st;

	if (fstat(fd, &st))
		return fail(err, LETHE_EKEY, 0, "cannot look at %.80s: %s",
			where, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return inherited || S_ISFIFO(st.st_mode)
			       ? LETHE_OK
			       : fail(err, LETHE_EKEY, 0, "%.80s is not a file",
					 where);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return fail(err, LETHE_EKEY, 0,
			"%.80s belongs to another user: it must be owned by "
			"the one who runs lethe, or root",
			where);
	if (st.st_mode & (S_IROTH | S_IWOTH))
		return fail(err, LETHE_EKEY, 0,
			"%.80s has mode %04o: others may open it (chmod 600)",
			where, st.st_mode & 07777);
	if (st.st_mode & S_IWGRP)
		return fail(err, LETHE_EKEY, 0,
			"%.80s has mode %04o: its group may write it (chmod "
			"600)",
			where, st.st_mode & 07777);
	if ((st.st_mode & S_IRGRP) && st.st_uid != 0)
		return fail(err, LETHE_EKEY, 0,
			"%.80s has mode %04o: its group may read it, allowed "
			"only where root owns it (chmod 600)",
			where, st.st_mode & 07777);
	return LETHE_OK;
}

/* Reads to the end, at most KEY_FILE_MAX bytes. */
static enum lethe_status
read_all(int fd, const char *where, uint8_t *out, size_t *len,
	struct lethe_error *err)
{
	ssize_t n;

	*len = 0;
	while (*len < KEY_FILE_MAX) {
		n = read(fd, out + *len, KEY_FILE_MAX - *len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(err, LETHE_EKEY, 0, "cannot read %.80s: %s",
				where, strerror(errno));
		if (!n)
			return LETHE_OK;
		*len += (size_t)n;
	}
	return fail(err, LETHE_EKEY, 0, "%.80s is too long for a secret key",
		where);
}

/* -1: not of the form fd:N. */
static int
descriptor_of(const char *where)
{
	char *end;
	long n;

	if (strncmp(where, "fd:", 3) || where[3] < '0' || where[3] > '9')
		return -1;
	n = strtol(where + 3, &end, 10);
	return *end || n > 65535 ? -1 : (int)n;
}

enum lethe_status
secret_key_open(
	const char *where, struct secret_key **out, struct lethe_error *err)
{
	int fd = descriptor_of(where);
	bool inherited = fd >= 0;
	void *key = NULL, *text = NULL;
	enum lethe_status status;
	size_t len;

	*out = NULL;
	if (!inherited && !strncmp(where, "fd:", 3))
		return fail(err, LETHE_EKEY, 0,
			"fd: must be followed by a descriptor's number");
	if (!inherited)
		fd = open(where, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return fail(err, LETHE_EKEY, 0, "cannot open %.80s: %s", where,
			strerror(errno));
	status = check_mode(fd, where, inherited, err);
	if (status == LETHE_OK)
		status = secret_new(sizeof(struct secret_key), &key, err);
	if (status == LETHE_OK)
		status = secret_new(KEY_FILE_MAX, &text, err);
	if (status == LETHE_OK)
		status = read_all(fd, where, text, &len, err);
	if (status == LETHE_OK)
		status = parse_secret(slice_make(text, len), where, key, err);
	if (status == LETHE_OK) {
		secret_seal(key);
		*out = key;
		key = NULL;
	}
	close(fd);
	secret_free(text);
	secret_free(key);
	return status;
}

static bool
parse_public(struct slice text, struct public_key *out)
{
	char id[2 * KEY_ID_BYTES + 1];
	struct slice line;

	if (!slice_is(cut_line(&text), PUBLIC_FORM) ||
		!base64_bytes(cut_line(&text), out->bytes, PUBLIC_KEY_BYTES))
		return false;
	public_key_id(out, id);
	line = cut_line(&text);
	return has_prefix(line, "id ") &&
	       slice_is(slice_make(line.ptr + 3, line.len - 3), id) &&
	       !text.len && public_key_usable(out);
}

enum lethe_status
public_key_open(
	const char *path, struct public_key *out, struct lethe_error *err)
{
	enum lethe_status status;
	struct buf text;

	*out = (struct public_key){0};
	buf_init(&text, 0);
	status = file_read(path, KEY_FILE_MAX, &text, err);
	if (status == LETHE_OK && has_prefix(buf_slice(&text), SECRET_WORD)) {
		sodium_memzero(text.ptr, text.len);
		status = fail(err, LETHE_EKEY, 0,
			"%.80s holds a secret key; the public one is needed",
			path);
	} else if (status == LETHE_OK && !parse_public(buf_slice(&text), out)) {
		status = fail(err, LETHE_EKEY, 0,
			"%.80s is no public key: `" PUBLIC_FORM
			"`, 32 bytes in base64url, `id` and the "
			"key's id, a line each",
			path);
	}
	if (status != LETHE_OK)
		*out = (struct public_key){0};
	buf_fini(&text);
	return status;
}

void
secret_key_free(struct secret_key *k)
{
	secret_free(k);
}

void
secret_key_hide(struct secret_key *k)
{
	secret_hide(k);
}

void
secret_key_show(struct secret_key *k)
{
	secret_show(k);
}

const struct public_key *
secret_key_public(const struct secret_key *k)
{
	return &k->public;
}

const uint8_t *
secret_key_bytes(const struct secret_key *k)
{
	return k->bytes;
}

void
public_key_id(const struct public_key *k, char out[static 2 * KEY_ID_BYTES + 1])
{
	uint8_t hash[DIGEST_BYTES];

	digest(slice_make(k->bytes, PUBLIC_KEY_BYTES), hash);
	hex_text(hash, KEY_ID_BYTES, out);
}
