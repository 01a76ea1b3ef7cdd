"""The consent ledger's store alone, without Kafka."""

import json
import os
import subprocess

import page

AIMS = {
    "loaded": 64, "updated": 90, "lookup_us": 2.0, "load_s": 300000,
}


def measure(programs, directory, subjects):
    done = subprocess.run(
        [os.path.join(programs, "ledger"), directory, str(subjects)],
        stdout=subprocess.PIPE, check=True, text=True,
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    for row in rows:
        page.say(f"ledger, {row}")
    return {row["step"]: row for row in rows}


def lines(found, subjects):
    yield "## The consent ledger's store"
    yield ""
    yield (
        f"{subjects:,} subjects with two purposes, one JSON record each, no Kafka, one "
        "thread. `load` decodes, names, sorts in runs of 128 MB, merges and appends; "
        "`update` changes as many records at random, a million at most, a thousand a "
        "commit and an fsync each; `grow` then adds a tenth of new subjects. A lookup "
        "makes the subject's name too. Lookups, and the load where it says so, are told by "
        "the time that the thread really ran."
    )
    yield ""
    yield from page.table(
        ["what", "measured", "aim", ""],
        *(row(*each) for each in figures(found)),
    )


def figures(found):
    yield ("load, records/s", found["load"]["records_s"], "{:,.0f}", AIMS["load_s"], max)
    yield ("load, records/s of its own time", found["load"]["records_cpu_s"], "{:,.0f}",
           AIMS["load_s"], max)
    yield ("bytes a subject, loaded", found["size_loaded"]["bytes_a_row"], "{:.1f}",
           AIMS["loaded"], min)
    yield ("bytes a subject, updated", found["size_updated"]["bytes_a_row"], "{:.1f}",
           AIMS["updated"], min)
    yield ("bytes a subject, grown", found["size_grown"]["bytes_a_row"], "{:.1f}", None, min)
    for name, text in (
        ("known", "known"), ("unknown", "unknown"), ("updated", "known, after updates"),
    ):
        yield (f"lookup, {text}, µs", found["lookup_" + name]["us"], "{:.2f}",
               AIMS["lookup_us"], min)
    yield ("update, records/s", found["update"]["records_s"], "{:,.0f}", None, max)
    yield ("grow, records/s", found["insert"]["records_s"], "{:,.0f}", None, max)
    yield ("opening at its checkpoint, ms", found["open_again"]["ms"], "{:.1f}", 1000, min)
    yield ("looking at every row, s", found["verify"]["seconds"], "{:.2f}", None, min)


def row(what, got, form, aim, better):
    if aim is None:
        return [what, form.format(got), "", ""]
    return [what, form.format(got), form.format(aim),
            page.verdict(better(got, aim) == got)]
