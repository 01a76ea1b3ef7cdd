#ifndef EVENT_WALK_H
#define EVENT_WALK_H

/*
 * What the two walks (json.c, msgpack.c) share: the nodes of a trie, the
 * reader's state, and the calls by which a walk tells what it meets.  A walk
 * knows the bytes of one format; reader.c knows limits, doubled keys, [k=v],
 * :json and slots.  Internal to the room.
 */

#include "base/sip.h"
#include "event/json/native.h"
#include "event/reader.h"

#include <endian.h>

#define LEVEL_NONE UINT32_MAX

/* A [key=text] step: one condition on the elements of one array. */
struct trie_guard {
	const struct trie_guard *next; /* of the same array */
	uint32_t id;		       /* of the reader's state of it */
	uint32_t level;		       /* of the array */
	struct slice key;
	struct slice text;
};

/* A guard that looks at the member this stands on. */
struct trie_test {
	const struct trie_test *next;
	const struct trie_guard *guard;
};

/* A path that ends here, or, of a node's ways, goes on in its text as JSON. */
struct trie_binding {
	struct trie_binding *next;
	uint32_t slot;
	uint32_t each; /* level of its [*], or LEVEL_NONE */
	size_t guard_count;
	const struct trie_guard **guards; /* outermost first */
	/* of a way: whose paths go it, and where they end */
	uint64_t readers;
	const struct trie_end *ends;
};

struct trie_end {
	const struct trie_end *next;
	uint32_t slot;
};

struct trie_node;

struct trie_key {
	uint64_t print;
	struct slice key;
	struct trie_node *node; /* NULL: an empty place of the table */
	struct trie_key *next;	/* while it is built */
};

/*
 * A place in an event.  Elements chosen by [*] and by [k=v] share one node:
 * paths through a guard carry it in their binding.
 */
struct trie_node {
	struct trie_binding *bindings;
	const struct trie_test *tests;
	const struct trie_key *table; /* by print; NULL: no named member */
	uint64_t marks;		      /* of all in the table */
	size_t mask;
	struct trie_node *element;
	const struct trie_guard *guards; /* on the elements */
	struct trie_node *json;
	struct trie_binding *ways; /* to `json`: with which guards */
	uint32_t level;		   /* arrays that paths go through above this */
	struct trie_key *keys;
	size_t key_count;
};

const struct trie_node *trie_top(const struct trie *t);
size_t trie_guards(const struct trie *t);
size_t trie_json(const struct trie *t); /* the most nested :json */

#define KEY_PADDING 8 /* readable bytes from the first of a key on */

struct key_ends {
	uint64_t first, last; /* up to eight bytes */
};

static inline struct key_ends
key_ends(const uint8_t *p, size_t len)
{
	static const uint64_t kept[] = {0, 0xff, 0xffff, 0xffffff, 0xffffffff,
		0xffffffffff, 0xffffffffffff, 0xffffffffffffff, UINT64_MAX};
	size_t most = len < 8 ? len : 8;
	struct key_ends e;

	memcpy(&e.first, p, 8);
	memcpy(&e.last, p + len - most, 8);
	e.first = le64toh(e.first) & kept[most];
	e.last = le64toh(e.last) & kept[most];
	return e;
}

/* slice_equal for keys: most are told apart or alike by their ends. */
static inline bool
key_equal(struct slice a, struct slice b)
{
	struct key_ends x, y;

	if (a.len != b.len)
		return false;
	x = key_ends(a.ptr, a.len);
	y = key_ends(b.ptr, b.len);
	return x.first == y.first && x.last == y.last &&
	       (a.len <= 16 || !memcmp(a.ptr, b.ptr, a.len));
}

/*
 * A cheap mark of a key, from its length, first and last bytes: equal keys have
 * equal marks, so do many an attacker can find: what is alike must be compared.
 */
static inline uint64_t
key_print(const uint8_t *p, size_t len)
{
	struct key_ends e = key_ends(p, len);
	uint64_t x = (e.first ^ len) * UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 29 ^ e.last) * UINT64_C(0xbf58476d1ce4e5b9);
	return x ^ x >> 32;
}

/* One bit of 64 for a print. */
static inline uint64_t
key_mark(uint64_t print)
{
	return UINT64_C(1) << (print >> 58);
}

