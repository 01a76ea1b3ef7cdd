"""Tables, sentences and the picture of how cost grows."""

import statistics

import growth
import page
import svg
from scale import BASE, ENGINE, KB, OF

PICTURE = "benchmarks-scale.svg"
NAMES = {"purposes": "Purposes", "fields": "Fields", "kb": "KB an event",
         "lanes": "Lanes", "partitions": "Partitions"}


def middle(rows, field):
    return statistics.median(r[field] for r in rows)


def table(axis, found):
    head, rows = [NAMES[axis]], []
    if axis in ENGINE:
        head += ["engine, µs", "instructions"]
    kinds = list(found[0][2])
    for kind in kinds:
        name = {"run": "`lethe run`", "best": "loop"}[kind]
        head += [f"{name}, CPU µs", f"{name}, events/s"]
    for value, engine, broker in found:
        row = [f"{value:g}"]
        if engine:
            row += [page.spread(engine["us"], "{:.2f}"), f"{engine['instructions']:,.0f}"]
        for kind in kinds:
            row += [
                page.spread([r["cpu"] for r in broker[kind]], "{:.2f}"),
                page.spread([r["events_s"] for r in broker[kind]]),
            ]
        rows.append(row)
    return page.table(head, *rows)


def sentences(axis, found):
    def grows(name, unit, cost):
        points = [(value, cost(engine, broker)) for value, engine, broker in found]
        return f"{name}: {growth.sentence(points, unit, OF[axis])}."

    if axis in ENGINE:
        yield grows("Engine alone", "µs", lambda e, _: statistics.median(e["us"]))
        yield grows(
            "Engine alone, counted", "instructions", lambda e, _: e["instructions"]
        )
    for kind in found[0][2]:
        name = {"run": "`lethe run`, CPU", "best": "The loop, CPU"}[kind]
        yield grows(name, "µs", lambda _, b, kind=kind: middle(b[kind], "cpu"))
    if axis == "lanes" and found[0][2]:
        yield speeds(found)


def speeds(found):
    alone = {kind: middle(rows, "events_s") for kind, rows in found[0][2].items()}
    parts = []
    for value, _, broker in found[1:]:
        told = ", ".join(
            f"{'`lethe run`' if kind == 'run' else 'the loop'} "
            f"{middle(rows, 'events_s') / alone[kind]:.2f}"
            for kind, rows in broker.items()
        )
        parts.append(f"with {value:g} {told}")
    return "Throughput over one lane's: " + "; ".join(parts) + "."


def series(found, pick):
    """[(x, least, middle, most)] of what `pick` takes from a point."""
    rows = []
    for value, engine, broker in found:
        values = pick(engine, broker)
        rows.append((value, min(values), statistics.median(values), max(values)))
    return rows


def panels(measured):
    for axis, found in measured.items():
        lines = {}
        if axis in ENGINE:
            lines["engine"] = series(found, lambda e, _: e["us"])
        for kind in found[0][2]:
            lines[{"run": "run", "best": "loop"}[kind]] = series(
                found, lambda _, b, kind=kind: [r["cpu"] for r in b[kind]]
            )
        if lines:
            yield svg.Panel(NAMES[axis], OF[axis] + "s" if axis != "kb" else "KB",
                            "CPU µs an event", lines)
    found = measured.get("lanes")
    if found and found[0][2]:
        lines = {
            {"run": "run", "best": "loop"}[kind]: series(
                found, lambda _, b, kind=kind: [r["events_s"] / 1000 for r in b[kind]]
            )
            for kind in found[0][2]
        }
        yield svg.Panel("Lanes, throughput", "lanes", "thousand events/s", lines)


def lines(measured, runs):
    yield "## How cost grows"
    yield ""
    yield (
        f"One thing at a time; all else is {BASE['lanes']} lane, {BASE['partitions']} "
        f"partitions, {BASE['purposes']} purposes, {BASE['fields']} fields, events of "
        f"{BASE['kb']} KB ({KB['fields']} KB where fields grow). Each event is due for every "
        "purpose and gives every field to each: texts under a pattern, numbers, integers, "
        "bands, choices, in turns; what no line names fills the event up. `engine` is "
        "`lethe_process` alone on one core, by the time the thread really ran, and counted "
        "in instructions by callgrind, which are the same at every run. On the broker: CPU "
        "of the process, an event of a backlog; the loop (best) beside it where it grows "
        f"as well. Median (least to most) of {runs}."
    )
    yield ""
    yield f"![how cost grows]({PICTURE})"
    for axis, found in measured.items():
        yield ""
        yield f"### {NAMES[axis]}"
        yield ""
        yield from table(axis, found)
        yield ""
        for sentence in sentences(axis, found):
            yield "- " + sentence


def write_picture(path, measured):
    with open(path, "w") as f:
        f.write(svg.picture(list(panels(measured))))
