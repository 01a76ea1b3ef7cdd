"""The engine alone on one core, without Kafka."""

import json
import os
import statistics
import subprocess

import page

AIM = 300000
OVERLAP_AIM = 1.5


def measure(stage_scene, programs, runs):
    core = str(max(os.sched_getaffinity(0)))
    rows = {}
    for form in ("json", "msgpack"):
        done = subprocess.run(
            [
                "taskset", "-c", core, os.path.join(programs, "engine"),
                stage_scene.path("policy.yaml"), stage_scene.path("ring.lethe"),
                stage_scene.path("secret.key"), form, str(runs),
            ],
            stdout=subprocess.PIPE, check=True, text=True,
        )
        for line in done.stdout.splitlines():
            row = json.loads(line)
            rows.setdefault((form, row["set"]), []).append(row)
            page.say(f"engine, {form}, {row['set']}: {row['events_s']:,} events/s")
    return rows


def lines(rows):
    yield "## The engine alone"
    yield ""
    yield (
        "Generated shop events through `lethe_process`, one core, no Kafka, by the time the "
        "thread really ran. A full event "
        "gives two records with four tokens. In `full` 1,000 people come back, as in a shop, "
        "and most tokens of people and sessions are remembered (the id of an event never "
        "is); in `new` every event is of another person, and none is. `mix` is the events "
        "as the shop has them, refusals and events of no purpose among them. `overlap` and "
        "`overlap_new` are the events of `full` and of `new` while two epochs of each "
        "purpose overlap: eight tokens, and a rekey for each person. Median (least "
        "to most) of the runs."
    )
    yield ""
    yield from page.table(
        ["input", "events", "bytes", "records", "events/s", "MB/s",
         "instructions an event"],
        *(row(form, kind, runs) for (form, kind), runs in rows.items()),
    )
    got, new = (
        statistics.median(r["events_s"] for r in rows["json", kind])
        for kind in ("full", "new")
    )
    yield ""
    yield (
        f"Aim: {AIM:,} full JSON events a second. Measured: {got:,.0f}, "
        f"{page.verdict(got >= AIM)}; with every identifier new {new:,.0f}, "
        f"{page.verdict(new >= AIM)}."
    )
    yield ""
    yield (
        f"Aim: an overlap costs at most {OVERLAP_AIM} times an event without one. "
        "Measured: " + "; ".join(overlap(rows, kind) for kind in ("full", "new")) + "."
    )


def overlap(rows, kind):
    name = {"full": "overlap", "new": "overlap_new"}[kind]
    plain, both = (
        statistics.median(r["events_s"] for r in rows["json", k]) for k in (kind, name)
    )
    return (
        f"`{name}` {plain / both:.2f} times `{kind}`, "
        f"{page.verdict(plain / both <= OVERLAP_AIM)}"
    )


def row(form, kind, runs):
    counted = [r["instructions"] for r in runs]
    return [
        form, kind, f"{runs[0]['bytes']:,}", f"{runs[0]['records']:.2f}",
        page.spread([r["events_s"] for r in runs]),
        page.spread([r["mb_s"] for r in runs]),
        page.spread(counted) if any(counted) else "not counted by this machine",
    ]
