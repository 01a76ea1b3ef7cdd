#!/usr/bin/env python3
"""Signed policies on a running stream: two of three must sign, a real broker, two
processes of two lanes each.

* without signers a start says so; a ring that names some is taken at work, and what the
  policy in force lacks is told
* a policy that one of three has signed, one changed after it was signed, one without
  signatures: refused on both, with the way out, and the one in force goes on
* the right one waits, is shown waiting, and begins at its instant on all four lanes: by
  the broker's time no record is under it before, none under the old one after
* the policy before it (a rollback) and one that follows another (a fork) are refused
* a process that is started while a policy waits begins with the one before it; without
  that one it does not start
* one that follows a policy that waits has its turn after it
* each event stands there exactly once

    tests/e2e/test_policy_signed.py --lethe build/lethe [--keep DIR]
"""

import argparse
import collections
import json
import os
import shutil
import signal
import subprocess
import time

from broker import Cluster
from checks import Checks, in_folder, say
from client import read
from job import Job, wait
from test_admin import POLICY, RAW, TOPICS, revision
from test_reload import instance
from test_rotation import Feed, headers

GROUP, OUT = "signed", "numbers.out"
SETTINGS = f"""\
group: {GROUP}
application: signed
instance: signed-0
start: earliest
lanes: 2
policy.watch: 1s
retention.check: warn
"""
# Of broker and processes, which share a clock here: lethe reads the coarse one, which
# goes by the kernel's ticks, and the broker's stamps are whole milliseconds.
SKEW_MS = 50
SIGNERS = ("ana", "bo", "cy")
# Policies are signed, brought and met so long before their instant, on a slow machine too.
LEAD_S, NEXT_S = 15, 6


def events():
    """Numbered from 0, for as long as they are asked for."""
    n = 0
    while True:
        value = {"event": "seen", "user": f"u{n % 7}", "at": int(time.time() * 1000),
                 "n": n, "ok": True, "word": "abc"}
        yield f"u{n % 7}".encode(), json.dumps(value).encode()
        n += 1


class Desk:
    """Where policies are written and signed; apart from where they are looked for."""

    def __init__(self, scene):
        self.scene, self.paths = scene, {}
        os.mkdir(scene.path("desk"))
        for who in SIGNERS:
            scene.call("keys", "pair", "--secret", self.at(who + ".key"),
                       "--for", "signer")
        named = [w for who in SIGNERS for w in ("--public", self.at(who + ".pub"))]
        shutil.copy(scene.path("ring.lethe"), self.at("ring.lethe"))
        scene.call("keys", "signers", "--ring", self.at("ring.lethe"),
                   "--role", "policy", *named, "--threshold", "2")

    def at(self, name):
        return self.scene.path("desk/" + name)

    def write(self, number, name=None, change=lambda text: text):
        path = self.at((name or f"r{number}") + ".yaml")
        with open(path, "w") as f:
            f.write(change(revision(POLICY, number)))
        self.paths[name or number] = path
        return path

    def sign(self, path, *who, was=None, from_ms=None):
        more = ["--was", was] if was else []
        if from_ms:
            more += ["--effective-from", str(from_ms)]
        for name in who:
            self.scene.call("policy", "sign", path, *more, "--ring",
                            self.at("ring.lethe"),
                            "--key", self.at(name + ".key"))
        return path

    def bring(self, path, name="policy.yaml"):
        """To where the instances look, by renames: the signatures first."""
        for suffix in (".sig", ""):
            self.place(path + suffix, name + suffix)

    def place(self, path, name):
        shutil.copy(path, self.scene.path("coming"))
        os.rename(self.scene.path("coming"), self.scene.path(name))


class World:
    def __init__(self, cluster, jobs, desk):
        self.cluster, self.jobs, self.desk = cluster, jobs, desk
        self.instants = {}  # revision: from when, ms

    def all_said(self, event, count):
        wait(f"{event} of both", lambda: all(
            len(job.said(event)) >= count for job in self.jobs))
        return [job.said(event)[-1] for job in self.jobs]

    def refused(self, checks, what, says):
        """A look may fall between two files that belong together: what is told of
        that comes before."""
        wait(f"{what} on both", lambda: all(
            any(says in line["why"] for line in job.said("policy_refused"))
            for job in self.jobs))
        checks.equal(f"{what} is refused, and why is told", self.in_force(),
                     [max(self.instants, default=1)] * 2)
        for job in self.jobs:
            told = len(job.said("policy_refused"))
            checks.check("and counted", job.metric(
                'lethe_policy_reloads_total{result="refused"}') >= told)

    def back(self):
        """The policy in force again, and nobody still reads another: else signatures
        that come first would come to the policy that they are of."""
        told = [len(job.said("policy_unchanged")) for job in self.jobs]
        self.desk.place(self.desk.paths[1], "policy.yaml")
        for job in self.jobs:
            job.signal(signal.SIGHUP)
        wait("policy_unchanged of both", lambda: all(
            len(job.said("policy_unchanged")) > n for job, n in zip(self.jobs, told)))

    def in_force(self):
        return [job.metric("lethe_policy_revision") for job in self.jobs]

    def until(self, ms):
        wait("an instant", lambda: time.time() * 1000 > ms)

    def applied(self, number):
        wait(f"revision {number} on both", lambda: all(
            any(line["is"].startswith(f"{number}-") for line in job.said("policy_applied"))
            for job in self.jobs))


