#!/usr/bin/env python3
"""Keys of a purpose rotated under load: a ring of two of three signers, a real broker,
two processes of two lanes each.  Not one of them is restarted.

* a rotation with overlap: each record is of one epoch; the new one begins at the stated
  instant on all four lanes, by the broker's time and by the order of the logs; in the
  overlap `subject_was`, `id_was`, `session_was` are the tokens of the epoch before, and
  a `rekey` record tells of each person on the old partition; afterwards neither
* a ring rolled back, and one that one of three has signed, are refused and counted
* an emergency, swapped in as a link: no overlap, the old key is marked
* the first epoch destroyed, the one that was out retired: the stream goes on, nobody
  opens the first any more and no process the other; a key is wiped ten seconds after
  its overlap, and found in no memory then
* both processes say over the network which keys they hold; a forecast says whom an
  overlap would carry
* what docs/rotation.md tells consumers to do carries these people over
* each event stands there exactly once, byte for byte as model.py has it

What the keys are is read from the ring files by ring.py, not by lethe.

    tests/e2e/test_rotation.py --lethe build/lethe [--keep DIR]
"""

import argparse
import collections
import ctypes
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import threading
import time

import model
from broker import Cluster
from checks import Checks, in_folder, say
from client import Producer, read
from job import Job, wait
from ring import Ring, kdf
from scene import HERE
from test_reload import instance, lines_of, shown_epochs, word_of
from topics import events_of

RAW, QUARANTINE, GROUP = "events.raw", "events.quarantine", "rotation"
PURPOSE, TOPIC = "recommendations", "rec.events"
PARTITIONS = {
    RAW: 4, QUARANTINE: 2, TOPIC: 4, "analytics.events": 4, "count.events": 4,
}
SETTINGS = f"""\
group: {GROUP}
application: rotation
instance: rotation-0
start: earliest
lanes: 2
policy.watch: 1s
ring.trust: ring.trust
commit.interval: 100ms
"""
RATE, EVENTS = 200, 60000  # for five minutes
LEAD_S, OVERLAP_S = 18, 18
# Of broker and processes, which share a clock here: lethe reads the coarse one, which
# goes by the kernel's ticks, and the broker's stamps are whole milliseconds.
SKEW_MS = 50
SIGNERS = ("ana", "bo", "cy")


class Feed(threading.Thread):
    """A steady flow of events, until it is told to stop."""

    def __init__(self, bootstrap, events, topic=RAW):
        super().__init__(daemon=True)
        self.bootstrap, self.events, self.topic = bootstrap, events, topic
        self.over, self.error, self.count = threading.Event(), None, 0

    def run(self):
        try:
            producer = Producer(self.bootstrap, self.topic)
            began = time.monotonic()
            for i, (key, value) in enumerate(self.events):
                if self.over.is_set():
                    break
                producer.put(key, value)
                if i % 10 == 0:
                    time.sleep(max(0, began + i / RATE - time.monotonic()))
            self.count = producer.count
            producer.close()
        except Exception as e:  # told by the main thread
            self.error = e

    def end(self):
        self.over.set()
        self.join()
        if self.error:
            raise self.error


# ---- what the security team does, by lethe's own command line


class Desk:
    """A ring, its three signers, and the recipient that is kept off line."""

    def __init__(self, scene):
        self.scene, self.ring, self.kept = scene, "ring.lethe", 0
        self.lethe("pair", "--secret", self.path("vault.key"))
        self.keys("recipient", "add", "--role", "erasure", "--public",
                  self.path("vault.pub"), "--secret", self.path("secret.key"))
        for who in SIGNERS:
            self.lethe("pair", "--secret", self.path(who + ".key"), "--for", "signer")
        named = [w for who in SIGNERS for w in ("--public", self.path(who + ".pub"))]
        self.keys("signers", *named, "--threshold", "2")
        self.approved("ana", "cy")
        self.lethe("trust", *named, "--threshold", "2", "--out", self.path("ring.trust"))

    def path(self, name):
        return self.scene.path(name)

    def lethe(self, *words):
        return self.scene.call("keys", *words).decode()

    def keys(self, *words):
        return self.lethe(*words, "--ring", self.path(self.ring))

    def approve(self, *who):
        for name in who:
            self.keys("approve", "--key", self.path(name + ".key"))

    def approved(self, *who):
        self.approve(*who)
        self.keys("activate")

    def keep(self):
        """A copy of the ring as it is now; its path."""
        self.kept += 1
        shutil.copy(self.path(self.ring), self.path(f"kept{self.kept}.ring"))
        return self.path(f"kept{self.kept}.ring")

    def epochs(self, purpose=PURPOSE):
        """{number: {"active": ms, …}} of a purpose, in order."""
        rows = lines_of(self.path(self.ring))
        domain = next(r[1] for r in rows if r[0] == "domain" and r[2] == purpose)
        return {
            int(r[1]): {r[i]: int(r[i + 1]) for i in range(4, 12, 2)}
            for r in rows if r[0] == "epoch" and r[3] == domain
        }


