"""The world that the soak disturbs: three secured brokers, some processes of
lethe under a supervisor, a generator at a stated rate."""

import json
import os
import queue
import random
import re
import signal
import string
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
from broker import Cluster, spawn  # noqa: E402
from checks import say  # noqa: E402
from client import Producer  # noqa: E402
from model import LIMITS, Model, at, kept_text  # noqa: E402
from relay import Relay  # noqa: E402
from scene import Scene  # noqa: E402
from secure import Secure, rights_of_docs  # noqa: E402
from topics import Job, events_of  # noqa: E402

RAW = "events.raw"
SESSION_S, TRANSACTION_S = 6, 10
RESTART_S = 1.0
BLOCK = 5000  # events made at a time

# A record above this is refused by its topic, and such a one is fed now and
# then: its text does not compress.
RECORD_LIMIT, NOTE_BYTES = 40000, 52000
NOTE = string.ascii_letters + string.digits + "+/"

TOPICS = {
    RAW: 8, "events.quarantine": 2,
    "rec.events": 6, "analytics.events": 4, "count.events": 3,
    "solo.analytics": 4, "solo.quarantine": 2,
}
SOLO = "analytics"  # the purpose that also runs alone


# of the status line, each two seconds
PARTITIONS = re.compile(r'"event":"status".*"partitions":(\d+)')


class SoakModel(Model):
    """The policy's `note` is the last field of a recommendation."""

    def fields(self, purpose, name, event, ms, device):
        yield from super().fields(purpose, name, event, ms, device)
        if purpose == "recommendations" and name in ("viewed", "added"):
            note = at(event, "properties", "note")
            yield "note", kept_text(note, "[A-Za-z0-9+/]*", 60000)


LIMITS.update(bytes=262144, string=65536)


def with_note(text):
    text = text.replace(
        "limits: { bytes: 65536, depth: 16, members: 512, string: 8192 }",
        "limits: { bytes: 262144, depth: 16, members: 512, string: 65536 }",
    )
    return text.replace(
        "\nquarantine:",
        "  - { path: $.properties.note, as: note, for: [recommendations], "
        'on: [viewed, added], do: keep, type: string, max: 60000, '
        'pattern: "[A-Za-z0-9+/]*", why: a record can be too large }\n\nquarantine:',
        1,
    )


def for_solo(text):
    for name in ("rec.events", "analytics.events", "count.events"):
        text = text.replace("topic: " + name, "topic: solo." + name.split(".")[0])
    return text.replace("topic: events.quarantine", "topic: solo.quarantine")


class Process:
    """One lethe, and what systemd would do for it: started again a second
    after it ended, unless it was asked to end."""

    def __init__(self, name, command, log):
        self.name, self.command, self.log = name, command, log
        self.lock = threading.RLock()  # held by the fault that has it
        self.turn = threading.Lock()  # over the next two, which change together
        self.child, self.wanted = None, False
        self.ended = []  # (exit code, whether it was meant)
        self.lanes = 2
        self.since = 0.0

    def spawn(self):
        with open(self.log, "ab") as log:
            lanes = ["--set", f"lanes={self.lanes}"]
            self.child = spawn(self.command + lanes, stdout=log, stderr=log)
        self.since = time.monotonic()

    def start(self):
        with self.turn:
            self.wanted = True
            self.spawn()
            threading.Thread(
                target=self.supervise, args=(self.child,), daemon=True
            ).start()

    def keeps(self, child):
        """Whether the child is still the one; a child that was asked to end
        may have a successor before its end is seen."""
        return self.wanted and self.child is child

    def supervise(self, child):
        while True:
            code = child.wait()
            with self.turn:
                meant = not self.keeps(child)
                self.ended.append((code, meant))
            if meant:
                return
            time.sleep(RESTART_S)
            with self.turn:
                if not self.keeps(child):
                    return
                self.spawn()
                child = self.child

    def dismiss(self):
        """The child, if there was one, that nobody starts again."""
        with self.turn:
            self.wanted = False
            return self.child

    def running(self):
        return self.child is not None and self.child.poll() is None

    def at_work(self, wait_s=180):
        """Whether it has partitions; a fault on one that only starts, or waits
        for its share, would show nothing."""
        end = time.monotonic() + wait_s
        while time.monotonic() < end:
            if self.running() and time.monotonic() - self.since > 4:
                found = PARTITIONS.findall(self.tail())
                if found and int(found[-1]):
                    return True
            time.sleep(0.5)
        return False

    def size(self):
        return os.path.getsize(self.log) if os.path.exists(self.log) else 0

    def tail(self, since=None):
        """The log from a place on, or its last lines."""
        start = max(0, self.size() - 20000) if since is None else since
        with open(self.log, errors="replace") as f:
            f.seek(start)
            return f.read()

    def signal(self, number):
        if self.running():
            self.child.send_signal(number)

    def kill(self):
        """The supervisor brings it back."""
        self.signal(signal.SIGKILL)

    def stop(self, wait_s=40):
        """Exit code of a graceful end, or None when it took too long."""
        child = self.dismiss()
        if child is None:
            return 0
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
        try:
            return child.wait(wait_s)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            return None

    def abandon(self):
        """Ends it at once, for good."""
        child = self.dismiss()
        if child is not None:
            child.kill()

    def lines(self):
        """The log's lines as objects."""
        with open(self.log, errors="replace") as f:
            for text in f:
                try:
                    yield json.loads(text)
                except ValueError:
                    continue


