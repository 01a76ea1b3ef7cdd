#!/usr/bin/env python3
"""Runs every golden case through the real binary.

A case is a folder:

  policy.yaml        a policy, or one line `policy: ../policies/NAME.yaml`
  in.ndjson          the input; or in.msgpack.hex: hex digits, "texts" that stand
                     for their bytes, # comments
  consent.ndjson     records of the consent ledger (optional)
  args               more arguments of `lethe filter` (optional)
  expected.out       standard output, byte for byte
  expected.err.json  the summary (--json), byte for byte
  expected.exit      the exit code

  run.py [--binary B] [CASE...]           compares
  run.py [--binary B] --update [CASE...]  writes what comes out: read it whole
  run.py [--binary B] --keys              gives the ring what the policies lack

ring.lethe and secret.key are test keys: they protect nothing.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
NOW = "2026-05-04T10:20:00Z"
RING = HERE / "ring.lethe"
EXPECTED = ("expected.out", "expected.err.json", "expected.exit")


def cases():
    return sorted(p.parent for p in HERE.glob("*/policy.yaml"))


def policy_of(case):
    path = case / "policy.yaml"
    first = path.read_text().splitlines()[0]
    match = re.fullmatch(r"policy: (\S+)", first)
    return (case / match[1]).resolve() if match else path


def unhex(text):
    out = bytearray()
    for line in text.splitlines():
        for part in re.finditer(r'"([^"]*)"|#.*|([0-9a-fA-F]{2})|\s+|(.)', line):
            if part[1] is not None:
                out += part[1].encode()
            elif part[2]:
                out.append(int(part[2], 16))
            elif part[3]:
                raise ValueError(f"not hex: {line}")
    return bytes(out)


def input_of(case):
    hexed = case / "in.msgpack.hex"
    if hexed.exists():
        return unhex(hexed.read_text()), ["--format", "msgpack"]
    return (case / "in.ndjson").read_bytes(), []


def run(binary, secret, case):
    data, args = input_of(case)
    more = case / "args"
    args += more.read_text().split() if more.exists() else []
    consent = case / "consent.ndjson"
    args += ["--consent", consent.name] if consent.exists() else []
    if "--now" not in args:
        args += ["--now", NOW]
    command = [binary, "filter", "--json", "--policy", str(policy_of(case)),
               "--ring", str(RING), "--secret", secret, *args]
    env = {k: v for k, v in os.environ.items() if not k.startswith("LETHE_")}
    done = subprocess.run(command, input=data, capture_output=True, env=env,
                          cwd=case, timeout=60, check=False)
    return done.stdout, done.stderr, f"{done.returncode}\n".encode()


def check(binary, secret, case):
    """The differences of one case, as lines."""
    told = []
    for name, got in zip(EXPECTED, run(binary, secret, case)):
        path = case / name
        want = path.read_bytes() if path.exists() else b"(no such file)\n"
        if got != want:
            told += [f"{case.name}/{name}"]
            told += [f"  want {l.decode(errors='backslashreplace')}" for l in want.splitlines()]
            told += [f"  got  {l.decode(errors='backslashreplace')}" for l in got.splitlines()]
    return told


def update(binary, secret, case):
    for name, got in zip(EXPECTED, run(binary, secret, case)):
        (case / name).write_bytes(got)


def add_keys(binary):
    for policy in sorted({policy_of(c) for c in cases()}):
        subprocess.run([binary, "keys", "add", "--policy", str(policy),
                        "--ring", str(RING)], check=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=str(HERE.parents[1] / "build/lethe"))
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--keys", action="store_true")
    parser.add_argument("cases", nargs="*")
    given = parser.parse_args()
    given.binary = os.path.abspath(given.binary)
    if given.keys:
        add_keys(given.binary)
        return 0
    chosen = [c for c in cases() if not given.cases or c.name in given.cases]
    if not chosen:
        print("no such case")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        secret = os.path.join(folder, "secret.key")
        shutil.copyfile(HERE / "secret.key", secret)
        os.chmod(secret, 0o600)
        work = update if given.update else check
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            told = list(pool.map(lambda c: work(given.binary, secret, c), chosen))
    failed = [lines for lines in told if lines]
    for lines in failed:
        print("\n".join(lines))
    print(f"{len(chosen) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
