#!/usr/bin/env python3
"""Six vendors' real events under the policies of config/policies/.

  run.py                  through `lethe filter`, held against expected/NAME.ndjson
  run.py --broker         through `lethe run` on a real Kafka broker, the events'
                          times shifted to the present before, and back after
  run.py --update         writes what filter gives: read it as a privacy officer

Tokens differ from ring to ring: each becomes its class and the order of its
first appearance in its purpose (u#1), which still shows who is one and who is
not; one token in two purposes is told.
"""
import argparse
import datetime
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
NOW = "2026-11-22T01:35:00Z"
HOUR = 3600
TOKEN = re.compile(r'"([a-z]+)\d+_([a-z2-7]{26})"')
TIME = re.compile(r'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"')
VENDORS = sorted(p.stem for p in HERE.glob("*.ndjson"))

# What must not stand in any output, whatever the policy says: the people, their
# addresses and numbers, advertising ids, exact urls and notes of the journeys.
NEVER = re.compile(
    r"miller|omar|haddad|li\.?[ -]?wei|jane|@|\+49|203\.0\.113|7A3CBEA0|iPhone"
    r"|https?:|leave with|MAYDEALS|97980cfea0067|u-20417|4711|23adfd82|0b7c4a1e"
    r"|c4f1d2aa|f00dfeed|1778897|17778897|berlin|o-[0-3]2", re.I)


