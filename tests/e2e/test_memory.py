#!/usr/bin/env python3
"""Where the keys are in a running lethe: its whole memory searched, as root, for each
key that its ring gives, on a real broker; and no token links two epochs without overlap.

* after the load, under work, after a new ring, a refused one and one that takes keys
  away: each key in use stands in locked memory that core dumps leave out, and nowhere
  else, whole or in part, as bytes, hex or base64; one that left the ring nowhere at all
* at the end of `run`, of a start that fails, and of the commands that open secret keys:
  when all is freed and the memory still stands, no key is anywhere in it
* nor in logs, error text, /proc/PID/environ or cmdline; a core is not written, even
  where root lifts its limit
* a rotation with `overlap: 0d` on the broker: no token of either epoch in any record,
  key or header of the other

    tests/e2e/test_memory.py --lethe build/lethe [--keep DIR]
"""

import argparse
import ctypes
import ctypes.util
import hashlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import time

import model
from broker import Cluster, spawn
from checks import Checks, in_folder, say
from client import Producer, read
from job import Job, wait
from memory import Ending, Finder, Needles
from primitives import aead_open
from ring import Ring, unbase64
from scene import HERE
from topics import events_of

RAW, GROUP, PURPOSE, TOPIC = "events.raw", "memory", "recommendations", "rec.events"
TOPICS = (RAW, TOPIC, "analytics.events", "count.events", "events.quarantine")
SETTINGS = f"""\
group: {GROUP}
application: memory
instance: memory-0
start: earliest
lanes: 2
memory_mb: 64
policy.watch: 1s
commit.interval: 100ms
"""
EVENTS, LEAD_S = 600, 8
TOKEN = re.compile(rb"[a-z]+(\d+)_([a-z2-7]{26})")


def content(path):
    with open(path, "rb") as f:
        return f.read()


class World:
    def __init__(self, cluster, job, directory):
        self.cluster, self.job, self.finder = cluster, job, Finder(directory)
        self.events = events_of(job.scene, "json", EVENTS, 5, poison=0.02)
        self.needles = Needles()
        self.pair("vault")
        self.keys("recipient", "add", "--role", "erasure", "--public",
                  self.path("vault.pub"), "--secret", self.path("secret.key"))
        self.learn()

    def path(self, name):
        return self.job.scene.path(name)

    def learn(self):
        """Every key of the ring as it stands; those of earlier ones stay known."""
        ring = Ring.of(self.job.scene)
        self.needles.of_ring(ring)
        return ring

    def keys(self, *words, ring="ring.lethe"):
        self.job.scene.call("keys", *words, "--ring", self.path(ring))

    def pair(self, name, *more):
        """A key pair; the 32 bytes of its secret half."""
        path = self.path(name + ".key")
        self.job.scene.call("keys", "pair", "--secret", path, *more)
        key = unbase64(content(path).decode().split("\n")[1])
        if not more:
            self.needles[name] = key
        return key

    def works(self):
        producer = Producer(self.cluster.bootstrap, RAW)
        for key, value in self.events:
            producer.put(key, value)
        producer.close()

        def done():
            with self.cluster.client() as c:
                return c.committed(GROUP, RAW) == c.end_offsets(RAW)

        wait("everything is committed", done)

    def bring(self, source, event, count):
        os.rename(self.path(source), self.path("ring.lethe"))
        return wait(event, lambda: len(self.job.said(event)) >= count
                    and self.job.said(event)[-1])


# ---- what may stand where


def in_use(w, ring):
    """Names of the keys that a process must hold: epochs that make tokens or will, and
    the classes' keys of them.  Those that are erase-only it may have wiped."""
    rows = re.findall(r"^epoch (\d+) .* retire (\d+) ",
                      content(w.path("ring.lethe")).decode(), re.M)
    now = time.time() * 1000
    held = {int(n) for n, retire in rows if int(retire) == 0 or int(retire) > now}
    held &= set(ring.held)
    return {"secret", "index"} | {f"epoch:{n}" for n in held} | {
        f"class:{n}:{name}" for n in held for name in ("user", "device")}


