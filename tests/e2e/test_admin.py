#!/usr/bin/env python3
"""What a running lethe shows of itself, and how it is steered, on a real broker.

* /metrics is read by Prometheus' own parser and linter; each name, type, label and help line
  is of the table that `lethe run --metrics` prints; what it counts is what came out
* /healthz, /readyz, the page for a person, and what else is asked for
* a changed policy is taken over by SIGHUP and by its file alone: on every lane at
  one instant, nothing lost or doubled, counters go on; one with mistakes, of an old
  revision or of other topics is refused, told and counted, and the old goes on
* a lane that stands still with input waiting is told, shown, and ends the process
* a key under a passphrase, both from programs: they are run before the sandbox closes, and
  once; a changed policy is taken over with the keys in memory

    tests/e2e/test_admin.py --lethe build/lethe [--keep DIR]
"""

import argparse
import collections
import ctypes
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time

import sandbox
from broker import Cluster, spawn
from checks import Checks, in_folder, say
from client import Producer, kcat, read
from job import Job, Stuck, wait

POLICY = """\
version: 1
name: seen
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
    asked: { format: flag, path: $.ok, yes: [true], effect: consent }
purposes:
  numbers:
    says: Count.
    basis: contract
    ticket: LEGAL-1
    on: [seen]
    topic: numbers.out
    recipients: [nobody]
    retention: 1d
    identity: none
  people:
    says: Count people who agree.
    basis: consent
    consent: { decides: asked, asks: { asked: yes } }
    topic: people.out
    recipients: [nobody]
    retention: 1d
    identity: [user]
    rotate: { every: 90d, overlap: 30d }
    expires: 2099-01-01
fields:
  - { path: $.n, as: n, for: [numbers, people], do: keep, type: integer, min: 0, max: 1000000, required: true, why: which event it was }
  - { path: $.word, as: word, for: [numbers], do: keep, type: string, max: 4, pattern: "[a-z]+", why: to have something that may not fit }
  - { do: token, class: user, as: who, for: [people], why: a token in the record }
  - { do: time, to: day, as: day, for: [numbers, people], why: a day is enough }
quarantine: { topic: quarantine.out, payload: sealed, retention: 7d }
"""

SETTINGS = """\
instance: admin-0
application: admin
start: earliest
lanes: 2
status.interval: 1s
policy.watch: 0s
stall.report: 5s
stall.stop: 15s
"""
STALL_S = 5
# A lane whose broker stands still: it has not committed what it has just read, and does
# not wait long for the broker when it ends.
STANDS = ("--set", "commit.interval=2s", "--set", "stop.timeout=5s")
RAW = "raw"
TOPICS = (RAW, "numbers.out", "people.out", "quarantine.out")


class World:
    def __init__(self, job, cluster):
        self.job, self.cluster, self.sent = job, cluster, 0

    def put(self, count, partition=None, **changed):
        """Events whose numbers go on from the last ones."""
        now = int(time.time() * 1000)
        lines = []
        for n in range(self.sent, self.sent + count):
            event = {"event": "seen", "user": f"u{n % 7}", "at": now, "n": n,
                     "ok": True, "word": "abc", **changed}
            lines.append(json.dumps(event))
        self.sent += count
        self.raw(lines, partition)

    def raw(self, lines, partition=None):
        where = [] if partition is None else ["-p", str(partition)]
        subprocess.run(
            [kcat(), "-P", "-b", self.cluster.bootstrap, "-t", RAW, *where],
            input="".join(line + "\n" for line in lines).encode(), check=True,
        )

    def done(self):
        def all_done():
            with self.cluster.client() as c:
                return c.committed("admin", RAW) == c.end_offsets(RAW)

        wait("everything is committed", all_done)

    def out(self, topic):
        return list(read(self.cluster.bootstrap, topic))

    def change(self, change):
        """The policy's file, rewritten."""
        with open(self.job.policy) as f:
            text = f.read()
        changed = change(text)
        assert changed != text
        # Whole at once: who looks at it by himself finds no half of it.
        with open(self.job.policy + ".changed", "w") as f:
            f.write(changed)
        os.rename(self.job.policy + ".changed", self.job.policy)


