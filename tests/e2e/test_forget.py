#!/usr/bin/env python3
"""Who objects is remembered, and who withdraws is forgotten, on a real broker with two
processes of one group.

* an objection that an event carries goes to the consent topic and its log, once a class,
  with the event's offsets; the other process, and events that do not say so, go by it
* `lethe consent put --clear-objection` takes an objection back
* a withdrawal makes a person silent, and then gives exactly one record of kind forget to
  each purpose that asks for it, under the person's token, behind the last record of that
  token in its partition; not before its time
* so it is when the process that holds it is killed meanwhile
* in an overlap of two epochs there is one under each of the two tokens
* what was withdrawn before the group began is told to nobody, whatever `start` says

    tests/e2e/test_forget.py --lethe build/lethe [--keep DIR]
"""

import argparse
import collections
import copy
import json
import signal
import subprocess
import time

from broker import Cluster
from checks import Checks, in_folder, say
from client import Producer, kcat, read, settle
from job import Job, wait
from ring import Ring
from test_admin import families, table
from test_ledger import stamp

POLICY = """\
version: 1
name: forget
revision: 1
controller: { name: Example Shop GmbH, contact: privacy@shop.example }
inputs:
  web:
    topics: [raw]
    event_time: { path: $.at, format: unix_ms }
    events:
      seen: { $.event: seen }
identifiers:
  user: { prefix: u, from: [$.user] }
  device: { prefix: d, from: [$.device] }
consent:
  sources:
    gpc: { format: gpc, path: $.gpc, remember: true }
    book: { format: ledger, topic: consent, log: consent.log, max_staleness: 500ms, forget_after: 2s }
purposes:
  recs:
    says: Recommend.
    basis: consent
    consent: { decides: book, asks: { book: yes } }
    topic: recs.out
    recipients: [nobody]
    retention: 1d
    identity: [user]
    on_withdrawal: notify
  devices:
    says: Recommend on this device.
    basis: legitimate_interests
    assessment: LIA-1
    consent: { asks: { book: yes } }
    topic: devices.out
    recipients: [nobody]
    retention: 1d
    identity: [device]
    on_withdrawal: notify
  count:
    says: Count.
    basis: contract
    ticket: LEGAL-1
    on: [seen]
    topic: count.out
    recipients: [nobody]
    retention: 1d
    identity: none
fields:
  - { path: $.n, as: n, for: [recs, devices, count], do: keep, type: integer, min: 0, max: 1000000, required: true, why: which event it was }
quarantine: { topic: quarantine.out, payload: sealed, retention: 7d }
"""

SETTINGS = """\
instance: forget-0
application: forget
start: earliest
lanes: 1
status.interval: 1s
policy.watch: 1s
ledger.path: ledger
kafka.reconnect.backoff.max.ms: 1000
"""
BOOK = "consent"
COMPACTED = {"cleanup.policy": "compact"}
TOPICS = ("raw", "recs.out", "devices.out", "count.out", "quarantine.out")
SEEN_S = 0.8  # max_staleness, and a little
DUE_S = 0.5 + 2 + 1  # and forget_after, and a margin
LEAD_S, OVERLAP = 8, "1h"


def word(purpose, state):
    ago = 86400 if state == "given" else 0
    entry = {"state": state, "at": stamp(time.time() - ago)}
    return json.dumps({"v": 1, "purposes": {purpose: entry}}).encode()


def is_forget(m):
    return "lethe-kind=forget" in m.headers.split(",")


