#!/usr/bin/env python3
"""Where a group begins, goes on, stops and is sent back, on a real Kafka broker.

* a first start refuses to guess; with `start` it begins where it was told, and
  its first transaction commits an offset for every partition, empty ones too; a
  partition that comes later begins at its beginning
* records removed below the committed offset stop `lethe run`: exit 4, the exact
  gap in the log, nothing skipped; `lethe offsets accept-gap` takes those words
  alone, with nobody in the group and no transaction open, and the rest comes
  out exactly once
* retention that passes a lane at work stops it after what it has read
* a log that ends below the committed offset is accepted with the word of what
  happened
* `lethe offsets rewind` is refused on live outputs; on empty ones every event
  comes again exactly once

    tests/e2e/test_offsets.py --lethe build/lethe [--keep DIR]
"""

import argparse
import collections
import json
import os
import shlex
import signal
import subprocess
import time

from broker import Cluster, spawn
from checks import Checks, in_folder, say
from client import OFFSETS, kcat, read, settle
from job import WAIT_S, Bench, Stuck, wait

POLICY = """\
version: 1
name: offsets
revision: 1
controller: { name: Example Shop GmbH, contact: privacy@shop.example }
inputs:
  web:
    topics: [raw]
    event_time: { path: $.at, format: unix_ms }
    events:
      seen: { $.event: seen }
identifiers:
  user: { prefix: u, from: [$.user] }
purposes:
  numbers:
    says: Count.
    basis: contract
    ticket: LEGAL-1
    on: [seen]
    topic: numbers.out
    recipients: [nobody]
    retention: 1d
    identity: none
  again:
    says: Count once more.
    basis: contract
    ticket: LEGAL-2
    on: [seen]
    topic: again.out
    recipients: [nobody]
    retention: 1d
    identity: none
fields:
  - { path: $.n, as: n, for: [numbers, again], do: keep, type: integer, min: 0, max: 1000000, required: true, why: which event it was }
  - { do: time, to: day, as: day, for: [numbers, again], why: a day is enough }
quarantine: { topic: quarantine.out, payload: sealed, retention: 7d }
"""

GROUP, RAW = "offs", "raw"
OUTPUTS = ("numbers.out", "again.out", "quarantine.out")


class Offsets(Bench):
    """The broker, a job, and the commands on it."""

    def __init__(self, lethe, directory, cluster, policy=POLICY):
        super().__init__(
            lethe, directory, cluster, RAW, GROUP, policy,
            f"instance: offs-0\ngroup: {GROUP}\nlanes: 2\nstatus.interval: 1s\n",
            {"bootstrap.servers": cluster.bootstrap, "session.timeout.ms": 6000,
             "heartbeat.interval.ms": 1000, "topic.metadata.refresh.interval.ms": 1000},
        )

    # -- the cluster

    def put(self, partition, numbers, bad=0):
        """Loads events, and what is no event, on one partition."""
        now = int(time.time() * 1000)
        events = [{"event": "seen", "user": "u", "at": now, "n": n} for n in numbers]
        self.send(events + ["{broken"] * bad, partition)

    def empty(self, topics=OUTPUTS):
        with self.cluster.client() as c:
            for topic in topics:
                settle(self.bootstrap, topic)  # else a marker comes behind it
                c.delete_records(topic, {p: -1 for p in range(2)})

    def out(self, topic="numbers.out"):
        """How often each number stands on an output."""
        return collections.Counter(
            json.loads(m.value)["n"] for m in read(self.bootstrap, topic)
        )

    def ended(self, within_s=WAIT_S):
        """Its exit code, when the group is empty: who ends while it joins anew is a
        member until its session times out; and its last commit can be asked for."""
        code = super().ended(within_s)

        def left():
            with self.cluster.client() as c:
                return not c.describe_group(GROUP)[1]

        wait("nobody is in the group", left)
        settle(self.bootstrap, OFFSETS)
        return code

    # -- the commands

    def offsets(self, *args):
        return self.call("offsets", *args)

    def shown(self, *args):
        """Exit code and the object of `offsets show --json`."""
        code, out, err = self.offsets("show", "--json", *args)
        try:
            return code, json.loads(out)
        except ValueError:
            raise Stuck(f"offsets show --json gave {code}: {err}") from None

    def run_line(self, line):
        """A command line that lethe printed, run by a shell as it stands."""
        words = shlex.join([self.scene.lethe]) + line.strip()[len("lethe"):]
        done = subprocess.run(
            ["sh", "-c", words], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=WAIT_S,
        )
        return done.returncode, done.stdout


