#!/usr/bin/env python3
"""The figures of docs/benchmarks.md: the engine alone; `lethe run` beside a
bare loop of the client library on the same broker, in turns; memory of a lane.
Ratios are of one run, since absolute figures move with the hour.

    make bench            (or tests/bench/bench.py --help)
"""

import argparse
import json
import os
import platform
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tests", "e2e"))
from broker import Cluster, die_with_parent  # noqa: E402
from client import Producer  # noqa: E402
from scene import Scene  # noqa: E402
from topics import device_of  # noqa: E402

RAW = "events.raw"
TICK_HZ = os.sysconf("SC_CLK_TCK")
AIM_ENGINE, AIM_RATIO, AIM_CPU, BARE_CPU = 300000, 0.9, 7.0, 4.8


def say(text):
    print(text, file=sys.stderr, flush=True)


def spread(values, form="{:,.0f}"):
    """median (least to most)"""
    low, mid, high = min(values), statistics.median(values), max(values)
    return form.format(mid) + f" ({form.format(low)} to {form.format(high)})"


# ---- the engine alone


def bench_engine(program, scene, runs):
    core = str(max(os.sched_getaffinity(0)))
    rows = {}
    for form in ("json", "msgpack"):
        done = subprocess.run(
            [
                "taskset", "-c", core, program, scene.path("policy.yaml"),
                scene.path("ring.lethe"), scene.path("secret.key"), form, str(runs),
            ],
            stdout=subprocess.PIPE, check=True, text=True,
        )
        for line in done.stdout.splitlines():
            row = json.loads(line)
            rows.setdefault((form, row["set"]), []).append(row)
            say(f"engine, {form}, {row['set']}: {row['events_s']:,} events/s")
    return rows


# ---- on a broker


