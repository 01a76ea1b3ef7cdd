"""What a changed ring costs the lanes while events flow, as they say themselves."""

import json
import os
import re
import shutil
import time

import page
from stage import RAW, start, stop

AIM_MS = 5
CHANGES, PAUSE_S, RATE = 12, 2, 20000
SETTINGS = {"policy.watch": "1s", "log.format": "json"}
PURPOSE = """  more{n}:
    says: One more.
    basis: contract
    ticket: LEGAL-9
    on: [viewed]
    topic: more{n}.events
    recipients: [nobody]
    retention: 1d
    identity: [user]
"""
FIELD = (
    "  - {{ do: event, as: event, for: [more{n}], required: true, why: what happened }}\n"
)


def said(log, event):
    with open(log, errors="replace") as f:
        lines = [json.loads(line) for line in f if line.startswith("{")]
    return [line for line in lines if line["event"] == event]


def change(stage, n):
    """One purpose more in a copy of the ring, which then takes its place."""
    def more(text):
        text = re.sub("^fields:\\n", PURPOSE.format(n=n) + "fields:\n", text, flags=re.M)
        return text.replace("\nquarantine:", "\n" + FIELD.format(n=n) + "quarantine:")

    policy = stage.scene.with_policy(f"more{n}.yaml", more)
    ring, copy = stage.scene.path("ring.lethe"), stage.scene.path("ring.next")
    shutil.copy(ring, copy)
    stage.scene.call("keys", "add", "--policy", policy, "--ring", copy)
    os.replace(copy, ring)


def measure(stage):
    log = stage.log("reload")
    count = str(int(RATE * (CHANGES + 4) * PAUSE_S))
    reader = start(stage.lethe(stage.group("reload"), 2, SETTINGS), log)
    writer = start(stage.gen(RAW, "--rate", str(RATE), "--events", count), log + ".gen")
    try:
        time.sleep(3 * PAUSE_S)
        for n in range(CHANGES):
            change(stage, n)
            time.sleep(PAUSE_S)
        time.sleep(PAUSE_S)
    finally:
        stop(writer, reader)
    return said(log, "view_taken"), len(said(log, "ring_applied"))


def lines(rows, changes):
    stands = [row["switch_us"] / 1000 for row in rows]
    yield "## A changed ring"
    yield ""
    yield (
        f"{changes} new versions of a ring, one purpose more each, while two lanes take "
        f"{RATE:,} events a second; generator and broker share the cores. As the lanes say "
        "in `view_taken`: at the stated instant a lane commits what is open, which it "
        "would have done within its interval, and goes on by the new view. Reading, "
        "checking and opening the ring and deriving its keys happens beside them; "
        "the remembered tokens are emptied with the first event after it, which is not in "
        "these times. Milliseconds, median (least to most); 0.000 is less than a microsecond."
    )
    yield ""
    yield from page.table(
        ["", "ms"],
        ["after the stated instant", page.spread([r["late_ms"] for r in rows])],
        ["the commit", page.spread([r["commit_us"] / 1000 for r in rows], "{:.1f}")],
        ["stands still for the new view", page.spread(stands, "{:.3f}")],
    )
    yield ""
    yield (
        f"Aim: no lane stands longer than {AIM_MS} ms, its commit aside. Measured: "
        f"{page.spread(stands, '{:.3f}')}, {page.verdict(max(stands) <= AIM_MS)}."
    )
