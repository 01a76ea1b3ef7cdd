#!/usr/bin/env python3
"""What a rotation costs a recommender, and what it does not hide: measured on the
records of real rotations (`lethe keys propose`, `lethe filter --now`) of one stream of
shoppers with tastes and hours of their own (`lethe gen --tastes`).

The stream goes through three rings: one that is not rotated, one with an overlap, one
with `overlap: 0d`.

* an item-to-item recommender learns from the records before the instant; profiles are
  carried over by the Python of docs/rotation.md; its hit rate of ten is measured on the
  same visits after the instant under the three
* with 0d no token of either epoch is in any record or key of the other; an attack that
  has these records alone, and looks for the same items and hours, says whose is whose
* docs/rotation.md has these figures

    tests/e2e/test_recommender.py --lethe build/lethe [--keep DIR]
"""

import argparse
import collections
import json
import math
import os
import re
import shutil
import subprocess

from checks import Checks, in_folder, say
from scene import HERE, Scene

PURPOSE = "recommendations"
PAGE = os.path.join(HERE, "..", "..", "docs", "rotation.md")
START, INSTANT = "2040-01-01T00:00:00Z", "2040-01-15T03:00:00Z"
LAST_OF_OVERLAP, END = "2040-01-22T02:59:59Z", "2040-01-27T00:00:00Z"
GEN = ["gen", "--seed", "1", "--tastes", "40", "--shoppers", "200", "--step", "90s",
       "--events", "24000", "--start", START]
TOKEN = re.compile(rb"[a-z]+(\d+)_([a-z2-7]{26})")
LETTERS = re.compile(rb"[a-z2-7]{26,}")
TIME = re.compile(rb'"timestamp":"([^"]+)"')
TEN, FIRST = 10, 1


# ---- one stream, three rings


def stream(scene):
    """The lines before the instant, in the week of the overlap, after it."""
    made = subprocess.run([scene.lethe, *GEN], stdout=subprocess.PIPE, check=True).stdout
    parts = [], [], []
    edges = INSTANT.encode(), LAST_OF_OVERLAP.encode()
    for line in made.splitlines(keepends=True):
        found = TIME.search(line)
        at = found.group(1) if found else b"0"
        parts[sum(at >= edge for edge in edges)].append(line)
    return [b"".join(part) for part in parts]


def ring_of(scene, overlap):
    path = scene.path(f"ring.{overlap}")
    shutil.copy(scene.path("ring.lethe"), path)
    if overlap != "none":
        scene.call("keys", "propose", "--ring", path, "--purpose", PURPOSE,
                   "--at", INSTANT, "--overlap", overlap)
    return path


