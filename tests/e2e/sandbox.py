"""Whether a running lethe is in its sandbox: told by the kernel, a thread each."""

import os

NONE = "0" * 16
WANTED = {
    "NoNewPrivs": "1", "Seccomp": "2",
    "CapInh": NONE, "CapPrm": NONE, "CapEff": NONE, "CapAmb": NONE,
}
# Who may not empty it keeps it; no_new_privs makes it worth nothing.
if os.geteuid() == 0:
    WANTED["CapBnd"] = NONE


def threads(pid):
    """The status of each thread, as a dictionary."""
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/status") as f:
                rows = (line.split(":", 1) for line in f if ":" in line)
                found.append({name: value.strip() for name, value in rows})
        except OSError:  # it has just ended
            pass
    return found


def check(checks, pid):
    """At work: with lanes and the client library's threads."""
    found = threads(pid)
    wrong = [
        f"{row.get('Name')}: {name} {row.get(name)}"
        for row in found for name, value in WANTED.items() if row.get(name) != value
    ]
    checks.check("lethe at work has threads of its client", len(found) > 4, len(found))
    checks.equal(f"each of {len(found)} threads is in the sandbox, without rights",
                 wrong, [])
