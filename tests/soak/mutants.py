#!/usr/bin/env python3
"""Faults planted into lethe, so that the soak's checker can be seen to fail.
The program itself knows nothing of them: one source is copied with one exact
text replaced, compiled and linked in place of the original.

    tests/soak/mutants.py                names, a line each
    tests/soak/mutants.py path NAME      the source that is replaced
    tests/soak/mutants.py plan NAME      the kinds of faults that show it
    tests/soak/mutants.py write NAME     the mutated source, on standard output
"""

import os
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

MUTANTS = {
    # Offsets are committed before the transaction is, and not by it: who is
    # killed in between has lost the events.
    "outside": (
        "src/kafka/wire/producer.c",
        """	status = txn_status(k, "send_offsets_to_transaction",
		rd_kafka_send_offsets_to_transaction(
			k->producer, list, member, CALL_MS),
		err);
""",
        """	status = client_code("commit",
		rd_kafka_commit(k->consumer, list, 0), err);
""",
        "kill_in_commit",
    ),
    # After an abort everything retained is done again, without asking what
    # the broker has committed.
    "replay": (
        "src/kafka/txn/recover.c",
        """	if (!status && count)
		status = ask_committed(t, count, &gone, err);
""",
        """	for (size_t i = 0; !status && i < count; i++)
		t->places[i].offset = slots_get(t->o.slots,
			t->places[i].topic, t->places[i].partition)->base;
""",
        "commit_answer",
    ),
}


def mutated(name):
    path, old, new, _ = MUTANTS[name]
    with open(os.path.join(TOP, path)) as f:
        text = f.read()
    if text.count(old) != 1:
        sys.exit(f"mutants.py: {path} no longer holds the text of `{name}` once")
    return text.replace(old, new)


def main():
    words = sys.argv[1:]
    if not words:
        print("\n".join(MUTANTS))
    elif len(words) == 2 and words[1] in MUTANTS:
        path, _, _, plan = MUTANTS[words[1]]
        answers = {"path": lambda: path + "\n", "plan": lambda: plan + "\n"}
        sys.stdout.write(answers.get(words[0], lambda: mutated(words[1]))())
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
