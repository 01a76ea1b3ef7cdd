#ifndef CLI_CONSENT_IMPORT_H
#define CLI_CONSENT_IMPORT_H

/* Exports of others, to words: what the command's options say of them. */

#include "cli/consent/consent_csv.h"

#define IMPORT_MAPS_MAX 256
#define IMPORT_SUBJECTS_MAX 16
#define IMPORT_COLUMNS_MAX 16

/* A category of theirs, and a purpose of ours. */
struct import_map {
	struct slice category;
	struct slice purpose; /* ptr NULL: none of ours, passed over */
};

/* A class, and where its identifier stands. */
struct import_subject {
	struct slice class, at;
};

struct import_column {
	const char *role;
	struct slice name;
};

struct import {
	struct intake *in;
	struct slice source, notice; /* ptr NULL: not stated */
	bool own_purposes;	     /* a purpose's own name needs no map */
	char rule[128];		     /* a broken one that was made up */
	struct import_map maps[IMPORT_MAPS_MAX];
	size_t map_count;
	struct import_subject subjects[IMPORT_SUBJECTS_MAX];
	size_t subject_count;
	struct import_column columns[IMPORT_COLUMNS_MAX];
	size_t column_count;
};

enum import_format {
	IMPORT_SEGMENT,
	IMPORT_SNOWPLOW,
	IMPORT_ONETRUST_CSV,
	IMPORT_CSV,
};

/*
 * Reads the options, `in` and `job` set before.  Returns EXIT_YES, or the exit
 * code, all mistakes told.
 */
int import_options(
	const struct options *o, struct import *m, enum import_format *format);

/* A purpose of ours that some category is mapped to, each once; SIZE_MAX at
 * the end. */
size_t import_next_purpose(const struct import *m, size_t from);

/* The broken rule of the nth category of a list that no map names. */
const char *import_unmapped(struct import *m, size_t n, const char *what);

/* What one event or row says of its subjects. */
struct import_said {
	struct slice ids[IMPORT_SUBJECTS_MAX]; /* ptr NULL: not there */
	size_t line;
};

/*
 * Takes in a word for every subject that is there.  Returns NULL, or which rule
 * is broken; then nothing of it is taken in.
 */
const char *import_take(struct import *m, const struct import_said *s,
	const struct said_word *words, size_t count, struct lethe_error *err);

/* Each returns OK with bad lines told, or fails for want of memory. */
enum lethe_status
import_csv(struct import *m, struct slice text, struct lethe_error *err);
enum lethe_status import_onetrust_csv(
	struct import *m, struct slice text, struct lethe_error *err);
enum lethe_status
import_segment(struct import *m, struct slice text, struct lethe_error *err);

/* Whether a category can be one of Segment's: NULL, or the broken rule. */
const char *import_segment_category(struct slice category);
enum lethe_status
import_snowplow(struct import *m, struct slice text, struct lethe_error *err);

#endif
