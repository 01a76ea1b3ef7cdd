"""A TCP relay on loopback between clients and brokers, with faults.

    relay = Relay(cluster.relay_ports(0))
    relay.start()
    relay.cut(2, 3.0)                 # broker 2 is away for three seconds
    relay.stall(None, 2.0)            # nothing flows to or from any broker
    relay.slow(None, 0.2, 10.0)       # each answer comes 0.2 s later
    relay.answer_timed_out()          # the next commit is carried out, but its
                                      # answer says that it timed out
    relay.lose_requests(2.0)          # for that long, no commit gets through:
                                      # its connection breaks instead
    relay.stop()

It knows the framing of Kafka's protocol (a length, then a request's api,
version, correlation id and client id), so faults can choose by request.
"""

import collections
import socket
import struct
import threading
import time

END_TXN, REQUEST_TIMED_OUT = 26, 7
TICK_S = 0.02
FLEXIBLE_END_TXN = 3


def reset(sock):
    """Ends a connection at once, with RST."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    sock.close()


class Lane:
    """One connection: the client's side, the broker's side, what was asked."""

    def __init__(self, node, client, broker):
        self.node, self.client, self.broker = node, client, broker
        self.asked = {}  # correlation id: (api, version)
        self.client_id = ""

    def note(self, frame):
        """The api that is asked."""
        if len(frame) < 10:
            return None
        api, version, correlation, size = struct.unpack_from(">hhih", frame)
        self.asked[correlation] = (api, version)
        if not self.client_id and 0 < size <= len(frame) - 10:
            self.client_id = bytes(frame[10 : 10 + size]).decode(errors="replace")
        return api

    def end(self):
        reset(self.client)
        reset(self.broker)


class Rule:
    """Answers to one api are changed or held."""

    def __init__(self, api, client_id, count=None, until=None):
        self.api, self.client_id = api, client_id
        self.count, self.until = count, until

    def fits(self, lane, api):
        return api == self.api and self.client_id in (None, lane.client_id)


class Relay:
    def __init__(self, ports):
        self.ports = ports
        self.lock = threading.Lock()
        self.lanes, self.servers = set(), []
        self.cut_until = collections.defaultdict(float)
        self.stall_until = collections.defaultdict(float)
        self.slow_until = collections.defaultdict(float)
        self.delay_s = 0.0
        self.rewrites, self.losses = [], []
        self.stats = collections.Counter()
        self.stopped = False

    def start(self):
        for node, relay_port, broker_port in self.ports:
            server = socket.create_server(("127.0.0.1", relay_port), backlog=64)
            self.servers.append(server)
            self.run(self.accept, server, node, broker_port)
        return self

    def stop(self):
        self.stopped = True
        for server in self.servers:
            try:
                server.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            server.close()
        for lane in self.open_lanes(None):
            lane.end()

    # -- faults ------------------------------------------------------------

    def nodes(self, node):
        return [n for n, _, _ in self.ports if node in (None, n)]

    def cut(self, node, seconds):
        for n in self.nodes(node):
            self.cut_until[n] = time.monotonic() + seconds
        for lane in self.open_lanes(node):
            lane.end()
        self.stats["cuts"] += 1

    def stall(self, node, seconds):
        for n in self.nodes(node):
            self.stall_until[n] = time.monotonic() + seconds

    def slow(self, node, delay_s, seconds):
        self.delay_s = delay_s
        for n in self.nodes(node):
            self.slow_until[n] = time.monotonic() + seconds

    def answer_timed_out(self, api=END_TXN, count=1, client_id=None):
        with self.lock:
            self.rewrites.append(Rule(api, client_id, count=count))

    def lose_requests(self, seconds, api=END_TXN, client_id=None):
        with self.lock:
            self.losses.append(Rule(api, client_id, until=time.monotonic() + seconds))

    # -- inside ------------------------------------------------------------

    def run(self, *call):
        threading.Thread(target=call[0], args=call[1:], daemon=True).start()

    def open_lanes(self, node):
        with self.lock:
            return [lane for lane in self.lanes if node in (None, lane.node)]

    def accept(self, server, node, broker_port):
        while not self.stopped:
            try:
                client, _ = server.accept()
            except OSError:
                return
            try:
                if time.monotonic() < self.cut_until[node]:
                    raise OSError("cut")
                broker = socket.create_connection(("127.0.0.1", broker_port), 5)
            except OSError:
                reset(client)
                continue
            broker.settimeout(None)
            for sock in (client, broker):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            lane = Lane(node, client, broker)
            with self.lock:
                self.lanes.add(lane)
                self.stats["connections"] += 1
            self.run(self.pump, lane, lane.client, lane.broker, self.on_request)
            self.run(self.pump, lane, lane.broker, lane.client, self.on_answer)

    def pump(self, lane, source, target, handle):
        """Whole frames from one side to the other."""
        stream = source.makefile("rb", buffering=1 << 16)
        try:
            while True:
                head = stream.read(4)
                if len(head) < 4:
                    break
                size = struct.unpack(">i", head)[0]
                frame = bytearray(stream.read(size))
                if len(frame) < size:
                    break
                handle(lane, frame)
                while time.monotonic() < self.stall_until[lane.node]:
                    time.sleep(TICK_S)
                target.sendall(head + frame)
                self.stats["bytes"] += size + 4
        except (OSError, ValueError):
            pass
        lane.end()
        with self.lock:
            self.lanes.discard(lane)

    def on_request(self, lane, frame):
        api = lane.note(frame)
        now = time.monotonic()
        with self.lock:
            lost = any(r.until > now and r.fits(lane, api) for r in self.losses)
        if lost:
            self.stats["requests lost"] += 1
            raise OSError("lost")

    def on_answer(self, lane, frame):
        api, version = None, 0
        if len(frame) >= 4:
            correlation = struct.unpack_from(">i", frame)[0]
            api, version = lane.asked.pop(correlation, (None, 0))
        if time.monotonic() < self.slow_until[lane.node]:
            time.sleep(self.delay_s)
        if api == END_TXN:
            self.rewrite(lane, api, version, frame)

    def rewrite(self, lane, api, version, frame):
        at = 9 if version >= FLEXIBLE_END_TXN else 8  # behind tags, throttle
        with self.lock:
            for rule in self.rewrites:
                good = struct.unpack_from(">h", frame, at)[0] == 0
                if rule.count and good and rule.fits(lane, api):
                    rule.count -= 1
                    struct.pack_into(">h", frame, at, REQUEST_TIMED_OUT)
                    self.stats["answers changed"] += 1
                    return
