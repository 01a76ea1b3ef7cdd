"""A TCP relay on loopback between clients and brokers, with faults.

    relay = Relay(cluster.relay_ports(0)).start()
    relay.cut(2, 3.0)                 # broker 2 is away for three seconds
    relay.stall(None, 2.0)            # nothing flows to or from any broker
    relay.slow(None, 0.2, 10.0)       # each answer comes 0.2 s later
    relay.answer_timed_out()          # the next commit is carried out, but its
                                      # answer says that it timed out
    relay.hold_answers(END_TXN, 2.0)  # so long nobody hears how a commit ended
    relay.lose_requests(2.0)          # so long no commit gets through: its
                                      # connection breaks instead
    relay.heal()                      # all of that ends now
    relay.stats                       # counts of what passed and was done
    relay.stop()

It knows the framing of Kafka's protocol (a length, then a request's api,
version, correlation id and client id), so faults can choose by request.

One thread does all; the calls above hand it their order and return when it is
carried out.  Thread: any.
"""

import collections
import errno
import heapq
import itertools
import math
import selectors
import socket
import struct
import threading
import time

from passage import END_TXN, FLEXIBLE_END_TXN, Door, Lane, asked_by

REQUEST_TIMED_OUT = 7
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
CHUNK = 1 << 18
ROOM = 8 << 20  # what waits in one direction before its source has to wait


class Rule:
    """Whose answers, or requests, a fault is about."""

    def __init__(self, api, client_id, count=None, until=None):
        self.api, self.client_id = api, client_id
        self.count, self.until = count, until

    def fits(self, asked):
        return (
            asked is not None
            and asked.api == self.api
            and self.client_id in (None, asked.client_id)
        )


