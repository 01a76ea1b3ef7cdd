#!/usr/bin/env python3
"""One Kafka broker (or three) on free ports of 127.0.0.1, for trials and tests.

By hand:

    tests/e2e/broker.py start DIR [--nodes 3] [--set name=value ...]
                                        prints the bootstrap servers when ready
    tests/e2e/broker.py stop DIR        SIGTERM, waits
    tests/e2e/broker.py kill DIR [--node N]     SIGKILL
    tests/e2e/broker.py restart DIR [--node N] [--hard]
                                        same ports, same data
    tests/e2e/broker.py bootstrap DIR   prints the bootstrap servers again
    tests/e2e/broker.py topic DIR NAME [PARTITIONS] [name=value ...]
                                        makes a topic (4 partitions)
    tests/e2e/broker.py remove DIR      kills it and removes DIR

DIR holds everything: settings, data, logs (node-N/log), broker.json.  A broker
started by hand outlives the call; stop or remove it.

From Python:

    from broker import Cluster
    with Cluster(directory) as cluster:         # ends with the process, too
        cluster.bootstrap; cluster.restart(); cluster.kill(1)

and, for the soak: three nodes with rights and logins (secure.py), listeners
that are met through relays of the test alone, data on small disks:

    Cluster(directory, 3, secure=Secure(directory), relays=3, disk_mb=300)
"""

import argparse
import base64
import concurrent.futures
import ctypes
import errno
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import wire  # noqa: E402
from wire_admin import Admin  # noqa: E402

READY_S = 120


class BrokerError(Exception):
    pass


RESERVED = []  # as long as this process lives


def reserve(port):
    """False when another test has it: a name that ends with its process."""
    mark = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        mark.bind(f"\0lethe-test-port-{port}")
    except OSError:
        mark.close()
        return False
    RESERVED.append(mark)
    return True


def free_ports(count):
    """Ports below the range from which clients get theirs, and of no other
    test, so that nobody takes one while its broker is down."""
    held, ports = [], []
    while len(ports) < count:
        port = random.randrange(20000, 32000)
        probe = socket.socket()
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            probe.close()
            continue
        held.append(probe)
        if reserve(port):
            ports.append(port)
    for probe in held:
        probe.close()
    return ports


