"""What must stand on the topics after a job of lethe, and whether it does: the
model's word against what other clients read, read_committed, by content.

Faults are told as numbers: lost, doubled (or otherwise unexpected), out of
order."""

import base64
import collections
import concurrent.futures
import hashlib
import json
import re
import subprocess
import time

import canary
import model
from checks import say
from client import read
from ring import Ring

SETTLE_S = 90
DEVICE = re.compile(rb'anonymousId(?:":"|[\xa0-\xbf]|\xd9.)([0-9a-zA-Z-]{28})')


def events_of(scene, form, count, seed, poison=0.01):
    """[(key, value)] of generated events."""
    data = subprocess.run(
        [
            scene.lethe, "gen", "--events", str(count), "--seed", str(seed),
            "--format", form, "--poison", str(poison),
        ],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True,
    ).stdout
    if form == "json":
        values = data.split(b"\n")[:-1]
    else:
        values = []
        reader = model.Msgpack(data, strict=False)
        while reader.at < len(data):
            start = reader.at
            reader.value()
            values.append(data[start : reader.at])
    return [(device_of(value), value) for value in values]


def device_of(value):
    found = DEVICE.search(value, 0, 600)
    return found.group(1) if found else b"?"


class Job:
    """
    policy      the file's path
    raw         the topic it reads
    group       and its group
    topics      {purpose: topic}, those that run
    quarantine  a topic
    limits      {purpose: bytes}: a larger record is refused by its topic, and
                its event belongs into the quarantine
    """

    def __init__(self, policy, raw, group, topics, quarantine, limits=None):
        self.policy, self.raw, self.group = policy, raw, group
        self.topics, self.quarantine = topics, quarantine
        self.limits = limits or {}

    def refuses(self, made):
        return any(
            len(model.compact(dict(pairs))) > self.limits[purpose]
            for purpose, _, _, pairs in made
            if purpose in self.limits and purpose in self.topics
        )


class Expected:
    """What one job must have made of the raw topic."""

    def __init__(self):
        self.records = collections.Counter()
        self.places = {}  # (purpose, key, id): where its inputs stand
        self.aside = {}  # (partition, offset): digest of the input's bytes

    def take(self, job, message, made):
        place = (message.partition, message.offset)
        if made is None or job.refuses(made):
            self.aside[place] = hashlib.sha256(message.value).digest()
            return
        for purpose, key, stamp, pairs in made:
            if purpose not in job.topics:
                continue
            value = dict(pairs)
            self.records[purpose, key, stamp, model.compact(value)] += 1
            if "id" in value:
                self.places.setdefault((purpose, key, value["id"]), []).append(place)

    def add(self, other):
        self.records += other.records
        self.places.update(other.places)
        self.aside.update(other.aside)


def expect(task):
    """([Expected a job], counts, inputs) of one raw partition; runs in a
    process of its own."""
    bootstrap, partition, jobs, ring_paths, make = task
    by_model = make(Ring(*ring_paths))
    made = [Expected() for _ in jobs]
    count = 0
    for message in read(bootstrap, jobs[0].raw, partition):
        count += 1
        try:
            event = model.read_event(message.value)
            records = by_model.records(event, message.time_ms)
        except model.Poison:
            records = None
        for job, expected in zip(jobs, made):
            expected.take(job, message, records)
    return made, by_model.reasons, count


def headers_of(job, ring, purpose):
    with open(job.policy, "rb") as f:
        digest = hashlib.blake2b(f.read(), digest_size=16).hexdigest()
    rows = {
        "lethe-kind": "event",
        "lethe-purpose": purpose,
        "lethe-policy": f"1-{digest}",
    }
    if purpose != "counting":
        rows["lethe-epoch"] = str(ring.epoch(purpose))
    return rows


def check_headers(checks, job, ring, purpose, seen):
    if not checks.equal(f"{purpose}: one set of headers", len(seen), 1):
        return
    found = dict(pair.split("=", 1) for pair in seen.pop().split(","))
    shape = found.pop("lethe-shape", "")
    checks.check(f"{purpose}: lethe-shape is a digest", len(shape) >= 16)
    checks.equal(f"{purpose}: headers", found, headers_of(job, ring, purpose))


