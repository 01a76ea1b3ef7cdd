#include "daemon/settings.h"

#include "daemon/sandbox.h"
#include "daemon/settings/reading.h"
#include "daemon/settings/setting_value.h"

#include "base/file.h"
#include "yaml/yaml.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define FILE_BYTES_MAX ((size_t)1 << 20)
#define DEPTH_MAX 8
#define KAFKA "kafka."

static const struct setting_row rows[] = {
#define X(field, name, type, def, least, most, unit, help) \
	{name, SETTING_##type, def, least, most, unit, help, \
		offsetof(struct settings, field)},
	SETTINGS_MAP(X)
#undef X
};

#define ROW_COUNT (sizeof(rows) / sizeof(*rows))

static const struct setting_row *
row_of(const char *name)
{
	for (size_t i = 0; i < ROW_COUNT; i++)
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	return NULL;
}

static const char *
nearest_row(const char *name)
{
	const char *names[ROW_COUNT + 1];

	for (size_t i = 0; i < ROW_COUNT; i++)
		names[i] = rows[i].name;
	names[ROW_COUNT] = NULL;
	return nearest_name(slice_of(name), names);
}

static void
put_row(struct reading *r, const struct setting_row *row, const char *value,
	struct origin at)
{
	uint64_t bit = UINT64_C(1) << (row - rows);
	struct lethe_error why;
	char form[128];

	if (r->seen & bit) {
		reading_mistake(r, at, NULL, "`%s` is stated twice", row->name);
		return;
	}
	r->seen |= bit;
	r->s->stated |= bit;
	if (setting_value_put(row, value, r->file, r->s, &r->s->arena, &why)) {
		setting_form(row, form, sizeof(form));
		reading_mistake(r, at, form, "%s", why.what);
	}
}

static void
put(struct reading *r, const char *name, const char *value, struct origin at)
{
	const struct setting_row *row = row_of(name);
	const char *near;

	if (row) {
		put_row(r, row, value, at);
		return;
	}
	if (!strncmp(name, KAFKA, strlen(KAFKA))) {
		reading_property(r, name + strlen(KAFKA), value, at);
		return;
	}
	near = nearest_row(name);
	reading_mistake(r, at, near, "there is no setting `%s`", name);
}

static bool
is_empty(const struct yaml_node *v)
{
	return v->kind == YAML_MAP ? !v->count : yaml_is_null(v);
}

/* Nested maps are dotted names: kafka: { bootstrap.servers: … }. */
static void
walk(struct reading *r, const struct yaml_node *map, const char *prefix,
	unsigned depth)
{
	char name[NAME_BYTES_MAX];
	char *value;

	for (size_t i = 0; i < map->count; i++) {
		const struct yaml_node *k = map->entries[i].key;
		const struct yaml_node *v = map->entries[i].value;
		struct origin at = {v->line, v->column};
		int n = snprintf(name, sizeof(name), "%s%.*s", prefix,
			(int)k->text.len, (const char *)k->text.ptr);

		if (n < 0 || (size_t)n >= sizeof(name) - 1 ||
			memchr(k->text.ptr, '\0', k->text.len)) {
			reading_mistake(r, (struct origin){k->line, k->column},
				NULL, "this name is too long for a setting");
		} else if (is_empty(v)) {
			reading_mistake(r, at, NULL, "`%s` has no value", name);
		} else if (v->kind == YAML_MAP && depth < DEPTH_MAX) {
			name[n] = '.';
			name[n + 1] = '\0';
			walk(r, v, name, depth + 1);
		} else if (v->kind != YAML_SCALAR) {
			reading_mistake(
				r, at, NULL, "`%s` takes one value", name);
		} else if (memchr(v->text.ptr, '\0', v->text.len)) {
			reading_mistake(r, at, NULL, "`%s` holds a NUL", name);
		} else {
			value = arena_strndup(
				&r->s->arena, v->text.ptr, v->text.len);
			if (value)
				put(r, name, value, at);
		}
	}
}

/* Whether two names differ at most in `_` against `.`. */
static bool
same_but_dots(const char *row, const char *dotted)
{
	for (; *row && *dotted; row++, dotted++)
		if (*row != *dotted && !(*row == '_' && *dotted == '.'))
			return false;
	return *row == *dotted;
}

/* LETHE_KAFKA_SASL_PASSWORD_FILE is kafka.sasl.password.file. */
static void
put_variable(struct reading *r, const char *variable, struct origin at)
{
	const char *equals = strchr(variable, '=');
	char name[NAME_BYTES_MAX], told[NAME_BYTES_MAX + 64];
	size_t len = equals ? (size_t)(equals - variable) : 0;

	if (!equals || len >= sizeof(name))
		return;
	for (size_t i = 0; i < len; i++)
		name[i] = variable[i] == '_'
				  ? '.'
				  : (char)tolower((uint8_t)variable[i]);
	name[len] = '\0';
	/* Names with an underscore of their own. */
	for (size_t i = 0; i < ROW_COUNT; i++)
		if (same_but_dots(rows[i].name, name)) {
			put_row(r, &rows[i], equals + 1, at);
			return;
		}
	if (!strncmp(name, KAFKA, strlen(KAFKA))) {
		reading_property(r, name + strlen(KAFKA), equals + 1, at);
		return;
	}
	/* A cluster may put variables of its own there: no mistake. */
	snprintf(told, sizeof(told), "the variable LETHE_%.*s is not used",
		(int)len, variable);
	mistake_add(r->m, true, at.line, at.column, told,
		"no setting has that name", NULL);
}

