#!/usr/bin/env python3
"""When an epoch's key may be destroyed: by the retention of each purpose that
used it, as the policy says.  Time passes by a ring whose instants are set back
by hundred days: it is unsigned, and its digest is made anew here; or, for a signed
one, by a clock that is ahead.  Brokers delete whole segments, so that a record stands
a quarter of its retention longer."""
import argparse
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))
import clock  # noqa: E402

DAY_MS, HOUR_S = 86400000, 3600
PURPOSE, OTHER = "recommendations", "suggestions"


class Desk:
    def __init__(self, lethe, folder):
        self.lethe, self.folder, self.passed = lethe, folder, 0
        subprocess.run([lethe, "init", self.path("shop")], check=True,
                       stdout=subprocess.DEVNULL)
        with open(self.path("shop/policy.yaml"), encoding="utf-8") as f:
            self.policy = f.read()

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, *args):
        return subprocess.run([self.lethe, "keys", *args], cwd=self.folder, text=True,
                              capture_output=True)

    def want(self, code, says, name, *args):
        done = self.run(*args)
        if done.returncode != code or says not in done.stdout + done.stderr:
            sys.exit(f"FAILED {name}: {done.returncode}, {done.stdout}{done.stderr}")
        self.passed += 1

    def ring(self, name, *changes):
        """A new ring, changed by keys commands, hundred days ago."""
        made = ("new", "--ring", name, "--secret", f"{name}.s", "--oncall", f"{name}.o",
                "--policy", "shop/policy.yaml")
        for words in (made, *((*c, "--ring", name) for c in changes)):
            done = self.run(*words)
            if done.returncode:
                sys.exit(f"keys {words}: {done.stderr}")
        with open(self.path(name), encoding="ascii") as f:
            text = f.read()
        back = re.sub(r"\b1[0-9]{12}\b", lambda m: str(int(m[0]) - 100 * DAY_MS), text)
        body = back[:back.rindex("digest ")]
        made = hashlib.blake2b(body.encode(), digest_size=32).hexdigest()
        with open(self.path(name), "w", encoding="ascii") as f:
            f.write(f"{body}digest {made}\n")

    def write_policy(self, name, *, retention, other=None, early=False):
        """`retention` of the purpose, and of another that shares its tokens."""
        at = self.policy.index(f"\n  {PURPOSE}:\n") + 1
        end = at + re.search(r"\n(?=  \S|\S)", self.policy[at:]).start() + 1
        block = re.sub(r"(?m)^    retention:.*\n", "", self.policy[at:end])
        first = block.index("\n") + 1

        def purpose(name, retention, topic):
            lines = f"    retention: {retention}\n" if retention else ""
            lines += "    destroy_early: its key is out\n" if early else ""
            text = block[:first].replace(PURPOSE, name) + lines + block[first:]
            return text.replace("topic: rec.events", f"topic: {topic}")

        made = purpose(PURPOSE, retention, "rec.events")
        if other:
            made += purpose(OTHER, other, "sug.events")
        text = self.policy[:at] + made + self.policy[end:]
        if other:
            text = text.replace(f"[{PURPOSE}", f"[{OTHER}, {PURPOSE}")
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)


EMERGENCY = ("emergency", "--purpose", PURPOSE)
JOIN = ("domain", "join", PURPOSE, OTHER, "--why", "one team")


def passes(d):
    d.ring("a.ring", EMERGENCY)
    d.write_policy("short.yaml", retention="79d")
    d.write_policy("long.yaml", retention="81d")
    d.write_policy("unstated.yaml", retention=None)
    one = ("destroy", "--ring", "a.ring", "--epoch", "1", "--policy")
    d.want(0, "whole", "the ring set back is a ring", "verify", "--ring", "a.ring")
    d.want(3, "may live until", "records that live", *one, "long.yaml")
    due = d.run("due", "--ring", "a.ring", "--policy", "long.yaml", "--within", "1s").stdout
    if "destroy" in due:
        sys.exit(f"FAILED it is due: {due}")
    d.want(3, "no `retention` is stated", "nobody knows", *one, "unstated.yaml")
    d.want(1, "keys destroy --epoch 1", "due asks for it", "due", "--ring", "a.ring",
           "--policy", "short.yaml")
    d.want(0, "epoch 1 is destroyed", "records that are gone", *one, "short.yaml")
    d.want(3, "epoch 1 is destroyed", "once", *one, "short.yaml")


