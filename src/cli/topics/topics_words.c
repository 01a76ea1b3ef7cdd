#include "cli/topics/topics_words.h"

#include "cli/shell.h"
#include "text/time.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *
topics_level_name(enum topics_level level)
{
	static const char *const names[] = {
		[TOPICS_NOTE] = "note",
		[TOPICS_DRIFT] = "drift",
		[TOPICS_MENDED] = "mend",
		[TOPICS_CREATED] = "create",
	};

	return names[level];
}

bool
topics_is_of_cluster(enum topics_what what)
{
	return what == TOPICS_RIGHTS_UNKNOWN || what == TOPICS_NO_AUTHORIZER ||
	       what == TOPICS_PRINCIPAL_UNKNOWN;
}

void
put_topics_time(struct buf *out, int64_t ms)
{
	char text[DURATION_TEXT_BYTES];

	duration_format(ms, text);
	buf_put_text(out, ms < 0 ? "for ever" : text);
}

static const char *
found_value(const struct topics_finding *f)
{
	const char *value = f->found->values[f->config];

	return value ? value : "not told";
}

void
put_topics_kept(struct buf *out, const struct topics_found *found)
{
	const char *text = found->values[TOPICS_CONFIG_RETENTION];
	const char *cleanup = found->values[TOPICS_CONFIG_CLEANUP];

	if (!text)
		buf_put_text(out, "nobody knows how long");
	else if (cleanup && !strstr(cleanup, "delete"))
		put_topics_time(out, -1);
	else
		put_topics_time(out, strtoll(text, NULL, 10));
}

static void
put_unstated(struct buf *out, const struct topics_finding *f)
{
	buf_put_text(out, "the policy does not state how long it may keep");
	if (!f->found->exists || f->found->configs != TOPICS_KNOWN)
		return;
	buf_put_text(out, "; it keeps ");
	put_topics_kept(out, f->found);
}

static void
put_log(struct buf *out, const struct topics_finding *f)
{
	buf_put_text(out, "the log of consent keeps ");
	if (f->found->configs == TOPICS_KNOWN)
		put_topics_kept(out, f->found);
	else
		buf_put_text(out, "nobody knows how long");
	buf_put_text(out, "; no policy says how long consent must be provable");
}

static void
put_tombstones(struct buf *out, const struct topics_finding *f)
{
	const char *text = f->found->values[TOPICS_CONFIG_TOMBSTONES];

	buf_put_text(out, "keeps what was taken back for ");
	if (text)
		put_topics_time(out, strtoll(text, NULL, 10));
	else
		buf_put_text(out, "nobody knows how long");
	buf_put_text(out, " (delete.retention.ms): who is away for longer "
			  "never hears of it");
}

static void
put_long(struct buf *out, const struct topics_finding *f)
{
	buf_put_text(out, "keeps ");
	put_topics_kept(out, f->found);
	buf_put_text(out, ", and the policy allows ");
	put_topics_time(out, f->wanted->retention_ms);
}

static void
put_segment(struct buf *out, const struct topics_finding *f)
{
	buf_put_text(out, "a segment may grow for ");
	put_topics_time(out, strtoll(found_value(f), NULL, 10));
	buf_put_text(out, " (segment.ms), and a record may stay so much longer "
			  "than the ");
	put_topics_time(out, f->wanted->retention_ms);
	buf_put_text(out, " allowed");
}

static void
put_partitions(struct buf *out, const struct topics_finding *f)
{
	buf_printf(out,
		"has %d partitions, and its keyed records were written with ",
		f->found->partitions);
	if (f->partitions)
		buf_printf(out, "%d", f->partitions);
	else
		buf_put_text(out, "other numbers of them, or by others");
}

static void
put_right(struct buf *out, const struct topics_finding *f)
{
	buf_printf(out, "%s can %s it", f->right->principal,
		f->what == TOPICS_FOREIGN_READER ? "read" : "write to");
	if (f->what == TOPICS_FOREIGN_READER)
		buf_put_text(out, " and is no recipient");
}

static void
put_replicas(struct buf *out, const struct topics_finding *f)
{
	buf_printf(out, "has %d replica%s, and %d are wanted",
		f->found->replicas, f->found->replicas == 1 ? "" : "s",
		f->wanted->replicas);
}

static void
put_unknown(struct buf *out, const struct topics_finding *f)
{
	buf_put_text(out, f->found->configs == TOPICS_DENIED
				  ? "the right to read its settings is missing"
				  : "the cluster does not tell its settings");
}

