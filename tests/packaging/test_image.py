"""The image with the compose file's settings, without a container engine: what
compose would start is started by buildah, as the image's user and with the
settings that stand there, against a Kafka broker of the tests.  Only addresses
are others: the broker's, and a free port of lethe's own.  Events flow, its health
is asked by the compose file's own command, and it stops cleanly.  Runs in a
Python that has a YAML reader; tests/image.sh calls it, in the store of its image.

    test_image.py IMAGE FOLDER
"""

import glob
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request

import yaml

from checks import TOP, Checks

sys.path.append(os.path.join(TOP, "tests", "e2e"))
from broker import Cluster, free_ports, spawn  # noqa: E402

USER, WAIT_S = 10001, 120
COUNTER = re.compile(r"^lethe_events_total (\d+)$", re.M)


class Compose:
    """The compose file's services of lethe, each in a container of its own."""

    def __init__(self, image, folder, bootstrap):
        with open(os.path.join(TOP, "docker", "compose.yaml"), encoding="utf-8") as f:
            self.services = yaml.safe_load(f)["services"]
        self.image, self.bootstrap = image, bootstrap
        (self.port,) = free_ports(1)
        self.shop = os.path.join(folder, "shop")
        os.mkdir(self.shop)
        os.chown(self.shop, USER, USER)
        self.folder, self.children = folder, []

    def here(self, word):
        """A word of the file, as it is said to the process on this machine."""
        word = word.replace("kafka:9092", self.bootstrap).replace("$$", "$")
        return word.replace("0.0.0.0:9464", f"0.0.0.0:{self.port}").replace(
            "127.0.0.1/9464", f"127.0.0.1/{self.port}")

    def container(self, name):
        limits = self.services[name].get("ulimits", {})
        # Raising one (-1 is none) takes a right that this machine may not have.
        rows = [f"--ulimit={what}={n}" for what, n in limits.items() if n >= 0]
        return said("buildah", "from", *rows, self.image).strip()

    def command(self, name):
        service = self.services[name]
        words = service.get("entrypoint", ["/usr/bin/lethe"]) + service["command"]
        volume = f"{self.shop}:{service['volumes'][0].split(':')[1]}" \
            if "volumes" in service else None
        mount = ["-v", volume] if volume else []
        return ["buildah", "run", *mount, self.container(name), "--", *map(self.here, words)]

    def once(self, name):
        """A service that ends: its exit code and what it said."""
        done = subprocess.run(
            self.command(name), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=WAIT_S,
        )
        return done.returncode, done.stdout

    def start(self, name):
        log = os.path.join(self.folder, name + ".log")
        with open(log, "wb") as out:
            child = spawn(self.command(name), stdout=out, stderr=out)
        self.children.append(child)
        return child, log

    def healthy(self):
        """What the file's own command says, in a container of the image."""
        kind, *words = self.services["lethe"]["healthcheck"]["test"]
        if kind != "CMD":
            raise RuntimeError("the health is asked in another way")
        done = subprocess.run(
            ["buildah", "run", self.container("lethe"), "--", *map(self.here, words)],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=WAIT_S,
        )
        return done.returncode == 0

    def page(self, path):
        url = f"http://127.0.0.1:{self.port}{path}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.read().decode()

    def end(self):
        for child in self.children:
            for pid in [*below(child.pid), child.pid]:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass


def said(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def below(pid):
    """The processes below one, whichever of its threads began them."""
    children = []
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        try:
            with open(path) as f:
                children += [int(child) for child in f.read().split()]
        except OSError:
            pass
    return children + [deep for child in children for deep in below(child)]


def lethe_of(child):
    """The process of lethe itself, below buildah's."""
    for pid in below(child.pid):
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            if f.read().startswith(b"/usr/bin/lethe\0"):
                return pid
    return None


def wait(what):
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        try:
            if what():
                return True
        except OSError:
            pass
        time.sleep(0.5)
    return False


def of_user(pid):
    with open(f"/proc/{pid}/status") as f:
        text = f.read()
    return re.search(r"^Uid:\t(\d+)", text, re.M)[1] == str(USER)


def events(compose):
    return int(COUNTER.search(compose.page("/metrics"))[1])


def stops(checks, child, log):
    pid = lethe_of(child)
    checks.that(of_user(pid), "it runs as the image's user")
    os.kill(pid, signal.SIGTERM)
    try:
        code = child.wait(WAIT_S)
    except subprocess.TimeoutExpired:
        code = "it does not end"
    with open(log) as f:
        text = f.read()
    checks.that(code == 0 and " stopped status=ok " in text,
                f"SIGTERM ends it with 0: {code}: {text[-1500:]}")


def try_all(checks, compose, cluster):
    made = compose.services["raw"]["command"][0]
    topic, partitions = re.search(r"--topic (\S+) --partitions (\d+)", made).groups()
    cluster.topic(topic, int(partitions), {"retention.ms": 604800000})
    for name in ("init", "topics"):
        code, text = compose.once(name)
        checks.that(code == 0, f"{name} ends with 0: {code}: {text[-1500:]}")
    checks.that(not compose.healthy(), "nobody is healthy before it runs")
    child, log = compose.start("lethe")
    checks.that(wait(compose.healthy), "the file's command finds it healthy")
    compose.start("generator")
    checks.that(wait(lambda: events(compose) > 200), "the generator's events come in")
    checks.that(compose.page("/readyz") == "ok\n", "it is ready")
    checks.that("<h1>" in compose.page("/"), "its page is shown")
    stops(checks, child, log)


def main():
    image, folder = sys.argv[1:]
    checks = Checks()
    with Cluster(os.path.join(folder, "kafka"), light=True) as cluster:
        compose = Compose(image, folder, cluster.bootstrap)
        try:
            try_all(checks, compose, cluster)
        finally:
            compose.end()
    checks.end()


if __name__ == "__main__":
    main()
