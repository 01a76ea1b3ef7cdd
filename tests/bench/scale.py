"""How cost grows: one thing at a time, all else as in BASE."""

import json
import os
import statistics
import subprocess

import callgrind
import grow
import page
from stage import Producer, Scene

BASE = {"lanes": 1, "partitions": 4, "purposes": 2, "fields": 10, "kb": 2}
AXES = {
    "purposes": (1, 2, 4, 8, 16),
    "fields": (5, 20, 50, 100, 200),
    "kb": (0.5, 1, 2, 4, 8, 16, 32),
    "lanes": (1, 2, 4),
    "partitions": (1, 4, 16, 64),
}
# The events of an axis are of one size, unless that is the axis.
KB = {"fields": 8}
OF = {"purposes": "purpose", "fields": "field", "kb": "KB", "lanes": "lane",
      "partitions": "partition"}
ENGINE = ("purposes", "fields", "kb")
WITH_LOOP = ("kb", "lanes", "partitions")
LINES, LINES_BYTES, COUNTED = 8000, 32 << 20, 200
ROUNDS = 10  # of engine.c


def points(axis, short):
    values = AXES[axis]
    for value in values[::2] if short else values:
        yield value, {**BASE, "kb": KB.get(axis, BASE["kb"]), axis: value}


class Point:
    """Policy, keys and events of one point."""

    def __init__(self, stage, name, at):
        self.name, self.at = name, at
        home = stage.path(name)
        os.mkdir(home)
        size = int(at["kb"] * 1024)
        self.rows = grow.events(
            min(LINES, max(1000, LINES_BYTES // size)), at["fields"], size
        )
        policy = grow.write_policy(home, name, at["purposes"], at["fields"])
        self.scene = Scene(stage.scene.lethe, home, policy)
        self.file = os.path.join(home, "events")
        grow.write(self.file, self.rows)
        self.raw = name + ".raw"
        self.outputs = [grow.topic_of(name, i) for i in range(at["purposes"])]
        self.outputs.append(name + ".quarantine")

    def engine(self, stage, runs, lines=None):
        path = self.file
        if lines:
            path += ".few"
            grow.write(path, self.rows[:lines])
        return [
            os.path.join(stage.programs, "engine"), self.scene.path("policy.yaml"),
            self.scene.path("ring.lethe"), self.scene.path("secret.key"), path, str(runs),
        ]


# ---- the engine alone


def engine_row(stage, point, runs):
    core = str(max(os.sched_getaffinity(0)))
    done = subprocess.run(
        ["taskset", "-c", core, *point.engine(stage, runs)],
        stdout=subprocess.PIPE, check=True, text=True,
    )
    found = [json.loads(row) for row in done.stdout.splitlines()]
    counted = callgrind.run(
        point.engine(stage, 1, COUNTED), stage.path(point.name + ".callgrind")
    )
    if any(abs(r["records"] - point.at["purposes"]) > 0.001 for r in found):
        raise RuntimeError(f"{point.name}: not every event gave its records")
    return {
        "us": [1e6 / r["events_s"] for r in found],
        "instructions": counted / ROUNDS / COUNTED,
    }


# ---- on a broker


def load(stage, point, total):
    stage.topics(point.raw, *point.outputs, partitions=point.at["partitions"])
    producer = Producer(
        stage.cluster.bootstrap, point.raw,
        **{"batch.size": 1000000, "linger.ms": 20, "compression.type": "none"},
    )
    for i in range(total):
        producer.put(*point.rows[i % len(point.rows)])
    producer.close()


def broker_row(stage, point, runs, loop, total):
    load(stage, point, total)
    stage.scene, stage.partitions = point.scene, point.at["partitions"]
    row = {}
    try:
        for _ in range(runs):
            for kind in ("run", "best") if loop else ("run",):
                found = stage.read(kind, point.at["lanes"], total, None, point.raw)
                row.setdefault(kind, []).append(found)
    finally:
        stage.drop(point.raw, *point.outputs)
    return row


def measure(stage, axes, runs, short, most_bytes, broker):
    """{axis: [(value, engine row or None, broker row)]}"""
    found = {}
    for axis in axes:
        for value, at in points(axis, short):
            point = Point(stage, f"{axis}{value:g}".replace(".", "-"), at)
            engine = engine_row(stage, point, runs + 2) if axis in ENGINE else None
            size = len(point.rows[0][1])
            total = min(300000, max(20000, int(most_bytes / size)))
            row = (
                broker_row(stage, point, runs, axis in WITH_LOOP, total) if broker else {}
            )
            found.setdefault(axis, []).append((value, engine, row))
            page.say(said(axis, value, engine, row))
    return found


def said(axis, value, engine, row):
    text = f"{axis} {value:g}:"
    if engine:
        text += f" engine {statistics.median(engine['us']):.2f} µs"
    for kind, rows in row.items():
        text += f", {kind} {statistics.median(r['cpu'] for r in rows):.2f} µs of CPU"
    return text
