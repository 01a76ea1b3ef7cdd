#!/usr/bin/env python3
"""The systemd units: systemd finds nothing wrong with them, they expose little,
and what they say of lethe is so.

    test_unit.py --lethe BINARY lethe.service lethe@.service
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading

from checks import TOP, Checks, said, settings_of
from filtered import allowed_calls

EXPOSURE_MAX = 2.0


def analyze(*arguments):
    got = subprocess.run(
        ["systemd-analyze", *arguments],
        capture_output=True, text=True, timeout=120, env=dict(os.environ, LC_ALL="C"),
    )
    return got.returncode, got.stdout + got.stderr


def check_words(checks, unit, lethe, folder):
    """`verify` wants the program to be there: the copy names the one built."""
    with open(unit, encoding="utf-8") as f:
        text = f.read()
    checks.that("=/usr/bin/lethe run" in text, f"{unit} starts `lethe run`")
    copy = os.path.join(folder, os.path.basename(unit))
    with open(copy, "w", encoding="utf-8") as f:
        f.write(text.replace("/usr/bin/lethe", lethe))
    code, out = analyze("verify", "--man=no", copy)
    checks.that(code == 0 and not out.strip(), f"verify {unit}: {out}")


def check_exposure(checks, unit):
    code, out = analyze("security", "--offline=true", unit)
    found = re.search(r"Overall exposure level for .*: ([0-9.]+)", out)
    if not checks.that(code == 0 and found, f"security {unit}: {out}"):
        return
    checks.that(
        float(found[1]) < EXPOSURE_MAX, f"{unit}: exposure {found[1]} is below {EXPOSURE_MAX}"
    )


def value_of(unit, name):
    with open(unit, encoding="utf-8") as f:
        return re.findall(rf"^{name}=(.*)$", f.read(), re.M)


def check_command(checks, unit, lethe, folder):
    """Its command line is one that lethe takes: what it misses is the key."""
    shop = os.path.join(folder, "shop")
    if not os.path.isdir(shop):
        said(lethe, "init", shop)
        os.rename(f"{shop}/lethe.yaml", f"{folder}/lethe.yaml")
        for name in ("policy.yaml", "ring.lethe"):
            os.rename(os.path.join(shop, name), os.path.join(folder, name))
        shutil.copy(f"{folder}/lethe.yaml", f"{folder}/NAME.yaml")
    line = value_of(unit, "ExecStart")[0]
    line = line.replace("/etc/lethe/", folder + "/").replace("%i", "NAME")
    words = [lethe, *line.replace("%d", "/no/credentials").split()[1:]]
    got = subprocess.run(words, capture_output=True, text=True, timeout=60)
    checks.that(
        got.returncode == 3 and "/no/credentials/secret.key" in got.stderr,
        f"{unit}: its command misses the key alone: {got.stderr}",
    )


def check_restarts(checks, unit):
    """What a restart cannot mend is not started again."""
    with open(os.path.join(TOP, "src/cli/command.h"), encoding="utf-8") as f:
        codes = dict(re.findall(r"(EXIT_\w+) = (\d)", f.read()))
    checks.that(
        value_of(unit, "RestartPreventExitStatus")
        == [f"{codes['EXIT_USAGE']} {codes['EXIT_CONFIG']}"],
        f"{unit}: wrong usage and configuration are not started again",
    )


def check_stop(checks, unit, lethe):
    """systemd waits for longer than lethe takes to stop."""
    help_text = said(lethe, "run", "--settings")
    timeout = re.search(r"^stop\.timeout .*default (\d+)s$", help_text, re.M)
    waits = re.fullmatch(r"(\d+)s", value_of(unit, "TimeoutStopSec")[0])
    checks.that(
        timeout and waits and int(waits[1]) > int(timeout[1]),
        f"{unit}: TimeoutStopSec is above stop.timeout",
    )


def check_calls(checks, unit):
    """The unit allows what lethe's own filter allows, and what makes that one."""
    with open(os.path.join(TOP, "src/daemon/sandbox/calls.c"), encoding="utf-8") as f:
        array = re.search(r"sandbox_allowed\[\] = \{(.*?)NULL", f.read(), re.S)[1]
    own = set(re.findall(r'"(\w+)"', re.sub(r"/\*.*?\*/", "", array, flags=re.S)))
    missing = (own | {"capset", "seccomp"}) - allowed_calls(unit)
    checks.that(len(own) > 50, "lethe's own list of system calls is found")
    checks.that(not missing, f"{unit} allows {sorted(missing)}")


def check_start(checks, unit, lethe, folder):
    """Under the unit's filters it starts, looks for its broker, and stops.

    Its own filter is closed once a broker answers, so check_calls has the rest."""
    shop = os.path.join(folder, "start-" + os.path.basename(unit))
    said(lethe, "init", shop)
    words = [
        sys.executable, os.path.join(os.path.dirname(__file__), "filtered.py"), unit,
        lethe, "run", "--config", shop + "/lethe.yaml", "--set", "http.listen=off",
        "--set", "kafka.bootstrap.servers=127.0.0.1:1",
    ]
    run = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    limit = threading.Timer(60, run.kill)
    limit.start()
    log = ""
    for line in run.stderr:
        log += line
        if "code=_TRANSPORT" in line:
            run.terminate()
    code = run.wait()
    limit.cancel()
    checks.that(code == 0 and "stopped status=ok" in log, f"{unit}: it starts: {log}")
    checks.that("patterns_interpreted" in log, f"{unit}: no memory becomes code: {log}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lethe", required=True)
    parser.add_argument("units", nargs="+")
    args = parser.parse_args()
    lethe = os.path.abspath(args.lethe)
    if not shutil.which("systemd-analyze"):
        sys.exit("systemd-analyze is not here: make deps")
    checks = Checks()
    checks.that("secret" in settings_of(lethe), "there is a setting `secret`")
    with tempfile.TemporaryDirectory(prefix="lethe-unit-") as folder:
        for unit in args.units:
            check_words(checks, unit, lethe, folder)
            check_exposure(checks, unit)
            check_command(checks, unit, lethe, folder)
            check_restarts(checks, unit)
            check_stop(checks, unit, lethe)
            check_calls(checks, unit)
            check_start(checks, unit, lethe, folder)
    checks.end()


if __name__ == "__main__":
    main()
