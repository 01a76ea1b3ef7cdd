"""What passes through a relay: frames of Kafka's protocol, the connections they
travel on, and the ports where clients meet brokers.  The relay's thread alone
calls these."""

import collections
import errno
import math
import socket
import struct

END_TXN = 26
FLEXIBLE_END_TXN = 3  # from this version on, tags stand behind the parts
FRAME_MAX = 1 << 28

Asked = collections.namedtuple("Asked", "api version client_id commits")


def asked_by(frame):
    """What a request asks, and its correlation id."""
    api, version, correlation, size = struct.unpack_from(">hhih", frame, 4)
    name = bytes(frame[14 : 14 + max(0, size)]).decode(errors="replace")
    commits = api == END_TXN and frame[-2 if version >= FLEXIBLE_END_TXN else -1]
    return Asked(api, version, name, bool(commits)), correlation


class Way:
    """One direction of a connection: frames that wait for their time."""

    def __init__(self, source, target):
        self.source, self.target = source, target
        self.part = bytearray()
        self.waiting = collections.deque()  # (when it may go, bytes)
        self.size, self.ended = 0, False

    def frames(self):
        """Whole frames, each with its length in front."""
        at = 0
        while len(self.part) - at >= 4:
            (size,) = struct.unpack_from(">i", self.part, at)
            if not 0 <= size <= FRAME_MAX:
                raise OSError(errno.EPROTO, "no frame of Kafka's protocol")
            if len(self.part) - at < 4 + size:
                break
            yield self.part[at : at + 4 + size]
            at += 4 + size
        del self.part[:at]

    def put(self, due, frame):
        if self.waiting:  # the order stays
            due = max(due, self.waiting[-1][0])
        self.waiting.append((due, memoryview(frame)))
        self.size += len(frame)

    def hurry(self):
        self.waiting = collections.deque((0.0, data) for _, data in self.waiting)

    def send(self, now):
        """Sends what may go; how many bytes went."""
        total = 0
        while self.waiting and self.waiting[0][0] <= now:
            due, data = self.waiting[0]
            try:
                sent = self.target.send(data)
            except BlockingIOError:
                break
            total += sent
            if sent < len(data):
                self.waiting[0] = (due, data[sent:])
                break
            self.waiting.popleft()
        self.size -= total
        return total


class Lane:
    """One connection: both ways, and what was asked and not yet answered."""

    def __init__(self, door, client, broker):
        self.door, self.client, self.broker = door, client, broker
        self.requests, self.answers = Way(client, broker), Way(broker, client)
        self.asked = {}  # correlation id: Asked
        self.alarm = math.inf  # when it is looked at again


class Door:
    """One broker as its clients meet it: the port, and what is wrong now."""

    def __init__(self, node, port, broker_port):
        self.node, self.port, self.broker_port = node, port, broker_port
        self.server, self.listening = None, False
        self.cut_until = self.stall_until = self.slow_until = 0.0
        self.delay_s = 0.0

    def hold(self):
        """Has the port and refuses on it: nobody else can take it, not even
        between the socket that listened and this one."""
        held = socket.socket()
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.setblocking(False)
        held.bind(("127.0.0.1", self.port))
        if self.server:
            self.server.close()
        self.server, self.listening = held, False

    def listen(self):
        self.server.listen(128)
        self.listening = True
