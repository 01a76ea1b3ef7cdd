"""Doing what plan.py names.  Each call returns when the fault is over, with the
processes whose logs must tell of it; the driver runs them in threads."""

import contextlib
import random
import signal
import time

from checks import say
from world import RAW, SESSION_S, TRANSACTION_S

PARTITIONS_MAX = 12
FENCE_S = 90
FENCED_TWICE = "another process runs as soak-soak-1-"  # why a lane failed


@contextlib.contextmanager
def at_work(p):
    if not p.at_work():
        raise RuntimeError(f"{p.name} does not come to work")
    yield


class Faults:
    def __init__(self, world, seed):
        self.w = world
        self.chance = random.Random(seed + 1)

    def do(self, name):
        return getattr(self, name)()

    # -- whom --------------------------------------------------------------

    def some_process(self, relayed=False):
        names = [
            n for n, p in self.w.processes.items()
            if p.running() and (p.relay or not relayed)
        ]
        return self.w.processes[self.chance.choice(sorted(names))]

    def some_node(self):
        return self.chance.choice(self.w.cluster.state["nodes"])["id"]

    def all(self):
        return list(self.w.processes.values())

    # -- processes ---------------------------------------------------------

    def kill(self):
        p = self.some_process()
        with p.lock, at_work(p):
            p.kill()
            time.sleep(3)
        return [p]

    def kill_in_commit(self):
        p = self.some_process(relayed=True)
        with p.lock, at_work(p):
            p.relay.lose_requests(2)
            time.sleep(1.5)
            p.kill()
            time.sleep(3)
        return [p]

    def pause(self, seconds):
        p = self.some_process()
        with p.lock, at_work(p):
            p.signal(signal.SIGSTOP)
            time.sleep(seconds)
            p.signal(signal.SIGCONT)
            time.sleep(4)
        return [p]

    def pause_session(self):
        return self.pause(SESSION_S + 2)

    def pause_transaction(self):
        return self.pause(TRANSACTION_S + SESSION_S)

    def restart(self, p):
        if p.stop() != 0:
            say(f"{p.name} did not end gracefully with 0: {p.ended[-1:]}")
        p.start()

    def terminate(self):
        p = self.some_process()
        with p.lock, at_work(p):
            self.restart(p)
            time.sleep(2)
        return [p]

    def lanes(self):
        p = self.w.processes["soak-1"]
        with p.lock, at_work(p):
            p.lanes = 3 if p.lanes == 2 else 2
            self.restart(p)
            time.sleep(3)
        return [p]

    def process(self):
        p = self.w.processes["soak-2"]
        with p.lock, at_work(p):
            p.stop()
            time.sleep(4)
            p.start()
            time.sleep(5)
        return self.all()

    def twin(self):
        p = self.w.processes["soak-1"]
        with p.lock, at_work(p):
            twin, since = self.w.twin_of(p), p.size()
            twin.start()
            time.sleep(2.5 * SESSION_S)
            self.until_fenced(twin, p, since)
            twin.abandon()
        self.w.twins.append(twin)
        return [p, twin]

    @staticmethod
    def until_fenced(twin, p, since):
        """One of the two, twice: later where brokers are away as well, or
        both have failed for a right that was taken away."""
        end = time.monotonic() + FENCE_S
        while time.monotonic() < end and not any(
            FENCED_TWICE in text for text in (twin.tail(0), p.tail(since))
        ):
            time.sleep(0.5)

    # -- brokers -----------------------------------------------------------

    def away(self, node, how, seconds):
        """One at a time: two would be more than the cluster bears."""
        with self.w.broker_lock:
            how(node)
            time.sleep(seconds)
            self.w.cluster.start(node)
            self.settle()
        return self.all()

    def settle(self):
        """Until every partition is whole again."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                with self.w.cluster.client() as c:
                    if all(c.in_sync(t) for t in self.w.partitions):
                        return
            except Exception:
                pass
            time.sleep(0.5)
        say("the brokers are slow to come together again")

    def broker_kill(self):
        return self.away(self.some_node(), self.w.cluster.kill, 5)

    def broker_stop(self):
        return self.away(self.some_node(), self.w.cluster.stop, 3)

    def coordinator(self, key, kind):
        with self.w.broker_lock:
            with self.w.cluster.client() as c:
                node = c.retried(lambda: c.coordinator(key, kind))[0]
            return self.away(node, self.w.cluster.kill, 4)

    def transaction_coordinator(self):
        return self.coordinator(f"soak-soak-{self.chance.randrange(2)}-0", 1)

    def group_coordinator(self):
        return self.coordinator("soak", 0)

    def leader(self):
        with self.w.broker_lock:
            with self.w.cluster.client() as c:
                for topic in (RAW, "rec.events", "solo.analytics"):
                    partition = self.chance.randrange(self.w.partitions[topic])
                    c.move_leader(topic, partition)
            time.sleep(2)
        return self.all()

    def partitions(self):
        with self.w.broker_lock:
            if self.w.partitions[RAW] >= PARTITIONS_MAX:
                return None
            with self.w.cluster.client() as c:
                c.grow_topic(RAW, self.w.partitions[RAW] + 1)
            self.w.partitions[RAW] += 1
            time.sleep(9)
        return self.all()

    def rights(self):
        topic = "analytics.events"
        with self.w.broker_lock, self.w.cluster.client() as c:
            # Write alone goes: it brought Describe along.
            c.allow("User:lethe", "topic", topic, ["describe"])
            c.deny_again("User:lethe", "topic", topic, ["write"])
            time.sleep(5)
            c.allow("User:lethe", "topic", topic, ["write"])
            time.sleep(3)
        return self.all()

    def fill(self, nodes, seconds):
        with self.w.broker_lock:
            for node in nodes:
                self.w.cluster.fill_disk(node)
            time.sleep(seconds)
            down = []
            for node in nodes:
                self.w.cluster.free_disk(node)
                (row,) = self.w.cluster.picked(node)
                if not self.w.cluster.running(row):
                    down.append(node)
            say(f"full disks ended the brokers {down}")
            self.w.cluster.start_all(down)
            self.settle()
        return self.all()

    def disk(self):
        return self.fill([self.some_node()], 6)

    def disks(self):
        away = self.some_node()
        nodes = [n["id"] for n in self.w.cluster.state["nodes"] if n["id"] != away]
        return self.fill(nodes, 6)

    # -- events and the network --------------------------------------------

    def oversize(self):
        self.w.generator.oversize(self.chance)
        time.sleep(4)
        return [p for p in self.all() if p.name.startswith("soak")]

    def cut(self):
        p = self.some_process(relayed=True)
        with p.lock, at_work(p):
            p.relay.cut(self.some_node(), self.chance.uniform(2, 6))
            time.sleep(7)
        return [p]

    def slow(self):
        p = self.some_process(relayed=True)
        with p.lock, at_work(p):
            p.relay.slow(None, 0.6, 8)
            time.sleep(10)
        return [p]

    def stall(self):
        p = self.some_process(relayed=True)
        with p.lock, at_work(p):
            p.relay.stall(None, self.chance.uniform(3, 8))
            time.sleep(10)
        return [p]

    def commit_answer(self):
        p = self.some_process(relayed=True)
        with p.lock, at_work(p):
            p.relay.answer_timed_out()
            time.sleep(4)
        return [p]
