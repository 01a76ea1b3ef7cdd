"""Requests that change a cluster, by hand as in wire.py: rights, partitions,
settings of topics, leaders, and who coordinates what.  A broker accepts rights
and settings before it goes by them: what changes them returns when it does.

    with Admin("127.0.0.1", 9092) as c:
        c.allow("User:lethe", "topic", "rec.events", ["write", "describe"])
        c.move_leader("rec.events", 0)
"""

import struct
import time

import wire
from wire import array, string

DESCRIBE_CONFIGS, ALTER_CONFIGS, ELECT_LEADERS, REASSIGN = 32, 44, 43, 45
DESCRIBE_GROUPS = 15
DESCRIBE_ACLS, CREATE_ACLS, DELETE_ACLS = 29, 30, 31

RESOURCES = {"topic": 2, "group": 3, "cluster": 4, "transaction": 5}
OPERATIONS = {
    "all": 2, "read": 3, "write": 4, "create": 5, "delete": 6, "alter": 7,
    "describe": 8, "describe_configs": 10, "alter_configs": 11,
    "idempotent_write": 12,
}
LITERAL, PREFIXED, ALLOW = 3, 4, 3
NO_ELECTION_NEEDED = 84
OF_TOPIC = 1  # where a setting comes from


def compact(items):
    """A compact array, each item ended by its (empty) tagged fields."""
    items = list(items)
    if len(items) > 126:
        raise ValueError("a longer array needs a longer length")
    return bytes([len(items) + 1]) + b"".join(items)


def compact_string(text):
    data = text.encode()
    if len(data) > 126:
        raise ValueError("a longer text needs a longer length")
    return bytes([len(data) + 1]) + data


