#!/usr/bin/env python3
"""The consent ledger on a secured broker, with exactly the rights of docs/operations.md.

* without one of those on the consent topic the start is refused, and the first error
  line names who lacks which right
* with them it runs; rights that are taken away hold events back, readiness goes, and
  both come back with the rights, by themselves
* who objects is remembered with the rights to write the topic and its log; without one of
  them the process ends, the event waits, and the error names the topic

    tests/e2e/test_ledger_rights.py --lethe build/lethe [--keep DIR]
"""

import argparse
import collections
import signal

from broker import Cluster
from checks import Checks, in_folder
from client import read
from job import Job, wait
from secure import Secure, rights_of_docs
from test_ledger import BOOK, COMPACTED, POLICY, SETTINGS, TOPICS, World

NAMES = {
    "INPUT": ["raw"], "OUTPUT": [t for t in TOPICS if t != "raw"], "GROUP": ["ledger"],
    "APPLICATION-INSTANCE-": ["ledger-ledger-0-"], "CONSENT": [BOOK],
    "LOG": ["consent.log"],
}
OF_LEDGER = rights_of_docs("lethe", NAMES, " of a ledger")
OF_MEMORY = rights_of_docs("lethe", NAMES, " of a ledger that remembers")


def allow(cluster, rights):
    with cluster.client() as c:
        for right in rights:
            c.allow(*right)


def forbid(cluster, right):
    principal, kind, name, operations, prefixed = right
    with cluster.client() as c:
        return c.deny_again(principal, kind, name, operations, prefixed)


def is_refused(checks, w):
    """Each right alone is not enough."""
    for right in OF_LEDGER:
        others = [r for r in OF_LEDGER if r != right]
        allow(w.cluster, others)
        w.job.start()
        checks.equal(f"without {right[3]} the start is refused", w.job.ended(), 4)
        first = [line for line in w.job.said() if line["level"] == "error"][0]
        checks.check("and who lacks what is named",
                     "lacks the right to" in first["why"] and BOOK in first["why"]
                     and "User:lethe" in first["why"], str(first))
        for other in others:
            checks.equal("(that right is taken away)", forbid(w.cluster, other), 1)


def waits(checks, w):
    job = w.job
    allow(w.cluster, OF_LEDGER)
    w.up()
    w.done()
    w.balance(checks, "with the rights of the docs")
    for right in OF_LEDGER:
        forbid(w.cluster, right)
    wait("readiness goes", lambda: job.get("/readyz")[0] == 503)
    before = w.committed()
    w.put(8, ["ann"])
    wait("ledger_behind", lambda: job.said("ledger_behind"))
    checks.equal("without its rights events wait", w.committed(), before)
    allow(w.cluster, OF_LEDGER)
    job.ready()
    w.done()
    w.balance(checks, "rights that come back")
    checks.equal("nothing went to the quarantine", w.out("quarantine.out"),
                 collections.Counter())
    job.signal(signal.SIGTERM)
    checks.equal("it stops with 0", job.ended(), 0)


def remembers(checks, w):
    policy = w.revise("remembers.yaml", revision_is_1="revision: 2", **{
        "    book: {": "    gpc: { format: gpc, path: $.gpc, remember: true }\n"
                       "    book: { log: consent.log,"})
    start = ("--set", "policy=" + policy)
    before = w.committed()
    w.put(1, ["ann"], silent=True, gpc=1)
    for right in OF_MEMORY:
        others = [r for r in OF_MEMORY if r != right]
        allow(w.cluster, others)
        w.job.start(*start)
        checks.equal(f"without Write on {right[2]} an objection ends it", w.job.ended(), 4)
        first = [line for line in w.job.said() if line["level"] == "error"][0]
        checks.check("and the topic is named",
                     "lacks the right to" in first["why"]
                     and right[2] in first["why"].split(), str(first))
        checks.equal("the event waits", w.committed(), before)
        for other in others:
            checks.equal("(that right is taken away)", forbid(w.cluster, other), 1)
    allow(w.cluster, OF_MEMORY)
    w.up(*start)
    w.done()
    w.put(4, ["ann"], silent=True)
    w.done()
    w.balance(checks, "an objection with the rights of the docs")
    for topic, key in ((BOOK, b"lethe:objection:gpc:user:ann"), ("consent.log", None)):
        found = [m for m in read(w.cluster.bootstrap, topic) if key in (None, m.key)]
        checks.equal(f"it stands once in {topic}", len(found), 1)
    w.down(checks)


def run(args, directory):
    checks = Checks()
    secure = Secure(directory)
    login = "".join(f"kafka.{k}: {v}\n" for k, v in secure.client("lethe").items())
    with Cluster(directory + "/kafka", secure=secure, light=True) as cluster:
        job = Job(args.lethe, directory, cluster.secure_bootstrap(), POLICY,
                  SETTINGS + login)
        w = World(job, cluster)
        for topic in TOPICS:
            cluster.topic(topic, 4, {"retention.ms": 86400000})
        cluster.topic(BOOK, 4, COMPACTED)
        cluster.topic("consent.log", 1)
        allow(cluster, rights_of_docs("lethe", NAMES))
        w.say(ann="given")
        w.put(8, ["ann"])
        try:
            is_refused(checks, w)
            waits(checks, w)
            remembers(checks, w)
        finally:
            job.end()
    checks.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lethe", required=True)
    parser.add_argument("--keep", help="work there, and leave it there")
    in_folder(run, parser.parse_args(), "lethe-ledger-rights-")


if __name__ == "__main__":
    main()
