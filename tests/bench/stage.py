"""What every measurement needs: a broker with generated events on it, processes
of lethe and of the bare loop, and what they take of the machine."""

import functools
import json
import os
import re
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
from broker import Cluster, die_with_parent, free_ports  # noqa: E402,F401
from page import say  # noqa: E402
from client import Producer  # noqa: E402,F401
from scene import Scene  # noqa: E402

RAW = "events.raw"
OUTPUTS = ("rec.events", "analytics.events", "events.quarantine")
TICK_HZ = os.sysconf("SC_CLK_TCK")
# The part of the events that counts: between joining and the last partition.
FROM, TO = 0.1, 0.95
WAIT_S = 180
# A group waits so long for its members before it begins: readers that start
# together share the partitions from their first event on.
JOIN_MS = 1000
SETTINGS = {
    "log.retention.check.interval.ms": 5000,
    "file.delete.delay.ms": 0,
    "log.segment.delete.delay.ms": 0,
}


# ---- processes


def cpu_s(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK_HZ


def memory_mb(pid, what="VmRSS"):
    with open(f"/proc/{pid}/status") as f:
        kb = int(re.search(what + r":\s+(\d+)", f.read()).group(1))
    return kb * 1024 / 1e6


def start(command, log):
    with open(log, "ab") as out:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            start_new_session=True, preexec_fn=die_with_parent,
        )


def stop(*children):
    for child in children:
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
    for child in children:
        try:
            child.wait(25)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