def place(desk, source, name="ring.lethe"):
    """Brings a file to where the instances look, by a rename."""
    shutil.copy(source, desk.path("coming"))
    os.rename(desk.path("coming"), desk.path(name))


def swap(desk, source, turn):
    """As the kubelet does: the ring is a link now, and another link takes its place."""
    os.mkdir(desk.path(turn))
    shutil.copy(source, desk.path(turn + "/ring.lethe"))
    os.symlink(turn + "/ring.lethe", desk.path("coming"))
    os.rename(desk.path("coming"), desk.path("ring.lethe"))


# ---- the story


class World:
    def __init__(self, cluster, jobs, desk):
        self.cluster, self.jobs, self.desk = cluster, jobs, desk
        self.rings = {}  # epoch: Ring while it is the active one
        self.first, self.second, self.third = 0, 0, 0

    def all_said(self, event, count):
        wait(f"{event} of both", lambda: all(
            len(job.said(event)) >= count for job in self.jobs))

    def taken(self, version):
        """When each of four lanes had a version, in ms."""
        wait(f"version {version} on both", lambda: all(
            line and line[-1]["is"] == version
            for line in (job.said("ring_applied") for job in self.jobs)))
        at = []
        for job in self.jobs:
            from_ms = job.said("ring_applied")[-1]["from_ms"]
            of_it = lambda j=job, f=from_ms: [  # noqa: E731
                line for line in j.said("view_taken") if line["from_ms"] == f]
            wait("every lane takes it", lambda f=of_it: len(f()) == 2)
            at += [line["from_ms"] + line["late_ms"] for line in of_it()]
        return at

    def flows(self, seconds=1):
        """Until events that came after now are through."""
        time.sleep(seconds)
        with self.cluster.client() as c:
            ends = c.end_offsets(RAW)
        self.reach(ends)

    def reach(self, ends):
        def there():
            with self.cluster.client() as c:
                done = c.committed(GROUP, RAW)
            return all(done.get(p, -1) >= end for p, end in ends.items())

        wait("what was sent is committed", there)

    def back(self, ring, count):
        """The right file again, which the instances say they know."""
        place(self.desk, ring)
        for job in self.jobs:
            job.signal(signal.SIGHUP)
        self.all_said("ring_unchanged", count)

    def until(self, ms):
        wait("an instant", lambda: time.time() * 1000 > ms)

    def take_keys(self, path):
        ring = Ring(path, self.desk.path("secret.key"))
        for number in self.desk.epochs():
            if number in ring.held:
                self.rings.setdefault(number, ring.at(number))


def rotates(checks, w):
    desk = w.desk
    w.first = max(desk.epochs())
    w.flows()
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + LEAD_S))
    desk.keys("propose", "--purpose", PURPOSE, "--at", at, "--overlap", f"{OVERLAP_S}s")
    desk.approved("bo", "cy")
    w.second = max(desk.epochs())
    w.instant = desk.epochs()[w.second]["active"]
    w.overlap_end = desk.epochs()[w.first]["retire"]
    w.take_keys(desk.path("ring.lethe"))
    taken = w.taken(int(word_of(desk.path("ring.lethe"), "version")))
    checks.check("all four lanes have the new ring before its instant",
                 len(taken) == 4 and max(taken) < w.instant,
                 str([t - w.instant for t in taken]))
    w.until(w.instant)
    shows(checks, w, "in the overlap", {w.first: "overlap", w.second: "active"})


