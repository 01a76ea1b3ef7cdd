#ifndef CONSENT_LEDGER_FILE_H
#define CONSENT_LEDGER_FILE_H

/* What the files of this folder share; not for others. */

#include "consent/ledger/ledger.h"

#include <lmdb.h>

#define LEDGER_FORM_BYTES 100
#define LEDGER_CHECKPOINT_BYTES 52

struct ledger {
	MDB_env *env;
	MDB_dbi rows, meta;
	const struct keyed *keys;
	size_t purposes;
	uint32_t partitions;
};

/* "cannot VERB the consent ledger: why", of a code of LMDB. */
enum lethe_status
ledger_fail(struct lethe_error *err, int code, const char *verb);

/* Whether a code of LMDB tells of the file and not of the system. */
bool ledger_is_damage(int code);

/* How long the file should be by its last page, and how long it is. */
int ledger_length(MDB_env *env, uint64_t *should, uint64_t *is);

/*
 * Makes it as long as it should be: a page that a commit took and gave back
 * again is counted and never written, and ledger_open would take that for a
 * file cut short.
 */
int ledger_lengthen(MDB_env *env);

/* The form of a file as bytes. */
void ledger_form_put(
	const struct ledger_form *f, uint8_t out[static LEDGER_FORM_BYTES]);
enum ledger_verdict
ledger_form_judge(const struct ledger_form *f, const MDB_val *bytes);

void ledger_checkpoint_put(const struct keyed *keys, uint32_t partition,
	const struct ledger_checkpoint *at,
	uint8_t out[static LEDGER_CHECKPOINT_BYTES]);
bool ledger_checkpoint_get(const struct keyed *keys, uint32_t partition,
	const MDB_val *bytes, struct ledger_checkpoint *out);

/* Keys of the table `meta`. */
#define LEDGER_FORM_KEY "form"
#define LEDGER_PARTITION_KEY_BYTES 5
void ledger_partition_key(
	uint32_t partition, uint8_t out[static LEDGER_PARTITION_KEY_BYTES]);

/* Writes the form (NULL: not) or a checkpoint; a code of LMDB. */
int
ledger_meta_put_form(MDB_txn *txn, MDB_dbi meta, const struct ledger_form *f);
int
ledger_meta_put_checkpoint(MDB_txn *txn, MDB_dbi meta, const struct keyed *keys,
	uint32_t partition, const struct ledger_checkpoint *at);
/* *out is good only where it returns 0; MDB_CORRUPTED when its check fails. */
int
ledger_meta_get_checkpoint(MDB_txn *txn, MDB_dbi meta, const struct keyed *keys,
	uint32_t partition, struct ledger_checkpoint *out);

#endif