def revision(text, to):
    at = text.index("revision: ")
    return text[:at] + f"revision: {to}" + text[text.index("\n", at):]


# ---- what it shows


def table(lethe):
    """Name: (type, labels, help), as lethe prints it."""
    out = subprocess.run([lethe, "run", "--metrics"], stdout=subprocess.PIPE,
                         check=True, text=True).stdout
    rows = [line.split("\t") for line in out.splitlines()]
    return {
        name: (kind, set(filter(None, labels.split(","))), text)
        for name, kind, labels, text in rows
    }


HELP = re.compile(r"# HELP (\S+) (.*)")
TYPE = re.compile(r"# TYPE (\S+) (\S+)")
SAMPLE = re.compile(r"([a-z_]+)(?:\{(.*)\})? \S+")


def families(text):
    """Name: (type, labels, help), as a page shows them."""
    kinds, helps, labels = {}, {}, collections.defaultdict(set)
    for line in text.splitlines():
        if m := HELP.fullmatch(line):
            helps[m.group(1)] = m.group(2)
        elif m := TYPE.fullmatch(line):
            kinds[m.group(1)] = m.group(2)
        else:
            m = SAMPLE.fullmatch(line)
            name = m.group(1)
            if name not in kinds:
                name = re.sub("_(bucket|sum|count)$", "", name)
            labels[name] |= set(re.findall(r'(\w+)="', m.group(2) or "")) - {"le"}
    return {n: (kinds[n], labels[n], helps[n]) for n in kinds}


def promtool(text):
    """What Prometheus' own parser and linter say of a page."""
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=text, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )
    return done.returncode, done.stdout


def shows(checks, w):
    job = w.job
    job.start()
    job.ready()
    # By then the yield has its first sample, of before all events.
    wait("a status line", lambda: job.said("status"))
    w.put(60)
    w.put(10, ok=False)
    w.put(5, word="far too long")
    w.put(4, word=7)
    w.put(3, word="A")
    w.put(2, event="other")
    w.raw(["{broken"])
    w.done()
    # A lane counts after the broker's word, one counter after the other.
    for name, expected in COUNTS.items():
        checks.comes(name, lambda n=name: job.metric(n), expected)
    checks.equal("each event is counted", job.metric("lethe_events_total"), 85)
    status, text, headers = job.get("/metrics")
    checks.equal("/metrics answers in Prometheus' text format",
                 (status, headers["Content-Type"]),
                 (200, "text/plain; version=0.0.4; charset=utf-8"))
    checks.equal("Prometheus' own parser and linter take it", promtool(text), (0, ""))
    rows = table(job.scene.lethe)
    of_yield = rows.pop("lethe_yield")  # needs a sample ten seconds old
    rows.pop("lethe_clock_skew_seconds")  # clock.topic is not stated
    rows.pop("lethe_ring_next_instant_seconds")  # no instant is stated
    rows.pop("lethe_policy_next_instant_seconds")  # no policy waits
    for name in [n for n in rows if n.startswith("lethe_ledger_")]:
        rows.pop(name)  # this policy has none: test_ledger.py
    for name in ("lethe_forgets_total", "lethe_objections_total"):
        rows.pop(name)  # nor does it ask for these: test_forget.py
    shown = families(text)
    shown.pop("lethe_yield", None)
    checks.equal("every row of the table is shown, as it says", shown, rows)
    due = job.metric('lethe_rotation_due_seconds{purpose="people"}') / 86400
    checks.check("the keys are due for a rotation in 90 days", 89.9 < due <= 90, str(due))
    # What a lane is doing is looked at once a second.
    wait("as many transactions are observed as counted",
         lambda: job.metric('lethe_transactions_total{result="committed"}')
         == job.metric("lethe_transaction_seconds_count") > 0)
    others(checks, job)
    page = wait("the yield", lambda: "lethe_yield{" in (p := job.get("/metrics")[1]) and p)
    checks.equal("as the table says", families(page)["lethe_yield"], of_yield)
    w.put(10, ok=False)
    w.done()
    wait("the yield sinks to 72 records of 92 events",
         lambda: abs(job.metric('lethe_yield{purpose="people"}') - 72 / 92) < 1e-6)
    checks.equal("the yield of the other purpose stays",
                 job.metric('lethe_yield{purpose="numbers"}'), 1)


