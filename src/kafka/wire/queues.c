#include "kafka/wire/clients.h"

#include <string.h>

/*
 * The clients tell all they know as one JSON object every few seconds; of that
 * these sums alone are wanted.
 */
static uint64_t
sum_of(const char *json, size_t len, const char *key)
{
	const char *end = json + len;
	size_t key_len = strlen(key);
	const char *at = json;
	uint64_t sum = 0, n;

	while ((at = memmem(at, (size_t)(end - at), key, key_len))) {
		for (at += key_len, n = 0; at < end && *at >= '0' && *at <= '9';
			at++)
			n = n * 10 + (uint64_t)(*at - '0');
		sum += n;
	}
	return sum;
}

int
broker_on_fetched(rd_kafka_t *rk, char *json, size_t len, void *opaque)
{
	struct kafka *k = opaque;

	(void)rk;
	k->fetched_bytes = sum_of(json, len, "\"fetchq_size\":");
	return 0;
}

int
broker_on_unsent(rd_kafka_t *rk, char *json, size_t len, void *opaque)
{
	struct kafka *k = opaque;

	(void)rk;
	k->unsent_bytes = sum_of(json, len, "\"msg_size\":");
	return 0;
}

void
broker_queues(struct kafka *k, uint64_t *fetched, uint64_t *unsent)
{
	*fetched = k->fetched_bytes;
	*unsent = k->unsent_bytes;
}
