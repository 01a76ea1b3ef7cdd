#!/usr/bin/env python3
"""A soak that can be believed: three secured brokers, three processes of two
lanes and one that runs a purpose alone, a generator at a stated rate, and
faults drawn from a seed (plan.py).  Afterwards other clients read every topic
from its beginning, read_committed, and hold it against a model that is not
lethe's: each input ends in exactly one of outputs, quarantine, counted drop;
each (input, purpose) stands there once, exactly when it is due; keys keep
their order; offsets are at the end; every fault left its line in a log.

    tests/soak/soak.py --lethe build/lethe [--minutes 4] [--seed 1]
        [--rate 500] [--only KIND,...] [--mutant] [--keep DIR]

With --mutant the program has a fault planted, and only a checker that finds
events lost or doubled passes.

The same seed draws the same faults; what they meet depends on the hour.
"""

import argparse
import collections
import contextlib
import os
import random
import signal
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "e2e")]
import broker  # noqa: E402
import canary  # noqa: E402
from checks import Checks, in_folder, say  # noqa: E402
from faults import FENCED_TWICE, Faults  # noqa: E402
from plan import BY_NAME, draw  # noqa: E402
from topics import compare  # noqa: E402
from world import SoakModel, World  # noqa: E402

LINE_S = 90  # so late may a fault's line come, on a busy machine
LONG_S = 60  # a fault that takes longer is worth a line
AT_A_TIME = 3
PASSING = ("again", "abort")  # with these a lane does it again


class Done:
    """A fault that was, and whose logs tell of it."""

    def __init__(self, name, processes):
        self.name = name
        self.marks = {p.name: p.size() for p in processes}
        self.processes, self.error = [], None

    def told(self):
        shows = [f'"event":"{event}"' for event in BY_NAME[self.name].shows]
        return not shows or not self.processes or any(
            event in p.tail(self.marks.get(p.name, 0))
            for p in self.processes
            for event in shows
        )

    def wait_told(self):
        end = time.monotonic() + LINE_S
        while not self.told() and time.monotonic() < end:
            time.sleep(0.5)


class Storm(threading.Thread):
    """Draws faults and does them, some at a time, until told to end."""

    def __init__(self, world, names, seed, gap_s):
        super().__init__(daemon=True)
        self.world, self.names = world, names
        self.faults = Faults(world, seed)
        self.chance = random.Random(seed + 2)
        self.gap_s = gap_s
        self.ended = threading.Event()
        self.done, self.threads = [], []

    def one(self, done):
        began = time.monotonic()
        try:
            done.processes = self.faults.do(done.name) or []
            done.wait_told()
        except Exception as e:
            done.error = f"{type(e).__name__}: {e}"
            say(f"fault {done.name} could not be done: {done.error}")
        took = time.monotonic() - began
        if took > LONG_S:
            names = ", ".join(p.name for p in done.processes)
            say(f"fault {done.name} took {took:.0f} s ({names})")

    def run(self):
        while not self.ended.is_set():
            name = next(self.names)
            while sum(t.is_alive() for t in self.threads) >= AT_A_TIME:
                time.sleep(0.2)
                if self.ended.is_set():
                    return
            say(f"fault {len(self.done) + 1}: {BY_NAME[name].what}")
            done = Done(name, self.world.processes.values())
            self.done.append(done)
            thread = threading.Thread(target=self.one, args=(done,), daemon=True)
            thread.start()
            self.threads.append(thread)
            self.ended.wait(self.chance.uniform(0.6, 1.4) * self.gap_s)

    def end(self):
        self.ended.set()
        self.join(60)
        for done, thread in zip(self.done, self.threads):
            thread.join(300)
            if thread.is_alive():
                done.error = "is not over after 300 s"


def watch(world, storm, until):
    """A line each ten seconds."""
    while time.monotonic() < until:
        time.sleep(min(10, max(0.1, until - time.monotonic())))
        now = world.progress()
        if now is None:
            say("no broker answers for now")
            continue
        behind = ", ".join(f"{g} {now[0] - n} behind" for g, n in now[1].items())
        say(f"{now[0]} events, {behind}, {len(storm.done)} faults")


# Two faults of librdkafka 2.0.2 end a process, and docs/operations.md names
# them: an assertion when a member of a cooperative group that was just elected
# leaves it, and a text that rd_kafka_txn_set_fatal_error frees twice when
# several brokers tell a producer at once that it is fenced.
ASSERTION = "rd_kafka_sticky_assignor_state_destroy"
CRASHES = (-signal.SIGABRT, -signal.SIGSEGV)


def library_ends(process):
    """How often one of the two may have ended it."""
    with open(process.log, errors="replace") as f:
        lines = f.readlines()
    count = 0
    for i, line in enumerate(lines):
        last = lines[max(0, i - 12) : i]
        if '"event":"starting"' in line and not any('"stopped"' in x for x in last):
            count += any(ASSERTION in x or "fenced" in x for x in last)
    return count


def check_exits(checks, world):
    """4 and a signal of ours are what may happen; 3, a crash and 0 unasked
    are not.  What 4 was for: check_lines."""
    bad = collections.Counter()
    counts = collections.Counter()
    for process in [*world.processes.values(), *world.twins]:
        excused = library_ends(process)
        for code, meant in process.ended:
            counts[code] += 1
            if code in CRASHES and excused:
                excused -= 1
                say(f"{process.name}: a fault of the client library ended it")
            elif code not in (4, -signal.SIGKILL, 0) or (code == 0 and not meant):
                bad[f"{process.name}: {code}"] += 1
    checks.check(
        f"processes ended as they may: {dict(counts)}", not bad, str(dict(bad))
    )


