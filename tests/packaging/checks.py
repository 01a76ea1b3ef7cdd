"""What the tests of this folder share: counting checks, running lethe, and
reading its tables from what it prints."""

import os
import re
import subprocess
import sys

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))


class Checks:
    """Counts; says what failed, and says the sum last."""

    def __init__(self):
        self.passed = self.failed = 0

    def that(self, holds, what):
        if holds:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {what}")
        return holds

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed or not self.passed else 0)


def said(*command, **more):
    """The standard output of a command that must end with 0."""
    got = subprocess.run(command, capture_output=True, text=True, timeout=60, **more)
    if got.returncode:
        sys.exit(f"{command[0]} ended with {got.returncode}: {got.stderr.strip()}")
    return got.stdout


def commands_of(lethe):
    """The words of every command, as `lethe --help` lists them."""
    listed = said(lethe, "--help")
    return re.findall(r"^  ([a-z]+(?: [a-z-]+)?)(?:  +\S|$)", listed, re.M)


def options_of(lethe, words):
    """--help's rows of a command: {name: value, or None of a switch}."""
    text = said(lethe, *words.split(), "--help")
    rows = text[text.index("\nOptions:"):text.index("\nExit codes:")]
    rows = rows.split("\nExamples:")[0]
    return {
        name: value or None
        for name, value in re.findall(r"^  --([a-z-]+)(?: (\S+))?", rows, re.M)
    }


def settings_of(lethe):
    """The names of the settings, as `lethe run --settings` prints them."""
    lines = said(lethe, "run", "--settings").splitlines()
    return [line.split()[0] for line in lines if re.match(r"[a-z]", line)]