def written(found):
    return sorted({find.name for find in found if find.rights not in ("r--p", "---p")})


def searched(checks, w, when, ring, gone=()):
    """A process at work: where its keys are, all of them, and those alone."""
    must, gone = in_use(w, ring), set(gone)
    end = time.monotonic() + 20
    # What left the ring goes with the view before, a tick later; a view that is
    # being made just now is written to.
    while True:
        late = time.monotonic() > end
        found = w.finder.of(w.job.child.pid, w.needles)
        if late or not (gone & {find.name for find in found} or written(found)):
            break
    checks.equal(f"{when}: keys or parts of them outside of locked memory",
                 [find for find in found if not find.locked], [])
    where = {find.name for find in found}
    lacking = (must & in_use(w, ring)) - where
    checks.equal(f"{when}: keys in use that the search does not see", lacking, set())
    checks.equal("the secret key lies where the process itself cannot read",
                 {find.rights for find in found if find.name == "secret"}, {"---p"})
    checks.equal("no other key can be written", written(found), [])
    passing = [n for n in where if n.split(":")[0] in ("domain", "shared", "unsealing")]
    checks.equal("what was only on the way to them is gone", passing, [])
    checks.equal("and so is what left the ring", sorted(gone & where), [])
    say(f"{when}: {w.finder.searched >> 20} MB searched for {len(w.needles)} secrets, "
        f"{w.finder.swapped} bytes of it from swap")


def told_nowhere(checks, w, what, texts):
    checks.equal(f"keys in {what}", w.needles.within(b"\n".join(texts)), [])


def of_proc(pid):
    for name in ("environ", "cmdline", "status", "maps", "limits"):
        with open(f"/proc/{pid}/{name}", "rb") as f:
            yield f.read()


def locked(checks, w):
    pid = w.job.child.pid
    with open(f"/proc/{pid}/status") as f:
        size = int(re.search(r"^VmLck:\s+(\d+)", f.read(), re.M).group(1))
    checks.check("memory of the process is locked", size > 0, f"{size} kB")
    told_nowhere(checks, w, "environ, cmdline, status, maps", of_proc(pid))


# ---- rings that change


def broken(path, to):
    """The ring with its last seal changed, under a digest of its own."""
    with open(path) as f:
        head = f.read().split("\ndigest ")[0] + "\n"
    seal = re.findall(r"^index-key runtime \S+ (\S+)$", head, re.M)[-1]
    turned = seal[:-9] + ("A" if seal[-9] != "A" else "B") + seal[-8:]
    head = head.replace(seal, turned)
    digest = hashlib.blake2b(head.encode(), digest_size=32).hexdigest()
    with open(to, "w") as f:
        f.write(f"{head}digest {digest}\n")


def rotates(checks, w):
    """Without overlap, at a stated instant."""
    shutil.copy(w.path("ring.lethe"), w.path("next"))
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + LEAD_S))
    w.keys("propose", "--purpose", PURPOSE, "--at", at, "--overlap", "0d", ring="next")
    w.bring("next", "ring_applied", 1)
    ring = w.learn()
    searched(checks, w, "after a new ring", ring)
    with open(w.path("ring.lethe")) as f:
        active = max(int(n) for n in re.findall(r" active (\d+) ", f.read()))
    wait("the instant", lambda: time.time() * 1000 > active + 200)
    w.works()
    searched(checks, w, "after work under two epochs", ring)


