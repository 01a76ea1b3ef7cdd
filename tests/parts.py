#!/usr/bin/env python3
"""Runs the parts of `make test` in order, one line each with its time; stops
at the first that fails and says how to run that part alone.  The closing line
counts checks: Check's own totals, lines "N passed, N failed", and each part.

    tests/parts.py [--beside "offsets topics"] "make -j2" build unit golden

Of the parts that mostly wait, a few that follow one another run side by side;
their lines come as they end.
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
AT_ONCE = 3  # of those that wait most of their time
CHECKS = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)", re.M)
COUNTS = re.compile(r"^(?:[a-z-]+: )?(\d+) passed, (\d+) failed$", re.M)
TAIL = 40  # lines shown of a part that failed
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
    """The lines of a failed part's log that a reader wants first."""
    lines = text.splitlines(True)
    told = [line for line in lines[:-TAIL] if TELLING.search(line)]
    return "".join([*told[:TAIL], *(["...\n"] if told else []), *lines[-TAIL:]])


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

    def end(self):
        """Prints its line; what passed, and what failed."""
        with open(self.path, errors="replace") as f:
            text = f.read()
        good, bad = counts(text)
        took = f"{time.monotonic() - self.began:6.1f} s"
        if self.child.returncode == 0 and bad == 0:
            print(f"ok    {took}  " + (f"{good} checks" if good else ""), flush=True)
            return good or 1, 0
        print(f"FAILS {took}")
        print(excerpt(text))
        print(f"all of it: {self.path}\nthis part alone: make {self.name}", flush=True)
        return good, bad or 1


def may_begin(name, running, beside):
    """Alone, or one of a few of those that may run side by side."""
    return not running or (
        len(running) < AT_ONCE and {name, *(p.name for p in running)} <= beside
    )


def take_ended(running):
    pid, status = os.wait()
    part = next(p for p in running if p.child.pid == pid)
    part.child.returncode = os.waitstatus_to_exitcode(status)
    running.remove(part)
    return part


def stop(running):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # told a second time
    for part in running:
        os.killpg(part.child.pid, signal.SIGTERM)
    for part in running:
        part.child.wait()
        print(f"{part.name:<14} stopped")


def run_all(make, names, beside):
    """In order, until one fails; what runs beside it is stopped."""
    passed = failed = 0
    waiting, running = list(names), []
    try:
        while (waiting or running) and not failed:
            while waiting and may_begin(waiting[0], running, beside):
                name = waiting.pop(0)
                if name not in beside:
                    print(f"{name:<14}", end=" ", flush=True)
                running.append(Part(make, name))
            part = take_ended(running)
            if part.name in beside:
                print(f"{part.name:<14}", end=" ")
            good, bad = part.end()
            passed, failed = passed + good, failed + bad
    finally:
        stop(running)
    return passed, failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--beside", default="", help=f"parts that may run {AT_ONCE} at a time")
    parser.add_argument("make")
    parser.add_argument("parts", nargs="+")
    args = parser.parse_args()
    os.makedirs(LOGS, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    started = time.monotonic()
    passed, failed = run_all(
        shlex.split(args.make), args.parts, set(args.beside.split())
    )
    print(f"{time.monotonic() - started:.0f} s")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
