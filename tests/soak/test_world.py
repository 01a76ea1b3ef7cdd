#!/usr/bin/env python3
"""The soak's supervisor: a process that ends by itself comes back, one that
was asked to end does not, however late its end is seen.

    tests/soak/test_world.py          a moment
"""

import os
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "e2e")]
import world  # noqa: E402
from checks import Checks  # noqa: E402

world.RESTART_S = 0.2
WORKS = "exec sleep 600"
TERMINATED, KILLED = -15, -9


class Late:
    """A child whose supervisor sees its end late."""

    def __init__(self, child):
        self.child = child

    def __getattr__(self, name):
        return getattr(self.child, name)

    def wait(self, timeout=None):
        code = self.child.wait(timeout)
        if timeout is None:
            time.sleep(0.5)
        return code


class Process(world.Process):
    def __init__(self, directory, script):
        log = os.path.join(directory, "log")
        super().__init__("some", ["sh", "-c", script], log)
        self.children = []

    def spawn(self):
        super().spawn()
        self.child = Late(self.child)
        self.children.append(self.child)

    def alive(self):
        return sum(c.poll() is None for c in self.children)


def check_restarted(checks, directory):
    process = Process(directory, WORKS)
    process.start()
    checks.equal("it ends when it is asked to", process.stop(), TERMINATED)
    process.start()
    time.sleep(1.5)
    checks.equal("started again, it is one process", process.alive(), 1)
    checks.equal("and its end was meant", process.ended, [(TERMINATED, True)])
    process.abandon()
    time.sleep(1.5)
    checks.equal("abandoned, it is none", process.alive(), 0)
    checks.equal("by a signal that was meant", process.ended[1:], [(KILLED, True)])


def check_came_back(checks, directory):
    process = Process(directory, "exit 4")
    process.start()
    time.sleep(1.7)
    checks.check("what ends by itself comes back", len(process.children) > 1)
    process.abandon()
    count = len(process.children)
    checks.check("an end nobody asked for", process.ended[:1] == [(4, False)])
    time.sleep(1.5)
    checks.equal("abandoned between two, it stays away", len(process.children), count)


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="lethe-world-") as directory:
        check_restarted(checks, directory)
        check_came_back(checks, directory)
    checks.end()


if __name__ == "__main__":
    main()