def soon(seconds):
    return int((time.time() + seconds) * 1000)


def begins(checks, w):
    first, other = w.jobs
    first.start()
    other.start("--set", "instance=signed-1")
    for job in w.jobs:
        job.ready()
        wait("both lanes have a partition", lambda j=job: all(
            j.metric(f'lethe_partitions_assigned{{lane="{n}"}}') == 1 for n in (0, 1)))
    for job in w.jobs:
        checks.equal("a start without signers says once who decides",
                     len(job.said("policy_unsigned")), 1)


def gets_signers(checks, w):
    desk = w.desk
    desk.place(desk.at("ring.lethe"), "ring.lethe")
    for line in w.all_said("policy_lacks_signatures", 1):
        checks.check("a ring that names signers is taken, and what lacks is told",
                     "there is no" in line["why"], str(line))
    desk.bring(desk.sign(desk.paths[1], "ana", "bo"))


def refuses(checks, w):
    """What is not signed as it should be; each comes as a file that is renamed."""
    desk = w.desk
    path = desk.write(2)
    desk.sign(path, "ana", was=desk.paths[1])
    desk.bring(path)
    w.refused(checks, "a policy that one of three has signed", "1 of the 2 signatures")
    w.back()
    desk.write(2, "changed", lambda text: text + "# more\n")
    desk.sign(path, "cy", was=desk.paths[1])
    shutil.copy(path + ".sig", desk.paths["changed"] + ".sig")
    os.remove(path + ".sig")
    desk.bring(desk.paths["changed"])
    w.refused(checks, "a policy that was changed after it was signed", "`digest`")


def takes(checks, w):
    """With two of three, some seconds ahead."""
    desk, path = w.desk, w.desk.paths[2]
    w.instants[2] = soon(LEAD_S)
    desk.sign(path, "bo", "cy", was=desk.paths[1], from_ms=w.instants[2])
    desk.bring(path)
    for line in w.all_said("policy_waits", 1):
        checks.equal("it waits, and says from when it is in force",
                     (line["next"][:2], line["from_ms"]), ("2-", w.instants[2]))
    label = w.jobs[0].said("policy_waits")[-1]["next"]
    for job in w.jobs:
        left = job.metric(f'lethe_policy_next_instant_seconds{{revision="{label}"}}')
        checks.check("which metrics and page show", 0 < left <= LEAD_S
                     and label in job.get("/")[1], str(left))
    checks.equal("until then the old one is in force", w.in_force(), [1, 1])
    w.until(w.instants[2])
    w.applied(2)
    checks.equal("from the instant on the new one", w.in_force(), [2, 2])


def goes_back(checks, w):
    desk = w.desk
    for what, path, says in (
        ("the one before it", desk.paths[1], "raise `revision`"),
        ("a fork", desk.sign(desk.write(3, "fork"), "ana", "bo", was=desk.paths[1]),
         "a fork"),
        ("one without a predecessor", desk.sign(desk.write(3, "first"), "ana", "bo"),
         "sign it with --was"),
    ):
        desk.bring(path)
        w.refused(checks, what, says)


