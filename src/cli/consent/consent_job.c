#include "cli/consent/consent_job.h"

#include "base/clock.h"
#include "base/log.h"
#include "crypto/secret.h"
#include "engine/identifier.h"
#include "lethe.h"
#include "text/time.h"

#include <stdio.h>

int
consent_wrong(const struct options *o, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	complain(o->command, format, ap);
	va_end(ap);
	return EXIT_USAGE;
}

static int
refuse(enum lethe_status status, const char *what)
{
	struct lethe_error err = {0};

	(void)fail(&err, status, 0, "%s", what);
	return report(&err);
}

/* What may be said instead; what is too long is cut. */
static void
name_choices(struct consent_job *j)
{
	const struct lethe_policy *p = j->l.policy;
	struct buf names;

	buf_init(&names, 0);
	for (size_t i = 0; i < p->purpose_count; i++)
		buf_printf(&names, "%s, ", p->purposes[i].name);
	(void)snprintf(j->no_purpose, sizeof(j->no_purpose),
		"the purpose is none of the policy's: %.*s`*` for all",
		(int)(names.len < 500 ? names.len : 500), names.ptr);
	names.len = 0;
	for (size_t i = 0; i < p->class_count; i++)
		if (j->ledger->classes >> i & 1)
			buf_printf(&names, "%s%s", names.len ? ", " : "",
				p->classes[i].name);
	(void)snprintf(j->no_class, sizeof(j->no_class),
		"the class is none of the policy's; its ledger has: %.*s",
		(int)(names.len < 200 ? names.len : 200), names.ptr);
	buf_fini(&names);
}

int
consent_job_policy(const struct options *o, struct consent_job *out)
{
	struct lethe_error err = {0};
	struct load *l = &out->l;
	int code;

	*out = (struct consent_job){.o = o, .now_ms = clock_now_ms()};
	arena_init(&out->arena, 0);
	code = load_settings(o, option_get(o, "config"), true, &l->settings);
	if (code)
		return code;
	if (settings_check_cluster(l->settings, &err))
		return report(&err);
	log_format(l->settings->log_format == LOG_AS_JSON);
	code = load_policy(l->settings->policy, out->now_ms, &l->policy);
	if (code)
		return code;
	out->ledger = &l->policy->ledger;
	if (!out->ledger->is)
		return refuse(LETHE_EPOLICY,
			"no source of the policy has the format `ledger`");
	name_choices(out);
	return EXIT_YES;
}

int
consent_job_topics(struct consent_job *j)
{
	struct settings *s = j->l.settings;
	struct lethe_error err = {0};

	j->options = (struct desk_options){.props = s->kafka,
		.prop_count = s->kafka_count,
		.reader = consent_job_id(j, ""),
		.topic = j->ledger->topic,
		.log = j->ledger->log};
	if (!j->options.reader)
		return refuse(LETHE_ENOMEM, "no memory for a name");
	if (client_secrets_load(s->kafka, s->kafka_count, &err))
		return report_opening(&err);
	return desk_open(&j->options, &j->desk, &err) ? report(&err) : EXIT_YES;
}

int
consent_job_open(const struct options *o, struct consent_job *out)
{
	int code = consent_job_policy(o, out);

	return code ? code : consent_job_topics(out);
}

void
consent_job_close(struct consent_job *j)
{
	desk_close(j->desk);
	signing_key_free(j->signer);
	load_fini(&j->l);
	arena_fini(&j->arena);
}

static bool
is_signer(const struct policy_ledger *l, const struct verify_key *key)
{
	for (size_t i = 0; i < l->signer_count; i++)
		if (!memcmp(l->signers[i], key->bytes, sizeof(key->bytes)))
			return true;
	return false;
}

int
consent_job_signer(struct consent_job *j)
{
	const char *path = option_get(j->o, "key");
	struct lethe_error err = {0};

	if (!path)
		return EXIT_YES;
	if (!j->ledger->signer_count)
		return consent_wrong(
			j->o, "--key: the policy asks for no signed grants");
	if (signing_key_open(
		    path, option_get(j->o, "passphrase"), &j->signer, &err))
		return report_opening(&err);
	if (is_signer(j->ledger, signing_key_verify(j->signer)))
		return EXIT_YES;
	return refuse(LETHE_EKEY,
		"--key is none of those in `grants_signed_by` of the policy");
}

const char *
consent_may_put(const struct consent_job *j, const struct said_word *w)
{
	if (w->at_ms > j->now_ms + j->l.policy->clock_skew_ms)
		return "the time (at) lies in the future";
	if (!w->no && w->state == LEDGER_GIVEN && j->ledger->signer_count &&
		!j->signer)
		return "the policy asks for signed grants: give --key";
	return said_word_broken(w);
}

