"""One `lethe run` of a test: its settings, its life, its log, its pages, its topics."""

import contextlib
import glob
import json
import os
import pathlib
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request

from broker import spawn
from client import kcat
from scene import Scene

WAIT_S = 60


class Stuck(Exception):
    pass


def wait(what, done, within_s=WAIT_S):
    """Until done() gives something; what is waited for is told when it fails."""
    end = time.monotonic() + within_s
    while True:
        late = time.monotonic() > end  # before it is asked for the last time
        found = done()
        if found:
            return found
        if late:
            raise Stuck(f"waited {within_s} s: {what}")
        time.sleep(0.1)


class Run:
    """
    policy     its text
    settings   lines of the settings' file
    kafka      {property: value}
    """

    def __init__(self, lethe, directory, policy, settings, kafka):
        path = os.path.join(directory, "first.yaml")
        with open(path, "w") as f:
            f.write(policy)
        self.scene = Scene(lethe, directory, path)
        self.policy = self.scene.path("policy.yaml")
        self.config = self.scene.path("lethe.yaml")
        with open(self.config, "a") as f:
            f.write(settings + "kafka:\n")
            f.writelines(f"  {name}: {value}\n" for name, value in kafka.items())
        self.child, self.log = None, os.path.join(directory, "run.log")

    def start(self, *more, **options):
        with open(self.log, "wb") as log:
            self.child = spawn(
                [self.scene.lethe, "run", "--config", self.config, *more],
                stdout=log, stderr=log, **options,
            )

    def text(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def call(self, *words):
        """Another command on the same settings: exit code and both outputs."""
        done = subprocess.run(
            [self.scene.lethe, *words, "--config", self.config],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, timeout=WAIT_S,
        )
        return done.returncode, done.stdout, done.stderr

    def signal(self, number):
        self.child.send_signal(number)

    def ended(self, within_s=WAIT_S):
        try:
            return self.child.wait(within_s)
        except subprocess.TimeoutExpired:
            raise Stuck("lethe run does not end" + self.stands_at()) from None

    def stands_at(self):
        """What it said last, and which threads are where."""
        lines = self.text().splitlines()[-12:]
        for task in glob.glob(f"/proc/{self.child.pid}/task/*"):
            with contextlib.suppress(OSError):
                lines.append(" ".join(
                    pathlib.Path(task, name).read_text().strip()
                    for name in ("comm", "wchan", "syscall")))
        return "".join("\n    " + line for line in lines)

    def stop(self):
        self.signal(signal.SIGTERM)
        return self.ended()

    def end(self):
        if self.child and self.child.poll() is None:
            self.child.kill()
            self.child.wait()


class Bench(Run):
    """A job on one raw topic of a cluster; its log is text."""

    def __init__(self, lethe, directory, cluster, raw, group, policy, settings, kafka):
        super().__init__(lethe, directory, policy, settings, kafka)
        self.dir, self.cluster, self.bootstrap = directory, cluster, cluster.bootstrap
        self.raw, self.group = raw, group

    def said(self):
        return self.text()

    def send(self, values, partition=None):
        """Events as they are, or as what becomes one line of JSON."""
        lines = [v if isinstance(v, str) else json.dumps(v) for v in values]
        where = [] if partition is None else ["-p", str(partition)]
        subprocess.run(
            [kcat(), "-P", "-b", self.bootstrap, "-t", self.raw, *where],
            input="".join(line + "\n" for line in lines).encode(), check=True,
        )

    def committed(self, group=None):
        with self.cluster.client() as c:
            return c.committed(group or self.group, self.raw)

    def ends(self):
        with self.cluster.client() as c:
            return c.end_offsets(self.raw)

    def high(self, topic):
        """Records and markers of a topic, those of open transactions too."""
        with self.cluster.client() as c:
            return sum(c.end_offsets(topic).values())

    def done(self, group=None):
        """Waits until all there is has been committed."""

        def all_done():
            if not group and self.child.poll() is not None:
                raise Stuck("lethe run ended by itself:\n" + self.text()[-2000:])
            return self.committed(group) == self.ends()

        wait("everything is committed", all_done)


class Job(Run):
    """One whose log is JSON, and whose pages are read."""

    def __init__(self, lethe, directory, bootstrap, policy, settings=""):
        super().__init__(
            lethe, directory, policy,
            settings + "http.listen: 127.0.0.1:0\nlog.format: json\n",
            {"bootstrap.servers": bootstrap, "session.timeout.ms": 6000,
             "heartbeat.interval.ms": 1000},
        )

    def said(self, event=None):
        """Every line of the log that is written to its end, or those of one event."""
        lines = [json.loads(line) for line in self.text().split("\n")[:-1]
                 if line.startswith("{")]
        return [line for line in lines if event in (None, line["event"])]

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
            with urllib.request.urlopen(asked, timeout=WAIT_S) as answer:
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