static void
read_environment(struct reading *r, char *const *environment)
{
	static const char prefix[] = "LETHE_";

	for (unsigned i = 0; environment[i]; i++)
		if (!strncmp(environment[i], prefix, strlen(prefix)))
			put_variable(r, environment[i] + strlen(prefix),
				(struct origin){i + 1, 1});
}

static void
read_sets(struct reading *r, const char *const *sets, size_t count)
{
	char name[NAME_BYTES_MAX];

	for (size_t i = 0; i < count; i++) {
		struct origin at = {(unsigned)i + 1, 1};
		const char *equals = strchr(sets[i], '=');
		size_t len = equals ? (size_t)(equals - sets[i]) : 0;

		if (!len || len >= sizeof(name)) {
			reading_mistake(r, at, "--set NAME=VALUE",
				"this is not NAME=VALUE");
			continue;
		}
		memcpy(name, sets[i], len);
		name[len] = '\0';
		put(r, name, equals + 1, at);
	}
}

static enum lethe_status
read_file(struct reading *r, struct buf *text, struct lethe_error *err)
{
	enum lethe_status status =
		file_read(r->file, FILE_BYTES_MAX, text, err);
	struct yaml_node *top;

	if (status)
		return status;
	top = yaml_parse(&r->s->arena, buf_slice(text), r->m);
	if (top && top->kind == YAML_MAP)
		walk(r, top, "", 0);
	else if (top && !yaml_is_null(top))
		reading_mistake(r, (struct origin){1, 1}, "NAME: VALUE",
			"settings are a map of names and values");
	return LETHE_OK;
}

static enum lethe_status
put_defaults(struct settings *s, struct lethe_error *err)
{
	enum lethe_status status = LETHE_OK;

	for (size_t i = 0; !status && i < ROW_COUNT; i++)
		if (rows[i].standard)
			status = setting_value_put(&rows[i], rows[i].standard,
				NULL, s, &s->arena, err);
	return status;
}

enum source_kind {
	SOURCE_FILE,
	SOURCE_ENVIRONMENT,
	SOURCE_SETS,
};

/* Reads one source and tells its mistakes; how many errors they are. */
static enum lethe_status
read_source(const struct settings_source *source, enum source_kind kind,
	struct settings *s, struct buf *told, size_t *errors,
	struct lethe_error *err)
{
	const char *name = kind == SOURCE_FILE		? source->file
			   : kind == SOURCE_ENVIRONMENT ? "environment"
							: "--set";
	enum lethe_status status = LETHE_OK;
	struct mistakes m;
	struct buf text;
	struct reading r = {.s = s,
		.m = &m,
		.file = kind == SOURCE_FILE ? source->file : NULL,
		.kafka_first = s->kafka_count};

	buf_init(&text, 0);
	mistakes_init(&m, &s->arena);
	if (kind == SOURCE_FILE && source->file)
		status = read_file(&r, &text, err);
	if (kind == SOURCE_ENVIRONMENT && source->environment)
		read_environment(&r, source->environment);
	if (kind == SOURCE_SETS)
		read_sets(&r, source->sets, source->set_count);
	/* By their places alone: in a line that is misspelt, or in a file that
	   cannot be read, there may be a password. */
	if (m.errors || m.warnings)
		mistakes_print(&m, name, slice_of(""), told);
	*errors += m.errors;
	buf_fini(&text);
	return status;
}

enum lethe_status
settings_open(const struct settings_source *source, struct settings **out,
	struct buf *told, struct lethe_error *err)
{
	struct settings *s = calloc(1, sizeof(*s));
	enum lethe_status status;
	size_t errors = 0;

	*out = NULL;
	if (!s)
		return fail(err, LETHE_ENOMEM, 0, "no memory for settings");
	arena_init(&s->arena, 0);
	status = put_defaults(s, err);
	for (int kind = SOURCE_FILE; !status && kind <= SOURCE_SETS; kind++)
		status = read_source(
			source, (enum source_kind)kind, s, told, &errors, err);
	if (!status && errors)
		status = fail(err, LETHE_ESETTING, 0,
			"the settings have %zu mistake%s", errors,
			errors == 1 ? "" : "s");
	if (!status && !s->group)
		s->group = s->application;
	if (status)
		settings_free(s);
	else
		*out = s;
	return status;
}

void
settings_free(struct settings *s)
{
	if (!s)
		return;
	client_secrets_free(s->kafka, s->kafka_count);
	arena_fini(&s->arena);
	free(s);
}

static const char *
property_of(const struct settings *s, const char *name)
{
	for (size_t i = 0; i < s->kafka_count; i++)
		if (!strcmp(s->kafka[i].name, name))
			return s->kafka[i].value;
	return NULL;
}

