#include "kafka/topics/topics.h"

static bool
is_placed(const struct topics_record *r, int32_t partitions)
{
	return (int32_t)((r->hash & 0x7fffffff) % (uint32_t)partitions) ==
	       r->partition;
}

/* Whether so many partitions put every record where it lies that lies
 * elsewhere than `now` puts it. */
static bool
explains(const struct topics_record *records, size_t count, int32_t partitions,
	int32_t now)
{
	for (size_t i = 0; i < count; i++)
		if (!is_placed(&records[i], now) &&
			!is_placed(&records[i], partitions))
			return false;
	return true;
}

int32_t
topics_written_with(
	const struct topics_record *records, size_t count, int32_t now)
{
	bool elsewhere = false;

	for (size_t i = 0; i < count; i++)
		elsewhere = elsewhere || !is_placed(&records[i], now);
	if (!elsewhere)
		return 0;
	for (int32_t partitions = now - 1; partitions > 0; partitions--)
		if (explains(records, count, partitions, now))
			return partitions;
	return -1;
}
