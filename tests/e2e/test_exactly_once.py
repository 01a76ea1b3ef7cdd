#!/usr/bin/env python3
"""Exactly once, on a real Kafka broker, by content.

200,000 generated events (a quarter of them MessagePack, one in a hundred
broken) on 4 partitions, some before lethe starts and the rest while it runs.
lethe, with two lanes, is killed with SIGKILL three times in the middle and
started again; the broker is restarted once.  Afterwards other clients read
every topic, read_committed:

* each (input, purpose) stands there exactly once, and nothing else does; keys,
  values, tokens, timestamps, headers and partitions are those of model.py
* each key keeps the order that its inputs have in their raw partition
* the group's offsets are the ends of the raw partitions
* each poison input is in the quarantine once, by partition and offset, and the
  quarantine's key gives back its bytes
* no topic and no log holds a canary in any form

    tests/e2e/test_exactly_once.py --lethe build/lethe [--events N] [--kills N]
        [--keep DIR]
"""

import argparse
import base64
import collections
import concurrent.futures
import hashlib
import itertools
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

import canary
import model
from broker import Cluster, die_with_parent
from checks import Checks, say
from client import Producer, read
from ring import Ring
from scene import Scene

RAW, QUARANTINE, GROUP = "events.raw", "events.quarantine", "e2e"
PARTITIONS = {
    RAW: 4, QUARANTINE: 2,
    "rec.events": 6, "analytics.events": 4, "count.events": 3,
}
DEVICE = re.compile(rb'anonymousId(?:":"|[\xa0-\xbf]|\xd9.)([0-9a-zA-Z-]{28})')
SILENT_S = 90


# ---- input


