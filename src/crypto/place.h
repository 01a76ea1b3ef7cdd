#ifndef CRYPTO_PLACE_H
#define CRYPTO_PLACE_H

/*
 * Where secrets come from, in one grammar for keys and passphrases:
 *
 *   PATH            a file, or a pipe that has a name; who may read and write
 *                   it is checked on what was opened
 *   fd:N            an inherited descriptor, read to its end and closed
 *   command:WORDS   the standard output of a program; no shell: words are
 *                   split at spaces, the first is the program's absolute path
 *
 * Never an argument's value, never the environment.
 */

#include "base/error.h"
#include "base/slice.h"

#define PASSPHRASE_BYTES_MAX 1024
#define PASSPHRASE_BYTES_LEAST 8 /* of a new one */

/* Whether it names a file, which a folder may be put before. */
bool secret_place_is_path(const char *where);

/*
 * Reads what stands there.
 *
 *   name    what errors call it: the place, or (where a secret itself may have
 *           been given by mistake) what it is of; a program is named itself
 *   out     guarded memory of `limit` bytes
 *   limit   what is as long or longer is refused
 *   len     how many came; 0 on failure
 *
 * Fails: LETHE_EKEY naming the place and the rule broken (mode, owner, form,
 * length, exit code, time).
 * Thread: any, but not from the sandbox on, where no program is run.
 */
LETHE_CHECKED enum lethe_status
secret_place_read(const char *where, const char *name, void *out, size_t limit,
	size_t *len, struct lethe_error *err);

struct passphrase; /* in guarded memory */

/*
 * Reads the passphrase of a key: what stands at a place, without the end of
 * its line, or what is typed on the terminal.
 *
 *   where   NULL: the terminal is asked, where the process has one
 *   of      the key's own place, for the question
 *   fresh   it is a new one: asked for twice, and not too short
 *
 * Fails: LETHE_EKEY; also when it is empty or there is no terminal.
 */
LETHE_CHECKED enum lethe_status
passphrase_open(const char *where, const char *of, bool fresh,
	struct passphrase **out, struct lethe_error *err);
struct slice passphrase_bytes(const struct passphrase *p);
void passphrase_free(struct passphrase *p); /* NULL allowed */

#endif
