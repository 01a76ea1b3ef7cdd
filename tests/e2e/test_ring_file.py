#!/usr/bin/env python3
"""A ring, a signature, a quarantined event: read, and a ring written, by a second
implementation that has docs/keys.md and plain Python alone (primitives.py, hashlib).

* known answers: X25519 of RFC 7748, Ed25519 of tests/vectors/keys.json
* of a ring by lethe, two of two signers: each seal of each recipient opens, each
  fingerprint, id, digest and signature is right; tokens made with it are lethe's
* a ring written here, all keys from fixed bytes: lethe verifies it to the signers, says
  the same fingerprints, and makes the tokens that are made here
* signatures are byte for byte the same; one changed bit of a ring is refused
* an event in the quarantine opens to the bytes that came in

    tests/e2e/test_ring_file.py --lethe build/lethe [--keep DIR]
"""

import argparse
import base64
import hashlib
import json
import os
import re
import subprocess
import time

import model
from checks import Checks, in_folder
from primitives import (
    Wrong, aead_open, box_open, box_seal, sign, verifies, verify_key, x25519,
)
from ring import Ring, kdf, unbase64
from scene import HERE, Scene
from topics import events_of

KEYS_JSON = os.path.join(HERE, "..", "vectors", "keys.json")
WRITTEN_MS = 1790000000000


def text64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def some(what):
    """32 bytes that everybody can make again."""
    return hashlib.sha256(what.encode()).digest()


def id_of(public):
    return hashlib.blake2b(public, digest_size=16).digest()[:8].hex()


class PlainRing(Ring):
    """The same ring without libsodium."""

    def public_of(self, secret):
        return x25519(secret)

    def unsealed(self, seal, public, secret):
        try:
            return box_open(seal, secret)
        except Wrong:
            return None


def known_answers(checks):
    scalar = bytes.fromhex(
        "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4")
    point = bytes.fromhex(
        "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")
    checks.equal("X25519 of RFC 7748", x25519(scalar, point).hex(),
                 "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552")
    with open(KEYS_JSON) as f:
        rows = json.load(f)["signed"]
    wrong = 0
    for row in rows:
        seed, message, public, signature = (
            bytes.fromhex(row[name])
            for name in ("seed", "message", "public", "signature"))
        wrong += (verify_key(seed) != public or sign(seed, message) != signature
                  or not verifies(public, message, signature)
                  or verifies(public, message + b".", signature)
                  or id_of(public) != row["id"])
    checks.equal(f"{len(rows)} signatures of another implementation", wrong, 0)


# ---- a ring that lethe wrote


def content(path):
    with open(path, "rb") as f:
        return f.read()


def key_of(path):
    return unbase64(content(path).decode().split("\n")[1])


def signs(checks, scene):
    """A ring with an erasure recipient and two of two signers."""
    ring = scene.path("ring.lethe")
    scene.call("keys", "pair", "--secret", scene.path("vault.key"))
    scene.call("keys", "recipient", "add", "--ring", ring, "--role", "erasure",
               "--public", scene.path("vault.pub"), "--secret", scene.path("secret.key"))
    for who in ("ana", "bo"):
        scene.call("keys", "pair", "--secret", scene.path(who + ".key"),
                   "--for", "signer")
        public = key_of(scene.path(who + ".pub"))
        checks.equal("a public half is that of its seed",
                     verify_key(key_of(scene.path(who + ".key"))), public)
    scene.call("keys", "signers", "--ring", ring, "--public", scene.path("ana.pub"),
               "--public", scene.path("bo.pub"), "--threshold", "2")
    for who in ("ana", "bo"):
        scene.call("keys", "approve", "--ring", ring, "--key", scene.path(who + ".key"))
    scene.call("keys", "activate", "--ring", ring)


