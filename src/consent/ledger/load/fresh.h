#ifndef LEDGER_LOAD_FRESH_H
#define LEDGER_LOAD_FRESH_H

/*
 * A new file of a ledger, written from first to last beside the one that
 * stands, whose place it then takes.  Not for others.
 */

#include "consent/ledger/file.h"

struct fresh {
	const struct ledger_form *form;
	char *path;
	MDB_env *env;
	MDB_dbi rows, meta;
	MDB_txn *txn;
	MDB_cursor *cursor;
	size_t uncommitted;
	bool made; /* a file that has not taken its place */
};

/* All return codes of LMDB or of the system; 0 is success. */
int fresh_open(struct fresh *f, const struct ledger_form *form);

/*   name   behind all before */
int fresh_append(struct fresh *f, const uint8_t name[static KEYED_NAME_BYTES],
	struct slice row);

int fresh_checkpoint(struct fresh *f, uint32_t partition,
	const struct ledger_checkpoint *at);

/* Writes the form, syncs, renames. */
int fresh_finish(struct fresh *f);

/* Removes what is not finished; a zeroed one too. */
void fresh_close(struct fresh *f);

#endif
