#include "kafka/ledger/self.h"

#include "base/log.h"

#include <stdio.h>
#include <unistd.h>

#define LOG_EVERY_MS 5000
#define FIRST_MS 1000

static int64_t
left_ms(int64_t took_ms, uint64_t done, uint64_t all)
{
	if (!done || took_ms < FIRST_MS)
		return -1;
	return done < all ? (int64_t)((double)took_ms * (double)(all - done) /
				      (double)done)
			  : 0;
}

/* A person sees it move; a log has a line now and then. */
static void
show(uint64_t records, double share, int64_t left, bool end)
{
	if (!isatty(STDERR_FILENO))
		return;
	(void)fprintf(stderr, "\rconsent ledger: %llu records, %.0f %%",
		(unsigned long long)records, share * 100);
	if (left >= 0)
		(void)fprintf(stderr, ", about %lld s left",
			(long long)(left + 999) / 1000);
	(void)fprintf(stderr, end ? "\033[K\n" : "\033[K");
}

void
keeper_progress(struct keeper *k, bool end)
{
	int64_t now = keeper_now_ms(), took = now - k->load_began_ms;
	uint64_t done = atomic_load_explicit(
			 &k->load_done, memory_order_relaxed),
		 all = atomic_load_explicit(&k->load_all, memory_order_relaxed),
		 records = atomic_load_explicit(
			 &k->records, memory_order_relaxed);
	double share = all ? (double)done / (double)all : 1;
	int64_t left = left_ms(took, done, all);

	atomic_store_explicit(&k->load_left_ms, left, memory_order_relaxed);
	if (!end &&
		now - k->load_told_ms <
			(isatty(STDERR_FILENO) ? FIRST_MS / 5 : LOG_EVERY_MS))
		return;
	k->load_told_ms = now;
	show(records, share, left, end);
	if (!isatty(STDERR_FILENO) && !end)
		LOG(LOG_INFO, "ledger_loading",
			LOG_TEXT("topic", k->ledger->topic),
			LOG_NUMBER("records", records),
			LOG_NUMBER("percent", share * 100),
			LOG_NUMBER(
				"left_s", left < 0 ? -1 : (left + 999) / 1000));
}
