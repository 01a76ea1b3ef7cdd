#!/usr/bin/env python3
"""`lethe doctor` on a real Kafka broker: a job that may start passes every
check, on a plain and on a secured listener; then each check is made to fail,
and names what is wrong and what to do.  What it does leaves no record, no
offset and no member behind, and it may run beside a running lethe.

    tests/e2e/test_doctor.py --lethe build/lethe [--keep DIR]
"""

import argparse
import ctypes
import json
import os
import resource
import shutil
import socket
import subprocess
import time

import clock
from broker import Cluster, free_ports
from checks import Checks, in_folder, say
from client import Producer, kcat, read
from secure import Listener, Secure
from test_offsets import GROUP, OUTPUTS, POLICY, RAW, Stuck
from test_secured import PREFIX, SCRAM_SINCE, Secured, library

CHECKS = ("settings", "policy", "keys", "signatures", "job", "passwords", "port", "brokers", "versions", "topics",
          "plan", "start", "read", "transactions", "write", "group", "clock", "skew", "order")
CLOCK, DAY = "lethe.clock", 86400000
NAMES = ("vera", "paul", "olga", "nils", "mara", "lena")
OK = {"ok"}


class Doctor(Secured):
    def __init__(self, lethe, directory, cluster):
        text = POLICY.replace("identity: none", "identity: [user]")
        text = text.replace("topics: [raw]", "topics: [raw]\n    retention: 7d")
        super().__init__(lethe, directory, cluster, policy=text)

    def ask(self, *sets, config=None, before=None):
        """(exit code, {check: [row]}, everything that was written)"""
        command = [self.scene.lethe, "doctor", "--json", "--config",
                   config or self.config]
        for row in sets:
            command += ["--set", row]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, timeout=120, preexec_fn=before,
        )
        rows = {}
        try:
            for row in json.loads(done.stdout)["checks"]:
                rows.setdefault(row["check"], []).append(row)
        except (ValueError, KeyError):
            raise Stuck(f"doctor gave {done.returncode}: {done.stderr}") from None
        return done.returncode, rows, done.stdout + done.stderr

    def secured(self, login, listener="SECURE"):
        rows = {"bootstrap.servers": self.cluster.secure_bootstrap(listener), **login}
        return [f"kafka.{name}={value}" for name, value in rows.items()]

    def feed(self, events):
        """[(key, partition, user)]; a partition of None: by the key."""
        now = int(time.time() * 1000)
        for n, (key, partition, user) in enumerate(events):
            value = json.dumps({"event": "seen", "user": user, "at": now, "n": n})
            where = [] if partition is None else ["-p", str(partition)]
            line = f"{key}|{value}" if key else value
            split = ["-K", "|"] if key else []
            subprocess.run(
                [kcat(), "-P", "-b", self.bootstrap, "-t", RAW, *where, *split,
                 "-X", "topic.partitioner=murmur2_random"],
                input=line.encode(), check=True,
            )

    def empty_raw(self):
        with self.cluster.client() as c:
            c.delete_records(RAW, {p: -1 for p in range(3)})


def results(rows, name):
    return {row["result"] for row in rows.get(name, [])}


def says(rows, name, result, *words):
    """Whether one row of the check has the result, the words and, unless it is
    well, what to do."""
    return any(
        row["result"] == result and (row["do"] or result in ("ok", "skip"))
        and all(w in row["what"] + " do: " + (row["do"] or "") for w in words)
        for row in rows.get(name, [])
    )


# ---- all is well


