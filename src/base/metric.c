#include "base/metric.h"

#include <math.h>

static const struct metric_row {
	const char *name;
	enum metric_type type;
	const char *labels;
	const char *help;
} rows[METRIC_COUNT] = {
#define X(code, name, type, labels, help) {name, METRIC_##type, labels, help},
	METRIC_MAP(X)
#undef X
};

static const char *const types[] = {"counter", "gauge", "histogram"};

static const double bounds[HISTOGRAM_BUCKETS - 1] = HISTOGRAM_BOUNDS;

const char *
metric_name(enum metric m)
{
	return rows[m].name;
}

void
metric_list(struct buf *out)
{
	for (size_t i = 0; i < METRIC_COUNT; i++)
		buf_printf(out, "%s\t%s\t%s\t%s\n", rows[i].name,
			types[rows[i].type], rows[i].labels, rows[i].help);
}

size_t
histogram_bucket(int64_t ms)
{
	size_t i = 0;

	while (i < HISTOGRAM_BUCKETS - 1 && (double)ms > bounds[i] * 1000)
		i++;
	return i;
}

void
metric_page_init(struct metric_page *p, struct buf *out)
{
	*p = (struct metric_page){.out = out};
}

static void
begin(struct metric_page *p, enum metric m)
{
	if (p->begun[m])
		return;
	p->begun[m] = true;
	buf_printf(p->out, "# HELP %s %s\n# TYPE %s %s\n", rows[m].name,
		rows[m].help, rows[m].name, types[rows[m].type]);
}

/* The format asks for these three to be escaped. */
static void
put_escaped(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\n') {
			buf_put_text(out, "\\n");
			continue;
		}
		if (*text == '\\' || *text == '"')
			buf_put_byte(out, '\\');
		buf_put_byte(out, (uint8_t)*text);
	}
}

static void
put_labels(struct buf *out, const char *names, const char *const *values)
{
	bool first = true;

	for (size_t i = 0; *names; i++) {
		size_t len = strcspn(names, ",");

		buf_put_byte(out, first ? '{' : ',');
		buf_put(out, names, len);
		buf_put_text(out, "=\"");
		put_escaped(out, values[i]);
		buf_put_byte(out, '"');
		names += names[len] ? len + 1 : len;
		first = false;
	}
	if (!first)
		buf_put_byte(out, '}');
}

static void
put_number(struct buf *out, double value)
{
	if (isnan(value))
		buf_put_text(out, " NaN\n");
	else if (value == floor(value) && fabs(value) < 9e15)
		buf_printf(out, " %.0f\n", value);
	else
		buf_printf(out, " %.15g\n", value);
}

void
metric_put(struct metric_page *p, enum metric m, const char *const *labels,
	double value)
{
	begin(p, m);
	buf_put_text(p->out, rows[m].name);
	put_labels(p->out, rows[m].labels, labels);
	put_number(p->out, value);
}

void
metric_put_histogram(
	struct metric_page *p, enum metric m, const struct histogram *h)
{
	const char *name = rows[m].name;
	uint64_t count = 0;

	begin(p, m);
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		count += h->buckets[i];
		if (i < HISTOGRAM_BUCKETS - 1)
			buf_printf(p->out, "%s_bucket{le=\"%g\"} %llu\n", name,
				bounds[i], (unsigned long long)count);
		else
			buf_printf(p->out, "%s_bucket{le=\"+Inf\"} %llu\n",
				name, (unsigned long long)count);
	}
	buf_printf(p->out, "%s_sum", name);
	put_number(p->out, (double)h->sum_ms / 1000);
	buf_printf(p->out, "%s_count %llu\n", name, (unsigned long long)count);
}
