#!/usr/bin/env python3
"""A real Prometheus beside a running lethe: it scrapes the pages, and what the
dashboard and the alerts ask is answered.

* promtool takes the alert rules and the trial's settings; each alert fires on what
  it should and is silent on what it should not (tests/prometheus.yaml)
* each alert has its heading in docs/alerts.md, and each heading its alert
* no query, those in the alerts' descriptions too, names a metric that `lethe run
  --metrics` lacks, or a label that its metric lacks
* the server answers each of them with a number, and no panel is empty, those of a
  consent ledger that remembers objections neither; alerts are
  silent here, and those that look back a day have nothing there: answered is all
* the health check of docker/compose.yaml tells a lethe that lives from one that
  does not

    tests/e2e/test_prometheus.py --lethe build/lethe [--keep DIR]
"""

import argparse
import json
import math
import os
import re
import shutil
import signal
import subprocess
import threading
import time
import urllib.parse
import urllib.request

from broker import Cluster, free_ports, spawn
from checks import Checks, in_folder
from client import Producer
from job import Job, wait
from test_admin import POLICY, SETTINGS, TOPICS, World, table
from test_ledger import COMPACTED, stamp

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
RULES = os.path.join(TOP, "config", "prometheus", "alerts.yaml")
DASHBOARD = os.path.join(TOP, "config", "grafana", "lethe.json")
CONFIG = """\
global: {{ scrape_interval: 1s, evaluation_interval: 1s }}
rule_files: [{rules}]
scrape_configs:
  - job_name: lethe
    static_configs: [{{ targets: ["{target}"] }}]
"""
# What the panels of consent need: a ledger with all that it may have.
LEDGER = (
    ("  sources:\n", """\
  sources:
    book: { format: ledger, topic: consent, log: consent.log, heartbeat: 1h }
    gpc: { format: gpc, path: $.gpc, remember: true }
"""),
    ("decides: asked, asks: { asked: yes } }",
     "decides: book, asks: { book: yes, asked: yes } }\n    on_withdrawal: notify"),
)
# Of the server and of the language, not of lethe.
FOREIGN = {"up", "job", "instance", "le"}
METRIC = re.compile(r"\b((?:lethe|process)_\w+)(?:\{([^}]*)\})?")
TEST_RULES = os.path.join(TOP, "tests", "prometheus.yaml")
COMPOSE = os.path.join(TOP, "docker", "compose.yaml")


def text_of(path):
    with open(path) as f:
        return f.read()


def panels():
    """Every query of the dashboard, by its panel's title and its own letter."""
    return {
        f"{p['title']} ({t['refId']})": t["expr"]
        for p in json.loads(text_of(DASHBOARD))["panels"]
        for t in p["targets"]
    }


def alerts(server):
    return {
        rule["name"]: rule["query"]
        for group in server.get("rules")["groups"]
        for rule in group["rules"]
    }


def descriptions():
    """The queries of the alerts' annotations, with something in their gaps."""
    found, alert = {}, None
    for line in text_of(RULES).splitlines():
        if m := re.match(r"\s+- alert: (\w+)", line):
            alert = m.group(1)
        for query in re.findall(r'"([^"]*\w+\(.*?\)[^"]*)"', line):
            found[f"{alert}, its description"] = query.replace("%s", "x")
    return found


def unknown(query, rows):
    """Metrics of a query that lethe does not show, labels that they lack."""
    query = re.sub(r"\[[^\]]*\]", "", query)
    labels, wrong = set(FOREIGN), set()
    for name, selected in METRIC.findall(query):
        name = name if name in rows else re.sub("_bucket$", "", name)
        if name not in rows:
            wrong.add(name)
            continue
        own = rows[name][1] | FOREIGN
        labels |= own
        wrong |= {f"{name}: {n}" for n in re.findall(r"(\w+)\s*[=!]", selected)
                  if n not in own}
    for group in re.findall(r"(?:by|on|without|ignoring|group_left)\s*\(([^()]*)\)", query):
        wrong |= {n.strip() for n in group.split(",") if n.strip()} - labels
    return wrong


class Server:
    """A Prometheus of its own."""

    def __init__(self, directory, target):
        self.dir = os.path.join(directory, "prometheus")
        os.makedirs(self.dir)
        self.address = f"127.0.0.1:{free_ports(1)[0]}"
        path = os.path.join(self.dir, "prometheus.yaml")
        with open(path, "w") as f:
            f.write(CONFIG.format(rules=RULES, target=target))
        with open(os.path.join(self.dir, "log"), "wb") as log:
            self.child = spawn(
                [
                    "prometheus", "--config.file", path, "--storage.tsdb.path",
                    os.path.join(self.dir, "data"), "--web.listen-address", self.address,
                ],
                stdout=log, stderr=log,
            )

    def get(self, path, **arguments):
        url = f"http://{self.address}/api/v1/{path}?" + urllib.parse.urlencode(arguments)
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)["data"]

    def ask(self, query):
        return self.get("query", query=query.replace("$__rate_interval", "10s"))["result"]

    def end(self):
        self.child.kill()
        self.child.wait()


def answers(server, query):
    """Whether the server answers now, with a number at least."""
    try:
        found = server.ask(query)
    except OSError:
        return False
    return any(math.isfinite(float(sample["value"][1])) for sample in found)


