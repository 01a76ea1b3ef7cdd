#include "crypto/keypair/form.h"

#include "crypto/place.h"
#include "crypto/secret.h"

#include <errno.h>
#include <sys/stat.h>

/* Under another name the key would stay as it was. */
static enum lethe_status
check_alone(const char *path, struct lethe_error *err)
{
	struct stat st;

	if (!secret_place_is_path(path))
		return fail(err, LETHE_EUSAGE, 0,
			"only a file can be written anew, not %.80s", path);
	if (lstat(path, &st))
		return fail(err, LETHE_EKEY, 0, "cannot open %.80s: %s", path,
			strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail(err, LETHE_EUSAGE, 0,
			"%.80s is a link or no file: name the file itself",
			path);
	if (st.st_nlink > 1)
		return fail(err, LETHE_EUSAGE, 0,
			"%.80s has a second name (a hard link), which would "
			"keep the key as it is",
			path);
	return LETHE_OK;
}

static enum lethe_status
find_kind(const char *path, enum key_kind *kind, struct lethe_error *err)
{
	enum lethe_status status;
	void *text;
	size_t len;

	status = secret_new(KEY_FILE_MAX, &text, err);
	if (status != LETHE_OK)
		return status;
	status = secret_place_read(path, path, text, KEY_FILE_MAX, &len, err);
	if (status == LETHE_OK)
		*kind = key_text_signs(slice_make(text, len)) ? KEY_SIGNING
							      : KEY_SECRET;
	secret_free(text);
	return status;
}

static enum lethe_status
write_under(enum key_kind kind, const char *path, const uint8_t *key,
	const char *to, struct lethe_error *err)
{
	struct key_protection under = {0};
	struct passphrase *p;
	enum lethe_status status = passphrase_open(to, path, true, &p, err);

	if (status != LETHE_OK)
		return status;
	under.passphrase = passphrase_bytes(p);
	status = key_file_write(kind, path, key, &under, true, err);
	passphrase_free(p);
	return status;
}

enum lethe_status
key_protect(const char *path, const char *from, const char *to,
	struct lethe_error *err)
{
	enum key_kind kind = KEY_SECRET;
	enum lethe_status status;
	void *key = NULL;

	status = check_alone(path, err);
	if (status == LETHE_OK)
		status = find_kind(path, &kind, err);
	if (status == LETHE_OK)
		status = secret_new(KEY_BYTES, &key, err);
	if (status == LETHE_OK)
		status = key_file_open(kind, path, from, key, err);
	if (status == LETHE_OK)
		status = write_under(kind, path, key, to, err);
	secret_free(key);
	return status;
}
