#include "base/clock.h"
#include "cli/commands.h"
#include "cli/filter/stream.h"
#include "cli/filter/tally.h"
#include "cli/load.h"
#include "cli/options.h"
#include "cli/output.h"
#include "crypto/secret.h"
#include "engine/quarantine.h"
#include "engine/view.h"
#include "event/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

static const struct option_row option_rows[] = {
	{"config", "FILE",
		"settings that name policy, ring and secret; other options go "
		"over them"},
	{"policy", "FILE", "the policy"}, {"ring", "FILE", "the key ring"},
	{"secret", "FILE",
		"the secret key that opens the ring: a path, fd:N or "
		"command:…"},
	{"passphrase", "FILE",
		"where its passphrase is, in the same forms; without: asked on "
		"the terminal"},
	{"purpose", "NAME", "this purpose alone"},
	{"consent", "FILE",
		"records of the consent ledger, a line {\"key\":…,\"value\":…} "
		"each; without: every answer of a ledger is ledger_stale"},
	{"format", "json|msgpack",
		"form of the input: one JSON event a line (default), or a "
		"stream of MessagePack values"},
	{"now", "TIME",
		"processing time, and the broker's time of every event; "
		"default: the clock at the start"},
	{"topic", "NAME",
		"take the input as that topic's; default: every input of the "
		"policy is tried, all read together"},
	{"quarantine", "FILE",
		"append what could not be understood, sealed, a line each"},
	{"json", NULL,
		"the summary as one JSON object, the last line of standard "
		"error"},
	{NULL, NULL, NULL}};

struct filter {
	struct load load;
	struct lethe_scratch *scratch;
	struct tally tally;
	struct lethe_input input;
	struct stream stream;
	struct buf out;
	struct sealer *sealer;	/* NULL: payload: reference */
	const char *quarantine; /* path, or NULL */
	int quarantine_fd;
	struct buf poison;
	bool json, progress;
	int64_t told_ns;
};

static enum lethe_status
put_record(void *ctx, const struct lethe_record *r, struct lethe_error *err)
{
	struct filter *f = ctx;
	struct writer w;

	writer_init(&w, FORMAT_JSON, &f->out);
	write_object(&w, r->kind == LETHE_RECORD_REKEY ? 4 : 3);
	if (r->kind == LETHE_RECORD_REKEY) {
		write_key(&w, slice_of("kind"));
		write_string(&w, slice_of("rekey"));
		f->tally.rekeys++;
	}
	write_key(&w, slice_of("purpose"));
	write_string(&w, slice_of(lethe_policy_purpose_name(
				 f->load.policy, r->purpose)));
	write_key(&w, slice_of("key"));
	if (r->key)
		write_string(&w, slice_make(r->key, r->key_len));
	else
		write_null(&w);
	write_key(&w, slice_of("value"));
	write_raw_json(&w, slice_make(r->value, r->value_len));
	write_object_end(&w);
	buf_put_byte(&f->out, '\n');
	return output_flush(&f->out, false, err);
}

/* No topic is at hand: it is remembered as long as this command runs. */
static enum lethe_status
count_objection(
	void *ctx, const struct lethe_objection *o, struct lethe_error *err)
{
	struct filter *f = ctx;

	(void)o;
	(void)err;
	f->tally.objections++;
	return LETHE_OK;
}

static void
count_decision(void *ctx, const struct lethe_decision *d)
{
	struct filter *f = ctx;

	tally_decision(&f->tally, d);
}

/*
 * Seals one poison into the quarantine file.
 *
 *   whole   the input's value points to all its bytes
 */
static enum lethe_status
quarantine(struct filter *f, const struct lethe_error *why, bool whole,
	struct lethe_error *err)
{
	struct quarantine_place where = {
		.partition = -1, .position = (int64_t)f->stream.number};
	enum lethe_status status;

	tally_poison(&f->tally, why->status);
	if (!f->quarantine)
		return LETHE_OK;
	status = quarantine_write(f->load.policy, f->sealer, &where, &f->input,
		why, !whole, &f->poison, err);
	if (status)
		return status;
	buf_put_byte(&f->poison, '\n');
	return output_flush_to(
		f->quarantine_fd, f->quarantine, &f->poison, false, err);
}

