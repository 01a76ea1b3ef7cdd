#include "kafka/topics/topics.h"

#include <stdlib.h>

void
topics_findings_fini(struct topics_findings *f)
{
	free(f->rows);
	*f = (struct topics_findings){0};
}

const char *
topics_what_name(enum topics_what what)
{
	static const char *const names[] = {
#define X(what, name, level) [TOPICS_##what] = (name),
		TOPICS_WHAT_MAP(X)
#undef X
	};

	return names[what];
}

enum topics_level
topics_level(enum topics_what what)
{
	static const enum topics_level levels[] = {
#define X(what, name, level) [TOPICS_##what] = TOPICS_##level,
		TOPICS_WHAT_MAP(X)
#undef X
	};

	return levels[what];
}

size_t
topics_differ(const struct topics_findings *f, enum topics_level least)
{
	size_t count = 0;

	for (size_t i = 0; i < f->count; i++)
		count += topics_level(f->rows[i].what) >= least;
	return count;
}

/* One topic that is being looked at. */
struct look {
	const struct topics_wanted *wanted;
	const struct topics_found *found;
	const char *principal;
	struct topics_findings *out;
};

static struct topics_finding *
add(struct look *l, enum topics_what what)
{
	static struct topics_finding nowhere;
	struct topics_findings *f = l->out;
	struct topics_finding *rows;

	if (f->count == f->cap && !f->full) {
		rows = realloc(f->rows, (f->cap + 32) * sizeof(*rows));
		f->full = !rows;
		f->rows = rows ? rows : f->rows;
		f->cap += rows ? 32 : 0;
	}
	if (f->full)
		return &nowhere;
	rows = &f->rows[f->count++];
	*rows = (struct topics_finding){
		.what = what, .wanted = l->wanted, .found = l->found};
	return rows;
}

/* What holds of the whole cluster is told once. */
static void
add_once(struct look *l, enum topics_what what)
{
	for (size_t i = 0; i < l->out->count; i++)
		if (l->out->rows[i].what == what)
			return;
	add(l, what);
}

static void
look_at_config(struct look *l, enum topics_config config, enum topics_what what)
{
	struct topics_finding *f;

	if (topics_holds(l->wanted, l->found, config))
		return;
	f = add(l, what);
	f->config = config;
	(void)topics_value(l->wanted, l->found, config, f->value);
}

static void
look_at_configs(struct look *l)
{
	static const enum topics_what of[TOPICS_CONFIG_COUNT] = {
		[TOPICS_CONFIG_CLEANUP] = TOPICS_CLEANUP_POLICY,
		[TOPICS_CONFIG_RETENTION] = TOPICS_RETENTION_LONG,
		[TOPICS_CONFIG_SEGMENT] = TOPICS_SEGMENT_LONG,
		[TOPICS_CONFIG_MESSAGE] = TOPICS_MESSAGE_SMALL,
		[TOPICS_CONFIG_INSYNC] = TOPICS_MIN_INSYNC,
		[TOPICS_CONFIG_STAMP] = TOPICS_TIMESTAMP_TYPE,
		[TOPICS_CONFIG_TOMBSTONES] = TOPICS_TOMBSTONES_SHORT,
	};

	for (size_t i = 0; i < TOPICS_CONFIG_COUNT; i++)
		look_at_config(l, (enum topics_config)i, of[i]);
}

/* The raw topic is its producers': how long it keeps is told, no more. */
static void
look_at_raw(struct look *l)
{
	struct topics_finding *f;

	if (!topics_keeps_longer(l->wanted, l->found))
		return;
	f = add(l, TOPICS_RAW_RETENTION_LONG);
	f->config = TOPICS_CONFIG_RETENTION;
	(void)topics_value(
		l->wanted, l->found, TOPICS_CONFIG_RETENTION, f->value);
}

static void
look_at_strangers(struct look *l, unsigned right, enum topics_what what)
{
	const struct topics_right *r;
	size_t at = 0;

	while ((r = topics_stranger(
			l->wanted, l->found, right, l->principal, &at)))
		add(l, what)->right = r;
}

static void
look_at_rights(struct look *l)
{
	switch (l->found->rights) {
	case TOPICS_UNASKED: return;
	case TOPICS_DENIED: add_once(l, TOPICS_RIGHTS_UNKNOWN); return;
	case TOPICS_NONE: add_once(l, TOPICS_NO_AUTHORIZER); return;
	case TOPICS_KNOWN: break;
	}
	if (!(topics_flags(l->wanted->kind) & TOPICS_OURS))
		return;
	/* Whom to leave out is not known. */
	if (!l->principal)
		add_once(l, TOPICS_PRINCIPAL_UNKNOWN);
	else
		look_at_strangers(l, TOPICS_WRITE, TOPICS_FOREIGN_WRITER);
	if (topics_flags(l->wanted->kind) & TOPICS_READERS)
		look_at_strangers(l, TOPICS_READ, TOPICS_FOREIGN_READER);
}

static void
look_at_records(struct look *l)
{
	const struct topics_found *f = l->found;
	int32_t written;

	if (!l->wanted->keyed)
		return;
	if (f->written == TOPICS_DENIED)
		add(l, TOPICS_RECORDS_UNREAD);
	written =
		topics_written_with(f->records, f->record_count, f->partitions);
	if (written)
		add(l, TOPICS_PARTITIONS_CHANGED)->partitions =
			written > 0 ? written : 0;
}

static void
look_at_layout(struct look *l, bool managed)
{
	if (!l->found->exists) {
		add(l, managed ? TOPICS_MISSING : TOPICS_RAW_MISSING);
		return;
	}
	if (l->found->configs == TOPICS_DENIED ||
		l->found->configs == TOPICS_NONE)
		add(l, TOPICS_CONFIGS_UNKNOWN);
	else if (l->found->configs == TOPICS_KNOWN && managed)
		look_at_configs(l);
	else if (l->found->configs == TOPICS_KNOWN)
		look_at_raw(l);
	if (managed && l->found->replicas < l->wanted->replicas)
		add(l, TOPICS_REPLICAS_FEW);
	look_at_records(l);
}

void
topics_compare(const struct topics_wanted *wanted,
	const struct topics_found *found, const char *principal,
	struct topics_findings *out)
{
	struct look l = {wanted, found, principal, out};

	look_at_layout(&l, (topics_flags(wanted->kind) & TOPICS_MANAGED) != 0);
	if (wanted->kind == TOPICS_LEDGER_LOG && found->exists)
		add(&l, TOPICS_LOG_KEEPS);
	if (!wanted->retention_ms &&
		(topics_flags(wanted->kind) & TOPICS_RETAINS))
		add(&l, TOPICS_RETENTION_UNSTATED);
	look_at_rights(&l);
}
