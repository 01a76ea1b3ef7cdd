#!/usr/bin/env python3
"""The figures of docs/benchmarks.md.

    tests/bench/bench.py engine     the engine alone
    tests/bench/bench.py run        `lethe run` beside the bare loop
    tests/bench/bench.py latency    at half load; start; memory of a lane
    tests/bench/bench.py memory     of a process that finds 5 GB waiting
    tests/bench/bench.py sweep      fetch queues and wakes, one broker and three
    tests/bench/bench.py scale      how cost grows; also draws a picture
    tests/bench/bench.py reload     what a changed ring costs the lanes
    tests/bench/bench.py ledger     the consent ledger's store alone
    tests/bench/bench.py consent    from a withdrawal to silence
    tests/bench/bench.py profile    where the engine's instructions go

Ratios are of one run, since absolute figures move with the hour.
"""

import argparse
import contextlib
import os
import signal
import sys
import tempfile

import costs
import engine_alone
import lanes
import latency
import ledger_store
import memory
import page
import ratios
import reload
import scale
import scale_page
import silence
import sweep
from stage import HERE, OUTPUTS, RAW, Scene, Stage


def do_engine(args, directory):
    scene = Scene(args.lethe, directory, HERE + "/policy.yaml")
    rows = engine_alone.measure(scene, args.programs, args.runs + 2)
    put(args, "engine", engine_alone.lines(rows))


def do_run(args, directory):
    with Stage(args.lethe, args.programs, directory) as stage:
        stage.topics(RAW, *OUTPUTS)
        stage.load(args.events)
        rows = ratios.measure(stage, args.events, args.runs)
        put(args, "run", ratios.lines(
            rows, stage.event_bytes(), args.events, stage.records()))


def do_latency(args, directory):
    with Stage(args.lethe, args.programs, directory, join_ms=0) as stage:
        stage.topics(RAW, *OUTPUTS)
        stage.load(args.events)
        seconds = args.seconds or 8
        rate, rows = latency.measure(stage, args.events, args.runs, seconds)
        put(args, "latency", latency.lines(rate, rows, seconds))
        first, idle = lanes.measure_start(stage, args.runs), lanes.measure_idle(stage)
        put(args, "lanes", lanes.lines(first, idle, rows["run"]))


def do_memory(args, directory):
    with Stage(args.lethe, args.programs, directory) as stage:
        size = stage.event_bytes()
        count = int(args.gb * 1e9 / size)
        stage.topics(RAW, *OUTPUTS)
        stage.load(count)
        put(args, "memory", memory.lines(memory.measure(stage, count), size, count))


def do_sweep(args, directory):
    found = {}
    for nodes, partitions in ((1, 4), (3, 6)):
        place = os.path.join(directory, str(nodes))
        os.mkdir(place)
        with Stage(args.lethe, args.programs, place, nodes=nodes) as stage:
            stage.partitions = partitions
            stage.topics(RAW, *OUTPUTS)
            stage.load(args.events)
            rows = sweep.measure(stage, args.events, args.short)
            turns = sweep.in_turns(stage, args.events, rows)
            found[nodes] = partitions, rows, turns
            size = stage.event_bytes()
    put(args, "sweep", sweep.lines(found, size))


def do_scale(args, directory):
    axes = args.axes.split(",") if args.axes else list(scale.AXES)
    if not args.broker:
        axes = [axis for axis in axes if axis in scale.ENGINE]
    stage = Stage(args.lethe, args.programs, directory)
    with stage if args.broker else contextlib.nullcontext():
        runs = 1 if args.short else 2
        found = scale.measure(stage, axes, runs, args.short, args.mb << 20, args.broker)
    put(args, "scale", scale_page.lines(found, runs))
    if args.out:
        folder = os.path.dirname(os.path.abspath(args.out))
        scale_page.write_picture(os.path.join(folder, scale_page.PICTURE), found)


def do_reload(args, directory):
    with Stage(args.lethe, args.programs, directory, join_ms=0) as stage:
        stage.topics(RAW, *OUTPUTS)
        put(args, "reload", reload.lines(*reload.measure(stage)))


def do_profile(args, directory):
    scene = Scene(args.lethe, directory, HERE + "/policy.yaml")
    put(args, "profile", costs.lines(costs.measure(scene, args.programs, directory)))


def do_ledger(args, directory):
    found = ledger_store.measure(args.programs, directory, args.subjects)
    put(args, "ledger", ledger_store.lines(found, args.subjects))


def do_consent(args, directory):
    with Stage(args.lethe, args.programs, directory, join_ms=0) as stage:
        stage.topics(RAW, *OUTPUTS)
        found = silence.measure(
            stage, args.subjects, args.rate, args.per_s, args.seconds or 40,
            args.events // 2, min(args.runs, 2),
        )
        put(args, "consent", silence.lines(found, args.subjects, args.rate, args.per_s))


def put(args, name, lines):
    lines = list(lines)
    lines[1:1] = ["", page.machine(args.lethe)]
    page.write(args.out, name, lines)


PARTS = {
    "engine": do_engine, "run": do_run, "latency": do_latency, "memory": do_memory,
    "sweep": do_sweep, "scale": do_scale, "reload": do_reload,
    "ledger": do_ledger, "consent": do_consent, "profile": do_profile,
}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="+", choices=PARTS)
    parser.add_argument("--lethe", default="build/lethe")
    parser.add_argument("--programs", default="build/release/tests/bench")
    parser.add_argument("--events", type=int, default=1000000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=int, help="of half load; of withdrawals")
    parser.add_argument("--gb", type=float, default=5, help="of backlog")
    parser.add_argument("--subjects", type=int, default=1000000, help="of ledger")
    parser.add_argument("--rate", type=int, default=10000, help="events/s of consent")
    parser.add_argument("--per-s", type=int, default=25, help="withdrawals, of consent")
    parser.add_argument("--short", action="store_true", help="fewer points, fewer runs")
    parser.add_argument("--axes", help="of scale, by commas; all of them")
    parser.add_argument("--mb", type=int, default=600, help="of events a point of scale")
    parser.add_argument("--engine-alone", dest="broker", action="store_false")
    parser.add_argument("--out", default="docs/benchmarks.md", help="'': prints alone")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    for part in args.parts:
        with tempfile.TemporaryDirectory(prefix="lethe-bench-") as directory:
            PARTS[part](args, directory)


if __name__ == "__main__":
    main()
