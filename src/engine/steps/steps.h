#ifndef ENGINE_STEPS_STEPS_H
#define ENGINE_STEPS_STEPS_H

/*
 * The steps of an event, in their order; process.c and explain walk them.
 * Thread: the scratch's owner.
 */

#include "engine/work.h"

/* place.c */

/*
 * The first of what stands at a place, or NULL; go on with reading_next.
 *
 *   store   holds what is the message's own: key, topic, header, timestamp.
 *	     What is there but is no text, or is there twice, is VALUE_OTHER
 */
const struct capture *
place_first(const struct work *w, const struct place *p, struct capture *store);

/* The same for a place of one value; VALUE_ABSENT where there is none. */
const struct value *
place_value(const struct work *w, const struct place *p, struct capture *store);

/*
 * Whether several elements matched a [k=v] on the way: the event says two
 * things.  For a field that is no value; for consent it is no silence, and for
 * an identifier not nobody.
 */
bool place_is_ambiguous(const struct work *w, const struct place *p);

/* recognise.c */

/* Format, poison that needs no reading, and the one pass over the bytes. */
LETHE_CHECKED enum lethe_status
work_read(struct work *w, struct lethe_error *err);

/*
 * Input, event and event time.
 *
 *   why   NONE, or why the event ends here
 *
 * Fails: LETHE_POISON_EMBEDDED.
 */
LETHE_CHECKED enum lethe_status
work_recognise(struct work *w, enum lethe_reason *why, struct lethe_error *err);

/* identity.c */

/* What the places of a class say; class_count is the event id. */
const struct class_found *class_find(struct work *w, size_t class);

/* The same with what the class is within; OK means there is a token. */
enum id_state class_state(struct work *w, size_t class);

/* The token of a class whose state is OK, in the purpose at hand. */
LETHE_CHECKED enum lethe_status class_token(struct work *w, size_t class,
	struct slice *out, struct lethe_error *err);

/*
 * In an overlap the token that the class had before it; else, or where the
 * class had none by these rules, ptr NULL.
 */
LETHE_CHECKED enum lethe_status class_token_was(struct work *w, size_t class,
	struct slice *out, struct lethe_error *err);

/*
 * The class that is a purpose's subject.  NONE with *class SIZE_MAX for a
 * purpose without identity.
 */
enum lethe_reason
work_subject(struct work *w, const struct policy_purpose *p, size_t *class);

/* ledger.c */

/* The event's times, as the decision compares them. */
struct consent_time work_when(const struct work *w);

/* The ledger that is asked; NULL: every row of it is stale. */
const struct book *work_book(const struct work *w);

/*
 * What the ledger says of one class of its subjects; silent where the event
 * has no identifier of it.
 */
struct answer ledger_class_answer(
	struct work *w, const struct policy_purpose *p, size_t class);

/*
 * What it says of the event: an error of any class, else a deny of any class,
 * else the grant of the class that is the purpose's subject (of a purpose
 * without identity: the first class that is granted), else silence.
 */
struct answer ledger_answer_all(struct work *w, const struct policy_purpose *p);

/* answers.c */

/* Answers of the sources in `heard` about one purpose. */
void work_answers(struct work *w, const struct policy_purpose *p,
	uint64_t heard, struct answer answers[static SOURCES_MAX]);

/* Whether the event carries an objection of a source that remembers. */
bool work_objects(struct work *w, size_t source);

/* objection.c: objections that are remembered */

/*
 * Tells the sink of each objection that the event carries and the ledger does
 * not hold; before any purpose is decided.
 */
LETHE_CHECKED enum lethe_status work_remember(
	struct work *w, const struct lethe_sink *sink, struct lethe_error *err);

/* Whether its answer about a purpose is what the ledger remembers, and not what
 * the event says. */
bool
work_recalls(struct work *w, const struct policy_purpose *p, size_t source);

/*
 * What a source answers, with what the ledger remembers of it: an objection of
 * any class on the event denies; one that cannot be told is an error.
 */
struct answer work_with_memory(struct work *w, const struct policy_purpose *p,
	size_t source, struct answer said);

/* fields.c */

/*
 * Works out the fields of a purpose.
 *
 *   missing   index of the first required field that is not there, or
 *	       LETHE_NO_FIELD
 */
LETHE_CHECKED enum lethe_status work_fields(struct work *w, size_t purpose,
	size_t *missing, struct lethe_error *err);

/* No finer than the finest time the purpose's fields tell; else the day. */
int64_t work_record_time(const struct work *w, size_t purpose);

/* record.c */

/* The tokens of a record; ptr NULL: without. */
struct record_tokens {
	struct slice subject, subject_was;
	struct slice id, id_was;
};

/* Writes a purpose's record into the scratch's buffer. */
LETHE_CHECKED enum lethe_status
record_write(struct work *w, size_t purpose, enum event_format format,
	const struct record_tokens *t, struct lethe_error *err);

/* The same of a record that tells a subject's new name. */
LETHE_CHECKED enum lethe_status
rekey_write(struct work *w, size_t purpose, enum event_format format,
	const struct record_tokens *t, struct lethe_error *err);

#endif
