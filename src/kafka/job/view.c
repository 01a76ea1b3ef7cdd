#include "kafka/job/self.h"

enum lethe_status
job_view(struct lane_view *out, const struct lethe_view *view,
	const struct lethe_ring *ring, int64_t from_ms, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;

	*out = (struct lane_view){
		.view = view, .rows = rows_new(view), .from_ms = from_ms};
	held_of(view, ring, &out->held);
	if (!out->rows)
		return fail(err, LETHE_ENOMEM, 0, "no memory for a view");
	if (view->policy->quarantine.payload != QUARANTINE_REFERENCE)
		status = sealer_new(ring->quarantine, ring->quarantine_count,
			&out->sealer, err);
	return status;
}

void
job_view_free(struct lane_view *v)
{
	rows_free(v->rows);
	sealer_free(v->sealer);
	*v = (struct lane_view){0};
}