def load(scene, bootstrap, count):
    source = subprocess.Popen(
        [scene.lethe, "gen", "--events", str(count), "--seed", "3"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, bufsize=1 << 20,
    )
    producer = Producer(
        bootstrap, RAW,
        **{"batch.size": 1000000, "linger.ms": 50, "compression.type": "none"},
    )
    size = 0
    for line in source.stdout:
        value = line[:-1]
        producer.put(device_of(value), value)
        size += len(value)
    producer.close()
    if source.wait() or producer.count != count:
        raise RuntimeError("could not load the raw topic")
    return size / count


def cpu_s(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK_HZ


def memory_mb(pid, what="VmRSS"):
    with open(f"/proc/{pid}/status") as f:
        return int(re.search(what + r":\s+(\d+)", f.read()).group(1)) / 1024


def start(command, log):
    with open(log, "ab") as out:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            start_new_session=True, preexec_fn=die_with_parent,
        )


def stop(child):
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(25)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def measure(cluster, command, group, total, log):
    """Events a second and CPU between the first commit seen and the last."""
    child = start(command, log)
    first = None
    end = time.monotonic() + 120
    try:
        with cluster.client() as c:
            while True:
                now, at = time.monotonic(), 0
                at = sum(max(0, n) for n in c.committed(group, RAW).values())
                if first is None and at:
                    first = (now, at, cpu_s(child.pid))
                if at >= total:
                    break
                if child.poll() is not None or now > end:
                    with open(log, errors="replace") as f:
                        say("".join(f.readlines()[-5:]))
                    raise RuntimeError(f"{group} did not come to the end")
                time.sleep(0.02)
            took, count = now - first[0], at - first[1]
            return {
                "events_s": count / took,
                "cpu": (cpu_s(child.pid) - first[2]) / count * 1e6,
                "peak_mb": memory_mb(child.pid, "VmHWM"),
            }
    finally:
        stop(child)


def run_command(scene, cluster, group, lanes):
    sets = {
        "instance": group, "group": group, "application": group,
        "lanes": lanes, "start": "earliest",
        "kafka.bootstrap.servers": cluster.bootstrap,
    }
    command = [scene.lethe, "run", "--config", scene.path("lethe.yaml")]
    for name, value in sets.items():
        command += ["--set", f"{name}={value}"]
    return command


def bench_run(scene, cluster, bare, total, runs, directory):
    rows = {"run": [], "own": [], "best": []}
    for i in range(runs):
        for kind in rows:
            group = f"bench-{kind}-{i}"
            to = f"out-{kind}-{i}"
            log = os.path.join(directory, group + ".log")
            if kind == "run":
                command = run_command(scene, cluster, group, 1)
            else:
                cluster.topic(to, 4)
                command = [bare, cluster.bootstrap, RAW, to, group, kind]
            row = measure(cluster, command, group, total, log)
            rows[kind].append(row)
            if kind != "run":
                with cluster.client() as c:
                    c.delete_topic(to)
            say(
                f"{kind}: {row['events_s']:,.0f} events/s, {row['cpu']:.2f} CPU-s "
                f"a million, {row['peak_mb']:.0f} MB at most"
            )
    return rows


def bench_lanes(scene, cluster, directory):
    """Resident memory of idle lanes: their queues are empty."""
    rows = {}
    cluster.topic("events.idle", 8)
    policy = scene.with_policy(
        "idle.yaml", lambda text: text.replace(f"[{RAW}]", "[events.idle]")
    )
    for lanes in (1, 4):
        group = f"idle-{lanes}"
        command = run_command(scene, cluster, group, lanes)
        command += ["--set", "policy=" + policy]
        child = start(command, os.path.join(directory, group + ".log"))
        time.sleep(8)
        if child.poll() is not None:
            raise RuntimeError("idle lanes ended")
        rows[lanes] = memory_mb(child.pid)
        stop(child)
        say(f"{lanes} idle lanes: {rows[lanes]:.1f} MB")
    return rows


# ---- the page


def machine():
    with open("/proc/cpuinfo") as f:
        found = re.search(r"model name\s*:\s*(.*)", f.read())
    return f"{found.group(1) if found else platform.machine()}, {os.cpu_count()} cores"


def page_engine(rows):
    yield "## The engine alone"
    yield ""
    yield (
        "Generated shop events through `lethe_process`, one core, no Kafka, by the time the "
        "thread really ran. A full event "
        "gives two records with four tokens. In `full` 1,000 people come back, as in a shop, "
        "and most tokens of people and sessions are remembered (the id of an event never "
        "is); in `new` every event is of another person, and none is. `mix` is the events "
        "as the shop has them, refusals and events of no purpose among them. Median (least "
        "to most) of the runs."
    )
    yield ""
    yield "| input | events | bytes | records | events/s | MB/s | instructions an event |"
    yield "|---|---|---|---|---|---|---|"
    for (form, kind), runs in rows.items():
        counted = [r["instructions"] for r in runs]
        yield (
            f"| {form} | {kind} | {runs[0]['bytes']:,} | {runs[0]['records']:.2f} "
            f"| {spread([r['events_s'] for r in runs])} "
            f"| {spread([r['mb_s'] for r in runs])} "
            f"| {spread(counted) if any(counted) else 'not counted by this machine'} |"
        )
    got, new = (
        statistics.median(r["events_s"] for r in rows["json", kind])
        for kind in ("full", "new")
    )
    yield ""
    yield (
        f"Aim: {AIM_ENGINE:,} full JSON events a second. Measured: {got:,.0f}, "
        f"{'reached' if got >= AIM_ENGINE else 'missed'}; with every identifier new "
        f"{new:,.0f}, {'reached' if new >= AIM_ENGINE else 'missed'}."
    )


def page_run(rows, size, total):
    yield "## On a broker"
    yield ""
    yield (
        f"{total:,} events of {size:,.0f} bytes on 4 partitions, one lane, transactions "
        "each 100 ms; client and broker share the cores. The loop consumes, writes every "
        "event back whole and commits; `own` has lethe's client settings, `best` a 16 MB "
        "fetch queue and a broker thread that is woken every 5 ms. In turns, "
        f"{len(rows['run'])} times. Median (least to most)."
    )
    yield ""
    yield "| | events/s | CPU-s a million events | resident at most, MB |"
    yield "|---|---|---|---|"
    names = {"run": "`lethe run`", "own": "loop, own", "best": "loop, best"}
    for kind, runs in rows.items():
        yield (
            f"| {names[kind]} | {spread([r['events_s'] for r in runs])} "
            f"| {spread([r['cpu'] for r in runs], '{:.2f}')} "
            f"| {spread([r['peak_mb'] for r in runs])} |"
        )
    yield ""
    yield "| | aim | measured | |"
    yield "|---|---|---|---|"

    def ratio(kind, field):
        return [a[field] / b[field] for a, b in zip(rows["run"], rows[kind])]

    for kind in ("own", "best"):
        found = ratio(kind, "events_s")
        good = statistics.median(found) >= AIM_RATIO
        yield (
            f"| throughput over loop, {kind} | ≥ {AIM_RATIO} | {spread(found, '{:.2f}')} "
            f"| {'reached' if good else 'missed'} |"
        )
    found = ratio("own", "cpu")
    good = statistics.median(found) <= AIM_CPU / BARE_CPU
    yield (
        f"| CPU over loop, own | ≤ {AIM_CPU / BARE_CPU:.2f} ({AIM_CPU:.0f} s where it takes "
        f"{BARE_CPU}) | {spread(found, '{:.2f}')} | {'reached' if good else 'missed'} |"
    )


def page_lanes(rows):
    yield "## Memory"
    yield ""
    yield (
        f"An idle process with one lane is {rows[1]:.1f} MB resident, with four "
        f"{rows[4]:.1f} MB: {(rows[4] - rows[1]) / 3:.1f} MB a lane, its two clients "
        "included, their queues empty. Under load the client's fetch queue adds up to "
        "`queued.max.messages.kbytes` a lane; the table above has what that came to."
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lethe", default="build/lethe")
    parser.add_argument("--programs", default="build/release/tests/bench")
    parser.add_argument("--events", type=int, default=500000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--engine-only", action="store_true")
    parser.add_argument("--out", default="docs/benchmarks.md")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="lethe-bench-") as directory:
        scene = Scene(args.lethe, directory, os.path.join(HERE, "policy.yaml"))
        engine = bench_engine(os.path.join(args.programs, "engine"), scene, 5)
        lines = [
            "# Benchmarks", "",
            "Written by `make bench`. Absolute figures move with machine and hour; the "
            "ratios are of one run.", "",
            f"Machine: {machine()}; Linux {platform.release()}; "
            + " ".join(subprocess.run(
                [args.lethe, "--version"], stdout=subprocess.PIPE, text=True
            ).stdout.split()) + ".",
            "", *page_engine(engine), "",
        ]
        if not args.engine_only:
            settings = {"log.retention.check.interval.ms": 5000, "file.delete.delay.ms": 0,
                        "log.segment.delete.delay.ms": 0}
            with Cluster(os.path.join(directory, "kafka"), 1, settings) as cluster:
                for topic in (RAW, "rec.events", "analytics.events", "events.quarantine"):
                    cluster.topic(topic, 4)
                size = load(scene, cluster.bootstrap, args.events)
                say(f"{args.events:,} events are on the raw topic")
                rows = bench_run(
                    scene, cluster, os.path.join(args.programs, "bare_loop"),
                    args.events, args.runs, directory,
                )
                lanes = bench_lanes(scene, cluster, directory)
            lines += [*page_run(rows, size, args.events), "", *page_lanes(lanes), ""]
    text = "\n".join(lines)
    print(text)
    if args.out:
        with open(args.out, "w") as f:
            f.write(text)


if __name__ == "__main__":
    main()
