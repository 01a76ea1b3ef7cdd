#!/usr/bin/env python3
"""Runs the examples of the documentation through the real binary.

Three kinds, in any .md under docs/ and in README.md:

* three fences in a row, ```yaml fields, ```json event, ```json record: the
  fields are put into a policy with one input and one purpose, the event is
  merged over a plain one, and the record's value must be what stands there
  (or `none: REASON`).
* ```json raw, then ```json of PURPOSE: the event through a fresh `lethe init
  shop` at the time of these examples; tokens are written `u1_…`.
* ```console: each line beginning with `$ ` is run by sh in a folder that has
  config/ and a fresh `lethe init shop`; it must end with 0.

The tables of docs/consent.md, docs/operations.md and docs/metrics.md are the
code's own: --update writes them.
"""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
LETHE = os.path.join(TOP, "build", "lethe")
NOW = "2026-05-04T10:20:00Z"

POLICY = """\
version: 1
name: example
revision: 1
controller: { name: Example Shop GmbH, contact: privacy@shop.example }
inputs:
  web:
    topics: [events.raw]
    event_time: { path: $.timestamp, format: rfc3339 }
    events:
      viewed:  { $.event: Product Viewed }
      ordered: { $.event: Order Completed }
identifiers:
  user: { prefix: u, from: [$.userId] }
purposes:
  demo:
    says: An example.
    basis: contract
    ticket: DOC-1
    on: [viewed, ordered]
    topic: demo.events
    recipients: [nobody]
    retention: 1d
    identity: [user]
quarantine: { topic: events.quarantine, payload: sealed, retention: 7d }
fields:
"""

EVENT = {
    "event": "Product Viewed",
    "userId": "u-1",
    "timestamp": "2026-05-04T10:15:07.249Z",
}

FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```\s*$", re.M | re.S)


def merged(base, over):
    out = dict(base)
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(out.get(key), dict):
            out[key] = merged(out[key], value)
        else:
            out[key] = value
    return out


def lethe(*args, **kwargs):
    return subprocess.run([LETHE, *args], capture_output=True, text=True, **kwargs)


def run_fields(fields, event, record, folder):
    policy = os.path.join(folder, "policy.yaml")
    paths = [os.path.join(folder, n) for n in ("ring.lethe", "secret.key", "oncall.key")]
    with open(policy, "w", encoding="utf-8") as f:
        f.write(POLICY + "".join("  " + line + "\n" for line in fields.splitlines()))
    made = lethe("keys", "new", "--ring", paths[0], "--secret", paths[1],
                 "--oncall", paths[2], "--policy", policy)
    if made.returncode:
        return "keys new: " + made.stderr
    line = json.dumps(merged(EVENT, json.loads(event))) + "\n"
    got = lethe("filter", "--policy", policy, "--ring", paths[0], "--secret",
                paths[1], "--now", NOW, "--json", input=line)
    if got.returncode:
        return "filter: " + got.stderr
    if record.startswith("none:"):
        reason = record.split(":", 1)[1].strip()
        if got.stdout:
            return "a record came out, expected none (%s)" % reason
        if '"%s"' % reason not in got.stderr:
            return "the summary does not name %s: %s" % (reason, got.stderr)
        return None
    if not got.stdout:
        return "no record came out: " + got.stderr
    value = json.loads(got.stdout)["value"]
    value.pop("subject", None)
    if value != json.loads(record):
        return "got %s" % json.dumps(value, ensure_ascii=False)
    return None


def run_raw(event, purpose, value, folder):
    line = json.dumps(json.loads(event)) + "\n"
    got = lethe("filter", "--config", os.path.join(folder, "shop", "lethe.yaml"),
                "--now", NOW, "--purpose", purpose, input=line)
    if got.returncode or not got.stdout:
        return "filter: " + got.stderr
    text = json.dumps(json.loads(got.stdout)["value"], ensure_ascii=False)
    found = json.loads(re.sub(r"([a-z]+\d+)_[a-z2-7]{26}", r"\1_…", text))
    if list(found.items()) != list(json.loads(value).items()):
        return "got %s" % json.dumps(found, ensure_ascii=False)
    return None


def run_console(text, folder):
    env = dict(os.environ, PATH=os.path.dirname(LETHE) + ":" + os.environ["PATH"])
    for line in text.splitlines():
        if not line.startswith("$ "):
            continue
        got = subprocess.run(["sh", "-c", "set -e\n" + line[2:]], cwd=folder, env=env,
                             capture_output=True, text=True)
        if got.returncode:
            return "%s\n    ended with %d: %s" % (line, got.returncode, got.stderr.strip())
    return None


def rows_of(path, macro):
    """The rows of an X-macro: lists of arguments, C strings joined."""
    with open(os.path.join(TOP, path), encoding="utf-8") as f:
        text = f.read()
    text = text[text.index("#define " + macro):].replace("\\\n", "\n")
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    rows = []
    for m in re.finditer(r'\bX\(((?:[^()"]|"(?:[^"\\]|\\.)*")*)\)', text[:text.index("\n#") if "\n#" in text else None]):
        parts = re.findall(r'(?:"(?:[^"\\]|\\.)*"\s*)+|[^,"]+', m.group(1))
        row = []
        for part in parts:
            strings = re.findall(r'"((?:[^"\\]|\\.)*)"', part)
            value = "".join(strings) if strings else part.strip()
            if strings or value:
                row.append(value)
        rows.append(row)
    return rows[1:] if rows and rows[0] == ["X"] else rows


def tables():
    """What stands between <!-- name --> and <!-- /name -->, from the code."""
    settings = ["| setting | default | unit | what |", "|---|---|---|---|"]
    for row in rows_of("src/daemon/settings.h", "SETTINGS_MAP(X)"):
        _, name, _, default, _, _, unit, text = row
        default = "" if default == "NULL" else "`%s`" % default
        settings.append("| `%s` | %s | %s | %s |" % (name, default, unit.replace("|", " or "), text))
    poison = ["| reason | what |", "|---|---|"]
    for _, kind, name, text in rows_of("include/lethe/error.h", "LETHE_STATUS_MAP(X)"):
        if kind == "POISON":
            poison.append("| `%s` | %s |" % (name, text))
    reasons = ["| reason | ends | what |", "|---|---|---|"]
    ends = {"EVENT": "the event", "PURPOSE": "one purpose's record", "FIELD": "one field"}
    for _, scope, name, text in rows_of("include/lethe/reason.h", "LETHE_REASON_MAP(X)"):
        if scope in ends and name not in ("absent", "not_on_event"):
            reasons.append("| `%s` | %s | %s |" % (name, ends[scope], text))
    checks = ["| check | well when |", "|---|---|"]
    for name, text in rows_of("src/cli/doctor/checks.h", "CHECKS_MAP(X)"):
        checks.append("| `%s` | %s |" % (name, text))
    misfits = ["| reason | what |", "|---|---|"]
    for _, name, text in rows_of("include/lethe/reason.h", "LETHE_MISFIT_MAP(X)"):
        if name != "none":
            misfits.append("| `%s` | %s |" % (name, text))
    metrics = ["| metric | type | labels | what |", "|---|---|---|---|"]
    for row in rows_of("src/base/metric.h", "METRIC_MAP(X)"):
        _, name, kind, *labels, text = row
        labels = ", ".join("`%s`" % n for n in "".join(labels).split(",") if n)
        metrics.append("| `%s` | %s | %s | %s |" % (name, kind.lower(), labels, text))
    findings = ["| reason | class | what |", "|---|---|---|"]
    for _, kind, name, text in rows_of("src/consent/signals/finding.h", "FINDING_MAP(X)"):
        if kind != "NONE":
            findings.append("| `%s` | %s | %s |" % (name, kind.lower(), text))
    return {
        "consent.md": {"findings": findings},
        "operations.md": {
            "checks": checks, "settings": settings, "poison": poison, "reasons": reasons,
        },
        "metrics.md": {"misfits": misfits, "metrics": metrics},
    }


def check_tables(update):
    """Whether the docs have the code's tables, word for word."""
    for page, found in tables().items():
        why = check_page(page, found, update)
        if why:
            return why
    return None


def check_page(page, found, update):
    path = os.path.join(TOP, "docs", page)
    with open(path, encoding="utf-8") as f:
        text = was = f.read()
    for name, rows in found.items():
        if "<!-- %s -->" % name not in text:
            return "docs/%s: the table `%s` is missing" % (page, name)
        text = re.sub(r"(<!-- %s -->\n).*?(<!-- /%s -->)" % (name, name),
                      lambda m: m.group(1) + "\n".join(rows) + "\n" + m.group(2),
                      text, flags=re.S)
    if update and text != was:
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
    elif text != was:
        return "docs/%s: a table is not the code's: tests/docs/run.py --update" % page
    return None


def examples(path):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    fences = [(m.group(1).strip(), m.group(2), text.count("\n", 0, m.start()) + 1)
              for m in FENCE.finditer(text)]
    i, raw = 0, None
    while i < len(fences):
        info, body, line = fences[i]
        if info == "json raw":
            raw = body
        elif info.startswith("json of "):
            yield line, "raw", (raw, info[len("json of "):], body)
        if info == "yaml fields":
            names = [f[0] for f in fences[i + 1:i + 3]]
            if names != ["json event", "json record"]:
                sys.exit("%s:%d: `fields` without event and record" % (path, line))
            yield line, "fields", (body, fences[i + 1][1], fences[i + 2][1])
            i += 2
        elif info == "console":
            yield line, "console", body
        i += 1


def main():
    passed = failed = 0
    why = check_tables("--update" in sys.argv[1:])
    if why:
        failed += 1
        print(why)
    else:
        passed += 1
    scratch = tempfile.mkdtemp(prefix="lethe-docs-")
    try:
        work = os.path.join(scratch, "work")
        os.mkdir(work)
        shutil.copytree(os.path.join(TOP, "config"), os.path.join(work, "config"))
        made = lethe("init", os.path.join(work, "shop"))
        if made.returncode:
            sys.exit("lethe init failed: " + made.stderr)
        for path in sorted(glob.glob(os.path.join(TOP, "docs", "*.md"))) + [
                os.path.join(TOP, "README.md")]:
            for line, kind, body in examples(path):
                if kind == "fields":
                    folder = tempfile.mkdtemp(dir=scratch)
                    why = run_fields(*body, folder)
                elif kind == "raw":
                    why = run_raw(*body, work)
                else:
                    why = run_console(body, work)
                if why:
                    failed += 1
                    print("%s:%d: %s" % (os.path.relpath(path, TOP), line, why))
                else:
                    passed += 1
    finally:
        shutil.rmtree(scratch)
    if not passed + failed:
        sys.exit("no example found")
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
