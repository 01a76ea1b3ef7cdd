"""Loading and reading topics with clients that are not lethe's code: librdkafka
by ctypes for loading, kcat for reading."""

import contextlib
import ctypes
import ctypes.util
import shutil
import subprocess
import time

import wire

RECORD = "%p %o %T %K %S %h\n%k%s\n"
OFFSETS = "__consumer_offsets"  # where groups' offsets are transactions' records, too


def kcat():
    for name in ("kcat", "kafkacat"):
        if shutil.which(name):
            return name
    raise FileNotFoundError("neither kcat nor kafkacat is installed")


class Message:
    __slots__ = ("partition", "offset", "time_ms", "key", "value", "headers")

    def __init__(self, head, key, value):
        partition, offset, stamp, _, _, *headers = head.split(b" ", 5)
        self.partition, self.offset = int(partition), int(offset)
        self.time_ms = int(stamp)
        self.key, self.value = key, value
        self.headers = headers[0].decode() if headers else ""


def settle(bootstrap, topic, within_s=20):
    """Until all can be read that was committed before.  The markers of a
    transaction are written after its client was answered, and a reader of
    committed messages that ends at the end misses it until then."""
    until = time.monotonic() + within_s
    for address in bootstrap.split(","):
        host, port = address.rsplit(":", 1)
        with contextlib.suppress(OSError, KeyError, wire.WireError):
            with wire.Client(host, int(port)) as c:
                ends = c.end_offsets(topic)
                while True:
                    late = time.monotonic() > until  # before it is asked for the last time
                    stable = c.end_offsets(topic, True)
                    if late or all(stable[p] >= end for p, end in ends.items()):
                        return
                    time.sleep(0.05)


def read(bootstrap, topic, partition=None):
    """Every message committed by now, in the order of each partition."""
    settle(bootstrap, topic)
    where = [] if partition is None else ["-p", str(partition)]
    child = subprocess.Popen(
        [
            kcat(), "-C", "-q", "-e", "-b", bootstrap, "-t", topic, *where,
            "-o", "beginning", "-f", RECORD,
            "-X", "isolation.level=read_committed", "-X", "check.crcs=true",
        ],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, bufsize=1 << 20,
    )
    out = child.stdout
    while True:
        head = out.readline()
        if not head:
            break
        sizes = head.split(b" ", 5)[3:5]
        key = value = None
        if int(sizes[0]) >= 0:
            key = out.read(int(sizes[0]))
        if int(sizes[1]) >= 0:
            value = out.read(int(sizes[1]))
        out.read(1)
        yield Message(head.rstrip(b"\n"), key, value)
    if child.wait():
        raise RuntimeError(f"kcat failed on {topic}")


class Producer:
    """librdkafka's, with the Java client's partitions; nothing is lost: put
    waits for room, close for the last delivery."""

    COPY, PARTITION_ANY, QUEUE_FULL = 2, -1, -184

    def __init__(self, bootstrap, topic, **settings):
        self.lib = ctypes.CDLL(ctypes.util.find_library("rdkafka"), use_errno=True)
        lib, pointer = self.lib, ctypes.c_void_p
        for name in ("conf_new", "new", "topic_new"):
            getattr(lib, "rd_kafka_" + name).restype = pointer
        conf = pointer(lib.rd_kafka_conf_new())
        text = ctypes.create_string_buffer(512)
        rows = {
            "bootstrap.servers": bootstrap,
            "enable.idempotence": "true",
            "linger.ms": "20",
            "partitioner": "murmur2_random",
            "message.timeout.ms": "120000",
            "queue.buffering.max.messages": "50000",
            "log_level": "2",
            **settings,
        }
        for name, value in rows.items():
            if lib.rd_kafka_conf_set(
                conf, name.encode(), str(value).encode(), text, len(text)
            ):
                raise ValueError(text.value.decode())
        self.client = pointer(lib.rd_kafka_new(0, conf, text, len(text)))
        if not self.client:
            raise RuntimeError(text.value.decode())
        self.topic = pointer(
            lib.rd_kafka_topic_new(self.client, topic.encode(), None)
        )
        self.produce = lib.rd_kafka_produce
        self.produce.argtypes = [
            pointer, ctypes.c_int32, ctypes.c_int, ctypes.c_char_p,
            ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t, pointer,
        ]
        self.count = 0

    def put(self, key, value, partition=PARTITION_ANY):
        while self.produce(
            self.topic, partition, self.COPY, value,
            len(value or b""), key, len(key or b""), None,
        ):
            if self.lib.rd_kafka_last_error() != self.QUEUE_FULL:
                raise RuntimeError("librdkafka refuses a message")
            self.lib.rd_kafka_poll(self.client, 20)
        self.count += 1
        if self.count % 256 == 0:
            self.lib.rd_kafka_poll(self.client, 0)

    def flush(self):
        self.lib.rd_kafka_flush(self.client, 60000)

    def abort(self):
        """Sends what was put, and aborts the transaction it was put in."""
        self.flush()
        self.transact("abort_transaction", ctypes.c_int(60000))

    def transact(self, call, *args):
        call = getattr(self.lib, "rd_kafka_" + call)
        call.restype = ctypes.c_void_p
        if call(self.client, *args):
            raise RuntimeError(f"librdkafka fails to {call.__name__}")

    def close(self, timeout_s=60):
        end = time.monotonic() + timeout_s
        while self.lib.rd_kafka_outq_len(self.client):
            self.lib.rd_kafka_flush(self.client, 1000)
            if time.monotonic() > end:
                raise RuntimeError("librdkafka could not deliver all")
        self.lib.rd_kafka_topic_destroy(self.topic)
        self.lib.rd_kafka_destroy(self.client)
