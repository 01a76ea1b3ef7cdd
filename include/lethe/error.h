#ifndef LETHE_ERROR_H
#define LETHE_ERROR_H

/*
 * Status codes and the error a failing call leaves behind.  The runtime acts
 * on the class alone; the code and the text are for people and metrics.
 *
 * No error ever holds a byte of an event or of a key: `what` names rules,
 * paths of the policy, offsets, lengths and types.
 */

#include <stddef.h>

#if defined(__GNUC__)
#define LETHE_CHECKED __attribute__((warn_unused_result))
#define LETHE_NONNULL(...) __attribute__((nonnull(__VA_ARGS__)))
#define LETHE_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define LETHE_API __attribute__((visibility("default")))
#else
#define LETHE_CHECKED
#define LETHE_NONNULL(...)
#define LETHE_PRINTF(f, a)
#define LETHE_API
#endif

/* What a caller does about a status. */
enum lethe_class {
	LETHE_CLASS_OK,
	LETHE_CLASS_USAGE,     /* mend the call, the file or the setting */
	LETHE_CLASS_POISON,    /* quarantine this event, go on */
	LETHE_CLASS_TRANSIENT, /* try again */
	LETHE_CLASS_ABORT,     /* abort the transaction and do it again */
	LETHE_CLASS_FATAL,     /* stop */
};

/*
 * X(CODE, CLASS, name, English).  `name` is the label of metrics, quarantine
 * records and --json output; it never changes once released.
 */
#define LETHE_STATUS_MAP(X) \
	X(OK, OK, "ok", "success") \
	/* wrong files, calls and settings */ \
	X(EUSAGE, USAGE, "usage", "the call is wrong") \
	X(EPOLICY, USAGE, "policy", "the policy has mistakes") \
	X(EUNSUPPORTED, USAGE, "unsupported", "not supported by this version") \
	X(ERING, USAGE, "ring", "the key ring cannot be used") \
	X(EKEY, USAGE, "key", "the secret key cannot be used") \
	X(ESETTING, USAGE, "setting", "a setting is wrong") \
	X(ENOENTRY, USAGE, "no_entry", "no such thing") \
	X(EINSTANCE, USAGE, "instance", \
		"another process runs under the same instance name") \
	/* poison: the event is not one object within the limits */ \
	X(POISON_EMPTY, POISON, "empty", "the value is empty") \
	X(POISON_FRAMING, POISON, "schema_registry_framing", \
		"starts with the five bytes of schema-registry framing") \
	X(POISON_FORMAT, POISON, "unknown_format", \
		"the first byte starts neither a JSON object nor a " \
		"MessagePack map") \
	X(POISON_FORBIDDEN, POISON, "format_not_allowed", \
		"no input of the policy takes this format") \
	X(POISON_NOT_OBJECT, POISON, "not_an_object", \
		"the top of an event must be an object") \
	X(POISON_TOO_LARGE, POISON, "too_large", "longer than limits.bytes") \
	X(POISON_TOO_DEEP, POISON, "too_deep", "deeper than limits.depth") \
	X(POISON_TOO_MANY, POISON, "too_many_members", \
		"more members than limits.members") \
	X(POISON_STRING, POISON, "string_too_long", \
		"a string longer than limits.string") \
	X(POISON_UTF8, POISON, "bad_utf8", "not UTF-8") \
	X(POISON_SURROGATE, POISON, "lone_surrogate", \
		"half of a surrogate pair") \
	X(POISON_ESCAPE, POISON, "bad_escape", "not an escape of JSON") \
	X(POISON_CONTROL, POISON, "control_character", \
		"a raw control character inside a string") \
	X(POISON_SYNTAX, POISON, "json_syntax", "not JSON") \
	X(POISON_NUMBER, POISON, "bad_number", "not a number of JSON") \
	X(POISON_NOT_FINITE, POISON, "not_finite", \
		"a number that is not finite") \
	X(POISON_DUPLICATE, POISON, "duplicate_key", \
		"one object names a key twice") \
	X(POISON_TRAILING, POISON, "trailing_bytes", \
		"something follows the value") \
	X(POISON_TRUNCATED, POISON, "truncated", \
		"the value ends before its declared end") \
	X(POISON_MSGPACK_KEY, POISON, "msgpack_key", \
		"a MessagePack key that is not a string") \
	X(POISON_MSGPACK_TYPE, POISON, "msgpack_type", \
		"a byte that MessagePack never uses") \
	X(POISON_EMBEDDED, POISON, "embedded_json", \
		"a string that the policy reads as JSON is none") \
	X(POISON_TOO_BIG_OUT, POISON, "record_too_large", \
		"a record is larger than its topic allows") \
	X(POISON_REFUSED, POISON, "refused_by_broker", \
		"the broker refuses a record of this event") \
	X(POISON_CONSENT, POISON, "consent_record", \
		"not of the form of a record of the consent topic") \
	/* the environment */ \
	X(EAGAIN, TRANSIENT, "again", "try again") \
	X(ETIMEOUT, TRANSIENT, "timeout", "timed out") \
	X(EABORT, ABORT, "abort", "the transaction must be aborted") \
	X(ENOMEM, FATAL, "no_memory", "out of memory") \
	X(EIO, FATAL, "io", "input or output failed") \
	X(EKAFKA, FATAL, "kafka", "the Kafka client gave up") \
	X(EFENCED, FATAL, "fenced", "another instance has our id") \
	X(EDENIED, FATAL, "denied", "the broker refuses our rights") \
	X(ENOTOPIC, FATAL, "no_topic", "a topic does not exist") \
	X(EGAP, FATAL, "gap", "the committed offset is gone") \
	X(EPOISONED, FATAL, "poisoned", "too large a share is poison") \
	X(ESTART, USAGE, "start", "no committed offset and no start setting") \
	X(ELISTEN, FATAL, "listen", "an address cannot be listened on") \
	X(ESTALLED, FATAL, "stalled", "a lane gets no further") \
	X(ERETENTION, USAGE, "retention", \
		"a topic keeps longer than the policy allows") \
	X(EPOCH, FATAL, "no_epoch", "no epoch of a key is active") \
	X(EBEHIND, FATAL, "behind", \
		"the group has worked under a newer ring or policy") \
	X(ECLOCK, FATAL, "clock", "this machine's clock is off") \
	X(ELEDGER, FATAL, "ledger", \
		"the consent ledger's file must be made anew") \
	X(EBUG, FATAL, "bug", "a bug in lethe")

enum lethe_status {
#define X(code, class, name, text) LETHE_##code,
	LETHE_STATUS_MAP(X)
#undef X
		LETHE_STATUS_COUNT
};

#define LETHE_WHAT_BYTES 160

/* Filled by a failing call; the caller's storage, nothing to free. */
struct lethe_error {
	enum lethe_status status;
	size_t offset; /* bytes into the event, or 0 */
	char what[LETHE_WHAT_BYTES];
};

/* The class of a status: what to do about it. */
LETHE_API enum lethe_class lethe_status_class(enum lethe_status status);

/* The stable name of a status, such as "too_deep"; static storage. */
LETHE_API const char *lethe_status_name(enum lethe_status status);

/* The status in English; static storage. */
LETHE_API const char *lethe_status_text(enum lethe_status status);

#endif
