"""Counting checks; what is told names coordinates, never values."""

import sys
import time

STARTED = time.monotonic()


def say(text):
    print(f"[{time.monotonic() - STARTED:6.1f} s] {text}", flush=True)


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

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed else 0)