static inline struct trie_node *
trie_child(const struct trie_node *n, struct slice key, uint64_t print)
{
	if (!n || !(n->marks & key_mark(print)))
		return NULL;
	for (size_t i = print & n->mask; n->table[i].node;
		i = (i + 1) & n->mask)
		if (n->table[i].print == print &&
			key_equal(n->table[i].key, key))
			return n->table[i].node;
	return NULL;
}

#define KEYS_FEW 16 /* more members than this go through the keyed table */

struct walk_key {
	uint64_t print;
	struct slice key;
};

/* An object or array that is open. */
struct frame {
	const struct trie_node *node; /* NULL: no path leads into it */
	size_t at;		      /* offset of its first byte */
	uint64_t seen;		      /* the mark of each key so far */
	uint32_t count;		      /* members or elements begun */
	uint32_t left;		      /* msgpack.c: those still to come */
	uint32_t object;	      /* its number in the key table, or 0 */
	uint32_t array_mark;	      /* `held` when it began */
	uint32_t element_mark;	      /* `held` when its element began */
	uint32_t step;		      /* of the visitor */
	bool is_object;
	struct walk_key keys[KEYS_FEW];
};

struct key_entry {
	uint64_t hash;
	uint32_t object;
};

enum guard_answer {
	GUARD_OPEN, /* the member compared has not come yet */
	GUARD_YES,
	GUARD_NO,
};

struct guard_state {
	enum guard_answer answer; /* of the present element */
	uint32_t matches;	  /* in the present array */
};

/* A value whose guards have not all answered yet. */
struct held {
	struct value value;
	const struct trie_binding *binding;
	uint32_t index;	 /* of a broken one: its byte */
	uint32_t number; /* the how-manieth of the event */
	bool broken;	 /* is to be read as JSON and is none */
	bool dead;	 /* one of several that matched: empties its slot */
};

/* A text that is to be read as JSON and is none. */
struct refusal {
	const struct trie_binding *way;
	struct lethe_error why;
};

struct reader {
	/* the call */
	const struct limits *limits;
	const struct trie *trie;
	const struct leaf_visitor *visitor; /* only while leaves are told */
	struct lethe_error *err;

	/* open containers */
	struct frame frames[READER_DEPTH_MAX];
	size_t depth;
	uint32_t elements[PATH_STEPS_MAX]; /* by level */

	/* what was found */
	struct capture *captures;
	size_t capture_count, capture_cap;
	uint32_t *first, *last;
	size_t slot_cap;
	struct guard_state *guards;
	size_t guard_cap;
	struct held *held;
	size_t held_count, held_cap;
	uint32_t held_number; /* guarded values met so far */
	uint32_t *kept;	      /* numbers of those that were kept */
	size_t kept_count, kept_next, kept_cap;

	/* keys of large objects: see keys.c */
	struct key_entry *table;
	size_t table_mask, table_used;
	uint32_t object, object_base;
	struct sip_seed seed;

	/* texts: a padded copy, decoded strings, embedded JSON */
	uint8_t *text;
	size_t text_used, text_cap;
	struct json_index *index[PATH_JSON_MAX + 1];
	size_t json;
	uint32_t json_number; /* texts met so far that paths read as JSON */
	uint32_t *unread;     /* numbers of those that were not read so */
	size_t unread_count, unread_next, unread_cap;
	struct refusal *refusals; /* one a way: the first */
	size_t refusal_count, refusal_cap;
	bool inside;	  /* the text at hand was read so */
	size_t nested;	  /* how many texts the walk is inside of */
	size_t nested_at; /* the byte of the outermost */

	/* explain */
	struct leaf_step steps[READER_DEPTH_MAX + PATH_JSON_MAX + 1];
	size_t step_count;
	uint32_t *slots;
	size_t slots_cap;
};

/* The innermost open container. */
static inline struct frame *
walk_top(struct reader *r)
{
	return &r->frames[r->depth - 1];
}

/* Whether anybody wants to know the value at `n`. */
static inline bool
walk_wants(const struct reader *r, const struct trie_node *n)
{
	return n || r->visitor;
}

/* `len` bytes of the text buffer, which was made large enough before. */
static inline uint8_t *
walk_text(struct reader *r, size_t len)
{
	bug_if(len > r->text_cap - r->text_used);
	r->text_used += len;
	return r->text + r->text_used - len;
}

/* Opens an object or array at `n` (NULL: unbound) and byte `at`. */
LETHE_CHECKED enum lethe_status walk_open(
	struct reader *r, const struct trie_node *n, bool is_object, size_t at);

