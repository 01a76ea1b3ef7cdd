"""Fetch queues and wakes: `lethe run` and the loop over all pairs, on one broker
and on three."""

import statistics
import time

import page
from stage import OUTPUTS, RAW, start, stop

QUEUES_MB = (4, 8, 16, 32, 64, 128, 256)
WAKES = (0, 10, 20, 50, 100)
BEST_WAKES = (50, 200)  # all the time, which lethe does not do
LEAD_S, SPAN_S = 1.0, 3.0
OWN = ("own", 16, 20)  # how lethe's lanes fetch
TURNS = 5
AIM = 0.95
KINDS = {"run": "`lethe run`", "own": "loop, lethe's waker", "best": "loop, always woken"}


def pairs(kind, short):
    queues = QUEUES_MB[::2] if short else QUEUES_MB
    wakes = BEST_WAKES if kind == "best" else WAKES[::2] if short else WAKES
    return [(queue, wake) for queue in queues for wake in wakes]


def sample(stage, kind, queue, wake, total):
    """Some seconds of a backlog: with a small queue that nobody wakes, all of
    it would take many minutes."""
    sets = {
        "fetch.wake": wake,
        "kafka.consumer.queued.max.messages.kbytes": queue * 1024,
    }
    group = stage.group(kind)
    to = "out-" + group
    command = stage.lethe(group, 1, sets)
    if kind != "run":
        stage.topics(to)
        command = stage.loop(kind, group, to, sets)
    child = start(command, stage.log(group))
    try:
        stage.when([child], group, RAW, 1)
        time.sleep(LEAD_S)
        first = stage.when([child], group, RAW, 1)
        last = stage.when([child], group, RAW, total, within_s=SPAN_S)
        return stage.between(first, last, [child])
    finally:
        stop(child)
        if kind != "run":
            stage.drop(to)


def measure(stage, total, short):
    rows = {}
    for kind in KINDS:
        for queue, wake in pairs(kind, short):
            row = sample(stage, kind, queue, wake, total)
            rows[kind, queue, wake] = row
            page.say(
                f"{kind}, {queue} MB, {wake} wakes: {row['events_s']:,.0f} events/s, "
                f"{row['peak_mb']:.0f} MB"
            )
        stage.drop(*OUTPUTS)
        stage.topics(*OUTPUTS)
    return rows


def in_turns(stage, total, rows):
    """The best loop of those single runs against lethe's own way, since one run
    beside another differs by more than the two do: {(kind, queue, wake): rows}"""
    best = best_of(rows, ("own", "best"))
    found = {OWN: [], best: []}
    for _ in range(TURNS):
        for at, turns in found.items():
            turns.append(sample(stage, *at, total))
            page.say("in turns, {}, {} MB, {} wakes: {:,.0f} events/s".format(
                *at, turns[-1]["events_s"]))
    return found


def grid(rows, kind):
    queues = sorted({q for k, q, _ in rows if k == kind})
    wakes = sorted({w for k, _, w in rows if k == kind})
    yield from page.table(
        ["queue, MB", *(f"woken {w}/s" for w in wakes)],
        *(
            [str(q)] + [
                f"{rows[kind, q, w]['events_s'] / 1000:,.0f} ({rows[kind, q, w]['peak_mb']:.0f})"
                for w in wakes
            ]
            for q in queues
        ),
    )


def best_of(rows, kinds):
    return max((k for k in rows if k[0] in kinds), key=lambda k: rows[k]["events_s"])


def lines(found, size):
    """
    found   {brokers: (partitions, rows, the two in turns)}
    """
    yield "## Fetch queue and wakes"
    yield ""
    yield (
        f"Thousands of events a second and, in brackets, MB resident at most. Events of "
        f"{size:,.0f} bytes from a backlog, one lane, {SPAN_S:.0f} s of it, one run each; "
        "clients and brokers share the cores. `lethe's waker` asks only while a queue is "
        "full; `always woken` asks every leader all the time."
    )
    for nodes, (partitions, rows, turns) in found.items():
        many = f"{nodes} brokers" if nodes > 1 else "One broker"
        for kind, name in KINDS.items():
            yield ""
            yield f"{many}, {partitions} partitions, {name}:"
            yield ""
            yield from grid(rows, kind)
        yield ""
        yield from of_turns(many, turns)


def of_turns(many, turns):
    (kind, queue, wake), best = list(turns.items())[-1]
    own = turns[OWN]
    ratios = [a["events_s"] / b["events_s"] for a, b in zip(own, best)]
    yield (
        f"{many}: the best of these loops is {KINDS[kind]} {wake} times a second with a queue "
        f"of {queue} MB. lethe's own way to fetch (16 MB, 20 a second) and it in turns, "
        f"{len(own)} times: {spread(own, 'events_s')} events/s in {spread(own, 'peak_mb')} MB "
        f"against {spread(best, 'events_s')} in {spread(best, 'peak_mb')} MB; of each turn "
        f"{page.spread(ratios, '{:.2f}')}, aim ≥ {AIM}: "
        f"{page.verdict(statistics.median(ratios) >= AIM)}."
    )


def spread(rows, name):
    return page.spread([row[name] for row in rows])