def promtool(*words):
    done = subprocess.run(["promtool", *words], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    return done.returncode == 0, done.stdout


def on_paper(checks, directory):
    text = text_of(RULES)
    names = re.findall(r"^      - alert: (\w+)$", text, re.M)
    tests = text_of(TEST_RULES)
    checks.check("each alert fires when it should, and is silent when not",
                 *promtool("test", "rules", TEST_RULES))
    silent = re.findall(r"eval_time: \w+, alertname: (\w+)", tests)
    checks.equal("each alert has its test of silence", list(dict.fromkeys(silent)), names)
    checks.equal("and one of what it fires on",
                 set(re.findall(r"alertname: (\w+)\n +exp_alerts:", tests)), set(names))
    checks.equal("each has its heading in docs/alerts.md",
                 re.findall(r"^## (\w+)$",
                            text_of(os.path.join(TOP, "docs", "alerts.md")), re.M),
                 names)
    checks.equal("and names it",
                 re.findall(r"runbook: docs/alerts.md#(\w+)$", text, re.M),
                 [n.lower() for n in names])
    trial = os.path.join(directory, "trial")
    os.makedirs(trial)
    for path in (RULES, os.path.join(TOP, "docker", "prometheus.yaml")):
        shutil.copy(path, trial)
    checks.check("promtool takes the trial's settings",
                 *promtool("check", "config", os.path.join(trial, "prometheus.yaml")))


def with_ledger(policy):
    for old, new in LEDGER:
        assert old in policy, old
        policy = policy.replace(old, new)
    return policy


def say(cluster, users, state):
    said = {"state": state, "at": stamp(time.time())}
    value = json.dumps({"v": 1, "purposes": {"people": said}}).encode()
    out = Producer(cluster.bootstrap, "consent")
    for user in users:
        out.put(f"user:{user}".encode(), value)
    out.close()


class Flow(threading.Thread):
    """Events and words of each kind, until it is told to end: without them a rate is
    none."""

    def __init__(self, w):
        super().__init__(daemon=True)
        self.w, self.over = w, threading.Event()

    def run(self):
        while not self.over.is_set():
            say(self.w.cluster, ["u6"], "withdrawn")
            self.w.put(20)
            self.w.put(2, word=7)
            self.w.put(2, event="other")
            self.w.put(2, ok=False)
            self.w.put(1, user=f"browser{self.w.sent}", gpc=True)
            self.w.raw(["{broken"])
            say(self.w.cluster, ["u6"], "given")

    def end(self):
        self.over.set()
        self.join()


def queries(checks, lethe, server):
    rows = table(lethe)
    told = descriptions()
    checks.equal("each query of a description is found", len(told),
                 text_of(RULES).count("query }}"))
    asked = {**panels(), **alerts(server), **told}
    checks.equal("no query names what lethe does not show",
                 {n: unknown(q, rows) for n, q in asked.items() if unknown(q, rows)}, {})
    for name, query in panels().items():
        checks.comes(f"panel: {name}", lambda q=query: answers(server, q), True)
    for name, query in {**alerts(server), **told}.items():
        try:
            server.ask(query)
            checks.check(f"answered, if only by nothing: {name}", True)
        except OSError as e:
            checks.check(f"answered, if only by nothing: {name}", False, str(e))
    checks.comes("the server itself finds no fault in a rule", lambda: [
        rule["name"] for group in server.get("rules")["groups"]
        for rule in group["rules"] if rule["health"] != "ok"], [])
    checks.comes("and the process is up",
                 lambda: answers(server, 'up{job="lethe"} == 1'), True)


def healthy(job):
    """What the health check of the compose file says of a process."""
    line = re.search(r"test: \[CMD, bash, -c, '(.*)'\]", text_of(COMPOSE)).group(1)
    line = line.replace("$$", "$").replace("9464", job.address().rsplit(":", 1)[1])
    return subprocess.run(["bash", "-c", line], timeout=20,
                          stderr=subprocess.DEVNULL).returncode == 0


def run(args, directory):
    checks = Checks()
    on_paper(checks, directory)
    server = None
    with Cluster(directory + "/kafka") as cluster:
        for topic in TOPICS:
            cluster.topic(topic, 4, {"retention.ms": 86400000})
        cluster.topic("consent", 4, COMPACTED)
        cluster.topic("consent.log", 4, {"retention.ms": -1})
        job = Job(args.lethe, directory, cluster.bootstrap, with_ledger(POLICY),
                  SETTINGS + "ledger.path: ledger\n")
        w = World(job, cluster)
        flow = Flow(w)
        try:
            say(cluster, [f"u{n}" for n in range(6)], "given")
            checks.equal("the ledger's origin beats",
                         job.call("consent", "heartbeat", "--once")[0], 0)
            job.start()
            job.ready()
            server = Server(directory, job.address())
            wait("Prometheus", lambda: answers(server, "up"))
            flow.start()
            wait("a yield", lambda: answers(server, "lethe_yield"))
            queries(checks, args.lethe, server)
            flow.end()
            checks.check("the trial's health check says yes", healthy(job))
            job.signal(signal.SIGTERM)
            checks.equal("lethe stops with 0", job.ended(), 0)
            checks.check("and then it says no", not healthy(job))
        finally:
            flow.over.set()
            if server:
                server.end()
            job.end()
    checks.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lethe", required=True)
    parser.add_argument("--keep", help="work there, and leave it there")
    in_folder(run, parser.parse_args(), "lethe-prometheus-")


if __name__ == "__main__":
    main()
