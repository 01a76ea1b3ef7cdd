#!/usr/bin/env python3
"""Runs the parts of `make test` in order, one line each with its time; stops
at the first that fails and says how to run that part alone.  The closing line
counts checks: Check's own totals, lines "N passed, N failed", and each part.

    tests/parts.py "make -j2" build unit golden
"""

import os
import re
import shlex
import signal
import subprocess
import sys
import time

LOGS = "build/test"
CHECKS = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)", re.M)
COUNTS = re.compile(r"^(?:[a-z-]+: )?(\d+) passed, (\d+) failed$", re.M)


def counts(text):
    passed = failed = 0
    for total, failures, errors in CHECKS.findall(text):
        bad = int(failures) + int(errors)
        passed, failed = passed + int(total) - bad, failed + bad
    for good, bad in COUNTS.findall(text):
        passed, failed = passed + int(good), failed + int(bad)
    return passed, failed


def run(make, part):
    path = os.path.join(LOGS, part + ".log")
    with open(path, "wb") as log:
        child = subprocess.Popen(
            [*make, part],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )
        try:
            code = child.wait()
        except BaseException:
            os.killpg(child.pid, signal.SIGTERM)
            raise
    with open(path, errors="replace") as f:
        return code, f.read(), path


def main():
    make, parts = shlex.split(sys.argv[1]), sys.argv[2:]
    os.makedirs(LOGS, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    started = time.monotonic()
    passed = failed = 0
    for part in parts:
        print(f"{part:<14}", end=" ", flush=True)
        began = time.monotonic()
        code, text, path = run(make, part)
        good, bad = counts(text)
        if code == 0 and bad == 0:
            passed += good or 1
            checks = f"{good} checks" if good else ""
            print(f"ok    {time.monotonic() - began:6.1f} s  {checks}", flush=True)
            continue
        passed += good
        failed += bad or 1
        print(f"FAILS {time.monotonic() - began:6.1f} s")
        print("".join(text.splitlines(True)[-40:]))
        print(f"all of it: {path}\nthis part alone: make {part}")
        break
    print(f"{time.monotonic() - started:.0f} s")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