COUNTS = {
    'lethe_records_total{purpose="numbers"}': 82,
    'lethe_records_total{purpose="people"}': 72,
    'lethe_dropped_total{purpose="people",reason="no_consent"}': 0,
    'lethe_dropped_total{purpose="people",reason="refused"}': 10,
    'lethe_events_dropped_total{reason="no_event"}': 2,
    'lethe_quarantined_total{reason="json_syntax"}': 1,
    'lethe_field_values_total{purpose="numbers",field="n",did="kept"}': 82,
    'lethe_field_values_total{purpose="numbers",field="word",did="kept"}': 70,
    'lethe_field_values_total{purpose="people",field="who",did="tokenised"}': 72,
    'lethe_field_values_total{purpose="people",field="day",did="changed"}': 72,
    'lethe_field_misfits_total{purpose="numbers",field="word",reason="range"}': 5,
    'lethe_field_misfits_total{purpose="numbers",field="word",reason="type"}': 4,
    'lethe_field_misfits_total{purpose="numbers",field="word",reason="form"}': 3,
    'lethe_epoch{purpose="people"}': 1,
    "lethe_lanes": 2,
    'lethe_purpose_expires_timestamp_seconds{purpose="people"}': 4070908800,
}

def others(checks, job):
    checks.equal("/healthz", job.get("/healthz")[:2], (200, "ok\n"))
    checks.equal("/readyz", job.get("/readyz")[:2], (200, "ok\n"))
    status, text, headers = job.get("/")
    checks.check("/ is a page for a person, which loads nothing from elsewhere",
                 status == 200 and "<h1>seen</h1>" in text and "people" in text
                 and "default-src 'none'" in headers["Content-Security-Policy"])
    checks.equal("another path", job.get("/metricz")[0], 404)
    status, _, headers = job.get("/metrics", "POST")
    checks.equal("another method", (status, headers["Allow"]), (405, "GET, HEAD"))
    host, port = job.address().rsplit(":", 1)
    with socket.create_connection((host, int(port))) as s:
        s.sendall(b"\x00\xff nothing of HTTP\r\n\r\n")
    checks.equal("and what is no HTTP hurts nobody", job.get("/healthz")[0], 200)
    slow = [socket.create_connection((host, int(port))) for _ in range(40)]
    for s in slow:
        s.sendall(b"GET / HTTP/1.1\r\nHost: lethe\r\n")
    checks.equal("nor do forty that do not end their question", job.get("/healthz")[0], 200)
    for s in slow:
        s.close()


# ---- a changed policy


def labels(messages):
    return collections.Counter(
        dict(h.split("=", 1) for h in m.headers.split(","))["lethe-policy"].split("-")[0]
        for m in messages
    )


def takes_over(checks, w):
    job = w.job
    before = w.sent
    w.change(lambda t: revision(t, 2).replace("max: 4,", "max: 40,"))
    job.signal(signal.SIGHUP)
    line = wait("policy_applied", lambda: job.said("policy_applied"))[0]
    # Its lines come behind it, and then it is counted.
    checks.comes("it is counted", lambda: job.metric(
        'lethe_policy_reloads_total{result="applied"}'), 1)
    shown = [(x["change"], "max: 4" in x["text"]) for x in job.said("policy_line")]
    checks.equal("the difference is shown, line by line",
                 shown, [("gone", False), ("new", False), ("gone", True), ("new", True)])
    checks.equal("from which to which", (line["was"][:2], line["is"][:2]), ("1-", "2-"))
    wait("the instant", lambda: time.time() * 1000 > line["from_ms"] + 200)
    w.put(40, word="eightish")
    w.done()
    numbers = w.out("numbers.out")
    checks.equal("what came later is by the new one, on every partition",
                 labels(m for m in numbers if json.loads(m.value)["n"] >= before),
                 {"2": 40})
    checks.check("and what no longer fitted does",
                 all("word" in json.loads(m.value) for m in numbers
                     if json.loads(m.value)["n"] >= before))
    name = 'lethe_field_misfits_total{purpose="numbers",field="word",reason="range"}'
    checks.equal("counters go on over it", job.metric(name), 5)


