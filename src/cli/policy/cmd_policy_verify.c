#include "cli/commands.h"
#include "cli/load.h"
#include "cli/output.h"
#include "cli/policy/policy_words.h"

#include "base/clock.h"
#include "crypto/trust.h"
#include "event/writer.h"

#include <stdio.h>

static const struct option_row option_rows[] = {
	{"ring", "FILE", "the ring that names who signs policies"},
	{"trust", "FILE", "whose signatures on the ring you believe"},
	{"was", "FILE", "the policy that it should follow"},
	{"json", NULL, "one JSON object, for scripts"}, {NULL, NULL, NULL}};

struct work {
	const struct options *o;
	struct policy_file is, was;
	struct ring *ring;
	struct lethe_error why; /* status OK: it holds */
	int64_t now_ms;
};

static enum lethe_status
open_ring(struct work *w, struct lethe_error *err)
{
	const char *path = option_get(w->o, "trust");
	struct trust trust;
	enum lethe_status status =
		ring_read(option_get(w->o, "ring"), &w->ring, err);

	if (!status && path)
		status = trust_read(path, &trust, err);
	return status ? status
		      : ring_verify(w->ring, path ? &trust.set : NULL, err);
}

static int
open_all(struct work *w)
{
	struct lethe_error err = {0};
	int code = load_policy_and_was(w->o, w->now_ms, &w->is, &w->was);

	if (!code && open_ring(w, &err))
		code = report_opening(&err);
	return code;
}

static void
judge(struct work *w)
{
	struct statement_file was;
	enum lethe_status status = policy_file_check(&w->is, w->ring, &w->why);

	if (status || !w->is.is_signed || !w->was.policy)
		return;
	was = policy_file_named(&w->was);
	status = statement_follows(&w->is.statement, &was, &w->why);
	bug_if(status && !w->why.what[0]);
}

static void
write_signers(struct writer *out, const struct work *w)
{
	const struct statement *s = &w->is.statement;
	char id[2 * KEY_ID_BYTES + 1];

	write_key(out, slice_of("signatures"));
	write_array(out, s->signature_count);
	for (size_t i = 0; i < s->signature_count; i++) {
		const struct verify_key *key = &s->signatures[i].signer;

		verify_key_id(key, id);
		write_object(out, 2);
		write_member_text(out, "signer", id);
		write_key(out, slice_of("counts"));
		write_bool(out, statement_signer_is(w->ring, key));
		write_object_end(out);
	}
	write_array_end(out);
}

static void
write_json(const struct work *w, struct buf *text)
{
	const struct statement *s = &w->is.statement;
	char digest[2 * STATEMENT_HASH_BYTES + 1];
	char previous[2 * STATEMENT_HASH_BYTES + 1];
	struct writer out;

	hex_text(s->digest, sizeof(s->digest), digest);
	hex_text(s->previous, sizeof(s->previous), previous);
	writer_init(&out, FORMAT_JSON, text);
	write_object(&out, 9);
	write_key(&out, slice_of("holds"));
	write_bool(&out, !w->why.status);
	write_member_text(&out, "why", w->why.what);
	write_member_int(&out, "needed", ring_policy_threshold(w->ring));
	write_member_text(&out, "policy", s->policy);
	write_member_int(&out, "revision", s->revision);
	write_member_text(&out, "digest", digest);
	write_member_text(
		&out, "previous", statement_is_first(s) ? "" : previous);
	write_member_int(&out, "effective_from_ms", s->effective_ms);
	write_signers(&out, w);
	write_object_end(&out);
	buf_put_byte(text, '\n');
}

static void
print(const struct work *w)
{
	const char *policy = w->o->args[0];

	if (w->is.statement.revision)
		policy_words_statement(&w->is.statement, w->ring, w->now_ms);
	if (w->why.status)
		printf("%s: %s\n", policy, w->why.what);
	else if (!w->is.is_signed)
		printf("%s: the ring names no signers of policies: whoever can "
		       "write the file decides what leaves\n",
			policy);
	else
		printf("%s: signed by enough of those whom the ring names%s\n",
			policy,
			ring_signed(w->ring)
				? ""
				: "; the ring itself is unsigned: whoever can "
				  "write it names them");
}

static int
work(struct work *w)
{
	struct lethe_error err = {0};
	struct buf text;
	int code = open_all(w);

	if (code)
		return code;
	judge(w);
	code = w->why.status ? EXIT_NO : EXIT_YES;
	if (!option_has(w->o, "json")) {
		print(w);
		return code;
	}
	buf_init(&text, 0);
	write_json(w, &text);
	if (output_flush(&text, true, &err))
		code = report(&err);
	buf_fini(&text);
	return code;
}

static int
run(int argc, char **argv)
{
	struct work w = {.now_ms = clock_now_ms()};
	struct options o;
	int code;

	if (!options_parse(&cmd_policy_verify, argc, argv, 1, 1, &o, &code))
		return code;
	if (!option_needed(&o, "ring"))
		return EXIT_USAGE;
	w.o = &o;
	code = work(&w);
	policy_file_fini(&w.is);
	policy_file_fini(&w.was);
	ring_free(w.ring);
	return code;
}

const struct command cmd_policy_verify = {
	.words = "policy verify",
	.synopsis = "POLICY --ring FILE [--trust FILE] [--was OLD] [--json]",
	.summary = "who signed a policy, how many must, and from when it is in "
		   "force",
	.about = "Holds POLICY.sig against the policy, the ring and, with "
		 "--was, the policy that it follows: whose signatures there "
		 "are, how many the ring asks for, and from when the policy is "
		 "in force.  No secret key is needed.  Exit 0: `lethe run` "
		 "with this ring takes it; 1: it does not, and why.",
	.options = option_rows,
	.examples = "lethe policy verify policy.yaml --ring ring.lethe\n"
		    "lethe policy verify policy.yaml --ring ring.lethe --was "
		    "policy.was.yaml --json",
	.run = run,
};
