"""One `lethe run` of a test: its settings, its life, its log, its pages."""

import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.request

from broker import spawn
from scene import Scene

WAIT_S = 60


class Stuck(Exception):
    pass


def wait(what, done, within_s=WAIT_S):
    """Until done() gives something; what is waited for is told when it fails."""
    end = time.monotonic() + within_s
    while True:
        found = done()
        if found:
            return found
        if time.monotonic() > end:
            raise Stuck(f"waited {within_s} s: {what}")
        time.sleep(0.1)


class Job:
    def __init__(self, lethe, directory, bootstrap, policy, settings=""):
        path = os.path.join(directory, "first.yaml")
        with open(path, "w") as f:
            f.write(policy)
        self.scene = Scene(lethe, directory, path)
        self.policy = self.scene.path("policy.yaml")
        self.config = self.scene.path("lethe.yaml")
        with open(self.config, "a") as f:
            f.write(
                settings + "http.listen: 127.0.0.1:0\nlog.format: json\n"
                f"kafka:\n  bootstrap.servers: {bootstrap}\n"
                "  session.timeout.ms: 6000\n  heartbeat.interval.ms: 1000\n"
            )
        self.child, self.log = None, os.path.join(directory, "run.log")

    def start(self, *more):
        with open(self.log, "wb") as log:
            self.child = spawn(
                [self.scene.lethe, "run", "--config", self.config, *more],
                stdout=log, stderr=log,
            )

    def said(self, event=None):
        """Every line of the log, or those of one event."""
        with open(self.log, errors="replace") as f:
            lines = [json.loads(line) for line in f if line.startswith("{")]
        return [line for line in lines if event in (None, line["event"])]

    def signal(self, number):
        self.child.send_signal(number)

    def ended(self, within_s=WAIT_S):
        try:
            return self.child.wait(within_s)
        except subprocess.TimeoutExpired:
            raise Stuck("lethe run does not end") from None

    def end(self):
        if self.child and self.child.poll() is None:
            self.child.kill()
            self.child.wait()

    # -- its pages

    def address(self):
        line = wait("http_listening", lambda: self.said("http_listening"))
        return line[0]["address"]

    def get(self, path, method="GET"):
        """Status, body and headers of a page."""
        asked = urllib.request.Request(
            f"http://{self.address()}{path}", method=method
        )
        try:
            with urllib.request.urlopen(asked, timeout=10) as answer:
                return answer.status, answer.read().decode(), answer.headers
        except urllib.error.HTTPError as e:
            return e.code, e.read().decode(), e.headers

    def ready(self):
        wait("/readyz", lambda: self.get("/readyz")[0] == 200)

    def metric(self, name):
        """One sample by its full name, such as a_total{b="c"}; 0 without."""
        found = re.search(
            "^" + re.escape(name) + r" (\S+)$", self.get("/metrics")[1], re.M
        )
        return float(found.group(1)) if found else 0.0
