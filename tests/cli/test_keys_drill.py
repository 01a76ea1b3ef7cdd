#!/usr/bin/env python3
"""A backup of a ring brings the tokens back, or the drill says why not."""
import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile


class Drill:
    def __init__(self, lethe, folder):
        self.lethe, self.folder = lethe, folder
        self.passed = 0
        os.mkdir(self.path("scratch"))
        subprocess.run([lethe, "init", self.path("shop")], check=True,
                       stdout=subprocess.DEVNULL)
        self.keys("new", "--ring", "a.ring", "--secret", "a.key", "--oncall", "oncall.key",
                  "--policy", "shop/policy.yaml")
        self.keys("pair", "--secret", "vault.key")
        self.keys("recipient", "add", "--ring", "a.ring", "--role", "erasure",
                  "--public", "vault.pub", "--secret", "a.key")

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, *args, **more):
        return subprocess.run([self.lethe, *args], cwd=self.folder, text=True,
                              capture_output=True, **more)

    def keys(self, *args):
        done = self.run("keys", *args)
        if done.returncode:
            sys.exit(f"keys {' '.join(args)}: {done.stderr}")
        return done.stdout

    def want(self, code, says, name, *args):
        done = self.run("keys", "drill", "--scratch", "scratch", *args)
        told = done.stdout + done.stderr
        if done.returncode != code or says not in told:
            sys.exit(f"FAILED {name}: {done.returncode}, {told}")
        if os.listdir(self.path("scratch")):
            sys.exit(f"FAILED {name}: the scratch folder is not empty")
        self.passed += 1
        return told

    def copy(self, name, change):
        with open(self.path("a.ring"), "rb") as f:
            text = change(f.read())
        with open(self.path(name), "wb") as f:
            f.write(text)


VAULT = ("--secret", "vault.key")


def token_of_stream(d):
    """What the stream itself makes of the test identifier."""
    event = ('{"type":"track","event":"Product Viewed","messageId":"m1","userId":"lethe drill",'
             '"timestamp":"2026-05-04T10:15:07.249Z","properties":{"product_id":"p1"},"context":'
             '{"consent":{"categoryPreferences":{"Personalization":true,"Analytics":true}}}}\n')
    done = d.run("filter", "--policy", "shop/policy.yaml", "--ring", "a.ring", "--secret",
                 "a.key", "--purpose", "recommendations", "--now", "2026-05-04T10:20:00Z",
                 input=event)
    return done.stdout.split('"key":"', 1)[1].split('"', 1)[0]


def proves(d):
    d.keys("drill", "--ring", "a.ring", *VAULT, "--make", "a.drill")
    if os.stat(d.path("a.drill")).st_mode & 0o077:
        sys.exit("FAILED a.drill is for its owner alone")
    shutil.copy(d.path("a.ring"), d.path("backup.ring"))
    backup = ("--ring", "backup.ring", "--known", "a.drill")
    told = d.want(0, "not proved: 0", "a good backup", *backup, *VAULT)
    if "next:" not in told or "\nproved: 0;" in told:
        sys.exit(f"FAILED what was proved and what is next: {told}")
    d.want(0, "not proved: 0", "by the runtime's key", *backup, "--secret", "a.key")
    token = token_of_stream(d)
    one = ("--ring", "backup.ring", "--class", "user", "--purpose", "recommendations")
    d.want(0, "proved: 1;", "the stream's own token", *one, *VAULT, "--token", token)
    other = token[:-2] + ("aa" if token[-2:] != "aa" else "ba")
    d.want(1, "NOT PROVED", "another token", *one, *VAULT, "--token", other)
    d.want(1, "not of that purpose", "of another purpose", "--ring", "backup.ring", "--class",
           "user", "--purpose", "analytics", *VAULT, "--token", token)
    d.want(2, "--token is a token", "what is no token", *one, *VAULT, "--token", "x")