def shows(checks, w, what, wanted):
    """What each process says of the purpose's epochs whose keys it holds; those that
    make no tokens any more are held ten seconds longer."""
    for job in w.jobs:
        checks.equal(f"a process {what} says which keys it holds", {
            number: state for number, (purpose, _, state) in shown_epochs(job).items()
            if purpose == PURPOSE and state != "erase-only"}, wanted)


def in_memory(pid, needles):
    """Which of some keys stand anywhere in a process's own memory."""
    found = set()
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, \
            open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            at, rights, _, _, node, *name = line.split()
            if node != "0" or name[:1] in (["[vvar]"], ["[vsyscall]"], ["[vvar_vclock]"]):
                continue
            begin, end = (int(part, 16) for part in at.split("-"))
            try:
                mem.seek(begin)
                content = mem.read(end - begin)
            except OSError:
                continue  # guard pages, and what was given back meanwhile
            found |= {name for name, key in needles.items() if key in content}
    return found


def keys_of(w, number):
    """An epoch's key, and what the lanes derive of it for a class."""
    ring = w.rings[number]
    domain, key = ring.held[number]
    of_domain = kdf(32, domain, "tokdomn1", key)
    return {"epoch": key, "class": kdf(32, ring.classes["user"], "tokclas1", of_domain)}


def held_in_memory(w, number):
    return [in_memory(job.child.pid, keys_of(w, number)) for job in w.jobs]


def wipes(checks, w):
    """The overlap is over: nobody changed the ring, and the key is gone."""
    w.all_said("keys_wiped", 1)
    wait("no memory holds the key of an overlap that is over, nor what was derived",
         lambda: held_in_memory(w, w.first) == [set()] * 2)
    checks.equal("the active ones are there as before",
                 held_in_memory(w, w.second), [{"epoch", "class"}] * 2)
    checks.equal("no process holds the key of an overlap that is over", [
        w.first in shown_epochs(job) for job in w.jobs], [False, False])
    due = subprocess.run(
        [w.desk.scene.lethe, "keys", "due", "--ring", w.desk.path("ring.lethe"),
         "--policy", w.desk.path("policy.yaml")],
        stdout=subprocess.PIPE, check=False)
    checks.check("keys due asks for it to be taken from the ring",
                 due.returncode == 1 and
                 f"keys retire --epoch {w.first} --" in due.stdout.decode(), due.stdout)


def refused(checks, w, count, what, says):
    w.all_said("ring_refused", count)
    for job in w.jobs:
        line = job.said("ring_refused")[-1]
        checks.check(f"{what} is refused, and why is told", says in line["why"], str(line))
        checks.equal("and counted",
                     job.metric('lethe_ring_reloads_total{result="refused"}'), count)


