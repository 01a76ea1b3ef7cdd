"""Memory of a process that finds a backlog: `memory_mb` is held, or it is not."""

import page
from stage import OUTPUTS

SIZES, LANES = (64, 128, 256, 512), (1, 2)
SETTING = "memory_mb"


def measure(stage, total, sizes=SIZES):
    """[(memory_mb or None for the default, lanes, row)]; each run starts from a
    backlog of all the events."""
    rows = []
    for lanes in LANES:
        for size in (None, *sizes):
            row = stage.read("run", lanes, total, {SETTING: size} if size else {})
            rows.append((size, lanes, row))
            page.say(
                f"{SETTING} {size or 'default'}, {lanes} lanes: {row['peak_mb']:.0f} MB at "
                f"most, {row['events_s']:,.0f} events/s"
            )
            # What was written would fill the disk.
            stage.drop(*OUTPUTS)
            stage.topics(*OUTPUTS)
    return rows


def lines(rows, size, total):
    yield "## Memory with a backlog"
    yield ""
    yield (
        f"{total * size / 1e9:.1f} GB wait, {total:,} events of {size:,.0f} bytes on 4 "
        "partitions, uncompressed; the process reads nearly all of it. The most that was "
        "resident at any moment (VmHWM; MB are 10^6 bytes, as in the setting), one run "
        "each."
    )
    yield ""
    yield from page.table(
        [f"`{SETTING}`", "lanes", "resident at most, MB", "", "events/s",
         "CPU-s a million events"],
        *(
            [
                str(wanted or "default"), str(lanes), f"{row['peak_mb']:,.0f}",
                "" if not wanted else
                "held" if row["peak_mb"] <= wanted else
                f"{row['peak_mb'] / wanted - 1:.0%} above",
                f"{row['events_s']:,.0f}", f"{row['cpu']:.2f}",
            ]
            for wanted, lanes, row in rows
        ),
    )