def line_with(text, part):
    return next((line for line in text.splitlines() if part in line), "")


def once(numbers):
    return collections.Counter(numbers)


# ---- the parts


def begins(checks, b):
    b.put(0, range(0, 100))
    b.put(1, range(100, 150))
    code, seen = b.shown()
    checks.equal(
        "show before the first start: nothing has started, exit 0",
        (code, seen["state"], seen["members"], {p["state"] for p in seen["partitions"]}),
        (0, "none", 0, {"not_started"}),
    )
    b.start()
    code, log = b.ended(), b.said()
    checks.equal("a first start without `start` ends with 3", code, 3)
    checks.check("and its last line names the setting",
                 "set `start` to earliest or latest" in log.splitlines()[-1])
    checks.check("and a line says what to do",
                 "`start: earliest`" in line_with(log, " start_unknown "))
    checks.equal("and nothing is committed", set(b.committed().values()), {-1})

    b.start("--set", "start=latest")
    wait("a start offset for every partition",
         lambda: -1 not in b.committed().values())
    checks.equal("start: latest commits the end of every partition, of an empty "
                 "one too", b.committed(), {0: 100, 1: 50, 2: 0})
    b.put(2, range(200, 250), bad=1)
    b.done()
    checks.equal("and from there on every event comes out once",
                 b.out(), once(range(200, 250)))
    at_work(checks, b)
    checks.equal("lethe stops with 0", b.stop(), 0)

    b.start("--set", "start=earliest", "--purpose", "numbers")
    b.done(GROUP + "-numbers")
    code, seen = b.shown("--purpose", "numbers")
    checks.equal("run and show agree about a purpose's own group",
                 (code, seen["group"]), (0, GROUP + "-numbers"))
    checks.equal("lethe of one purpose stops with 0", b.stop(), 0)
    checks.equal("start: earliest reads all that is there", b.out(),
                 once([*range(0, 150), *range(200, 250), *range(200, 250)]))
    b.empty()


def at_work(checks, b):
    """Nothing is moved under the feet of a job that runs."""
    wait("both lanes are in the group", lambda: b.shown()[1]["members"] == 2)
    before = b.committed()
    code, seen = b.shown()
    checks.equal("show sees a member a lane", (code, seen["members"]), (0, 2))
    code, _, err = b.offsets("accept-gap", "raw:0:0-1")
    checks.check("accept-gap is refused while it runs",
                 code == 1 and "is still at work" in err and "offsets show" in err,
                 f"{code}: {err}")
    code, out, _ = b.offsets("rewind", "raw", "--to", "earliest", "--apply")
    checks.check("rewind is refused while it runs",
                 code == 1 and "is still at work" in out, f"{code}: {out}")
    checks.equal("and nothing moved", b.committed(), before)


def grows(checks, b):
    b.start("--set", "start=latest")
    with b.cluster.client() as c:
        c.grow_topic(RAW, 4)
    b.put(3, range(300, 320))
    b.done()
    checks.equal("a partition that comes later begins at its beginning, whatever "
                 "`start` says", b.out(), once(range(300, 320)))
    checks.equal("lethe stops with 0", b.stop(), 0)
    b.empty()


