#!/usr/bin/env python3
"""The consent ledger of a running lethe, on a real broker.

* a consent topic that is not compacted is refused
* no event is read before the ledger is read to its end; a process that is killed while
  it reads has done nothing, and the next one reads from the beginning
* the next start goes on from its file's checkpoint; a file that is damaged, a topic that
  was made anew, and one whose partitions have changed are read from the beginning
* who withdraws, or is forgotten by a tombstone, is silent from then on, in the middle of
  a rebalance, too; a record that is no record, a foreign key, and one in another partition than
  its own, are counted
* a replay of the quarantine goes by the ledger as well
* heartbeats that stay away, a broker that is away, and a transaction that another program
  leaves open on the topic hold events back: readiness goes and comes back by itself, nothing is lost or doubled, no member leaves the group
* a changed policy that would need another ledger is refused

    tests/e2e/test_ledger.py --lethe build/lethe [--keep DIR]
"""

import argparse
import base64
import collections
import copy
import ctypes
import datetime
import json
import os
import re
import signal
import subprocess
import time

from broker import Cluster, spawn
from checks import Checks, in_folder, say
from client import Producer, kcat, read, settle
from job import WAIT_S, Job, wait
from test_admin import families, table

POLICY = """\
version: 1
name: ledger
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
consent:
  sources:
    book: { format: ledger, topic: consent, max_staleness: 500ms, max_lag: 2s }
purposes:
  recs:
    says: Recommend.
    basis: consent
    consent: { decides: book, asks: { book: yes } }
    topic: recs.out
    recipients: [nobody]
    retention: 1d
    identity: [user]
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
  - { path: $.n, as: n, for: [recs, count], do: keep, type: integer, min: 0, max: 1000000, required: true, why: which event it was }
quarantine: { topic: quarantine.out, payload: sealed, retention: 7d }
"""

SETTINGS = """\
instance: ledger-0
application: ledger
start: earliest
lanes: 2
status.interval: 1s
policy.watch: 0s
ledger.path: ledger
kafka.reconnect.backoff.max.ms: 1000
"""
BOOK = "consent"
TOPICS = ("raw", "recs.out", "count.out", "quarantine.out")
COMPACTED = {"cleanup.policy": "compact"}
CROWD = 200000  # so long that a load can be met at work
DUE_S = 0.6  # max_staleness, and a little


def stamp(seconds):
    at = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def record(state):
    ago = 86400 if state == "given" else 0
    entry = {"state": state, "at": stamp(time.time() - ago)}
    return json.dumps({"v": 1, "purposes": {"recs": entry}}).encode()


