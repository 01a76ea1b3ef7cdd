#!/usr/bin/env python3
"""Runs the parts of `make test` in order, one line each with its time; stops
at the first that fails and says how to run that part alone.  The closing line
counts checks: Check's own totals, lines "N passed, N failed", and each part.

    tests/parts.py [--wait "offsets topics soak"] [--several "offsets topics"]
        "make -j2" build unit golden offsets topics soak

The first is waited for.  Then parts that compute run one after another, and
beside them those that mostly wait: one at a time, or a few of those that may be
several.  Lines come as parts end.
"""

import argparse
import os
import re
import shlex
import signal
import subprocess
import sys
import time

LOGS = "build/test"
AT_ONCE = 3  # of those that may be several
CHECKS = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)", re.M)
COUNTS = re.compile(r"^(?:[a-z-]+: )?(\d+) passed, (\d+) failed$", re.M)
TAIL, TOLD = 40, 20  # lines shown of a part that failed
# What says where it failed, which other programs' ends may have followed.
TELLING = re.compile(
    r"error: |:[FE]:|Failures: [1-9]|Errors: [1-9]|ERROR: \w+Sanitizer|runtime error:"
    r"|WARNING: ThreadSanitizer|^SUMMARY: |^(?:\[[ \d.]+ s\] )?FAIL"
    r"|[1-9]\d* failed$|: bug: "
)


def counts(text):
    passed = failed = 0
    for total, failures, errors in CHECKS.findall(text):
        bad = int(failures) + int(errors)
        passed, failed = passed + int(total) - bad, failed + bad
    for good, bad in COUNTS.findall(text):
        passed, failed = passed + int(good), failed + int(bad)
    return passed, failed


def excerpt(text):
    """A failed part's log: how it ended, and last, since a reader may see no
    more than a screen, the lines that say where it failed."""
    lines = text.splitlines(True)
    told = [line for line in lines if TELLING.search(line)]
    return "".join([*lines[-TAIL:], *(["...\n"] if told else []), *told[:TOLD]])


class Part:
    """One that runs: its process, in a group of its own, and its log."""

    def __init__(self, make, name):
        self.name, self.began = name, time.monotonic()
        self.path = os.path.join(LOGS, name + ".log")
        with open(self.path, "wb") as log:
            self.child = subprocess.Popen(
                [*make, name],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )

    def end(self, status, cpu_s):
        """Prints its line; what passed, and what failed."""
        self.child.returncode = os.waitstatus_to_exitcode(status)
        with open(self.path, errors="replace") as f:
            text = f.read()
        good, bad = counts(text)
        took = f"{time.monotonic() - self.began:6.1f} s, CPU {cpu_s:6.1f} s"
        if self.child.returncode == 0 and bad == 0:
            checks = f"  {good} checks" if good else ""
            print(f"{self.name:<15} ok    {took}{checks}", flush=True)
            return good or 1, 0
        print(f"{self.name:<15} FAILS {took}")
        print(excerpt(text))
        print(f"all of it: {self.path}\nthis part alone: make {self.name}", flush=True)
        return good, bad or 1


class Plan:
    """Which part begins next."""

    def __init__(self, names, waits, several):
        self.compute = [n for n in names if n not in waits]
        self.wait = [n for n in names if n in waits]
        self.waits, self.several = waits, several

    def next(self, running):
        """The name of one that may begin beside those that run, or None."""
        waiting = {part.name for part in running} & self.waits
        if self.compute and len(waiting) == len(running):
            return self.compute.pop(0)
        if self.wait and (not waiting or self.may_join(waiting)):
            return self.wait.pop(0)
        return None

    def may_join(self, waiting):
        return len(waiting) < AT_ONCE and waiting | {self.wait[0]} <= self.several


def stop(running):
    """To the end of all: what would be started after it ignored SIGTERM too."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # told a second time
    for part in running:
        os.killpg(part.child.pid, signal.SIGTERM)
    for part in running:
        part.child.wait()
        print(f"{part.name:<15} stopped")


def run_all(make, plan):
    """Until one fails; what runs beside it is stopped."""
    passed = failed = 0
    running = []
    try:
        while not failed:
            while name := plan.next(running):
                running.append(Part(make, name))
            if not running:
                break
            pid, status, used = os.wait4(-1, 0)
            part = next(p for p in running if p.child.pid == pid)
            running.remove(part)
            good, bad = part.end(status, used.ru_utime + used.ru_stime)
            passed, failed = passed + good, failed + bad
    finally:
        if running:
            stop(running)
    return passed, failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--wait", default="", help="parts that mostly wait")
    parser.add_argument("--several", default="", help=f"of these, {AT_ONCE} at a time")
    parser.add_argument("make")
    parser.add_argument("first", help="a part that all the others need")
    parser.add_argument("parts", nargs="*")
    args = parser.parse_args()
    os.makedirs(LOGS, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    started = time.monotonic()
    make, several = shlex.split(args.make), set(args.several.split())
    passed, failed = run_all(make, Plan([args.first], set(), set()))
    if not failed:
        plan = Plan(args.parts, several | set(args.wait.split()), several)
        good, failed = run_all(make, plan)
        passed += good
    print(f"{time.monotonic() - started:.0f} s")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