def events_of(scene, form, count, seed):
    """[(key, value)] of generated events."""
    data = subprocess.run(
        [
            scene.lethe, "gen", "--events", str(count), "--seed", str(seed),
            "--format", form, "--poison", "0.01",
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


class Feed(threading.Thread):
    """Loads the rest of the events while lethe runs."""

    def __init__(self, bootstrap, events, rate):
        super().__init__(daemon=True)
        self.bootstrap, self.events, self.rate = bootstrap, events, rate
        self.error = None

    def run(self):
        try:
            producer = Producer(self.bootstrap, RAW)
            began = time.monotonic()
            for i, (key, value) in enumerate(self.events):
                producer.put(key, value)
                if i % 500 == 0:
                    time.sleep(max(0, began + i / self.rate - time.monotonic()))
            producer.close(120)
        except Exception as e:  # told by the main thread
            self.error = e


# ---- lethe


class Lethe:
    def __init__(self, scene, bootstrap, directory):
        self.scene, self.bootstrap, self.dir = scene, bootstrap, directory
        self.child, self.logs = None, []

    def start(self):
        path = os.path.join(self.dir, f"lethe-{len(self.logs)}.log")
        self.logs.append(path)
        settings = {
            "instance": "e2e-0",
            "group": GROUP,
            "lanes": 2,
            "start": "earliest",
            "status.interval": "2s",
            "kafka.bootstrap.servers": self.bootstrap,
            "kafka.session.timeout.ms": 6000,
            "kafka.heartbeat.interval.ms": 1000,
        }
        sets = itertools.chain.from_iterable(
            ("--set", f"{name}={value}") for name, value in settings.items()
        )
        with open(path, "wb") as log:
            self.child = subprocess.Popen(
                [
                    self.scene.lethe, "run",
                    "--config", self.scene.path("lethe.yaml"), *sets,
                ],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=die_with_parent,
            )

    def running(self):
        return self.child is not None and self.child.poll() is None

    def kill(self):
        self.child.kill()
        self.child.wait()

    def stop(self, wait_s=25):
        """Exit code of a graceful stop, or None when it took too long."""
        self.child.send_signal(signal.SIGTERM)
        try:
            return self.child.wait(wait_s)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def tail(self):
        with open(self.logs[-1], errors="replace") as f:
            return "".join(f.readlines()[-12:])


class Stalled(Exception):
    pass


class Progress:
    """What the group has committed, asked of the broker."""

    def __init__(self, cluster, lethe):
        self.cluster, self.lethe = cluster, lethe
        self.last, self.moved = 0, time.monotonic()

    def committed(self):
        try:
            with self.cluster.client() as c:
                now = sum(max(0, n) for n in c.committed(GROUP, RAW).values())
        except OSError:
            return self.last
        if now != self.last:
            self.last, self.moved = now, time.monotonic()
        return now

    def wait(self, done):
        """Until done(committed); as long as something moves."""
        self.moved = time.monotonic()
        while not done(self.committed()):
            if not self.lethe.running():
                raise Stalled(
                    f"lethe ended by itself with {self.lethe.child.returncode}"
                )
            if time.monotonic() - self.moved > SILENT_S:
                raise Stalled(f"nothing was committed for {SILENT_S} s")
            time.sleep(0.02)


def disturb(checks, cluster, lethe, feed, total, kills):
    """Kills, and one restart of the broker, each in the middle of work."""
    progress = Progress(cluster, lethe)
    chance = random.Random(7)
    lethe.start()
    for i in range(kills):
        before, step = progress.last, total // (kills + 2)
        progress.wait(lambda n: n >= before + step * 0.7)
        time.sleep(chance.uniform(0, 0.15))
        at = progress.committed()
        lethe.kill()
        checks.check(
            f"kill {i + 1} in the middle, {at} of {total} committed",
            0 < at < total,
        )
        lethe.start()
        if i == kills // 2:
            before = progress.last
            progress.wait(lambda n: n > before)
            cluster.restart()
            say(f"the broker is back, {progress.committed()} committed")
    feed.join(180)
    checks.check(
        "all events are on the raw topic", not feed.is_alive() and not feed.error,
        str(feed.error),
    )
    with cluster.client() as c:
        end = sum(c.end_offsets(RAW).values())
    progress.wait(lambda n: n >= end)
    say(f"all {end} are committed")
    checks.equal("lethe stops gracefully with 0", lethe.stop(), 0)


# ---- what must stand on the topics


def expect(task):
    """(expected records, where each id comes from, poison, counts) of one raw
    partition; runs in a process of its own."""
    bootstrap, partition, scene_paths, now_ms = task
    by_model = model.Model(Ring(*scene_paths))
    records, places, poison = collections.Counter(), {}, {}
    count = 0
    for message in read(bootstrap, RAW, partition):
        count += 1
        try:
            event = model.read_event(message.value)
        except model.Poison:
            digest = hashlib.sha256(message.value).digest()
            poison[partition, message.offset] = digest
            continue
        for purpose, key, stamp, pairs in by_model.records(event, now_ms):
            value = dict(pairs)
            records[purpose, key, stamp, model.compact(value)] += 1
            if "id" in value:
                place = (partition, message.offset)
                places.setdefault((purpose, key, value["id"]), []).append(place)
    return records, places, poison, by_model.reasons, count


def headers_of(scene, ring, purpose):
    with open(scene.path("policy.yaml"), "rb") as f:
        digest = hashlib.blake2b(f.read(), digest_size=16).hexdigest()
    rows = {
        "lethe-kind": "event",
        "lethe-purpose": purpose,
        "lethe-policy": f"1-{digest}",
    }
    if purpose != "counting":
        rows["lethe-epoch"] = str(ring.epoch(purpose))
    return rows


def check_headers(checks, scene, ring, purpose, seen):
    if not checks.equal(f"{purpose}: one set of headers", len(seen), 1):
        return
    found = dict(pair.split("=", 1) for pair in seen.pop().split(","))
    shape = found.pop("lethe-shape", "")
    checks.check(f"{purpose}: lethe-shape is a digest", len(shape) >= 16)
    checks.equal(
        f"{purpose}: headers", found, headers_of(scene, ring, purpose)
    )


def read_purpose(task):
    """What one purpose's topic holds, told in comparable form."""
    bootstrap, purpose, topic, places = task
    seen, headers, out_of_order, misplaced = collections.Counter(), set(), 0, 0
    last, canaries, unread = {}, 0, 0
    buffer = []
    for message in read(bootstrap, topic):
        buffer.append(b"\0".join((message.key or b"", message.value)))
        if len(buffer) == 4096:
            canaries += canary.find(b"\0".join(buffer))
            buffer.clear()
        if message.headers not in headers:
            headers.add(message.headers)
            canaries += canary.find(message.headers.encode())
        value = message.value
        if purpose == "analytics":
            try:
                decoded = model.read_msgpack(value)
            except model.Poison:
                unread += 1
                continue
            value = model.compact(decoded)
            mark = decoded.get("id")
        else:
            found = re.search(rb'"id":"([^"]*)"', value)
            mark = found.group(1).decode() if found else None
        key = message.key.decode() if message.key is not None else None
        seen[purpose, key, message.time_ms, value] += 1
        if key is None:
            continue
        if message.partition != model.partition_of(message.key, PARTITIONS[topic]):
            misplaced += 1
        where = places.get((purpose, key, mark))
        if where:
            raw, offset = where.pop(0)
            if last.get((key, raw), -1) >= offset:
                out_of_order += 1
            last[key, raw] = offset
    canaries += canary.find(b"\0".join(buffer))
    return seen, headers, out_of_order, misplaced, canaries, unread


def check_quarantine(checks, scene, bootstrap, poison):
    found, lines, clear = collections.Counter(), [], []
    for message in read(bootstrap, QUARANTINE):
        record = json.loads(message.value)
        found[record["partition"], record["position"]] += 1
        checks_topic = record.pop("topic")
        if checks_topic != RAW:
            found["another topic"] += 1
        lines.append(message.value)
        record.pop("seals"), record.pop("sealed")
        clear += [model.compact(record), message.key or b"", message.headers.encode()]
    checks.equal(
        f"the quarantine holds {len(poison)} inputs, each once",
        found == collections.Counter(dict.fromkeys(poison, 1)), True,
    )
    checks.equal("canaries in the clear part", canary.find(b"\n".join(clear)), 0)
    checks.equal("canaries beside the seal", canary.find(b"\n".join(lines)), 0)
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
        digests == collections.Counter(poison.values()), True,
    )


def compare(checks, scene, cluster, started_ms):
    ring = Ring.of(scene)
    paths = (scene.path("ring.lethe"), scene.path("secret.key"))
    records, places, poison = collections.Counter(), {}, {}
    reasons, count = collections.Counter(), 0
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        for part in pool.map(
            expect,
            [(cluster.bootstrap, p, paths, started_ms) for p in range(PARTITIONS[RAW])],
        ):
            records += part[0]
            places.update(part[1])
            poison.update(part[2])
            reasons += part[3]
            count += part[4]
        say(f"the model expects {sum(records.values())} records of {count} inputs")
        purposes = model.Model.PURPOSES
        read_all = pool.map(
            read_purpose,
            [
                (cluster.bootstrap, purpose, row[0], places)
                for purpose, row in purposes.items()
            ],
        )
        for purpose, result in zip(purposes, read_all):
            seen, headers, out_of_order, misplaced, canaries, unread = result
            mine = collections.Counter(
                {k: n for k, n in records.items() if k[0] == purpose}
            )
            missing, extra = mine - seen, seen - mine
            checks.check(
                f"{purpose}: {sum(mine.values())} records, each exactly once",
                not missing and not extra and not unread,
                f"{sum(missing.values())} missing, {sum(extra.values())} "
                f"unexpected, {unread} unreadable",
            )
            checks.equal(f"{purpose}: keys out of order", out_of_order, 0)
            checks.equal(f"{purpose}: keys on another partition", misplaced, 0)
            checks.equal(f"{purpose}: canaries", canaries, 0)
            check_headers(checks, scene, ring, purpose, headers)
    check_quarantine(checks, scene, cluster.bootstrap, poison)
    with cluster.client() as c:
        checks.equal(
            "the group's offsets are the ends of the partitions",
            c.committed(GROUP, RAW), c.end_offsets(RAW),
        )
    say("dropped and counted: " + ", ".join(
        f"{n} {k}" for k, n in sorted(reasons.items()) if not k.endswith(" sent")
    ))
    return count


def run(args, directory):
    checks = Checks()
    checks.equal("the search finds every form", canary.self_test(), [])
    scene = Scene(args.lethe, directory)
    started_ms = int(time.time() * 1000)
    quarter = args.events // 4
    early = events_of(scene, "json", 2 * quarter, 1)
    early += events_of(scene, "msgpack", quarter, 2)
    late = events_of(scene, "json", args.events - 3 * quarter, 3)
    random.Random(5).shuffle(early)
    say(f"{len(early) + len(late)} events are made")
    with Cluster(os.path.join(directory, "kafka")) as cluster:
        for topic, count in PARTITIONS.items():
            cluster.topic(topic, count)
        producer = Producer(cluster.bootstrap, RAW)
        for key, value in early:
            producer.put(key, value)
        producer.close()
        say(f"{len(early)} are on the raw topic")
        feed = Feed(cluster.bootstrap, late, args.rate)
        lethe = Lethe(scene, cluster.bootstrap, directory)
        feed.start()
        try:
            disturb(checks, cluster, lethe, feed, args.events, args.kills)
        except Stalled as e:
            checks.check("lethe goes on", False, f"{e}\n{lethe.tail()}")
        finally:
            if lethe.running():
                lethe.kill()
        del early, late
        count = compare(checks, scene, cluster, started_ms)
        checks.equal("every event was loaded once", count, args.events)
        for log in lethe.logs:
            with open(log, "rb") as f:
                checks.equal(
                    f"canaries in {os.path.basename(log)}", canary.find(f.read()), 0
                )
    checks.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lethe", required=True)
    parser.add_argument("--events", type=int, default=200000)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--rate", type=int, default=4000, help="late events a second")
    parser.add_argument("--keep", help="work there, and leave it there")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if args.keep:
        os.makedirs(args.keep)
        run(args, args.keep)
    with tempfile.TemporaryDirectory(prefix="lethe-e2e-") as directory:
        run(args, directory)


if __name__ == "__main__":
    main()