/* Ends the innermost one. */
LETHE_CHECKED enum lethe_status walk_close(struct reader *r);

/* What all guards of a path together say of the elements that are open. */
enum guard_answer
guards_answer(const struct reader *r, const struct trie_binding *b);

/* Keeps something until the guards of its binding have answered. */
LETHE_CHECKED enum lethe_status walk_hold(struct reader *r, struct held held);

/*
 * Reads the JSON in the scalar at `n`, a node that has some, where a path wants
 * it read.  r->inside: it was read, and not to be told of as a text.
 *
 * Fails: LETHE_POISON_EMBEDDED, LETHE_ENOMEM.
 */
LETHE_CHECKED enum lethe_status embedded_read(struct reader *r,
	const struct trie_node *n, const struct value *v, size_t at);

/*
 * What is to be read as JSON by a way is none.
 *
 *   at   the byte of the text, or of the outermost around it
 *
 * Fails: LETHE_POISON_EMBEDDED where everyone reads it so; LETHE_ENOMEM.
 */
LETHE_CHECKED enum lethe_status way_refuse(struct reader *r,
	const struct trie_binding *way, size_t at, const char *what);

/*
 * What stands at `n` is no JSON in a string.  That is poison for whom a path
 * reads it so: known now, or once its guards have answered.
 */
LETHE_CHECKED enum lethe_status embedded_refuse(struct reader *r,
	const struct trie_node *n, size_t at, const char *what);

/* An element of the innermost array begins. */
LETHE_CHECKED enum lethe_status
walk_element(struct reader *r, size_t at, const struct trie_node **n);

/* A scalar at `n`, only when walk_wants() it. */
LETHE_CHECKED enum lethe_status walk_scalar(struct reader *r,
	const struct trie_node *n, const struct value *v, size_t at);

/* More members than the limit. */
enum lethe_status walk_too_many(const struct reader *r, size_t at);

/* Notes for the visitor where the walk stands. */
void walk_step(
	struct reader *r, const struct frame *f, struct slice key, bool named);

/* Whether one of the first `count` keys of a small object is this one. */
bool
keys_has(const struct frame *f, size_t count, struct slice key, uint64_t print);
enum lethe_status keys_doubled(const struct reader *r, size_t at);

/*
 * Adds a key to an object that has KEYS_FEW or more.
 *
 * Fails: LETHE_POISON_DUPLICATE, LETHE_ENOMEM.
 */
LETHE_CHECKED enum lethe_status
keys_add(struct reader *r, struct frame *f, struct slice key, size_t at);
void keys_begin(struct reader *r); /* another event */

/* Files what was held until its guards had answered. */
LETHE_CHECKED enum lethe_status walk_settle(struct reader *r);

/*
 * A member of the innermost object, `f`, begins; *n is where its value stands.
 *
 *   key   decoded; KEY_PADDING bytes from its first on are readable
 */
static inline enum lethe_status
walk_key(struct reader *r, struct frame *f, struct slice key, size_t at,
	const struct trie_node **n)
{
	uint64_t print = key_print(key.ptr, key.len);
	uint64_t mark = key_mark(print);
	size_t count = f->count;
	enum lethe_status status;

	if (count >= r->limits->members)
		return walk_too_many(r, at);
	if (count >= KEYS_FEW) {
		status = keys_add(r, f, key, at);
		if (status)
			return status;
	} else {
		if (f->seen & mark && keys_has(f, count, key, print))
			return keys_doubled(r, at);
		f->seen |= mark;
		f->keys[count] = (struct walk_key){print, key};
	}
	f->count++;
	*n = trie_child(f->node, key, print);
	if (r->visitor)
		walk_step(r, f, key, *n != NULL);
	return LETHE_OK;
}

/*
 * Walks a whole JSON text whose value stands at `n`.
 *
 *   text  a NUL and JSON_PADDING readable bytes behind it
 *   top   it is the event: must be an object
 */
LETHE_CHECKED enum lethe_status json_walk(struct reader *r,
	const struct trie_node *n, struct slice text, bool top);

/* Walks a whole MessagePack event; KEY_PADDING readable bytes behind it. */
LETHE_CHECKED enum lethe_status
msgpack_walk(struct reader *r, const struct trie_node *n, struct slice bytes);

/* Grows an array to hold `need` elements; keeps what stands. */
LETHE_CHECKED enum lethe_status walk_grow(struct reader *r, void *array_ptr,
	size_t *cap, size_t need, size_t size);

#endif
