#include "kafka/topics/topics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * A record goes when the newest of its segment is too old, so it may stay as
 * much longer as one segment takes to fill: a quarter of the time at most.
 */
#define SEGMENTS_AT_LEAST 4
#define SEGMENT_LEAST_MS INT64_C(60000)
/* Who was away for so long still sees what was taken back. */
#define TOMBSTONES_LEAST_MS INT64_C(86400000)
#define SEGMENT_MOST_MS (INT64_C(7) * 86400000) /* the broker's default */

const char *
topics_config_name(enum topics_config config)
{
	static const char *const names[] = {
#define X(config, name) [TOPICS_CONFIG_##config] = (name),
		TOPICS_CONFIG_MAP(X)
#undef X
	};

	return names[config];
}

static const char *
cleanup_of(enum topics_kind kind)
{
	static const char *const policies[] = {
#define X(kind, name, flags, cleanup) [TOPICS_##kind] = (cleanup),
		TOPICS_KIND_MAP(X)
#undef X
	};

	return policies[kind];
}

static bool
has_found(const struct topics_found *found)
{
	return found && found->exists;
}

static int64_t
longest_segment(const struct topics_wanted *wanted)
{
	int64_t part = wanted->retention_ms / SEGMENTS_AT_LEAST;

	return part < SEGMENT_LEAST_MS ? SEGMENT_LEAST_MS : part;
}

/* With three replicas one may be away; with fewer none is needed beside the
 * leader. */
static int64_t
least_in_sync(
	const struct topics_wanted *wanted, const struct topics_found *found)
{
	int32_t replicas =
		has_found(found) ? found->replicas : wanted->replicas;

	return replicas >= 3 ? 2 : 1;
}

bool
topics_value(const struct topics_wanted *wanted,
	const struct topics_found *found, enum topics_config config,
	char out[static TOPICS_VALUE_BYTES])
{
	const char *text = NULL;
	int64_t value = 0;

	switch (config) {
	case TOPICS_CONFIG_CLEANUP: text = cleanup_of(wanted->kind); break;
	case TOPICS_CONFIG_RETENTION:
		/* How long consent must be provable no policy says: a new log
		   keeps all, and what a person has set stays. */
		if (wanted->kind == TOPICS_LEDGER_LOG && !has_found(found))
			text = "-1";
		value = wanted->retention_ms;
		break;
	case TOPICS_CONFIG_SEGMENT:
		value = wanted->retention_ms ? longest_segment(wanted) : 0;
		value = value > SEGMENT_MOST_MS ? SEGMENT_MOST_MS : value;
		break;
	case TOPICS_CONFIG_MESSAGE: value = wanted->message_bytes; break;
	case TOPICS_CONFIG_INSYNC: value = least_in_sync(wanted, found); break;
	case TOPICS_CONFIG_STAMP: text = "CreateTime"; break;
	case TOPICS_CONFIG_TOMBSTONES:
		value = wanted->kind == TOPICS_LEDGER ? TOMBSTONES_LEAST_MS : 0;
		break;
	case TOPICS_CONFIG_COUNT: break;
	}
	out[0] = '\0';
	if (text)
		(void)snprintf(out, TOPICS_VALUE_BYTES, "%s", text);
	else if (value)
		(void)snprintf(out, TOPICS_VALUE_BYTES, "%" PRId64, value);
	return text || value;
}

bool
topics_holds(const struct topics_wanted *wanted,
	const struct topics_found *found, enum topics_config config)
{
	const char *text = found->values[config];
	char value[TOPICS_VALUE_BYTES];
	int64_t number;

	if (!topics_value(wanted, found, config, value))
		return true;
	if (!text)
		return false;
	number = strtoll(text, NULL, 10);
	switch (config) {
	case TOPICS_CONFIG_RETENTION:
		return number >= 0 && number <= wanted->retention_ms;
	case TOPICS_CONFIG_SEGMENT: return number <= longest_segment(wanted);
	case TOPICS_CONFIG_MESSAGE: return number >= wanted->message_bytes;
	case TOPICS_CONFIG_TOMBSTONES: return number >= TOMBSTONES_LEAST_MS;
	case TOPICS_CONFIG_INSYNC:
		return number >= least_in_sync(wanted, found) &&
		       number <= found->replicas;
	case TOPICS_CONFIG_CLEANUP:
	case TOPICS_CONFIG_STAMP:
	case TOPICS_CONFIG_COUNT: break;
	}
	return !strcmp(text, value);
}

bool
topics_keeps_longer(
	const struct topics_wanted *wanted, const struct topics_found *found)
{
	const char *cleanup = found->values[TOPICS_CONFIG_CLEANUP];

	if (!found->exists || found->configs != TOPICS_KNOWN ||
		!wanted->retention_ms)
		return false;
	return !topics_holds(wanted, found, TOPICS_CONFIG_RETENTION) ||
	       !cleanup || !strstr(cleanup, "delete");
}
