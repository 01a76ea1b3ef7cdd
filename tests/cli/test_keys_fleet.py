#!/usr/bin/env python3
"""`keys status` and `keys activate --instances`, against processes that run.

They wait for a cluster that is not there: which keys they hold is known all
the same.  What takes a changed ring at work is tests/e2e.
"""
import argparse
import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time


class Instance:
    def __init__(self, lethe, folder, name, *sets):
        self.log = os.path.join(folder, f"{name}.log")
        words = [w for one in sets for w in ("--set", one)]
        with open(self.log, "wb") as log:
            self.child = subprocess.Popen(
                [lethe, "run", "--config", "shop/lethe.yaml", "--set", f"instance={name}",
                 "--set", "log.format=json", "--set", "start=earliest",
                 "--set", "http.listen=127.0.0.1:0",
                 "--set", "kafka.bootstrap.servers=127.0.0.1:1", *words],
                cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.url = self.find()

    def find(self):
        end = time.monotonic() + 60
        while time.monotonic() < end and self.child.poll() is None:
            with open(self.log, encoding="utf-8") as f:
                for line in f:
                    if '"http_listening"' in line and line.endswith("\n"):
                        return "http://" + json.loads(line)["address"]
            time.sleep(0.1)
        sys.exit(open(self.log, encoding="utf-8").read())

    def end(self):
        self.child.kill()
        self.child.wait()


class Liar(threading.Thread):
    """A server that is not lethe, or says what lethe does not."""

    def __init__(self, code, body):
        super().__init__(daemon=True)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(code)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.start()

    def run(self):
        self.server.serve_forever()


class Fleet:
    def __init__(self, lethe, folder):
        self.lethe, self.folder, self.passed = lethe, folder, 0
        self.instances = []
        subprocess.run([lethe, "init", os.path.join(folder, "shop")], check=True,
                       stdout=subprocess.DEVNULL)

    def start(self, name, *sets):
        self.instances.append(Instance(self.lethe, self.folder, name, *sets))
        return self.instances[-1].url

    def end(self):
        for one in self.instances:
            one.end()

    def keys(self, *args):
        return subprocess.run([self.lethe, "keys", *args], cwd=self.folder, text=True,
                              capture_output=True)

    def do(self, *args):
        done = self.keys(*args)
        if done.returncode:
            sys.exit(f"keys {' '.join(args)}: {done.stderr}")

    def want(self, code, says, name, *args):
        done = self.keys(*args)
        told = done.stdout + done.stderr
        if done.returncode != code or says not in told:
            sys.exit(f"FAILED {name}: {done.returncode}, {told}")
        self.passed += 1
        return done.stdout


def status(f, one, two):
    told = f.want(0, "2 of 2 hold the same keys", "two alike", "status", one, two)
    shown = f.keys("show", "--ring", "shop/ring.lethe", "--json").stdout
    for epoch in json.loads(shown)["epochs"]:
        if told.count(epoch["fingerprint"]) != 2:
            sys.exit(f"FAILED an epoch is not shown twice: {told}")
    lines = f.want(0, '"is":"same"', "as JSON", "status", "--json", one, two).splitlines()
    first = json.loads(lines[0])
    if len(lines) != 2 or first["instance"] != "shop-0" or first["learns_ms"] != 6000:
        sys.exit(f"FAILED as JSON: {lines}")
    f.want(1, "no answer", "one that is not there", "status", one, "http://127.0.0.1:1")
    for liar, says in ((Liar(404, b"x"), "it answers 404 to /keys"),
                       (Liar(200, b"{}"), "not what this lethe understands"),
                       (Liar(200, b'{"a'), "not what this lethe understands"),
                       (Liar(200, b"x" * 3000000), "larger than")):
        f.want(1, says, "one that is not lethe", "status", one, liar.url)
        liar.server.shutdown()
    f.want(2, "https://127.0.0.1:1: write it as", "another scheme", "status", one, "https://127.0.0.1:1")
    f.want(2, "", "nobody", "status")


def differs(f, one):
    """Another version of the ring, and a fork of it."""
    for name in ("a.ring", "b.ring"):
        shutil.copy(os.path.join(f.folder, "shop/ring.lethe"), os.path.join(f.folder, name))
        f.do("emergency", "--ring", name, "--purpose", "recommendations")
    newer = f.start("shop-2", "ring=a.ring")
    forked = f.start("shop-3", "ring=b.ring")
    f.want(1, "another version", "an older ring", "status", one, newer)
    f.want(1, "forked", "a fork", "status", newer, forked)


def signed(f):
    """A ring whose next version waits for its instant."""
    f.do("pair", "--secret", "vault.key")
    f.do("pair", "--secret", "ana.key", "--for", "signer")
    ring = ("--ring", "shop/ring.lethe")
    f.do("recipient", "add", *ring, "--role", "erasure", "--public", "vault.pub",
         "--secret", "shop/secret.key")
    f.do("signers", *ring, "--public", "ana.pub", "--threshold", "1")
    f.do("approve", *ring, "--key", "ana.key")
    f.do("activate", *ring)
    return ring


def propose(f, ring, ahead_s):
    waits = os.path.join(f.folder, "shop/ring.lethe.next")
    if os.path.exists(waits):
        os.unlink(waits)
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + ahead_s))
    f.do("propose", *ring, "--purpose", "recommendations", "--at", at, "--overlap", "7d")
    f.do("approve", *ring, "--key", "ana.key")


def activates(f, one):
    ring = signed(f)
    slow = f.start("shop-4", "policy.watch=59m")
    never = f.start("shop-5", "policy.watch=0s")
    propose(f, ring, 600)

    def refused(says, name, *urls):
        f.want(3, says, name, "activate", *ring, "--instances", ",".join(urls))

    refused(slow, "the slowest is named", one, slow)
    refused("needs 3541.0 s", "and how long it needs", slow, one)
    refused("SIGHUP alone", "one that does not look by itself", one, never)
    f.want(2, "https://127.0.0.1:1: write it as", "another scheme", "activate", *ring,
           "--instances", "https://127.0.0.1:1")
    done = f.keys("activate", *ring, "--instances", f"{one},http://127.0.0.1:1")
    if not done.returncode or "127.0.0.1:1" not in done.stderr:
        sys.exit(f"FAILED one that does not answer: {done.stderr}")
    if not os.path.exists(os.path.join(f.folder, "shop/ring.lethe.next")):
        sys.exit("FAILED a refused version no longer waits")
    f.want(0, "is now version", "the quick one alone", "activate", *ring, "--instances", one)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lethe", default="build/lethe")
    args = parser.parse_args()
    folder = tempfile.mkdtemp()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    fleet = Fleet(os.path.abspath(args.lethe), folder)
    try:
        one, two = fleet.start("shop-0"), fleet.start("shop-1")
        status(fleet, one, two)
        differs(fleet, one)
        activates(fleet, one)
        print(f"keys status, keys activate --instances: {fleet.passed} as they should be")
    finally:
        fleet.end()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