class World:
    def __init__(self, job, cluster):
        self.job, self.cluster, self.sent = job, cluster, 0
        self.sending, self.silent = set(), set()

    # -- what people say

    def say(self, **states):
        """States by user; None: a tombstone.  Acknowledged when it returns."""
        out = Producer(self.cluster.bootstrap, BOOK)
        for user, state in states.items():
            out.put(b"user:" + user.encode(), record(state) if state else None)
        out.close()

    def raw_records(self, rows):
        out = Producer(self.cluster.bootstrap, BOOK)
        for key, value in rows:
            out.put(key, value)
        out.close()

    def say_in_transaction(self, user, state):
        """So that the log ends in a mark that no reader sees."""
        subprocess.run(
            [kcat(), "-P", "-b", self.cluster.bootstrap, "-t", BOOK, "-K", "|",
             "-X", f"transactional.id=said-{user}"],
            input=b"user:" + user.encode() + b"|" + record(state), check=True,
            stderr=subprocess.DEVNULL,
        )
        settle(self.cluster.bootstrap, BOOK)

    def beat(self):
        """A heartbeat into each partition."""
        value = json.dumps({"v": 1, "heartbeat": stamp(time.time())}).encode()
        out = Producer(self.cluster.bootstrap, BOOK)
        for partition in range(self.partitions()):
            out.put(b"lethe:heartbeat", value, partition)
        out.close()

    def ready_beating(self):
        def ready():
            self.beat()
            return self.job.get("/readyz")[0] == 200

        wait("/readyz, with heartbeats", ready)

    def partitions(self):
        with self.cluster.client() as c:
            return len(c.end_offsets(BOOK))

    def is_settled(self):
        """The lanes alone have the raw topic: who was killed is out of the group."""
        held = [self.job.metric(f'lethe_partitions_assigned{{lane="{n}"}}') for n in (0, 1)]
        with self.cluster.client() as c:
            return all(held) and sum(held) == len(c.end_offsets("raw"))

    # -- what they do

    def put(self, count, users, silent=False, **more):
        """Events of users in turn, over all partitions, with more members."""
        now = int(time.time() * 1000)
        lines = [json.dumps({"event": "seen", "user": users[n % len(users)],
                             "at": now, "n": n, **more})
                 for n in range(self.sent, self.sent + count)]
        (self.silent if silent else self.sending).update(
            range(self.sent, self.sent + count))
        self.sent += count
        subprocess.run(
            [kcat(), "-P", "-b", self.cluster.bootstrap, "-t", "raw"],
            input="".join(line + "\n" for line in lines).encode(), check=True,
        )

    def committed(self):
        with self.cluster.client() as c:
            return c.committed("ledger", "raw")

    def done(self):
        def all_done():
            with self.cluster.client() as c:
                return c.committed("ledger", "raw") == c.end_offsets("raw")

        wait("everything is committed", all_done)

    def out(self, topic):
        return collections.Counter(
            json.loads(m.value)["n"] for m in read(self.cluster.bootstrap, topic))

    def balance(self, checks, what):
        """Each event had its effect once, and who is silent had none."""
        checks.equal(f"{what}: each event once where none is asked",
                     self.out("count.out"), collections.Counter(range(self.sent)))
        found = self.out("recs.out")
        checks.equal(f"{what}: each event of who agrees once",
                     {n: found[n] for n in self.sending},
                     dict.fromkeys(self.sending, 1))
        checks.equal(f"{what}: nothing of who is silent",
                     sorted(set(found) & self.silent), [])

    # -- the process

    def up(self, *more):
        self.job.start(*more)
        self.job.ready()

    def up_behind(self, *more):
        """Its lanes have their partitions; no more is sure."""
        self.job.start(*more)
        wait("the lanes have all partitions",
             lambda: len(self.job.said("partition_assigned")) >= 4)

    def down(self, checks):
        self.job.signal(signal.SIGTERM)
        checks.equal("it stops with 0", self.job.ended(), 0)

    def verdict(self):
        return wait("ledger_ready", lambda: self.job.said("ledger_ready"))[0]["from"]

    def file(self):
        folder = self.job.scene.path("ledger")
        (name,) = [n for n in os.listdir(folder) if n.endswith(".ledger")]
        return os.path.join(folder, name)

    def revise(self, name, **changed):
        """The policy with other words, one revision on."""
        with open(self.job.policy) as f:
            text = f.read()
        for old, new in changed.items():
            old = old.replace("_is_", ": ")
            assert old in text, old
            text = text.replace(old, new)
        with open(self.job.scene.path(name), "w") as f:
            f.write(text)
        return self.job.scene.path(name)


def doctor(w, *sets):
    """What lethe doctor finds of the ledger: (result, what, do) of the folder, then of
    the topic."""
    more = [word for row in sets for word in ("--set", row)]
    done = subprocess.run(
        [w.job.scene.lethe, "doctor", "--config", w.job.config, "--json", *more],
        stdout=subprocess.PIPE, check=False)
    rows = json.loads(done.stdout)["checks"]
    return [(r["result"], r["what"], r["do"]) for r in rows if r["check"] == "ledger"]