/* A list without a name in it, as of a variable that is not set, is none. */
static const char *
list_of(const struct settings *s, const char *name)
{
	const char *list = property_of(s, name);

	return list && list[strspn(list, ", ")] ? list : NULL;
}

const char *
settings_brokers(const struct settings *s)
{
	const char *list = list_of(s, "bootstrap.servers");

	return list ? list : list_of(s, "metadata.broker.list");
}

static enum lethe_status
check_brokers(const struct settings *s, struct lethe_error *err)
{
	if (settings_brokers(s))
		return LETHE_OK;
	return fail(err, LETHE_ESETTING, 0,
		"the setting `kafka.bootstrap.servers` is missing: "
		"HOST:PORT of a broker");
}

/* Nothing is stated twice: what memory_mb divides is not set by itself. */
static enum lethe_status
check_memory(const struct settings *s, struct lethe_error *err)
{
	static const char *const divided[] = {"queued.max.messages.kbytes",
		"queued.min.messages", "fetch.max.bytes",
		"fetch.message.max.bytes", "max.partition.fetch.bytes",
		"queue.buffering.max.kbytes"};

	for (size_t i = 0;
		s->memory_mb && i < sizeof(divided) / sizeof(*divided); i++)
		if (property_of(s, divided[i]))
			return fail(err, LETHE_ESETTING, 0,
				"kafka.%s: memory_mb divides that; state one "
				"of the two",
				divided[i]);
	return LETHE_OK;
}

/* A lane moves when it commits. */
static enum lethe_status
check_stall(const struct settings *s, struct lethe_error *err)
{
	bool told = s->commit_interval_ms < s->stall_report_ms;

	if (told &&
		(!s->stall_stop_ms || s->commit_interval_ms < s->stall_stop_ms))
		return LETHE_OK;
	return fail(err, LETHE_ESETTING, 0,
		"commit.interval is not shorter than stall.%s: a lane would "
		"be taken for one that stands between two commits",
		told ? "stop" : "report");
}

static enum lethe_status
check_clock(const struct settings *s, struct lethe_error *err)
{
	size_t row = (size_t)(row_of("clock.skew.max") - rows);

	if (s->clock_topic || !(s->stated >> row & 1))
		return LETHE_OK;
	return fail(err, LETHE_ESETTING, 0,
		"clock.skew.max is stated without clock.topic: nothing is "
		"measured; name a topic, or leave it out");
}

/* For GSSAPI the client library has a shell run kinit, at intervals of this. */
static enum lethe_status
check_kinit(const struct settings *s, struct lethe_error *err)
{
	static const char interval[] = "sasl.kerberos.min.time.before.relogin";
	const char *protocol = property_of(s, "security.protocol");
	const char *mechanism = property_of(s, "sasl.mechanisms");
	const char *every = property_of(s, interval);

	if (!mechanism)
		mechanism = property_of(s, "sasl.mechanism");
	if (s->sandbox != SANDBOX_ON || !protocol ||
		strncasecmp(protocol, "sasl", 4) != 0 ||
		(mechanism && strcasecmp(mechanism, "GSSAPI") != 0) ||
		(every && !strcmp(every, "0")))
		return LETHE_OK;
	return fail(err, LETHE_ESETTING, 0,
		"GSSAPI has a shell run kinit, which the sandbox forbids: set "
		"kafka.%s: 0 and renew tickets elsewhere",
		interval);
}

enum lethe_status
settings_check_run(const struct settings *s, struct lethe_error *err)
{
	const struct {
		const char *name;
		const char *value;
		const char *why;
	} needed[] = {
		{"policy", s->policy,
			"what may leave (--config FILE names settings)"},
		{"ring", s->ring, "the key ring"},
		{"secret", s->secret, "the key that opens the ring"},
		{"instance", s->instance,
			"a name of this process alone, the same after a "
			"restart, such as a StatefulSet's ordinal"},
	};

	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		if (!needed[i].value)
			return fail(err, LETHE_ESETTING, 0,
				"the setting `%s` is missing: %s",
				needed[i].name, needed[i].why);
	if (check_memory(s, err) || check_stall(s, err) ||
		check_clock(s, err) || check_kinit(s, err))
		return LETHE_ESETTING;
	return check_brokers(s, err);
}

enum lethe_status
settings_check_cluster(const struct settings *s, struct lethe_error *err)
{
	if (!s->policy)
		return fail(err, LETHE_ESETTING, 0,
			"the setting `policy` is missing: it names the topics "
			"(--config FILE names settings)");
	return check_brokers(s, err);
}

void
settings_help(struct buf *out)
{
	for (size_t i = 0; i < ROW_COUNT; i++)
		buf_printf(out, "%-22s %-18s %s%s%s\n", rows[i].name,
			rows[i].unit, rows[i].help,
			rows[i].standard ? "; default " : "",
			rows[i].standard ? rows[i].standard : "");
	buf_put_text(out,
		"kafka.NAME             the library's      any property of "
		"librdkafka that lethe does not own;\n"
		"                                          secrets as "
		"kafka.NAME.file, .fd or .command\n");
}
