"""A few requests of the Kafka protocol, by hand: an independent look at a
broker that costs no JVM start.  The versions asked for are the last ones
before the compact encodings.

    with Client("127.0.0.1", 9092) as c:
        c.create_topic("raw", 4)
        c.end_offsets("raw")             # {partition: high watermark}
        c.committed("group", "raw")      # {partition: offset}, -1: none
"""

import socket
import struct
import time

FIND_COORDINATOR, API_METADATA = 10, 3
CREATE_TOPICS, DELETE_TOPICS, LIST_OFFSETS, OFFSET_FETCH = 19, 20, 2, 9
DELETE_RECORDS, CREATE_PARTITIONS, OFFSET_COMMIT = 21, 37, 8
INIT_PRODUCER_ID, ADD_OFFSETS_TO_TXN, TXN_OFFSET_COMMIT = 22, 25, 28
GROUP, TRANSACTION = 0, 1  # what a broker coordinates
KINDS = {"group": GROUP, "transaction": TRANSACTION}

UNKNOWN_TOPIC, NOT_LEADER = 3, 6

RETRIED = {
    UNKNOWN_TOPIC: "unknown topic or partition",
    5: "leader not available",
    NOT_LEADER: "not leader",
    14: "coordinator load in progress",
    15: "coordinator not available",
    16: "not coordinator",
    88: "unstable offset commit",
}


class WireError(Exception):
    def __init__(self, what, code=None):
        super().__init__(what)
        self.code = code


def string(text):
    if text is None:
        return struct.pack(">h", -1)
    data = text.encode()
    return struct.pack(">h", len(data)) + data


def array(items):
    items = list(items)
    return struct.pack(">i", len(items)) + b"".join(items)


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self, form):
        (value,) = struct.unpack_from(">" + form, self.data, self.at)
        self.at += struct.calcsize(">" + form)
        return value

    def string(self):
        size = self.number("h")
        if size < 0:
            return None
        self.at += size
        return self.data[self.at - size : self.at].decode()

    def blob(self):
        size = max(0, self.number("i"))
        self.at += size
        return self.data[self.at - size : self.at]

    def short_string(self):
        """A compact string of less than 127 bytes."""
        size = self.number("B") - 1
        if size < 0:
            return None
        if size > 126:
            raise WireError("a longer text needs a longer length")
        self.at += size
        return self.data[self.at - size : self.at].decode()

    def short_array(self, one):
        """A compact array of structures whose tagged fields are empty."""
        found = []
        for _ in range(self.number("B") - 1):
            found.append(one())
            self.number("b")
        return found

    def array(self, one):
        return [one() for _ in range(max(0, self.number("i")))]


