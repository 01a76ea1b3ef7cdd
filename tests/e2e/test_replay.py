#!/usr/bin/env python3
"""Quarantined events sent through again, on a real Kafka broker.

* under a policy whose limit was too small events are quarantined; under the
  mended one `lethe quarantine replay` brings each into each purpose's topic,
  once, marked, and as old as it was when it first came; beside a running job
* the replay is killed in the middle, two are started at once, and one again:
  nothing lost or doubled;
  run once more, or with its offsets forgotten, it does nothing
* what is still poison waits behind, counted; what was not asked for as it was
* a wrong key is refused, a dry run writes nothing
* all of it with the rights that docs/operations.md lists, and none without
* events repaired by hand come out once, however often their file is replayed,
  and their originals are no longer replayed

    tests/e2e/test_replay.py --lethe build/lethe [--keep DIR]
"""

import argparse
import base64
import collections
import json
import os
import signal
import subprocess
import time

from broker import Cluster, spawn
from checks import Checks, in_folder, say
from client import OFFSETS, read, settle
from job import WAIT_S, Bench, Stuck
from secure import Secure

POLICY = """\
version: 1
name: replay
revision: 1
controller: { name: Example Shop GmbH, contact: privacy@shop.example }
inputs:
  web:
    topics: [raw]
    event_time: { path: $.at, format: unix_ms, max_age: 8s }
    limits: { bytes: 65536, depth: 8, members: 64, string: 16 }
    events:
      seen: { $.event: seen }
identifiers:
  user: { prefix: u, from: [$.user] }
consent:
  sources:
    sold: { format: flag, path: $.no, yes: [true], effect: objection }
purposes:
  numbers:
    says: Count.
    basis: legitimate_interests
    assessment: LIA-1
    topic: numbers.out
    recipients: [nobody]
    retention: 1d
    identity: [user]
  again:
    says: Count once more.
    basis: contract
    ticket: LEGAL-2
    on: [seen]
    topic: again.out
    recipients: [nobody]
    retention: 1d
    identity: none
fields:
  - { path: $.n, as: n, for: [numbers, again], do: keep, type: integer, min: 0, max: 1000000, required: true, why: which event it was }
  - { do: time, to: day, as: day, for: [numbers, again], why: a day is enough }
quarantine: { topic: quarantine.out, payload: sealed, retention: 7d }
"""

GROUP, RAW, ASIDE = "rep", "raw", "quarantine.out"
REPLAY = GROUP + "-replay"
MAX_AGE_S = 8
LONG = 200  # events whose note is longer than the first policy allows


