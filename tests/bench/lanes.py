"""Time from a start to the first record; memory of lanes beside the queues."""

import statistics
import time

import page
from stage import OUTPUTS, RAW, memory_mb, start, stop

AIM_S, AIM_MB, IDLE = 3, 32, "events.idle"
SETTLE_S = 8


def committed_records(stage):
    with stage.cluster.client() as c:
        return sum(c.end_offsets(OUTPUTS[0], committed_only=True).values())


def first_record(stage, group):
    """Seconds from the start of the process to the first committed record."""
    before = committed_records(stage)
    began = time.monotonic()
    child = start(stage.lethe(group, 1), stage.log(group))
    try:
        while committed_records(stage) == before:
            if child.poll() is not None or time.monotonic() > began + 60:
                raise RuntimeError(f"no first record of {group}")
            time.sleep(0.005)
        return time.monotonic() - began
    finally:
        stop(child)


def measure_start(stage, runs):
    """Of a group that never was, and of one that is started again."""
    rows = {"new": [], "again": []}
    for _ in range(runs):
        group = stage.group("first")
        for kind, found in rows.items():
            found.append(first_record(stage, group))
            page.say(f"first record, {kind}: {found[-1]:.2f} s")
    return rows


def measure_idle(stage):
    """Resident memory of idle lanes: their queues are empty."""
    rows = {}
    stage.topics(IDLE, partitions=8)
    policy = stage.scene.with_policy(
        "idle.yaml", lambda text: text.replace(f"[{RAW}]", f"[{IDLE}]")
    )
    for lanes in (1, 4):
        group = stage.group("idle")
        child = start(stage.lethe(group, lanes, {"policy": policy}), stage.log(group))
        time.sleep(SETTLE_S)
        if child.poll() is not None:
            raise RuntimeError("idle lanes ended")
        rows[lanes] = memory_mb(child.pid)
        stop(child)
        page.say(f"{lanes} idle lanes: {rows[lanes]:.1f} MB")
    return rows


def lines(first, idle, busy):
    """
    busy   what was resident and what waited at half load, one lane, a row a run
    """
    lane = (idle[4] - idle[1]) / 3
    before = idle[1] - lane
    beside = [row["mb"] - row["fetched"] - row["unsent"] for row in busy]
    own = [mb - before for mb in beside]
    yield "## Start and memory of a lane"
    yield ""
    yield (
        "From the start of the process to its first committed record: one lane, a group "
        "without other members, on a broker whose `group.initial.rebalance.delay.ms` is 0 "
        "(its own default lets a new group wait 3 s for more members). Seconds, median "
        "(least to most)."
    )
    yield ""
    yield from page.table(
        ["", "aim", "measured", ""],
        *(
            [name, f"≤ {AIM_S}", page.spread(first[kind], "{:.2f}"),
             page.verdict(statistics.median(first[kind]) <= AIM_S)]
            for kind, name in (("new", "a group that never was"), ("again", "started again"))
        ),
    )
    yield ""
    yield (
        f"Resident, MB. An idle process, whose queues are empty, has {idle[1]:.1f} with one "
        f"lane and {idle[4]:.1f} with four, so that it has {before:.1f} before its first lane: "
        "the program, its libraries, the policy. At half load (above), looked at every half "
        "second, a process of one lane keeps what its open transaction read until it is "
        "committed, which is told as the most of the last second; the client's queues are as "
        "it tells them itself."
    )
    yield ""
    yield from page.table(
        ["", "aim", "measured", ""],
        ["a lane more, idle", f"≤ {AIM_MB}", f"{lane:.1f}", page.verdict(lane <= AIM_MB)],
        ["at half load, all of it", "", page.spread([row["mb"] for row in busy]), ""],
        *(
            [f"of that {name}", "", page.spread([row[queue] for row in busy]), ""]
            for queue, name in (
                ("fetched", "the client's queue of what is fetched"),
                ("unsent", "the client's queue of records"),
                ("retained", "what the open transaction read"),
            )
        ),
        ["at half load beside the client's queues", "", page.spread(beside), ""],
        ["of that the lane's own", f"≤ {AIM_MB}", page.spread(own),
         page.verdict(statistics.median(own) <= AIM_MB)],
    )
