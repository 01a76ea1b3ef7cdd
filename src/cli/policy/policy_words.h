#ifndef CLI_POLICY_WORDS_H
#define CLI_POLICY_WORDS_H

/* What changes between two policies, in words and then line by line. */

#include "daemon/policy_file.h"

/*   was   NULL: there was none, and all of it is new */
void
policy_words_print(const struct policy_file *was, const struct policy_file *is);

/* What a statement says and who signed it, for people. */
void policy_words_statement(
	const struct statement *s, const struct ring *ring, int64_t now_ms);

#endif