class Relay:
    def __init__(self, ports):
        self.doors = [Door(*row) for row in ports]
        self.selector = selectors.DefaultSelector()
        self.lanes = set()
        self.losses, self.holds, self.rewrites = [], [], []
        self.orders = collections.deque()  # (call, done)
        self.timers, self.numbers = [], itertools.count()
        self.stats = collections.Counter()
        self.wake, self.woken = socket.socketpair()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.stopped = False

    def start(self):
        for door in self.doors:
            door.hold()
            self.open(door)
        self.woken.setblocking(False)
        self.selector.register(self.woken, READ, None)
        self.thread.start()
        return self

    def stop(self):
        if self.thread.is_alive():
            self.order(lambda: setattr(self, "stopped", True))
            self.thread.join()

    # -- faults ------------------------------------------------------------

    def cut(self, node, seconds):
        """Connections are reset, new ones refused."""
        self.order(lambda: self.at_doors("cuts", node, self.cut_door, seconds))

    def stall(self, node, seconds):
        """A silent network: bytes are held in both directions, then flow."""
        self.order(lambda: self.at_doors("stalls", node, self.stall_door, seconds))

    def slow(self, node, delay_s, seconds):
        """Each answer that comes in this time goes on `delay_s` later."""

        def slow_door(door, until):
            door.delay_s, door.slow_until = delay_s, until

        self.order(lambda: self.at_doors("slows", node, slow_door, seconds))

    def answer_timed_out(self, api_key=END_TXN, count=1, client_id=None):
        """The next commits are carried out and said to have timed out."""
        if api_key != END_TXN:
            raise ValueError("where an answer holds its error is known of EndTxn alone")
        rule = Rule(api_key, client_id, count=count)
        self.order(lambda: self.rewrites.append(rule))

    def hold_answers(self, api_key, seconds, client_id=None):
        """Answers to it, and what follows them, wait until `seconds` from now."""
        rule = Rule(api_key, client_id, until=time.monotonic() + seconds)
        self.order(lambda: self.holds.append(rule))

    def lose_requests(self, seconds, api_key=END_TXN, client_id=None):
        """Their connection is reset instead of passing them on."""
        rule = Rule(api_key, client_id, until=time.monotonic() + seconds)
        self.order(lambda: self.losses.append(rule))

    def heal(self):
        """Every fault ends, and what was held flows."""
        self.order(self.heal_all)

    # -- orders and time -----------------------------------------------------

    def order(self, call):
        """Has the relay's thread do it, and waits for that."""
        if not self.thread.is_alive():
            raise RuntimeError("the relay does not run")
        done = threading.Event()
        self.orders.append((call, done))
        self.wake.send(b"x")
        if not done.wait(10):
            raise RuntimeError("the relay does not take orders")

    def at_doors(self, what, node, call, seconds):
        self.stats[what] += 1
        until = time.monotonic() + seconds
        for door in self.doors:
            if node in (None, door.node):
                call(door, until)

    def later(self, when, call, *args):
        heapq.heappush(self.timers, (when, next(self.numbers), call, args))

    def cut_door(self, door, until):
        door.cut_until = max(door.cut_until, until)
        for lane in self.lanes_of(door):
            self.end(lane)
        if door.listening:
            self.selector.unregister(door.server)
            door.hold()
        self.later(until, self.open, door)

    def open(self, door):
        if not door.listening and time.monotonic() >= door.cut_until:
            door.listen()
            self.selector.register(door.server, READ, door)

    def stall_door(self, door, until):
        door.stall_until = max(door.stall_until, until)
        self.arm_all(door)
        self.later(until, self.arm_all, door)

    def heal_all(self):
        for rules in (self.losses, self.holds, self.rewrites):
            rules.clear()
        for door in self.doors:
            door.cut_until = door.stall_until = door.slow_until = 0.0
            self.open(door)
            for lane in self.lanes_of(door):
                lane.answers.hurry()
                self.arm(lane)

    def arm_all(self, door):
        for lane in self.lanes_of(door):
            self.arm(lane)

    def lanes_of(self, door):
        return [lane for lane in self.lanes if lane.door is door]

    # -- the thread ----------------------------------------------------------

    def run(self):
        try:
            while not self.stopped:
                self.once()
        finally:
            for lane in list(self.lanes):
                self.end(lane)
            for door in self.doors:
                door.server.close()
            self.selector.close()
            self.wake.close()
            self.woken.close()

    def once(self):
        wait = None
        if self.timers:
            wait = max(0.0, self.timers[0][0] - time.monotonic())
        for key, events in self.selector.select(wait):
            if key.data is None:
                self.take_orders()
            elif isinstance(key.data, Door):
                self.accept(key.data)
            elif key.data in self.lanes:
                self.guarded(key.data, key.fileobj, events)
        now = time.monotonic()
        while self.timers and self.timers[0][0] <= now:
            _, _, call, args = heapq.heappop(self.timers)
            call(*args)

    def take_orders(self):
        self.woken.recv(4096)
        while self.orders:
            call, done = self.orders.popleft()
            call()
            done.set()

    def accept(self, door):
        try:
            client, _ = door.server.accept()
        except OSError:  # it was reset, or the door was cut meanwhile
            return
        broker = socket.socket()
        for sock in (client, broker):
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        lane = Lane(door, client, broker)
        self.lanes.add(lane)
        self.stats["connections"] += 1
        code = broker.connect_ex(("127.0.0.1", door.broker_port))
        if code in (0, errno.EINPROGRESS):
            self.arm(lane)
        else:
            self.end(lane)

    def guarded(self, lane, sock, events):
        try:
            if events & READ:
                self.read(lane, lane.requests if sock is lane.client else lane.answers)
            self.arm(lane)
        except OSError:
            self.end(lane)

    def read(self, lane, way):
        try:
            data = way.source.recv(CHUNK)
        except BlockingIOError:
            return
        way.ended = not data
        way.part += data
        judge = self.on_request if way is lane.requests else self.on_answer
        for frame in way.frames():
            way.put(judge(lane, frame), frame)

    def arm(self, lane):
        """Sends what may go, and waits for what can come next."""
        now = time.monotonic()
        wanted = {lane.client: 0, lane.broker: 0}
        if now >= lane.door.stall_until:
            try:
                for way in (lane.requests, lane.answers):
                    self.arm_way(lane, way, now, wanted)
            except OSError:
                self.end(lane)
                return
            if any(w.ended and not w.waiting for w in (lane.requests, lane.answers)):
                self.end(lane, gently=True)
                return
        for sock, events in wanted.items():
            self.watch(sock, events, lane)

    def arm_way(self, lane, way, now, wanted):
        self.stats["bytes"] += way.send(now)
        if not way.ended and way.size < ROOM:
            wanted[way.source] |= READ
        if way.waiting and way.waiting[0][0] <= now:
            wanted[way.target] |= WRITE
        elif way.waiting and way.waiting[0][0] < lane.alarm:
            lane.alarm = way.waiting[0][0]
            self.later(lane.alarm, self.arm_again, lane)

    def arm_again(self, lane):
        lane.alarm = math.inf
        if lane in self.lanes:
            self.arm(lane)

    def watch(self, sock, events, lane):
        known = self.selector.get_map().get(sock)
        if known is None and events:
            self.selector.register(sock, events, lane)
        elif known is not None and not events:
            self.selector.unregister(sock)
        elif known is not None and known.events != events:
            self.selector.modify(sock, events, lane)

    def end(self, lane, gently=False):
        """With RST, unless gently."""
        self.lanes.discard(lane)
        for sock in (lane.client, lane.broker):
            self.watch(sock, 0, lane)
            if not gently:
                linger = struct.pack("ii", 1, 0)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            sock.close()

    # -- frames ----------------------------------------------------------------

    def on_request(self, lane, frame):
        """When it may go on."""
        if len(frame) < 14:  # no header of a request
            return 0.0
        asked, correlation = asked_by(frame)
        lane.asked[correlation] = asked
        now = time.monotonic()
        if any(r.until > now and r.fits(asked) for r in self.losses):
            self.stats["requests lost"] += 1
            raise OSError(errno.ECONNRESET, "lost")
        return 0.0

    def on_answer(self, lane, frame):
        asked = None
        if len(frame) >= 8:
            asked = lane.asked.pop(struct.unpack_from(">i", frame, 4)[0], None)
        now = time.monotonic()
        due = now + lane.door.delay_s if now < lane.door.slow_until else 0.0
        for rule in self.holds:
            if rule.until > now and rule.fits(asked):
                self.stats["answers held"] += 1
                due = max(due, rule.until)
        if asked is not None and asked.commits:
            self.rewrite(asked, frame)
        return due

    def rewrite(self, asked, frame):
        at = 12 + (asked.version >= FLEXIBLE_END_TXN)  # behind throttle_time
        if struct.unpack_from(">h", frame, at)[0]:
            return  # it was not carried out
        for rule in self.rewrites:
            if rule.count and rule.fits(asked):
                rule.count -= 1
                struct.pack_into(">h", frame, at, REQUEST_TIMED_OUT)
                self.stats["answers changed"] += 1
                return