def is_refused(checks, w):
    """By its settings, before anything is read."""
    job = w.job
    for topic in TOPICS:
        w.cluster.topic(topic, 4, {"retention.ms": 86400000})
    w.cluster.topic(BOOK, 4)
    job.start()
    checks.equal("a consent topic that is not compacted ends the start", job.ended(), 3)
    last = job.said()[-1]
    checks.check("and the last line says why",
                 last["status"] == "retention" and "compact" in last["why"], str(last))
    checks.check("and what mends it", "lethe topics apply" in last["do"], str(last))
    code, _, err = job.call("consent", "heartbeat", "--once")
    checks.check("a desk says the same", code == 3 and last["why"] in err, f"{code}: {err}")
    folder, (result, what, do) = doctor(w)
    checks.check("which the doctor has seen coming",
                 result == "fail" and "compact" in what and do == last["do"], what)
    checks.equal("the folder is looked at all the same", folder[0], "ok")
    with w.cluster.client() as c:
        c.delete_topic(BOOK)
    job.start()
    checks.equal("one that is not there, too", job.ended(), 4)
    checks.equal("with its own status", job.said()[-1]["status"], "no_topic")
    checks.equal("the doctor looks at the folder without the topic, too",
                 [row[0] for row in doctor(w)], ["ok", "fail"])
    w.cluster.topic(BOOK, 4, {**COMPACTED, "delete.retention.ms": "0"})
    job.start()
    checks.equal("one that keeps no tombstones", job.ended(), 3)
    last = job.said()[-1]
    checks.check("says so, and what mends it", "delete.retention.ms=0" in last["why"]
                 and "lethe topics apply" in last["do"], str(last))
    result, what, do = doctor(w)[1]
    checks.check("and the doctor", result == "fail" and last["why"] == what, what)
    with w.cluster.client() as c:
        c.configure_topic(BOOK, {"delete.retention.ms": "86400000"})
    checks.equal("the doctor finds a good one good",
                 [row[0] for row in doctor(w)], ["ok", "ok"])
    folders(checks, w)


def folders(checks, w):
    """The doctor fails where a start does, by the same cause."""
    cases = [("a file", w.job.config, "Not a directory"),
             ("a folder in none", w.job.scene.path("no/ledger"), "No such file")]
    if os.getuid():
        os.mkdir(w.job.scene.path("closed"), 0o500)
        cases.append(("one that is not ours", w.job.scene.path("closed"), "Permission"))
    else:
        say("root may write everywhere: a folder that is not ours is not tried")
    for what, path, cause in cases:
        row = "ledger.path=" + path
        found = doctor(w, row)[0]
        checks.check(f"{what} as ledger.path fails, with the cause",
                     found[0] == "fail" and cause in found[1] and "`ledger.path`" in found[2],
                     str(found))
        w.job.start("--set", row)
        checks.equal("as it ends a start", w.job.ended(), 3)


def goes_by_it(checks, w):
    w.say(ann="given", bob="refused", cara="given", dan="withdrawn")
    w.say_in_transaction("eve", "given")
    w.say_in_transaction("jan", "given")  # by kcat's own hash: not where it belongs
    w.raw_records([(b"user: ann", record("given")), (b"shop:7", record("given")),
                   (b"nothing", record("given")), (b"user:fay", b"{\"v\":2}")])
    w.put(40, ["ann", "eve", "jan"])
    w.put(40, ["bob", "dan", "gus", "fay"], silent=True)
    w.up()
    checks.equal("a new instance reads it from the beginning", w.verdict(), "absent")
    w.done()
    w.balance(checks, "what people said is done")
    twin(checks, w)
    checks.equal("foreign keys are counted",
                 w.job.metric("lethe_ledger_foreign_keys_total"), 3)
    checks.equal("a record that is none is counted",
                 w.job.metric("lethe_ledger_malformed_total"), 1)
    checks.equal("subjects are counted", w.job.metric("lethe_ledger_rows"), 7)
    checks.equal("a key in another partition than murmur2's is counted",
                 w.job.metric("lethe_ledger_misplaced_total"), 1)
    told = w.job.said("ledger_misplaced")
    checks.check("and told, by where it lies alone", [
        (line["partition"], "murmur2_random" in line["do"]) for line in told
    ] == [(3, True)] and "jan" not in str(told), told)
    checks.equal("the load is over", w.job.metric("lethe_ledger_load_ratio"), 1)
    checks.check("the page for a person has it",
                 "Consent ledger" in w.job.get("/")[1])
    w.say(cara="withdrawn", ann=None, gus="given")
    w.say_in_transaction("eve", "withdrawn")
    time.sleep(DUE_S)
    w.put(40, ["gus"])
    w.put(40, ["ann", "cara", "eve"], silent=True)
    w.done()
    w.balance(checks, "a withdrawal and a tombstone count")
    checks.equal("what changed since the load is counted by where it led",
                 {state: changes(w.job, state) for state in CHANGES}, CHANGES)
    last_hour(checks, w.job.get("/")[1])


def twin(checks, w):
    """A second process of one instance goes at once, and is not to be started again."""
    other = copy.copy(w.job)
    other.child, other.log = None, w.job.log + ".twin"
    try:
        other.start()
        checks.equal("a second process of one instance ends with 3", other.ended(), 3)
        last = other.said()[-1]
        checks.check("and the last line says what to do", last["status"] == "instance"
                     and "an `instance` name of its own" in last["do"], str(last))
    finally:
        other.end()
    checks.comes("the first one is not hurt", lambda: w.job.get("/readyz")[0], 200)


