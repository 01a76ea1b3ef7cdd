#!/usr/bin/env python3
"""A ring that changes while lethe runs, and what the group remembers, on a real broker.

* a ring with one purpose more (`lethe keys add`), swapped in as Kubernetes swaps a
  mounted folder, is taken over while events flow: no restart, tokens stay, nothing is
  lost or doubled; metrics and the page show its version and epochs
* an older ring, forks, another ring and a broken one are refused, each with its reason
* version of the ring and revision of the policy stand in the metadata of the committed
  offsets; a second instance that holds less does not start, and disturbs nobody
* a running instance that comes to partitions of a newer ring waits for its file, or ends
* `lethe offsets rewind` keeps what the group remembers; a foreign commit ends it
* the clock is measured against the broker's, and one that is off ends the start

    tests/e2e/test_reload.py --lethe build/lethe [--keep DIR]
"""

import argparse
import collections
import copy
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time

import clock
from broker import Cluster
from checks import Checks, in_folder, say
from job import Job, wait
from test_admin import (
    POLICY, RAW, SETTINGS, TOPICS, World, families, promtool, revision, table,
)

GROUP = "admin"
PURPOSE = """\
  {name}:
    says: One more.
    basis: contract
    ticket: LEGAL-9
    on: [seen]
    topic: {name}.out
    recipients: [nobody]
    retention: 1d
    identity: [user]
"""


class Rings:
    """Versions of one ring, and the folder where a job finds the one it has."""

    def __init__(self, job):
        self.job, self.scene, self.turns = job, job.scene, 0
        self.version = {1: self.keep("v1")}
        os.remove(self.scene.path("ring.lethe"))
        self.swap(self.version[1])
        os.symlink("..data/ring.lethe", self.scene.path("ring.lethe"))

    def keep(self, name, source="ring.lethe"):
        path = self.scene.path(name + ".ring")
        shutil.copy(self.scene.path(source), path)
        return path

    def grown(self, source, name):
        """A copy of a ring with keys for one purpose more; its path."""
        with open(self.job.policy) as f:
            text = f.read().replace("fields:\n", PURPOSE.format(name=name) + "fields:\n")
        text = text.replace("for: [numbers, people], do: keep",
                            f"for: [numbers, people, {name}], do: keep")
        policy = self.scene.path(name + ".yaml")
        with open(policy, "w") as f:
            f.write(text)
        path = self.keep(name, source)
        self.scene.call("keys", "add", "--policy", policy, "--ring", path)
        return path

    def swap(self, path):
        """As the kubelet does: a new folder, and the link to it renamed; None: a pipe."""
        self.turns += 1
        folder, link = f"..turn{self.turns}", self.scene.path("..data_tmp")
        os.mkdir(self.scene.path(folder))
        place = self.scene.path(folder + "/ring.lethe")
        if path:
            shutil.copy(path, place)
        else:
            os.mkfifo(place)
        os.symlink(folder, link)
        os.rename(link, self.scene.path("..data"))
        if self.turns > 1:
            shutil.rmtree(self.scene.path(f"..turn{self.turns - 1}"))


def lines_of(path):
    with open(path) as f:
        return [line.split() for line in f]


def prints_of(path):
    return {int(line[1]): line[-1] for line in lines_of(path) if line[0] == "epoch"}


def word_of(path, word):
    return next(line[1] for line in lines_of(path) if line[0] == word)


def remembered(w):
    with w.cluster.client() as c:
        return c.remembered(GROUP, RAW)


def memory_of(path, policy):
    return (f"lethe 1 ring={word_of(path, 'version')} policy={policy} "
            f"id={word_of(path, 'id')} digest={word_of(path, 'digest')[:16]}")


STARTED = []


def instance(job, name):
    """Another process of the job, with its own log."""
    other = copy.copy(job)
    other.child, other.log = None, job.log + "." + name
    STARTED.append(other)
    return other


def put_everywhere(w):
    """So that every partition has an offset to commit."""
    for partition in range(4):
        w.put(20, partition)


def begins(checks, w, rings):
    put_everywhere(w)
    w.job.start("--set", "policy.watch=1s")
    w.job.ready()
    w.done()
    text = memory_of(rings.version[1], 1)
    checks.equal("ring and policy stand with every offset",
                 set(remembered(w).values()), {text})
    ring = word_of(rings.version[1], "id")
    checks.equal("the version is a metric",
                 w.job.metric(f'lethe_ring_version{{ring="{ring}"}}'), 1)
    checks.equal("and so is the revision", w.job.metric("lethe_policy_revision"), 1)


