#!/usr/bin/env python3
"""The relay against a toy broker: what passes is whole, and each fault does
what it says, to whom it says, and ends.

    tests/soak/test_relay.py            some seconds
    tests/soak/test_relay.py --kafka    and kcat -L through it to a real broker

Faults last an hour here and are healed: no check depends on the clock.
"""

import argparse
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "e2e")]
from broker import Cluster, free_ports  # noqa: E402
from checks import Checks, say  # noqa: E402
from client import kcat  # noqa: E402
from passage import END_TXN  # noqa: E402
from relay import REQUEST_TIMED_OUT, Relay  # noqa: E402

HOUR = 3600
FETCH, HEARTBEAT = 1, 12
REFUSED = 3  # the first byte of a body that the toy answers with an error


def exactly(sock, size):
    data = bytearray()
    while len(data) < size:
        part = sock.recv(min(size - len(data), 1 << 20))
        if not part:
            raise ConnectionError("closed")
        data += part
    return bytes(data)


class Toy:
    """Answers each request with its correlation id, no throttling, an error
    code, and its body; as a broker of that version lays it out."""

    def __init__(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.seen = []
        self.gate = threading.Event()
        self.gate.set()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            sock, _ = self.server.accept()
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        try:
            while True:
                frame = exactly(sock, struct.unpack(">i", exactly(sock, 4))[0])
                api, version, correlation, size = struct.unpack_from(">hhih", frame)
                self.seen.append((api, correlation))
                self.gate.wait()
                body = frame[10 + size :]
                answer = struct.pack(">i", correlation)
                answer += b"\0" if api == END_TXN and version >= 3 else b""
                answer += struct.pack(">ih", 0, 48 if body[:1] == b"\3" else 0) + body
                sock.sendall(struct.pack(">i", len(answer)) + answer)
        except OSError:
            sock.close()


class Caller:
    def __init__(self, port, client_id="caller"):
        self.sock = socket.create_connection(("127.0.0.1", port), 20)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.name, self.correlation = client_id.encode(), 0

    def ask(self, api, version=1, body=b"", pieces=None):
        self.correlation += 1
        head = struct.pack(">hhih", api, version, self.correlation, len(self.name))
        frame = head + self.name + body
        frame = struct.pack(">i", len(frame)) + frame
        step = pieces or len(frame)
        for at in range(0, len(frame), step):
            self.sock.sendall(frame[at : at + step])
        return self.correlation

    def answer(self):
        return exactly(self.sock, struct.unpack(">i", exactly(self.sock, 4))[0])

    def call(self, *args, **kw):
        self.ask(*args, **kw)
        return self.answer()

    def commit(self, version=1, good=True, commits=True):
        """The error code of a transaction's end, as its client reads it."""
        tags = b"\0" if version >= 3 else b""
        body = b"" if good else bytes([REFUSED])
        answer = self.call(END_TXN, version, body + bytes([commits]) + tags)
        return struct.unpack_from(">h", answer, 8 + len(tags))[0]

    def silent(self):
        """Whether nothing comes, while it is looked."""
        self.sock.settimeout(0.3)
        try:
            return self.sock.recv(1, socket.MSG_PEEK) is None
        except TimeoutError:
            return True
        finally:
            self.sock.settimeout(20)


def meets(call):
    """The name of the error that a call ends with."""
    try:
        call()
    except OSError as e:
        return type(e).__name__
    return "no error"


class Stage:
    def __init__(self):
        self.toys = [Toy(), Toy()]
        ports = free_ports(2)
        self.relay = Relay(
            [(i + 1, ports[i], toy.port) for i, toy in enumerate(self.toys)]
        ).start()
        self.ports = dict(enumerate(ports, 1))

    def caller(self, node=1, client_id="caller"):
        return Caller(self.ports[node], client_id)


# ---- what passes


def whole(checks, stage):
    chance, caller = random.Random(3), stage.caller()
    sizes = [0, 1, 3, 4096, 70000, 3 << 20]
    sizes += [chance.randrange(9000) for _ in range(30)]
    same = 0
    for size in sizes:
        body = b"\0" + chance.randbytes(size)
        pieces = chance.choice([None, 7919])
        same += caller.call(FETCH, 1, body, pieces=pieces)[10:] == body
    checks.equal("frames of all sizes come back whole", same, len(sizes))
    asked = [caller.ask(FETCH, 1, b"\0" * i) for i in range(200)]
    got = [struct.unpack_from(">i", caller.answer())[0] for _ in asked]
    checks.equal("answers keep their order", got, asked)


def pace(stage):
    """Told, never checked."""
    caller, body, rounds = stage.caller(), b"\0" * (1 << 20), 100
    began, cpu = time.monotonic(), time.process_time()
    for _ in range(rounds):
        caller.call(FETCH, 1, body)
    took, cpu = time.monotonic() - began, time.process_time() - cpu
    say(f"{2 * rounds} MB in {took:.1f} s, {cpu:.1f} s of CPU with toy and caller")


# ---- faults


def cut(checks, stage):
    one, other = stage.caller(1), stage.caller(2)
    one.call(FETCH), other.call(FETCH)
    stage.relay.cut(1, HOUR)
    checks.equal("a cut resets", meets(one.answer), "ConnectionResetError")
    checks.equal("and refuses", meets(stage.caller), "ConnectionRefusedError")
    checks.equal("another broker is not cut", len(other.call(FETCH)), 10)
    stage.relay.cut(None, HOUR)
    checks.equal("or it is", meets(other.answer), "ConnectionResetError")
    stage.relay.heal()
    checks.equal("healed", len(stage.caller().call(FETCH)), 10)
    stage.relay.cut(1, 0.3)
    end = time.monotonic() + 20
    while meets(stage.caller) != "no error" and time.monotonic() < end:
        time.sleep(0.05)
    checks.equal("a cut ends by itself", len(stage.caller().call(FETCH)), 10)


def stall(checks, stage):
    toy, one, other = stage.toys[0], stage.caller(1), stage.caller(2)
    toy.gate.clear()
    asked = one.ask(FETCH)
    while (FETCH, asked) not in toy.seen[-1:]:
        time.sleep(0.01)
    stage.relay.stall(1, HOUR)
    toy.gate.set()
    checks.check("a stall holds answers", one.silent())
    count = len(toy.seen)
    late = stage.caller(1)
    late.ask(FETCH)
    checks.check("of new connections, too", late.silent())
    checks.equal("and requests", len(toy.seen), count)
    checks.equal("another broker is not stalled", len(other.call(FETCH)), 10)
    stage.relay.heal()
    checks.equal("then they flow", [len(one.answer()), len(late.answer())], [10, 10])
    stage.relay.stall(None, 0.3)
    checks.equal("a stall ends by itself", len(one.call(FETCH)), 10)


def slow(checks, stage):
    one, other = stage.caller(1), stage.caller(2)
    one.call(FETCH), other.call(FETCH)
    stage.relay.slow(1, HOUR, HOUR)
    asked = [one.ask(FETCH) for _ in range(20)]
    checks.check("a slow answer waits", one.silent())
    checks.equal("another broker is not slow", len(other.call(FETCH)), 10)
    stage.relay.heal()
    got = [struct.unpack_from(">i", one.answer())[0] for _ in asked]
    checks.equal("and keeps its order", got, asked)
    stage.relay.slow(1, 0.3, HOUR)
    began = time.monotonic()
    for _ in range(20):
        one.ask(FETCH)
    for _ in range(20):
        one.answer()
    took = time.monotonic() - began
    checks.check("each waits its time", took >= 0.3, f"{took:.2f} s")
    say(f"20 answers of 0.3 s, asked at once, took {took:.2f} s")
    stage.relay.heal()


def timed_out(checks, stage):
    for version in (1, 3):
        one = stage.caller(client_id="soak-0")
        stage.relay.answer_timed_out()
        checks.equal("an abort's answer stays", one.commit(version, commits=False), 0)
        checks.equal("a refusal stays", one.commit(version, good=False), 48)
        checks.equal("a commit timed out", one.commit(version), REQUEST_TIMED_OUT)
        checks.equal("and was carried out", stage.toys[0].seen[-1][0], END_TXN)
        checks.equal("the next one is answered", one.commit(version), 0)
    stage.relay.answer_timed_out(count=2, client_id="soak-1")
    checks.equal("another client's stays", one.commit(), 0)
    two = stage.caller(client_id="soak-1")
    checks.equal("two time out", [two.commit() for _ in range(3)], [7, 7, 0])


def hold_and_lose(checks, stage):
    one, two = stage.caller(client_id="soak-0"), stage.caller(client_id="soak-1")
    stage.relay.hold_answers(END_TXN, HOUR, client_id="soak-0")
    checks.equal("another client's answers pass", two.commit(), 0)
    checks.equal("another request's, too", len(one.call(HEARTBEAT)), 10)
    one.ask(END_TXN, 1, b"\1")
    checks.check("an answer is held", one.silent())
    stage.relay.heal()
    checks.equal("then it comes", len(one.answer()), 11)
    stage.relay.lose_requests(HOUR, client_id="soak-0")
    stage.toys[0].seen.clear()
    checks.equal("another client's requests pass", two.commit(), 0)
    checks.equal("another request passes", len(one.call(HEARTBEAT)), 10)
    checks.equal("a lost one resets", meets(one.commit), "ConnectionResetError")
    checks.equal(
        "and was never there", [api for api, _ in stage.toys[0].seen],
        [END_TXN, HEARTBEAT],
    )
    stage.relay.heal()


def ends(checks, stage):
    dead = Relay([(1, *free_ports(2))]).start()
    gone = meets(lambda: Caller(dead.doors[0].port).answer())
    checks.check("a broker that is down resets", gone.startswith("Connection"), gone)
    dead.stop()
    one = stage.caller()
    one.sock.shutdown(socket.SHUT_WR)
    checks.equal("who closes is closed", one.sock.recv(1), b"")
    garbage = stage.caller()
    garbage.call(FETCH)
    garbage.sock.sendall(b"\xff" * 64)
    checks.check("what is no frame ends", meets(garbage.answer) != "no error")
    one = stage.caller()
    one.call(FETCH)
    stage.relay.stop()
    checks.equal("a stop resets", meets(one.answer), "ConnectionResetError")
    checks.equal("and refuses", meets(stage.caller), "ConnectionRefusedError")
    say("counted: " + ", ".join(f"{n} {k}" for k, n in sorted(stage.relay.stats.items())))


def kafka(checks, directory):
    with Cluster(os.path.join(directory, "kafka"), relays=1, light=True) as cluster:
        relay = Relay(cluster.relay_ports(0)).start()
        done = subprocess.run(
            [kcat(), "-L", "-b", cluster.relay_bootstrap(0)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30,
        )
        for _, port, _ in cluster.relay_ports(0):
            checks.check(
                "a real broker tells the relay's port",
                f" at 127.0.0.1:{port}" in done.stdout, done.stdout,
            )
        relay.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kafka", action="store_true", help="a real broker, too")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    checks, stage = Checks(), Stage()
    whole(checks, stage)
    pace(stage)
    for part in (cut, stall, slow, timed_out, hold_and_lose, ends):
        part(checks, stage)
    if args.kafka:
        with tempfile.TemporaryDirectory(prefix="lethe-relay-") as directory:
            kafka(checks, directory)
    else:
        say("skipped: a real broker (--kafka)")
    checks.end()


if __name__ == "__main__":
    main()