def well(checks, d, secure):
    ends = high(d)
    for turn, (what, sets) in enumerate((
        ("unsecured", []),
        ("with name and password over TLS", d.secured(secure.client("lethe"))),
    ), 1):
        offsets = d.committed()
        code, rows, text = d.ask("start=earliest", "clock.topic=" + CLOCK, *sets)
        checks.equal(f"{what}: exit 0", code, 0)
        checks.equal(f"{what}: the checks are made in the table's order",
                     tuple(rows), CHECKS)
        bad = {n: rows[n] for n in rows if results(rows, n) != OK and n != "plan"}
        checks.check(f"{what}: every check but one is ok", not bad, str(bad))
        told_of_topics(checks, what, rows, bool(sets))
        checks.check(f"{what}: no value of an event is told",
                     not any(name in text for name in NAMES))
        checks.equal(f"{what}: no offset of the group is committed",
                     d.committed(), offsets)
        moved = {t: n - ends[t] for t, n in high(d).items()}
        # The turn before may leave its own as late as now.
        checks.check(f"{what}: a marker a topic and turn at most is left",
                     all(n <= turn for n in moved.values()) and not moved[RAW], str(moved))
    checks.equal("and no record, for readers of uncommitted ones, too",
                 [len(uncommitted(d, topic)) for topic in OUTPUTS], [0, 0, 0])
    checks.check("the brokers are named with the principal",
                 says(rows, "brokers", "ok", "127.0.0.1:", "User:lethe"))


def told_of_topics(checks, what, rows, secured):
    if secured:
        checks.check(f"{what}: the topics that its rights show are well, and what they "
                     "hide is told", results(rows, "plan") == {"ok", "skip"}
                     and says(rows, "plan", "skip", "1 topic", "2 were written",
                              "lethe topics plan"), str(rows["plan"]))
        return
    checks.check(f"{what}: all that differs of the topics is that lethe is another there",
                 len(rows["plan"]) == 3 and results(rows, "plan") == {"warn"}
                 and says(rows, "plan", "warn", "User:lethe can write", "kafka-acls"),
                 str(rows["plan"]))


def high(d):
    with d.cluster.client() as c:
        return {t: sum(c.end_offsets(t).values()) for t in (RAW, *OUTPUTS)}


