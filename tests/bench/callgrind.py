"""Instructions of the engine's measured part, counted by valgrind: the same at
every run, whatever else the machine does."""

import re
import subprocess


def run(command, out):
    """Instructions between entering measure() and leaving it."""
    done = subprocess.run(
        [
            "valgrind", "--tool=callgrind", "--callgrind-out-file=" + out,
            "--toggle-collect=measure", *command,
        ],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True,
    )
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not found or found.group(1) == "0":
        raise RuntimeError("callgrind counted nothing:\n" + done.stderr[-500:])
    return int(found.group(1))


def functions(out, inclusive):
    """[(instructions, function)], the most first."""
    done = subprocess.run(
        [
            "callgrind_annotate", "--threshold=100", "--auto=no",
            f"--inclusive={'yes' if inclusive else 'no'}", out,
        ],
        stdout=subprocess.PIPE, check=True, text=True,
    )
    rows = []
    for row in done.stdout.splitlines():
        found = re.match(r"\s*([\d,]+) \([^)]*\)\s+(\S+?):(.+?)(?: \[.*\])?$", row)
        if found:
            rows.append((int(found.group(1).replace(",", "")), found.group(3)))
    return rows
