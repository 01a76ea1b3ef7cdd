#include "cli/load.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "crypto/keypair.h"
#include "crypto/trust.h"
#include "engine/view.h"

#include <stdio.h>
#include <unistd.h>

static void
tell(void *ctx, const struct lethe_mistake *m)
{
	(void)ctx;
	if (m->warning)
		return;
	fprintf(stderr, "%s:%u:%u: error: %s\n", m->file, m->line, m->column,
		m->what);
	if (m->why)
		fprintf(stderr, "  why: %s\n", m->why);
	if (m->instead)
		fprintf(stderr, "  write: %s\n", m->instead);
}

int
report_opening(const struct lethe_error *err)
{
	int code = report(err);

	return err->status == LETHE_EIO ? EXIT_CONFIG : code;
}

int
load_policy(const char *path, int64_t now_ms, struct lethe_policy **out)
{
	struct lethe_error err = {0};

	if (lethe_policy_open(path, now_ms, tell, NULL, out, &err))
		return report_opening(&err);
	return EXIT_YES;
}

int
load_policy_file(const char *path, int64_t now_ms, struct policy_file *out)
{
	struct lethe_error err = {0};

	if (policy_file_open(path, now_ms, tell, NULL, out, &err))
		return report_opening(&err);
	return EXIT_YES;
}

int
load_policy_watched(const char *path, int64_t now_ms, struct policy_file *out)
{
	struct lethe_error err = {0};

	if (policy_file_open_watched(path, now_ms, tell, NULL, out, &err))
		return report_opening(&err);
	return EXIT_YES;
}

int
load_policy_and_was(const struct options *o, int64_t now_ms,
	struct policy_file *is, struct policy_file *was)
{
	const char *path = option_get(o, "was");
	int code;

	if (!strcmp(o->args[0], "-"))
		return usage_error(o->command,
			"the policy is a file: its signatures lie beside it");
	code = load_policy_file(o->args[0], now_ms, is);
	if (!code && path)
		code = load_policy_file(path, now_ms, was);
	return code;
}

int
load_policy_start(struct policy_file *f, const struct ring *ring,
	int64_t now_ms, bool *waits)
{
	struct lethe_error err = {0};

	if (policy_file_start(f, ring, now_ms, tell, NULL, waits, &err))
		return report_opening(&err);
	return EXIT_YES;
}

/* Whom the settings trust; else whoever can write the ring decides. */
enum lethe_status
load_trust(const struct settings *s, const struct ring *ring,
	struct lethe_error *err)
{
	struct trust trust;
	enum lethe_status status;

	if (!s->ring_trust) {
		if (ring_signed(ring))
			LOG(LOG_WARN, "ring_trusts_itself",
				LOG_TEXT("file", s->ring),
				LOG_TEXT("do", "name its signers by the "
					       "setting ring.trust (`lethe "
					       "keys trust`): whoever can "
					       "write the ring could name "
					       "others"));
		return ring_verify(ring, NULL, err);
	}
	status = trust_read(s->ring_trust, &trust, err);
	return status ? status : ring_verify(ring, &trust.set, err);
}

enum lethe_status
load_ring_watched(const struct settings *s, struct secret_key **key,
	struct lethe_ring **out, struct lethe_error *err)
{
	struct ring *ring = NULL;
	enum lethe_status status = ring_read_watched(s->ring, &ring, err);

	*key = NULL;
	*out = NULL;
	if (!status)
		status = secret_key_open_under(
			s->secret, s->secret_passphrase, key, err);
	if (status) {
		ring_free(ring);
		return status;
	}
	status = ring_open_with(ring, *key, out, err);
	if (status) {
		secret_key_free(*key);
		*key = NULL;
	}
	return status;
}

int
load_settings(const struct options *o, const char *file, bool sets,
	struct settings **out)
{
	const char *given[OPTIONS_GIVEN_MAX];
	struct settings_source source = {
		.file = file, .environment = environ, .sets = given};
	struct lethe_error err = {0};
	enum lethe_status status;
	struct buf told;
	size_t at = 0;

	while (sets && (given[source.set_count] = option_each(o, "set", &at)))
		source.set_count++;
	buf_init(&told, 0);
	status = settings_open(&source, out, &told, &err);
	if (told.len)
		fwrite(told.ptr, 1, told.len, stderr);
	buf_fini(&told);
	return status ? report_opening(&err) : EXIT_YES;
}

struct paths {
	const char *policy, *ring, *secret, *passphrase, *purpose, *consent;
};

/* What the settings say, and over it what the single options say. */
static int
find_paths(const struct options *o, enum load_what what, struct load *l,
	struct paths *p)
{
	const char *config = option_get(o, "config");
	const char *policy = option_get(o, "policy");
	int code;

