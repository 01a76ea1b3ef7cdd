"""Counting checks; what is told names coordinates, never values."""

import os
import signal
import sys
import tempfile
import time

STARTED = time.monotonic()


def say(text):
    print(f"[{time.monotonic() - STARTED:6.1f} s] {text}", flush=True)


def in_folder(run, args, prefix):
    """run(args, folder): in args.keep, which stays, or in one that goes."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if args.keep:
        os.makedirs(args.keep)
        run(args, args.keep)
        return
    with tempfile.TemporaryDirectory(prefix=prefix) as directory:
        run(args, directory)


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, what, good, detail=""):
        if good:
            self.passed += 1
            say(f"ok    {what}")
        else:
            self.failed += 1
            say(f"FAILS {what}" + (f": {detail}" if detail else ""))
        return bool(good)

    def equal(self, what, found, expected):
        return self.check(what, found == expected, f"{found}, not {expected}")

    def comes(self, what, find, expected, within_s=60):
        """Equal by then: for what is shown a little later than it is so."""
        end = time.monotonic() + within_s
        while True:
            late = time.monotonic() > end  # before it is asked for the last time
            found = find()
            if found == expected or late:
                return self.equal(what, found, expected)
            time.sleep(0.1)

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed else 0)