/* What needs no more than words. */
static const char *const plain[] = {
	[TOPICS_MISSING] = "is not there",
	[TOPICS_RAW_MISSING] = "is not there",
	[TOPICS_RIGHTS_UNKNOWN] =
		"no access rule can be seen: the right to see them is missing, "
		"or there is none",
	[TOPICS_NO_AUTHORIZER] =
		"the cluster has no authorizer: whoever reaches it can read "
		"and write every topic",
	[TOPICS_PRINCIPAL_UNKNOWN] =
		"who lethe is to the brokers is not known, so other writers "
		"are not looked for",
	[TOPICS_RECORDS_UNREAD] =
		"the right to read it is missing, so with how many partitions "
		"it was written is not known",
};

void
put_topics_what(struct buf *out, const struct topics_finding *f)
{
	switch (f->what) {
	case TOPICS_MISSING:
	case TOPICS_RAW_MISSING:
	case TOPICS_RIGHTS_UNKNOWN:
	case TOPICS_NO_AUTHORIZER:
	case TOPICS_PRINCIPAL_UNKNOWN:
	case TOPICS_RECORDS_UNREAD: buf_put_text(out, plain[f->what]); break;
	case TOPICS_CONFIGS_UNKNOWN: put_unknown(out, f); break;
	case TOPICS_RETENTION_UNSTATED: put_unstated(out, f); break;
	case TOPICS_LOG_KEEPS: put_log(out, f); break;
	case TOPICS_TOMBSTONES_SHORT: put_tombstones(out, f); break;
	case TOPICS_RETENTION_LONG:
	case TOPICS_RAW_RETENTION_LONG: put_long(out, f); break;
	case TOPICS_SEGMENT_LONG: put_segment(out, f); break;
	case TOPICS_MESSAGE_SMALL:
		buf_printf(out,
			"refuses batches above %s bytes (max.message.bytes)",
			found_value(f));
		break;
	case TOPICS_MIN_INSYNC:
		buf_printf(out, "min.insync.replicas is %s, with %d replica%s",
			found_value(f), f->found->replicas,
			f->found->replicas == 1 ? "" : "s");
		break;
	case TOPICS_CLEANUP_POLICY:
	case TOPICS_TIMESTAMP_TYPE:
		buf_printf(out, "%s is %s", topics_config_name(f->config),
			found_value(f));
		break;
	case TOPICS_REPLICAS_FEW: put_replicas(out, f); break;
	case TOPICS_PARTITIONS_CHANGED: put_partitions(out, f); break;
	case TOPICS_FOREIGN_WRITER:
	case TOPICS_FOREIGN_READER: put_right(out, f); break;
	}
}

/* ---- what to do */

static void
put_tool(struct buf *out, const struct topics_job *j, const char *tool)
{
	buf_printf(out, "%s --bootstrap-server ", tool);
	shell_put_word(out, j->bootstrap ? j->bootstrap : "BROKERS");
}

static void
put_grant(struct buf *out, const struct topics_job *j, const char *operation,
	const char *topic)
{
	put_tool(out, j, "kafka-acls");
	buf_put_text(out, " --add --allow-principal ");
	shell_put_word(out, j->principal ? j->principal : "User:NAME");
	buf_printf(out, " --operation %s --%s", operation,
		topic ? "topic " : "cluster");
	buf_put_text(out, topic ? topic : "");
}

static void
put_removal(struct buf *out, const struct topics_job *j,
	const struct topics_finding *f)
{
	const struct topics_right *r = f->right;

	if (f->what == TOPICS_FOREIGN_READER)
		buf_printf(out, "name it in `recipients` of %s, or: ",
			f->wanted->purpose);
	put_tool(out, j, "kafka-acls");
	buf_put_text(out, " --remove --allow-principal ");
	shell_put_word(out, r->principal);
	if (strcmp(r->host, "*")) {
		buf_put_text(out, " --allow-host ");
		shell_put_word(out, r->host);
	}
	buf_printf(out, " --operation %s --topic ",
		r->all				   ? "All"
		: f->what == TOPICS_FOREIGN_READER ? "Read"
						   : "Write");
	shell_put_word(out, r->pattern);
	if (r->prefixed)
		buf_put_text(out, " --resource-pattern-type prefixed");
	if (strcmp(r->pattern, f->wanted->topic))
		buf_put_text(out, " (the rule holds for other topics too)");
}