def reads(checks, scene):
    ring = scene.path("ring.lethe")
    for role, secret in (("runtime", "secret.key"), ("erasure", "vault.key")):
        held = PlainRing(ring, scene.path(secret), role)  # fingerprints are held there
        checks.check(f"each seal of {role} opens", len(held.held) == 2 and held.index)
        checks.equal("and gives what libsodium gives",
                     (held.held, held.index), (lambda r: (r.held, r.index))(
                         Ring(ring, scene.path(secret), role)))
    text = content(ring)
    head, of_digest = re.fullmatch(rb"(.*\n)digest (\w+)\n.*", text, re.S).groups()
    checks.equal("the digest is BLAKE2b-256 of all before it",
                 hashlib.blake2b(head, digest_size=32).hexdigest().encode(), of_digest)
    signed = head + b"digest " + of_digest + b"\n"
    handed = b"lethe-handover 1\n" + b"".join(
        line + b"\n" for line in head.split(b"\n") if re.match(rb"id |handover ", line))
    seeds = {verify_key(seed): seed for seed in (
        key_of(scene.path("ana.key")), key_of(scene.path("bo.key")))}
    count = 0
    for word, over in (("signature", signed), (r"handover-signature \d+", handed)):
        for by, code in re.findall(rf"^{word} (\S+) (\S+)$", text.decode(), re.M):
            count += 1
            by, code = unbase64(by), unbase64(code)
            checks.check("a signature is right", verifies(by, over, code))
            checks.equal("and is the one that is made here", sign(seeds[by], over), code)
    checks.equal("signatures", count, 4)


