#include "policy/parse/parse.h"

#include "policy/parse/schema.h"

static void
check_controller(struct draft *d, const struct yaml_node *n)
{
	static const char *const keys[] = {
		"name", "contact", "dpo", "address", "representative", NULL};

	if (n->kind != YAML_MAP) {
		if (!is_text(d, n, "`controller`"))
			return;
		return;
	}
	if (!is_map(d, n, "`controller`"))
		return;
	check_keys(d, n, "`controller`", keys, NULL);
	for (size_t i = 0; i < n->count; i++)
		if (!is_text(d, n->entries[i].value,
			    say(d, "`controller.%.*s`",
				    SHOW(n->entries[i].key->text))))
			continue;
}

static void
read_version(struct draft *d, const struct yaml_node *root)
{
	const struct yaml_node *n =
		need(d, root, "the policy", "version", "version: 1");
	int64_t version = 1;

	if (!n || (yaml_as_int(n, &version) && version == 1))
		return;
	mistake(d, n, "this lethe knows version 1 of the grammar alone",
		"version: 1", "`version` is not 1");
}

void
parse_head(struct draft *d, const struct yaml_node *root)
{
	static const char *const keys[] = {"version", "name", "revision",
		"controller", "inputs", "identifiers", "consent", "purposes",
		"fields", "quarantine", NULL};
	static const char *const later[] = {"fairness", "joinable", "rotate",
		"k", "accepts_notice", "on_withdrawal", "clock_skew",
		"jurisdictions", NULL};
	const struct yaml_node *n;

	check_keys(d, root, "the policy", keys, later);
	read_version(d, root);
	d->p->name = "";
	n = need(d, root, "the policy", "name", "name: shop-behaviour");
	if (n && is_name(d, n, "a policy"))
		d->p->name = take_text(d, n->text);
	n = need(d, root, "the policy", "revision",
		"revision: 1, and one more with each change");
	if (n && !read_int(d, n, "`revision`", 1, 1000000000, &d->p->revision))
		d->p->revision = 1;
	n = yaml_get(root, "controller");
	if (n)
		check_controller(d, n);
}

void
parse_quarantine(struct draft *d, const struct yaml_node *root)
{
	static const char *const keys[] = {
		"topic", "payload", "retention", NULL};
	static const char *const payloads[] = {
		[QUARANTINE_SEALED] = "sealed",
		[QUARANTINE_REFERENCE] = "reference",
		NULL,
	};
	const struct yaml_node *n,
		*map = need(d, root, "the policy", "quarantine",
			"quarantine: { topic: events.quarantine }");
	size_t at;

	if (!map || !is_map(d, map, "`quarantine`"))
		return;
	check_keys(d, map, "`quarantine`", keys, NULL);
	n = need(d, map, "`quarantine`", "topic", "topic: events.quarantine");
	if (n && is_topic(d, n, "`topic` of `quarantine`"))
		d->p->quarantine.topic = take_text(d, n->text);
	n = yaml_get(map, "payload");
	if (n && read_choice(d, n, "`payload` of `quarantine`", payloads, &at))
		d->p->quarantine.payload = (enum quarantine_payload)at;
	read_retention(d, map, "`quarantine`", &d->p->quarantine.retention_ms);
}
