#!/usr/bin/env python3
"""The topics of a policy on a real Kafka broker with rights: planned, made, and
every kind of drift from them.

* on an empty cluster `lethe topics plan` shows what is to be created;
  `lethe topics apply` asks, refuses where nobody can be asked, creates it, and
  then nothing differs
* each setting that differs is told by itself; apply mends it, leaves the
  topic's other settings and every other topic alone, and refuses when the
  cluster is no more as it was shown
* what apply does not mend: who else may read and write (the printed command
  takes the right away), keyed records under another number of partitions, raw
  topics, replicas
* `lethe run` refuses an output that keeps too long, or warns; without the right
  to look it says which is missing, and runs
* all of it with the rights that docs/operations.md lists, and no more

    tests/e2e/test_topics.py --lethe build/lethe [--keep DIR]
"""

import argparse
import json
import os
import pty
import re
import select
import shlex
import signal
import subprocess
import time

from broker import Cluster
from checks import Checks, in_folder, say
from client import settle
from job import WAIT_S, Bench, Stuck, wait
from secure import Secure

POLICY = """\
version: 1
name: topics
revision: 1
controller: { name: Example Shop GmbH, contact: privacy@shop.example }
inputs:
  web:
    topics: [shop.raw]
    retention: 7d
    event_time: { path: $.at, format: unix_ms }
    events:
      seen: { $.event: seen }
identifiers:
  user: { prefix: u, from: [$.user] }
purposes:
  recommend:
    says: Recommend.
    basis: contract
    ticket: LEGAL-1
    on: [seen]
    topic: shop.recommend
    recipients: [reader]
    retention: 8d
    identity: [user]
  count:
    says: Count.
    basis: contract
    ticket: LEGAL-2
    on: [seen]
    topic: shop.count
    recipients: [reader]
    retention: 395d
    identity: none
fields:
  - { path: $.n, as: n, for: [recommend, count], do: keep, type: integer, min: 0, max: 1000000, required: true, why: which event it was }
  - { do: time, to: day, as: day, for: [recommend, count], why: a day is enough }
quarantine: { topic: shop.quarantine, payload: sealed, retention: 7d }
"""

DAY = 86400000
RAW, KEYED, OTHER, ASIDE = "shop.raw", "shop.recommend", "shop.count", "shop.quarantine"
MANAGED = (KEYED, OTHER, ASIDE)
ME = "User:lethe"