def joined(d):
    """The longest of all that share the tokens."""
    d.ring("j.ring", JOIN, EMERGENCY)
    d.write_policy("alone.yaml", retention="70d")
    d.write_policy("longer.yaml", retention="70d", other="81d")
    d.write_policy("early.yaml", retention="70d", other="81d", early=True)
    d.write_policy("both.yaml", retention="70d", other="79d")
    one = ("destroy", "--ring", "j.ring", "--epoch", "1", "--policy")
    d.want(3, f"no purpose {OTHER}", "one of them is not in the policy", *one, "alone.yaml")
    d.want(3, f"`destroy_early` of {OTHER}", "one of them lives", *one, "longer.yaml")
    d.want(3, f"`destroy_early` of {OTHER}", "its word alone", *one, "early.yaml")
    shutil.copy(d.path("j.ring"), d.path("k.ring"))
    d.want(0, "epoch 1 is destroyed", "both are gone", *one, "both.yaml")
    d.want(0, "epoch 1 is destroyed", "early", "destroy", "--ring", "k.ring", "--epoch", "1",
           "--policy", "early.yaml", "--early")
    d.want(0, "destroy epoch 1: its key is out", "history says why", "history", "--ring",
           "k.ring")


def signed(d):
    """In a ring with signers what ends an epoch at once is begun long before it is
    active, and until then the epoch makes tokens."""
    ring = ("--ring", "s.ring")
    made = d.run("new", *ring, "--secret", "s.s", "--oncall", "s.o", "--policy",
                 "shop/policy.yaml")
    for words in (("pair", "--secret", "vault.key"),
                  ("pair", "--secret", "one.key", "--for", "signer"),
                  ("recipient", "add", *ring, "--role", "erasure", "--public", "vault.pub",
                   "--secret", "s.s"),
                  ("signers", *ring, "--public", "one.pub", "--threshold", "1")):
        made = made if made.returncode else d.run(*words)
    if made.returncode:
        sys.exit(f"no ring: {made.stderr}")
    d.write_policy("brief.yaml", retention="1h")
    d.write_policy("out.yaml", retention="1h", early=True)
    one = ("destroy", *ring, "--epoch", "1", "--policy")
    activate = (("approve", *ring, "--key", "one.key"), ("activate", *ring))
    for words in activate:
        d.want(0, "", "signers", *words)
    d.want(0, "waits", "an emergency", *EMERGENCY, *ring)
    shim = clock.shim(d.folder)
    with clock.off(shim, 2 * HOUR_S):
        d.want(3, "in use until what waits", "it is not active yet", *one, "brief.yaml")
        shutil.copy(d.path("s.ring.next"), d.path("kept"))
        d.want(0, "epoch 1 is destroyed", "but early", *one, "out.yaml", "--early")
        shutil.copy(d.path("kept"), d.path("s.ring.next"))
        for words in activate:
            d.want(0, "", "is active", *words)
        now_s = time.time() + 2 * HOUR_S  # a file system's clock is its own
        os.utime(d.path("s.ring"), (now_s, now_s))
        d.want(3, "may live until", "its records were made until just now", *one, "brief.yaml")
        due = d.run("due", *ring, "--policy", "brief.yaml", "--within", "1s").stdout
        if "destroy" in due:
            sys.exit(f"FAILED it is due: {due}")
    with clock.off(shim, 4 * HOUR_S):
        d.want(0, "epoch 1 is destroyed", "they are gone", *one, "brief.yaml")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lethe", default="build/lethe")
    args = parser.parse_args()
    folder = tempfile.mkdtemp()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        d = Desk(os.path.abspath(args.lethe), folder)
        passes(d)
        joined(d)
        signed(d)
        print(f"keys destroy: {d.passed} as they should be")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