def check_lines(checks, world, storm):
    """Every fault is told by a line."""
    silent = collections.Counter()
    for done in storm.done:
        if not done.told():
            silent[done.name] += 1
            names = ", ".join(p.name for p in done.processes)
            say(f"no line of {names} tells of {done.name}")
    checks.check("every fault left its line in a log", not silent, str(dict(silent)))
    logs = {
        p.name: list(p.lines()) for p in [*world.processes.values(), *world.twins]
    }
    wrong = collections.Counter(
        line["event"]
        for lines in logs.values()
        for line in lines
        if line["level"] in ("warn", "error") and "do" not in line
    )
    checks.check("every warning says what to do", not wrong, str(dict(wrong)))
    vain = collections.Counter(
        line["status"] for lines in logs.values() for line in lines
        if line["event"] == "lane_failed" and line["status"] in PASSING
    )
    checks.check("no lane fails for what passes by itself", not vain, str(dict(vain)))


def check_twins(checks, world):
    named = sum(
        line["event"] == "lane_failed" and FENCED_TWICE in line["why"]
        for p in [*world.twins, world.processes["soak-1"]]
        for line in p.lines()
    )
    if world.twins:
        checks.check("the lane that was fenced twice names its id", named > 0)


def check_all(checks, world, storm):
    check_exits(checks, world)
    check_lines(checks, world, storm)
    check_twins(checks, world)
    for process in [*world.processes.values(), *world.twins]:
        with open(process.log, "rb") as f:
            checks.equal(
                f"canaries in {os.path.basename(process.log)}",
                canary.find(f.read()), 0,
            )
    count, bad = compare(
        checks, world.scene, world.cluster, world.jobs(), world.partitions, SoakModel
    )
    # What the topic holds is what counts: where a broker forgot its producers
    # with its disk, the generator's own client may have loaded some twice.
    fed = world.generator
    say(f"{fed.count} were fed, {count} stand there; "
        f"the generator's producer was lost {fed.lost} times")
    checks.check("most of them stand on the raw topic", count > fed.count // 2)
    return count, bad


def untold():
    """Kinds of faults that the table of docs/operations.md lacks."""
    path = os.path.join(HERE, "..", "..", "docs", "operations.md")
    with open(path) as f:
        text = f.read().partition("<!-- faults -->")[2].partition("<!-- /faults -->")[0]
    return [k.name for k in BY_NAME.values() if f"| {k.what} |" not in text]


def table(storm):
    counts = collections.Counter(d.name for d in storm.done if not d.error)
    for name, kind in BY_NAME.items():
        print(f"{counts[name]:>6}  {name:<24} {kind.what}")
    return sum(counts.values())


def run(args, directory):
    checks = Checks()
    checks.equal("faults that docs/operations.md lacks", untold(), [])
    can_mount = os.geteuid() == 0 and broker.apart()
    world = World(args.lethe, directory, args.seed, args.rate, args.minutes, can_mount)
    world.twins = []
    if not can_mount:
        say("skipped: full disks (needs root, and mount namespaces)")
    names = draw(args.seed, can_mount)
    if args.only:
        wanted = args.only.split(",")
        names = (name for name in names if name in wanted)
    try:
        world.make()
        say("brokers are up, main {0}, solo {1}".format(*world.strategies()))
        for process in world.processes.values():
            process.start()
        world.generator.start()
        time.sleep(8)
        storm = Storm(world, names, args.seed, args.gap)
        storm.start()
        watch(world, storm, time.monotonic() + args.minutes * 60)
        say("no more faults")
        storm.end()
        world.heal()
        world.generator.ended.set()
        world.generator.join(200)
        checks.check(
            "the generator fed everything",
            not world.generator.is_alive() and not world.generator.error,
            str(world.generator.error),
        )
        checks.check("lethe comes to the end", world.wait_done())
        for process in world.processes.values():
            checks.equal(f"{process.name} ends gracefully with 0", process.stop(), 0)
        checks.equal(
            "faults that could not be done",
            [d.name + ": " + d.error for d in storm.done if d.error], [],
        )
        count, bad = check_all(checks, world, storm)
    finally:
        world.end(bool(args.keep and checks.failed))
    total = table(storm)
    print(
        f"{total} faults, {count} events: {bad['lost']} lost, {bad['doubled']} doubled, "
        f"{bad['out of order']} out of order (seed {args.seed}, {args.minutes:g} minutes)"
    )
    if args.mutant:
        found = checks
        checks = Checks()
        checks.check(
            "the checker finds the planted fault",
            found.failed and bad["lost"] + bad["doubled"],
        )
    checks.end()


def apart(argv):
    """Again in a mount namespace of its own: small disks vanish with it."""
    if os.geteuid() or os.environ.get("MOUNTS_OUTSIDE"):
        return
    os.environ["MOUNTS_OUTSIDE"] = os.readlink("/proc/self/ns/mnt")
    with contextlib.suppress(OSError):  # without it the brokers say what they lack
        os.execvp("unshare", ["unshare", "-m", sys.executable, *argv])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lethe", required=True)
    parser.add_argument("--minutes", type=float, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=int, default=500, help="events a second")
    parser.add_argument("--gap", type=float, default=9, help="seconds between faults")
    parser.add_argument("--only", help="these kinds of faults alone")
    parser.add_argument("--mutant", action="store_true", help="it must fail")
    parser.add_argument("--keep", help="work there, and leave it there")
    args = parser.parse_args()
    apart(sys.argv)
    in_folder(run, args, "lethe-soak-")


if __name__ == "__main__":
    main()