	if (!config && !policy)
		return usage_error(
			o->command, "--config or --policy is needed");
	if (config) {
		code = load_settings(o, config, false, &l->settings);
		if (code)
			return code;
		*p = (struct paths){l->settings->policy, l->settings->ring,
			l->settings->secret, l->settings->secret_passphrase,
			l->settings->purpose, NULL};
	}
	p->policy = policy ? policy : p->policy;
	if (!p->policy)
		return usage_error(o->command, "the settings name no policy");
	p->purpose = option_get(o, "purpose") ? option_get(o, "purpose")
					      : p->purpose;
	if (what == LOAD_POLICY) {
		*p = (struct paths){.policy = p->policy, .purpose = p->purpose};
		return EXIT_YES;
	}
	p->ring = option_get(o, "ring") ? option_get(o, "ring") : p->ring;
	/* Another key has another passphrase. */
	if (option_get(o, "secret")) {
		p->secret = option_get(o, "secret");
		p->passphrase = NULL;
	}
	if (option_get(o, "passphrase"))
		p->passphrase = option_get(o, "passphrase");
	if (!p->ring || !p->secret)
		return usage_error(
			o->command, "--ring and --secret are needed");
	return EXIT_YES;
}

#define CONSENT_BYTES_MAX ((size_t)1 << 30)

/* The records of --consent, as the policy's ledger. */
static int
open_ledger(const char *path, struct load *out)
{
	struct lethe_error err = {0}, why = {0};
	struct buf text;
	int code = EXIT_YES;

	buf_init(&text, 0);
	if (file_read(path, CONSENT_BYTES_MAX, &text, &err)) {
		code = report_opening(&err);
	} else if (lethe_ledger_read(out->policy, text.ptr, text.len,
			   &out->ledger, &err)) {
		(void)fail(&why, err.status, 0, "%.60s: %.90s", path, err.what);
		code = report(&why);
	} else {
		lethe_ledger_count(out->ledger, &out->consent);
	}
	buf_fini(&text);
	return code;
}

static int
open_view(const struct paths *p, int64_t now_ms, struct load *out)
{
	struct lethe_view_options options = {.size = sizeof(options)};
	struct lethe_error err = {0};
	int code = load_policy(p->policy, now_ms, &out->policy);

	out->policy_path = p->policy;
	if (code)
		return code;
	if (p->ring && lethe_ring_open_under(p->ring, p->secret, p->passphrase,
			       &out->ring, &err))
		return report_opening(&err);
	if (p->consent)
		code = open_ledger(p->consent, out);
	if (code)
		return code;
	options.policy = out->policy;
	options.ring = out->ring;
	options.ledger = out->ledger;
	options.purpose = p->purpose;
	if (lethe_view_new(&options, &out->view, &err))
		return report_opening(&err);
	return EXIT_YES;
}

int
load_view(const struct options *o, enum load_what what, int64_t now_ms,
	struct load *out)
{
	struct paths paths = {0};
	int code;

	*out = (struct load){0};
	code = find_paths(o, what, out, &paths);
	paths.consent = option_get(o, "consent");
	if (!code)
		code = open_view(&paths, now_ms, out);
	return code;
}

static int
open_cluster_settings(const struct options *o, struct load *l)
{
	struct lethe_error err = {0};
	int code =
		load_settings(o, option_get(o, "config"), true, &l->settings);

	if (code)
		return code;
	if (option_get(o, "purpose"))
		l->settings->purpose = option_get(o, "purpose");
	if (settings_check_cluster(l->settings, &err))
		return report(&err);
	log_format(l->settings->log_format == LOG_AS_JSON);
	return EXIT_YES;
}

int
load_cluster(const struct options *o, struct load *out)
{
	struct lethe_view_options options = {.size = sizeof(options)};
	struct lethe_error err = {0};
	int code = open_cluster_settings(o, out);

	if (!code)
		code = load_policy(
			out->settings->policy, clock_now_ms(), &out->policy);
	if (code)
		return code;
	options.policy = out->policy;
	options.purpose = out->settings->purpose;
	if (lethe_view_new(&options, &out->view, &err))
		return report(&err);
	if (!lethe_policy_topics(out->policy)) {
		(void)fail(&err, LETHE_EPOLICY, 0,
			"no input of the policy names a topic");
		return report(&err);
	}
	return EXIT_YES;
}

int
load_topic(const struct options *o, const struct load *l, size_t *channel)
{
	const char *topic = option_get(o, "topic");

	*channel = LETHE_CHANNEL_ANY;
	if (!topic)
		return EXIT_YES;
	*channel = lethe_policy_channel(l->policy, topic);
	if (*channel == SIZE_MAX)
		return usage_error(
			o->command, "no input of the policy has this --topic");
	return EXIT_YES;
}

bool
load_topics_together(const struct load *l, size_t channel)
{
	return channel == LETHE_CHANNEL_ANY &&
	       lethe_policy_topics(l->policy) > 1;
}

void
load_fini(struct load *l)
{
	lethe_view_free(l->view);
	lethe_ledger_free(l->ledger);
	lethe_ring_free(l->ring);
	lethe_policy_drop(l->policy);
	settings_free(l->settings);
	*l = (struct load){0};
}