def filtered(scene, policy, ring, lines, now):
    done = subprocess.run(
        [scene.lethe, "filter", "--policy", policy, "--ring", ring, "--secret",
         scene.path("secret.key"), "--purpose", PURPOSE, "--now", now],
        input=lines, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return done.stdout.splitlines()


class Rotation:
    """What stands on the topic: the lines of three times, at the end of each."""

    def __init__(self, scene, policy, parts, overlap):
        ring = ring_of(scene, overlap)
        nows = re.sub("03:00:00", "02:59:59", INSTANT), LAST_OF_OVERLAP, END
        self.lines = [filtered(scene, policy, ring, part, now)
                      for part, now in zip(parts, nows)]
        self.before, *rest = [
            [(row.get("kind", "event"), row["value"]) for row in map(json.loads, lines)]
            for lines in self.lines]
        self.since = rest[0] + rest[1]


# ---- the recommender


def items_of(value):
    return [value["item"]] if "item" in value else []


class Model:
    """For each item those that are looked at in the same visits, the NEAR nearest;
    nothing of anybody."""

    NEAR = 30

    def __init__(self, records):
        visits = collections.defaultdict(set)
        for kind, value in records:
            if kind == "event":
                visits[value["session"]].update(items_of(value))
        self.seen = collections.Counter(i for visit in visits.values() for i in visit)
        pairs = collections.defaultdict(collections.Counter)
        for visit in visits.values():
            for one in visit:
                pairs[one].update(visit - {one})
        self.near = {one: self.nearest(one, others) for one, others in pairs.items()}

    def nearest(self, one, others):
        rows = [(times / self.seen[one], other) for other, times in others.items()]
        return sorted(rows, reverse=True)[: self.NEAR]

    def ten(self, profile):
        """For a profile {item: count}; for nobody's what most look at."""
        scores = collections.Counter()
        for item, count in profile.items():
            for nearness, other in self.near.get(item, ()):
                scores[other] += count * nearness
        scores = scores or self.seen
        return set(sorted(scores, key=lambda i: (-scores[i], i))[:TEN])


def handle_of_page():
    with open(PAGE) as f:
        (text,) = re.findall("^```python profile\n(.*?)^```$", f.read(), re.M | re.S)
    made = {}
    exec(text, made)  # pylint: disable=exec-used
    return made["handle"]


# number   of the person's visits since the instant, from 1
# hit      the first item looked at is one of ten that were named before
Visit = collections.namedtuple("Visit", "number hit")


def visits_since(rotation, model):
    """The visits that begin after the instant, served while they come in."""
    handle, profiles, renamed = handle_of_page(), {}, {}
    for kind, value in rotation.before:
        handle(profiles, renamed, kind, value)
    visits, known = {}, {value["session"] for _, value in rotation.before}
    served = collections.Counter()
    for kind, value in rotation.since:
        session = value.get("session")
        if value.get("session_was", session) in known:
            session = None  # began before
        if session and session not in visits and items_of(value):
            who = value["subject"]
            served[who] += 1
            ten = model.ten(profiles.get(who, {}))
            visits[session] = Visit(served[who], value["item"] in ten)
        handle(profiles, renamed, kind, value)
    return list(visits.values())


def rate(visits):
    return sum(v.hit for v in visits) / len(visits)


def percent(share):
    return f"{100 * share:.0f} %"


def measure(checks, turns):
    """[(what, hit rate, hit rate on first visits)]"""
    rows = []
    for what, rotation in turns.items():
        visits = visits_since(rotation, Model(rotation.before))
        first = [v for v in visits if v.number == FIRST]
        rows.append((what, rate(visits), rate(first)))
        say(f"{what}: {len(visits)} visits, of them hits {percent(rate(visits))}; "
            f"{len(first)} first visits, hits {percent(rate(first))}")
    (_, plain, plain_first), (_, kept, kept_first), (_, lost, lost_first) = rows
    checks.check("the recommender has learnt something", plain_first > 1.5 * lost_first)
    checks.check("an overlap keeps 95 % of the hit rate", kept >= 0.95 * plain)
    checks.check("of first visits too", kept_first >= 0.95 * plain_first)
    checks.check("overlap: 0d loses it on first visits", lost_first < 0.7 * plain_first)
    checks.check("and not all has come back later", lost < 0.95 * plain)
    return rows


# ---- without overlap


def windows(lines):
    """All that could be a token's 26 letters, wherever they begin."""
    return {run[i : i + 26] for line in lines for run in LETTERS.findall(line.lower())
            for i in range(len(run) - 25)}


def unlinked(checks, rotation):
    old, new = rotation.lines[0], rotation.lines[1] + rotation.lines[2]
    checks.check("no rekey, and no second token", not any(
        b'_was"' in line or b'"kind"' in line for line in new))
    for what, mine, other in (("old", old, new), ("new", new, old)):
        tokens = {t.group(2) for line in mine for t in TOKEN.finditer(line)}
        checks.check(f"{len(tokens)} tokens of the {what} epoch were looked for",
                     len(tokens) > 500 and tokens <= windows(mine))
        checks.equal("those that stand in a record or key of the other epoch",
                     len(tokens & windows(other)), 0)


def by_items(value):
    return items_of(value)


def by_hours(value):
    return ["hour " + value["time"][11:13]]


def by_both(value):
    return items_of(value) + by_hours(value)


def habits(records, names):
    """{subject: {name: weight}}: what is done often, and by few, weighs most."""
    of = collections.defaultdict(collections.Counter)
    for _, value in records:
        of[value["subject"]].update(names(value))
    spread = collections.Counter(name for seen in of.values() for name in seen)
    for seen in of.values():
        for name in seen:
            seen[name] = math.log1p(seen[name]) * math.log(1 + len(of) / spread[name])
        norm = math.sqrt(sum(x * x for x in seen.values())) or 1
        for name in seen:
            seen[name] /= norm
    return of


def attack(rotation, names):
    """{new subject: the old one whose habits are nearest}, by the records alone."""
    by_name = collections.defaultdict(list)
    for who, seen in habits(rotation.before, names).items():
        for name, weight in seen.items():
            by_name[name].append((who, weight))
    guesses = {}
    for who, seen in habits(rotation.since, names).items():
        scores = collections.Counter()
        for name, weight in seen.items():
            for other, theirs in by_name[name]:
                scores[other] += weight * theirs
        # Of equals the first that was met: tokens change with the ring.
        guesses[who] = max(scores, key=scores.get, default=None)
    return guesses


def links(checks, plain, rotation):
    """({how: share of right guesses}, people who came again, people known before): who
    is who is told by the stream that was not rotated, record by record."""
    checks.equal("as many records under both rings",
                 len(plain.since), len(rotation.since))
    truth = {new["subject"]: old["subject"]
             for (_, old), (_, new) in zip(plain.since, rotation.since)}
    # The first epoch is the same in both rings.
    known = {value["subject"] for _, value in rotation.before}
    again = {new for new, old in truth.items() if old in known}
    right = {}
    for names in (by_both, by_items, by_hours):
        guesses = attack(rotation, names)
        right[names] = sum(guesses[new] == truth[new] for new in again) / len(again)
        say(f"{names.__name__}: {percent(right[names])} of {len(again)} people who came "
            f"again are named under their old token, of {len(known)}")
    checks.check("the attack is better than guessing", right[by_both] > 5 / len(known))
    return right, len(again), len(known)


# ---- the page


def on_page(checks, rows, linked):
    right, again, known = linked
    table = "".join(f"| {what} | {percent(all_)} | {percent(first)} |\n"
                    for what, all_, first in rows)
    says = (f"{percent(right[by_both])} of the {again} people who came again under "
            f"their right token of {known}; by items alone {percent(right[by_items])}, "
            f"by hours alone {percent(right[by_hours])}")
    with open(PAGE) as f:
        text = f.read()
    words = " ".join(text.split())
    checks.check("docs/rotation.md has these hit rates", table in text, "\n" + table)
    checks.check("and what the attack finds", says in words, says)
    checks.check("and the stream they are of", "lethe " + " ".join(GEN) in words)


def run(args, directory):
    checks = Checks()
    scene = Scene(args.lethe, directory)
    policy = scene.with_policy("long.yaml", lambda t: t.replace("max_age: 7d",
                                                                "max_age: 30d"))
    parts = stream(scene)
    turns = {what: Rotation(scene, policy, parts, overlap) for what, overlap in (
        ("not rotated", "none"), ("overlap of 7 days", "7d"), ("overlap of `0d`", "0d"))}
    plain, kept, cut = turns.values()
    say(f"{len(plain.before)} records before the instant, {len(plain.since)} after")
    checks.check("the overlap's records carry both tokens", all(
        b"subject_was" in line for line in kept.lines[1]))
    rows = measure(checks, turns)
    unlinked(checks, cut)
    on_page(checks, rows, links(checks, plain, cut))
    checks.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lethe", required=True)
    parser.add_argument("--keep", help="work there, and leave it there")
    in_folder(run, parser.parse_args(), "lethe-recommender-")


if __name__ == "__main__":
    main()