def jars(pom):
    done = subprocess.run(
        [os.path.join(HERE, "jars.sh"), pom], stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        raise BrokerError("no Kafka broker to start")
    return done.stdout.strip()


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


# That signal comes when the thread ends that started the child: so one thread
# that lives as long as the process starts them all.
STARTER = concurrent.futures.ThreadPoolExecutor(1)


def spawn(*args, **options):
    """A child that ends with this process, whichever thread asks for it."""
    return STARTER.submit(
        subprocess.Popen, *args, stdin=subprocess.DEVNULL, start_new_session=True,
        preexec_fn=die_with_parent, **options,
    ).result()


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:  # a zombie is not alive
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def is_ours(pid, directory):
    """Whether pid still is a broker of this folder, not a reused number."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            return directory.encode() in f.read()
    except OSError:
        return False


def apart():
    """Whether a process from which this one stems has other mounts, or had: whoever
    begins such a namespace may end before those that it began it for."""
    mine, pid = os.readlink("/proc/self/ns/mnt"), os.getpid()
    if os.environ.get("MOUNTS_OUTSIDE", mine) != mine:
        return True
    try:
        while pid > 0:
            if os.readlink(f"/proc/{pid}/ns/mnt") != mine:
                return True
            with open(f"/proc/{pid}/stat") as f:
                pid = int(f.read().rsplit(")", 1)[1].split()[1])
    except OSError:  # another's, which nobody may look at
        pass
    return False


# Of a test's brokers the start counts, and that they leave the cores alone.
# One broker, ready to take requests, with one compiler: 3.1 s of CPU; without:
# 6.0 s; the serial collector alone: 5.4 s; both: 3.3 s.  Idle 2.0 % of a core,
# against 3.0 %.  Each twice, on a machine with twenty jobs a core.
LIGHT = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xss512k"]
INNER = ("PLAINTEXT", "CONTROLLER")


class Cluster:
    """
    secure    a Secure: rights are asked for, except on the first listener,
              which the tests' own clients use; its listeners are there
    pom       the file that names another release of Kafka
    relays    how many listeners are met through a relay: each broker tells
              the relay's port to whoever came by it
    disk_mb   the data lie on a disk of this size; needs root
    light     a JVM that starts sooner and runs slower
    """

    def __init__(
        self, directory, nodes=1, settings=None, keep=False,
        secure=None, relays=0, disk_mb=None, light=False, pom="pom.xml",
    ):
        self.dir = os.path.abspath(directory)
        self.keep = keep  # outlives this process
        self.state = None
        self.children = {}
        self.secure, self.relays, self.disk_mb = secure, relays, disk_mb
        self.light, self.pom = light, pom
        path = os.path.join(self.dir, "broker.json")
        if os.path.exists(path):
            with open(path) as f:
                self.state = json.load(f)
        else:
            self.make(nodes, settings or {})

    # -- layout ------------------------------------------------------------

    def make(self, nodes, settings):
        os.makedirs(self.dir, exist_ok=True)
        names = list(self.secure.listeners) if self.secure else []
        first = 2 + len(names)
        each = first + 2 * self.relays
        ports = free_ports(each * nodes)
        self.state = {
            "jars": jars(self.pom),
            # A first letter `-` would look like an option.
            "cluster": "A" + base64.urlsafe_b64encode(os.urandom(16)).decode()[1:22],
            "nodes": [
                {
                    "id": i + 1, "port": mine[0], "controller": mine[1],
                    "secured": dict(zip(names, mine[2:])),
                    "relays": list(zip(mine[first::2], mine[first + 1 :: 2])),
                }
                for i in range(nodes)
                for mine in [ports[each * i : each * (i + 1)]]
            ],
        }
        for node in self.state["nodes"]:
            os.makedirs(self.home(node))
            rows = self.rows(node, nodes)
            rows.update(settings)
            path = os.path.join(self.home(node), "server.properties")
            with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w") as f:
                f.writelines(f"{k}={v}\n" for k, v in rows.items())
        self.save()

    def listeners(self, node):
        """[(name, port, advertised port, protocol)]"""
        yield "PLAINTEXT", node["port"], node["port"], "PLAINTEXT"
        yield "CONTROLLER", node["controller"], None, "PLAINTEXT"
        for name, port in node["secured"].items():
            yield name, port, port, self.secure.listeners[name][0]
        protocol = "SASL_PLAINTEXT" if self.secure else "PLAINTEXT"
        for i, (relay, port) in enumerate(node["relays"]):
            yield f"RELAY{i}", port, relay, protocol

    def rows(self, node, nodes):
        voters = ",".join(
            f"{n['id']}@127.0.0.1:{n['controller']}" for n in self.state["nodes"]
        )
        replicas = min(nodes, 3)
        listeners = list(self.listeners(node))
        rows = {
            "process.roles": "broker,controller",
            "node.id": node["id"],
            "controller.quorum.voters": voters,
            "listeners": ",".join(f"{n}://127.0.0.1:{p}" for n, p, _, _ in listeners),
            "advertised.listeners": ",".join(
                f"{n}://127.0.0.1:{p}" for n, _, p, _ in listeners if p
            ),
            "inter.broker.listener.name": "PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": ",".join(
                f"{n}:{protocol}" for n, _, _, protocol in listeners
            ),
            "log.dirs": os.path.join(self.home(node), "data"),
            # A full data disk must not take the controller along.
            "metadata.log.dir": os.path.join(self.home(node), "meta"),
            "offsets.topic.replication.factor": replicas,
            "transaction.state.log.replication.factor": replicas,
            "transaction.state.log.min.isr": max(1, replicas - 1),
            "default.replication.factor": replicas,
            "offsets.topic.num.partitions": 8,
            "transaction.state.log.num.partitions": 8,
            "group.initial.rebalance.delay.ms": 0,
            "auto.create.topics.enable": "false",
            "num.partitions": 4,
        }
        if self.secure:
            names = [n for n, _, _, _ in listeners if n not in INNER]
            rows.update(self.secure.broker(names))
        return rows

    def home(self, node):
        return os.path.join(self.dir, f"node-{node['id']}")

    def save(self):
        part = os.path.join(self.dir, "broker.json.part")
        with open(part, "w") as f:
            json.dump(self.state, f, indent=1)
        os.replace(part, os.path.join(self.dir, "broker.json"))

    @property
    def bootstrap(self):
        return ",".join(f"127.0.0.1:{n['port']}" for n in self.state["nodes"])

    def secure_bootstrap(self, listener="SECURE"):
        return ",".join(
            f"127.0.0.1:{n['secured'][listener]}" for n in self.state["nodes"]
        )

    def relay_ports(self, i):
        """[(node, the relay's port, the port behind it)]"""
        return [(n["id"], *n["relays"][i]) for n in self.state["nodes"]]

    def relay_bootstrap(self, i):
        return ",".join(f"127.0.0.1:{p}" for _, p, _ in self.relay_ports(i))

    def picked(self, node_id):
        return [n for n in self.state["nodes"] if node_id in (None, n["id"])]

    # -- life --------------------------------------------------------------

    def java(self, *args):
        return [
            "java",
            "-Xmx512m",
            *(LIGHT if self.light else []),
            "-Dlog4j.configuration=file:" + os.path.join(HERE, "log4j.properties"),
            "-cp",
            os.path.join(self.state["jars"], "*"),
            *args,
        ]

    def start(self, node_id=None):
        return self.start_all([n["id"] for n in self.picked(node_id)])

    def start_all(self, ids):
        nodes = [n for n in self.state["nodes"] if n["id"] in ids]
        for node in nodes:
            home = self.home(node)
            properties = os.path.join(home, "server.properties")
            if not os.path.exists(os.path.join(home, "meta", "meta.properties")):
                self.make_disk(node)
                done = subprocess.run(
                    self.java(
                        "kafka.tools.StorageTool", "format", "-t",
                        self.state["cluster"], "-c", properties,
                        "--ignore-formatted",
                        *(self.secure.format() if self.secure else []),
                    ),
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                )
                if done.returncode:
                    raise BrokerError("cannot format the storage:\n" + done.stdout)
            log = open(os.path.join(home, "log"), "ab")
            command = self.java("kafka.Kafka", properties)
            options = {"stdout": log, "stderr": log, "cwd": home}
            if self.keep:
                child = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, start_new_session=True, **options
                )
            else:
                child = spawn(command, **options)
            log.close()
            node["pid"] = child.pid
            self.children[node["id"]] = child
        self.save()
        self.wait_ready(nodes)
        return self

    def wait_ready(self, started):
        end = time.monotonic() + READY_S
        wanted = len([n for n in self.state["nodes"] if self.running(n)])
        for node in started:
            while True:
                if not self.running(node):
                    raise BrokerError(
                        f"broker {node['id']} ended while starting"
                        f"{self.how(node)}:\n" + self.tail(node)
                    )
                try:
                    with wire.Client("127.0.0.1", node["port"], timeout=2) as c:
                        if len(c.brokers()) >= wanted:
                            break
                except (OSError, wire.WireError):
                    pass
                if time.monotonic() > end:
                    raise BrokerError(
                        f"broker {node['id']} is not ready after {READY_S} s:\n"
                        + self.tail(node)
                    )
                time.sleep(0.1)

    def how(self, node):
        child = self.children.get(node["id"])
        return f", with {child.returncode}" if child else ""

    def tail(self, node, lines=15):
        with open(os.path.join(self.home(node), "log"), errors="replace") as f:
            return "".join(f.readlines()[-lines:])

    def running(self, node):
        pid = node.get("pid")
        child = self.children.get(node["id"])
        if child is not None:
            return child.poll() is None
        return bool(pid) and alive(pid) and is_ours(pid, self.home(node))

    def end(self, node, sig, wait_s=30):
        if not self.running(node):
            return
        os.kill(node["pid"], sig)
        end = time.monotonic() + wait_s
        while self.running(node):
            if time.monotonic() > end:
                os.kill(node["pid"], signal.SIGKILL)
                end += wait_s
            time.sleep(0.05)
        node["pid"] = None
        self.children.pop(node["id"], None)
        self.save()

    def stop(self, node_id=None):
        for node in self.picked(node_id):
            self.end(node, signal.SIGTERM)

    def kill(self, node_id=None):
        for node in self.picked(node_id):
            self.end(node, signal.SIGKILL)

    def pause(self, node_id):
        for node in self.picked(node_id):
            os.kill(node["pid"], signal.SIGSTOP)

    def resume(self, node_id):
        for node in self.picked(node_id):
            os.kill(node["pid"], signal.SIGCONT)

    def restart(self, node_id=None, hard=False):
        self.kill(node_id) if hard else self.stop(node_id)
        return self.start(node_id)

    def remove(self):
        self.kill()
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()

    # -- disks -------------------------------------------------------------

    @staticmethod
    def can_mount():
        """Root, and in a mount namespace that ends with the test: nothing of it
        stays on the machine, whatever happens."""
        if os.geteuid() or not apart():
            return False
        with tempfile.TemporaryDirectory() as place:
            done = subprocess.run(
                ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place],
                stderr=subprocess.DEVNULL,
            )
            if done.returncode:
                return False
            subprocess.run(["umount", "-l", place], check=True)
        return True

    def make_disk(self, node):
        if not self.disk_mb:
            return
        if not self.can_mount():
            raise BrokerError("small disks need root and `unshare -m`")
        data = os.path.join(self.home(node), "data")
        os.makedirs(data, exist_ok=True)
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={self.disk_mb}m", "tmpfs", data],
            check=True,
        )

    def drop_disks(self):
        for node in self.state["nodes"] if self.disk_mb else []:
            subprocess.run(
                ["umount", "-l", os.path.join(self.home(node), "data")],
                stderr=subprocess.DEVNULL,
            )

    def keep_logs(self):
        """A copy of each small disk beside it, which stays."""
        for node in self.state["nodes"] if self.disk_mb else []:
            home = self.home(node)
            shutil.copytree(os.path.join(home, "data"), os.path.join(home, "kept"))

    def ballast(self, node_id):
        (node,) = self.picked(node_id)
        return os.path.join(self.home(node), "data", "ballast")

    def fill_disk(self, node_id):
        """Until no page is free.  Kafka 4.1, as tried under load: at the next
        append, about a second later, the broker's log directory fails, and
        with it the only one it has: it halts, the controller in it, too.
        - One of three: the others lead and take writes.
        - Two of three: nothing is written; the third answers and still names
          leaders that are gone, since no controllers are left to choose others.
        - A freed disk brings nobody back: free_disk(), then start_all() of
          those that ended, together, since one alone finds no quorum.  All
          that was acknowledged is there again, and what clients held
          meanwhile is written.
        """
        if not self.disk_mb:
            raise BrokerError("this is the machine's own disk")
        with open(self.ballast(node_id), "wb", buffering=0) as f:
            for block in (1 << 20, 4096):
                try:
                    while True:
                        os.posix_fallocate(f.fileno(), f.seek(0, 2), block)
                except OSError as e:
                    if e.errno != errno.ENOSPC:
                        raise

    def free_disk(self, node_id):
        if os.path.exists(self.ballast(node_id)):
            os.remove(self.ballast(node_id))

    # -- topics ------------------------------------------------------------

    def client(self):
        """To the first broker that answers."""
        last = None
        for node in self.state["nodes"]:
            if self.running(node):
                try:
                    return Admin("127.0.0.1", node["port"])
                except OSError as e:
                    last = e
        raise last or OSError("no broker runs")

    def topic(self, name, partitions=4, settings=None):
        with self.client() as c:
            c.create_topic(
                name, partitions, min(len(self.state["nodes"]), 3), settings or {}
            )


