#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

/*
 * The one table of commands, in the order of the help.  A new command is a
 * file cmd_NAME.c, here or in its family's folder, that defines
 * `const struct command cmd_NAME`, and one line here: X(NAME).
 */

#include "cli/command.h"

#define COMMANDS(X) \
	X(init) \
	X(run) \
	X(doctor) \
	X(filter) \
	X(explain) \
	X(policy_check) \
	X(policy_sign) \
	X(policy_verify) \
	X(demo) \
	X(gen) \
	X(keys_new) \
	X(keys_add) \
	X(keys_pair) \
	X(keys_protect) \
	X(keys_recipient) \
	X(keys_signers) \
	X(keys_trust) \
	X(keys_domain) \
	X(keys_class) \
	X(keys_drill) \
	X(keys_due) \
	X(keys_propose) \
	X(keys_approve) \
	X(keys_activate) \
	X(keys_status) \
	X(keys_retire) \
	X(keys_destroy) \
	X(keys_emergency) \
	X(keys_show) \
	X(keys_verify) \
	X(keys_diff) \
	X(keys_history) \
	X(offsets_show) \
	X(offsets_accept_gap) \
	X(offsets_rewind) \
	X(topics_plan) \
	X(topics_apply) \
	X(consent_put) \
	X(consent_get) \
	X(consent_history) \
	X(consent_import) \
	X(consent_heartbeat) \
	X(consent_decode) \
	X(quarantine_list) \
	X(quarantine_open) \
	X(quarantine_replay) \
	X(completion)

#define X(name) extern const struct command cmd_##name;
COMMANDS(X)
#undef X

#endif
