"""Added latency at half load: from the raw event's append to the arrival of its
record at a read_committed consumer."""

import json
import os
import re
import statistics
import subprocess
import time
import urllib.request

import page
from stage import RAW, free_ports, memory_mb, start, stop

WARM_S, JOIN_S, COMMIT_MS, SLACK_MS = 3, 3, 100, 60
LOOK_S = 0.5
QUEUES = re.compile(r'^lethe_queue_bytes\{queue="(\w+)"\} (\S+)$', re.M)
LIVE = "events.live"
APPENDED = (
    '  - { path: "@timestamp", as: appended, for: [analytics], on: [viewed, added, ordered], '
    "do: keep, type: integer, min: 0, max: 99999999999999, why: when it came }\n\n"
)


def measure(stage, total, runs, seconds):
    """Half of what one lane reads where there is no end of events."""
    full = [stage.read("run", 1, total)["events_s"] for _ in range(runs)]
    rate = int(statistics.median(full) / 2)
    rows = {"run": [], "own": []}
    for _ in range(runs):
        for kind, found in rows.items():
            row = once(stage, kind, rate, seconds)
            found.append(row)
            page.say(
                f"{kind} at {rate:,} events/s: p50 {row['p50']} ms, p99 {row['p99']} ms, "
                f"max {row['max']} ms, {row['count']:,} records, {row['mb']:.0f} MB"
            )
    return rate, rows


def command(stage, kind, group, to, port):
    if kind == "run":
        policy = stage.scene.with_policy(
            "live.yaml",
            lambda text: text.replace(f"[{RAW}]", f"[{LIVE}]")
            .replace("topic: analytics.events", "topic: " + to)
            .replace("\nquarantine:", APPENDED + "quarantine:"),
        )
        sets = {"policy": policy, "http.listen": f"127.0.0.1:{port}"}
        return stage.lethe(group, 1, sets), "value"
    return stage.loop(kind, group, to, {"stamp": 1}, LIVE), "timestamp"


def queues_mb(port):
    """What waits in a process, by queue."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page_:
        return {name: float(n) / 1e6 for name, n in QUEUES.findall(page_.read().decode())}


def look_until(generator, child, port):
    """What is resident while the generator writes, and of that what waits, a row a
    look: the queues' sizes are the client's own, some seconds old."""
    rows = []
    while generator.poll() is None:
        time.sleep(LOOK_S)
        waits = queues_mb(port) if port else {}
        rows.append({**waits, "mb": memory_mb(child.pid)})
    if generator.returncode:
        raise RuntimeError(f"the generator ended with {generator.returncode}")
    warm = rows[len(rows) // 3 :]
    return {name: statistics.mean(row[name] for row in warm) for name in warm[0]}


def once(stage, kind, rate, seconds):
    group = stage.group("live-" + kind)
    # A topic of its own: what earlier measurements wrote would have to be read
    # first, and the reader shares the cores.
    topic = "out-" + group
    stage.topics(topic)
    stage.topics(LIVE, settings={"message.timestamp.type": "LogAppendTime"})
    port = free_ports(1)[0] if kind == "run" else None
    reader, where = command(stage, kind, group, topic, port)
    child = start(reader, stage.log(group))
    children = [child]
    try:
        time.sleep(JOIN_S)
        watch = subprocess.Popen(
            [
                os.path.join(stage.programs, "watch"), stage.cluster.bootstrap, topic,
                where, str(WARM_S),
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        )
        children.append(watch)
        count = rate * (WARM_S + seconds)
        generator = subprocess.Popen(
            stage.gen(LIVE, "--rate", str(rate), "--events", str(count)),
            stdin=subprocess.DEVNULL,
        )
        children.append(generator)
        seen = look_until(generator, child, port)
        time.sleep(1)
        stop(watch)
        if watch.returncode:
            raise RuntimeError(f"the reader of {topic} ended with {watch.returncode}")
        row = json.loads(watch.stdout.read())
        if not row["count"]:
            raise RuntimeError(f"no record of {group} arrived")
        return {**row, **seen}
    finally:
        stop(*children)
        stage.drop(LIVE, topic)


def lines(rate, rows, seconds):
    aim = COMMIT_MS + SLACK_MS
    names = {"run": "`lethe run`", "own": "loop, own"}
    found = [r["p99"] for r in rows["run"]]
    yield "## Latency at half load"
    yield ""
    yield (
        f"{rate:,} events a second, half of what one lane reads from a backlog in the same "
        f"run, for {seconds} s after {WARM_S} s of warming, {len(found)} times in turns; "
        "generator, broker, the measured and the reader share the cores. From the moment "
        "at which the broker appended the raw event (the topic has its clock, "
        "LogAppendTime) to the arrival of its record at a read_committed consumer, by the "
        "same machine's clock; nothing is subtracted. lethe's record carries the append "
        "time as a field of the policy, the loop's as its timestamp. Milliseconds, median "
        "(least to most)."
    )
    yield ""
    yield from page.table(
        ["", "p50", "p99", "p99.9", "max", "resident meanwhile, MB"],
        *(
            [names[kind]]
            + [page.spread([r[f] for r in found]) for f in
               ("p50", "p99", "p999", "max", "mb")]
            for kind, found in rows.items()
        ),
    )
    yield ""
    yield (
        f"Aim: p99 ≤ {aim} ms, the commit interval ({COMMIT_MS} ms) and {SLACK_MS} ms. "
        f"Measured: {page.spread(found)}, {page.verdict(statistics.median(found) <= aim)}."
    )
