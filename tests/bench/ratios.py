"""`lethe run` beside the bare loop on the same broker, in turns: with one lane,
and with one a core against as many loops."""

import os
import statistics

import page

AIM_RATIO, AIM_CPU, AIM_OWN, AIM_MB = 0.9, 1.5, 0.95, 128
KINDS = ("run", "own", "best", "like")
NAMES = {
    "run": "`lethe run`", "own": "loop, own", "best": "loop, best",
    "like": "loop, best, lethe's records",
}


def measure(stage, total, runs):
    rows = {}
    counts = sorted({1, os.cpu_count()})
    for _ in range(runs):
        for lanes in counts:
            for kind in KINDS:
                row = stage.read(kind, lanes, total)
                rows.setdefault((lanes, kind), []).append(row)
                page.say(
                    f"{kind}, {lanes}: {row['events_s']:,.0f} events/s, "
                    f"{row['cpu']:.2f} CPU-s a million, {row['peak_mb']:.0f} MB at most"
                )
    return rows


def ratio(rows, lanes, kind, other, field):
    return [
        a[field] / b[field] for a, b in zip(rows[lanes, kind], rows[lanes, other])
    ]


def aims(rows, lanes):
    """(what, aim, found, how it is written, whether it is reached)"""
    speed = ratio(rows, lanes, "run", "best", "events_s")
    cpu = ratio(rows, lanes, "run", "best", "cpu")
    like = ratio(rows, lanes, "run", "like", "events_s")
    like_cpu = ratio(rows, lanes, "run", "like", "cpu")
    own = ratio(rows, lanes, "own", "best", "events_s")
    peak = [r["peak_mb"] / lanes for r in rows[lanes, "run"]]
    loop = [r["peak_mb"] / lanes for r in rows[lanes, "own"]]
    middle = statistics.median
    return [
        ("throughput, run over best", f"≥ {AIM_RATIO}", speed, "{:.2f}",
         middle(speed) >= AIM_RATIO),
        ("CPU an event, run over best", f"≤ {AIM_CPU}", cpu, "{:.2f}",
         middle(cpu) <= AIM_CPU),
        ("throughput, run over the same records", "", like, "{:.2f}", None),
        ("CPU an event, run over the same records", "", like_cpu, "{:.2f}", None),
        ("throughput, own over best", f"≥ {AIM_OWN}", own, "{:.2f}",
         middle(own) >= AIM_OWN),
        ("resident, own, MB a loop", f"≤ {AIM_MB}", loop, "{:.0f}",
         middle(loop) <= AIM_MB),
        ("resident, run, MB a lane", f"≤ {AIM_MB}", peak, "{:.0f}",
         middle(peak) <= AIM_MB),
    ]


def lines(rows, size, total, records):
    written = " and ".join(f"{n / 1000:.2f} of {b} bytes an event" for b, n in records)
    runs = len(next(iter(rows.values())))
    yield "## On a broker"
    yield ""
    yield (
        f"{total:,} events of {size:,.0f} bytes on 4 partitions, two purposes, "
        "transactions each 100 ms; clients and broker share the cores. The loop "
        "consumes, writes every event back whole and commits. `own` fetches as lethe's "
        "lanes do: their settings, and their waker at its default of 20 requests a second "
        "and broker while a queue is full. `best` is the best loop found (the sweep "
        "below): a fetch queue of 16 MB, and every leader asked all the time, every 5 ms. "
        f"With lethe's records it writes what lethe does, and nothing else: {written}, with "
        "five headers each. "
        "Several loops are as many processes in one group, as several lanes are threads "
        f"of one. In turns, {runs} times; counted from a tenth of the events on "
        "to 95 of a hundred, before the first of them runs dry. "
        "Median (least to most)."
    )
    yield ""
    yield from page.table(
        ["", "lanes", "events/s", "CPU-s a million events", "resident at most, MB"],
        *(
            [
                NAMES[kind], str(lanes),
                page.spread([r["events_s"] for r in found]),
                page.spread([r["cpu"] for r in found], "{:.2f}"),
                page.spread([r["peak_mb"] for r in found]),
            ]
            for (lanes, kind), found in rows.items()
        ),
    )
    yield ""
    yield from page.table(
        ["", "lanes", "aim", "measured", ""],
        *(
            [what, str(lanes), aim, page.spread(found, form), page.verdict(good)]
            for lanes in sorted({lanes for lanes, _ in rows})
            for what, aim, found, form, good in aims(rows, lanes)
        ),
    )