class World:
    def __init__(self, jobs, cluster):
        self.jobs, self.cluster, self.sent = jobs, cluster, 0
        scene = jobs[0].scene
        self.rings = [Ring.of(scene)]

    def consent(self, *rows):
        out = Producer(self.cluster.bootstrap, BOOK)
        for key, value in rows:
            out.put(key.encode(), value)
        out.close()

    def clear(self, checks, source, subjects, wanted):
        job = self.jobs[0]
        done = subprocess.run(
            [job.scene.lethe, "consent", "put", "-", "--clear-objection", source,
             "--json", "--config", job.config],
            input=subjects.encode(), stdout=subprocess.PIPE, check=False)
        checks.equal("objections are taken back", (done.returncode, json.loads(
            done.stdout or b"null")), (0, {"subjects": 3, "cleared": wanted}))

    def put(self, **event):
        """One event into each partition, so to each process; their numbers."""
        now, first = int(time.time() * 1000), self.sent
        for partition in range(2):
            line = json.dumps({"event": "seen", "at": now, "n": self.sent, **event})
            subprocess.run(
                [kcat(), "-P", "-b", self.cluster.bootstrap, "-t", "raw",
                 "-p", str(partition)],
                input=line.encode(), check=True)
            self.sent += 1
        return set(range(first, self.sent))

    def done(self):
        def all_done():
            with self.cluster.client() as c:
                return c.committed("forget", "raw") == c.end_offsets("raw")

        wait("everything is committed", all_done)

    def out(self, topic):
        return list(read(self.cluster.bootstrap, topic))

    def numbers(self, topic):
        """Of the events that left; each must have left once."""
        found = collections.Counter(
            json.loads(m.value)["n"] for m in self.out(topic) if not is_forget(m))
        if any(n > 1 for n in found.values()):
            raise RuntimeError(f"{topic}: an event left twice")
        return set(found)

    def forgets(self, topic):
        """Tokens that are to be forgotten, and how often that is said."""
        return collections.Counter(
            m.key.decode() for m in self.out(topic) if is_forget(m))

    def token(self, kind, who, ring=0):
        purpose = {"user": "recs", "device": "devices"}[kind]
        prefix = kind[0]
        return self.rings[ring].token(purpose, kind, prefix, who)

    def told(self, topic, tokens):
        wanted = collections.Counter(tokens)
        wait(f"a forget in {topic}", lambda: not wanted - self.forgets(topic))

    def heard(self):
        """Until both processes go by what the ledger was told, in transactions, too."""
        settle(self.cluster.bootstrap, BOOK)
        time.sleep(SEEN_S)

    def counted(self, name):
        return sum(job.metric(name) for job in self.jobs)

    def up(self):
        for job in self.jobs:
            job.start("--set", f"instance={job.name}")
        for job in self.jobs:
            job.ready()


def starts(checks, w):
    for topic in TOPICS:
        w.cluster.topic(topic, 2, {"retention.ms": 86400000})
    w.cluster.topic(BOOK, 2, COMPACTED)
    w.cluster.topic("consent.log", 2)
    w.consent(("user:old", word("recs", "withdrawn")),
              *[(f"user:{who}", word("recs", "given"))
                for who in ("ann", "bob", "cid", "dee", "eve")])
    w.up()
    wait("both read", lambda: all(
        job.metric('lethe_partitions_assigned{lane="0"}') == 2 for job in w.jobs))


def remembers(checks, w):
    before = w.put(user="ann", device="tab")
    w.done()
    checks.check("who agrees is sent", before <= w.numbers("recs.out"))
    objecting = w.put(user="ann", device="tab", gpc=1)
    w.done()
    w.heard()
    silent = w.put(user="ann") | w.put(device="tab") | w.put(user="ann", gpc=0)
    others = w.put(user="bob")
    w.done()
    checks.equal("an objection holds in both processes, whatever later events say",
                 (objecting | silent) & (w.numbers("recs.out") | w.numbers("devices.out")),
                 set())
    checks.check("others are sent", others <= w.numbers("recs.out"))
    keys = ["lethe:objection:gpc:device:tab", "lethe:objection:gpc:user:ann"]
    rows = [m for m in w.out(BOOK) if m.key.startswith(b"lethe:")]
    checks.equal("it is a record of each class",
                 sorted({m.key.decode() for m in rows}), keys)
    checks.check("written once a lane at most", len(rows) <= 4, str(len(rows)))
    logged = [m for m in w.out("consent.log")]
    checks.equal("each is in the log as well",
                 sorted(m.key for m in logged), sorted(m.key for m in rows))
    checks.check("which says by whom", all(
        json.loads(m.value)["by"] == "gpc" for m in logged))
    checks.equal("and counted", w.counted("lethe_objections_total"), len(rows))
    w.told("recs.out", [w.token("user", "ann")])
    w.told("devices.out", [w.token("device", "tab")])
    w.clear(checks, "gpc", "device:tab\nuser: ann\nuser:bob\n", 2)
    checks.equal("of which nothing stands any more",
                 {m.key.decode(): m.value for m in w.out(BOOK)
                  if m.key.startswith(b"lethe:")}, dict.fromkeys(keys))
    last = json.loads(w.out("consent.log")[-1].value)
    checks.equal("and the log says so", (last["was"]["state"], last["is"]),
                 ("refused", None))
    w.heard()
    again = w.put(user="ann", device="tab")
    w.done()
    checks.check("what is taken back counts no more",
                 again <= w.numbers("recs.out") and again <= w.numbers("devices.out"))


def last_of(w, topic, token):
    """Of a token: whether the forget stands behind its last record."""
    rows = [m for m in w.out(topic) if m.key == token.encode()]
    return bool(rows) and is_forget(rows[-1]) and not any(map(is_forget, rows[:-1]))


