"""The faults of the soak: one table, and the plan that a seed draws from it.

Each row says what is done, and which lines of lethe's log tell of it: at least
one must stand there, with what happened and what to do.  Where the client
library absorbs a fault whole, there is nothing to tell: `shows` is empty, and
docs/operations.md says so.
"""

import collections
import random

Kind = collections.namedtuple("Kind", "name what shows needs_disk")

LOST = ("producer_lost", "txn_aborted", "assignment_lost", "consumer_lost",
        "lane_failed", "txn_retry")
AWAY = LOST + ("client_error", "client_log", "consumer_error", "commit_slow",
               "assign_retry")
# Where the group shares out just then, or its coordinator is away, nobody
# misses who was stopped: it only finds its commit late, or joins anew.
STOPPED = LOST + ("commit_slow", "partitions_revoked")

KINDS = [
    Kind("kill", "a process is killed (SIGKILL), and started again", ("lane_started",), False),
    Kind("kill_in_commit", "a process is killed while its commits do not reach the broker", ("lane_started",), False),
    Kind("pause_session", "a process is stopped for longer than its session", STOPPED, False),
    Kind("pause_transaction", "a process is stopped for longer than its transaction", STOPPED, False),
    Kind("terminate", "SIGTERM, and a new start", ("stopping",), False),
    Kind("lanes", "a process comes back with a lane more, or less", ("lane_started",), False),
    Kind("process", "a process goes, and comes back later", ("partitions_revoked", "partition_assigned"), False),
    Kind("twin", "a second process runs under the same instance name", ("producer_lost", "lane_failed"), False),
    Kind("broker_kill", "a broker is killed, and started again", AWAY, False),
    Kind("broker_stop", "a broker is stopped gracefully, and started again", AWAY, False),
    Kind("leader", "the leaders of an input and an output partition move", (), False),
    Kind("transaction_coordinator", "the broker that coordinates a lane's transactions is killed", AWAY, False),
    Kind("group_coordinator", "the broker that coordinates the group is killed", AWAY, False),
    Kind("partitions", "the input topic gets a partition more", ("partition_assigned",), False),
    Kind("rights", "the right to write an output topic is taken away for a while", ("lane_failed",), False),
    Kind("disk", "the disk of one broker is full", AWAY, True),
    Kind("disks", "the disks of two brokers of three are full", AWAY, True),
    Kind("oversize", "an event makes a record larger than its topic allows", ("record_refused",), False),
    Kind("cut", "the network between a process and one broker is cut", AWAY, False),
    Kind("slow", "every answer comes late", AWAY, False),
    Kind("stall", "the network is silent for a while", AWAY, False),
    Kind("commit_answer", "a commit is carried out, but its answer says it timed out", LOST, False),
]

BY_NAME = {kind.name: kind for kind in KINDS}


def draw(seed, can_mount):
    """Names of faults without end: shuffled rounds, so that each comes once
    before any comes twice."""
    chance = random.Random(seed)
    while True:
        names = [k.name for k in KINDS if can_mount or not k.needs_disk]
        chance.shuffle(names)
        yield from names