class Seen:
    """What one purpose's topic holds, told in comparable form."""

    def __init__(self):
        self.records, self.headers = collections.Counter(), set()
        self.out_of_order = self.misplaced = self.canaries = self.unread = 0


def read_purpose(task):
    """A Seen; runs in a process of its own."""
    bootstrap, purpose, topic, partitions, places = task
    seen, last, buffer = Seen(), {}, []
    for message in read(bootstrap, topic):
        buffer.append(b"\0".join((message.key or b"", message.value)))
        if len(buffer) == 4096:
            seen.canaries += canary.find(b"\0".join(buffer))
            buffer.clear()
        if message.headers not in seen.headers:
            seen.headers.add(message.headers)
            seen.canaries += canary.find(message.headers.encode())
        value = message.value
        if purpose == "analytics":
            try:
                decoded = model.read_msgpack(value)
            except model.Poison:
                seen.unread += 1
                continue
            value = model.compact(decoded)
            mark = decoded.get("id")
        else:
            found = re.search(rb'"id":"([^"]*)"', value)
            mark = found.group(1).decode() if found else None
        key = message.key.decode() if message.key is not None else None
        seen.records[purpose, key, message.time_ms, value] += 1
        if key is None:
            continue
        if message.partition != model.partition_of(message.key, partitions):
            seen.misplaced += 1
        where = places.get((purpose, key, mark))
        if where:
            raw, offset = where.pop(0)
            if last.get((key, raw), -1) >= offset:
                seen.out_of_order += 1
            last[key, raw] = offset
    seen.canaries += canary.find(b"\0".join(buffer))
    return seen


def unsealed(text):
    """The bytes behind base64 of either alphabet."""
    text = text.replace("-", "+").replace("_", "/")
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


def check_quarantine(checks, scene, bootstrap, job, aside):
    found, lines, clear, sealed = collections.Counter(), [], [], []
    for message in read(bootstrap, job.quarantine):
        record = json.loads(message.value)
        found[record["partition"], record["position"]] += 1
        if record.pop("topic") != job.raw:
            found["another topic"] += 1
        lines.append(message.value)
        sealed += [unsealed(row["key"]) for row in record.pop("seals")]
        sealed.append(unsealed(record.pop("sealed")))
        clear += [model.compact(record), message.key or b"", message.headers.encode()]
    wanted = collections.Counter(dict.fromkeys(aside, 1))
    lost, extra = sum((wanted - found).values()), sum((found - wanted).values())
    checks.check(
        f"{job.group}: the quarantine holds {len(aside)} inputs, each once",
        not lost and not extra, f"{lost} lost, {extra} doubled or unexpected",
    )
    checks.equal("canaries in the clear part", canary.find(b"\n".join(clear)), 0)
    # Six letters of base64 may be these by chance, once in some hundred runs.
    checks.equal("canaries in what is sealed", canary.find(b"\n".join(sealed)), 0)
    opened = subprocess.run(
        [scene.lethe, "quarantine", "open", "--key", scene.path("oncall.key")],
        input=b"\n".join(lines) + b"\n", stdout=subprocess.PIPE,
    )
    digests = collections.Counter()
    for line in opened.stdout.splitlines():
        value = json.loads(line).get("value")
        digests[hashlib.sha256(base64.b64decode(value or "")).digest()] += 1
    checks.equal(
        "the quarantine's key gives every input back",
        digests == collections.Counter(aside.values()), True,
    )
    return lost, extra


ID = re.compile(rb'"id":"([^"]*)"')
SHOWN = 40