MADE = {  # as apply makes them, on one broker
    KEYED: {
        "cleanup.policy": "delete", "retention.ms": str(8 * DAY),
        "segment.ms": str(2 * DAY), "max.message.bytes": "1048588",
        "min.insync.replicas": "1", "message.timestamp.type": "CreateTime",
    },
}
MADE[OTHER] = {**MADE[KEYED], "retention.ms": str(395 * DAY), "segment.ms": str(7 * DAY)}
MADE[ASIDE] = {
    **MADE[KEYED], "retention.ms": str(7 * DAY), "segment.ms": str(7 * DAY // 4),
}


class Topics(Bench):
    """The broker, a policy, and the commands on it."""

    def __init__(self, lethe, directory, cluster, secure):
        super().__init__(
            lethe, directory, cluster, RAW, "topics", POLICY,
            "instance: topics-0\ngroup: topics\nlanes: 1\nstart: earliest\n",
            {"bootstrap.servers": cluster.secure_bootstrap(), **secure.client("lethe")},
        )
        self.secure = secure

    # -- the cluster

    def admin(self):
        return self.cluster.client()

    def settings(self):
        """{topic: its own settings} of all that there are."""
        with self.admin() as c:
            return {t: c.settings_of(t) for t in self.there()}

    def shows(self, wanted):
        """Whether the cluster comes to show these settings: a change that was
        accepted is not at once what the broker answers by."""
        until = time.monotonic() + 15
        while True:
            now = self.settings()
            if all(now.get(topic) == its for topic, its in wanted.items()):
                return True
            if time.monotonic() > until:
                return False
            time.sleep(0.1)

    def there(self):
        with self.admin() as c:
            return [t for t in (*MANAGED, RAW) if self.partitions(t, c)]

    def partitions(self, topic, client=None):
        try:
            if client:
                return len(client.metadata([topic])[1][topic])
            with self.admin() as c:
                return len(c.metadata([topic])[1][topic])
        except Exception:
            return 0

    def configure(self, topic, settings):
        with self.admin() as c:
            c.configure_topic(topic, settings)

    def put(self, users):
        now = int(time.time() * 1000)
        self.send([
            {"event": "seen", "user": f"user-{n}", "at": now, "n": n} for n in users
        ])

    # -- the commands

    def topics(self, *args):
        return self.call("topics", *args)

    def plan(self, *args):
        """Exit code, the object, and its findings as (topic, finding, value)."""
        code, out, err = self.topics("plan", "--json", *args)
        try:
            seen = json.loads(out)
        except ValueError:
            raise Stuck(f"topics plan --json gave {code}: {err}") from None
        rows = {
            (f["topic"], f["finding"], f["value"] or f["principal"])
            for f in seen["findings"]
        }
        return code, seen, rows

    def at_terminal(self, before_answer, answer, *args):
        """apply with a person in front of it; exit code and what it said."""
        master, slave = pty.openpty()
        child = spawn_at(slave, [
            self.scene.lethe, "topics", "apply", "--config", self.config, *args,
        ])
        os.close(slave)
        said = read_until(master, b"[y/N] ")
        before_answer()
        os.write(master, answer)
        said += read_until(master, None)
        os.close(master)
        return child.wait(WAIT_S), said.decode()

    # -- the job

    def starts(self):
        """Until it works; then it is stopped, and ends with 0."""
        wait("a lane has started", lambda: " lane_started " in self.said()
             or self.child.poll() is not None)
        time.sleep(0.5)
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
        return self.ended()


def spawn_at(terminal, command):
    """A child whose standard input and output are a terminal that shows colours."""
    return subprocess.Popen(
        command, stdin=terminal, stdout=terminal, stderr=terminal,
        start_new_session=True, env={**os.environ, "TERM": "xterm", "NO_COLOR": ""},
    )


def read_until(fd, mark):
    """What a terminal shows, until `mark` stands there, or it closes."""
    said, end = b"", time.monotonic() + WAIT_S
    while not mark or mark not in said:
        if not select.select([fd], [], [], max(0, end - time.monotonic()))[0]:
            raise Stuck("nothing more comes from lethe topics apply")
        try:
            more = os.read(fd, 4096)
        except OSError:  # Linux says so when the other side has closed
            break
        if not more:
            break
        said += more
    return said


def grant(b):
    """The rights that docs/operations.md lists for run, plan and apply."""
    with b.admin() as c:
        c.allow(ME, "topic", RAW, ["read", "describe", "describe_configs"])
        for topic in MANAGED:
            c.allow(ME, "topic", topic, [
                "write", "describe", "describe_configs", "read", "create",
                "alter_configs",
            ])
        c.allow(ME, "group", "topics", ["read", "describe"], prefixed=True)
        c.allow(ME, "transaction", "lethe-topics-0-", ["write", "describe"],
                prefixed=True)
        c.allow(ME, "cluster", "kafka-cluster", ["describe"])


# ---- the parts


def creates(checks, b):
    code, seen, rows = b.plan()
    checks.equal("on an empty cluster all is to be created", (code, rows), (1, {
        *((t, "missing", None) for t in MANAGED), (RAW, "raw_missing", None),
    }))
    checks.equal("who lethe is comes from its login", seen["principal"], ME)
    code, _, err = b.topics("apply", "--yes")
    checks.check("without a raw topic the number of partitions must be said",
                 code == 2 and "--partitions" in err, f"{code}: {err}")
    checks.equal("and nothing is made", b.there(), [])

    b.cluster.topic(RAW, 3, {"retention.ms": 7 * DAY})
    code, seen, rows = b.plan()
    checks.equal("the raw topic gives the number of partitions", (code, [
        (t["wanted"]["partitions"], t["wanted"]["replicas"])
        for t in seen["topics"] if t["kind"] != "raw"
    ]), (1, [(3, 1)] * 3))
    _, seen, _ = b.plan("--partitions", "12")
    checks.equal("unless it is said", seen["topics"][0]["wanted"]["partitions"], 12)
    code, out, err = b.topics("apply", "--yes", "--replicas", "2")
    checks.check("what the broker refuses is told, and that not all was done",
                 code == 4 and "Not all was done: 0 topics created" in out
                 and KEYED in err, f"{code}: {out}{err}")
    code, out, err = b.topics("apply")
    checks.check("apply refuses where nobody can be asked",
                 code == 2 and "--yes" in err and "create" in out, f"{code}: {err}")
    code, out = b.at_terminal(lambda: None, b"n\n")
    checks.check("and when the answer is no",
                 code == 1 and "nothing was changed" in out, f"{code}: {out}")
    checks.check("a terminal gets colours", "\033[32mcreate" in out, out)
    checks.equal("nothing is made by that", b.there(), [RAW])
    code, out, err = b.topics("apply", "--yes")
    checks.check("apply makes them", code == 0 and
                 "3 topics created, 0 altered." in out, f"{code}: {out}{err}")
    checks.check("and shows no colours to a pipe", "\033" not in out)
    checks.check("as they should be", b.shows(MADE), b.settings())
    checks.equal("with the raw topic's partitions",
                 [b.partitions(t) for t in MANAGED], [3, 3, 3])
    is_clean(checks, b, "then nothing differs")


def is_clean(checks, b, what):
    """A right or a setting that was accepted is not at once what the broker answers by."""
    checks.comes(what, lambda: b.plan()[::2], (0, set()))


# One setting each, and how it is told.
DRIFTS = (
    (KEYED, {"retention.ms": "-1"}, "retention_long", str(8 * DAY)),
    (KEYED, {"retention.ms": str(8 * DAY + 1)}, "retention_long", str(8 * DAY)),
    (ASIDE, {"retention.ms": str(8 * DAY)}, "retention_long", str(7 * DAY)),
    (KEYED, {"cleanup.policy": "compact"}, "cleanup_policy", "delete"),
    (KEYED, {"segment.ms": str(3 * DAY)}, "segment_long", str(2 * DAY)),
    (OTHER, {"max.message.bytes": "1000"}, "max_message_bytes", "1048588"),
    (KEYED, {"min.insync.replicas": "3"}, "min_insync_replicas", "1"),
    (OTHER, {"message.timestamp.type": "LogAppendTime"}, "timestamp_type", "CreateTime"),
)


def finds_and_mends(checks, b):
    before = b.settings()
    for topic, settings, finding, value in DRIFTS:
        b.configure(topic, settings)
        checks.equal(f"{finding} is found", b.plan()[::2],
                     (1, {(topic, finding, value)}))
        code, out, err = b.topics("apply", "--yes")
        checks.check("and mended, alone",
                     code == 0 and "0 topics created, 1 altered." in out
                     and b.shows(before), f"{code}: {out}{err}")
    b.configure(KEYED, {"retention.ms": "1000"})
    is_clean(checks, b, "a topic may keep shorter than is allowed")
    b.configure(KEYED, {"segment.bytes": "2097152", "retention.ms": "-1"})
    b.configure(OTHER, {"compression.type": "zstd"})
    wanted = b.settings()
    wanted[KEYED]["retention.ms"] = str(8 * DAY)
    b.topics("apply", "--yes")
    checks.check("a topic's other settings stay, and other topics'",
                 b.shows(wanted), b.settings())


def asks(checks, b):
    b.configure(KEYED, {"retention.ms": "-1"})

    def somebody_else():
        b.configure(OTHER, {"max.message.bytes": "2000000"})

    before = b.settings()
    code, out = b.at_terminal(somebody_else, b"y\n")
    before[OTHER]["max.message.bytes"] = "2000000"
    checks.check("what is not as it was shown is not changed",
                 code == 1 and "not as it was shown" in out
                 and b.shows(before), f"{code}: {out}")
    code, out = b.at_terminal(lambda: None, b"y\n")
    checks.check("yes does it", code == 0 and "1 altered" in out, f"{code}: {out}")
    before[KEYED]["retention.ms"] = str(8 * DAY)
    checks.check("what it showed", b.shows(before), b.settings())
    is_clean(checks, b, "and nothing differs")


def leaves_raw_alone(checks, b):
    b.configure(RAW, {"retention.ms": str(8 * DAY)})
    code, out, _ = b.topics("plan")
    checks.check("a raw topic that keeps too long is told, with the command",
                 code == 1 and f"kafka-configs --bootstrap-server "
                 f"{b.cluster.secure_bootstrap()} --alter --entity-type topics "
                 f"--entity-name {RAW} --add-config retention.ms={7 * DAY}" in out, out)
    code, out, err = b.topics("apply", "--yes")
    checks.check("and left alone", code == 1 and "nothing that apply could do" in out
                 and b.settings()[RAW]["retention.ms"] == str(8 * DAY),
                 f"{code}: {out}{err}")
    b.configure(RAW, {"retention.ms": str(7 * DAY)})
    stated = b.scene.with_policy("unstated.yaml", lambda text: text.replace(
        "    retention: 7d\n", "", 1))
    checks.equal("a raw topic whose retention the policy does not state is told",
                 b.plan("--set", f"policy={stated}")[::2],
                 (1, {(RAW, "retention_unstated", None)}))
    checks.equal("replicas that are too few are told",
                 b.plan("--replicas", "2")[2],
                 {(t, "replicas_few", None) for t in MANAGED})
    code, _, err = b.topics("plan", "--partitions", "none")
    checks.equal("a number that is none is a usage error", code, 2)


# Rules on the topic shop.recommend, and what is told of them.
RULES = (
    ("a writer", "User:eve", KEYED, "write", False, {"foreign_writer"}),
    ("a reader", "User:eve", KEYED, "read", False, {"foreign_reader"}),
    ("everybody", "User:*", KEYED, "read", False, {"foreign_reader"}),
    ("all operations", "User:eve", KEYED, "all", False,
     {"foreign_writer", "foreign_reader"}),
    ("a prefix", "User:eve", "shop.re", "write", True, {"foreign_writer"}),
    ("a wildcard", "User:eve", "*", "read", False, {"foreign_reader"}),
)


def tells_of_strangers(checks, b):
    for name, who, pattern, operation, prefixed, told in RULES:
        with b.admin() as c:
            c.allow(who, "topic", pattern, [operation], prefixed)
        code, seen, rows = b.plan()
        mine = {row for row in rows if row[0] == KEYED}
        checks.equal(f"who else may: {name}", (code, mine),
                     (1, {(KEYED, finding, who) for finding in told}))
        if pattern == "shop.re":
            takes_away(checks, b, seen)
        with b.admin() as c:
            c.deny_again(who, "topic", pattern, [operation], prefixed)
    is_clean(checks, b, "without them nothing differs")
    with b.admin() as c:
        c.allow("User:reader", "topic", "shop.", ["read", "describe"], True)
    rows = b.plan()[2]
    checks.equal("a recipient may read, and the quarantine is sealed", rows, set())
    with b.admin() as c:
        c.allow("User:reader", "topic", ASIDE, ["write"])
    checks.equal("but nobody else writes to the quarantine", b.plan()[2],
                 {(ASIDE, "foreign_writer", "User:reader")})
    with b.admin() as c:
        c.deny_again("User:reader", "topic", ASIDE, ["write"])
        c.deny_again("User:reader", "topic", "shop.", ["read", "describe"], True)
    with b.admin() as c:
        c.deny_again(ME, "cluster", "kafka-cluster", ["describe"])
    checks.equal("without the right to see rules that is told, and is no drift",
                 b.plan()[::2], (0, {(None, "rights_unknown", None)}))
    with b.admin() as c:
        c.allow(ME, "cluster", "kafka-cluster", ["describe"])
    _, seen, rows = b.plan("--principal", "somebody")
    checks.check("lethe's own principal can be said: then lethe is a stranger",
                 (KEYED, "foreign_writer", ME) in rows, rows)


def takes_away(checks, b, seen):
    """The printed command, run by Kafka's own tool."""
    (finding,) = seen["findings"]
    words = shlex.split(re.sub(r" \(.*", "", finding["do"]))
    checks.equal("the command is kafka-acls", words[0], "kafka-acls")
    words[words.index("--bootstrap-server") + 1] = b.cluster.bootstrap
    done = subprocess.run(
        b.cluster.java("org.apache.kafka.tools.AclCommand", *words[1:], "--force"),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=WAIT_S,
    )
    checks.equal("which Kafka takes", done.returncode, 0)
    is_clean(checks, b, "and then nothing differs")


def knows_partitions(checks, b):
    b.put(range(200))
    b.start()
    b.done()
    b.child.send_signal(signal.SIGTERM)
    checks.equal("lethe runs", b.ended(), 0)
    settle(b.bootstrap, KEYED)
    is_clean(checks, b, "keyed records lie where they should")
    with b.admin() as c:
        c.grow_topic(KEYED, 5)
        c.grow_topic(OTHER, 5)
    code, out, _ = b.topics("plan")
    checks.check(
        "keyed records that were written with fewer partitions are found",
        code == 1 and "has 5 partitions, and its keyed records were written "
        "with 3" in out, out)
    checks.equal("those without a key go round anyway", b.plan()[2],
                 {(KEYED, "partitions_changed", None)})
    code, out, _ = b.topics("apply", "--yes")
    checks.equal("apply changes no partitions",
                 (code, b.partitions(KEYED)), (1, 5))
    with b.admin() as c:
        c.deny_again(ME, "topic", KEYED, ["read"])
    checks.equal("without the right to read that cannot be seen, which is no drift",
                 b.plan()[::2], (0, {(KEYED, "records_unread", None)}))
    with b.admin() as c:
        c.allow(ME, "topic", KEYED, ["read"])


def run_looks(checks, b):
    b.configure(KEYED, {"retention.ms": str(9 * DAY)})
    b.start()
    checks.equal("run refuses an output that keeps too long", b.ended(), 3)
    line = next((x for x in b.said().splitlines() if " retention_long " in x), "")
    checks.check("and says which, and what to do",
                 KEYED in line and "lethe topics apply" in line, b.said()[-2000:])
    b.start("--set", "retention.check=warn")
    checks.equal("or warns", b.starts(), 0)
    checks.check("in the log", " warn retention_long " in b.said(), b.said()[-2000:])
    b.start("--purpose", "count")
    checks.equal("another purpose does not mind it", b.starts(), 0)
    with b.admin() as c:
        c.deny_again(ME, "topic", KEYED, ["describe_configs", "alter_configs"])
    checks.check("plan says that it may not see a topic's settings",
                 (KEYED, "configs_unknown", None) in b.plan()[2])
    b.start()
    checks.equal("without the right to look run starts", b.starts(), 0)
    line = next((x for x in b.said().splitlines() if " retention_unchecked " in x), "")
    checks.check("and says which right is missing",
                 "--operation DescribeConfigs" in line and KEYED in line,
                 b.said()[-2000:])


def needs_no_authorizer(checks, lethe, directory, config):
    """A cluster as the quickstart has it: everybody may do everything."""
    with Cluster(directory, light=True) as cluster:
        cluster.topic(RAW, 2, {"retention.ms": 7 * DAY})
        done = subprocess.run(
            [
                lethe, "topics", "apply", "--yes", "--config", config, "--set",
                f"kafka.bootstrap.servers={cluster.bootstrap}", "--set",
                "kafka.security.protocol=plaintext",
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=WAIT_S,
        )
    checks.check(
        "a cluster without an authorizer is told once, as a note",
        done.returncode == 0 and "3 topics created" in done.stdout
        and done.stdout.count("has no authorizer") == 1, done.stdout)


def run(args, directory):
    checks = Checks()
    secure = Secure(directory)
    place = os.path.join(directory, "kafka")
    with Cluster(place, secure=secure, light=True) as cluster:
        b = Topics(args.lethe, directory, cluster, secure)
        grant(b)
        say("the broker is ready")
        try:
            creates(checks, b)
            finds_and_mends(checks, b)
            asks(checks, b)
            leaves_raw_alone(checks, b)
            tells_of_strangers(checks, b)
            knows_partitions(checks, b)
            run_looks(checks, b)
            b.end()
            needs_no_authorizer(
                checks, b.scene.lethe, os.path.join(directory, "open"), b.config)
        except Stuck as e:
            checks.check("it goes on", False, str(e))
        finally:
            b.end()
    checks.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lethe", required=True)
    parser.add_argument("--keep", help="work there, and leave it there")
    args = parser.parse_args()
    in_folder(run, args, "lethe-topics-")


if __name__ == "__main__":
    main()
