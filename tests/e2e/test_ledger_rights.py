#!/usr/bin/env python3
"""The consent ledger on a secured broker, with exactly the rights of docs/operations.md.

* without one of those on the consent topic the start is refused, and the first error
  line names who lacks which right
* with them it runs; rights that are taken away hold events back, readiness goes, and
  both come back with the rights, by themselves
* who objects is remembered with the rights to write the topic and its log; without one of
  them the process ends, the event waits, and the error names the topic
* who runs `lethe consent` needs the rights of a consent desk, and none besides

    tests/e2e/test_ledger_rights.py --lethe build/lethe [--keep DIR]
"""

import argparse
import collections
import json
import signal
import subprocess
import time

from broker import Cluster
from checks import Checks, in_folder
from client import read, settle
from job import Job, wait
from secure import Secure, rights_of_docs
from test_ledger import BOOK, COMPACTED, DUE_S, POLICY, SETTINGS, TOPICS, World, stamp

NAMES = {
    "INPUT": ["raw"], "OUTPUT": [t for t in TOPICS if t != "raw"], "GROUP": ["ledger"],
    "APPLICATION-INSTANCE-": ["ledger-ledger-0-"], "CONSENT": [BOOK],
    "LOG": ["consent.log"],
    "APPLICATION-consent": ["ledger-consent"],
    "APPLICATION-consent-heartbeat": ["ledger-consent-heartbeat"],
}
OF_LEDGER = rights_of_docs("lethe", NAMES, " of a ledger")
OF_DESK = rights_of_docs("reader", NAMES, " of a consent desk")
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
    settle(w.cluster.bootstrap, BOOK)
    time.sleep(DUE_S)  # so long another lane may not have heard of it
    w.put(4, ["ann"], silent=True)
    w.done()
    w.balance(checks, "an objection with the rights of the docs")
    for topic, key in ((BOOK, b"lethe:objection:gpc:user:ann"), ("consent.log", None)):
        found = [m for m in read(w.cluster.bootstrap, topic) if key in (None, m.key)]
        checks.equal(f"it stands once in {topic}", len(found), 1)
    w.down(checks)


class Desk:
    """Who asks and writes the ledger, under a login of its own."""

    def __init__(self, w, secure, policy):
        self.w = w
        login = secure.client("reader").items()
        self.more = ["--config", w.job.config, "--set", "policy=" + policy]
        self.more += [x for k, v in login for x in ("--set", f"kafka.{k}={v}")]

    def ask(self, command, *words, stdin=""):
        """Exit code and errors."""
        done = subprocess.run(
            [self.w.job.scene.lethe, "consent", command, *words, *self.more],
            input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            timeout=120,
        )
        return done.returncode, done.stderr

    def all(self, user):
        """Each command once; its exit code and errors."""
        event = {"type": "track", "event": "Segment Consent Preference Updated",
                 "userId": user, "timestamp": stamp(time.time()),
                 "context": {"consent": {"categoryPreferences": {"Recs": False}}}}
        return {
            "put": self.ask("put", "-", "--purpose", "recs", "--state", "given",
                            "--at", "2026-05-01T09:00:00Z", stdin=f"user:{user}\n"),
            "import": self.ask("import", "-", "--format", "segment", "--map", "Recs=recs",
                               "--subject", "user=$.userId", stdin=json.dumps(event)),
            "get": self.ask("get", "-", stdin=f"user:{user}\n"),
            "history": self.ask("history", "-", stdin=f"user:{user}\n"),
            "heartbeat": self.ask("heartbeat", "--once"),
        }


def at_the_desk(checks, w, secure):
    desk = Desk(w, secure, w.job.scene.path("remembers.yaml"))
    for right in OF_DESK:
        others = [r for r in OF_DESK if r != right]
        allow(w.cluster, others)
        found = desk.all("dora")
        checks.check(f"without the rights on {right[2]} a command ends with 4, and says so",
                     any(code == 4 and "lacks the right" in err and right[2] in err
                         for code, err in found.values()), str(found))
        for other in others:
            forbid(w.cluster, other)
    allow(w.cluster, OF_DESK)
    found = desk.all("emma")
    checks.equal("with the rights of the docs each command of a desk is done",
                 {name: err for name, (code, err) in found.items() if code}, {})


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
            at_the_desk(checks, w, secure)
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
