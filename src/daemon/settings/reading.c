#include "daemon/settings/reading.h"

#include "daemon/settings/setting_value.h"

#include <stdarg.h>
#include <stdio.h>

void
reading_mistake(struct reading *r, struct origin at, const char *instead,
	const char *format, ...)
{
	char what[256];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	mistake_add(r->m, false, at.line, at.column, what, NULL, instead);
}

static const char *const ways[] = {"file", "fd", "command"};

/* The way a name ends with, behind a dot, or "". */
static const char *
way_of(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		size_t way = strlen(ways[i]);

		if (len > way + 1 && name[len - way - 1] == '.' &&
			!strcmp(name + len - way, ways[i]))
			return ways[i];
	}
	return "";
}

/* Splits `consumer.x.file` into side, name and which way a secret comes. */
static void
split_property(const char *text, struct client_property *p,
	char name[static NAME_BYTES_MAX], const char **suffix)
{
	size_t len;

	p->side = CLIENT_BOTH;
	if (!strncmp(text, "consumer.", 9)) {
		p->side = CLIENT_CONSUMER;
		text += 9;
	} else if (!strncmp(text, "producer.", 9)) {
		p->side = CLIENT_PRODUCER;
		text += 9;
	}
	snprintf(name, NAME_BYTES_MAX, "%s", text);
	len = strlen(name);
	*suffix = way_of(name, len);
	if (!**suffix)
		return;
	name[len - strlen(*suffix) - 1] = '\0';
	p->secret = client_property_secret(name);
	if (!p->secret) {
		*suffix = "";
		snprintf(name, NAME_BYTES_MAX, "%s", text);
	}
}

static bool
check_property(
	struct reading *r, const struct client_property *p, struct origin at)
{
	const char *why = client_property_owned(p->name);
	struct lethe_error err;
	char near[64], instead[256];
	enum lethe_status status;

	if (why) {
		reading_mistake(r, at, NULL, "`kafka.%s` is lethe's own: %s",
			p->name, why);
		return false;
	}
	if (!p->secret && client_property_secret(p->name)) {
		snprintf(instead, sizeof(instead),
			"kafka.%s.file: PATH, kafka.%s.fd: NUMBER, or "
			"kafka.%s.command: PROGRAM ARGUMENTS",
			p->name, p->name, p->name);
		reading_mistake(r, at, instead,
			"`kafka.%s` is a secret: it does not stand here",
			p->name);
		return false;
	}
	if (p->secret)
		return true;
	status = client_property_check(p->name, p->value, &err);
	if (!status)
		return true;
	if (status == LETHE_ENOENTRY &&
		client_property_nearest(p->name, near)) {
		snprintf(instead, sizeof(instead), "kafka.%s", near);
		reading_mistake(r, at, instead, "%s", err.what);
	} else {
		reading_mistake(
			r, at, NULL, "`kafka.%s`: %s", p->name, err.what);
	}
	return false;
}

/* A property of an earlier source gives way; twice in one is a mistake. */
static bool
take_row(struct reading *r, const struct client_property *p, struct origin at)
{
	struct settings *s = r->s;
	struct client_property *old, *grown;

	for (size_t i = 0; i < s->kafka_count; i++) {
		old = &s->kafka[i];
		if (old->side != p->side || strcmp(old->name, p->name))
			continue;
		if (i >= r->kafka_first) {
			reading_mistake(r, at, NULL,
				"`kafka.%s` is stated twice", p->name);
			return false;
		}
		*old = *p;
		return true;
	}
	grown = arena_calloc(&s->arena, s->kafka_count + 1, sizeof(*grown));
	if (!grown)
		return false;
	if (s->kafka_count)
		memcpy(grown, s->kafka, s->kafka_count * sizeof(*grown));
	grown[s->kafka_count++] = *p;
	s->kafka = grown;
	return true;
}

void
reading_property(struct reading *r, const char *text, const char *value,
	struct origin at)
{
	struct client_property p = {0};
	char name[NAME_BYTES_MAX];
	const char *suffix;

	split_property(text, &p, name, &suffix);
	p.name = arena_strndup(&r->s->arena, name, strlen(name));
	p.value = arena_strndup(&r->s->arena, value, strlen(value));
	if (!strcmp(suffix, "file") ||
		(!*suffix && client_property_is_path(name, value)))
		p.value = setting_path(value, r->file, &r->s->arena);
	if (!strcmp(suffix, "fd"))
		p.value = setting_fd(value, &r->s->arena);
	if (!strcmp(suffix, "command"))
		p.value = setting_command(value, &r->s->arena);
	if (!p.name || !p.value) {
		reading_mistake(
			r, at, NULL, "`kafka.%s` has no such value", text);
		return;
	}
	if (check_property(r, &p, at))
		take_row(r, &p, at);
}
