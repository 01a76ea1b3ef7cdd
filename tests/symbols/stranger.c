/*
 * A program of a stranger: it knows the installed headers alone, and has
 * names of its own that the library uses inside.
 */

#include <lethe.h>

#include <stdio.h>
#include <string.h>

static const char *seen;

int
fail(int code)
{
	fprintf(stderr, "stranger: %s\n", seen ? seen : "?");
	return code;
}

int arena_alloc = 7;

void
digest(void)
{
}

static enum lethe_status
take(void *ctx, const struct lethe_record *r, struct lethe_error *err)
{
	(void)err;
	if (r->value_len == 0)
		return LETHE_EBUG;
	*(int *)ctx += r->key != NULL;
	return LETHE_OK;
}

/* stranger POLICY RING SECRET NOW_MS < EVENT: two records must carry a key */
int
main(int argc, char **argv)
{
	static char event[65536];
	struct lethe_policy *policy = NULL;
	struct lethe_ring *ring = NULL;
	struct lethe_view *view = NULL;
	struct lethe_scratch *scratch = NULL;
	struct lethe_view_options options = {.size = sizeof(options)};
	struct lethe_input input = {.size = sizeof(input)};
	struct lethe_sink sink = {.size = sizeof(sink), .record = take};
	struct lethe_error err;
	long long now_ms;
	int records = 0;

	seen = "usage";
	if (argc != 5 || arena_alloc != 7)
		return fail(2);
	digest();
	if (sscanf(argv[4], "%lld", &now_ms) != 1)
		return fail(2);
	seen = err.what;
	if (lethe_policy_open(argv[1], now_ms, NULL, NULL, &policy, &err) ||
		lethe_ring_open(argv[2], argv[3], &ring, &err))
		return fail(1);
	options.policy = policy;
	options.ring = ring;
	if (lethe_view_new(&options, &view, &err) ||
		lethe_scratch_new(1, &scratch, &err))
		return fail(1);
	sink.ctx = &records;
	input.len = fread(event, 1, sizeof(event), stdin);
	input.value = event;
	input.now_ms = now_ms;
	input.broker_ms = now_ms;
	if (lethe_process(view, scratch, &input, &sink, &err))
		return fail(1);
	lethe_scratch_free(scratch);
	lethe_view_free(view);
	lethe_ring_free(ring);
	lethe_policy_drop(policy);
	printf("%s: %d records\n", LETHE_VERSION, records);
	return records == 2 ? 0 : fail(1);
}
