#include "cli/doctor/doctor.h"

#define NEWEST 1000 /* messages of a topic that are looked at */

void
examine_read(struct doctor *d)
{
	struct lethe_error err = {0};

	if (!doctor_has_cluster(d))
		return;
	for (size_t i = 0; i < d->input_count; i++) {
		struct doctor_topic *t = &d->inputs[i];

		if (!doctor_has_topic(d, t))
			continue;
		doctor_events_begin(d, t);
		if (trial_read(d->trial, t->name, t->partitions, NEWEST,
			    doctor_events_saw, d, &err)) {
			doctor_failed(d, &err);
			continue;
		}
		t->readable = true;
		doctor_found(d, DOCTOR_OK, NULL, "%s: all %d partitions",
			t->name, t->partitions);
	}
}

void
examine_transactions(struct doctor *d)
{
	struct lethe_error err = {0};

	if (!doctor_has_cluster(d))
		return;
	if (!d->l.settings->instance) {
		doctor_found(d, DOCTOR_SKIP, NULL,
			"the setting `instance` is missing");
		return;
	}
	if (trial_transactions(d->trial, &err)) {
		doctor_failed(d, &err);
		return;
	}
	d->transactions = true;
	doctor_found(d, DOCTOR_OK, NULL, "tried as %s", d->id);
}

static bool
has_transactions(struct doctor *d)
{
	if (!doctor_has_cluster(d))
		return false;
	if (!d->transactions)
		doctor_found(d, DOCTOR_SKIP, NULL,
			"no transaction can be begun to try it in");
	return d->transactions;
}

void
examine_write(struct doctor *d)
{
	struct lethe_error err = {0};
	size_t good = 0, there = 0;

	if (!has_transactions(d))
		return;
	for (size_t i = 0; i < d->output_count; i++) {
		if (!doctor_has_topic(d, &d->outputs[i]))
			continue;
		there++;
		if (trial_write(d->trial, d->outputs[i].name, &err))
			doctor_failed(d, &err);
		else
			good++;
	}
	if (there && good == there)
		doctor_found(d, DOCTOR_OK, NULL,
			"%zu topics, tried in transactions that were aborted",
			good);
}

void
examine_group(struct doctor *d)
{
	struct lethe_error err = {0};

	if (!has_transactions(d))
		return;
	for (size_t i = 0; i < d->input_count; i++) {
		if (!d->inputs[i].readable)
			continue;
		if (trial_group(d->trial, d->inputs[i].name, &err))
			doctor_failed(d, &err);
		else
			doctor_found(d, DOCTOR_OK, NULL,
				"%s, tried in a transaction that was aborted",
				d->group);
		return;
	}
	doctor_found(d, DOCTOR_SKIP, NULL, "no input topic may be read");
}
