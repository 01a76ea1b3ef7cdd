"""From a withdrawal's acknowledgement to the last record of who withdrew, with a
ledger of many subjects; what the ledger costs; and what its settings trade."""

import json
import os
import statistics
import subprocess
import time

import page
from reload import said
from stage import RAW, cpu_s, start, stop

AIM_P99_MS, AIM_MAX_MS, AIM_START_MS = 1000, 2000, 1000
GROUP, CONSENT, BACKLOG, LANES = "bench-silence", "consent", "events.backlog", 2
STALENESS, COMMIT = ("200ms", "500ms", "2s"), ("50ms", "100ms", "500ms")
DEFAULT = ("500ms", "100ms")
QUIET_MS = 2000
SHORT = 5  # the trade-off's runs are so much shorter
NUMBER = (
    "  - { path: $.n, as: n, for: [recommendations], on: [viewed], do: keep, "
    "type: integer, min: 0, max: 999999999, required: true, why: whose it is }\n\nquarantine:"
)
BOOK = (
    "    book:   {{ format: ledger, topic: " + CONSENT + ", classes: [user, device], "
    "max_staleness: {} }}\n    gpc:"
)


class Silence:
    def __init__(self, stage, subjects, rate, per_s, seconds):
        self.stage, self.subjects, self.rate = stage, subjects, rate
        self.per_s, self.seconds = per_s, seconds
        self.revision = self.lively = 0

    def policy(self, staleness, raw):
        """The bench's policy, and the ledger beside its banner; None: without."""
        self.revision += 1

        def change(text):
            text = text.replace("revision: 1\n", f"revision: {self.revision}\n")
            text = text.replace(f"[{RAW}]", f"[{raw}]")
            text = text.replace("\nquarantine:", "\n" + NUMBER)
            if not staleness:
                return text
            text = text.replace("    gpc:", BOOK.format(staleness))
            text = text.replace("decides: banner", "decides: book\n      also: [banner]")
            return text.replace("asks: { banner", "asks: { book: yes, banner")

        return self.stage.scene.with_policy(f"silence{self.revision}.yaml", change)

    def command(self, group, staleness, raw=RAW, **sets):
        more = {
            "policy": self.policy(staleness, raw), "log.format": "json",
            "ledger.path": self.stage.path("ledger"), **sets,
        }
        return self.stage.lethe(group, LANES, more)

    def tell(self, topic, *more):
        done = subprocess.run(
            [self.program("tell"), self.stage.cluster.bootstrap, topic,
             str(self.subjects), *map(str, more)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True,
        )
        page.say(f"{topic} is written: {done.stdout.decode().strip()}")

    def program(self, name):
        return os.path.join(self.stage.programs, name)

    def withdraw(self, seconds):
        done = subprocess.run(
            [self.program("withdraw"), self.stage.cluster.bootstrap, RAW, CONSENT,
             "rec.events", str(self.subjects), str(self.rate), str(self.per_s),
             str(seconds), str(self.lively)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True,
        )
        row = json.loads(done.stdout)
        self.lively += row["withdrawals"] + 10 * self.per_s
        return checked(row)

    def live(self, staleness, commit, seconds):
        """One process while people withdraw."""
        log = self.stage.log(f"silence{self.revision + 1}")
        command = self.command(GROUP, staleness, **{"commit.interval": commit})
        child = start(command, log)
        try:
            ready = when_ready(child, log) if staleness else {"ms": 0}
            before = cpu_s(child.pid)
            row = self.withdraw(seconds)
            row["cpu"] = (cpu_s(child.pid) - before) / row["events"] * 1e6
            row.update(resident(child.pid))
            if child.poll() is not None:
                raise RuntimeError("lethe ended while it was measured")
        finally:
            stop(child)
        row.update(start_ms=ready["ms"], loaded=said(log, "ledger_loaded"))
        page.say(
            f"staleness {staleness}, commit {commit}: p50 {row['p50']} ms, p99 "
            f"{row['p99']} ms, max {row['max']} ms of {row['heard']} withdrawals, "
            f"{row['cpu']:.1f} us/event, {row['events_s']:.0f} events/s"
        )
        return row

    def cost(self, runs, events):
        """Reading a backlog of anybody's events, nobody silent, with the ledger and
        without, in turns."""
        self.stage.topics(BACKLOG)
        self.tell(BACKLOG, events)
        rows = {"with": [], "without": []}
        for _ in range(runs):
            for kind, found in rows.items():
                group = self.stage.group("ledger-" + kind)
                staleness = DEFAULT[0] if kind == "with" else None
                command = self.command(group, staleness, BACKLOG)
                found.append(self.stage.measure([command], group, events, BACKLOG))
                page.say(f"{kind} the ledger: {found[-1]['cpu']:.2f} us/event, "
                         f"{found[-1]['events_s']:,.0f} events/s")
        return rows


def checked(row):
    """What was measured counts only where most had been heard, every word was
    acknowledged, and who had not withdrawn was heard to the end."""
    if row["quiet_ms"] > QUIET_MS:
        raise RuntimeError(f"records ceased altogether: {row}")
    if row["unacked"] or row["heard"] < row["withdrawals"] * 0.9:
        raise RuntimeError(f"too few were heard before they withdrew: {row}")
    return row


def when_ready(child, log, within_s=180):
    end = time.monotonic() + within_s
    while time.monotonic() < end and child.poll() is None:
        found = said(log, "ledger_ready")
        if found:
            return found[0]
        time.sleep(0.05)
    with open(log, errors="replace") as f:
        page.say("".join(f.readlines()[-5:]))
    raise RuntimeError("the ledger was not read")


def resident(pid):
    with open(f"/proc/{pid}/status") as f:
        rows = dict(line.split(":", 1) for line in f if line.startswith("Rss"))
    return {k: int(rows[k].split()[0]) * 1024 / 1e6 for k in ("RssAnon", "RssFile")}


def measure(stage, subjects, rate, per_s, seconds, events, runs):
    stage.topics(CONSENT, settings={"cleanup.policy": "compact"})
    s = Silence(stage, subjects, rate, per_s, seconds)
    s.tell(CONSENT)
    found = {"cost": s.cost(runs, events), "main": s.live(*DEFAULT, seconds)}
    short = max(2, seconds // SHORT)
    found["none"] = s.live(None, DEFAULT[1], short)
    found["trade"] = {
        (a, b): s.live(a, b, short) for a in STALENESS for b in COMMIT
    }
    return found


# ---- the page


def lines(found, subjects, rate, per_s):
    yield "## From withdrawal to silence"
    yield ""
    yield from about(found["main"], subjects, rate, per_s)
    yield ""
    yield from page.table(["what", "measured", "aim", ""], *figures(found))
    yield ""
    yield from trade(found["trade"], found["none"])


def about(row, subjects, rate, per_s):
    yield (
        f"{subjects:,} subjects in the consent topic, {rate:,} events a second "
        f"({row['events_s']:,.0f} reached), {per_s} withdrawals a second of subjects at "
        f"random; `lethe run` with {LANES} lanes and default settings; generator, broker "
        "and consumer share the cores. Four of five events are of the few who are about "
        "to withdraw or just have: each acts for 4 s, withdraws, and acts on for 4 s, "
        f"{row['each_s']:.0f} events a second, so a figure may be short by "
        f"{1000 / row['each_s']:.0f} ms. From the acknowledgement of the withdrawal "
        "(acks=all) to the arrival of the subject's last record at a read_committed "
        "consumer, by one clock; nothing arrived after: 0. The backlog is of subjects drawn "
        "from all, with two lookups an event (user and device), so that hardly a page of "
        "the ledger is in a core's cache."
    )


def figures(found):
    row, cost = found["main"], found["cost"]
    (loaded,) = row["loaded"]
    yield ["withdrawals", f"{row['heard']:,}", "", ""]
    yield ["of those, a record arrived after", f"{row['after']:,}", "", ""]
    yield ["of those, records to the end", f"{row['never']:,}", "0",
           page.verdict(not row["never"])]
    none = found["none"]
    yield ["the same without the ledger, as a check of the meter",
           f"{none['never']:,} of {none['heard']:,}", "", ""]
    yield ["silence after, p50, ms", f"{row['p50']:.0f}", "", ""]
    yield aimed("silence after, p99, ms", row["p99"], AIM_P99_MS)
    yield aimed("silence after, most, ms", row["max"], AIM_MAX_MS)
    yield ["load from the topic, records/s",
           f"{loaded['records'] / loaded['ms'] * 1000:,.0f}", "", ""]
    again = [r["start_ms"] for r in found["trade"].values()]
    yield ["ledger ready from its checkpoint, ms", page.spread(again), f"{AIM_START_MS:,}",
           page.verdict(max(again) <= AIM_START_MS)]
    yield ["resident, own, some time after a load, MB", f"{row['RssAnon']:.0f}", "", ""]
    yield ["resident, own, after a start from the checkpoint, MB",
           page.spread([r["RssAnon"] for r in found["trade"].values()]), "", ""]
    yield ["resident, files (the ledger's pages among them), MB", f"{row['RssFile']:.0f}",
           "", ""]
    for kind in ("with", "without"):
        yield [f"backlog, CPU an event {kind} the ledger, µs",
               page.spread([r["cpu"] for r in cost[kind]], "{:.2f}"), "", ""]
    for kind in ("with", "without"):
        yield [f"backlog, events/s {kind} the ledger",
               page.spread([r["events_s"] for r in cost[kind]]), "", ""]
    cpu = {k: statistics.median(r["cpu"] for r in v) for k, v in cost.items()}
    yield ["the ledger's part, µs an event", f"{cpu['with'] - cpu['without']:.2f}", "", ""]


def aimed(what, got, aim):
    return [what, f"{got:.0f}", f"{aim:,}", page.verdict(got <= aim)]


def trade(rows, none):
    counts = [r["heard"] for r in rows.values()]
    yield (
        "What the settings trade: p50 / p99 / most in ms, and the process's CPU an event "
        f"in µs at that rate ({none['cpu']:.1f} without the ledger, commits each "
        f"{DEFAULT[1]}); {min(counts):,} to {max(counts):,} withdrawals a cell."
    )
    yield ""
    yield from page.table(
        ["`max_staleness`"] + [f"`commit.interval` {c}" for c in COMMIT],
        *([s] + [cell(rows[s, c]) for c in COMMIT] for s in STALENESS),
    )


def cell(r):
    return f"{r['p50']:.0f} / {r['p99']:.0f} / {r['max']:.0f}; {r['cpu']:.1f} µs"