def pairs(rows):
    return dict(row.split("=", 1) for row in rows)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "verb",
        choices="start stop kill restart bootstrap topic remove".split(),
    )
    parser.add_argument("dir")
    parser.add_argument("rest", nargs="*")
    parser.add_argument("--nodes", type=int, default=1)
    parser.add_argument("--node", type=int)
    parser.add_argument("--hard", action="store_true")
    parser.add_argument("--set", action="append", default=[], metavar="name=value")
    args = parser.parse_args()
    if args.verb != "start" and not os.path.exists(
        os.path.join(args.dir, "broker.json")
    ):
        sys.exit(f"broker.py: no broker in {args.dir}")
    try:
        cluster = Cluster(args.dir, args.nodes, pairs(args.set), keep=True)
        if args.verb == "start":
            idle = [n for n in cluster.state["nodes"] if not cluster.running(n)]
            if len(idle) == len(cluster.state["nodes"]):
                cluster.start()
            else:
                for node in idle:
                    cluster.start(node["id"])
            print(cluster.bootstrap)
        elif args.verb == "stop":
            cluster.stop(args.node)
        elif args.verb == "kill":
            cluster.kill(args.node)
        elif args.verb == "restart":
            cluster.restart(args.node, args.hard)
        elif args.verb == "bootstrap":
            print(cluster.bootstrap)
        elif args.verb == "topic":
            count = [r for r in args.rest[1:] if "=" not in r]
            cluster.topic(
                args.rest[0], int(count[0]) if count else 4,
                pairs(r for r in args.rest[1:] if "=" in r),
            )
        elif args.verb == "remove":
            cluster.remove()
    except (BrokerError, wire.WireError, OSError) as e:
        sys.exit(f"broker.py: {e}")


if __name__ == "__main__":
    main()