class Replays(Bench):
    """The broker, a job, and replays of what it quarantined."""

    def __init__(self, lethe, directory, cluster):
        super().__init__(
            lethe, directory, cluster, RAW, GROUP, POLICY,
            f"instance: rep-0\ngroup: {GROUP}\nlanes: 1\n"
            "start: earliest\nstatus.interval: 1s\n",
            {"bootstrap.servers": cluster.bootstrap},
        )
        self.login = {
            "bootstrap.servers": cluster.secure_bootstrap(),
            **cluster.secure.client("lethe"),
        }
        self.mended = self.scene.with_policy(
            "mended.yaml",
            lambda t: t.replace("string: 16", "string: 64").replace(
                "revision: 1", "revision: 2"),
        )

    def put(self, events, partition=0):
        self.send(events, partition)

    # -- the topics

    def out(self, topic="numbers.out"):
        """How often each number stands there, by the header of replays."""
        found = collections.Counter()
        for m in read(self.bootstrap, topic):
            headers = dict(p.split("=", 1) for p in m.headers.split(","))
            found[json.loads(m.value)["n"], headers.get("lethe-replay")] += 1
        return found

    def aside(self):
        """The records of the quarantine that are no marks, and the marks."""
        records, marks = [], []
        for m in read(self.bootstrap, ASIDE):
            record = json.loads(m.value)
            (marks if "mark" in record else records).append((m, record))
        return records, marks

    def waiting(self):
        """(position, reason, replays) of what stands behind the replay."""
        settle(self.bootstrap, OFFSETS)
        with self.cluster.client() as c:
            committed = c.committed(REPLAY, ASIDE)
        return sorted(
            (r["position"], r["reason"], r.get("replays", 0))
            for m, r in self.aside()[0]
            if m.offset >= committed[m.partition]
        )

    # -- replays

    def words(self, *args, policy=None, key="oncall.key", form="--json"):
        keys = ["--key", self.scene.path(key)] if key else []
        return [
            self.scene.lethe, "quarantine", "replay", "--config", self.config,
            "--set", f"policy={policy or self.mended}", *keys,
            *([form] if form else []), *(w for k, v in self.login.items() for w in ("--set", f"kafka.{k}={v}")),
            *args,
        ]

    def replay(self, *args, **kw):
        """(exit code, the object it prints or None, what it says)"""
        done = subprocess.run(
            self.words(*args, **kw), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            timeout=WAIT_S,
        )
        return done.returncode, json.loads(done.stdout or "null"), done.stderr

    def killed(self):
        """A replay in small transactions, killed after some of them."""
        before = self.high("again.out")
        with open(os.path.join(self.dir, "killed.log"), "wb") as log:
            child = spawn(
                self.words("--set", "commit.events=2"), stdout=log, stderr=log)
        end = time.monotonic() + WAIT_S
        while self.high("again.out") <= before + 40 and child.poll() is None:
            if time.monotonic() > end:  # without a pause: it may be quick
                raise Stuck("the replay writes nothing")
        child.send_signal(signal.SIGKILL)
        return child.wait()

    def two_at_once(self):
        """The exit codes of two replays that begin together."""
        children = []
        for name in ("one.log", "two.log"):
            with open(os.path.join(self.dir, name), "wb") as log:
                children.append(spawn(
                    self.words("--set", "commit.events=5"), stdout=log, stderr=log))
        return [child.wait(WAIT_S) for child in children]

    def opened(self):
        """The quarantine's events as `quarantine open` prints them."""
        raw = b"\n".join(m.value for m in read(self.bootstrap, ASIDE)) + b"\n"
        done = subprocess.run(
            [self.scene.lethe, "quarantine", "open",
             "--key", self.scene.path("oncall.key")],
            input=raw, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True,
        )
        return [json.loads(line) for line in done.stdout.splitlines()]


def event(n, note="short", age_s=0, **more):
    return {"event": "seen", "user": f"u{n % 7}", "n": n, "note": note,
            "at": int((time.time() - age_s) * 1000), **more}


def quarantines(checks, b):
    long = "longer than the limit of the first policy"
    b.start()
    b.put([event(n) for n in range(5)], partition=1)
    b.put([event(n, long) for n in range(1000, 1000 + LONG)])
    b.put([event(2000, long, age_s=60), event(2001, long, no=True)], partition=2)
    b.put(["{broken", "{broken too"], partition=1)
    born = time.monotonic()
    b.done()
    records, marks = b.aside()
    checks.equal("what the first policy cannot take is quarantined",
                 (len(records), marks), (LONG + 4, []))
    checks.equal("each record names the group that read it",
                 {r["group"] for _, r in records}, {GROUP})
    checks.equal("the others came out, without a mark",
                 b.out(), {(n, None): 1 for n in range(5)})
    return born


def allow(b):
    """The rights that docs/operations.md lists, but one, which is refused."""
    with b.cluster.client() as c:
        for topic in ("numbers.out", "again.out", ASIDE):
            c.allow("User:lethe", "topic", topic, ["write", "describe"])
        for group in (REPLAY, GROUP + "-again-replay"):
            c.allow("User:lethe", "group", group, ["read", "describe"])
            c.allow("User:lethe", "transaction", group + "-0", ["write", "describe"])