def under_load(checks, w):
    """While events flow the file alone is enough, and one instant parts them."""
    job = w.job
    first = w.sent
    w.put(50)
    w.done()
    w.change(lambda t: revision(t, 3))
    job.signal(signal.SIGHUP)
    wait("the change", lambda: len(job.said("policy_applied")) == 2)
    at_ms = job.said("policy_applied")[1]["from_ms"]
    over = False
    while not over:
        over = time.time() * 1000 > at_ms + 1500
        w.put(50)
    w.done()
    found = [m for m in w.out("numbers.out") if json.loads(m.value)["n"] >= first]
    counts = labels(found)
    checks.check("records of both are there", counts["2"] and counts["3"], str(counts))
    checks.equal("each event once",
                 collections.Counter(json.loads(m.value)["n"] for m in found),
                 collections.Counter(range(first, w.sent)))
    say(f"{dict(counts)} records under each")


REFUSED = (
    ("one with a mistake", "policy_mistake",
     lambda t: revision(t, 9).replace("do: time,", "do: tyme,")),
    ("one whose revision stays", "raise `revision`",
     lambda t: t.replace("why: a day", "why: one day")),
    ("one of another topic", "only a restart",
     lambda t: revision(t, 9).replace("people.out", "people.new")),
    ("one with another input", "only a restart",
     lambda t: revision(t, 9).replace("topics: [raw]", "topics: [raw, raw2]")),
)


def refuses(checks, w):
    job = w.job
    with open(job.policy) as f:
        good = f.read()
    for i, (what, says, change) in enumerate(REFUSED):
        w.change(change)
        job.signal(signal.SIGHUP)
        wait(what, lambda: len(job.said("policy_refused")) == i + 1)
        with open(job.log) as f:
            told = f.read()
        checks.check(f"{what} is refused, and why is told", says in told)
        with open(job.policy, "w") as f:
            f.write(good)
    aside = job.policy + ".aside"
    for make, remove in ((os.mkfifo, os.unlink), (os.mkdir, os.rmdir)):
        count = len(job.said("policy_refused"))
        os.rename(job.policy, aside)
        make(job.policy)
        job.signal(signal.SIGHUP)
        told = wait(make.__name__, lambda: job.said("policy_refused")[count:])
        checks.check(f"what {make.__name__} made is refused, and waited for by nobody",
                     "is no regular file" in told[0]["why"], str(told))
        checks.equal("while it is there, a gauge says so",
                     job.metric("lethe_policy_refused"), 1)
        remove(job.policy)
        os.rename(aside, job.policy)
    checks.equal("refusals are counted",
                 job.metric('lethe_policy_reloads_total{result="refused"}'),
                 len(REFUSED) + 2)
    job.signal(signal.SIGHUP)
    wait("policy_unchanged", lambda: job.said("policy_unchanged"))
    checks.comes("with the file back, the gauge is down",
                 lambda: job.metric("lethe_policy_refused"), 0)
    before = w.sent
    w.put(10)
    w.done()
    checks.equal("and the one in force goes on",
                 labels(m for m in w.out("numbers.out")
                        if json.loads(m.value)["n"] >= before), {"3": 10})


def watches(checks, w):
    """A job that looks at the file by itself."""
    job = w.job
    job.start("--set", "policy.watch=1s", *STANDS)
    job.ready()
    w.change(lambda t: revision(t, 4))
    wait("the file is looked at", lambda: job.said("policy_applied"))
    checks.check("a changed file is enough", True)
    with open(job.policy) as f:
        text = revision(f.read(), 5)
    with open(os.open(job.policy + ".new", os.O_CREAT | os.O_WRONLY, 0), "w") as f:
        f.write(text)
    os.rename(job.policy + ".new", job.policy)
    wait("a file that may not be read is refused", lambda: job.said("policy_refused"))
    os.chmod(job.policy, 0o644)
    wait("it is looked at again once it may be read",
         lambda: len(job.said("policy_applied")) == 2)
    checks.check("and a changed mode is", True)
    w.change(lambda t: revision(t, 6).replace("retention: 1d", "retention: 12h", 1))
    line = wait("retention_lowered", lambda: job.said("retention_lowered"))[0]
    checks.check("a retention that is lowered at work, which a start would refuse, is told",
                 (line["was_ms"], line["is_ms"]) == (86400000, 43200000), str(line))
    job.call("topics", "apply", "--yes")