static void
tell_progress(struct filter *f, bool last)
{
	int64_t now_ns;

	if (!f->progress || (!last && f->tally.events % 4096))
		return;
	now_ns = clock_monotonic_ns();
	if (!last && now_ns - f->told_ns < 200000000)
		return;
	f->told_ns = now_ns;
	if (last)
		fputs("\r\033[K", stderr);
	else
		fprintf(stderr, "\r%" PRIu64 " events, %" PRIu64 " records",
			f->tally.events, f->tally.records);
}

static enum lethe_status
filter_event(struct filter *f, struct slice event, struct lethe_error *err)
{
	const struct lethe_sink sink = {.size = sizeof(sink),
		.ctx = f,
		.record = put_record,
		.decision = count_decision,
		.objection = count_objection};
	struct lethe_error why = {0};
	enum lethe_status status;

	f->input.value = event.ptr;
	f->input.len = event.len;
	status =
		lethe_process(f->load.view, f->scratch, &f->input, &sink, &why);
	if (lethe_status_class(status) == LETHE_CLASS_POISON)
		return quarantine(f, &why, true, err);
	if (status)
		return fail_with(err, &why);
	return LETHE_OK;
}

static enum lethe_status
filter_all(struct filter *f, struct lethe_error *err)
{
	struct lethe_error why = {0};
	struct slice event;
	bool whole;

	for (;;) {
		enum lethe_status status = LETHE_OK;

		switch (stream_next(&f->stream, &event, &whole, &why)) {
		case STREAM_END: return LETHE_OK;
		case STREAM_FAILED: return fail_with(err, &why);
		case STREAM_EVENT:
			f->tally.events++;
			status = filter_event(f, event, err);
			break;
		case STREAM_POISON:
			f->tally.events++;
			f->input.value = event.ptr;
			f->input.len = event.len;
			status = quarantine(f, &why, whole, err);
			break;
		}
		if (status)
			return status;
		tell_progress(f, false);
	}
}

/* A disk that was full has cut its last line: the next would be glued to it. */
static bool
ends_in_line(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char last = '\n';

	if (fd >= 0 && lseek(fd, -1, SEEK_END) >= 0)
		(void)!read(fd, &last, 1);
	if (fd >= 0)
		close(fd);
	return last != '\n';
}

