#!/usr/bin/env python3
"""What must not come through a ring's files, whoever can write beside them: a
version that its signers did not make, one that takes back what is in force, and
a key that somebody gets, or loses, who should not.

Files are changed as an attacker would: the text, and the digest made anew."""
import argparse
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

from test_keys_fleet import Liar

FAR = "2040-01-01T03:00:00Z"
FAR_MS = 2208999600000
PURPOSE = "recommendations"


def digest(text):
    return re.search(r"(?m)^digest (.*)$", text)[1]


class Desk:
    def __init__(self, lethe, folder):
        self.lethe, self.folder, self.passed, self.failed = lethe, folder, 0, []
        subprocess.run([lethe, "init", self.path("shop")], check=True,
                       stdout=subprocess.DEVNULL)
        for who in ("s1", "s2", "s3", "s4"):
            self.keys("pair", "--secret", f"{who}.key", "--for", "signer")
        for who in ("vault", "vault2", "machine"):
            self.keys("pair", "--secret", f"{who}.key")

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, *args):
        return subprocess.run([self.lethe, "keys", *args], cwd=self.folder, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True)

    def keys(self, *args):
        done = self.run(*args)
        if done.returncode:
            sys.exit(f"keys {' '.join(args)}: {done.stderr}")
        return done.stdout

    def want(self, code, says, name, *args):
        done = self.run(*args)
        said = done.stdout + done.stderr
        self.check(done.returncode == code and says in said, name,
                   f"{done.returncode}, {said}")

    def check(self, good, name, said=""):
        if good:
            self.passed += 1
        else:
            self.failed.append(f"FAILED {name}: {said}")

    def ring(self, name):
        """A new one with an erasure recipient, unsigned: version 2."""
        self.keys("new", "--ring", name, "--secret", f"{name}.key", "--oncall",
                  f"{name}.oncall", "--policy", "shop/policy.yaml")
        self.keys("recipient", "add", "--ring", name, "--role", "erasure", "--public",
                  "vault.pub", "--secret", f"{name}.key")

    def signers(self, name, *who):
        words = [w for one in who for w in ("--public", f"{one}.pub")]
        self.keys("signers", "--ring", name, *words, "--threshold", str(len(who)))

    def approve(self, name, *who):
        for one in who:
            self.keys("approve", "--ring", name, "--key", f"{one}.key")

    def signed(self, name):
        self.ring(name)
        self.signers(name, "s1", "s2")
        self.approve(name, "s1", "s2")
        self.keys("activate", "--ring", name)

    def propose(self, name):
        self.keys("propose", "--ring", name, "--purpose", PURPOSE, "--at", FAR,
                  "--overlap", "0d")

    def read(self, name):
        with open(self.path(name), encoding="ascii") as f:
            return f.read()

    def write(self, name, text):
        """With a digest that fits, and without signatures."""
        body = text[:text.rindex("\ndigest ") + 1]
        made = hashlib.blake2b(body.encode(), digest_size=32).hexdigest()
        with open(self.path(name), "w", encoding="ascii") as f:
            f.write(f"{body}digest {made}\n")

    def epochs(self, name):
        return json.loads(self.keys("show", "--ring", name, "--json"))["epochs"]


def nobodys(d):
    """An unsigned version does not take the place of a signed one."""
    d.signed("a.ring")
    was = d.read("a.ring")
    text = re.sub(r"(?m)^(recipient signer|handover) .*\n", "", was)
    text = re.sub(r"(?m)^threshold .*$", "threshold 0", text)
    text = text.replace("\nversion 3\n", "\nversion 4\n")
    text = re.sub(r"(?m)^previous .*$", f"previous {digest(was)}", text)
    d.write("a.ring.next", text)
    d.want(3, "does not follow", "a version without signers", "activate", "--ring", "a.ring")
    d.check(d.read("a.ring") == was, "the signed ring stands")