def refuses(checks, w):
    """A ring whose last seal does not open: by then all the others were open."""
    shutil.copy(w.path("ring.lethe"), w.path("good"))
    shutil.copy(w.path("good"), w.path("next"))
    w.keys("emergency", "--purpose", "analytics", ring="next")
    others = Ring(w.path("next"), w.path("secret.key"))
    ring = Ring.of(w.job.scene)
    w.needles.of_ring(others)
    broken(w.path("next"), w.path("bad"))
    line = w.bring("bad", "ring_refused", 1)
    checks.check("a ring whose seal was changed is refused",
                 "sealed key was changed" in line["why"], str(line))
    new = set(others.held) - set(ring.held)
    searched(checks, w, "after a refused ring", ring, {
        name for name in w.needles if name.split(":")[1:2] in [[str(n)] for n in new]})
    os.rename(w.path("good"), w.path("ring.lethe"))
    w.job.signal(signal.SIGHUP)
    wait("ring_unchanged", lambda: w.job.said("ring_unchanged"))


def retires(checks, w, first):
    shutil.copy(w.path("ring.lethe"), w.path("next"))
    w.keys("retire", "--epoch", str(first), ring="next")
    line = w.bring("next", "ring_applied", 2)
    wait("its instant", lambda: time.time() * 1000 > line["from_ms"] + 1500)
    w.works()
    ring = Ring.of(w.job.scene)
    checks.check("a retired key is not sealed to the runtime any more",
                 first not in ring.held)
    searched(checks, w, "after a key was retired", ring, {
        name for name in w.needles if name.split(":")[1:2] == [str(first)]})


# ---- without overlap no token links two epochs


def shown(message):
    return b"\n".join((message.key or b"", message.value, message.headers.encode()))


def unlinked(checks, w, first, second):
    """The same events went through before and after: every one of their people is in
    both halves, and not one of their tokens."""
    halves = {first: [], second: []}
    for m in read(w.cluster.bootstrap, TOPIC):
        head = dict(pair.split("=", 1) for pair in m.headers.split(","))
        halves[int(head["lethe-epoch"])].append(m)
        if head["lethe-kind"] != "event" or b'_was"' in m.value:
            checks.check("a record of another kind", False, head["lethe-kind"])
    people = {n: {m.key for m in half} for n, half in halves.items()}
    checks.equal("as many people in both epochs", len(people[first]),
                 len(people[second]))
    checks.check("and they are some", len(people[first]) > 50, str(len(people[first])))
    tokens = {n: {t.group(2) for m in half for t in TOKEN.finditer(shown(m))}
              for n, half in halves.items()}
    for old, new in ((first, second), (second, first)):
        text = b"\n".join(shown(m) for m in halves[new])
        low = text.lower()
        checks.equal(f"epoch {old}: tokens that stand in a record, key or header of "
                     f"epoch {new}", sum(token in low for token in tokens[old]), 0)
        numbers = {int(t.group(1)) for t in TOKEN.finditer(text)}
        checks.equal(f"epochs that tokens of epoch {new} name", numbers, {new})
    say(f"{len(tokens[first])} tokens of one epoch, {len(tokens[second])} of the other, "
        f"{len(halves[first])} and {len(halves[second])} records")


# ---- ends


def ends(checks, w):
    job = w.job
    ending = Ending(job.child)
    job.signal(signal.SIGTERM)
    ending.reached()
    found = w.finder.of(job.child.pid, w.needles)
    checks.equal("at the end of run: keys anywhere", found, [])
    checks.equal("it ends with 0", ending.over(), 0)


class Pipe:
    """A secret's place that gives it when a process waits there."""

    def __init__(self, path):
        self.path = path
        os.mkfifo(path, 0o600)

    def open(self):
        def try_open():
            try:
                return os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                return None

        return wait("a process reads its secret", try_open)

    def give(self, child, text):
        """The process, watched from here to its end."""
        fd = self.open()
        ending = Ending(child)
        os.write(fd, text)
        os.close(fd)
        return ending