# cara and eve withdrew, gus said yes, ann is forgotten.
CHANGES = {"given": 1, "withdrawn": 2, "refused": 0, "expired": 0, "paused": 0,
           "unknown": 1, "malformed": 0}


def changes(job, state):
    return job.metric(f'lethe_ledger_changes_total{{purpose="recs",state="{state}"}}')


def last_hour(checks, text):
    """By purpose: granted, refused by reason, and what the ledger brought."""
    table = text[text.index("The last hour"):].split("<table>")[1].split("</table>")[0]
    rows = [re.findall("<t[dh][^>]*>(.*?)</t[dh]>", row)
            for row in table.split("</tr>")]
    head, recs = rows[0], next(row for row in rows if row and row[0] == "recs")
    shown = dict(zip(head, recs))
    checks.equal("the page has the last hour's grants", shown["granted"], "80")
    reasons = re.findall(r", (\d+)(?:<br>|$)", shown["refused, because"])
    checks.check("and all that was refused, by its reasons",
                 len(reasons) >= 3 and sum(map(int, reasons)) == 80, str(shown))
    checks.equal("and what the ledger brought",
                 {state: int(shown["to " + state]) for state in CHANGES}, CHANGES)
    checks.check("and nobody's name", not re.search("ann|cara|eve|gus", table))


def goes_on(checks, w):
    w.down(checks)
    w.say(hal="given", gus="withdrawn")
    w.put(20, ["hal"])
    w.put(20, ["gus", "eve"], silent=True)
    w.up()
    checks.equal("the next start goes on from its checkpoint", w.verdict(), "usable")
    ready = w.job.said("ledger_ready")[0]
    say(f"from its checkpoint in {ready['ms']} ms")
    checks.equal("a tombstone takes a subject away, two are new",
                 w.job.metric("lethe_ledger_rows"), 8)
    w.done()
    w.balance(checks, "what was said meanwhile counts")