def beside(d):
    """What lies beside a ring says nothing of the ring."""
    d.ring("h.ring")
    with open(d.path("h.ring.next"), "w", encoding="ascii") as f:
        f.write("no ring\n")
    d.want(0, "version 2: whole", "a ring beside which something lies", "verify", "--ring",
           "h.ring")
    d.want(0, "add the erasure recipient", "its history", "history", "--ring", "h.ring")
    d.want(3, "h.ring.next: ", "the file that is wrong is named", "approve", "--ring", "h.ring",
           "--show")


def disguised(d):
    """A line of a policy hides nothing from whoever signs it."""
    with open(d.path("shop/policy.yaml"), encoding="utf-8") as f:
        was = f.read()
    text = re.sub(r"(?m)^revision: 1\b.*\n", "revision: 2\n# one\r# two\u202e\n", was)
    with open(d.path("shop/next.yaml"), "w", encoding="utf-8", newline="") as f:
        f.write(text)
    done = subprocess.run([d.lethe, "policy", "sign", "shop/next.yaml", "--was",
                           "shop/policy.yaml", "--show"], cwd=d.folder, capture_output=True)
    d.check(done.returncode == 0 and b"# one<U+000D># two<U+202E>\n" in done.stdout,
            "what a terminal acts on is shown as what it is", done.stdout + done.stderr)


def doctored(d):
    """The doctor asks whom the settings trust, as a start does."""
    d.signed("i.ring")
    d.keys("trust", "--public", "s3.pub", "--threshold", "1", "--out", "other.trust")
    d.keys("trust", "--public", "s1.pub", "--public", "s2.pub", "--threshold", "2", "--out",
           "right.trust")
    for trust, result in (("other.trust", "fail"), ("right.trust", "ok")):
        sets = ("http.listen=off", "kafka.bootstrap.servers=127.0.0.1:1",
                f"ring={d.path('i.ring')}", f"secret={d.path('i.ring.key')}",
                f"ring.trust={d.path(trust)}")
        words = [w for one in sets for w in ("--set", one)]
        done = subprocess.run([d.lethe, "doctor", "--config", "shop/lethe.yaml", "--json", *words],
                              cwd=d.folder, text=True, capture_output=True)
        row = next(r for r in json.loads(done.stdout)["checks"] if r["check"] == "keys")
        d.check(row["result"] == result, f"the doctor with {trust}", str(row))


def called_off_late(d):
    """An epoch that has become active is not called off by what was signed before."""
    d.ring("b.ring")
    d.propose("b.ring")
    d.signers("b.ring", "s1")
    number = str(len(d.epochs("b.ring")))
    d.keys("retire", "--ring", "b.ring", "--epoch", number)
    held, waits = d.read("b.ring"), d.read("b.ring.next")
    off = re.search(rf"(?m)^epoch {number} .* destroyed (\d+) ", waits)[1]
    began = str(int(off) + 1)
    d.write("b.ring", held.replace(str(FAR_MS), began))
    waits = waits.replace(str(FAR_MS), began).replace(digest(held), digest(d.read("b.ring")))
    d.write("b.ring.next", waits)
    d.want(3, "waited to be called off", "an epoch that has begun", "approve", "--ring",
           "b.ring", "--key", "s1.key")


def emergency_on_what_is_over(d):
    """What gathers where nobody can sign any more is told at once."""
    d.ring("c.ring")
    d.signers("c.ring", "s1")
    d.propose("c.ring")
    waits = d.read("c.ring.next")
    made = re.search(rf"created (\d+) active {FAR_MS} ", waits)[1]
    d.write("c.ring.next", waits.replace(str(FAR_MS), str(int(made) + 1)))
    d.want(3, "has passed while it waited", "an emergency behind it", "emergency", "--ring",
           "c.ring", "--purpose", PURPOSE)


def other(m):
    return m[1] + ("0" if m[2] != "0" else "1")