class Generator(threading.Thread):
    """Feeds generated events at a rate, until told to end; blocks of JSON and
    of MessagePack in turn."""

    def __init__(self, scene, bootstrap, rate, seed):
        super().__init__(daemon=True)
        self.scene, self.rate, self.seed = scene, rate, seed
        self.bootstrap = bootstrap
        self.ended = threading.Event()
        self.odd = queue.Queue()  # events of faults, fed next
        self.count, self.lost, self.error = 0, 0, None
        self.producer = None

    def blocks(self):
        chance = random.Random(self.seed)
        number = self.seed * 1000
        while True:
            number += 1
            form = "msgpack" if number % 4 == 0 else "json"
            block = events_of(self.scene, form, BLOCK, number)
            chance.shuffle(block)
            yield from block

    def open(self):
        self.producer = Producer(
            self.bootstrap, RAW,
            **{
                "message.timeout.ms": 600000, "compression.type": "lz4",
                "topic.metadata.refresh.interval.ms": 5000, "log_level": 0,
            },
        )

    def put(self, key, value):
        """The client's own producer can be lost for good among such faults;
        what it still held may then stand on the topic, or not."""
        try:
            self.producer.put(key, value)
        except RuntimeError:
            self.lost += 1
            self.open()
            self.producer.put(key, value)
        self.count += 1

    def run(self):
        try:
            self.open()
            began, blocks = time.monotonic(), self.blocks()
            while not self.ended.is_set():
                for _ in range(max(1, self.rate // 20)):
                    self.put(*next(blocks))
                while not self.odd.empty():
                    self.put(*self.odd.get())
                time.sleep(max(0, began + self.count / self.rate - time.monotonic()))
            self.producer.close(180)
        except Exception as e:  # told by the main thread
            self.error = e

    def oversize(self, chance):
        note = "".join(chance.choices(NOTE, k=NOTE_BYTES))
        device = f"{chance.getrandbits(32):08x}-oversize-{chance.getrandbits(32):08x}-x"
        event = {
            "type": "track", "event": "Product Viewed",
            "messageId": f"oversize-{chance.getrandbits(64):x}",
            "anonymousId": device,
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "properties": {"product_id": "p1", "price": 5, "note": note},
            "context": {"consent": {"categoryPreferences": {
                "Personalization": True, "Analytics": True}}},
        }
        self.odd.put((device.encode(), json.dumps(event).encode()))


class World:
    def __init__(self, lethe, directory, seed, rate, minutes, can_mount):
        self.dir, self.seed, self.rate = directory, seed, rate
        self.scene = Scene(lethe, directory)
        self.policy = self.scene.with_policy("soak.yaml", with_note)
        self.solo_policy = self.scene.with_policy(
            "solo.yaml", lambda text: for_solo(with_note(text))
        )
        self.secure = Secure(directory)
        self.partitions = dict(TOPICS)
        disk_mb = 500 + int(rate * minutes * 60 * 4 / 1000)
        self.cluster = Cluster(
            os.path.join(directory, "kafka"), 3, secure=self.secure, relays=3,
            disk_mb=disk_mb if can_mount else None, light=True,
            settings={
                "min.insync.replicas": 2,
                "transaction.max.timeout.ms": 60000,
                "replica.lag.time.max.ms": 5000,
                "broker.session.timeout.ms": 4000,
                "broker.heartbeat.interval.ms": 1000,
                "group.min.session.timeout.ms": 1000,
                "transaction.abort.timed.out.transaction.cleanup.interval.ms": 1000,
                "log.segment.bytes": 67108864,
                "controlled.shutdown.enable": "true",
            },
        )
        self.broker_lock = threading.RLock()
        self.relays = []
        self.processes = {}
        self.generator = None

    # -- making ------------------------------------------------------------

    def strategies(self):
        """(main, solo): the two protocols cannot mix in one group."""
        both = ["range", "cooperative-sticky"]
        return both if self.seed % 2 else both[::-1]

    def command(self, instance, job, login, bootstrap):
        main = job == "soak"
        settings = {
            "policy": self.policy if main else self.solo_policy,
            "application": job, "group": job, "instance": instance,
            "start": "earliest",
            "status.interval": "2s", "log.format": "json", "stop.timeout": "30s",
            "kafka.client.id": instance,
            "kafka.bootstrap.servers": bootstrap,
            "kafka.session.timeout.ms": SESSION_S * 1000,
            "kafka.heartbeat.interval.ms": 1000,
            "kafka.topic.metadata.refresh.interval.ms": 5000,
            "kafka.socket.timeout.ms": 10000,
            "kafka.socket.connection.setup.timeout.ms": 5000,
            "kafka.reconnect.backoff.max.ms": 1000,
            "kafka.producer.transaction.timeout.ms": TRANSACTION_S * 1000,
            "kafka.producer.batch.size": 32000,
            "kafka.consumer.partition.assignment.strategy":
                self.strategies()[0 if main else 1],
            **{"kafka." + k: v for k, v in login.items()},
        }
        command = [self.scene.lethe, "run", "--config", self.scene.path("lethe.yaml")]
        if not main:
            command += ["--purpose", SOLO]
        for name, value in settings.items():
            command += ["--set", f"{name}={value}"]
        return command

    def add_process(self, name, job, relay):
        """relay None: over TLS, straight to the brokers."""
        if relay is None:
            login, boot = self.secure.client("lethe"), self.cluster.secure_bootstrap()
        else:
            login = self.secure.client("lethe", tls=False)
            boot = self.cluster.relay_bootstrap(relay)
        log = os.path.join(self.dir, name + ".log")
        process = Process(name, self.command(name, job, login, boot), log)
        process.relay = self.relays[relay] if relay is not None else None
        self.processes[name] = process
        return process

    def twin_of(self, process):
        """A second process under the same name, with a log of its own."""
        twin = Process(process.name + " (twin)", process.command, process.log + ".twin")
        twin.lanes = process.lanes
        return twin

    def make(self):
        self.cluster.start()
        for name, count in self.partitions.items():
            limit = {"max.message.bytes": RECORD_LIMIT} if name == "rec.events" else {}
            self.cluster.topic(name, count, limit)
        self.allow()
        self.relays = [Relay(self.cluster.relay_ports(i)).start() for i in range(3)]
        self.add_process("soak-0", "soak", None)
        self.add_process("soak-1", "soak", 0)
        self.add_process("soak-2", "soak", 1)
        self.add_process("solo-0", "solo", 2)
        self.generator = Generator(
            self.scene, self.cluster.bootstrap, self.rate, self.seed
        )

    def allow(self):
        """The rights that docs/operations.md lists, and no more."""
        names = {
            "INPUT": [RAW], "OUTPUT": [n for n in self.partitions if n != RAW],
            "GROUP": [job.group for job in self.jobs()],
            "APPLICATION-INSTANCE-": [
                "soak-soak-0-", "soak-soak-1-", "soak-soak-2-", "solo-solo-0-"
            ],
        }
        with self.cluster.client() as c:
            for right in rights_of_docs("lethe", names):
                c.allow(*right)

    def jobs(self):
        topics = {p: row[0] for p, row in Model.PURPOSES.items()}
        return [
            Job(self.policy, RAW, "soak", topics, "events.quarantine",
                {"recommendations": RECORD_LIMIT}),
            Job(self.solo_policy, RAW, "solo-" + SOLO, {SOLO: "solo.analytics"},
                "solo.quarantine"),
        ]

    # -- looking -----------------------------------------------------------

    def progress(self):
        """(end of the raw topic, {group: committed}), or None for now."""
        try:
            with self.cluster.client() as c:
                end = sum(c.end_offsets(RAW).values())
                return end, {
                    job.group: sum(max(0, n) for n in c.committed(job.group, RAW).values())
                    for job in self.jobs()
                }
        except Exception:  # a broker is away: asked again soon
            return None

    def heal(self):
        """All brokers up, all processes wanted."""
        for node in self.cluster.state["nodes"]:
            if not self.cluster.running(node):
                self.cluster.free_disk(node["id"])
                self.cluster.start(node["id"])
        for process in self.processes.values():
            if not process.wanted:
                process.start()

    def wait_done(self, silent_s=120):
        """Until both groups committed everything; False when nothing moves."""
        last, moved = None, time.monotonic()
        while True:
            now = self.progress()
            if now and all(n >= now[0] for n in now[1].values()):
                return True
            if now and now != last:
                last, moved = now, time.monotonic()
            if time.monotonic() - moved > silent_s:
                say(f"nothing moves: {now}")
                return False
            time.sleep(0.5)

    def end(self, keep_logs):
        """keep_logs: what the brokers hold, for DumpLogSegments to read."""
        for process in self.processes.values():
            process.abandon()
        for relay in self.relays:
            relay.stop()
        self.cluster.kill()
        if keep_logs:
            self.cluster.keep_logs()
        self.cluster.drop_disks()