static void
put_creation(struct buf *out, const struct topics_finding *f)
{
	const struct topics_wanted *w = f->wanted;
	char value[TOPICS_VALUE_BYTES];

	if (!w->partitions) {
		buf_put_text(out, "state --partitions: no raw topic is there "
				  "that would tell their number");
		return;
	}
	buf_printf(out,
		"lethe topics apply creates it: %d partition%s, %d "
		"replica%s",
		w->partitions, w->partitions == 1 ? "" : "s", w->replicas,
		w->replicas == 1 ? "" : "s");
	for (size_t i = 0; i < TOPICS_CONFIG_COUNT; i++)
		if (topics_value(w, f->found, (enum topics_config)i, value))
			buf_printf(out, ", %s=%s",
				topics_config_name((enum topics_config)i),
				value);
}

static void
put_statement(struct buf *out, const struct topics_finding *f)
{
	switch (f->wanted->kind) {
	case TOPICS_OUTPUT:
		buf_printf(out,
			"state `retention` of the purpose %s in the "
			"policy",
			f->wanted->purpose);
		break;
	case TOPICS_QUARANTINE:
		buf_put_text(out, "state `retention` of `quarantine` in the "
				  "policy");
		break;
	case TOPICS_RAW:
		buf_put_text(out, "state `retention` of its input in the "
				  "policy");
		break;
	case TOPICS_LEDGER:
	case TOPICS_LEDGER_LOG: break; /* no policy states one */
	}
}

static void
put_raw_configs(struct buf *out, const struct topics_job *j,
	const struct topics_finding *f)
{
	put_tool(out, j, "kafka-configs");
	buf_printf(out,
		" --alter --entity-type topics --entity-name %s "
		"--add-config %s=%s",
		f->wanted->topic, topics_config_name(f->config), f->value);
}

static void
put_mending(struct buf *out, const struct topics_finding *f)
{
	buf_printf(out, "lethe topics apply sets %s=%s",
		topics_config_name(f->config), f->value);
	if (f->what == TOPICS_RETENTION_LONG)
		buf_put_text(out, ", and what is older goes");
}

static void
put_look(struct buf *out, const struct topics_job *j,
	const struct topics_finding *f)
{
	if (f->found->configs == TOPICS_DENIED)
		put_grant(out, j, "DescribeConfigs", f->wanted->topic);
	else
		buf_put_text(out, "look at them yourself");
}

static const char *const plain_remedies[] = {
	[TOPICS_RAW_MISSING] = "its producers create it; lethe does not",
	[TOPICS_REPLICAS_FEW] =
		"kafka-reassign-partitions; lethe moves no replicas",
	[TOPICS_PARTITIONS_CHANGED] =
		"one key may lie in two partitions: docs/operations.md",
	[TOPICS_NO_AUTHORIZER] = "let its brokers have an authorizer",
	[TOPICS_PRINCIPAL_UNKNOWN] = "state --principal User:NAME",
	[TOPICS_RECORDS_UNREAD] = "nothing, if nobody changed the number",
	[TOPICS_LOG_KEEPS] = "retention.ms is yours to set; apply leaves it",
};

void
put_topics_remedy(struct buf *out, const struct topics_job *j,
	const struct topics_finding *f)
{
	switch (f->what) {
	case TOPICS_RAW_MISSING:
	case TOPICS_REPLICAS_FEW:
	case TOPICS_PARTITIONS_CHANGED:
	case TOPICS_NO_AUTHORIZER:
	case TOPICS_PRINCIPAL_UNKNOWN:
	case TOPICS_RECORDS_UNREAD:
	case TOPICS_LOG_KEEPS:
		buf_put_text(out, plain_remedies[f->what]);
		break;
	case TOPICS_MISSING: put_creation(out, f); break;
	case TOPICS_CONFIGS_UNKNOWN: put_look(out, j, f); break;
	case TOPICS_CLEANUP_POLICY:
	case TOPICS_RETENTION_LONG:
	case TOPICS_SEGMENT_LONG:
	case TOPICS_MESSAGE_SMALL:
	case TOPICS_MIN_INSYNC:
	case TOPICS_TIMESTAMP_TYPE:
	case TOPICS_TOMBSTONES_SHORT: put_mending(out, f); break;
	case TOPICS_RETENTION_UNSTATED: put_statement(out, f); break;
	case TOPICS_RAW_RETENTION_LONG: put_raw_configs(out, j, f); break;
	case TOPICS_FOREIGN_WRITER:
	case TOPICS_FOREIGN_READER: put_removal(out, j, f); break;
	case TOPICS_RIGHTS_UNKNOWN: put_grant(out, j, "Describe", NULL); break;
	}
}