def shown_epochs(job):
    found = re.findall(r'lethe_ring_epoch_info\{purpose="(\w+)",epoch="(\d+)",'
                       r'fingerprint="(\w+)",state="([\w-]+)"\} 1', job.get("/metrics")[1])
    return {int(n): (purpose, text, state) for purpose, n, text, state in found}


def takes_over(checks, w, rings):
    job = w.job
    rings.version[2] = rings.grown("v1.ring", "third")
    before = tokens(w)
    stop = threading.Event()

    def load():
        while not stop.is_set():
            w.put(40)

    feeder = threading.Thread(target=load)
    feeder.start()
    try:
        rings.swap(rings.version[2])
        line = wait("ring_applied", lambda: job.said("ring_applied"))[0]
        while time.time() * 1000 < line["from_ms"] + 1000:
            time.sleep(0.1)
    finally:
        stop.set()
        feeder.join()
    put_everywhere(w)
    w.done()
    prints = prints_of(rings.version[2])
    last = max(prints)
    checks.equal("a link that is swapped is enough: taken over without a restart",
                 (line["was"], line["is"], job.child.poll()), (1, 2, None))
    checks.equal("the line names what is new by its fingerprint",
                 line["new"], f"epoch {last} of third {prints[last]}")
    checks.equal("the epochs held are shown with their fingerprints",
                 {n: e[1:] for n, e in shown_epochs(job).items()},
                 {n: (text, "active") for n, text in prints.items()})
    page = job.get("/metrics")[1]
    checks.equal("Prometheus' own linter takes the page", promtool(page), (0, ""))
    name = "lethe_ring_epoch_info"
    checks.equal("as the table says", families(page)[name], table(job.scene.lethe)[name])
    checks.check("and on the page for a person",
                 all(text in job.get("/")[1] for text in prints.values()))
    checks.equal("a token stays what it was", tokens(w), before)
    counted = collections.Counter(json.loads(m.value)["n"] for m in w.out("numbers.out"))
    checks.equal("each event once", counted, collections.Counter(range(w.sent)))
    checks.check("every partition is committed under it", all(
        text == memory_of(rings.version[2], 1) for text in remembered(w).values()),
        str(remembered(w)))
    checks.equal("and it is counted",
                 job.metric('lethe_ring_reloads_total{result="applied"}'), 1)
    say(f"{w.sent} events")


def tokens(w):
    return {json.loads(m.value)["subject"] for m in w.out("people.out")}


