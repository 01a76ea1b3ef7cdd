#ifndef CLI_DOCTOR_CHECKS_H
#define CLI_DOCTOR_CHECKS_H

/*
 * The one table of what `lethe doctor` looks at, in the order it is done:
 * X(name, "what").  A new check is a line here and a function examine_NAME that
 * says with doctor_found, once or more often, what it found.
 */

struct doctor;

#define CHECKS_MAP(X) \
	X(settings, "nothing that `lethe run` needs is missing") \
	X(policy, "the policy can be read and names topics") \
	X(keys, "the ring opens with the secret key, which others cannot " \
		"read, and has what the policy names") \
	X(signatures, \
		"the policy has the signatures that the ring asks for, if it " \
		"asks for any, and its instant has come") \
	X(job, "settings, policy and ring go together: lanes and memory, " \
	       "that for keys too, whom the quarantine is sealed to, how " \
	       "soon " \
	       "is committed") \
	X(passwords, "the files of passwords, and the client's private key, " \
		     "can be " \
		     "read, and not by others") \
	X(port, "`http.listen` can be listened on") \
	X(brokers, \
		"each broker can be reached and lets us in, at the address " \
		"that it gives, too") \
	X(versions, "client library and brokers go together") \
	X(topics, "the input topics, each purpose's and the quarantine exist") \
	X(plan, "the topics are as the policy implies: what `lethe topics " \
		"plan` would find") \
	X(start, "the group has offsets that are in the log, or `start` says " \
		 "where it begins; it has worked under no newer ring or " \
		 "policy") \
	X(read, "the input topics may be read") \
	X(transactions, "the transactional ids of this instance may be used") \
	X(write, "each purpose's topic and the quarantine may be written") \
	X(group, "offsets may be committed for the group") \
	X(clock, "no event lies in this machine's future") \
	X(skew, "with `clock.topic`, this clock is within `clock.skew.max` " \
		"of the broker's") \
	X(order, "raw events are keyed by person, so that a person's order " \
		 "holds") \
	X(ledger, "of a policy that has one, the consent topic is compacted " \
		  "and " \
		  "may be read, heartbeats come where the policy asks for " \
		  "them, and `ledger.path` is a folder that may be written")

#define X(name, what) void examine_##name(struct doctor *d);
CHECKS_MAP(X)
#undef X

#endif
