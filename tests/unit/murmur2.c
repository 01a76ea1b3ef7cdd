#include "suite.h"

#include "kafka/murmur2.h"

#include <string.h>

/* Vectors of the Java client's own test (UtilsTest.testMurmur2). */
static const struct {
	const char *key;
	int32_t hash;
} vectors[] = {
	{"21", -973932308},
	{"foobar", -790332482},
	{"a-little-bit-long-string", -985981536},
	{"a-little-bit-longer-string", -1486304829},
	{"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
	{"abc", 479470107},
};

START_TEST(agrees_with_the_java_client)
{
	const char *key = vectors[_i].key;

	ck_assert_int_eq((int32_t)murmur2((const uint8_t *)key, strlen(key)),
		vectors[_i].hash);
}
END_TEST

START_TEST(takes_the_partition_of_the_positive_hash)
{
	const char *key = vectors[_i].key;
	int32_t hash = vectors[_i].hash & 0x7fffffff;

	for (int32_t count = 1; count < 100; count++)
		ck_assert_int_eq(murmur2_partition(key, strlen(key), count),
			hash % count);
}
END_TEST

SUITE("murmur2", ROWS(agrees_with_the_java_client, vectors),
	ROWS(takes_the_partition_of_the_positive_hash, vectors))
