#include "base/clock.h"
#include "cli/commands.h"
#include "cli/keys/change.h"
#include "cli/output.h"
#include "cli/shell.h"
#include "crypto/encode.h"
#include "crypto/ring/life.h"
#include "event/writer.h"
#include "text/time.h"

static const struct option_row option_rows[] = {CHANGE_OPTIONS,
	{"json", NULL, "one JSON object, for scripts"}, {NULL, NULL, NULL}};

static void
put_names(struct buf *out, const char *title, const struct ring *r,
	size_t count,
	const char *(*name)(const struct ring *, size_t, uint32_t *))
{
	uint32_t id;

	for (size_t i = 0; i < count; i++) {
		const char *text = name(r, i, &id);

		buf_printf(out, "%-11s %3u  %s\n", i ? "" : title, id, text);
	}
	if (!count)
		buf_printf(out, "%-11s none\n", title);
}

static void
put_time(struct buf *out, const char *what, int64_t ms)
{
	char text[TIME_TEXT_BYTES];

	if (ms && time_format(ms, GRAIN_SECOND, text))
		buf_printf(out, ", %s %s", what, text);
}

/* What makes no tokens any more, and the runtime could still open. */
static bool
is_left(const struct ring *r, size_t i)
{
	return ring_epoch_state(r, i, clock_now_ms()) == EPOCH_ERASE_ONLY &&
	       ring_runtime_has(r, (uint32_t)i + 1);
}

static void
put_epoch(struct buf *out, const struct ring *r, const char *path, size_t i)
{
	const struct ring_epoch *e = ring_epoch_get(r, i);
	char fingerprint[2 * FINGERPRINT_BYTES + 1];
	uint32_t id;

	hex_text(e->fingerprint, FINGERPRINT_BYTES, fingerprint);
	buf_printf(out, "%-11s %3u  %s\n", i ? "" : "epochs", e->number,
		ring_domain_name(r, e->domain - 1, &id));
	buf_printf(out, "%-16s fingerprint %s\n", "", fingerprint);
	buf_printf(out, "%-16s %s", "",
		epoch_state_name(ring_epoch_state(r, i, clock_now_ms())));
	if (!e->active_from_ms)
		buf_put_text(out, ", active since ever");
	put_time(out, "active from", e->active_from_ms);
	put_time(out, "created", e->created_ms);
	put_time(out, "retires", e->retire_at_ms);
	put_time(out, "destroyed", e->destroyed_at_ms);
	put_time(out, "compromised", e->compromised_at_ms);
	buf_put_byte(out, '\n');
	if (is_left(r, i)) {
		buf_printf(out,
			"%-16s its key is still sealed to the runtime: lethe "
			"keys retire --epoch %u --ring ",
			"", e->number);
		shell_put_word(out, path);
		buf_put_byte(out, '\n');
	}
}

static void
put_table(struct buf *out, const struct ring *r, const char *path)
{
	char id[2 * KEY_ID_BYTES + 1];
	const char *title = "recipients";

	buf_printf(out, "%-11s %s\n%-11s %u, %s", "ring", ring_id(r), "version",
		ring_version(r), ring_signed(r) ? "signed" : "unsigned");
	if (ring_signed(r))
		buf_printf(out, " by %zu of %zu signers, %u must",
			ring_signed_by(r), ring_recipient_count(r, ROLE_SIGNER),
			ring_threshold(r));
	buf_put_byte(out, '\n');
	if (ring_policy_threshold(r))
		buf_printf(out, "%-11s signed by %u of %zu policy signers\n",
			"policies", ring_policy_threshold(r),
			ring_recipient_count(r, ROLE_POLICY));
	put_names(out, "purposes", r, ring_domain_count(r), ring_domain_name);
	for (size_t i = 0; i < ring_join_count(r); i++) {
		struct ring_join join = ring_join_get(r, i);
		uint32_t with;

		buf_printf(out, "%-11s %3u  %s shares the tokens of %s: %s\n",
			"", join.domain, join.purpose,
			ring_domain_name(r, join.domain - 1, &with), join.why);
	}
	put_names(out, "classes", r, ring_class_count(r), ring_class_name);
	for (enum ring_role role = 0; role < ROLE_COUNT; role++)
		for (size_t i = 0; i < ring_recipient_count(r, role); i++) {
			public_key_id(ring_recipient(r, role, i), id);
			buf_printf(out, "%-11s %-10s  %s\n", title,
				ring_role_name(role), id);
			title = "";
		}
	for (size_t i = 0; i < ring_epoch_count(r); i++)
		put_epoch(out, r, path, i);
}