def stops_at_gap(checks, b):
    before = b.committed()
    b.put(0, range(400, 500))
    b.put(1, range(500, 510))
    with b.cluster.client() as c:
        c.delete_records(RAW, {0: 140})
    b.start("--set", "start=earliest")
    code, log = b.ended(), b.said()
    line = line_with(log, " gap ")
    checks.equal("a gap ends run with 4", code, 4)
    checks.check("the log names the gap", "from=100 to=139 offsets=40" in line, line)
    checks.check("and the command",
                 "`lethe offsets accept-gap raw:0:100-139`" in line, line)
    checks.check("the last line says why",
                 "raw:0: offsets 100 to 139 (40 of them) are gone" in
                 log.splitlines()[-1], log.splitlines()[-1])
    checks.equal("nothing of it is skipped", b.committed()[0], before[0])
    checks.check("and nothing of it came out",
                 not set(b.out()) & set(range(400, 500)))

    code, seen = b.shown()
    row = seen["partitions"][0]
    checks.equal("show --json tells of the gap", (code, row), (1, {
        "topic": RAW, "partition": 0, "committed": 100, "first": 140, "next": 200,
        "lag": 60, "state": "gap", "from": 100, "to": 139, "offsets": 40,
        "ring": 1, "policy": 1,
    }))
    code, out, _ = b.offsets("show")
    checks.check("and so does the table", code == 1 and "gap 100-139 (40)" in out, out)
    command = line_with(out, "accept-gap raw:0:100-139")
    checks.check("with the command to go on", command, out)
    checks.equal("which is that of --json", seen["next"], [command.strip()])
    return command


def accepts_gap(checks, b, command):
    before = b.committed()
    for name, args, expected in (
        ("another end", ["raw:0:100-138"], 1),
        ("another beginning", ["raw:0:99-139"], 1),
        ("a gap that is no longer", ["raw:1:0-9"], 1),
        ("a partition that there is not", ["raw:9:100-139"], 1),
        ("a cause where there is none", ["raw:0:100-139", "--recreated"], 1),
        ("the right one with a wrong one", ["raw:0:100-139", "raw:1:0-9"], 1),
        ("the same twice", ["raw:0:100-139", "raw:0:100-139"], 2),
        ("a topic that is no input", ["numbers.out:0:0-1"], 2),
        ("no gap at all", ["raw:0"], 2),
    ):
        code, _, err = b.offsets("accept-gap", *args)
        checks.equal(f"accept-gap refuses {name}", code, expected)
        if args == ["raw:0:100-138"]:
            checks.check("and names the one that stands there",
                         "accept-gap raw:0:100-139 --config" in err, err)
    code, out, _ = b.offsets("rewind", "raw", "--to", "earliest")
    checks.check("rewind is no way round a gap",
                 code == 1 and "accept-gap raw:0:100-139" in out, out)

    with Member(b):
        code, text = b.run_line(command)
        checks.check("the right words are refused while the group has a member",
                     code == 1 and "is still at work" in text, f"{code}: {text}")
    checks.equal("nothing moved by all of this", b.committed(), before)

    waits_for_transaction(checks, b, command)
    checks.equal("it goes on where the log begins", b.committed()[0], 140)
    code, seen = b.shown()
    checks.equal("show has nothing to say", (code, seen["next"]), (0, []))

    b.start("--set", "start=earliest")
    b.put(0, range(510, 520))
    b.done()
    checks.equal("every event after the gap comes out once, none of before",
                 b.out(), once([*range(440, 500), *range(500, 520)]))
    checks.equal("lethe stops with 0", b.stop(), 0)