def uncommitted(d, topic):
    done = subprocess.run(
        [kcat(), "-C", "-q", "-e", "-b", d.bootstrap, "-t", topic, "-o", "beginning",
         "-X", "isolation.level=read_uncommitted"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True,
    )
    return done.stdout


def beside(checks, d, secure):
    login = secure.client("lethe")
    d.begin("SECURE", login, "--set", "start=earliest")
    d.done()
    before = d.committed()
    code, rows, _ = d.ask(*d.secured(login))
    checks.check("beside a running lethe: all well, and no `start` is asked for",
                 code == 0 and says(rows, "start", "ok", "goes on"), str(rows["start"]))
    d.feed([(NAMES[0], None, NAMES[0])])
    d.done()
    checks.check("which was not fenced, and goes on",
                 "producer_lost" not in d.said() and before != d.committed())
    checks.equal("it stops with 0", d.stop(), 0)


def gap(checks, d):
    with d.cluster.client() as c:
        c.commit(GROUP, RAW, {0: 0, 1: 0, 2: 0})
        c.delete_records(RAW, {1: -1})
    code, rows, _ = d.ask()
    checks.check("a gap below what the group has committed", code == 1
                 and says(rows, "start", "fail", "are gone from the log", "accept-gap"),
                 str(rows["start"]))


# ---- files


def files(checks, d):
    with open(d.config) as f:
        text = f.read()
    nameless = d.scene.path("nameless.yaml")
    with open(nameless, "w") as f:
        f.write(text.replace("instance: offs-0\n", ""))
    code, rows, _ = d.ask(config=nameless)
    checks.check("a setting that is missing", code == 1
                 and says(rows, "settings", "fail", "`instance` is missing")
                 and results(rows, "transactions") == {"skip"}, str(rows))
    broken = d.scene.with_policy(
        "broken.yaml", lambda t: t.replace("basis: contract", "basis: whim", 1))
    code, rows, text = d.ask("policy=" + broken)
    checks.check("a policy with a mistake", code == 1
                 and says(rows, "policy", "fail", "lethe policy check")
                 and "broken.yaml:" in text and results(rows, "topics") == {"skip"},
                 str(rows))
    os.chmod(d.scene.path("secret.key"), 0o644)
    code, rows, _ = d.ask()
    checks.check("a secret key that others can read", code == 1
                 and says(rows, "keys", "fail"), str(rows["keys"]))
    os.chmod(d.scene.path("secret.key"), 0o600)
    if os.geteuid():
        say("a file that only root's rights read is not tried: this is not root")
    else:
        other = d.scene.path("other.ring")
        shutil.copy(d.scene.path("ring.lethe"), other)
        os.chown(other, 12345, 12345)
        os.chmod(other, 0o600)
        code, rows, _ = d.ask("ring=" + other)
        checks.check("a ring that root alone may read, by a right that lethe gives up",
                     code == 1 and says(rows, "keys", "fail", "Permission denied"),
                     str(rows["keys"]))
    code, rows, _ = d.ask("lanes=4", "memory_mb=32")
    checks.check("memory that is too little for so many lanes", code == 1
                 and says(rows, "job", "fail", "memory_mb", "at least 80"), str(rows["job"]))
    code, rows, _ = d.ask("lanes=64", before=lambda: resource.setrlimit(
        resource.RLIMIT_MEMLOCK, (1 << 16, 1 << 16)))
    checks.check("locked memory that is too little for so many", code == 1
                 and says(rows, "job", "fail", "RLIMIT_MEMLOCK is 64 KiB"), str(rows["job"]))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        code, rows, _ = d.ask("http.listen=" + address)
        checks.check("an address that is taken", code == 1
                     and says(rows, "port", "fail", "http.listen"), str(rows["port"]))
    code, rows, _ = d.ask("kafka.sasl.password.file=" + d.scene.path("no.password"))
    checks.check("a password that is not there", code == 1
                 and says(rows, "passwords", "fail", "sasl.password")
                 and results(rows, "brokers") == {"skip"}, str(rows))
    key = d.scene.path("client.key")
    code, rows, _ = d.ask("kafka.ssl.key.location=" + key)
    checks.check("a private key that is not there", code == 1
                 and says(rows, "passwords", "fail", "ssl.key.location"), str(rows))
    code, rows, _ = d.ask("kafka.ssl.ca.location=" + d.scene.path("no.crt"))
    checks.check("an authority's file that is not there is named", code == 1
                 and says(rows, "passwords", "fail", "ssl.ca.location", "no.crt",
                          "No such file") and results(rows, "brokers") == {"skip"},
                 str(rows))
    with open(key, "w"):
        os.chmod(key, 0o644)
    code, rows, _ = d.ask("kafka.ssl.key.location=" + key)
    checks.check("a private key that others can read",
                 says(rows, "passwords", "warn", "ssl.key.location", "others"), str(rows))
    done = subprocess.run(
        [d.scene.lethe, "doctor", "--config", d.scene.path("none.yaml")],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )
    checks.equal("settings that cannot be read at all: exit 3", done.returncode, 3)


# ---- the cluster


def brokers(checks, d, secure):
    (nobody,) = free_ports(1)
    wrong = secure.client("lethe")
    wrong["sasl.password.file"] = secure.write("wrong.password", "wrong-7Gq\n")
    plain = f"kafka.bootstrap.servers={d.bootstrap}"
    tls = d.secured(secure.client("lethe"))
    for what, sets, words in (
        ("a port where nobody listens",
         [f"kafka.bootstrap.servers=127.0.0.1:{nobody}"], ["nobody listens"]),
        ("a name that there is not",
         ["kafka.bootstrap.servers=kafka.invalid:9092"], ["not known here"]),
        ("TLS to a plain port", [*tls, plain], ["does not speak TLS"]),
        ("a plain client to a TLS port",
         ["kafka.bootstrap.servers=" + d.cluster.secure_bootstrap()], ["TLS"]),
        ("a wrong password", d.secured(wrong),
         ["wrong name or password", "User:lethe (PLAIN over TLS)"]),
        ("an expired certificate", d.secured(secure.client("lethe"), "EXPIRED"),
         ["the broker's certificate has expired"]),
    ):
        code, rows, text = d.ask(*sets)
        checks.check(f"{what}: the brokers fail, with the cause", code == 1
                     and says(rows, "brokers", "fail", *words), str(rows["brokers"]))
        checks.check(f"{what}: what follows is passed over",
                     results(rows, "topics") == {"skip"} and "wrong-7Gq" not in text)
    both = f"kafka.bootstrap.servers=127.0.0.1:{nobody},{d.bootstrap}"
    code, rows, _ = d.ask("start=latest", both)
    checks.check("of two servers the one that is away fails, the rest is looked at",
                 code == 1 and results(rows, "brokers") == {"ok", "fail"}
                 and results(rows, "topics") == OK, str(rows))


def scram(checks, d, secure):
    login = secure.client("lethe", mechanism="SCRAM-SHA-256")
    code, rows, _ = d.ask("start=latest", *d.secured(login))
    if library(d.scene.lethe) >= SCRAM_SINCE:
        checks.equal("SCRAM to Kafka 4.1: exit 0", code, 0)
        return
    checks.check("SCRAM to Kafka 4.1: the pair is named, and the ways out", code == 1
                 and says(rows, "brokers", "fail", "librdkafka 2.0.2", "Kafka 4.1",
                          "PLAIN over TLS", "mutual TLS", "librdkafka 2.6.1",
                          "Kafka 3.9"), str(rows["brokers"]))
    checks.check("and the brokers' release is known without a login",
                 says(rows, "versions", "ok", "4.1"), str(rows["versions"]))


def versions(checks, d):
    row = "kafka.consumer.partition.assignment.strategy=cooperative-sticky"
    code, rows, _ = d.ask("start=latest", row)
    bad = library(d.scene.lethe) < SCRAM_SINCE
    checks.equal("a strategy that this library does badly is warned of, and no other",
                 (code, "warn" in results(rows, "versions")), (0, bad))
    row = "kafka.producer.transaction.timeout.ms=3600000"
    code, rows, _ = d.ask("start=latest", row)
    checks.check("a transaction that may last longer than the broker allows", code == 1
                 and says(rows, "transactions", "fail", "transaction.max.timeout.ms"),
                 str(rows["transactions"]))


def topics(checks, d):
    other = d.scene.with_policy(
        "other.yaml", lambda t: t.replace("again.out", "nowhere.out"))
    code, rows, _ = d.ask("start=latest", "policy=" + other)
    checks.check("a topic that is missing", code == 1
                 and says(rows, "topics", "fail", "nowhere.out", "create"),
                 str(rows["topics"]))
    checks.check("the others are tried, and it is passed over",
                 says(rows, "write", "ok", "2 topics")
                 and says(rows, "write", "skip", "nowhere.out"), str(rows["write"]))
    other = d.scene.with_policy(
        "other.yaml", lambda t: t.replace(f"topics: [{RAW}]", "topics: [no.raw]"))
    code, rows, _ = d.ask("start=latest", "policy=" + other)
    checks.check("without its input what hangs on it is passed over, and said to be",
                 code == 1 and says(rows, "start", "skip", "no.raw")
                 and says(rows, "read", "skip", "no.raw")
                 and says(rows, "write", "ok", "3 topics"), str(rows))
    code, rows, _ = d.ask()
    checks.check("no `start` for a group that never began", code == 1
                 and says(rows, "start", "fail", "start: earliest"), str(rows["start"]))


def plan(checks, d):
    """What `lethe topics plan` finds, and the command that mends it."""
    other = d.scene.with_policy(
        "other.yaml", lambda t: t.replace("again.out", "nowhere.out"))
    code, rows, _ = d.ask("start=latest", "policy=" + other)
    checks.check("topics to create are told with the command", code == 1
                 and says(rows, "plan", "fail", "1 topic to write is not there",
                          "lethe topics apply --config " + d.config), str(rows["plan"]))
    with d.cluster.client() as c:
        c.configure_topic("again.out", {"retention.ms": 30 * DAY})
        c.configure_topic(RAW, {"retention.ms": 90 * DAY})
    words = ["again.out", "keeps 30d", "allows 1d", "lethe topics apply sets retention.ms"]
    code, rows, _ = d.ask("start=latest")
    checks.check("an output that keeps too long fails, as `lethe run` would", code == 1
                 and says(rows, "plan", "fail", *words), str(rows["plan"]))
    code, rows, _ = d.ask("start=latest", "retention.check=warn")
    checks.check("and is warned of where `lethe run` warns", code == 0
                 and says(rows, "plan", "warn", *words), str(rows["plan"]))
    checks.check("a raw topic that keeps too long, with the command",
                 says(rows, "plan", "warn", RAW, "keeps 90d", "kafka-configs",
                      "--entity-name " + RAW), str(rows["plan"]))
    with d.cluster.client() as c:
        c.configure_topic("again.out", {"retention.ms": DAY, "segment.ms": DAY // 4})


def skew(checks, d):
    code, rows, _ = d.ask("start=latest")
    checks.check("without clock.topic its use is told", code == 0
                 and says(rows, "skew", "skip", "`clock.topic`", "The clock"),
                 str(rows["skew"]))
    code, rows, _ = d.ask("start=latest", "clock.topic=no.clock")
    checks.check("a clock topic that is not there", code == 1
                 and says(rows, "skew", "fail", "no.clock", "LogAppendTime"),
                 str(rows["skew"]))
    d.start("--set", "start=latest", "--set", "clock.topic=no.clock")
    code, last = d.ended(), d.said().splitlines()[-1]
    checks.check("ends a start, and no plan is named that would not show it",
                 code == 4 and "clock.topic: the topic no.clock" in last
                 and "topics plan" not in last, last)
    code, rows, _ = d.ask("start=latest", "clock.topic=numbers.out")
    checks.check("one that the broker does not stamp", code == 1
                 and says(rows, "skew", "fail", "numbers.out", "LogAppendTime"),
                 str(rows["skew"]))
    with clock.off(clock.shim(d.dir), 5):
        code, rows, _ = d.ask("start=latest", "clock.topic=" + CLOCK)
    checks.check("a clock that is off, by how much", code == 1
                 and says(rows, "skew", "fail", "ahead of", "clock.skew.max"),
                 str(rows["skew"]))


def rights(checks, d, secure):
    sets = ["start=latest", *d.secured(secure.client("lethe"))]
    for kind, name, check, words in (
        ("topic", RAW, "read", ["Read the topic " + RAW]),
        ("topic", "again.out", "write", ["Write to the topic again.out"]),
        ("group", GROUP, "group", ["Read the group " + GROUP]),
        ("transaction", PREFIX, "transactions", ["Write the transactional id " + PREFIX]),
    ):
        d.forbid(kind, name)
        d.describe(kind, name)
        code, rows, _ = d.ask(*sets)
        checks.check(f"no right to use the {kind} {name}", code == 1
                     and says(rows, check, "fail", "User:lethe", *words), str(rows))
        d.allow("lethe")
    for kind, name in (("topic", RAW), ("topic", "again.out"), ("group", GROUP)):
        d.forbid(kind, name)
    code, rows, _ = d.ask(*sets)
    found = [w for w in (RAW, "again.out") if says(rows, "topics", "fail", w)]
    checks.equal("what may not be seen at all is told in one run", (code, found),
                 (1, [RAW, "again.out"]))
    checks.check("and the rest of it is tried", says(rows, "write", "ok", "2 topics"),
                 str(rows["write"]))
    d.allow("lethe")


# ---- the events


class Dated(Producer):
    """One event with a time of its own."""

    def put_at(self, value, time_ms):
        number, text = ctypes.c_int, ctypes.c_char_p
        self.lib.rd_kafka_producev(
            self.client, number(1), text(RAW.encode()), number(4), text(value),
            ctypes.c_size_t(len(value)), number(7), number(self.COPY),
            number(8), ctypes.c_int64(time_ms), number(0),
        )


def events(checks, d):
    d.empty_raw()
    code, rows, _ = d.ask("start=latest")
    checks.check("without events nothing is said of clock and order", code == 0
                 and results(rows, "clock") == results(rows, "order") == {"skip"},
                 str(rows))
    d.feed([(None, n % 3, name) for n, name in enumerate(NAMES * 2)])
    code, rows, _ = d.ask("start=latest")
    checks.check("events without keys", code == 0
                 and says(rows, "order", "warn", "12 of the newest 12 events have no key"),
                 str(rows["order"]))
    d.empty_raw()
    d.feed([(NAMES[n], p, NAMES[n]) for n in range(4) for p in (n % 3, n % 2)])
    code, rows, _ = d.ask("start=latest")
    checks.check("a person on several partitions", code == 0
                 and says(rows, "order", "warn", "of 4 subjects seen again, 2 are on"),
                 str(rows["order"]))
    d.empty_raw()
    d.feed([(f"{NAMES[0]}{n}", 1, NAMES[0]) for n in range(3)])
    code, rows, _ = d.ask("start=latest")
    checks.check("a person under several keys",
                 says(rows, "order", "warn", "under several keys"), str(rows["order"]))
    ahead = Dated(d.bootstrap, RAW)
    ahead.put_at(b"{}", int(time.time() * 1000) + 3600000)
    ahead.close()
    code, rows, _ = d.ask("start=latest")
    checks.check("an event from the future", code == 0
                 and says(rows, "clock", "warn", "ahead"), str(rows["clock"]))
    say("the broker's own clock cannot be set wrong here: that row is not made to fail")


def run(args, directory):
    checks = Checks()
    secure = Secure(directory, scram=True, listeners={
        "SECURE": Listener("SASL_SSL", "broker", "none"),
        "EXPIRED": Listener("SASL_SSL", "expired-broker", "none"),
    })
    secure.server("expired-broker", "DNS:localhost,IP:127.0.0.1", days=-1)
    with Cluster(os.path.join(directory, "kafka"), secure=secure, light=True) as cluster:
        cluster.topic(RAW, 3)
        for topic in OUTPUTS:
            cluster.topic(topic, 2, {"retention.ms": DAY, "segment.ms": DAY // 4})
        cluster.topic(CLOCK, 1, {"message.timestamp.type": "LogAppendTime"})
        d = Doctor(args.lethe, directory, cluster)
        d.allow("lethe")
        with cluster.client() as c:
            c.allow("User:lethe", "topic", CLOCK, ["write"])
        d.feed([(name, None, name) for name in NAMES * 2])
        say("the broker is ready")
        try:
            well(checks, d, secure)
            files(checks, d)
            brokers(checks, d, secure)
            scram(checks, d, secure)
            versions(checks, d)
            topics(checks, d)
            plan(checks, d)
            skew(checks, d)
            rights(checks, d, secure)
            events(checks, d)
            beside(checks, d, secure)
            gap(checks, d)
            checks.equal("nothing of all this is in the quarantine",
                         len(list(read(d.bootstrap, "quarantine.out"))), 0)
        except Stuck as e:
            checks.check("it goes on", False, str(e))
        finally:
            d.end()
    checks.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lethe", required=True)
    parser.add_argument("--keep", help="work there, and leave it there")
    args = parser.parse_args()
    in_folder(run, args, "lethe-doctor-")


if __name__ == "__main__":
    main()