def refuses(d):
    """Nothing that is not the ring is repaired or made anew."""
    known = ("--known", "a.drill", *VAULT)

    def changed(name, change, says):
        d.copy("bad.ring", change)
        before = open(d.path("bad.ring"), "rb").read()
        d.want(1, says, name, "--ring", "bad.ring", *known)
        if open(d.path("bad.ring"), "rb").read() != before:
            sys.exit(f"FAILED {name}: the copy was changed")

    changed("cut short", lambda t: t[:-40], "NOT PROVED")
    changed("cut at a line", lambda t: t[:t.rindex(b"digest ")], "NOT PROVED")
    changed("too long", lambda t: t + b"x\n", "NOT PROVED")
    changed("nothing", lambda t: b"", "NOT PROVED")
    changed("a later version", lambda t: t.replace(b"lethe-ring 1", b"lethe-ring 2", 1),
            "NOT PROVED")
    changed("an unknown algorithm", lambda t: t.replace(b"kdf-blake2b", b"kdf-sha3-25", 1),
            "not supported")
    changed("another byte", lambda t: t.replace(b"fingerprint ", b"fingerprint 0", 1),
            "NOT PROVED")
    d.want(1, "NOT PROVED", "no backup at all", "--ring", "none.ring", *known)
    d.want(1, "no recipient", "a stranger's key", "--ring", "backup.ring", "--known", "a.drill",
           "--secret", "shop/secret.key")
    d.want(1, "quarantine", "the on-call key", "--ring", "backup.ring", "--known", "a.drill",
           "--secret", "oncall.key")
    d.want(1, "of another ring", "another ring", "--ring", "shop/ring.lethe", *known)
    d.want(2, "one of", "nothing to prove", "--ring", "backup.ring", *VAULT)
    with open(d.path("bad.drill"), "w", encoding="utf-8") as f:
        f.write("lethe-drill 1\nring 00\nversion 1\n")
    d.want(2, "names no token", "tokens that are none", "--ring", "backup.ring", "--known",
           "bad.drill", *VAULT)


def follows(d):
    """After an emergency the backup of before is no backup any more."""
    d.keys("emergency", "--ring", "a.ring", "--purpose", "recommendations")
    d.keys("retire", "--ring", "a.ring", "--epoch", "1")
    d.keys("drill", "--ring", "a.ring", *VAULT, "--make", "b.drill")
    d.want(1, "is older", "a backup that is too old", "--ring", "backup.ring", "--known",
           "b.drill", *VAULT)
    told = d.want(0, "epoch 3 of recommendations: not looked at", "tokens of before",
                  "--ring", "a.ring", "--known", "a.drill", *VAULT)
    if "1 were not looked at" not in told:
        sys.exit(f"FAILED what is next, of an epoch without a known token: {told}")
    d.want(0, "not proved: 0", "its newest", "--ring", "a.ring", "--known", "b.drill", *VAULT)
    d.want(0, "not sealed to this key", "the runtime opens fewer", "--ring", "a.ring",
           "--known", "b.drill", "--secret", "a.key")
    shutil.copy(d.path("b.drill"), d.path("wrong.drill"))
    text = open(d.path("wrong.drill"), encoding="utf-8").read()
    at = text.index("token ")
    line = text[at:text.index("\n", at)]
    with open(d.path("wrong.drill"), "w", encoding="utf-8") as f:
        f.write(text.replace(line, line[:-2] + ("aa" if line[-2:] != "aa" else "ba")))
    d.want(1, "not proved: 1", "one token of many", "--ring", "a.ring", "--known",
           "wrong.drill", *VAULT)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lethe", default="build/lethe")
    args = parser.parse_args()
    folder = tempfile.mkdtemp()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        d = Drill(os.path.abspath(args.lethe), folder)
        proves(d)
        refuses(d)
        follows(d)
        print(f"keys drill: {d.passed} drills as they should be")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
