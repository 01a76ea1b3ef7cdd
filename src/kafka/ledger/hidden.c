#include "kafka/ledger/self.h"

/*
 * What lies behind the beginning of an open transaction no reader of committed
 * records sees, whoever said it.  Writers that live end theirs soon; one that
 * hangs, or was killed, keeps all that comes behind it until its timeout.
 */

#define AT_START (-1)

/* Where the log itself ends, by the client's last fetch; that is no older than
 * fetch.wait.max.ms.  Below zero: nothing was fetched yet. */
static int64_t
end_of_log(const struct keeper *k, int32_t partition)
{
	int64_t first, end;

	return rd_kafka_get_watermark_offsets(
		       k->rk, k->ledger->topic, partition, &first, &end)
		       ? -1
		       : end;
}

void
keeper_hide(struct keeper_part *part, int64_t log, int64_t now, int64_t most)
{
	if (log <= part->end) {
		part->hidden_ms = 0;
	} else if (!part->hidden_ms || part->end >= part->hidden_end) {
		part->hidden_ms = now;
		part->hidden_end = log;
		part->hidden_long = most == AT_START;
	} else if (!part->hidden_long && now - part->hidden_ms > most) {
		part->hidden_end = log;
		part->hidden_long = true;
	}
}

bool
keeper_note_hidden(struct keeper *k, int64_t now)
{
	int64_t since = 0, most = atomic_load(&k->loaded)
					  ? k->ledger->max_lag_ms
					  : AT_START;
	bool known = true;

	k->hidden_long = false;
	for (int32_t p = 0; p < k->topic.partitions; p++) {
		struct keeper_part *part = &k->parts[p];
		int64_t log = end_of_log(k, p);

		known = known && log >= 0;
		keeper_hide(part, log, now, most);
		k->hidden_long = k->hidden_long ||
				 (part->hidden_ms && part->hidden_long);
		if (part->hidden_ms && (!since || part->hidden_ms < since)) {
			since = part->hidden_ms;
			k->hidden = p;
		}
	}
	atomic_store_explicit(&k->hidden_since_ms, since, memory_order_relaxed);
	return known;
}

int64_t
keeper_hidden_ms(const struct keeper *k, int64_t now)
{
	int64_t since =
		atomic_load_explicit(&k->hidden_since_ms, memory_order_relaxed);

	return since ? now - since : 0;
}
