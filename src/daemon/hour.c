#include "daemon/hour.h"

#include <stdlib.h>

enum lethe_status
hour_init(struct hour *h, size_t purposes, struct lethe_error *err)
{
	*h = (struct hour){.purposes = purposes};
	h->samples = calloc(HOUR_SAMPLES * purposes, sizeof(*h->samples));
	return h->samples ? LETHE_OK
			  : fail(err, LETHE_ENOMEM, 0,
				    "no memory for the last hour's counts");
}

void
hour_fini(struct hour *h)
{
	free(h->samples);
}

static void
read_counts(size_t purpose, const struct stats *sums,
	const struct keeper_changes *changes, struct hour_counts *out)
{
	out->records = sums->records[purpose];
	memcpy(out->drops, sums->drops[purpose], sizeof(out->drops));
	memcpy(out->changes, changes->to[purpose], sizeof(out->changes));
}

void
hour_sample(struct hour *h, const struct stats *sums,
	const struct keeper_changes *changes)
{
	struct hour_counts *row = &h->samples[h->next * h->purposes];

	for (size_t p = 0; p < h->purposes; p++)
		read_counts(p, sums, changes, &row[p]);
	h->next = (h->next + 1) % HOUR_SAMPLES;
	if (h->count < HOUR_SAMPLES)
		h->count++;
}

void
hour_of(const struct hour *h, size_t purpose, const struct stats *sums,
	const struct keeper_changes *changes, struct hour_counts *out)
{
	const struct hour_counts *from =
		&h->samples[h->next * h->purposes + purpose];

	read_counts(purpose, sums, changes, out);
	if (h->count < HOUR_SAMPLES)
		return; /* counts begin at the start */
	out->records -= from->records;
	for (int r = 0; r < LETHE_REASON_COUNT; r++)
		out->drops[r] -= from->drops[r];
	for (int s = 0; s < LEDGER_STATES; s++)
		out->changes[s] -= from->changes[s];
}