def parse(text):
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def show(seconds):
    return datetime.datetime.fromtimestamp(
        seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def named(lines):
    """Tokens by class and first appearance within their purpose."""
    owner, names, counts = {}, {}, {}
    purpose = None

    def name(match):
        if owner.setdefault(match[0], purpose) != purpose:
            return '"the token of another purpose"'
        if match[0] not in names:
            count = counts.get((purpose, match[1]), 0) + 1
            counts[purpose, match[1]] = count
            names[match[0]] = f'"{match[1]}#{count}"'
        return names[match[0]]

    out = []
    for line in lines:
        purpose = json.loads(line)["purpose"]
        out.append(TOKEN.sub(name, line))
    return out


def shifted(line, by):
    """Every time of an output line, moved."""
    return TIME.sub(lambda m: f'"{show(parse(m[1]) + by)}"', line)


def moved_event(vendor, line, by):
    """A raw event as it would have been sent `by` seconds later."""
    event = json.loads(line)
    if vendor in ("segment", "posthog", "rudderstack"):
        key = "originalTimestamp" if vendor == "rudderstack" else "timestamp"
        text = event[key]
        event[key] = show(parse(text[:19] + "Z") + by)[:-1] + text[19:]
    elif vendor == "snowplow":
        event["dtm"] = str(int(event["dtm"]) + by * 1000)
    elif vendor == "amplitude":
        event["time"] += by * 1000
    return json.dumps(event, ensure_ascii=False)


class Folder:
    """A policy with keys of its own."""

    def __init__(self, lethe, vendor, top):
        self.lethe, self.vendor = lethe, vendor
        self.path = pathlib.Path(top) / vendor
        self.path.mkdir()
        shutil.copy(TOP / "config/policies" / f"{vendor}.yaml", self.path / "policy.yaml")
        subprocess.run(
            [lethe, "keys", "new", "--ring", self.at("ring.lethe"), "--secret",
             self.at("secret.key"), "--oncall", self.at("oncall.key"),
             "--policy", self.at("policy.yaml")],
            check=True, stdout=subprocess.DEVNULL)

    def at(self, name):
        return str(self.path / name)

    def filter(self):
        done = subprocess.run(
            [self.lethe, "filter", "--policy", self.at("policy.yaml"), "--ring",
             self.at("ring.lethe"), "--secret", self.at("secret.key"), "--now", NOW],
            input=(HERE / f"{self.vendor}.ndjson").read_bytes(), check=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return done.stdout.decode().splitlines()

    def topics(self):
        text = (self.path / "policy.yaml").read_text()
        raw = re.search(r"topics: \[(.*)\]", text)[1]
        outputs = dict(re.findall(r"^  (\w+):\n    says:.*?^    topic: (\S+)", text, re.M | re.S))
        return raw, outputs, re.search(r"^quarantine:\n  topic: (\S+)", text, re.M)[1]


def expected(vendor):
    return (HERE / "expected" / f"{vendor}.ndjson").read_text().splitlines()


def compare(vendor, got, want):
    bad = [f"{vendor}: must not leave: line {i + 1}"
           for i, line in enumerate(got) if NEVER.search(line)]
    if got != want:
        bad += [f"{vendor}: want {w}\n{vendor}: got  {g}"
                for w, g in zip(want, got) if w != g]
        bad += [f"{vendor}: {len(want)} records expected, {len(got)} came"]
    return bad


def by_filter(lethe, top, update):
    failures = {}
    for vendor in VENDORS:
        got = named(Folder(lethe, vendor, top).filter())
        if update:
            (HERE / "expected").mkdir(exist_ok=True)
            (HERE / "expected" / f"{vendor}.ndjson").write_text("".join(l + "\n" for l in got))
        failures[vendor] = compare(vendor, got, expected(vendor))
    return failures


def run_lethe(folder, bootstrap, group):
    """Runs until the group has committed all of the raw topic."""
    settings = folder.path / "lethe.yaml"
    settings.write_text(
        "policy: policy.yaml\nring: ring.lethe\nsecret: secret.key\n"
        f"application: {group}\ninstance: one\nlanes: 1\nstart: earliest\n"
        f"kafka:\n  bootstrap.servers: {bootstrap}\n")
    log = open(folder.path / "log", "wb")
    return subprocess.Popen([folder.lethe, "run", "--config", str(settings)],
                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def records_of(client, bootstrap, names, back):
    """All records as lines of filter, purpose by purpose."""
    rows = []
    for purpose, topic in names.items():
        for m in client.read(bootstrap, topic):
            key = json.dumps(m.key.decode()) if m.key is not None else "null"
            line = f'{{"purpose":"{purpose}","key":{key},"value":{m.value.decode()}}}'
            rows.append(shifted(line, back))
    return rows


def by_broker(lethe, top):
    sys.path.insert(0, str(TOP / "tests/e2e"))
    import broker
    import client

    failures = {}
    # The broker's hour is Mixpanel's only time: stay clear of its end.
    if time.time() % HOUR > HOUR - 120:
        time.sleep(HOUR - time.time() % HOUR + 1)
    present = int(time.time()) // HOUR * HOUR
    # Whole hours, so that floored times move back exactly; one less, so that
    # no event lies in the future.
    by = present - parse(NOW) // HOUR * HOUR - HOUR
    with broker.Cluster(os.path.join(top, "kafka")) as cluster:
        for vendor in VENDORS:
            folder = Folder(lethe, vendor, top)
            raw, outputs, quarantine = folder.topics()
            for topic in (raw, quarantine, *outputs.values()):
                cluster.topic(topic, 1)
            producer = client.Producer(cluster.bootstrap, raw)
            lines = (HERE / f"{vendor}.ndjson").read_text().splitlines()
            for line in lines:
                producer.put(None, moved_event(vendor, line, by).encode())
            producer.close()
            child = run_lethe(folder, cluster.bootstrap, vendor)
            try:
                wait_committed(cluster, vendor, raw, len(lines), child)
            finally:
                child.send_signal(signal.SIGTERM)
                child.wait(30)
            back = -by - (HOUR if vendor == "mixpanel" else 0)
            got = records_of(client, cluster.bootstrap, outputs, back)
            want = [l for p in outputs for l in expected(vendor)
                    if json.loads(l)["purpose"] == p]
            failures[vendor] = compare(vendor, named(got), want)
            if any(True for _ in client.read(cluster.bootstrap, quarantine)):
                failures[vendor].append(f"{vendor}: something in the quarantine")
            print(f"{vendor}: {len(lines)} events, {len(got)} records", flush=True)
    return failures


def wait_committed(cluster, group, topic, count, child):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if child.poll() is not None:
            raise RuntimeError(f"lethe run ended with {child.returncode}")
        with cluster.client() as wire:
            if sum(o for o in wire.committed(group, topic).values() if o > 0) >= count:
                return
        time.sleep(0.3)
    raise RuntimeError("lethe run did not commit in a minute")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lethe", default=str(TOP / "build/lethe"))
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--broker", action="store_true")
    given = parser.parse_args()
    lethe = os.path.abspath(given.lethe)
    top = tempfile.mkdtemp(prefix="lethe-vendors-")
    try:
        failures = by_broker(lethe, top) if given.broker else by_filter(lethe, top, given.update)
    finally:
        shutil.rmtree(top, ignore_errors=True)
    for lines in failures.values():
        for line in lines:
            print(line)
    bad = sum(1 for lines in failures.values() if lines)
    print(f"{len(failures) - bad} passed, {bad} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