def forgets(checks, w):
    began = time.monotonic()
    w.consent(("user:bob", word("recs", "withdrawn")))
    while time.monotonic() < began + DUE_S - 1:  # some of them before it is seen
        w.put(user="bob")
    token = w.token("user", "bob")
    early = w.forgets("recs.out")[token]
    if time.monotonic() < began + DUE_S:
        checks.equal("nothing is told before its time", early, 0)
    else:
        say("not looked at: whether something is told early; the machine is slow")
    w.told("recs.out", [token])
    checks.check("not earlier than that", time.monotonic() - began >= DUE_S)
    silent = w.put(user="bob")
    w.done()
    checks.equal("the person is silent", silent & w.numbers("recs.out"), set())
    checks.check("one forget stands behind the last record",
                 last_of(w, "recs.out", token))
    (m,) = [m for m in w.out("recs.out") if is_forget(m) and m.key == token.encode()]
    checks.equal("its value is the token", json.loads(m.value), {"subject": token})
    checks.check("its headers are a purpose's", all(
        part in m.headers for part in ("lethe-purpose=recs", "lethe-epoch=")), m.headers)


def through_a_kill(checks, w):
    """Of whoever holds it: both are killed while it waits, one after the other."""
    w.consent(("user:cid", None))
    time.sleep(1)
    for job in w.jobs:
        job.signal(signal.SIGKILL)
        job.ended()
    w.up()
    token = w.token("user", "cid")
    w.told("recs.out", [token])
    time.sleep(1)
    checks.equal("a forget is told once through a kill -9",
                 w.forgets("recs.out")[token], 1)


def in_an_overlap(checks, w):
    scene = w.jobs[0].scene
    at = int(time.time()) + LEAD_S
    scene.call("keys", "propose", "--ring", scene.path("ring.lethe"),
               "--purpose", "recs", "--at", stamp(at), "--overlap", OVERLAP)
    w.rings.append(Ring.of(scene))
    wait("both have the ring", lambda: all(job.said("ring_applied") for job in w.jobs))
    from_ms = max(job.said("ring_applied")[-1]["from_ms"] for job in w.jobs)
    wait("its instant, and that of the ring",
         lambda: time.time() * 1000 > max(from_ms, at * 1000) + 200)
    w.put(user="dee")
    w.done()
    w.consent(("user:dee", word("*", "withdrawn")))
    tokens = [w.token("user", "dee"), w.token("user", "dee", 1)]
    checks.check("the tokens are of two epochs", tokens[0] != tokens[1])
    w.told("recs.out", tokens)
    w.done()


def balance(checks, w):
    time.sleep(1)
    found = w.forgets("recs.out")
    wanted = collections.Counter(
        [w.token("user", who) for who in ("ann", "bob", "cid", "dee")]
        + [w.token("user", "dee", 1)])
    twice = w.token("user", "ann")
    # Two processes may have met the same objection before either was read back.
    checks.check("an objection is told once a record of it", 1 <= found[twice] <= 2)
    found[twice] = 1
    checks.equal("each forget once, and of nobody else", found, wanted)
    checks.equal("each event once where none is asked",
                 w.numbers("count.out"), set(range(w.sent)))
    rows = table(w.jobs[0].scene.lethe)
    mine = ("lethe_forgets_total", "lethe_objections_total")
    found = families(w.jobs[0].get("/metrics")[1])
    checks.equal("their metrics are shown, as the table says",
                 {name: found.get(name) for name in mine},
                 {name: rows[name] for name in mine})
    shown = subprocess.run(
        [w.jobs[0].scene.lethe, "offsets", "show", "--config", w.jobs[0].config, "--json"],
        stdout=subprocess.PIPE, check=False)
    checks.check("offsets show has the consent topic as an input",
                 BOOK in shown.stdout.decode())
    for job in w.jobs:
        job.signal(signal.SIGTERM)
    checks.equal("both stop with 0", [job.ended() for job in w.jobs], [0, 0])


def run(args, directory):
    checks = Checks()
    with Cluster(directory + "/kafka", light=True) as cluster:
        job = Job(args.lethe, directory, cluster.bootstrap, POLICY, SETTINGS)
        other = copy.copy(job)
        other.child, other.log = None, job.log + ".other"
        job.name, other.name = "forget-0", "forget-1"
        w = World([job, other], cluster)
        try:
            for part in (starts, remembers, forgets, through_a_kill, in_an_overlap,
                         balance):
                part(checks, w)
                say(f"{part.__name__} is over")
        finally:
            job.end()
            other.end()
    checks.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lethe", required=True)
    parser.add_argument("--keep", help="work there, and leave it there")
    in_folder(run, parser.parse_args(), "lethe-forget-e2e-")


if __name__ == "__main__":
    main()
