"""Policies and events of any number of purposes, fields and bytes, all else the
same: each event is due for every purpose and gives every field to each."""

import json
import os
import random

PEOPLE = 100
GROUP = 10
HEAD = """version: 1
name: grow
revision: 1
controller: { name: Example Shop GmbH, contact: privacy@shop.example, dpo: dpo@shop.example }
inputs:
  web:
    topics: [RAW]
    formats: [json]
    event_id: $.messageId
    event_time: { path: $.timestamp, format: rfc3339 }
    events:
      seen: { $.event: Product Seen }
identifiers:
  user: { prefix: u, from: [$.userId] }
consent:
  sources:
    banner: { format: segment, path: $.context.consent.categoryPreferences }
purposes:
"""
PURPOSE = """  p{i}:
    says: One of several purposes.
    basis: consent
    consent: {{ decides: banner, asks: {{ banner: Some }} }}
    means: {{ fides: personalize.content.profiling, dpv: ProvideProductRecommendations }}
    topic: {topic}
    format: json
    recipients: [somebody]
    retention: 90d
    identity: [user]
"""
TAIL = """quarantine: { topic: QUARANTINE, payload: sealed, retention: 7d }
"""
# In turns, so that each number of fields has the same mixture.
KINDS = [
    'do: keep, type: string, max: 32, pattern: "[a-z0-9-]+"',
    "do: keep, type: number, min: 0, max: 100000",
    "do: keep, type: integer, min: 0, max: 999",
    "do: bucket, edges: [10, 25, 50, 100]",
    "do: one_of, values: [red, green, blue, black]",
]


def topic_of(name, purpose):
    return f"{name}.p{purpose}"


def policy(name, purposes, fields):
    """
    name   the topics' first part: NAME.raw, NAME.p0 ..., NAME.quarantine
    """
    text = HEAD.replace("RAW", name + ".raw")
    for i in range(purposes):
        text += PURPOSE.format(i=i, topic=topic_of(name, i))
    every = "[" + ", ".join(f"p{i}" for i in range(purposes)) + "]"
    text += "fields:\n"
    for i in range(fields):
        text += (
            f"  - {{ path: $.properties.f{i}, as: f{i}, for: {every}, "
            f"{KINDS[i % len(KINDS)]}, why: measured }}\n"
        )
    return text + TAIL.replace("QUARANTINE", name + ".quarantine")


def field(i, r):
    return [
        lambda: f"item-{r.randrange(10000)}",
        lambda: round(r.uniform(1, 200), 2),
        lambda: r.randrange(999),
        lambda: r.randrange(150),
        lambda: r.choice(["red", "green", "blue", "black"]),
    ][i % 5]()


def padded(event, size, r):
    """The event with what nobody asked for, as trackers send it: small objects
    of short members, about thirty bytes each."""
    more = event["context"]["more"] = {}
    left = size - len(json.dumps(event, separators=(",", ":")))
    while left > 24:
        group = more[f"g{len(more)}"] = {}
        left -= len(f'"g{len(more) - 1}":{{}},')
        while len(group) < GROUP and left > 12:
            name = f"member{len(group)}"
            value = "x" * max(0, min(8 + r.randrange(20), left - len(name) - 6))
            group[name] = value
            left -= len(name) + len(value) + 6
    return json.dumps(event, separators=(",", ":"))


def events(count, fields, size, seed=1):
    """[(key, line)] of so many bytes each, or as few as the fields allow."""
    r = random.Random(seed)
    rows = []
    for n in range(count):
        user = f"user-{r.randrange(PEOPLE)}"
        event = {
            "type": "track", "event": "Product Seen", "messageId": f"m-{n:08}",
            "userId": user, "timestamp": "2026-05-04T10:15:07.249Z",
            "properties": {f"f{i}": field(i, r) for i in range(fields)},
            "context": {"consent": {"categoryPreferences": {"Some": True}}},
        }
        rows.append((user.encode(), padded(event, size, r).encode()))
    return rows


def write(path, rows):
    with open(path, "wb") as f:
        f.writelines(line + b"\n" for _, line in rows)


def write_policy(directory, name, purposes, fields):
    path = os.path.join(directory, name + ".yaml")
    with open(path, "w") as f:
        f.write(policy(name, purposes, fields))
    return path
