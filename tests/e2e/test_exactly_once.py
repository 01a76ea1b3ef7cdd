#!/usr/bin/env python3
"""Exactly once, on a real Kafka broker, by content.

200,000 generated events (a quarter of them MessagePack, one in a hundred
broken) on 4 partitions, some before lethe starts and the rest while it runs;
between them some of a transaction that its producer aborts, which are nobody's.
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
* every thread of lethe at work is in the sandbox and has no capability

    tests/e2e/test_exactly_once.py --lethe build/lethe [--events N] [--kills N]
        [--keep DIR]
"""

import argparse
import ctypes
import itertools
import os
import random
import signal
import subprocess
import threading
import time

import canary
import model
import sandbox
from broker import Cluster, spawn
from checks import Checks, in_folder, say
from client import Producer
from scene import Scene
from topics import Job, compare, events_of

RAW, QUARANTINE, GROUP = "events.raw", "events.quarantine", "e2e"
PARTITIONS = {
    RAW: 4, QUARANTINE: 2,
    "rec.events": 6, "analytics.events": 4, "count.events": 3,
}
SILENT_S = 90
ABORTED = 2000


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


def take_back(bootstrap, events):
    """Events that were written and then aborted."""
    producer = Producer(bootstrap, RAW, **{
        "transactional.id": "collector", "message.timeout.ms": "20000"})
    producer.transact("init_transactions", ctypes.c_int(60000))
    producer.transact("begin_transaction")
    for key, value in events:
        producer.put(key, value)
    producer.abort()
    producer.close()


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
            self.child = spawn(
                [
                    self.scene.lethe, "run",
                    "--config", self.scene.path("lethe.yaml"), *sets,
                ],
                stdout=log, stderr=log,
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
        if i == 0:
            sandbox.check(checks, lethe.child.pid)
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


def run(args, directory):
    checks = Checks()
    checks.equal("the search finds every form", canary.self_test(), [])
    scene = Scene(args.lethe, directory)
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
        take_back(cluster.bootstrap, events_of(scene, "json", ABORTED, 4))
        say(f"{len(early)} are on the raw topic, and {ABORTED} that were aborted")
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
        topics = {purpose: row[0] for purpose, row in model.Model.PURPOSES.items()}
        job = Job(scene.path("policy.yaml"), RAW, GROUP, topics, QUARANTINE)
        count, _ = compare(checks, scene, cluster, [job], PARTITIONS)
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
    in_folder(run, args, "lethe-e2e-")


if __name__ == "__main__":
    main()
