#!/usr/bin/env python3
"""100,000 generated events through `lethe filter`, half JSON, half MessagePack.

Nothing that comes out holds a canary in any form; what comes out is what the
model of the policy says, byte for byte and in order, dropped events counted by
reason, poison sealed once each.  A policy that keeps one canary leaf makes the
same search find it.

    tests/e2e/test_canary.py --lethe build/lethe [--events 100000]
"""

import argparse
import json
import os
import subprocess
import tempfile
import time

import canary
import model
from checks import Checks, say
from ring import Ring
from scene import Scene


def generate(scene, form, events, seed, poison, path):
    with open(path, "wb") as out:
        subprocess.run(
            [
                scene.lethe, "gen", "--events", str(events), "--seed", str(seed),
                "--format", form, "--poison", str(poison),
            ],
            stdin=subprocess.DEVNULL, stdout=out, check=True,
        )


def run_filter(scene, form, policy, raw, out):
    """Exit code, and paths of what came out."""
    paths = {k: f"{out}.{k}" for k in ("records", "errors", "quarantine")}
    with open(raw, "rb") as source, open(paths["records"], "wb") as records, open(
        paths["errors"], "wb"
    ) as errors:
        done = subprocess.run(
            [
                scene.lethe, "filter", *scene.keys(policy), "--format", form,
                "--json", "--quarantine", paths["quarantine"],
            ],
            stdin=source, stdout=records, stderr=errors,
        )
    return done.returncode, paths


def split(form, path):
    """The events of a file, as lethe must tell them apart."""
    with open(path, "rb") as f:
        data = f.read()
    if form == "json":
        yield from (line for line in data.split(b"\n") if line)
        return
    reader = model.Msgpack(data, strict=False)
    while reader.at < len(data):
        start = reader.at
        reader.value()
        yield data[start : reader.at]


def contents(path):
    with open(path, "rb") as f:
        return f.read()


def hold_against_model(checks, form, scene, raw, paths, now_ms):
    by_model = model.Model(Ring.of(scene))
    expected, poison = [], 0
    for event in split(form, raw):
        try:
            parsed = model.read_event(event)
        except model.Poison:
            poison += 1
            continue
        for purpose, key, _, pairs in by_model.records(parsed, now_ms):
            line = {"purpose": purpose, "key": key, "value": dict(pairs)}
            expected.append(model.compact(line))
    found = contents(paths["records"]).splitlines()
    wrong = [i for i, (a, b) in enumerate(zip(found, expected)) if a != b]
    checks.check(
        f"{form}: {len(expected)} records are the model's, in order",
        found == expected,
        f"{len(found)} records; the first that differs is number "
        f"{wrong[0] if wrong else min(len(found), len(expected))}",
    )
    lines = [json.loads(l) for l in contents(paths["quarantine"]).splitlines()]
    checks.equal(f"{form}: each poison is sealed", len(lines), poison)
    checks.equal(
        f"{form}: each in its own place",
        len({line["position"] for line in lines}), poison,
    )
    return by_model.reasons


def hold_summary(checks, form, summary, reasons, events):
    """The counts by reason are the model's as well."""
    whole = {k: n for k, n in reasons.items() if " " not in k}
    checks.equal(f"{form}: every event is counted", summary["events"], events)
    checks.equal(f"{form}: events dropped, by reason", summary["dropped"], whole)
    for purpose, found in summary["purposes"].items():
        mine = {
            k.split(" ")[1]: n for k, n in reasons.items()
            if k.startswith(purpose + " ")
        }
        checks.equal(f"{form}: {purpose}, sent", found["sent"], mine.pop("sent"))
        checks.equal(f"{form}: {purpose}, dropped", found["dropped"], mine)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lethe", required=True)
    parser.add_argument("--events", type=int, default=100000)
    args = parser.parse_args()
    checks = Checks()
    checks.equal("the search finds every form", canary.self_test(), [])
    with tempfile.TemporaryDirectory(prefix="lethe-canary-") as directory:
        scene = Scene(args.lethe, directory)
        kept = scene.with_policy(
            "mutant.yaml",
            lambda text: text.replace(
                "  - { do: token, class: session,",
                "  - { path: $.properties.coupon, as: coupon, for: [analytics],"
                " on: [viewed, added], do: keep, type: string, max: 64,"
                ' pattern: ".*", why: the leaf that must be found }\n'
                "  - { do: token, class: session,",
            ),
        )
        for form, seed in (("json", 11), ("msgpack", 12)):
            raw = os.path.join(directory, "raw." + form)
            events = args.events // 2
            generate(scene, form, events, seed, 0.01, raw)
            checks.check(
                f"{form}: the events are full of canaries",
                canary.find(contents(raw)[: 1 << 20]) > 1000,
            )
            policy = scene.path("policy.yaml")
            now_ms = int(time.time() * 1000)
            began = time.monotonic()
            code, paths = run_filter(
                scene, form, policy, raw, os.path.join(directory, "out." + form)
            )
            say(f"{form}: {events / (time.monotonic() - began):.0f} events/s")
            checks.equal(f"{form}: filter ends with 0", code, 0)
            for what, path in paths.items():
                checks.equal(
                    f"{form}: canaries in {what}", canary.find(contents(path)), 0
                )
            reasons = hold_against_model(checks, form, scene, raw, paths, now_ms)
            summary = json.loads(contents(paths["errors"]).splitlines()[-1])
            hold_summary(checks, form, summary, reasons, events)
            code, paths = run_filter(
                scene, form, kept, raw, os.path.join(directory, "mutant." + form)
            )
            checks.check(
                f"{form}: a policy that keeps one canary leaf is found out",
                code == 0 and canary.find(contents(paths["records"])) > 1000,
            )
            for path in paths.values():
                os.unlink(path)
    checks.end()


if __name__ == "__main__":
    main()