const char *
consent_job_id(struct consent_job *j, const char *suffix)
{
	char text[256];
	int n = snprintf(text, sizeof(text), "%s-consent%s",
		j->l.settings->application, suffix);

	return n < 0 || (size_t)n >= sizeof(text)
		       ? NULL
		       : arena_strndup(&j->arena, text, (size_t)n);
}

/* ---- subjects */

static const struct policy_class *
find_class(const struct consent_job *j, struct slice name, bool *held)
{
	const struct lethe_policy *p = j->l.policy;

	for (size_t i = 0; i < p->class_count; i++) {
		if (!slice_is(name, p->classes[i].name))
			continue;
		*held = j->ledger->classes >> i & 1;
		return &p->classes[i];
	}
	return NULL;
}

static bool
join(struct consent_job *j, const char *class, struct slice normal,
	struct slice *key)
{
	size_t len = strlen(class);
	uint8_t *mine = arena_alloc(&j->arena, len + 1 + normal.len);

	if (!mine)
		return false;
	memcpy(mine, class, len);
	mine[len] = ':';
	memcpy(mine + len + 1, normal.ptr, normal.len);
	*key = slice_make(mine, len + 1 + normal.len);
	return true;
}

const char *
consent_class(const struct consent_job *j, struct slice class)
{
	bool held = false;

	if (!find_class(j, class, &held))
		return j->no_class;
	return held ? NULL
		    : "the ledger of the policy holds no subjects of the class";
}

const char *
consent_key(struct consent_job *j, struct slice class, struct slice identifier,
	struct slice *key)
{
	const char *broken = consent_class(j, class);
	const struct policy_class *c;
	struct slice normal;
	bool held;

	*key = (struct slice){0};
	if (broken)
		return broken;
	c = find_class(j, class, &held);
	switch (identifier_normal(identifier, c->lower, c->ignore,
		c->ignore_count, &j->arena, &normal)) {
	case IDENT_OK: break;
	case IDENT_BLANK:
		return "the identifier is blank, or a placeholder that the "
		       "class ignores";
	case IDENT_INVALID:
		return "the identifier is none: not UTF-8, unassigned code "
		       "points, or more than 1,024 bytes";
	}
	return join(j, c->name, normal, key) ? NULL : "no memory for it";
}

const char *
consent_subject(struct consent_job *j, struct slice text, struct slice *key)
{
	struct slice class;

	*key = (struct slice){0};
	if (!slice_cut(&text, ':', &class))
		return "a subject is written CLASS:IDENTIFIER";
	return consent_key(j, class, text, key);
}

/* ---- words */

const char *
consent_purpose(const struct consent_job *j, struct slice purpose)
{
	const struct lethe_policy *p = j->l.policy;

	if (!purpose.len)
		return "the purpose is missing";
	if (slice_is(purpose, SAID_ALL))
		return NULL;
	for (size_t i = 0; i < p->purpose_count; i++)
		if (slice_is(purpose, p->purposes[i].name))
			return NULL;
	return j->no_purpose;
}

bool
consent_asks(const struct consent_job *j, const char *purpose)
{
	const struct lethe_policy *p = j->l.policy;

	for (size_t i = 0; i < p->purpose_count; i++)
		if (!strcmp(p->purposes[i].name, purpose))
			return consent_heard(&p->purposes[i].rule) >>
				       j->ledger->source &
			       1;
	return false;
}

static bool
read_time(struct slice text, bool *has, int64_t *out)
{
	*has = text.len != 0;
	return !text.len || time_parse_rfc3339(text, out);
}

static bool
set_text(struct slice text, struct slice *out)
{
	*out = text.len ? text : (struct slice){0};
	return text.len <= CONSENT_TEXT_MAX;
}

const char *
consent_word(const struct consent_job *j, const struct word_texts *texts,
	struct said_word *out)
{
	const char *broken = consent_purpose(j, texts->purpose);
	bool has_at;

	*out = (struct said_word){
		.purpose = texts->purpose, .at_ms = j->now_ms};
	if (broken)
		return broken;
	if (!texts->state.len)
		return "the state is missing";
	out->no = slice_is(texts->state, "no");
	if (!out->no && !ledger_state_find(texts->state, &out->state))
		return "the state is none of given, refused, withdrawn, "
		       "expired, unknown, paused, no";
	if (!read_time(texts->at, &has_at, &out->at_ms))
		return "the time (at) is no RFC 3339 time, such as "
		       "2027-01-01T00:00:00Z";
	if (!read_time(texts->until, &out->has_until, &out->until_ms))
		return "the end (until) is no RFC 3339 time, such as "
		       "2027-01-01T00:00:00Z";
	if (!set_text(texts->notice, &out->notice) ||
		!set_text(texts->source, &out->source) ||
		!set_text(texts->jurisdiction, &out->jurisdiction))
		return "a text is longer than 1,024 bytes";
	return consent_may_put(j, out);
}