def shown(d):
    """Signers see what a version changes, not only what its history tells."""
    d.ring("d.ring")
    d.keys("emergency", "--ring", "d.ring", "--purpose", PURPOSE)
    d.propose("d.ring")
    d.signers("d.ring", "s1")
    text = d.read("d.ring.next").replace(f"active {FAR_MS} ", f"active {FAR_MS + 86400000} ")
    text = re.sub(r"(?m)^compromised .*\n", "", text)
    text = text.replace(f"domain 1 {PURPOSE}\n", "domain 1 suggestions\n")
    text = re.sub(r"(?m)^(key 1 erasure \w+ .{9})(.)", other, text)
    text = re.sub(r"(?m)^(rules 1 \d+ )(.)", other, text, count=1)
    d.write("d.ring.next", text)
    for says in ("the key of epoch 1 is sealed anew", "epoch 1 has other rules of a class",
                 "is active from 2040-01-02T03:00:00Z, not from 2040-01-01T03:00:00Z",
                 "epoch 1 is no more marked as compromised",
                 f"purpose 1 is named suggestions, not {PURPOSE}"):
        d.want(0, says, f"it is shown that {says}", "approve", "--ring", "d.ring", "--show")


def holders(d):
    """Who gets a key, who keeps it, and who must not."""
    add = ("recipient", "add", "--ring", "e.ring", "--role")
    take = ("recipient", "remove", "--ring", "e.ring", "--role")
    d.ring("e.ring")
    d.keys("emergency", "--ring", "e.ring", "--purpose", PURPOSE)
    d.keys("retire", "--ring", "e.ring", "--epoch", "1")
    d.keys(*add, "erasure", "--public", "vault2.pub", "--secret", "vault.key")
    d.check(not d.epochs("e.ring")[0]["sealed_to_runtime"],
            "another erasure recipient gives the runtime nothing")
    d.keys(*take, "erasure", "--public", "vault.pub")
    d.want(3, "nobody else could open epoch 1", "the last who holds a key", *take, "erasure",
           "--public", "vault2.pub")
    d.keys(*add, "runtime", "--public", "machine.pub", "--secret", "e.ring.key")
    d.want(3, "is the ring's runtime recipient", "the machine's key is none off line", *add,
           "erasure", "--public", "machine.pub", "--secret", "vault2.key")


def counted(d):
    """Signatures of those who signed before are not of those who sign now."""
    d.signed("f.ring")
    d.signers("f.ring", "s3", "s4")
    d.approve("f.ring", "s1", "s2", "s3", "s4")
    d.keys("activate", "--ring", "f.ring")
    d.want(0, "signed by 2 of its signers, 2 are needed", "the old do not count", "verify",
           "--ring", "f.ring")
    d.want(0, "signed by 2 of 2 signers", "nor in what is shown", "show", "--ring", "f.ring")


def fork(ring, version):
    """Where an instance is that holds other bytes of the version that stands."""
    return Liar(200, json.dumps({
        "instance": "i", "ring": ring, "version": version, "digest": "0" * 64,
        "learns_ms": 1000, "epochs": []}).encode()).url


def forked(d):
    """An instance that would refuse a version does not learn of its instants."""
    d.signed("g.ring")
    d.propose("g.ring")
    d.approve("g.ring", "s1", "s2")
    ring = re.search(r"(?m)^id (.*)$", d.read("g.ring"))[1]
    for version in (3, 4, 5):
        d.want(3, f"holds version {version}, which this one does not follow", "a fork",
               "activate", "--ring", "g.ring", "--instances", fork(ring, version))
    d.want(0, "is now version 4", "one that is only behind", "activate", "--ring", "g.ring",
           "--instances", fork(ring, 2))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lethe", default="build/lethe")
    args = parser.parse_args()
    folder = tempfile.mkdtemp()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        d = Desk(os.path.abspath(args.lethe), folder)
        for part in (nobodys, beside, disguised, doctored, called_off_late,
                     emergency_on_what_is_over, shown, holders, counted, forked):
            part(d)
        if d.failed:
            sys.exit("\n".join(d.failed))
        print(f"keys, hostile: {d.passed} as they should be")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