class Client:
    def __init__(self, host, port, timeout=20):
        self.address, self.timeout = (host, port), timeout
        self.sock = socket.create_connection(self.address, timeout)
        self.correlation = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def call(self, api, version, body, flexible=False):
        self.correlation += 1
        head = struct.pack(">hhi", api, version, self.correlation)
        tags = b"\0" if flexible else b""
        message = head + string("lethe-e2e") + tags + body
        self.sock.sendall(struct.pack(">i", len(message)) + message)
        size = struct.unpack(">i", self.exactly(4))[0]
        reader = Reader(self.exactly(size))
        if reader.number("i") != self.correlation:
            raise WireError("an answer to another request")
        reader.at += len(tags)
        return reader

    def exactly(self, size):
        parts = []
        while size:
            part = self.sock.recv(min(size, 1 << 20))
            if not part:
                raise WireError("the broker closed the connection")
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def retried(self, call):
        end = time.monotonic() + self.timeout
        while True:
            try:
                return call()
            except WireError as e:
                if e.code not in RETRIED or time.monotonic() > end:
                    raise
                time.sleep(0.1)

    # -- requests ----------------------------------------------------------

    def metadata(self, topics):
        """({broker: (host, port)}, {topic: {partition: leader}})"""
        r = self.call(API_METADATA, 4, array(map(string, topics)) + b"\0")
        r.number("i")  # throttle
        brokers = {}

        def broker():
            node, host, port = r.number("i"), r.string(), r.number("i")
            r.string()  # rack
            brokers[node] = (host, port)

        r.array(broker)
        r.string()  # cluster id
        r.number("i")  # controller
        leaders = {}

        def partition():
            code, index, leader = r.number("h"), r.number("i"), r.number("i")
            r.array(lambda: r.number("i"))
            r.array(lambda: r.number("i"))
            if code:
                raise WireError(f"partition {index}: error {code}", code)
            return index, leader

        def topic():
            code, name = r.number("h"), r.string()
            r.number("b")
            if code:
                raise WireError(f"topic {name}: error {code}", code)
            leaders[name] = dict(r.array(partition))

        r.array(topic)
        return brokers, leaders

    def brokers(self):
        return self.metadata([])[0]

    def create_topic(self, name, partitions, replicas=1, settings=None):
        rows = array(string(k) + string(str(v)) for k, v in (settings or {}).items())
        topic = string(name) + struct.pack(">ih", partitions, replicas)
        topic += array([]) + rows
        r = self.call(CREATE_TOPICS, 4, array([topic]) + struct.pack(">ib", 15000, 0))
        r.number("i")

        def one():
            return r.string(), r.number("h"), r.string()

        for _, code, message in r.array(one):
            if code:
                raise WireError(f"cannot make topic {name}: {message or code}", code)

        def ready():
            found = self.metadata([name])[1][name]
            if len(found) < partitions or min(found.values()) < 0:
                raise WireError(f"topic {name} has no leaders yet", 5)

        self.retried(ready)

    def delete_topic(self, name):
        r = self.call(
            DELETE_TOPICS, 3, array([string(name)]) + struct.pack(">i", 15000)
        )
        r.number("i")
        for _, code in r.array(lambda: (r.string(), r.number("h"))):
            if code:
                raise WireError(f"cannot delete topic {name}: error {code}", code)

        def gone():
            try:
                self.metadata([name])
            except WireError as e:
                if e.code == UNKNOWN_TOPIC:
                    return
                raise
            raise WireError(f"topic {name} is still there", NOT_LEADER)

        self.retried(gone)

    def end_offsets(self, topic, committed_only=False):
        """High watermarks, or the last stable offsets; one past the last."""
        brokers, leaders = self.retried(lambda: self.metadata([topic]))
        ends = {}
        for node in set(leaders[topic].values()):
            mine = [p for p, leader in leaders[topic].items() if leader == node]
            rows = array(struct.pack(">iiq", p, -1, -1) for p in mine)
            body = struct.pack(">ib", -1, int(committed_only))
            body += array([string(topic) + rows])
            with Client(*brokers[node], timeout=self.timeout) as c:
                r = c.call(LIST_OFFSETS, 4, body)
            r.number("i")

            def partition():
                index, code = r.number("i"), r.number("h")
                r.number("q")
                ends[index] = r.number("q")
                r.number("i")
                if code:
                    raise WireError(f"{topic}/{index}: error {code}", code)

            r.array(lambda: (r.string(), r.array(partition)))
        return ends

    def settled(self, topic):
        """Whether no transaction is open there.  One that is committed counts
        as open until its markers are written, which is after the client was
        answered: up to a second later on a busy machine.  A reader of committed
        records that ends at the end misses it until then."""
        stable = self.end_offsets(topic, committed_only=True)
        return all(stable[p] >= end for p, end in self.end_offsets(topic).items())

    def coordinator(self, key, kind=GROUP):
        """(broker, host, port) of the one that coordinates it; a kind by number
        or by name."""
        body = string(key) + bytes([KINDS.get(kind, kind)])
        r = self.call(FIND_COORDINATOR, 1, body)
        r.number("i")
        code, message = r.number("h"), r.string()
        if code:
            raise WireError(f"no coordinator: {message or code}", code)
        return r.number("i"), r.string(), r.number("i")

    def committed(self, group, topic):
        """Committed offsets of a group; -1 where there is none."""
        return {p: o for p, (o, _) in self.fetched(group, topic).items()}

    def remembered(self, group, topic):
        """What was committed with them, as text."""
        return {p: text for p, (_, text) in self.fetched(group, topic).items()}

    def fetched(self, group, topic):
        def once():
            _, host, port = self.coordinator(group)
            partitions = sorted(self.metadata([topic])[1][topic])
            rows = array(struct.pack(">i", p) for p in partitions)
            with Client(host, port, timeout=self.timeout) as c:
                r = c.call(
                    OFFSET_FETCH, 5, string(group) + array([string(topic) + rows])
                )
            r.number("i")
            offsets = {}

            def partition():
                index = r.number("i")
                offset = r.number("q")
                r.number("i")
                offsets[index] = offset, r.string()
                code = r.number("h")
                if code:
                    raise WireError(f"{topic}/{index}: error {code}", code)

            r.array(lambda: (r.string(), r.array(partition)))
            code = r.number("h")
            if code:
                raise WireError(f"group {group}: error {code}", code)
            return offsets

        return self.retried(once)

    # -- for test_offsets.py: moving the ends of logs, offsets from outside --

    def asked(self, what, r, one):
        """The rows of an answer, [(name, error, text)]; an error is raised."""
        for name, code, text in r.array(one):
            if code:
                raise WireError(f"{what} {name}: {text or code}", code)

    def delete_records(self, topic, before):
        """Removes records below {partition: offset}; -1: all there are."""
        brokers, leaders = self.retried(lambda: self.metadata([topic]))
        for node in {leaders[topic][p] for p in before}:
            rows = array(
                struct.pack(">iq", p, offset)
                for p, offset in before.items() if leaders[topic][p] == node
            )
            body = array([string(topic) + rows]) + struct.pack(">i", 15000)
            with Client(*brokers[node], timeout=self.timeout) as c:
                r = c.call(DELETE_RECORDS, 1, body)
            r.number("i")

            def partition():
                index, _, code = r.number("i"), r.number("q"), r.number("h")
                if code:
                    raise WireError(f"{topic}/{index}: error {code}", code)

            r.array(lambda: (r.string(), r.array(partition)))

    def grow_topic(self, name, partitions):
        """Raises the number of partitions."""
        body = array([string(name) + struct.pack(">ii", partitions, -1)])
        r = self.call(CREATE_PARTITIONS, 1, body + struct.pack(">ib", 15000, 0))
        r.number("i")
        self.asked("topic", r, lambda: (r.string(), r.number("h"), r.string()))

        def ready():
            found = self.metadata([name])[1][name]
            if len(found) < partitions or min(found.values()) < 0:
                raise WireError(f"topic {name} has no leaders yet", 5)

        self.retried(ready)

    def commit(self, group, topic, offsets):
        """Commits {partition: offset} from outside; the group must be empty."""
        rows = array(
            struct.pack(">iq", p, offset) + string("")
            for p, offset in offsets.items()
        )
        body = string(group) + struct.pack(">i", -1) + string("")
        body += struct.pack(">q", -1) + array([string(topic) + rows])

        def once():
            _, host, port = self.coordinator(group)
            with Client(host, port, timeout=self.timeout) as c:
                r = c.call(OFFSET_COMMIT, 2, body)

            def partition():
                index, code = r.number("i"), r.number("h")
                if code:
                    raise WireError(f"{topic}/{index}: error {code}", code)

            r.array(lambda: (r.string(), r.array(partition)))

        self.retried(once)

    def open_offsets(self, transactional_id, group, topic, offsets, timeout_ms):
        """Offsets in a transaction that nobody ends, as a killed lethe leaves
        them.  One broker only: it is the coordinator of everything."""

        def coded(r):
            r.number("i")
            code = r.number("h")
            if code:
                raise WireError(f"transaction: error {code}", code)
            return r

        name = string(transactional_id)
        self.retried(lambda: self.coordinator(transactional_id, TRANSACTION))
        r = self.retried(lambda: coded(self.call(
            INIT_PRODUCER_ID, 1, name + struct.pack(">i", timeout_ms))))
        producer = struct.pack(">qh", r.number("q"), r.number("h"))
        self.retried(lambda: coded(self.call(
            ADD_OFFSETS_TO_TXN, 1, name + producer + string(group))))
        rows = array(
            struct.pack(">iq", p, offset) + string("")
            for p, offset in offsets.items()
        )
        r = self.call(
            TXN_OFFSET_COMMIT, 1,
            name + string(group) + producer + array([string(topic) + rows]),
        )
        r.number("i")

        def partition():
            index, code = r.number("i"), r.number("h")
            if code:
                raise WireError(f"{topic}/{index}: error {code}", code)

        r.array(lambda: (r.string(), r.array(partition)))
