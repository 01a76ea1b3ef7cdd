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
    """{function: instructions}; where the object has no name for it, the object."""
    done = subprocess.run(
        [
            "callgrind_annotate", "--threshold=100", "--auto=no",
            f"--inclusive={'yes' if inclusive else 'no'}", out,
        ],
        stdout=subprocess.PIPE, check=True, text=True,
    )
    rows = {}
    for row in done.stdout.splitlines():
        found = re.match(r"\s*([\d,]+) \([^)]*\)\s+(\S+?):(.+?)(?: \[(.*)\])?$", row)
        if not found:
            continue
        count, name = int(found.group(1).replace(",", "")), found.group(3)
        if name.startswith("0x"):
            name = unnamed(found.group(4))
        else:
            name = re.sub(r"\(.*|\.(part|isra|constprop).*", "", name)
        # A function stands there once a source file that it is made of.
        rows[name] = max(rows.get(name, 0), count) if inclusive else rows.get(name, 0) + count
    return rows


def unnamed(place):
    if place in (None, "???"):
        return "(code made at run time: patterns)"
    return "(" + re.sub(r"\.so.*", "", place.rsplit("/", 1)[-1]) + ")"