# ---- a lane that stands


def pause_with_input(w, what, shown, tries=5):
    """Until the lane stands with events; it may have done them before the broker
    stood still, which is no stall."""
    for _ in range(tries):
        w.put(20)
        w.cluster.pause(1)
        try:
            wait(what, shown, 30)
            return
        except Stuck:
            w.cluster.resume(1)
            w.done()
    raise Stuck(f"no stall after {tries} pauses")


def open_transaction(checks, w):
    """A producer that keeps its transaction open: the log grows, and nobody may read it."""
    job = w.job
    other = Producer(w.cluster.bootstrap, RAW, **{
        "transactional.id": "other", "message.timeout.ms": "20000"})
    other.transact("init_transactions", ctypes.c_int(60000))
    other.transact("begin_transaction")
    for partition in range(4):
        other.put(b"k", b"{}", partition)
    other.lib.rd_kafka_flush(other.client, 60000)

    def behind():
        return sum(job.metric(f'lethe_lag_messages{{lane="{n}"}}') for n in range(2))

    wait("what cannot be read yet shows as lag", lambda: behind() == 4)
    time.sleep(STALL_S + 2)
    checks.equal("a transaction that a producer keeps open is no stall",
                 (job.get("/healthz")[:2], len(job.said("lane_stalled"))),
                 ((200, "ok\n"), 0))
    other.abort()
    other.close()
    for partition in range(4):
        w.put(2, partition)
    w.done()


def stops_first(checks, w):
    """`stall.stop` acts where it is shorter than `stall.report`, too."""
    job = w.job
    job.start("--set", "stall.report=10m", "--set", f"stall.stop={STALL_S}s", *STANDS)
    job.ready()
    w.done()
    try:
        pause_with_input(w, "its end", lambda: job.child.poll() is not None)
        checks.equal("stall.stop ends a process that has not told of a stall",
                     (job.ended(), job.said("lane_stalled")), (4, []))
    finally:
        w.cluster.resume(1)


def stalls(checks, w):
    job = w.job
    checks.equal("idle is no stall", job.get("/healthz")[0], 200)
    w.put(20)
    w.done()
    try:
        # Both: a process that stood still itself tells of a stall that is over.
        pause_with_input(w, "lane_stalled", lambda: job.said("lane_stalled")
                         and job.get("/healthz")[0] == 503)
        checks.check("a lane that stands makes /healthz fail", True)
        checks.equal("and ends the process after stall.stop", job.ended(), 4)
    finally:
        w.cluster.resume(1)
    last = job.said("stopping")[-1]
    checks.check("and why is told", "stall.stop" in last["why"], str(last))
    job.start()
    job.ready()
    w.done()
    numbers = collections.Counter(
        json.loads(m.value)["n"] for m in w.out("numbers.out"))
    checks.equal("after its next start each event is there once",
                 {n: c for n, c in numbers.items() if c != 1}, {})
    job.signal(signal.SIGTERM)
    checks.equal("it stops with 0", job.ended(), 0)


def never_taken(checks, w):
    """What a broker refuses however often it is asked."""
    for name, limit in (("session.timeout.ms", "group.max.session.timeout.ms"),
                        ("transaction.timeout.ms", "transaction.max.timeout.ms")):
        w.job.start("--set", f"kafka.{name}=3600000",
                    "--set", "kafka.max.poll.interval.ms=3600000")
        checks.equal(f"{name} above the brokers' limit ends run with 3", w.job.ended(), 3)
        last = w.job.said()[-1]
        checks.check("and the last line names it and the limit",
                     f"kafka.{name}" in last["why"] and limit in last["why"]
                     and "setting" in last["do"], str(last))


