#include "policy/compile.h"

#include "base/file.h"
#include "crypto/token.h"
#include "policy/parse/parse.h"

#include <stdatomic.h>

#define POLICY_BYTES_MAX 1048576

static void
read_all(struct draft *d)
{
	parse_head(d, d->root);
	parse_inputs(d, d->root);
	parse_identifiers(d, d->root);
	parse_consent(d, d->root);
	parse_purposes(d, d->root);
	parse_fields(d, d->root);
	parse_quarantine(d, d->root);
	check_policy(d);
	build_ledger(d);
	build_shapes(d);
	if (!d->m.errors) {
		check_clashes(d);
		warn_unheard(d);
	}
	if (!d->m.errors)
		build_channels(d);
	if (!d->m.errors)
		build_want(d);
}

static void
label(struct draft *d, struct slice text)
{
	char hex[2 * DIGEST_BYTES + 1];

	digest(text, d->p->digest);
	hex_text(d->p->digest, DIGEST_BYTES, hex);
	d->p->label = say(d, "%lld-%s", (long long)d->p->revision, hex);
}

/* Everything that may run out of memory by a jump. */
static enum lethe_status
compile(struct draft *d, struct slice text)
{
	if (setjmp(d->no_memory))
		return d->cause;
	d->root = yaml_parse(d->a, text, &d->m);
	if (!d->root)
		return d->m.errors ? LETHE_EPOLICY : LETHE_ENOMEM;
	if (d->root->cut)
		return LETHE_EPOLICY;
	if (d->root->kind != YAML_MAP)
		mistake(d, d->root, NULL, "version: 1",
			"the policy must be a map of keys");
	else
		read_all(d);
	if (d->m.lost)
		return LETHE_ENOMEM;
	if (d->m.errors)
		return d->later == d->m.errors ? LETHE_EUNSUPPORTED
					       : LETHE_EPOLICY;
	label(d, text);
	return LETHE_OK;
}

static void
tell_all(
	struct mistakes *m, const char *file, lethe_mistake_fn *told, void *ctx)
{
	mistakes_sort(m);
	for (const struct mistake *row = m->first; row; row = row->next)
		told(ctx, &(struct lethe_mistake){.file = file,
				  .line = row->line,
				  .column = row->column,
				  .warning = row->warning,
				  .what = row->what,
				  .why = row->why,
				  .instead = row->instead});
}

static enum lethe_status
explain_failure(enum lethe_status status, const struct draft *d,
	const char *name, struct lethe_error *err)
{
	if (status == LETHE_EPOLICY || status == LETHE_EUNSUPPORTED)
		return fail(err, status, 0, "%.100s: %zu mistake%s", name,
			d->m.errors, d->m.errors == 1 ? "" : "s");
	return fail(
		err, status, 0, "%.100s: %s", name, lethe_status_text(status));
}

enum lethe_status
lethe_policy_compile(const char *name, const void *text, size_t len,
	int64_t now_ms, lethe_mistake_fn *told, void *ctx,
	struct lethe_policy **out, struct lethe_error *err)
{
	struct lethe_policy *p;
	struct draft *d;
	enum lethe_status status;

	*out = NULL;
	if (len > POLICY_BYTES_MAX)
		return fail(err, LETHE_EPOLICY, 0,
			"%.100s: longer than %d bytes", name, POLICY_BYTES_MAX);
	p = calloc(1, sizeof(*p));
	d = calloc(1, sizeof(*d));
	if (!p || !d) {
		free(p);
		free(d);
		return fail(err, LETHE_ENOMEM, 0, "out of memory");
	}
	arena_init(&p->arena, 0);
	p->refs = 1;
	*d = (struct draft){.p = p, .a = &p->arena, .now_ms = now_ms};
	mistakes_init(&d->m, &p->arena);
	status = compile(d, slice_make(text, len));
	if (told)
		tell_all(&d->m, name, told, ctx);
	if (status) {
		explain_failure(status, d, name, err);
		lethe_policy_drop(p);
		p = NULL;
	}
	buf_fini(&d->text);
	buf_fini(&d->piece);
	free(d);
	*out = p;
	return status;
}

enum lethe_status
lethe_policy_open(const char *path, int64_t now_ms, lethe_mistake_fn *told,
	void *ctx, struct lethe_policy **out, struct lethe_error *err)
{
	enum lethe_status status;
	struct buf text;

	*out = NULL;
	buf_init(&text, 0);
	status = file_read(path, POLICY_BYTES_MAX, &text, err);
	if (!status)
		status = lethe_policy_compile(
			path, text.ptr, text.len, now_ms, told, ctx, out, err);
	buf_fini(&text);
	return status;
}

struct lethe_policy *
lethe_policy_ref(struct lethe_policy *policy)
{
	atomic_fetch_add_explicit(&policy->refs, 1, memory_order_relaxed);
	return policy;
}

void
lethe_policy_drop(struct lethe_policy *policy)
{
	struct arena arena;

	if (!policy || atomic_fetch_sub_explicit(
			       &policy->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < policy->channel_count; i++)
		trie_free(policy->channels[i].trie);
	for (size_t i = 0; i < policy->pattern_count; i++)
		pattern_free(policy->patterns[i]);
	arena = policy->arena;
	arena_fini(&arena);
	free(policy);
}

const char *
lethe_policy_name(const struct lethe_policy *policy)
{
	return policy->name;
}

const char *
lethe_policy_label(const struct lethe_policy *policy)
{
	return policy->label;
}

size_t
lethe_policy_purposes(const struct lethe_policy *policy)
{
	return policy->purpose_count;
}

const char *
lethe_policy_purpose_name(const struct lethe_policy *policy, size_t purpose)
{
	bug_if(purpose >= policy->purpose_count);
	return policy->purposes[purpose].name;
}

const char *
lethe_policy_purpose_topic(const struct lethe_policy *policy, size_t purpose)
{
	bug_if(purpose >= policy->purpose_count);
	return policy->purposes[purpose].topic;
}

const char *
lethe_policy_purpose_shape(const struct lethe_policy *policy, size_t purpose)
{
	bug_if(purpose >= policy->purpose_count);
	return policy->purposes[purpose].shape_digest;
}

size_t
lethe_policy_channel(const struct lethe_policy *policy, const char *topic)
{
	for (size_t i = 1; i < policy->channel_count; i++)
		if (!strcmp(policy->channels[i].topic, topic))
			return i;
	return SIZE_MAX;
}

size_t
lethe_policy_topics(const struct lethe_policy *policy)
{
	return policy->channel_count - 1;
}

const char *
lethe_policy_topic(const struct lethe_policy *policy, size_t channel)
{
	bug_if(!channel || channel >= policy->channel_count);
	return policy->channels[channel].topic;
}