def refuses(checks, b):
    before = b.high(ASIDE), b.high("numbers.out")
    allow(b)
    code, _, said = b.replay("--dry-run")
    checks.check("without the right to read the quarantine it stops, and says so",
                 code == 4 and ASIDE in said and "AUTHORIZATION" in said.upper(),
                 f"{code}: {said[-600:]}")
    with b.cluster.client() as c:
        c.allow("User:lethe", "topic", ASIDE, ["read"])
    code, _, said = b.replay(key="secret.key")
    checks.check("a wrong key is refused",
                 code == 3 and "sealed to another key" in said, f"{code}: {said}")
    code, _, said = b.replay("--reason", "no_such")
    checks.equal("so is a reason that there is not", code, 2)
    code, _, said = b.replay("--input", "x", "--reason", "too_deep")
    checks.equal("so is a choice among lines", code, 2)
    code, seen, _ = b.replay("--dry-run", policy=b.scene.path("policy.yaml"))
    checks.equal("a dry run under the old policy says that nothing would be mended",
                 (code, seen["still_poison"]["string_too_long"], seen["records"]),
                 (1, LONG + 2, {"numbers": 0, "again": 0}))
    code, seen, _ = b.replay("--dry-run")
    checks.equal("a dry run under the mended one counts what would come",
                 (code, seen["records"], seen["dropped"], seen["still_poison"]),
                 (1, {"numbers": LONG, "again": LONG + 1},
                  {"out_of_time": 1, "objected": 1}, {"json_syntax": 2}))
    said = subprocess.run(
        b.words("--dry-run", form=None), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    lines = [" ".join(line.split()) for line in said.splitlines()]
    checks.check("and tells it to people",
                 lines[0] == "Dry run: nothing was written."
                 and f"sent through again {LONG + 4}" in lines
                 and f"records of numbers {LONG}" in lines
                 and "dropped: out_of_time 1" in lines
                 and "still poison: json_syntax 2" in lines, said)
    with b.cluster.client() as c:
        committed = max(c.committed(REPLAY, ASIDE).values())
    checks.check("nothing of all this wrote anything, or went past a record",
                 (b.high(ASIDE), b.high("numbers.out")) == before
                 and committed <= 0, f"{before}, {committed}")


def expected(topic):
    found = {(n, None): 1 for n in range(5)}
    found.update({(n, "1"): 1 for n in range(1000, 1000 + LONG)})
    if topic == "again.out":
        found[2001, "1"] = 1
    return found


def survives(checks, b, born):
    """By now no event is younger than max_age: only as they first came."""
    time.sleep(max(0, born + MAX_AGE_S + 1 - time.monotonic()))
    checks.equal("the replay was killed at work", b.killed(), -signal.SIGKILL)
    partly = sum(b.out("again.out").values())
    checks.check("some of it was committed, not all",
                 5 < partly < LONG + 6, str(partly))
    codes = b.two_at_once()
    checks.check("of two at once one may end the other, which says so",
                 set(codes) <= {1, 4} and 1 in codes, str(codes))
    code, seen, said = b.replay()
    checks.check("started again it goes on to the end, and says that something "
                 "is left", code == 1 and seen["still_poison"] == {"json_syntax": 2},
                 f"{code}: {seen} {said[-500:]}")
    for topic in ("numbers.out", "again.out"):
        checks.equal(f"{topic}: each event once, marked, as old as it first was",
                     b.out(topic), expected(topic))
    records, marks = b.aside()
    checks.equal("each event that was understood has its mark, drops too",
                 len({(m["partition"], m["position"]) for _, m in marks}), LONG + 2)
    checks.equal("no mark stands there twice", len(marks), LONG + 2)
    waiting = b.waiting()
    checks.equal("what is still poison waits behind", [w[:2] for w in waiting],
                 [(5, "json_syntax"), (6, "json_syntax")])
    checks.check("with its replays counted, of which there were four at most",
                 all(0 < w[2] <= 4 for w in waiting), str(waiting))
    stamps = collections.defaultdict(set)
    for m, r in records:
        stamps[r["partition"], r["position"]].add((m.time_ms, r["at"]))
    checks.equal("as old as when it first came", {len(s) for s in stamps.values()}, {1})


def again(checks, b):
    later = [(p, r, n + 1) for p, r, n in b.waiting()]
    code, seen, _ = b.replay()
    checks.equal("run again it tries what is still poison, and nothing else",
                 (code, seen["taken"], seen["records"], b.waiting()),
                 (1, 2, {"numbers": 0, "again": 0}, later))
    code, seen, _ = b.replay("--reason", "too_deep")
    checks.equal("what was not asked for is put back as it was",
                 (code, seen["taken"], seen["not_chosen"], b.waiting()),
                 (0, 0, 2, later))
    with b.cluster.client() as c:
        c.commit(REPLAY, ASIDE, {0: 0, 1: 0})
    code, seen, _ = b.replay()
    checks.equal("with its offsets lost it still does nothing twice",
                 (code, seen["records"], seen["done_before"]),
                 (1, {"numbers": 0, "again": 0}, LONG + 2))
    checks.equal("and leaves one copy of what is still poison behind, not all",
                 [(p, r) for p, r, _ in b.waiting()],
                 [(5, "json_syntax"), (6, "json_syntax")])
    code, seen, _ = b.replay("--purpose", "again")
    checks.equal("what another group's reading found is left to it",
                 (code, seen["group"], seen["taken"], seen["other_group"] > 0),
                 (0, GROUP + "-again-replay", 0, True))
    for topic in ("numbers.out", "again.out"):
        checks.equal(f"{topic}: as before", b.out(topic), expected(topic))


def repairs(checks, b):
    lines, seen = [], set()
    for line in sorted(b.opened(), key=lambda line: line["position"]):
        if line["reason"] != "json_syntax" or line["position"] in seen:
            continue
        seen.add(line["position"])
        value = json.dumps(event(3000 + line["position"])).encode()
        if line["position"] == 6:
            value = b"{worse"
        line["value"] = base64.b64encode(value).decode()
        lines.append(json.dumps(line))
    path = os.path.join(b.dir, "repaired.ndjson")
    with open(path, "w") as f:
        f.write("\n".join([*lines, "", "no line"]) + "\n")
    code, told, said = b.replay("--input", path, key=None)
    checks.check(
        "of repaired lines the good one is taken, the bad ones are named",
        (code, told["records"], told["still_poison"], told["unreadable"]) ==
        (1, {"numbers": 1, "again": 1}, {"json_syntax": 1}, 1)
        and "still_poison line=2" in said and "line_unreadable line=4" in said,
        f"{code}: {told} {said}")
    code, told, _ = b.replay("--input", path, key=None)
    checks.equal("the same file again brings nothing",
                 (told["records"], told["done_before"]),
                 ({"numbers": 0, "again": 0}, 1))
    with open(path, "w") as f:
        f.write("\n".join(
            line.replace(base64.b64encode(b"{worse").decode(), base64.b64encode(
                json.dumps(event(3006)).encode()).decode()) for line in lines))
    code, told, _ = b.replay("--input", path, key=None)
    checks.equal("mended once more it brings what was missing",
                 (code, told["records"], told["done_before"]),
                 (0, {"numbers": 1, "again": 1}, 1))
    code, told, _ = b.replay()
    checks.equal("and the originals are no longer replayed",
                 (code, told["taken"], b.waiting()), (0, 0, []))
    wanted = expected("numbers.out")
    wanted.update({(3005, "3"): 1, (3006, "3"): 1})
    found = collections.Counter()
    for (n, mark), count in b.out().items():
        found[n, mark if n < 3000 else "3"] += count
    checks.equal("each repaired event came out once", found, wanted)
    code, told, _ = b.replay()
    checks.equal("with nothing left it ends with 0", (code, told["waiting"]), (0, 0))


def run(args, directory):
    checks = Checks()
    secure = Secure(directory)
    with Cluster(os.path.join(directory, "kafka"), secure=secure) as cluster:
        cluster.topic(RAW, 3)
        for topic in ("numbers.out", "again.out", ASIDE):
            cluster.topic(topic, 2, {"retention.ms": 86400000})
        b = Replays(args.lethe, directory, cluster)
        say("the broker is ready")
        try:
            born = quarantines(checks, b)
            refuses(checks, b)
            survives(checks, b, born)
            again(checks, b)
            repairs(checks, b)
            checks.equal("lethe run went on beside it", b.child.poll(), None)
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
    in_folder(run, args, "lethe-replay-")


if __name__ == "__main__":
    main()
