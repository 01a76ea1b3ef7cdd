#ifndef CLI_TOPICS_WORDS_H
#define CLI_TOPICS_WORDS_H

/* A plan in words: for people, for scripts. */

#include "cli/topics/topics_job.h"

/* 90d, 36h, 1500ms: by the largest unit that fits; below 0 for ever. */
void put_topics_time(struct buf *out, int64_t ms);

/* How long a topic keeps. */
void put_topics_kept(struct buf *out, const struct topics_found *found);

/* What differs: "keeps 30d, and the policy allows 7d". */
void put_topics_what(struct buf *out, const struct topics_finding *f);

/* What to do about it: a sentence or a command. */
void put_topics_remedy(struct buf *out, const struct topics_job *j,
	const struct topics_finding *f);

/* "create", "mend", "drift", "note"; never changes. */
const char *topics_level_name(enum topics_level level);

/* Whether a finding is of the whole cluster, not of its topic. */
bool topics_is_of_cluster(enum topics_what what);

/* A table of the topics, then a line a finding. */
void put_topics_plan(struct buf *out, const struct topics_job *j,
	const struct topics_plan *p, bool colour);

/* One JSON object. */
void put_topics_json(struct buf *out, const struct topics_job *j,
	const struct topics_plan *p);

#endif