def a_second_on():
    at = int(time.time()) + 1
    return at * 1000, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def makes(checks, scene, what, ring, secret):
    """Records by lethe and by the model with a ring opened in plain Python."""
    events = [value for _, value in events_of(scene, "json", 300, 3, poison=0)]
    now_ms, now = a_second_on()
    done = subprocess.run(
        [scene.lethe, "filter", "--policy", scene.path("policy.yaml"), "--ring", ring,
         "--secret", secret, "--now", now], input=b"\n".join(events) + b"\n",
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    by = model.Model(PlainRing(ring, secret))
    wanted = sorted(
        (purpose, key or "") for value in events
        for purpose, key, *_ in by.records(model.read_event(value), now_ms))
    found = sorted((row["purpose"], row["key"] or "")
                   for row in map(json.loads, done.stdout.splitlines()))
    checks.check(f"{what}: {len(found)} records, each with the key that is made here",
                 len(found) > 300 and found == wanted, str(len(wanted)))


# ---- a ring that is written here


class Writer:
    """Version 2 of a ring, signed by two of two, its version 1 only by its digest."""

    def __init__(self, scene):
        rows = [line.split() for line in
                content(scene.path("ring.lethe")).decode().splitlines()]
        self.names = [row for row in rows if row[0] in ("domain", "class")]
        self.rules = [row for row in rows if row[0] == "rules"]
        self.id, self.secret = some("id")[:16], some("runtime")
        self.people = [("runtime", x25519(self.secret)),
                       ("quarantine", x25519(some("quarantine")))]
        self.seeds = sorted(map(some, ("ana", "bo")), key=verify_key)
        self.epochs = [(int(row[1]), some("epoch " + row[1]))
                       for row in self.names if row[0] == "domain"]

    def sealed(self, number, key):
        plain = self.id + number.to_bytes(8, "little") + key
        return text64(box_seal(plain, self.people[0][1], some(f"seal {number}")))

    def body(self, version, previous, people, threshold, more):
        """The lines up to the digest."""
        runtime = id_of(self.people[0][1])
        lines = ["lethe-ring 1", f"id {self.id.hex()}", f"version {version}",
                 "previous " + previous,
                 "algorithm kdf-blake2b token-blake2b-128 seal-x25519-xsalsa20poly1305"]
        lines += [" ".join(row) for row in self.names]
        lines += [f"recipient {role} {text64(key)}" for role, key in people]
        lines.append(f"threshold {threshold}")
        lines += [f"epoch {n} domain {n} created {WRITTEN_MS} active 0 retire 0 "
                  f"destroyed 0 fingerprint {kdf(16, n, 'tokfngr1', key).hex()}"
                  for n, key in self.epochs]
        lines += [" ".join(row) for row in self.rules]
        lines += [f"key {n} runtime {runtime} {self.sealed(n, key)}"
                  for n, key in self.epochs]
        index = some("index")
        lines += [f"index fingerprint {kdf(16, 0, 'tokfngr1', index).hex()}",
                  f"index-key runtime {runtime} {self.sealed(0, index)}", *more]
        text = "".join(line + "\n" for line in lines)
        digest = hashlib.blake2b(text.encode(), digest_size=32).hexdigest()
        return text + f"digest {digest}\n", digest

    def text(self):
        _, first = self.body(1, "0" * 64, self.people, 0, [])
        signers = [("signer", verify_key(seed)) for seed in self.seeds]
        handover = "handover 2 threshold 2 " + " ".join(text64(k) for _, k in signers)
        text, _ = self.body(2, first, self.people + signers, 2, [
            handover, f"history 2 {WRITTEN_MS} {first} written by hand"])
        handed = f"lethe-handover 1\nid {self.id.hex()}\n{handover}\n".encode()
        rows = [(f"handover-signature 2 {text64(verify_key(s))}", sign(s, handed))
                for s in self.seeds]
        rows += [(f"signature {text64(verify_key(s))}", sign(s, text.encode()))
                 for s in self.seeds]
        return text + "".join(f"{row} {text64(code)}\n" for row, code in rows)


def put(path, text):
    with open(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as f:
        f.write(text)


def verified(scene, ring):
    done = subprocess.run(
        [scene.lethe, "keys", "verify", "--ring", ring,
         "--trust", scene.path("by.trust")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    return done.returncode


def writes(checks, scene):
    by, ring, secret = Writer(scene), scene.path("by.ring"), scene.path("by.key")
    put(ring, by.text())
    put(secret, f"lethe-secret-key 1\n{text64(by.secret)}\n")
    named = []
    for i, seed in enumerate(by.seeds):
        public = verify_key(seed)
        put(scene.path(f"by{i}.pub"),
            f"lethe-verify-key 1\n{text64(public)}\nid {id_of(public)}\n")
        named += ["--public", scene.path(f"by{i}.pub")]
    scene.call("keys", "trust", *named, "--threshold", "2",
               "--out", scene.path("by.trust"))
    checks.equal("lethe verifies a ring that is written here", verified(scene, ring), 0)
    shown = scene.call("keys", "show", "--ring", ring).decode()
    checks.check("and shows its fingerprints", all(
        kdf(16, n, "tokfngr1", key).hex() in shown for n, key in by.epochs))
    makes(checks, scene, "of a ring that is written here", ring, secret)
    text, refused = content(ring), 0
    at = text.index(b"\nsignature ") + 60
    for place in (at, len(text) - 20, text.index(b"fingerprint ") + 14):
        changed = bytearray(text)
        changed[place] ^= 1
        put(scene.path("changed.ring"), changed.decode())
        refused += verified(scene, scene.path("changed.ring")) != 0
    checks.equal("each changed bit is refused", refused, 3)


# ---- the quarantine


def opens(checks, scene):
    events = [value for _, value in events_of(scene, "json", 200, 8, poison=0.2)]
    events = [value for value in events if b"\n" not in value]
    subprocess.run(
        [scene.lethe, "filter", *scene.keys(scene.path("policy.yaml")),
         "--quarantine", scene.path("aside")], input=b"\n".join(events) + b"\n",
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    secret, count, wrong = key_of(scene.path("oncall.key")), 0, 0
    for line in content(scene.path("aside")).splitlines():
        row = json.loads(line)
        clear, sealed = line[: line.index(b',"seals":')], unbase64(row["sealed"])
        key = box_open(unbase64(row["seals"][0]["key"]), secret)
        try:
            payload = json.loads(aead_open(sealed[24:], clear, sealed[:24], key))
            value = base64.b64decode(payload["value"])
            wrong += value != events[row["position"] - 1]
        except Wrong:
            wrong += 1
        count += 1
    checks.check(f"{count} quarantined events open to what came in",
                 count > 20 and not wrong, f"{wrong} do not")


def run(args, directory):
    checks = Checks()
    scene = Scene(args.lethe, directory)
    known_answers(checks)
    signs(checks, scene)
    reads(checks, scene)
    makes(checks, scene, "of a ring by lethe", scene.path("ring.lethe"),
          scene.path("secret.key"))
    writes(checks, scene)
    opens(checks, scene)
    checks.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lethe", required=True)
    parser.add_argument("--keep", help="work there, and leave it there")
    in_folder(run, parser.parse_args(), "lethe-ring-file-")


if __name__ == "__main__":
    main()