def tell_places(bootstrap, job, expected, what, records, partitions):
    """Where and when the inputs of some records stood, for whoever looks at the
    logs of that moment; records without an id have no place."""
    places = []
    for purpose, key, _, value in records:
        mark = ID.search(value if isinstance(value, bytes) else value.encode())
        found = mark and expected.places.get((purpose, key, mark.group(1).decode()))
        out = model.partition_of(key.encode(), partitions) if key else None
        places += [(raw, offset, out) for raw, offset in (found or [])[:1]]
    when = {
        (raw, m.offset): m.time_ms
        for raw in {p[0] for p in places}
        for m in read(bootstrap, job.raw, raw)
    }
    for raw, offset, out in sorted(places)[:SHOWN]:
        stamp = time.strftime("%H:%M:%S", time.gmtime(when[raw, offset] / 1000))
        say(f"{what}: input {raw}:{offset} of {stamp}, output partition {out}")


def check_purpose(checks, bootstrap, job, ring, purpose, expected, seen, partitions):
    """(lost, doubled or unexpected, out of order)"""
    mine = collections.Counter(
        {k: n for k, n in expected.records.items() if k[0] == purpose}
    )
    lost = sum((mine - seen.records).values())
    extra = sum((seen.records - mine).values()) + seen.unread
    for what, records in (("lost", mine - seen.records), ("doubled", seen.records - mine)):
        if records:
            tell_places(bootstrap, job, expected, what, records, partitions)
    checks.check(
        f"{job.group}, {purpose}: {sum(mine.values())} records, each exactly once",
        not lost and not extra, f"{lost} lost, {extra} doubled or unexpected",
    )
    checks.equal(f"{purpose}: keys out of order", seen.out_of_order, 0)
    checks.equal(f"{purpose}: keys on another partition", seen.misplaced, 0)
    checks.equal(f"{purpose}: canaries", seen.canaries, 0)
    check_headers(checks, job, ring, purpose, seen.headers)
    return lost, extra, seen.out_of_order


def settle(checks, cluster, jobs):
    """Until what was committed can be read: its markers come a little later."""
    topics = [t for j in jobs for t in (*j.topics.values(), j.quarantine)]
    end = time.monotonic() + SETTLE_S
    while True:
        with cluster.client() as c:
            waiting = [t for t in topics if not c.settled(t)]
        if not waiting or time.monotonic() > end:
            break
        time.sleep(0.2)
    checks.equal("topics with a transaction that nobody ended", waiting, [])


def compare(checks, scene, cluster, jobs, partitions, make=model.Model):
    """Everything; (inputs, {"lost", "doubled", "out of order"}).

    partitions   {topic: how many}
    make         the model of a Ring
    """
    settle(checks, cluster, jobs)
    ring = Ring.of(scene)
    paths = (scene.path("ring.lethe"), scene.path("secret.key"))
    made = [Expected() for _ in jobs]
    reasons, count = collections.Counter(), 0
    bad = collections.Counter()
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        tasks = [
            (cluster.bootstrap, p, jobs, paths, make)
            for p in range(partitions[jobs[0].raw])
        ]
        for parts, counted, inputs in pool.map(expect, tasks):
            for whole, part in zip(made, parts):
                whole.add(part)
            reasons += counted
            count += inputs
        pairs = [(job, e, purpose) for job, e in zip(jobs, made) for purpose in job.topics]
        say(f"the model expects {sum(sum(e.records.values()) for e in made)} "
            f"records of {count} inputs")
        tasks = [
            (cluster.bootstrap, p, j.topics[p], partitions[j.topics[p]], e.places)
            for j, e, p in pairs
        ]
        for (job, e, purpose), seen in zip(pairs, pool.map(read_purpose, tasks)):
            lost, extra, order = check_purpose(
                checks, cluster.bootstrap, job, ring, purpose, e, seen,
                partitions[job.topics[purpose]],
            )
            bad.update({"lost": lost, "doubled": extra, "out of order": order})
    for job, e in zip(jobs, made):
        lost, extra = check_quarantine(checks, scene, cluster.bootstrap, job, e.aside)
        bad.update({"lost": lost, "doubled": extra})
        with cluster.client() as c:
            checks.equal(
                f"{job.group}: the group's offsets are the ends of the partitions",
                c.committed(job.group, job.raw), c.end_offsets(job.raw),
            )
    say("dropped and counted: " + ", ".join(
        f"{n} {k}" for k, n in sorted(reasons.items()) if not k.endswith(" sent")
    ))
    return count, bad