class Member:
    """Somebody else in the group, on another topic: who only stands there."""

    def __init__(self, b):
        self.b = b

    def members(self, count):
        wait(f"the group has {count} members",
             lambda: self.b.shown()[1]["members"] == count)

    def __enter__(self):
        self.child = spawn(
            [
                kcat(), "-q", "-b", self.b.bootstrap, "-X", "enable.auto.commit=false",
                "-X", "session.timeout.ms=6000", "-G", GROUP, "numbers.out",
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        self.members(1)

    def __exit__(self, *_):
        self.child.terminate()
        self.child.wait()
        self.members(0)


def waits_for_transaction(checks, b, command):
    """What a killed lethe has open might still move the offset: it must be over.
    Nobody ends this one but the broker, after its time."""
    with b.cluster.client() as c:
        c.open_offsets("killed", GROUP, RAW, {0: 150}, 4000)
    checks.equal("show does not wait for an open transaction",
                 b.shown()[1]["partitions"][0]["committed"], 100)
    code, text = b.run_line(command)
    checks.check("accept-gap takes the printed command, after the transaction",
                 code == 0 and "offsets 100-139 (40 of them) are lost" in text,
                 f"{code}: {text}")


def beyond_end(checks, b):
    """A topic made anew.  The broker forgets the offsets of a topic it deletes;
    where they survive (a restored or mirrored group) they lie beyond its end."""
    old = b.committed()
    with b.cluster.client() as c:
        c.delete_topic(RAW)
    b.cluster.topic(RAW, 4)
    b.empty()
    b.put(0, range(600, 610))
    b.put(1, range(610, 615))
    wait("its offsets are forgotten", lambda: set(b.committed().values()) == {-1})
    b.start()
    checks.equal("a topic made anew asks for `start` again", b.ended(), 3)
    with b.cluster.client() as c:
        c.commit(GROUP, RAW, old)
    code, seen = b.shown()
    checks.equal("show tells what lies beyond the end",
                 (code, [(p["state"], p["from"], p["to"]) for p in seen["partitions"]]),
                 (1, [("beyond_end", b.ends()[p], old[p] - 1) for p in range(4)]))
    checks.equal("the two ways on are commands, of which none is simply to run", (
        [line.split()[-1] for line in seen["one_of"]], seen["next"]),
        (["--recreated", "--truncated"], []))
    b.start("--set", "start=earliest")
    code, log = b.ended(), b.said()
    checks.equal("run ends with 4", code, 4)
    checks.check(
        "its log has the words and both ways",
        f"accept-gap raw:0:10-{old[0] - 1}`" in log
        and "--recreated if the topic was made anew, or --truncated" in log,
        line_with(log, " gap "),
    )
    checks.equal("and nothing moved", b.committed(), old)
    words = [f"raw:{p}:{b.ends()[p]}-{old[p] - 1}" for p in range(4)]
    code, _, err = b.offsets("accept-gap", *words)
    checks.check("accept-gap wants to know what happened",
                 code == 1 and "--truncated" in err and "--recreated" in err, err)
    checks.check("and prints each as a command of its own, which names no other",
                 [line.split()[-1] for line in err.splitlines() if "lethe offsets" in line]
                 [-2:] == ["--recreated", "--truncated"] and "|" not in err, err)
    checks.equal("both at once are a usage error", b.offsets(
        "accept-gap", words[0], "--truncated", "--recreated")[0], 2)
    code, out, _ = b.offsets("accept-gap", words[1], "--truncated")
    checks.check("--truncated goes on at the end",
                 code == 0 and b.committed()[1] == 5, out)
    code, out, _ = b.offsets("show")
    command = line_with(out, "--recreated")
    checks.equal("--recreated begins anew, all of them at once",
                 (b.run_line(command)[0], b.committed()),
                 (0, {0: 0, 1: 5, 2: 0, 3: 0}))
    b.start()
    b.put(1, range(615, 620))
    b.done()
    checks.equal("and each event comes out once", b.out(),
                 once([*range(600, 610), *range(615, 620)]))
    checks.equal("lethe stops with 0", b.stop(), 0)


def rewinds(checks, b):
    before = b.committed()
    for name, args, expected in (
        ("forward", ["raw:0", "--to", "11"], 1),
        ("to the end", ["raw", "--to", "latest"], 2),
        ("all partitions to one offset", ["raw", "--to", "3"], 2),
        ("to no place", ["raw", "--to", "yesterday"], 2),
        ("a partition that there is not", ["raw:9", "--to", "earliest"], 2),
        ("without a place", ["raw"], 2),
    ):
        checks.equal(f"rewind refuses {name}", b.offsets("rewind", *args)[0], expected)
    code, out, _ = b.offsets("rewind", "raw", "--to", "earliest", "--apply")
    checks.check(
        "rewind is refused on live outputs, which it names",
        code == 1 and "numbers.out" in out and "again.out" in out
        and "quarantine.out" not in out and "kafka-delete-records" in out
        and "new revision" in out, f"{code}: {out}",
    )
    b.empty(["numbers.out", "again.out"])
    b.start()
    b.put(2, [], bad=2)
    b.done()
    b.stop()
    code, out, _ = b.offsets("rewind", "raw", "--to", "earliest", "--apply")
    checks.check("the quarantine is an output too",
                 code == 1 and "quarantine.out" in out and "numbers.out" not in out,
                 f"{code}: {out}")
    before = b.committed()
    b.empty()
    code, out, _ = b.offsets("rewind", "raw", "--to", "earliest")
    checks.check("on empty ones it says what it would do",
                 code == 0 and "22 offsets of 3 partitions" in out
                 and "nothing was changed" in out, f"{code}: {out}")
    checks.equal("and does not do it", b.committed(), before)
    code, out = b.run_line(line_with(out, "--apply"))
    checks.equal("the printed command does it", (code, b.committed()),
                 (0, {p: 0 for p in range(4)}))
    b.start()
    b.done()
    b.stop()
    checks.equal("every event comes again, once", b.out(), once(range(600, 620)))
    checks.equal("for each purpose", b.out("again.out"), once(range(600, 620)))
    checks.equal("and into the quarantine",
                 len(list(read(b.bootstrap, "quarantine.out"))), 2)


def rewinds_a_part(checks, b):
    b.empty()
    time.sleep(0.05)  # so that the time between lies between
    now = time.time()
    between = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
    between += f".{int(now * 1000) % 1000:03d}Z"
    time.sleep(0.05)
    b.put(0, range(700, 705))
    b.start()
    b.done()
    b.stop()
    b.empty()
    code, out, _ = b.offsets("rewind", "raw", "--to", between, "--apply")
    checks.equal("a time goes back to the first event not before it, and no "
                 "partition forward", (code, b.committed()),
                 (0, {0: 10, 1: 10, 2: 2, 3: 0}))
    code, out, _ = b.offsets("rewind", "raw:1", "--to", "8", "--apply")
    checks.equal("an offset goes back in one partition", (code, b.committed()),
                 (0, {0: 10, 1: 8, 2: 2, 3: 0}))
    b.start()
    b.done()
    b.stop()
    checks.equal("exactly those come again", b.out(),
                 once([*range(700, 705), 618, 619]))


def gap_at_work(checks, b):
    """Retention passes a lane that has a transaction open: what it has read is
    committed first, so that the gap begins at what is committed."""
    b.empty()
    start = b.committed()[0]
    mark = b.high("numbers.out")
    b.start("--set", "commit.interval=25s", "--set", "kafka.session.timeout.ms=20000")
    wait("both lanes are in the group", lambda: b.shown()[1]["members"] == 2)
    b.put(0, range(800, 810))
    wait("they are read", lambda: b.high("numbers.out") >= mark + 10)
    os.kill(b.child.pid, signal.SIGSTOP)
    time.sleep(2)  # the fetch that waits at the broker has come back empty
    b.put(0, range(810, 910))
    with b.cluster.client() as c:
        c.delete_records(RAW, {0: start + 60})
    os.kill(b.child.pid, signal.SIGCONT)
    code, log = b.ended(), b.said()
    checks.equal("a gap in the middle of work ends run with 4", code, 4)
    checks.equal("what was read before it is committed", b.committed()[0], start + 10)
    words = f"raw:0:{start + 10}-{start + 59}"
    checks.check("the log has the words", f"accept-gap {words}`" in log,
                 line_with(log, " gap "))
    code, _, err = b.offsets("accept-gap", words)
    checks.check("which are accepted", code == 0, f"{code}: {err}")
    b.start()
    b.done()
    b.stop()
    checks.equal("and all but the gap comes out once", b.out(),
                 once([*range(800, 810), *range(860, 910)]))


def run(args, directory):
    checks = Checks()
    with Cluster(os.path.join(directory, "kafka")) as cluster:
        cluster.topic(RAW, 3)
        for topic in OUTPUTS:
            cluster.topic(topic, 2, {"retention.ms": 86400000})  # a day
        b = Offsets(args.lethe, directory, cluster)
        say("the broker is ready")
        try:
            begins(checks, b)
            grows(checks, b)
            accepts_gap(checks, b, stops_at_gap(checks, b))
            beyond_end(checks, b)
            rewinds(checks, b)
            rewinds_a_part(checks, b)
            gap_at_work(checks, b)
        except Stuck as e:
            checks.check("it goes on", False, str(e))
        finally:
            b.end()
    checks.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lethe", required=True)
    parser.add_argument("--keep", help="work there, and leave it there")
    args = parser.parse_args()
    in_folder(run, args, "lethe-offsets-")


if __name__ == "__main__":
    main()