def seals(checks, w):
    """What cannot be read is sealed as before, after the change too."""
    w.raw(["{broken"])
    w.done()
    sealed = b"".join(m.value + b"\n" for m in w.out("quarantine.out"))
    done = subprocess.run(
        [w.job.scene.lethe, "quarantine", "open", "--key",
         w.job.scene.path("oncall.key")], input=sealed,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    checks.check("the quarantine opens with its key after the change",
                 done.returncode == 0 and sealed.count(b"\n") == 1
                 and b"json_syntax" in done.stdout, str(done.returncode))


def refuses(checks, w, rings):
    job = w.job
    fork = rings.grown("v1.ring", "fork")
    stray = rings.grown("fork.ring", "stray")
    far = rings.grown("stray.ring", "far")
    broken, other = rings.keep("broken"), rings.scene.path("other.ring")
    with open(broken, "r+b") as f:
        f.truncate(os.path.getsize(broken) // 2)
    rings.scene.call("keys", "new", "--ring", other, "--secret",
                     rings.scene.path("o.key"), "--oncall", rings.scene.path("p.key"),
                     "--policy", job.policy)
    for i, (what, path, says) in enumerate((
        ("an older ring", rings.version[1], "it is older"),
        ("a fork of the same version", fork, "other bytes"),
        ("a next version of a fork", stray, "does not follow"),
        ("a later version of a fork", far, "another key for it"),
        ("another ring", other, "it is another ring"),
        ("half a ring", broken, "ring"),
        ("a pipe that nobody writes to", None, "no regular file"),
    )):
        rings.swap(path)
        wait(what, lambda: len(job.said("ring_refused")) == i + 1)
        line = job.said("ring_refused")[i]
        checks.check(f"{what} is refused, and why is told",
                     says in line["why"] and line["in_force"] == 2, str(line))
    checks.equal("refusals are counted",
                 job.metric('lethe_ring_reloads_total{result="refused"}'), 7)
    checks.equal("the file is one of them", job.metric("lethe_ring_refused"), 1)
    rings.swap(rings.version[2])
    job.signal(signal.SIGHUP)
    wait("ring_unchanged", lambda: job.said("ring_unchanged"))
    checks.comes("now it is not", lambda: job.metric("lethe_ring_refused"), 0)
    put_everywhere(w)
    w.done()
    checks.equal("and the one in force goes on", set(remembered(w).values()),
                 {memory_of(rings.version[2], 1)})


def does_not_start(checks, job, what, says, *more):
    old = instance(job, "old")
    old.start("--set", "instance=admin-1", *more)
    checks.equal(f"a second instance with {what} does not start", old.ended(), 4)
    last = old.said()[-1]
    checks.check("its last line says what is held and what was seen",
                 last["status"] == "behind" and says in last["why"] and
                 "bring the newer file" in last["do"], str(last))
    checks.equal("and it never joined the group", old.said("lane_started"), [])
    sets = ["http.listen=127.0.0.1:0", *more[1::2]]
    done = subprocess.run(
        [job.scene.lethe, "doctor", "--config", job.config, "--json",
         *(word for text in sets for word in ("--set", text))],
        stdout=subprocess.PIPE, check=False)
    row = next(r for r in json.loads(done.stdout)["checks"] if r["check"] == "start")
    checks.check("which the doctor has seen coming",
                 done.returncode == 1 and row["result"] == "fail"
                 and says in row["what"], str(row))


def starts_behind(checks, w, rings):
    job = w.job
    rebalances = job.metric("lethe_rebalances_total")
    does_not_start(checks, job, "the older ring", "version 1 is held",
                   "--set", f"ring={rings.version[1]}")
    does_not_start(checks, job, "another ring", "the ring ",
                   "--set", f"ring={rings.scene.path('other.ring')}",
                   "--set", f"secret={rings.scene.path('o.key')}")
    old_policy = rings.scene.path("policy1.yaml")
    shutil.copy(job.policy, old_policy)
    w.change(lambda t: revision(t, 2))
    job.signal(signal.SIGHUP)
    wait("policy_applied", lambda: job.said("policy_applied"))
    wait("the instant",
         lambda: time.time() * 1000 > job.said("policy_applied")[0]["from_ms"] + 200)
    put_everywhere(w)
    w.done()
    does_not_start(checks, job, "the older policy", "revision 1 is held",
                   "--set", f"policy={old_policy}")
    checks.equal("who was at work was not disturbed",
                 job.metric("lethe_rebalances_total"), rebalances)


def both_at_once(checks, w, rings, other):
    """A policy and the ring that it needs, in one signal: the ring goes first."""
    before = len(other.said("policy_applied"))
    rings.version[4] = rings.grown("fourth.ring", "sixth")
    shutil.copy(rings.version[4], rings.scene.path("mine.ring"))
    w.change(lambda t: revision(t, 3))
    other.signal(signal.SIGHUP)
    wait("both", lambda: len(other.said("policy_applied")) == before + 1)
    checks.equal("ring and policy that change together are both taken",
                 (other.said("ring_applied")[-1]["is"],
                  other.said("policy_applied")[-1]["is"][:2]), (4, "3-"))


def comes_behind(checks, w, rings):
    """A second instance at work under ring 2 gets partitions of ring 3, then of 4."""
    job, other = w.job, instance(w.job, "other")
    mine = rings.keep("mine", "third.ring")
    other.start("--set", "instance=admin-1", "--set", f"ring={mine}",
                "--set", "stall.stop=60s")
    other.ready()
    wait("it has partitions",
         lambda: other.metric('lethe_partitions_assigned{lane="0"}') > 0)
    rings.version[3] = rings.grown("third.ring", "fourth")
    rings.swap(rings.version[3])
    wait("ring_applied", lambda: len(job.said("ring_applied")) == 2)
    wait("the instant",
         lambda: time.time() * 1000 > job.said("ring_applied")[1]["from_ms"] + 200)
    put_everywhere(w)
    w.done()
    checks.equal("two instances may hold two versions for a while",
                 {text.split()[2] for text in remembered(w).values()},
                 {"ring=2", "ring=3"})
    job.signal(signal.SIGTERM)
    checks.equal("the newer one stops with 0", job.ended(), 0)
    wait("behind", lambda: other.said("behind"))
    put_everywhere(w)
    os.replace(rings.keep("next", "fourth.ring"), mine)
    wait("it looks at its file by itself", lambda: other.said("ring_applied"))
    w.done()
    checks.check("and goes on with it", other.child.poll() is None)
    counted = collections.Counter(json.loads(m.value)["n"] for m in w.out("numbers.out"))
    checks.equal("each event once over it", counted, collections.Counter(range(w.sent)))

    both_at_once(checks, w, rings, other)

    rings.version[5] = rings.grown("sixth.ring", "fifth")
    rings.swap(rings.version[5])
    job.start()
    job.ready()
    wait("it has partitions",
         lambda: job.metric('lethe_partitions_assigned{lane="0"}') > 0)
    put_everywhere(w)
    w.done()
    job.signal(signal.SIGTERM)
    checks.equal("the newer one stops again", job.ended(), 0)
    checks.equal("without the file it ends after a while", other.ended(), 4)
    last = other.said()[-1]
    checks.check("and says why", last["status"] == "behind" and
                 "version 4 is held" in last["why"] and "version 5" in last["why"],
                 str(last))


def moved(checks, w, rings):
    job = w.job
    job.start()
    job.ready()
    w.done()
    job.signal(signal.SIGTERM)
    checks.equal("it stops with 0", job.ended(), 0)
    before = remembered(w)
    out = job.scene.call("offsets", "show", "--config", job.config).decode()
    checks.check("offsets show tells what the group remembers",
                 "worked under ring version 5 and policy revision 3" in out, out)
    with w.cluster.client() as c:
        for topic in TOPICS[1:]:
            c.delete_records(topic, c.end_offsets(topic))
    job.scene.call("offsets", "rewind", RAW, "--to", "earliest", "--apply",
                   "--config", job.config)
    with w.cluster.client() as c:
        checks.equal("rewind goes back", set(c.committed(GROUP, RAW).values()), {0})
    checks.equal("and keeps what the group remembers", remembered(w), before)
    does_not_start(checks, job, "the older ring, after it,", "version 2 is held",
                   "--set", f"ring={rings.version[2]}")
    with w.cluster.client() as c:
        c.commit(GROUP, RAW, c.committed(GROUP, RAW))
    checks.equal("a commit of another tool ends the memory",
                 set(remembered(w).values()), {""})
    job.start("--set", f"ring={rings.version[2]}")
    job.ready()
    w.done()
    job.signal(signal.SIGTERM)
    checks.equal("then it starts, and stops with 0", job.ended(), 0)


def ends_for(checks, job, what, code, status, says, *more):
    job.start(*more)
    checks.equal(f"{what} ends run", job.ended(), code)
    last = job.said()[-1]
    checks.check("and the last line says why",
                 last["status"] == status and says in last["why"], str(last))
    checks.equal("before a lane starts", job.said("lane_started"), [])


def measures_clock(checks, w):
    job = w.job
    w.cluster.topic("clock", 1, {"message.timestamp.type": "LogAppendTime"})
    job.start("--set", "clock.topic=clock")
    job.ready()
    skew = job.metric("lethe_clock_skew_seconds")
    checks.check("the clock is measured against the broker's, which is this machine's",
                 "lethe_clock_skew_seconds" in job.get("/metrics")[1]
                 and abs(skew) < 1, str(skew))
    say(f"clock skew {skew} s")
    job.signal(signal.SIGTERM)
    checks.equal("it stops with 0", job.ended(), 0)
    ends_for(checks, job, "a topic whose records the broker does not stamp", 3,
             "setting", "LogAppendTime", "--set", f"clock.topic={RAW}")
    ends_for(checks, job, "a topic that there is not", 4, "no_topic",
             "does not exist", "--set", "clock.topic=clocks")
    shim = clock.shim(job.scene.dir)
    for ahead, word in ((5, "ahead of"), (-5, "behind")):
        with clock.off(shim, ahead):
            ends_for(checks, job, f"a clock that is {word} the broker's", 4, "clock",
                     word, "--set", "clock.topic=clock")


def run(args, directory):
    checks = Checks()
    with Cluster(directory + "/kafka") as cluster:
        for topic in TOPICS:
            cluster.topic(topic, 4, {"retention.ms": 86400000})
        job = Job(args.lethe, directory, cluster.bootstrap, POLICY, SETTINGS)
        w, rings = World(job, cluster), Rings(job)
        try:
            begins(checks, w, rings)
            takes_over(checks, w, rings)
            seals(checks, w)
            refuses(checks, w, rings)
            starts_behind(checks, w, rings)
            comes_behind(checks, w, rings)
            moved(checks, w, rings)
            measures_clock(checks, w)
        finally:
            for one in [job, *STARTED]:
                one.end()
    checks.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lethe", required=True)
    parser.add_argument("--keep", help="work there, and leave it there")
    in_folder(run, parser.parse_args(), "lethe-reload-")


if __name__ == "__main__":
    main()
