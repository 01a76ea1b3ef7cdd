#include "kafka/wire/admin/admin.h"

#include "base/clock.h"

#include <unistd.h>

#define RETRY_US 100000
#define POLL_MS 200

enum lethe_status
admin_init(struct admin *a, const struct broker_options *options,
	struct lethe_error *err)
{
	enum lethe_status status =
		broker_new_consumer(options, &a->login, false, &a->rk, err);

	if (!status)
		a->queue = rd_kafka_queue_new(a->rk);
	return status;
}

void
admin_fini(struct admin *a)
{
	rd_kafka_queue_destroy(a->queue);
	rd_kafka_destroy(a->rk);
}

rd_kafka_AdminOptions_t *
admin_options(const struct admin *a, rd_kafka_admin_op_t op)
{
	rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(a->rk, op);
	char text[128];

	bug_if(!options || rd_kafka_AdminOptions_set_request_timeout(
				   options, ASK_MS, text, sizeof(text)));
	return options;
}

rd_kafka_event_t *
admin_take(struct admin *a)
{
	rd_kafka_event_t *answer;

	/* The library answers every request, in its time or with a timeout. */
	do
		answer = rd_kafka_queue_poll(a->queue, ASK_MS);
	while (!answer);
	return answer;
}

enum lethe_status
admin_answer(struct admin *a, const char *what, rd_kafka_event_t **out,
	struct lethe_error *err)
{
	rd_kafka_resp_err_t code;
	enum lethe_status status;

	/* Nothing more is asked once the login is refused. */
	do {
		status = login_poll(&a->login, a->rk, err);
		if (status)
			return status;
		*out = rd_kafka_queue_poll(a->queue, POLL_MS);
	} while (!*out);
	code = rd_kafka_event_error(*out);
	if (code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED && a->group)
		status = login_lacks(
			a->rk, code, "Describe the group", a->group, err);
	else
		status = client_code(what, code, err);
	if (status) {
		rd_kafka_event_destroy(*out);
		*out = NULL;
	}
	return status;
}

int64_t
admin_deadline_ns(void)
{
	return clock_monotonic_ns() + CALL_MS * INT64_C(1000000);
}

bool
admin_may_retry(struct admin *a, enum lethe_status status, int64_t until_ns)
{
	if (lethe_status_class(status) != LETHE_CLASS_TRANSIENT ||
		clock_monotonic_ns() > until_ns ||
		login_poll(&a->login, a->rk, NULL))
		return false;
	usleep(RETRY_US);
	return true;
}

enum lethe_status
admin_settle(const struct admin *a, enum lethe_status status,
	struct lethe_error *err)
{
	if (status && login_check(&a->login, err))
		return LETHE_EDENIED;
	if (status != LETHE_EAGAIN)
		return status;
	if (err)
		err->status = LETHE_ETIMEOUT;
	return LETHE_ETIMEOUT;
}