def call_ends(checks, w, what, code, words, secret):
    """A command that reads a secret key at PIPE, searched when it has done all."""
    pipe, log = Pipe(w.path("pipe")), w.path("command.log")
    with open(log, "wb") as out:
        child = spawn([w.job.scene.lethe, *(
            pipe.path if word == "PIPE" else word for word in words)],
            stdout=out, stderr=out)
    ending = pipe.give(child, secret)
    ending.reached()
    found = w.finder.of(child.pid, w.needles)
    checks.equal(f"{what}: keys anywhere at its end", found, [])
    checks.equal("its exit code", ending.over(), code)
    told_nowhere(checks, w, "what it said", [content(log)])
    os.remove(pipe.path)
    return content(log)


def starts_fail(checks, w):
    """Each after its keys were opened."""
    broken(w.path("ring.lethe"), w.path("broken.ring"))
    rekeys = w.job.scene.with_policy(
        "rekeys.yaml", lambda t: t.replace("    normalise: [lower]\n", "", 1))
    secret = content(w.path("secret.key"))
    run = ["run", "--config", w.job.config, "--set", "secret=" + w.path("pipe")]
    said = call_ends(checks, w, "a start with a seal that was changed", 3,
                     [*run, "--set", "ring=" + w.path("broken.ring")], secret)
    checks.check("it failed at the seal", b"sealed key was changed" in said)
    said = call_ends(checks, w, "a start with a policy that would re-key", 3,
                     [*run, "--set", "policy=" + rekeys], secret)
    checks.check("it failed at the rules", b"would re-key" in said)


def commands(checks, w):
    secret = content(w.path("secret.key"))
    with open(w.path("events"), "wb") as f:
        f.write(b"\n".join(value for _, value in w.events[:100]) + b"\n")
    words = ["filter", "--policy", w.job.policy, "--ring", w.path("ring.lethe"),
             "--secret", "PIPE"]
    call_ends(checks, w, "filter", 0, words, secret)
    w.pair("desk")
    call_ends(checks, w, "keys recipient add", 0, [
        "keys", "recipient", "add", "--ring", w.path("ring.lethe"), "--role", "erasure",
        "--public", w.path("desk.pub"), "--secret", "PIPE"],
        content(w.path("vault.key")))
    w.needles.of_seed("seed", w.pair("ana", "--for", "signer"))
    w.keys("signers", "--public", w.path("ana.pub"), "--threshold", "1")
    w.needles["oncall"] = unbase64(content(w.path("oncall.key")).decode().split("\n")[1])
    call_ends(checks, w, "quarantine open", 0, ["quarantine", "open", "--key", "PIPE"],
              content(w.path("oncall.key")))
    call_ends(checks, w, "keys approve", 0, [
        "keys", "approve", "--ring", w.path("ring.lethe"), "--key", "PIPE"],
        content(w.path("ana.key")))


def stretched(words, text):
    """The key that a passphrase becomes, which must open its file."""
    head, rest = text.decode().split("\n")[:2]
    passes, memory, salt = head.split()[3:]
    lib = ctypes.CDLL(ctypes.util.find_library("sodium"))
    out = ctypes.create_string_buffer(32)
    size, argon2id = ctypes.c_ulonglong, 2
    if lib.crypto_pwhash(out, size(32), words, size(len(words)), unbase64(salt),
                         size(int(passes)), ctypes.c_size_t(int(memory)), argon2id):
        raise MemoryError("Argon2id")
    nonce, sealed = map(unbase64, rest.split())
    aead_open(sealed, head.encode(), nonce, out.raw)
    return out.raw


def under_passphrase(checks, w):
    words = b"the river of forgetting, unmindful"
    w.needles["passphrase"] = words
    for name, text in (("under.key", content(w.path("secret.key"))),
                       ("words", words + b"\n")):
        with open(os.open(w.path(name), os.O_CREAT | os.O_WRONLY, 0o600), "wb") as f:
            f.write(text)
    w.job.scene.call("keys", "protect", "--secret", w.path("under.key"),
                     "--passphrase", w.path("words"))
    w.needles["under"] = stretched(words, content(w.path("under.key")))
    call_ends(checks, w, "filter with a key under a passphrase", 0, [
        "filter", "--policy", w.job.policy, "--ring", w.path("ring.lethe"),
        "--secret", w.path("under.key"), "--passphrase", "PIPE"], words + b"\n")


