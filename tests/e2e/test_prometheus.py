#!/usr/bin/env python3
"""A real Prometheus beside a running lethe: it scrapes the pages, and what the
dashboard and the alerts ask is answered.

* promtool takes the alert rules; each fires on what it should and is silent on
  what it should not (tests/prometheus.yaml)
* each alert has its heading in docs/alerts.md, and each heading its alert
* no query names a metric or a label that `lethe run --metrics` lacks
* the server answers each of them, and no panel is empty

    tests/e2e/test_prometheus.py --lethe build/lethe [--keep DIR]
"""

import argparse
import json
import os
import re
import signal
import subprocess
import time
import urllib.parse
import urllib.request

from broker import Cluster, free_ports, spawn
from checks import Checks, in_folder
from job import Job, wait
from test_admin import POLICY, SETTINGS, TOPICS, World, table

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
# Of the server and of the language, not of lethe.
FOREIGN = {"up", "job", "instance", "le"}
LABELS = re.compile(r"(?:by|on|without|group_left)\s*\(([^)]*)\)|(\w+)\s*(?:=~|!~|!=|=)\s*\"")


def panels():
    with open(DASHBOARD) as f:
        return {p["title"]: p["targets"][0]["expr"] for p in json.load(f)["panels"]}


def alerts(server):
    return {
        rule["name"]: rule["query"]
        for group in server.get("rules")["groups"]
        for rule in group["rules"]
    }


def unknown(query, rows):
    """Names of a query that lethe does not show."""
    query = re.sub(r"\[[^\]]*\]", "", query)
    names = set(re.findall(r"\b(?:lethe|process)_\w+", query))
    names = {re.sub("_bucket$", "", n) if n not in rows else n for n in names}
    labels = {
        label.strip()
        for group, one in LABELS.findall(query)
        for label in (group or one).split(",") if label.strip()
    }
    known = {label for _, row, _ in rows.values() for label in row}
    return (names - set(rows)) | (labels - known - FOREIGN)


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
    """Whether the query is one that the server can answer now."""
    try:
        return bool(server.ask(query))
    except OSError:
        return False


def on_paper(checks):
    done = subprocess.run(
        ["promtool", "test", "rules", os.path.join(TOP, "tests", "prometheus.yaml")],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )
    checks.check("each alert fires when it should, and is silent when not",
                 done.returncode == 0, done.stdout)
    with open(RULES) as f:
        text = f.read()
    names = re.findall(r"^      - alert: (\w+)$", text, re.M)
    with open(os.path.join(TOP, "docs", "alerts.md")) as f:
        headings = re.findall(r"^## (\w+)$", f.read(), re.M)
    checks.equal("each alert has its heading in docs/alerts.md", headings, names)
    checks.equal("and names it",
                 re.findall(r"runbook: docs/alerts.md#(\w+)$", text, re.M),
                 [n.lower() for n in names])


def queries(checks, lethe, server):
    rows = table(lethe)
    asked = {**panels(), **alerts(server)}
    checks.equal("no query names what lethe does not show",
                 {n: unknown(q, rows) for n, q in asked.items() if unknown(q, rows)}, {})
    for name, query in panels().items():
        checks.check(f"panel: {name}", answers(server, query))
    for name, query in alerts(server).items():
        try:
            server.ask(query)
            checks.check(f"alert: {name}", True)
        except OSError as e:
            checks.check(f"alert: {name}", False, str(e))
    checks.check("and the process is up", answers(server, 'up{job="lethe"} == 1'))


def run(args, directory):
    checks = Checks()
    on_paper(checks)
    server = None
    with Cluster(directory + "/kafka") as cluster:
        for topic in TOPICS:
            cluster.topic(topic, 4, {"retention.ms": 86400000})
        job = Job(args.lethe, directory, cluster.bootstrap, POLICY, SETTINGS)
        w = World(job, cluster)
        try:
            job.start()
            job.ready()
            server = Server(directory, job.address())
            wait("Prometheus", lambda: answers(server, "up"))
            end = time.monotonic() + 14
            while time.monotonic() < end:
                w.put(20)
                w.put(2, word=7)
                w.put(2, event="other")
                w.put(2, ok=False)
                w.raw(["{broken"])
            wait("a yield", lambda: answers(server, "lethe_yield"))
            queries(checks, args.lethe, server)
            job.signal(signal.SIGTERM)
            checks.equal("lethe stops with 0", job.ended(), 0)
        finally:
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
