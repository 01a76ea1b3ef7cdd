#ifndef BENCH_ACT_H
#define BENCH_ACT_H

/*
 * An event of subject number n, who is `uN` in the events and `user:uN` in the
 * consent topic, N of eight digits.
 */

#include "base/clock.h"
#include "text/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ACT_KEY_BYTES 32
#define ACT_BYTES 2048

static inline uint64_t
act_draw(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state >> 8;
}

/*
 * Of now; returns its length.
 *
 *   series, number   no two events have both alike
 */
static inline int
act_event(uint64_t series, uint64_t number, uint64_t n,
	char key[static ACT_KEY_BYTES], char text[static ACT_BYTES])
{
	char at[TIME_TEXT_BYTES + 1] = "";

	at[time_format(clock_now_ms(), GRAIN_MS, at)] = '\0';
	(void)snprintf(key, ACT_KEY_BYTES, "u%08" PRIu64, n);
	return snprintf(text, ACT_BYTES,
		"{\"type\":\"track\",\"event\":\"Product Viewed\","
		"\"messageId\":\"ajs-%" PRIu64 "-%" PRIu64 "\",\"n\":%" PRIu64
		",\"userId\":\"%s\",\"anonymousId\":\"884aa44e-%s\","
		"\"timestamp\":\"%s\",\"properties\":{\"product_id\":\"ba2991ff"
		"168b5740\",\"category\":\"Books\",\"price\":78.86,\"name\":"
		"\"Thing, 3rd Edition\",\"image_url\":\"https://cdn.shop."
		"example/3.jpg\"},\"context\":{\"ip\":\"203.0.113.77\","
		"\"userAgent\":\"Mozilla/5.0 (Linux; Android 14; Pixel 8) "
		"AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 "
		"Mobile Safari/537.36\",\"locale\":\"de-DE\",\"screen\":"
		"{\"width\":412,\"height\":915},\"sessionId\":\"1777000000\","
		"\"page\":{\"url\":\"https://shop.example/books/thing?utm_"
		"source=mail\",\"referrer\":\"https://mail.example/inbox\","
		"\"title\":\"Thing - Example Shop\"},\"consent\":{"
		"\"categoryPreferences\":{\"Personalization\":true,"
		"\"Analytics\":true},\"gpc\":false}}}",
		series, number, n, key, key, at);
}

#endif