static void
write_names(struct writer *w, const char *key, const struct ring *r,
	size_t count,
	const char *(*name)(const struct ring *, size_t, uint32_t *))
{
	uint32_t id;

	write_key(w, slice_of(key));
	write_array(w, count);
	for (size_t i = 0; i < count; i++) {
		const char *text = name(r, i, &id);

		write_object(w, 2);
		write_member_int(w, "id", id);
		write_member_text(w, "name", text);
		write_object_end(w);
	}
	write_array_end(w);
}

static void
write_recipients(struct writer *w, const struct ring *r)
{
	char id[2 * KEY_ID_BYTES + 1];
	size_t count = 0;

	for (enum ring_role role = 0; role < ROLE_COUNT; role++)
		count += ring_recipient_count(r, role);
	write_key(w, slice_of("recipients"));
	write_array(w, count);
	for (enum ring_role role = 0; role < ROLE_COUNT; role++)
		for (size_t i = 0; i < ring_recipient_count(r, role); i++) {
			public_key_id(ring_recipient(r, role, i), id);
			write_object(w, 2);
			write_member_text(w, "role", ring_role_name(role));
			write_member_text(w, "id", id);
			write_object_end(w);
		}
	write_array_end(w);
}

static void
write_epochs(struct writer *w, const struct ring *r)
{
	char fingerprint[2 * FINGERPRINT_BYTES + 1];

	write_key(w, slice_of("epochs"));
	write_array(w, ring_epoch_count(r));
	for (size_t i = 0; i < ring_epoch_count(r); i++) {
		const struct ring_epoch *e = ring_epoch_get(r, i);

		hex_text(e->fingerprint, FINGERPRINT_BYTES, fingerprint);
		write_object(w, 10);
		write_member_int(w, "number", e->number);
		write_member_text(w, "state",
			epoch_state_name(
				ring_epoch_state(r, i, clock_now_ms())));
		write_member_int(w, "domain", e->domain);
		write_member_int(w, "created_ms", e->created_ms);
		write_member_int(w, "active_from_ms", e->active_from_ms);
		write_member_int(w, "retire_at_ms", e->retire_at_ms);
		write_member_int(w, "destroyed_at_ms", e->destroyed_at_ms);
		write_member_int(w, "compromised_at_ms", e->compromised_at_ms);
		write_member_text(w, "fingerprint", fingerprint);
		write_key(w, slice_of("sealed_to_runtime"));
		write_bool(w, ring_runtime_has(r, e->number));
		write_object_end(w);
	}
	write_array_end(w);
}

static void
put_json(struct buf *out, const struct ring *r)
{
	struct writer w;

	writer_init(&w, FORMAT_JSON, out);
	write_object(&w, 10);
	write_member_text(&w, "ring", ring_id(r));
	write_member_int(&w, "version", ring_version(r));
	write_key(&w, slice_of("signed"));
	write_bool(&w, ring_signed(r));
	write_member_int(&w, "threshold", ring_threshold(r));
	write_member_int(&w, "policy_threshold", ring_policy_threshold(r));
	write_member_int(&w, "signatures", (int64_t)ring_signed_by(r));
	write_names(&w, "domains", r, ring_domain_count(r), ring_domain_name);
	write_names(&w, "classes", r, ring_class_count(r), ring_class_name);
	write_recipients(&w, r);
	write_epochs(&w, r);
	write_object_end(&w);
	buf_put_byte(out, '\n');
}

static int
show(void *ctx, const struct options *o, struct change *c)
{
	struct lethe_error err = {0};
	struct buf out;
	int code;

	(void)ctx;
	buf_init(&out, 0);
	if (option_has(o, "json"))
		put_json(&out, c->held);
	else
		put_table(&out, c->held, c->path);
	code = output_flush(&out, true, &err) ? report(&err) : EXIT_YES;
	buf_fini(&out);
	return code;
}

static int
run(int argc, char **argv)
{
	struct options o;
	int code;

	if (!options_parse(&cmd_keys_show, argc, argv, 0, 0, &o, &code))
		return code;
	return change_look(&o, show, NULL);
}

const struct command cmd_keys_show = {
	.words = "keys show",
	.synopsis = "--config FILE | --ring FILE [--json]",
	.summary = "what a ring holds: numbers, recipients, fingerprints",
	.about = "Shows the clear part of a key ring: its id and version, the "
		 "numbers of purposes and classes, the ids of its recipients' "
		 "public keys, and each epoch with its fingerprint.  It needs "
		 "no secret key and shows none.\n\n"
		 "A ring changed in any byte is refused with line and field.",
	.options = option_rows,
	.examples = "lethe keys show --config shop/lethe.yaml\n"
		    "lethe keys show --ring ring.lethe --json",
	.run = run,
};
