"""docs/benchmarks.md: each target writes its own marked section anew and keeps
the others, and what people wrote between them."""

import os
import platform
import re
import statistics
import subprocess
import sys

HEAD = """# Benchmarks

Written by `make bench` and its kin, each a section of its own. Absolute figures move with machine and hour: each section
names its machine, and what is compared was measured in turns in one run.
"""
ORDER = ["engine", "run", "latency", "lanes", "memory", "sweep", "scale", "reload", "ledger",
         "consent", "profile"]


def say(text):
    print(text, file=sys.stderr, flush=True)


def spread(values, form="{:,.0f}"):
    """median (least to most)"""
    low, mid, high = min(values), statistics.median(values), max(values)
    if len(values) == 1:
        return form.format(mid)
    return form.format(mid) + f" ({form.format(low)} to {form.format(high)})"


def table(*rows):
    """Lines of a table; the first row is its head."""
    yield "| " + " | ".join(rows[0]) + " |"
    yield "|" + "---|" * len(rows[0])
    for row in rows[1:]:
        yield "| " + " | ".join(row) + " |"


def verdict(good):
    """None: there is no aim."""
    if good is None:
        return ""
    return "reached" if good else "missed"


def machine(lethe):
    with open("/proc/cpuinfo") as f:
        found = re.search(r"model name\s*:\s*(.*)", f.read())
    versions = subprocess.run(
        [lethe, "--version"], stdout=subprocess.PIPE, text=True, check=True
    ).stdout.split()
    return (
        f"Machine: {found.group(1) if found else platform.machine()}, "
        f"{os.cpu_count()} cores; Linux {platform.release()}; {' '.join(versions)}."
    )


def marks(name):
    return f"<!-- bench:{name} -->", f"<!-- /bench:{name} -->"


def with_section(text, name, body):
    """The page's text with one section replaced, or put in where it belongs."""
    first, last = marks(name)
    block = f"{first}\n{body.strip()}\n{last}"
    old = re.compile(re.escape(first) + ".*?" + re.escape(last), re.S)
    if old.search(text):
        return old.sub(lambda _: block, text)
    for later in ORDER[ORDER.index(name) + 1 :]:
        at = text.find(marks(later)[0])
        if at >= 0:
            return text[:at] + block + "\n\n" + text[at:]
    return text.rstrip("\n") + "\n\n" + block + "\n"


def write(path, name, lines):
    """Prints a section, and puts it into the page unless `path` is empty."""
    body = "\n".join(lines)
    print(body, flush=True)
    if not path:
        return
    text = HEAD
    if os.path.exists(path):
        with open(path) as f:
            text = f.read()
    with open(path, "w") as f:
        f.write(with_section(text, name, body))