static enum lethe_status
open_quarantine(struct filter *f, struct lethe_error *err)
{
	const struct lethe_ring *ring = f->load.ring;
	bool sealed = f->load.policy->quarantine.payload == QUARANTINE_SEALED;

	if (!f->quarantine)
		return LETHE_OK;
	f->quarantine_fd = open(
		f->quarantine, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (f->quarantine_fd < 0)
		return fail(err, LETHE_EIO, 0, "cannot open %.80s: %s",
			f->quarantine, strerror(errno));
	if (ends_in_line(f->quarantine))
		buf_put_byte(&f->poison, '\n');
	if (!sealed)
		return LETHE_OK;
	if (sealer_new(
		    ring->quarantine, ring->quarantine_count, &f->sealer, err))
		return err->status;
	return sealer_turn(f->sealer, err);
}

static void
tell_summary(struct filter *f)
{
	struct buf text;

	buf_init(&text, 0);
	if (f->json)
		tally_print_json(&f->tally, &text);
	else
		tally_print(&f->tally, &text);
	if (!f->json && f->load.policy->ledger.is && !f->load.ledger)
		buf_put_text(&text,
			"no records of the consent ledger are at hand, so it "
			"is ledger_stale here: --consent FILE\n");
	if (!f->json && tally_poison_count(&f->tally) &&
		load_topics_together(&f->load, f->input.channel))
		buf_put_text(&text,
			"the topics of the policy were read together, and "
			"`lethe run` reads each\nby itself: --topic NAME\n");
	fwrite(text.ptr, 1, text.len, stderr);
	buf_fini(&text);
}

/* What came so far is shown, before a slow input is waited for. */
static enum lethe_status
flush_all(void *ctx, struct lethe_error *err)
{
	struct filter *f = ctx;
	enum lethe_status status = output_flush(&f->out, true, err);

	if (!status && f->quarantine)
		status = output_flush_to(
			f->quarantine_fd, f->quarantine, &f->poison, true, err);
	return status;
}

static int
filter(struct filter *f)
{
	enum event_format format = f->input.format == LETHE_FORMAT_MSGPACK
					   ? FORMAT_MSGPACK
					   : FORMAT_JSON;
	struct lethe_error err = {0};
	enum lethe_status status;
	uint64_t seed;

	stream_init(&f->stream, STDIN_FILENO, "standard input", format,
		f->load.policy->channels[f->input.channel].limits.bytes);
	f->stream.wait = flush_all;
	f->stream.ctx = f;
	random_bytes(&seed, sizeof(seed));
	if (tally_init(
		    &f->tally, f->load.policy, f->load.view->purposes, &err) ||
		lethe_scratch_new(seed, &f->scratch, &err) ||
		open_quarantine(f, &err))
		return report(&err);
	if (f->load.ledger)
		f->tally.consent = &f->load.consent;
	status = filter_all(f, &err);
	if (status == LETHE_OK)
		status = flush_all(f, &err);
	tell_progress(f, true);
	if (status)
		return report(&err);
	tell_summary(f);
	return EXIT_YES;
}

static bool
read_options(const struct options *o, struct filter *f)
{
	static const char *const formats[] = {"json", "msgpack", NULL};
	size_t format = 0;

	f->input = (struct lethe_input){.size = sizeof(f->input),
		.record_format = LETHE_FORMAT_JSON,
		.now_ms = clock_now_ms()};
	if (!option_choice(o, "format", formats, &format) ||
		!option_time(o, "now", &f->input.now_ms))
		return false;
	f->input.format = format ? LETHE_FORMAT_MSGPACK : LETHE_FORMAT_JSON;
	f->input.broker_ms = f->input.now_ms;
	f->quarantine = option_get(o, "quarantine");
	f->json = option_has(o, "json");
	f->progress = output_is_screen(STDERR_FILENO) && !isatty(STDOUT_FILENO);
	return true;
}

static void
filter_fini(struct filter *f)
{
	stream_fini(&f->stream);
	tally_fini(&f->tally);
	sealer_free(f->sealer);
	lethe_scratch_free(f->scratch);
	load_fini(&f->load);
	buf_fini(&f->out);
	buf_fini(&f->poison);
	if (f->quarantine_fd >= 0)
		close(f->quarantine_fd);
}

static int
run(int argc, char **argv)
{
	struct filter f = {.quarantine_fd = -1};
	struct options o;
	int code;

	if (!options_parse(&cmd_filter, argc, argv, 0, 0, &o, &code))
		return code;
	buf_init(&f.out, 0);
	buf_init(&f.poison, 0);
	if (!read_options(&o, &f))
		return EXIT_USAGE;
	code = load_view(&o, LOAD_RING, f.input.now_ms, &f.load);
	if (!code)
		code = load_topic(&o, &f.load, &f.input.channel);
	if (!code)
		code = filter(&f);
	filter_fini(&f);
	return code;
}

const struct command cmd_filter = {
	.words = "filter",
	.synopsis = "--config FILE | --policy FILE --ring FILE --secret FILE "
		    "[OPTIONS] < EVENTS > RECORDS",
	.summary = "events on standard input, records on standard output",
	.about = "Does to standard input what `lethe run` does to a topic.  "
		 "Each "
		 "record is one line {\"purpose\":…,\"key\":…,\"value\":{…}}, "
		 "always JSON; the key is the subject's token, or null where "
		 "the purpose has no identity.  While two epochs of keys "
		 "overlap, a line of {\"kind\":\"rekey\",…} tells of each "
		 "person's new token.  The same input and the same --now give "
		 "the same bytes.\n\n"
		 "What cannot be understood costs that line alone; an empty "
		 "line is no event.  A MessagePack stream ends where the next "
		 "value's beginning cannot be known.  A summary by reason goes "
		 "to standard error; it names no value of any event.\n\n"
		 "Ends with 0 when all input was read, poison included.",
	.options = option_rows,
	.examples =
		"lethe filter --config shop/lethe.yaml < shop/events.ndjson\n"
		"lethe filter --config shop/lethe.yaml --purpose analytics "
		"--json < shop/events.ndjson\n"
		"lethe gen --events 1000 --format msgpack | lethe filter "
		"--config shop/lethe.yaml --format msgpack",
	.run = run,
};