class Stage:
    """A scene with its broker; `kinds` of readers of its raw topic."""

    def __init__(self, lethe, programs, directory, policy=None, nodes=1, join_ms=JOIN_MS):
        self.dir = directory
        self.programs = programs
        self.scene = Scene(lethe, directory, policy or os.path.join(HERE, "policy.yaml"))
        settings = {**SETTINGS, "group.initial.rebalance.delay.ms": join_ms}
        self.cluster = Cluster(os.path.join(directory, "kafka"), nodes, settings)
        self.runs = 0
        self.partitions = 4

    def __enter__(self):
        self.cluster.start()
        return self

    def __exit__(self, *_):
        self.cluster.kill()

    def topics(self, *names, partitions=None, settings=None):
        """Without replicas, on several brokers too: reading is measured."""
        with self.cluster.client() as c:
            for name in names:
                c.create_topic(name, partitions or self.partitions, 1, settings or {})

    def drop(self, *names):
        with self.cluster.client() as c:
            for name in names:
                c.delete_topic(name)

    def path(self, name):
        return os.path.join(self.dir, name)

    def log(self, name):
        return self.path(name + ".log")

    # -- events ------------------------------------------------------------

    def gen(self, topic, *more):
        """The command that writes events to a topic, as large as they are."""
        config = self.path("gen.yaml")
        with open(config, "w") as f:
            f.write(
                "kafka:\n"
                f"  bootstrap.servers: {self.cluster.bootstrap}\n"
                "  compression.type: none\n"
            )
        return [
            self.scene.lethe, "gen", "--to-topic", topic, "--config", config, *more,
        ]

    def load(self, count, topic=RAW, seed=3):
        began = time.monotonic()
        subprocess.run(
            self.gen(topic, "--events", str(count), "--seed", str(seed)),
            stdin=subprocess.DEVNULL, check=True,
        )
        took = time.monotonic() - began
        say(f"{count:,} events are on {topic} after {took:.0f} s")

    def event_bytes(self, seed=3, count=20000):
        """The mean size of such events."""
        out = self.scene.call("gen", "--events", str(count), "--seed", str(seed))
        return len(out) / count - 1

    @functools.cache
    def records(self, seed=3, count=20000):
        """[(bytes, records of a thousand events)] that lethe makes of them, a
        purpose each."""
        events = self.scene.call("gen", "--events", str(count), "--seed", str(seed))
        done = subprocess.run(
            [self.scene.lethe, "filter", "--config", self.scene.path("lethe.yaml")],
            input=events, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True,
        )
        sizes = {}
        for record in map(json.loads, done.stdout.splitlines()):
            value = json.dumps(record["value"], separators=(",", ":"), ensure_ascii=False)
            sizes.setdefault(record["purpose"], []).append(len(value.encode()))
        return [
            (sum(found) // len(found), 1000 * len(found) // count)
            for _, found in sorted(sizes.items())
        ]

    # -- readers -----------------------------------------------------------

    def lethe(self, group, lanes, sets=None):
        """`lethe run` as a command."""
        rows = {
            "instance": group, "group": group, "application": group,
            "lanes": lanes, "start": "earliest",
            "kafka.bootstrap.servers": self.cluster.bootstrap,
            **(sets or {}),
        }
        command = [self.scene.lethe, "run", "--config", self.scene.path("lethe.yaml")]
        for name, value in rows.items():
            command += ["--set", f"{name}={value}"]
        return command

    def loop(self, kind, group, to, sets=None, raw=RAW):
        """The bare loop as a command; `like` is the best that writes what lethe
        does to `to` and topics that begin with its name."""
        command = [
            os.path.join(self.programs, "bare_loop"), self.cluster.bootstrap,
            raw, to, group, "best" if kind == "like" else kind,
        ]
        if kind == "like":
            command += [
                f"write={topic}:{size}:{share}"
                for topic, (size, share) in zip(self.outputs(kind, to)[1:], self.records())
            ]
        return command + [f"{name}={value}" for name, value in (sets or {}).items()]

    def outputs(self, kind, to):
        own = range(len(self.records())) if kind == "like" else ()
        return [to, *(f"{to}-{i}" for i in own)]

    def group(self, kind):
        """A name that no group had before."""
        self.runs += 1
        return f"bench-{kind}-{self.runs}"

    def read(self, kind, lanes, total, sets=None, raw=RAW):
        """One measurement: `run` is one process with so many lanes, `own`,
        `best` and `like` so many loops in one group."""
        group = self.group(kind)
        if kind == "run":
            return self.measure([self.lethe(group, lanes, sets)], group, total, raw)
        to = "out-" + group
        topics = self.outputs(kind, to)
        self.topics(*topics)
        try:
            loop = self.loop(kind, group, to, sets, raw)
            return self.measure([loop] * lanes, group, total, raw)
        finally:
            self.drop(*topics)

    def measure(self, commands, group, total, raw=RAW):
        """Events a second and CPU while the group's offsets went from FROM to
        TO of all events; the most memory of the processes together."""
        children = [start(c, self.log(group)) for c in commands]
        try:
            first = self.when(children, group, raw, total * FROM)
            last = self.when(children, group, raw, total * TO)
            return self.between(first, last, children)
        finally:
            stop(*children)

    def between(self, first, last, children):
        count = last["at"] - first["at"]
        return {
            "events_s": count / (last["s"] - first["s"]),
            "cpu": (last["cpu"] - first["cpu"]) / count * 1e6 if count else 0,
            "peak_mb": sum(memory_mb(c.pid, "VmHWM") for c in children),
        }

    def now(self, client, children, group, raw):
        if any(c.poll() is not None for c in children):
            with open(self.log(group), errors="replace") as f:
                say("".join(f.readlines()[-5:]))
            raise RuntimeError(f"a process of {group} has ended")
        at = sum(max(0, n) for n in client.committed(group, raw).values())
        return {
            "s": time.monotonic(), "at": at,
            "cpu": sum(cpu_s(c.pid) for c in children),
        }

    def when(self, children, group, raw, events, within_s=WAIT_S):
        """When the committed offsets have come so far, or the time is over."""
        end = time.monotonic() + within_s
        with self.cluster.client() as c:
            while True:
                now = self.now(c, children, group, raw)
                if now["at"] >= events or (within_s < WAIT_S and now["s"] > end):
                    return now
                if now["s"] > end:
                    raise RuntimeError(f"{group} did not come to the end")
                time.sleep(0.02)
