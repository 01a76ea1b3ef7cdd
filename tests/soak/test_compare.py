#!/usr/bin/env python3
"""What the soak holds against its model, with faults planted into what it
reads: each is found, and counted as what it is.

    tests/soak/test_compare.py          a moment
"""

import collections
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "e2e")]
import model  # noqa: E402
import topics  # noqa: E402
from checks import Checks  # noqa: E402

Message = collections.namedtuple("Message", "partition offset time_ms key value headers")
PURPOSE, PARTITIONS, EPOCH = "recommendations", 4, 7


class Ring:
    def epoch(self, purpose):
        return EPOCH


class Quiet(Checks):
    def check(self, what, good, detail=""):
        self.failed += not good
        return good


def job_of(directory):
    path = os.path.join(directory, "policy.yaml")
    with open(path, "w") as f:
        f.write("version: 1\n")
    return topics.Job(path, "raw", "group", {PURPOSE: "out"}, "quarantine")


def made_of(job):
    """(Expected, the messages that stand for it) of three events of two people."""
    expected, found = topics.Expected(), []
    headers = {**topics.headers_of(job, Ring(), PURPOSE), "lethe-shape": "0" * 32}
    text = ",".join(f"{k}={v}" for k, v in headers.items())
    for offset, key in enumerate(("u1_a", "u1_b", "u1_a")):
        value = {"subject": key, "id": f"id1_{offset}", "event": "viewed"}
        raw = Message(0, offset, 0, None, b"{}", "")
        expected.take(job, raw, [(PURPOSE, key, 1000, list(value.items()))])
        found.append(Message(
            model.partition_of(key.encode(), PARTITIONS), offset, 1000,
            key.encode(), model.compact(value), text,
        ))
    return expected, found


FAULTS = {
    "nothing": (lambda m: m, (0, 0, 0), 0),
    "one is lost": (lambda m: m[1:], (1, 0, 0), 1),
    "one is doubled": (lambda m: m + m[:1], (0, 1, 0), 1),
    "one is another": (
        lambda m: [m[0]._replace(value=m[0].value.replace(b"viewed", b"added"))] + m[1:],
        (1, 1, 0), 1),
    "one has another time": (
        lambda m: [m[0]._replace(time_ms=0)] + m[1:], (1, 1, 0), 1),
    "one is of nobody": (
        lambda m: [m[0]._replace(key=None)] + m[1:], (1, 1, 0), 1),
    "a person's are out of order": (lambda m: m[::-1], (0, 0, 1), 1),
    "a person is on another partition": (
        lambda m: [m[0]._replace(partition=9)] + m[1:], (0, 0, 0), 1),
    "one has other headers": (
        lambda m: [m[0]._replace(headers=m[0].headers + ",x=1")] + m[1:],
        (0, 0, 0), 1),
    "all are of another epoch": (
        lambda m: [x._replace(headers=x.headers.replace("=7", "=8")) for x in m],
        (0, 0, 0), 1),
}


def run(checks, directory):
    job = job_of(directory)
    topics.tell_places = lambda *_: None
    for what, (plant, counts, failed) in FAULTS.items():
        expected, found = made_of(job)
        planted = plant(found)
        topics.read = lambda *_, planted=planted: iter(planted)
        seen = topics.read_purpose(
            ("", PURPOSE, "out", PARTITIONS, expected.places))
        quiet = Quiet()
        told = topics.check_purpose(
            quiet, "", job, Ring(), PURPOSE, expected, seen, PARTITIONS)
        checks.equal(f"{what}: lost, doubled, out of order", told, counts)
        checks.equal(f"{what}: checks that fail", quiet.failed, failed)


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="lethe-compare-") as directory:
        run(checks, directory)
    checks.end()


if __name__ == "__main__":
    main()
