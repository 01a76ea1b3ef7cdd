#include "cli/consent/import_json.h"

static const char *const formats[] = {
	"segment", "snowplow", "onetrust-csv", "csv", NULL};

static bool
cut(const struct options *o, const char *name, const char *text,
	struct slice *left, struct slice *right)
{
	*right = slice_of(text);
	if (slice_cut(right, '=', left) && left->len && right->len)
		return true;
	consent_wrong(o, "--%s %s: it is written NAME=NAME", name, text);
	return false;
}

/* Which rule a map breaks, or NULL; to none of ours it has no purpose then. */
static const char *
map_broken(const struct import *m, struct import_map *map,
	enum import_format format)
{
	const char *broken = format == IMPORT_SEGMENT
				     ? import_segment_category(map->category)
				     : NULL;

	for (size_t i = 0; i < m->map_count; i++)
		if (slice_equal(m->maps[i].category, map->category))
			return "the category is named twice";
	if (broken)
		return broken;
	if (slice_is(map->purpose, "-")) {
		map->purpose = (struct slice){0};
		return NULL;
	}
	return slice_is(map->purpose, SAID_ALL)
		       ? "not to `*`: the purposes one by one"
		       : consent_purpose(m->in->job, map->purpose);
}

static int
read_maps(const struct options *o, struct import *m, enum import_format format)
{
	const char *text, *broken;
	int code = EXIT_YES;
	size_t at = 0;

	while ((text = option_each(o, "map", &at))) {
		struct import_map map;

		if (m->map_count == IMPORT_MAPS_MAX)
			return consent_wrong(
				o, "--map: at most %d", IMPORT_MAPS_MAX);
		if (!cut(o, "map", text, &map.category, &map.purpose)) {
			code = EXIT_USAGE;
			continue;
		}
		broken = map_broken(m, &map, format);
		if (broken)
			code = consent_wrong(o, "--map %s: %s", text, broken);
		m->maps[m->map_count++] = map;
	}
	m->own_purposes = format == IMPORT_CSV;
	if (!m->map_count && !code && !m->own_purposes)
		code = consent_wrong(o,
			"--map is needed: which category, scope or purpose of "
			"the file is which of the policy's");
	return code;
}

static const char *
subject_broken(struct import *m, const struct import_subject *s,
	enum import_format format, struct lethe_error *why)
{
	const char *broken = consent_class(m->in->job, s->class);

	if (broken || format == IMPORT_ONETRUST_CSV || format == IMPORT_CSV)
		return broken;
	return events_subject_broken(m, s->at, why);
}

static int
read_subjects(
	const struct options *o, struct import *m, enum import_format format)
{
	struct lethe_error why = {0};
	const char *text, *broken;
	int code = EXIT_YES;
	size_t at = 0;

	while ((text = option_each(o, "subject", &at))) {
		struct import_subject *s = &m->subjects[m->subject_count];

		if (m->subject_count++ == IMPORT_SUBJECTS_MAX)
			return consent_wrong(o, "--subject: at most %d",
				IMPORT_SUBJECTS_MAX);
		if (!cut(o, "subject", text, &s->class, &s->at)) {
			code = EXIT_USAGE;
			continue;
		}
		broken = subject_broken(m, s, format, &why);
		if (broken)
			code = consent_wrong(
				o, "--subject %s: %s", text, broken);
	}
	if (!m->subject_count)
		code = consent_wrong(o,
			"--subject is needed: where the identifier of a class "
			"stands");
	return code;
}

static int
read_columns(const struct options *o, struct import *m, bool csv)
{
	struct slice role;
	const char *text;
	int code = EXIT_YES;
	size_t at = 0;

	while ((text = option_each(o, "column", &at))) {
		struct import_column *c = &m->columns[m->column_count];
		size_t i = 3; /* behind those of subjects */

		if (!csv)
			return consent_wrong(o, "--column is of CSV files");
		if (m->column_count == IMPORT_COLUMNS_MAX)
			return consent_wrong(
				o, "--column: at most %d", IMPORT_COLUMNS_MAX);
		if (!cut(o, "column", text, &role, &c->name)) {
			code = EXIT_USAGE;
			continue;
		}
		while (csv_roles[i] && !slice_is(role, csv_roles[i]))
			i++;
		if (!csv_roles[i]) {
			code = consent_wrong(o,
				"--column %s: WHAT is one of purpose, state, "
				"at, until, notice, source, jurisdiction",
				text);
			continue;
		}
		c->role = csv_roles[i];
		m->column_count++;
	}
	return code;
}

/* A text for all words of the file. */
static int
read_text(const struct options *o, const char *name, struct slice *out)
{
	const char *text = option_get(o, name);

	if (!text)
		return EXIT_YES;
	*out = slice_of(text);
	return out->len && out->len <= CONSENT_TEXT_MAX
		       ? EXIT_YES
		       : consent_wrong(o,
				 "--%s: a text of at least one byte and at "
				 "most 1,024",
				 name);
}

static int
read_notice(
	const struct options *o, struct import *m, enum import_format format)
{
	int code = read_text(o, "notice", &m->notice);

	if (m->notice.ptr && format == IMPORT_SNOWPLOW)
		code = consent_wrong(o,
			"--notice: Snowplow's events say it (consentVersion)");
	for (size_t i = 0; m->notice.ptr && i < m->column_count; i++)
		if (!strcmp(m->columns[i].role, "notice"))
			code = consent_wrong(
				o, "--notice: --column notice=… says it");
	return code;
}

int
import_options(
	const struct options *o, struct import *m, enum import_format *format)
{
	size_t choice = SIZE_MAX;
	int codes[5], code = EXIT_YES;

	if (!option_choice(o, "format", formats, &choice) ||
		!option_needed(o, "format"))
		return EXIT_USAGE;
	*format = (enum import_format)choice;
	codes[0] = read_text(o, "source", &m->source);
	codes[1] = read_maps(o, m, *format);
	codes[2] = read_subjects(o, m, *format);
	codes[3] = read_columns(o, m, *format >= IMPORT_ONETRUST_CSV);
	codes[4] = read_notice(o, m, *format);
	for (size_t i = 0; i < 5; i++)
		code = codes[i] ? codes[i] : code;
	return code;
}