def refuses(checks, w, before):
    """In the middle of the overlap, which must not notice it."""
    desk = w.desk
    now = desk.keep()
    place(desk, before)
    refused(checks, w, 1, "a ring that goes back", "it is older")
    w.back(now, 1)
    desk.keys("emergency", "--purpose", "analytics")
    desk.approve("ana")
    lacks = subprocess.run(
        [desk.scene.lethe, "keys", "activate", "--ring", desk.path("ring.lethe")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    checks.check("one signature of three does not activate",
                 lacks.returncode != 0, str(lacks.returncode))
    place(desk, desk.path("ring.lethe.next"))
    refused(checks, w, 2, "a ring that one of three signed", "1 of the 2 signatures")
    os.remove(desk.path("ring.lethe.next"))
    w.back(now, 2)


def emergency(checks, w):
    """On a copy beside, which comes to the instances as a link that is swapped."""
    desk = w.desk
    checks.equal("the keys of the epoch before are in the memory of both processes",
                 held_in_memory(w, w.first), [{"epoch", "class"}] * 2)
    w.until(w.overlap_end)
    wipes(checks, w)
    w.flows(2)
    shutil.copy(desk.path("ring.lethe"), desk.path("desk.lethe"))
    desk.ring = "desk.lethe"
    desk.keys("emergency", "--purpose", PURPOSE)
    desk.approved("ana", "bo")
    w.third = max(desk.epochs())
    w.take_keys(desk.path("desk.lethe"))
    began = time.time() * 1000
    swap(desk, desk.path("desk.lethe"), "turn1")
    w.taken_emergency = w.taken(int(word_of(desk.path("desk.lethe"), "version")))
    checks.check("a link that is swapped brings the emergency's key to four lanes",
                 len(w.taken_emergency) == 4)
    say(f"an emergency is on all lanes {max(w.taken_emergency) - began:.0f} ms after its "
        f"ring, spread {max(w.taken_emergency) - min(w.taken_emergency)} ms")
    shown = re.findall(r"^ +(\d+)  recommendations\n.*\n.* compromised \S+$",
                       desk.keys("show"), re.M)
    checks.equal("keys show marks the old key alone", shown, [str(w.second)])
    marks = [line[1] for line in lines_of(desk.path("desk.lethe"))
             if line[0] == "compromised"]
    checks.equal("and the ring names it alone", marks, [str(w.second)])
    shows(checks, w, "after the emergency", {w.third: "active"})
    w.flows(2)


def destroys(checks, w):
    desk = w.desk
    with open(desk.path("policy.yaml"), encoding="utf-8") as f:
        policy = f.read()
    with open(desk.path("early.yaml"), "w", encoding="utf-8") as f:
        f.write(policy.replace(
            f"  {PURPOSE}:\n", f"  {PURPOSE}:\n    destroy_early: rehearsal\n", 1))
    desk.keys("destroy", "--epoch", str(w.first), "--policy", desk.path("early.yaml"),
              "--early")
    desk.keys("retire", "--epoch", str(w.second))
    desk.approved("bo", "cy")
    swap(desk, desk.path("desk.lethe"), "turn2")
    w.taken(int(word_of(desk.path("desk.lethe"), "version")))
    shows(checks, w, "after a destroyed and a retired key", {w.third: "active"})
    w.flows(2)
    checks.equal("no sealed copy of the destroyed key is in the ring", [
        line[:3] for line in lines_of(desk.path("desk.lethe"))
        if line[0] == "key" and line[1] == str(w.first)], [])
    held = Ring(desk.path("desk.lethe"), desk.path("vault.key"), "erasure").held
    checks.check("the recipient off line opens the others and not that one",
                 w.first not in held and {w.second, w.third} <= set(held), str(set(held)))


def fleet(checks, w):
    """Both instances, asked over the network; and an instant too near for them."""
    urls = ["http://" + job.address() for job in w.jobs]
    done = subprocess.run([w.desk.scene.lethe, "keys", "status", "--json", *urls],
                          stdout=subprocess.PIPE, check=False)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    checks.equal("keys status finds the same keys in both", (
        done.returncode, [(row["is"], row["instance"], row["learns_ms"]) for row in rows]),
        (0, [("same", "rotation-0", 2000), ("same", "rotation-1", 2000)]))
    version = int(word_of(w.desk.path("desk.lethe"), "version"))
    checks.equal("and of the newest version", [r["version"] for r in rows], [version] * 2)


# ---- a forecast, of a topic whose records are of many days

DAY_MS = 86400000
SEEN = {  # person: the days on which each of a hundred was seen
    "daily": range(0, 90), "weekly": range(3, 90, 7), "gone": range(40, 90),
    "new": range(0, 5), "monthly": (20, 50, 80),
}


def put_at(producer, topic, key, ms, headers):
    """With a time and headers, by the library's call of many arguments."""
    number, size, text = ctypes.c_int, ctypes.c_size_t, ctypes.c_char_p
    args = [number(1), text(topic.encode()), number(4), text(b"{}"), size(2),
            number(5), text(key), size(len(key)), number(7), number(Producer.COPY),
            number(8), ctypes.c_int64(ms)]
    for name, value in headers.items():
        args += [number(9), text(name.encode()), text(value.encode()), size(len(value))]
    while producer.lib.rd_kafka_producev(producer.client, *args, number(0)):
        producer.lib.rd_kafka_poll(producer.client, 20)


def fill(w, topic):
    w.cluster.topic(topic, 3)
    producer, now = Producer(w.cluster.bootstrap, topic), int(time.time() * 1000)
    event = {"lethe-kind": "event", "lethe-epoch": str(w.third)}
    for kind, days in SEEN.items():
        for person in range(100):
            key = f"u{w.third}_{kind}{person}".encode()
            for day in days:
                put_at(producer, topic, key, now - day * DAY_MS, event)
            put_at(producer, topic, key, now, {**event, "lethe-kind": "rekey"})
            put_at(producer, topic, key, now, {**event, "lethe-epoch": str(w.first)})
    producer.close()


def forecasts(checks, w):
    topic = "forecast.events"
    left_s = DAY_MS / 1000 - time.time() % (DAY_MS / 1000)
    if left_s < 60:  # a forecast counts days, and another one would begin meanwhile
        time.sleep(left_s + 1)
    fill(w, topic)
    for name, was in (("policy.yaml", {f"topic: {TOPIC}": f"topic: {topic}"}),
                      ("lethe.yaml", {"policy.yaml": "later-policy.yaml",
                                      "ring.lethe": w.desk.ring})):
        with open(w.desk.path(name), encoding="utf-8") as f:
            text = f.read()
        for old, new in was.items():
            text = text.replace(old, new, 1)
        with open(w.desk.path("later-" + name), "w", encoding="utf-8") as f:
            f.write(text)
    before = open(w.desk.path("desk.lethe"), "rb").read()
    said = w.desk.lethe("propose", "--config", w.desk.path("later-lethe.yaml"),
                        "--purpose", PURPOSE, "--forecast")
    records = 100 * sum(len(days) for days in SEEN.values())
    checks.check("a forecast counts the active epoch's events alone",
                 f"{records} records under epoch {w.third}" in said
                 and "500 people, 90 days" in said, said)
    rows = re.findall(r"^ +(\d+)d +([\d.]+) % +(\d+) of (\d+)$", said, re.M)
    wanted = []
    for overlap in (7, 14, 30, 60):
        late = [k for k, days in SEEN.items()
                if any(overlap <= d < overlap + 30 for d in days)]
        again = [k for k in late if any(d < overlap for d in SEEN[k])]
        wanted.append((str(overlap), f"{100 * len(again) / len(late):.1f}",
                       str(100 * len(again)), str(100 * len(late))))
    checks.equal("and says whom an overlap carries", rows, wanted)
    checks.check("a forecast alone proposes nothing",
                 before == open(w.desk.path("desk.lethe"), "rb").read()
                 and not os.path.exists(w.desk.path("desk.lethe.next")))


def filtered(w, events, ring, now_ms):
    """Code and the subjects that lethe filter makes of events at a time."""
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now_ms // 1000))
    done = subprocess.run(
        [w.desk.scene.lethe, "filter", "--policy", w.desk.path("policy.yaml"),
         "--ring", ring, "--secret", w.desk.path("secret.key"), "--now", at,
         "--purpose", PURPOSE],
        input=b"".join(value + b"\n" for _, value in events),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    keys = [json.loads(line)["key"] for line in done.stdout.splitlines()]
    return done.returncode, {key.split("_")[0].lstrip("ud") for key in keys}


def makes_no_old(checks, w, events, before):
    """The same command, at a time of the first epoch, with the ring of then and of now."""
    then = w.instant - 5000
    checks.equal("a ring of then makes tokens of then",
                 filtered(w, events, before, then), (0, {str(w.first)}))
    checks.equal("the ring of now makes none at that time", filtered(
        w, events, w.desk.path("ring.lethe"), then), (4, set()))
    checks.equal("and those of its own as ever", filtered(
        w, events, w.desk.path("ring.lethe"), int(time.time() * 1000)),
        (0, {str(w.third)}))


# ---- what must stand on the topics

BEFORE, OVERLAP, AFTER, EMERGENCY = range(4)
PHASES = ("before", "in the overlap", "after it", "since the emergency")


def with_was(new, old):
    """Pairs of a record in the overlap: behind each token the one before."""
    was, made = dict(old), []
    for name, value in new:
        made.append((name, value))
        if name in ("subject", "id", "session"):
            made.append((name + "_was", was[name]))
    return made


class Expected:
    """Each way in which a record may look, and of which input it is."""

    def __init__(self, w):
        self.inputs, self.wanted, self.looks = {}, collections.Counter(), {}
        self.subjects = {}  # place: the tokens of epochs one and two
        models = {n: model.Model(ring) for n, ring in w.rings.items()}
        for m in read(w.cluster.bootstrap, RAW):
            place = m.partition, m.offset
            self.inputs[place] = m.time_ms
            event = model.read_event(m.value)
            made = {n: {row[0]: row for row in by.records(event, m.time_ms)}
                    for n, by in models.items()}
            for purpose in made[w.first]:
                self.wanted[purpose] += 1
                of = {n: rows[purpose] for n, rows in made.items()}
                self.take(w, purpose, place, of)

    def take(self, w, purpose, place, of):
        if purpose != PURPOSE:
            self.look(purpose, of[w.first], None, place)
            return
        old, new, last = of[w.first], of[w.second], of[w.third]
        self.subjects[place] = old[1], new[1]
        both = (*new[:3], with_was(new[3], old[3]))
        for phase, row in enumerate((old, both, new, last)):
            self.look(purpose, row, phase, place)

    def look(self, purpose, row, phase, place):
        value = model.compact(dict(row[3]))
        seen = self.looks.setdefault((purpose, row[1], value), (phase, []))
        seen[1].append(place)


class Found:
    """One record of a topic: of which input, in which phase, where and when."""

    __slots__ = ("place", "phase", "message")

    def __init__(self, place, phase, message):
        self.place, self.phase, self.message = place, phase, message


def headers(message):
    return dict(pair.split("=", 1) for pair in message.headers.split(","))


def reads(checks, w, expected, purpose):
    """([Found], [rekey messages]) of a purpose's topic, each record checked by content."""
    found, rekeys, seen, strange = [], [], collections.Counter(), 0
    epochs = {BEFORE: w.first, OVERLAP: w.second, AFTER: w.second, EMERGENCY: w.third}
    wrong_epoch = 0
    for m in read(w.cluster.bootstrap, model.Model.PURPOSES[purpose][0]):
        head = headers(m)
        if head["lethe-kind"] == "rekey":
            rekeys.append(m)
            continue
        value = m.value
        if purpose == "analytics":
            value = model.compact(model.read_msgpack(value))
        key = m.key.decode() if m.key is not None else None
        phase, places = expected.looks.get((purpose, key, value), (None, None))
        if places is None or seen[key, value] >= len(places):
            strange += 1
            continue
        seen[key, value] += 1
        one = Found(places[seen[key, value] - 1], phase, m)
        found.append(one)
        if purpose == PURPOSE and head["lethe-epoch"] != str(epochs[phase]):
            wrong_epoch += 1
    checks.equal(f"{purpose}: records that are of no event, or of one twice", strange, 0)
    checks.equal(f"{purpose}: as many records as events", len(found),
                 expected.wanted[purpose])
    if purpose == PURPOSE:
        again = collections.Counter(one.place for one in found)
        checks.equal("each event once, in one phase alone", max(again.values()), 1)
        checks.equal("records whose header names another epoch", wrong_epoch, 0)
    return found, rekeys


def by_clock(checks, w, expected, found):
    count = collections.Counter(one.phase for one in found)
    for phase, name in enumerate(PHASES):
        checks.check(f"{count[phase]} records {name}", count[phase] > 50)
    early = [o for o in found if o.phase > BEFORE and o.message.time_ms < w.instant]
    checks.equal("records under the new key that the broker has before the instant",
                 len(early), 0)
    late = [o for o in found if o.phase == BEFORE
            and expected.inputs[o.place] > w.instant + SKEW_MS]
    checks.equal("events the broker has after the instant, under the old key alone",
                 len(late), 0)
    late = [o for o in found if o.phase == OVERLAP
            and expected.inputs[o.place] > w.overlap_end + SKEW_MS]
    checks.equal("events after the overlap that carry the old token", len(late), 0)
    early = [o for o in found if o.phase > OVERLAP
             and o.message.time_ms < w.overlap_end]
    checks.equal("records without it before the overlap's end", len(early), 0)
    late = [o for o in found if o.phase < EMERGENCY
            and expected.inputs[o.place] > max(w.taken_emergency) + SKEW_MS]
    checks.equal("events after the emergency under the key that is out", len(late), 0)
    old = max(o.message.time_ms for o in found if o.phase == BEFORE) - w.instant
    new = min(o.message.time_ms for o in found if o.phase == OVERLAP) - w.instant
    say(f"by the broker's time the last record of the old key is {old} ms after the "
        f"instant, the first of the new {new} ms; commit.interval is 100 ms")


def by_order(checks, found):
    """A raw partition is one lane's, so it shows on each partition where it switched."""
    last, back = {}, 0
    for one in found:
        way = one.message.partition, one.place[0]
        back += one.phase < last.get(way, 0)
        last[way] = one.phase
    checks.equal("raw partitions all went through", len({way[1] for way in last}),
                 PARTITIONS[RAW])
    checks.equal("by the logs' order, records of an epoch after one of the next", back, 0)


def people(checks, found, rekeys):
    """Who was who, and who was told of."""
    known, told, last = set(), {}, {}
    met = collections.Counter()
    for one in found:
        value = json.loads(one.message.value)
        if one.phase == BEFORE:
            known.add(value["subject"])
            last[value["subject"]] = one.message
        elif one.phase == OVERLAP:
            met[value["subject_was"], value["subject"]] += 1
    wrong = before = 0
    for m in rekeys:
        value = json.loads(m.value)
        old = value["subject_was"]
        told.setdefault((old, value["subject"]), m)
        wrong += (m.key.decode() != old or list(value) != [
            "purpose", "subject", "subject_was"] or value["purpose"] != PURPOSE
            or m.partition != model.partition_of(m.key, PARTITIONS[TOPIC]))
        if old in last:
            before += (m.partition != last[old].partition
                       or m.offset < last[old].offset)
    checks.check("people were seen before and in the overlap",
                 len(known & {old for old, _ in met}) > 20)
    checks.equal("people of the overlap, and those a rekey tells of, by both tokens",
                 set(told), set(met))
    checks.equal("rekeys that are not by the old token on its partition", wrong, 0)
    checks.equal("rekeys with a record of the old token behind them", before, 0)
    checks.equal("people with two new tokens", len(met), len({old for old, _ in met}))
    say(f"{len(met)} people in the overlap, {len(rekeys)} rekeys, "
        f"{len(known & {old for old, _ in met})} known before")


# ---- what docs/rotation.md says a consumer does


def page(kind):
    """The one fence of docs/rotation.md that is named so."""
    with open(os.path.join(HERE, "..", "..", "docs", "rotation.md")) as f:
        (text,) = re.findall(f"^```{kind}\n(.*?)^```$", f.read(), re.M | re.S)
    return text


def named(kind, name):
    made = {}
    exec(page(kind), made)  # pylint: disable=exec-used
    return made[name]


def carried(expected, found):
    """What each person looked at: {token: {item: count}} until the emergency, those
    that were seen in the overlap under the new token, whatever they had."""
    met = {expected.subjects[o.place][1] for o in found if o.phase == OVERLAP}
    made = {}
    for one in found:
        old, new = expected.subjects[one.place]
        item = json.loads(one.message.value).get("item")
        if item is not None and one.phase < EMERGENCY:
            who = old if one.phase == BEFORE and new not in met else new
            seen = made.setdefault(who, {})
            seen[item] = seen.get(item, 0) + 1
    return made


def consumes(checks, expected, found, rekeys):
    """The page's code, given one partition after the other: the worst order."""
    until = [o.message for o in found if o.phase < EMERGENCY] + rekeys
    until.sort(key=lambda m: (m.partition, m.offset))
    rows = [(headers(m)["lethe-kind"], json.loads(m.value), m.partition) for m in until]
    wanted = carried(expected, found)
    handle, profiles, renamed = named("python profile", "handle"), {}, {}
    for kind, value, _ in rows:
        handle(profiles, renamed, kind, value)
    checks.check("the page's Python carries each profile over", profiles == wanted,
                 f"{len(profiles)} profiles, not {len(wanted)}")
    checks.check("and the page's SQL", by_table(rows) == wanted)
    hands_over(checks, found, rows)


def by_table(rows):
    """With a rename of an older rotation, which must be followed to the newest."""
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE records (kind, subject, subject_was, item)")
    db.executemany("INSERT INTO records VALUES (?, ?, ?, ?)", [
        (kind, v["subject"], v.get("subject_was"), v.get("item")) for kind, v, _ in rows])
    of_it = "kind = 'event' AND item IS NOT NULL AND subject IN " \
        "(SELECT subject_was FROM records)"
    db.execute("INSERT INTO records SELECT 'rekey', subject, 'older', NULL "
               f"FROM records WHERE {of_it} LIMIT 1")
    db.execute("UPDATE records SET subject = 'older' WHERE rowid = "
               f"(SELECT rowid FROM records WHERE {of_it} LIMIT 1)")
    db.executescript(page("sql renames"))
    made = {}
    for who, item, count in db.execute(
        "SELECT person, item, count(*) FROM events WHERE item IS NOT NULL GROUP BY 1, 2"
    ):
        made.setdefault(who, {})[item] = count
    return made


def hands_over(checks, found, rows):
    """State that counts a person's records, a partition each."""
    old_side = named("python partition", "old_side")
    state = collections.defaultdict(collections.Counter)
    sent, wanted = collections.Counter(), collections.Counter()
    for kind, value, partition in rows:
        if kind == "rekey":
            old_side(state[partition], value, lambda to, n: sent.update({to: n}))
        elif "subject_was" not in value:
            state[partition][value["subject"]] += 1
    names = {v["subject_was"]: v["subject"] for kind, v, _ in rows if kind == "rekey"}
    for one in found:
        subject = json.loads(one.message.value)["subject"]
        if one.phase == BEFORE and subject in names:
            wanted[names[subject]] += 1
    checks.check("and on partitions the state of each is handed over whole",
                 wanted and sent == wanted, f"{sent.total()}, not {wanted.total()}")


def compare(checks, w, sent):
    expected = Expected(w)
    checks.equal("every event is on the raw topic", len(expected.inputs), sent)
    for purpose in model.Model.PURPOSES:
        found, rekeys = reads(checks, w, expected, purpose)
        if purpose == PURPOSE:
            by_clock(checks, w, expected, found)
            by_order(checks, found)
            people(checks, found, rekeys)
            checks.equal("the processes have counted the rekeys", sum(
                job.metric(f'lethe_rekeys_total{{purpose="{PURPOSE}"}}')
                for job in w.jobs), len(rekeys))
            consumes(checks, expected, found, rekeys)
        else:
            checks.equal(f"{purpose}, whose keys stay, has no rekey", len(rekeys), 0)


def ends(checks, w, pids):
    checks.equal("the processes are those that began",
                 [job.child.pid for job in w.jobs if job.child.poll() is None], pids)
    for job in w.jobs:
        lanes = [line["lane"] for line in job.said("lane_started")]
        checks.equal("each lane started once", sorted(lanes), [0, 1])
        job.signal(signal.SIGTERM)
    checks.equal("both stop with 0", [job.ended() for job in w.jobs], [0, 0])


def begins(w):
    first, other = w.jobs
    first.start()
    other.start("--set", "instance=rotation-1")
    for job in w.jobs:
        job.ready()
        wait("both lanes have a partition", lambda j=job: all(
            j.metric(f'lethe_partitions_assigned{{lane="{n}"}}') == 1 for n in (0, 1)))
    return [job.child.pid for job in w.jobs]


def run(args, directory):
    checks = Checks()
    with open(os.path.join(HERE, "policy.yaml")) as f:
        policy = f.read()
    with Cluster(directory + "/kafka") as cluster:
        for topic, count in PARTITIONS.items():
            cluster.topic(topic, count, {"message.timestamp.type": "LogAppendTime"})
        job = Job(args.lethe, directory, cluster.bootstrap, policy, SETTINGS)
        desk = Desk(job.scene)
        before = desk.keep()
        events = events_of(job.scene, "json", EVENTS, 11, poison=0)
        w = World(cluster, [job, instance(job, "other")], desk)
        feed = Feed(cluster.bootstrap, events)
        try:
            pids = begins(w)
            feed.start()
            rotates(checks, w)
            refuses(checks, w, before)
            emergency(checks, w)
            destroys(checks, w)
            feed.end()
            w.flows(0)
            fleet(checks, w)
            forecasts(checks, w)
            makes_no_old(checks, w, events[:200], before)
            compare(checks, w, feed.count)
            ends(checks, w, pids)
        finally:
            feed.over.set()
            for one in w.jobs:
                one.end()
    checks.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lethe", required=True)
    parser.add_argument("--keep", help="work there, and leave it there")
    in_folder(run, parser.parse_args(), "lethe-rotation-")


if __name__ == "__main__":
    main()
