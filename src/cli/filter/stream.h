#ifndef CLI_STREAM_H
#define CLI_STREAM_H

/*
 * Cuts standard input into events: lines of NDJSON, or the values of a
 * MessagePack stream.  A line that is empty or holds only spaces, tabs and a
 * carriage return is no event.
 *
 * Events up to STREAM_EVENT_BYTES (or the policy's limit, where that is more)
 * are handed over whole, so that the reader can refuse them and the quarantine
 * keep them.  A longer line is passed over without being held in memory.
 */

#include "base/buf.h"
#include "base/error.h"
#include "event/reader.h"

#define STREAM_EVENT_BYTES ((size_t)16 * 1024 * 1024)

struct stream {
	int fd;
	const char *name; /* of the input, for messages; borrowed */
	enum event_format format;
	size_t limit; /* longest event handed over whole */
	/* Told before a read that would wait for its writer; its failure is
	 * the stream's.  NULL: nobody is told. */
	enum lethe_status (*wait)(void *ctx, struct lethe_error *err);
	void *ctx;
	struct buf buf;
	size_t start;	 /* of the next event in buf */
	size_t searched; /* bytes behind start known to hold no line end */
	bool ended;	 /* nothing follows what stands in buf */
	uint64_t number; /* of the event: line from 1, or value from 1 */
};

enum stream_result {
	STREAM_EVENT,  /* one event */
	STREAM_POISON, /* something that could not be cut out whole */
	STREAM_END,
	STREAM_FAILED, /* reading failed */
};

/*   limit   limits.bytes of the policy */
void stream_init(struct stream *s, int fd, const char *name,
	enum event_format format, size_t limit);
void stream_fini(struct stream *s);

/*
 * The next event.
 *
 *   event   STREAM_EVENT: its bytes, until the next call; STREAM_POISON:
 *           what is known of them, and their whole length
 *   whole   STREAM_POISON: whether `event` points to all of its bytes
 *   err     STREAM_POISON: why, class POISON; STREAM_FAILED: what happened
 */
enum stream_result stream_next(struct stream *s, struct slice *event,
	bool *whole, struct lethe_error *err);

#endif