def starts_early(checks, w):
    """A process that is started again while a policy waits, and one that follows it."""
    desk, other = w.desk, w.jobs[1]
    path = desk.write(3)
    w.instants[3] = soon(2 * LEAD_S)
    desk.sign(path, "ana", "cy", was=desk.paths[2], from_ms=w.instants[3])
    waits = len(w.jobs[0].said("policy_waits"))
    desk.bring(path)
    wait("it waits", lambda: len(w.jobs[0].said("policy_waits")) > waits)
    other.signal(signal.SIGTERM)
    checks.equal("a process ends with 0", other.ended(), 0)
    done = subprocess.run(
        [other.scene.lethe, "run", "--config", other.config,
         "--set", "instance=signed-1"], stderr=subprocess.PIPE, check=False)
    checks.check("it does not start before the instant without the one before it",
                 done.returncode == 4 and b"is in force from" in done.stderr,
                 f"{done.returncode} {done.stderr}")
    desk.bring(desk.paths[2], "policy.yaml.was")
    other.start("--set", "instance=signed-1")
    other.ready()
    checks.equal("with it, it starts, and says who signed", [
        (line["signatures"], line["needed"]) for line in other.said("policy_signed")],
        [(2, 2)])
    checks.check("under that one, and the next one waits",
                 other.said("starting")[0]["revision"].startswith("2-")
                 and wait("it waits", lambda: other.said("policy_waits"))[0]["from_ms"]
                 == w.instants[3])
    later = desk.write(4)
    w.instants[4] = w.instants[3] + NEXT_S * 1000
    desk.sign(later, "bo", "cy", was=path, from_ms=w.instants[4])
    desk.bring(later)
    w.applied(3)
    w.applied(4)
    w.until(w.instants[4])
    checks.equal("one that follows the one that waits has its turn", w.in_force(), [4, 4])


def compare(checks, w, sent):
    came, by = {}, collections.defaultdict(list)
    for m in read(w.cluster.bootstrap, RAW):
        came[json.loads(m.value)["n"]] = m.time_ms
    count = collections.Counter()
    for m in read(w.cluster.bootstrap, OUT):
        n = json.loads(m.value)["n"]
        count[n] += 1
        by[int(headers(m)["lethe-policy"].split("-")[0])].append((m.time_ms, came[n]))
    checks.check("each event once", count == collections.Counter(range(sent)),
                 f"{len(count)} of {sent}, {count.total()} records")
    if not checks.equal("records are under these revisions alone", sorted(by),
                        [1, 2, 3, 4]):
        return
    for number, from_ms in w.instants.items():
        early = sum(t < from_ms for t, _ in by[number])
        late = sum(c > from_ms + SKEW_MS for _, c in by[number - 1])
        old = max(t for t, _ in by[number - 1]) - from_ms
        checks.equal(f"records under revision {number} that the broker has before its "
                     "instant", early, 0)
        checks.equal("events the broker has after it, under the one before", late, 0)
        say(f"revision {number}: the last record under the old one is {old} ms after the "
            f"instant, the first under the new {min(by[number])[0] - from_ms} ms")


def remembers(checks, w):
    with w.cluster.client() as c:
        texts = set(c.remembered(GROUP, RAW).values())
    label = w.jobs[0].said("policy_applied")[-1]["is"]
    under = [text for text in texts if "policy=4 " in text]
    checks.check("the digest of the policy stands with the offsets", under and all(
        text.endswith(f"policy-digest={label[2:18]}") for text in under), str(texts))


def flows(w, count):
    def there():
        with w.cluster.client() as c:
            return c.committed(GROUP, RAW) == c.end_offsets(RAW)

    wait(f"{count} events are committed", there)


def flows_under(w, number):
    """The broker's time decides, so the last instant needs events behind it."""
    def there():
        with w.cluster.client() as c:
            return any(f"policy={number} " in text
                       for text in c.remembered(GROUP, RAW).values())

    wait(f"events under revision {number} are committed", there)


def run(args, directory):
    checks = Checks()
    with Cluster(directory + "/kafka") as cluster:
        for topic in TOPICS:
            cluster.topic(topic, 4, {"message.timestamp.type": "LogAppendTime"})
        job = Job(args.lethe, directory, cluster.bootstrap, POLICY, SETTINGS)
        desk = Desk(job.scene)
        desk.place(desk.write(1), "policy.yaml")
        w = World(cluster, [job, instance(job, "other")], desk)
        feed = Feed(cluster.bootstrap, events(), RAW)
        try:
            begins(checks, w)
            feed.start()
            gets_signers(checks, w)
            refuses(checks, w)
            takes(checks, w)
            goes_back(checks, w)
            starts_early(checks, w)
            flows_under(w, 4)
            feed.end()
            flows(w, feed.count)
            compare(checks, w, feed.count)
            remembers(checks, w)
            for one in w.jobs:
                one.signal(signal.SIGTERM)
            checks.equal("both stop with 0", [one.ended() for one in w.jobs], [0, 0])
        finally:
            feed.over.set()
            for one in w.jobs:
                one.end()
    checks.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lethe", required=True)
    parser.add_argument("--keep", help="work there, and leave it there")
    in_folder(run, parser.parse_args(), "lethe-signed-")


if __name__ == "__main__":
    main()