class Admin(wire.Client):
    def _acl(self, principal, resource, name, operation, prefixed):
        return (
            struct.pack(">b", RESOURCES[resource])
            + string(name)
            + struct.pack(">b", PREFIXED if prefixed else LITERAL)
            + string(principal)
            + string("*")
            + struct.pack(">bb", OPERATIONS[operation], ALLOW)
        )

    def allow(self, principal, resource, name, operations, prefixed=False):
        rows = [self._acl(principal, resource, name, o, prefixed) for o in operations]
        r = self.call(CREATE_ACLS, 1, array(rows))
        r.number("i")  # throttle
        for code, message in r.array(lambda: (r.number("h"), r.string())):
            if code:
                raise wire.WireError(f"no such right: {message or code}", code)
        self._until(f"rights of {principal} on {name}", lambda: all(
            self._has(row) for row in rows))

    def deny_again(self, principal, resource, name, operations, prefixed=False):
        """Takes rights away; how many there were."""
        rows = [self._acl(principal, resource, name, o, prefixed) for o in operations]
        r = self.call(DELETE_ACLS, 1, array(rows))
        r.number("i")

        def match():
            code, message = r.number("h"), r.string()
            r.number("b"), r.string(), r.number("b"), r.string(), r.string()
            r.number("b"), r.number("b")
            return code, message

        count = 0
        for code, message, found in r.array(
            lambda: (r.number("h"), r.string(), r.array(match))
        ):
            if code:
                raise wire.WireError(f"rights stay: {message or code}", code)
            count += len(found)
        self._until(f"rights of {principal} on {name}", lambda: not any(
            self._has(row) for row in rows))
        return count

    def _has(self, row):
        """Whether the broker goes by a right; its row is a filter as well."""
        r = self.call(DESCRIBE_ACLS, 1, row)
        r.number("i")
        code, message = r.number("h"), r.string()
        if code:
            raise wire.WireError(f"rights are not told: {message or code}", code)
        return r.number("i") > 0  # how many resources have it

    def _until(self, what, shown):
        until = time.monotonic() + self.timeout
        while not shown():
            if time.monotonic() > until:
                raise wire.WireError(f"{what}: accepted, and never shown")
            time.sleep(0.02)

    def configure_topic(self, topic, settings):
        """Sets these; the topic's others stay."""
        rows = [
            string(name) + struct.pack(">b", 0) + string(str(value))
            for name, value in settings.items()
        ]
        resource = struct.pack(">b", RESOURCES["topic"]) + string(topic) + array(rows)
        r = self.call(ALTER_CONFIGS, 0, array([resource]) + b"\0")
        r.number("i")
        for code, message, _, _ in r.array(
            lambda: (r.number("h"), r.string(), r.number("b"), r.string())
        ):
            if code:
                raise wire.WireError(f"{topic}: {message or code}", code)
        wanted = {name: str(value) for name, value in settings.items()}
        self._until(f"settings of {topic}", lambda: (
            wanted.items() <= self.settings_of(topic).items()))

    def settings_of(self, topic):
        """{name: value} of what is set for this topic itself."""
        asked = struct.pack(">b", RESOURCES["topic"]) + string(topic)
        asked += struct.pack(">i", -1)  # all of them
        r = self.call(DESCRIBE_CONFIGS, 1, array([asked]) + b"\0")
        r.number("i")
        own = {}

        def setting():
            name, value = r.string(), r.string()
            _, source, _ = r.number("b"), r.number("b"), r.number("b")
            r.array(lambda: (r.string(), r.string(), r.number("b")))
            if source == OF_TOPIC:
                own[name] = value

        def resource():
            code, message = r.number("h"), r.string()
            r.number("b"), r.string()
            r.array(setting)
            return code, message

        for code, message in r.array(resource):
            if code:
                raise wire.WireError(f"{topic}: {message or code}", code)
        return own

    def in_sync(self, topic):
        """Whether every partition has a leader and all its replicas."""
        return all(
            leader >= 0 and sorted(replicas) == sorted(there)
            for leader, replicas, there in self.layout(topic).values()
        )

    def replicas(self, topic):
        """{partition: (leader, [replicas])}"""
        return {p: row[:2] for p, row in self.layout(topic).items()}

    def layout(self, topic):
        """{partition: (leader, [replicas], [those in sync])}"""
        r = self.call(wire.API_METADATA, 4, array([string(topic)]) + b"\0")
        r.number("i")
        r.array(lambda: (r.number("i"), r.string(), r.number("i"), r.string()))
        r.string(), r.number("i")
        found = {}

        def partition():
            r.number("h")
            index, leader = r.number("i"), r.number("i")
            replicas = r.array(lambda: r.number("i"))
            found[index] = (leader, replicas, r.array(lambda: r.number("i")))

        r.array(lambda: (r.number("h"), r.string(), r.number("b"), r.array(partition)))
        return found

    def describe_group(self, group):
        """(state, {member id: client id}); asked of its coordinator.  A group
        that nobody knows is "Dead" and has no members."""

        def once():
            _, host, port = self.coordinator(group)
            with wire.Client(host, port, timeout=self.timeout) as c:
                r = c.call(DESCRIBE_GROUPS, 1, array([string(group)]))
            r.number("i")
            ((code, state, members),) = r.array(lambda: self._group(r))
            if code:
                raise wire.WireError(f"group {group}: error {code}", code)
            return state, dict(members)

        return self.retried(once)

    def _group(self, r):
        code, _, state = r.number("h"), r.string(), r.string()
        r.string(), r.string()  # protocol type, protocol

        def member():
            name, client = r.string(), r.string()
            r.string(), r.blob(), r.blob()  # host, metadata, assignment
            return name, client

        return code, state, r.array(member)

    def move_leader(self, topic, partition):
        """Another replica becomes the preferred one, and is elected."""
        _, replicas = self.replicas(topic)[partition]
        order = replicas[1:] + replicas[:1]
        row = struct.pack(">i", partition)
        row += compact(struct.pack(">i", n) for n in order) + b"\0"
        body = struct.pack(">i", 15000)
        body += compact([compact_string(topic) + compact([row]) + b"\0"]) + b"\0"
        r = self.call(REASSIGN, 0, body, flexible=True)
        r.number("i")
        rows = [(r.number("h"), r.short_string())]

        def one():
            r.number("i")
            rows.append((r.number("h"), r.short_string()))

        r.short_array(lambda: (r.short_string(), r.short_array(one)))
        for code, message in rows:
            if code:
                raise wire.WireError(f"{topic}/{partition}: {message or code}", code)
        self.elect(topic, [partition])
        return order[0]

    def elect(self, topic, partitions):
        """The preferred replicas lead again."""
        rows = array(struct.pack(">i", p) for p in partitions)
        body = struct.pack(">b", 0) + array([string(topic) + rows])
        r = self.call(ELECT_LEADERS, 1, body + struct.pack(">i", 15000))
        r.number("i")
        code = r.number("h")
        if code:
            raise wire.WireError(f"no election for {topic}: error {code}", code)

        def partition():
            index, code, message = r.number("i"), r.number("h"), r.string()
            if code and code != NO_ELECTION_NEEDED:
                raise wire.WireError(f"{topic}/{index}: {message or code}", code)

        r.array(lambda: (r.string(), r.array(partition)))