def another_assignor(checks, w):
    """A member that shares partitions out in another way than the others."""
    job, log = w.job, w.job.scene.path("other.log")
    job.start()
    job.ready()
    with open(log, "wb") as f:
        other = spawn([job.scene.lethe, "run", "--config", job.config, "--set", "instance=other",
                       "--set", "kafka.partition.assignment.strategy=roundrobin"],
                      stdout=f, stderr=f)
    try:
        def line():
            with open(log) as f:
                return [t for t in f if "INCONSISTENT_GROUP_PROTOCOL" in t
                        and t.endswith("\n")]

        said = wait("the broker refuses it", line)[0]
        checks.check("what it may do is told",
                     "kafka.partition.assignment.strategy" in json.loads(said)["do"], said)
    finally:
        other.kill()
        other.wait()
    job.signal(signal.SIGTERM)
    checks.equal("the first stops with 0", job.ended(), 0)


def taken(checks, w):
    with socket.create_server(("127.0.0.1", 0)) as s:
        address = f"127.0.0.1:{s.getsockname()[1]}"
        w.job.start("--set", f"http.listen={address}")
        checks.equal("an address that is taken ends run with 4", w.job.ended(), 4)
    last = w.job.said()[-1]
    checks.check("and the last line names it and a way out",
                 address in last["why"] and "http.listen" in last["do"], str(last))
    w.job.start("--set", "http.listen=off")
    wait("lanes", lambda: len(w.job.said("lane_started")) == 2)
    checks.equal("off: nothing listens", w.job.said("http_listening"), [])
    w.job.signal(signal.SIGTERM)
    checks.equal("it stops with 0", w.job.ended(), 0)


def tokens_of_people(w):
    return {m.key for m in w.out("people.out")}


def keys_of_programs(checks, w):
    job, scene = w.job, w.job.scene
    before = tokens_of_people(w)
    files = scene.path("locked.key"), scene.path("words")
    with open(os.open(files[1], os.O_WRONLY | os.O_CREAT, 0o600), "w") as f:
        f.write("four words of mine\n")
    shutil.copy(scene.path("secret.key"), files[0])
    scene.call("keys", "protect", "--secret", files[0], "--passphrase", files[1])
    job.start("--set", f"secret=command:/bin/cat {files[0]}",
              "--set", f"secret.passphrase=command:/bin/cat {files[1]}")
    job.ready()
    sandbox.check(checks, job.child.pid)
    for path in files:
        os.unlink(path)
    w.change(lambda t: revision(t, 7))
    job.signal(signal.SIGHUP)
    wait("the policy is taken over", lambda: job.said("policy_applied"))
    w.put(20)
    w.done()
    checks.check("the same people have the same tokens",
                 len(before) > 5 and tokens_of_people(w) == before)
    job.signal(signal.SIGTERM)
    checks.equal("it stops with 0", job.ended(), 0)


def keys_that_stay(checks, w):
    """The keys of a purpose that the policy has no more."""
    job, scene = w.job, w.job.scene
    w.change(lambda t: re.sub(r"\bpeople\b(?!\.out)", "folk", revision(t, 8)))
    scene.call("keys", "add", "--policy", job.policy, "--ring", scene.path("ring.lethe"))
    job.start()
    job.ready()
    text = job.get("/")[1]
    checks.check("keys of a purpose that the policy has no more are told as such",
                 "<td>people (not in the policy)</td>" in text
                 and "<td>folk</td>" in text, text)
    job.signal(signal.SIGTERM)
    checks.equal("it stops with 0", job.ended(), 0)


def run(args, directory):
    checks = Checks()
    with Cluster(directory + "/kafka") as cluster:
        for topic in TOPICS:
            cluster.topic(topic, 4, {"retention.ms": 86400000})
        job = Job(args.lethe, directory, cluster.bootstrap, POLICY, SETTINGS)
        w = World(job, cluster)
        try:
            shows(checks, w)
            takes_over(checks, w)
            under_load(checks, w)
            refuses(checks, w)
            job.signal(signal.SIGTERM)
            checks.equal("it stops with 0", job.ended(), 0)
            watches(checks, w)
            open_transaction(checks, w)
            stalls(checks, w)
            stops_first(checks, w)
            taken(checks, w)
            never_taken(checks, w)
            another_assignor(checks, w)
            keys_of_programs(checks, w)
            keys_that_stay(checks, w)
        finally:
            job.end()
    checks.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lethe", required=True)
    parser.add_argument("--keep", help="work there, and leave it there")
    in_folder(run, parser.parse_args(), "lethe-admin-")


if __name__ == "__main__":
    main()