def lifted(pid):
    """Whether a process may write cores now; not every root may lift its limit."""
    hard = resource.prlimit(pid, resource.RLIMIT_CORE)[1]
    for limit in (resource.RLIM_INFINITY, hard):
        try:
            resource.prlimit(pid, resource.RLIMIT_CORE, (limit, limit))
        except PermissionError:
            continue
        return limit != 0
    return False


def aborts(child):
    """(the limit was lifted, its end, whether it left a core)"""
    may = lifted(child.pid)
    os.kill(child.pid, signal.SIGABRT)
    _, status = os.waitpid(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return may, child.returncode, os.WCOREDUMP(status)


def no_core(checks, w):
    """By the process's own word, whatever limit root gives it."""
    w.job.start()
    wait("it has opened its keys", lambda: w.job.said("http_listening"))
    may, code, left = aborts(w.job.child)
    checks.equal("a process that aborts leaves no core", (code, left),
                 (-signal.SIGABRT, False))
    folder = w.path("cores")
    os.mkdir(folder)
    other_may, _, other = aborts(spawn(["sleep", "60"], cwd=folder))
    say(f"core dumps: root could {'' if may else 'not '}lift lethe's limit; another "
        f"process, limit lifted: {other_may}, left one: {other}")


def finds(checks, w):
    """The search sees what was put into a process to be seen."""
    secret = w.needles["secret"]
    code = "import sys, time; x = bytes.fromhex(sys.stdin.readline()); " \
        "del sys; print(flush=True); time.sleep(60)"
    child = subprocess.Popen(["python3", "-c", code], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE)
    try:
        child.stdin.write(secret[8:24].hex().encode() + b"\n")
        child.stdin.flush()
        child.stdout.readline()
        found = w.finder.of(child.pid, w.needles)
        checks.check("the search finds a planted half of a key", any(
            find.name == "secret" and not find.locked for find in found))
    finally:
        child.kill()
        child.communicate()
    checks.equal("and knows it in hex and base64", [
        w.needles.within(text.encode()) for text in
        (secret.hex(), json.dumps({"key": content(w.path("secret.key")).decode()}))],
        [["secret"], ["secret"]])


def run(args, directory):
    checks = Checks()
    if os.geteuid():
        say("LEFT OUT, all of it: only root may read another process's memory")
        checks.end()
    with open(os.path.join(HERE, "policy.yaml")) as f:
        policy = f.read()
    with Cluster(directory + "/kafka", light=True) as cluster:
        for topic in TOPICS:
            cluster.topic(topic, 2)
        job = Job(args.lethe, directory, cluster.bootstrap, policy, SETTINGS)
        w = World(cluster, job, directory)
        ring = Ring.of(job.scene)
        first = ring.epoch(PURPOSE)
        try:
            finds(checks, w)
            job.start()
            job.ready()
            searched(checks, w, "after the load", ring)
            w.works()
            searched(checks, w, "after work", ring)
            locked(checks, w)
            rotates(checks, w)
            refuses(checks, w)
            retires(checks, w, first)
            unlinked(checks, w, first, Ring.of(job.scene).epoch(PURPOSE))
            ends(checks, w)
            told_nowhere(checks, w, "the log", [content(job.log)])
            starts_fail(checks, w)
            under_passphrase(checks, w)
            commands(checks, w)
            no_core(checks, w)
            told_nowhere(checks, w, "the log", [content(job.log)])
        finally:
            job.end()
    checks.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lethe", required=True)
    parser.add_argument("--keep", help="work there, and leave it there")
    in_folder(run, parser.parse_args(), "lethe-memory-")


if __name__ == "__main__":
    main()