def goes_again(checks, w):
    """Quarantined events, repaired, are decided by what people say now."""
    subprocess.run([kcat(), "-P", "-b", w.cluster.bootstrap, "-t", "raw"],
                   input=b"poison\nmore\n", check=True)
    w.done()
    job, key = w.job, w.job.scene.path("oncall.key")
    sealed = b"".join(
        m.value + b"\n" for m in read(w.cluster.bootstrap, "quarantine.out"))
    opened = subprocess.run(
        [job.scene.lethe, "quarantine", "open", "--key", key], input=sealed,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    lines = []
    for user, line in zip(("hal", "gus"), opened.stdout.splitlines(), strict=True):
        event = {"event": "seen", "user": user, "n": w.sent,
                 "at": int(time.time() * 1000) - 1000}
        (w.sending if user == "hal" else w.silent).add(w.sent)
        w.sent += 1
        value = base64.b64encode(json.dumps(event).encode()).decode()
        lines.append(json.dumps({**json.loads(line), "value": value}) + "\n")
    done = subprocess.run(
        [job.scene.lethe, "quarantine", "replay", "--config", job.config, "--key", key,
         "--input", "-"], input="".join(lines).encode(), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, check=False)
    checks.equal("a replay beside it ends with 0", done.returncode, 0)
    w.balance(checks, "a replay")
    for name in os.listdir(job.scene.path("ledger")):
        if "-replay" in name:
            os.remove(os.path.join(job.scene.path("ledger"), name))


def stays(checks, w):
    """A changed policy needs another ledger, or none of it."""
    job = w.job
    shorter = w.revise("shorter.yaml", revision_is_1="revision: 2",
                       max_lag_is_2s="max_lag: 3s")
    first = job.scene.path("first-policy.yaml")
    os.rename(job.policy, first)
    os.rename(shorter, job.policy)
    job.signal(signal.SIGHUP)
    line = wait("policy_refused", lambda: job.said("policy_refused"))[0]
    checks.check("another ledger is taken by a restart alone",
                 "only a restart" in line["why"], str(line))
    os.rename(first, job.policy)


def silence_in_a_rebalance(checks, w):
    other = copy.copy(w.job)
    other.child, other.log = None, w.job.log + ".other"
    try:
        w.say(hal="withdrawn")
        other.start("--set", "instance=ledger-1")
        time.sleep(DUE_S)
        for _ in range(6):
            w.put(20, ["hal"], silent=True)
            time.sleep(0.3)
        other.ready()
        w.put(20, ["hal"], silent=True)
        w.done()
        checks.equal("a second instance has a file of its own",
                     len([n for n in os.listdir(w.job.scene.path("ledger"))
                          if n.endswith(".ledger")]), 2)
        w.balance(checks, "a withdrawal in a rebalance counts")
        other.signal(signal.SIGTERM)
        checks.equal("the second instance stops with 0", other.ended(), 0)
        for name in os.listdir(w.job.scene.path("ledger")):
            if "ledger-1" in name:
                os.remove(os.path.join(w.job.scene.path("ledger"), name))
    finally:
        other.end()


def waits_for_brokers(checks, w):
    job = w.job
    w.say(ivy="given")
    # On a slow machine it may have been behind before.
    behind, current = len(job.said("ledger_behind")), len(job.said("ledger_current"))
    w.cluster.kill()
    wait("readiness goes", lambda: job.get("/readyz")[0] == 503)
    checks.check("and says that events wait", "events wait" in job.get("/readyz")[1])
    wait("ledger_behind", lambda: len(job.said("ledger_behind")) > behind)
    checks.equal("the log says so once", len(job.said("ledger_behind")), behind + 1)
    checks.equal("a metric, too", job.metric("lethe_ledger_behind"), 1)
    w.cluster.start()
    w.put(40, ["ivy"])
    w.put(40, ["hal"], silent=True)
    job.ready()
    wait("ledger_current", lambda: len(job.said("ledger_current")) > current)
    checks.check("it is current again by itself", True)
    w.done()
    w.balance(checks, "a broker that was away")
    checks.check("and it is the same process", job.child.poll() is None)


def hangs(w, name):
    """A transaction that is left open, in each partition."""
    hung = Producer(w.cluster.bootstrap, BOOK, **{
        "transactional.id": name, "message.timeout.ms": "20000"})
    hung.transact("init_transactions", ctypes.c_int(60000))
    hung.transact("begin_transaction")
    for n in range(64):
        hung.put(b"user:nobody-%d" % n, None)
    hung.flush()
    return hung


def waits_for_writers(checks, w, more):
    """A withdrawal behind transactions that nobody ends is not passed over."""
    job = w.job
    w.up(*more)
    w.say(jon="given")
    time.sleep(DUE_S)
    w.put(20, ["jon"])
    w.done()
    hung = [hangs(w, "hung-0"), hangs(w, "hung-1")]
    w.say(jon="withdrawn")
    line = wait("ledger_behind, for an open transaction", lambda: [
        line for line in job.said("ledger_behind") if "open_ms" in line])[-1]
    current = len(job.said("ledger_current"))
    checks.check("an open transaction that hides what is said is told",
                 "stays open" in line["why"] and line["open_ms"] > 2000, str(line))
    checks.check("with the tool that knows whose it is while its coordinator does, too",
                 "describe-producers" in line["do"], line["do"])
    checks.equal("and nothing is decided", job.get("/readyz")[0], 503)
    time.sleep(DUE_S)
    w.put(20, ["jon"], silent=True)
    hung[0].abort()
    time.sleep(2)
    checks.equal("nor while another hides it", len(job.said("ledger_current")), current)
    before = w.committed()
    w.down(checks)
    w.put(20, ["jon"], silent=True)
    w.up_behind(*more)
    wait("ledger_behind", lambda: job.said("ledger_behind"))
    checks.equal("nor behind a restart, which cannot tell for how long",
                 w.committed(), before)
    current = len(job.said("ledger_current"))
    hung[1].abort()
    for writer in hung:
        writer.close()
    wait("it is current again", lambda: len(job.said("ledger_current")) > current)
    w.done()
    w.balance(checks, "transactions that nobody ended")
    w.down(checks)


def hears_nothing(checks, w, beating):
    """Where nobody has ever written a heartbeat."""
    job, no = w.job, f"policy={beating}"
    checks.equal("a topic without heartbeats is told of, and is else good",
                 [row[0] for row in doctor(w, no)], ["ok", "ok", "warn"])
    _, what, do = doctor(w, no)[2]
    checks.check("and the command that writes them", "none is one" in what
                 and "4 of 4" in what and "`lethe consent heartbeat`" in do, f"{what}: {do}")
    job.start("--set", no)
    line = wait("ledger_behind", lambda: job.said("ledger_behind"))[0]
    checks.check("without one it is behind at once, and says so",
                 "has had none" in line["why"] and "partition" in line
                 and "`lethe consent heartbeat`" in line["do"], str(line))
    wait("the status line has it", lambda: [
        s for s in job.said("status") if s["ledger"] == "behind"])
    checks.equal("no lane decides", job.get("/readyz")[0], 503)
    checks.check("the page says so", "has had none" in job.get("/")[1])


def waits_for_heartbeats(checks, w):
    job = w.job
    job.signal(signal.SIGKILL)
    job.ended()
    beating = w.revise("beating.yaml", revision_is_1="revision: 2",
                       max_lag_is_2s="max_lag: 20s, heartbeat: 2s")
    seldom = w.revise("seldom.yaml", revision_is_1="revision: 2",
                      max_lag_is_2s="max_lag: 20s, heartbeat: 1h")
    hears_nothing(checks, w, beating)
    w.ready_beating()
    checks.equal("who is killed at work goes on from its file", w.verdict(), "usable")
    shown = families(job.get("/metrics")[1])
    rows = {name: row for name, row in table(job.scene.lethe).items()
            if name.startswith("lethe_ledger_")}
    rows.pop("lethe_ledger_load_left_seconds")  # the load is over
    checks.equal("every row of the table is shown, as it says",
                 {n: row for n, row in shown.items() if n in rows}, rows)
    wait("the lanes have all partitions", w.is_settled)
    rebalances = job.metric("lethe_rebalances_total")
    wait("readiness goes", lambda: job.get("/readyz")[0] == 503)
    last = wait("ledger_behind", lambda: [
        line for line in job.said("ledger_behind") if "heartbeat_ms_ago" in line])[-1]
    checks.check("heartbeats that stay away are told, and since when",
                 "last heartbeat" in last["why"] and last["heartbeat_ms_ago"] > 6000,
                 str(last))
    _, (result, what, _) = doctor(w, f"policy={beating}")[1:]
    checks.check("the doctor sees them stay away", result == "warn"
                 and "last heartbeat" in what and "4 of 4" in what, what)
    _, (result, what, _) = doctor(w, f"policy={seldom}")[1:]
    checks.check("and that they do for one who asks for few", result == "ok"
                 and "heartbeat" in what, what)
    checks.check("the page says how old the last one is",
                 "last heartbeat, ms ago" in job.get("/")[1])
    before = w.committed()
    w.put(40, ["ivy"])
    time.sleep(2)  # longer than a moment: partitions are paused
    checks.equal("no event is decided meanwhile", w.committed(), before)
    w.ready_beating()
    w.done()
    w.balance(checks, "heartbeats that were missing")
    checks.equal("and no member left the group",
                 job.metric("lethe_rebalances_total"), rebalances)
    w.down(checks)


def grow(checks, w, partitions):
    """Whoever writes heartbeats goes on, and writes them to a partition that came."""
    def last(partition):
        return max((m.offset for m in read(w.cluster.bootstrap, BOOK, partition)
                    if m.key == b"lethe:heartbeat"), default=-1)

    before = last(0)
    origin = spawn([w.job.scene.lethe, "consent", "heartbeat", "--every", "1s",
                    "--config", w.job.config], stderr=subprocess.DEVNULL)
    try:
        wait("a heartbeat", lambda: last(0) > before)
        with w.cluster.client() as c:
            c.grow_topic(BOOK, partitions)
        wait("a heartbeat in the partition that came", lambda: last(partitions - 1) >= 0)
        origin.send_signal(signal.SIGTERM)
        checks.equal("heartbeats reach a partition that came", origin.wait(), 0)
    finally:
        origin.kill()


def is_another_at_work(checks, w):
    """A topic that is made anew, and has got more records than were read by the time
    that it can be asked: what its first ones say is not passed over."""
    w.say(lea="given")
    time.sleep(DUE_S)
    w.put(20, ["lea"])
    w.done()
    with w.cluster.client() as c:
        c.delete_topic(BOOK)
    w.cluster.topic(BOOK, 5, COMPACTED)
    w.raw_records([(b"user:lea", record("withdrawn")), (b"user:ivy", record("withdrawn"))]
                  + [(b"user:y%d" % n, record("given")) for n in range(2000)])
    checks.equal("another topic under a lethe at work ends it", w.job.ended(), 4)
    w.put(20, ["lea"], silent=True)


def is_made_anew(checks, w):
    """A damaged file, other partitions, another topic of the same name."""
    with open(w.file(), "r+b") as f:  # a page may have older copies
        text = f.read()
        f.seek(0)
        f.write(text.replace(b"lethelgr", b"lethelg!"))
    plain = w.revise("plain.yaml", revision_is_1="revision: 3")
    more = ("--set", f"policy={plain}")
    w.up(*more)
    checks.equal("a damaged file is made anew", w.verdict(), "damaged")
    grow(checks, w, 5)
    checks.equal("partitions that change end the process", w.job.ended(), 4)
    checks.equal("for its supervisor", w.job.said()[-1]["status"], "ledger")
    w.put(20, ["ivy"])
    w.up(*more)
    checks.equal("and its next start makes the file anew", w.verdict(), "partitions")
    w.done()
    w.balance(checks, "partitions changed")
    w.down(checks)
    with w.cluster.client() as c:
        c.delete_topic(BOOK)
    w.cluster.topic(BOOK, 5, COMPACTED)
    for _ in range(20):
        w.say(**{f"x{n}": "given" for n in range(40)})
    w.say(jon="given")
    w.put(20, ["jon"])
    w.put(20, ["ivy"], silent=True)
    w.up(*more)
    checks.equal("a topic that was made anew is told by its last records",
                 w.verdict(), "topic")
    w.done()
    w.balance(checks, "another topic")
    is_another_at_work(checks, w)
    w.up(*more)
    checks.equal("its next start reads the topic that is there", w.verdict(), "topic")
    w.done()
    w.balance(checks, "another topic under a lethe at work")
    w.down(checks)
    return more


def gate(checks, w, more):
    """A load that is killed, and one that is waited for."""
    crowd = record("given")
    w.raw_records([(b"user:c%d" % n, crowd) for n in range(CROWD)])
    w.say(kim="given", jon="withdrawn")
    before = w.committed()
    w.put(20, ["kim", "c7"])
    w.put(20, ["jon"], silent=True)
    os.remove(w.file())
    job = w.job
    job.start(*more)
    end = time.monotonic() + WAIT_S
    while not job.said("ledger_anew") and time.monotonic() < end:
        pass  # without a pause: it may be quick
    w.cluster.pause(1)
    try:
        wait("readiness waits for the load",
             lambda: "reading the consent ledger" in job.get("/readyz")[1])
        job.signal(signal.SIGKILL)
        job.ended()
    finally:
        w.cluster.resume(1)
    checks.equal("it was killed while it read", job.said("ledger_loaded"), [])
    checks.equal("no lane had begun", job.said("lane_started"), [])
    checks.equal("and nothing was committed", w.committed(), before)
    w.up(*more)
    checks.equal("the next start reads from the beginning", w.verdict(), "absent")
    order = [line["event"] for line in job.said()
             if line["event"] in ("ledger_ready", "lane_started")]
    checks.equal("no lane begins before the ledger is read",
                 order, ["ledger_ready"] + ["lane_started"] * 2)
    loaded = job.said("ledger_loaded")[0]
    say(f"{loaded['records']} records in {loaded['ms']} ms")
    w.done()
    w.balance(checks, "a load that was killed")
    w.down(checks)


def run(args, directory):
    checks = Checks()
    with Cluster(directory + "/kafka", light=True) as cluster:
        job = Job(args.lethe, directory, cluster.bootstrap, POLICY, SETTINGS)
        w = World(job, cluster)
        try:
            is_refused(checks, w)
            goes_by_it(checks, w)
            goes_on(checks, w)
            goes_again(checks, w)
            stays(checks, w)
            silence_in_a_rebalance(checks, w)
            waits_for_brokers(checks, w)
            waits_for_heartbeats(checks, w)
            more = is_made_anew(checks, w)
            gate(checks, w, more)
            waits_for_writers(checks, w, more)
        finally:
            job.end()
    checks.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lethe", required=True)
    parser.add_argument("--keep", help="work there, and leave it there")
    in_folder(run, parser.parse_args(), "lethe-ledger-e2e-")


if __name__ == "__main__":
    main()
