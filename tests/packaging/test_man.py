#!/usr/bin/env python3
"""The manual pages: mandoc finds nothing to say about them, and they name
every command with its options, every setting, every key of a policy.

    test_man.py --lethe BINARY --pages FOLDER
"""

import argparse
import glob
import os
import re
import shutil
import subprocess
import sys

from checks import TOP, Checks, commands_of, options_of, said, settings_of

PAGES = ("man1/lethe.1", "man5/lethe.yaml.5", "man5/lethe-policy.5")


def rendered(path):
    """The page as a terminal shows it, without bold and underline."""
    text = said("mandoc", "-T", "utf8", "-O", "width=100", path)
    return re.sub(".\x08", "", text)


def check_lint(checks, folder):
    """All of mandoc's remarks, style too; the pages find each other."""
    said("makewhatis", folder)
    for page in PAGES:
        got = subprocess.run(
            ["mandoc", "-T", "lint", "-W", "style", page],
            cwd=folder, capture_output=True, text=True, timeout=60,
            env=dict(os.environ, MANPATH=folder),
        )
        remarks = got.stdout + got.stderr
        checks.that(
            not remarks and got.returncode == 0, f"{page} is clean\n{remarks}"
        )


def check_commands(checks, lethe, text):
    """Each command has a section, and in it each of its options."""
    names = commands_of(lethe)
    checks.that(len(names) >= 10, "`lethe --help` lists the commands")
    for words in names:
        found = re.search(
            rf"^ +lethe {words}$(.*?)(?=^ {{1,4}}lethe [a-z]|^[A-Z])", text, re.M | re.S
        )
        if not checks.that(found, f"lethe(1) explains `{words}`"):
            continue
        for option in options_of(lethe, words):
            if option != "help":
                checks.that(
                    re.search(rf"^ +--{option}( |$)", found[1], re.M),
                    f"lethe(1): `{words}` has --{option}",
                )


def check_settings(checks, lethe, text):
    names = settings_of(lethe)
    checks.that(len(names) >= 10, "`lethe run --settings` lists the settings")
    for name in names:
        if name != "kafka.NAME":
            checks.that(
                re.search(rf"^ +{re.escape(name)}$", text, re.M)
                or re.search(rf"^ +{re.escape(name)}  +\S", text, re.M),
                f"lethe.yaml(5) has a row of {name}",
            )
    checks.that("kafka.NAME" in text, "lethe.yaml(5) says what passes through")


def keys_of_policies():
    """Every key that the policy's parser takes, from its own arrays."""
    keys = set()
    paths = glob.glob(os.path.join(TOP, "src/policy/parse/**/*.c"), recursive=True)
    for path in paths:
        with open(path, encoding="utf-8") as f:
            text = f.read()
        arrays = re.findall(r"\b(?:flag_|common_)?keys\[\] = \{(.*?)\}", text, re.S)
        arguments = re.findall(r"\[TRANSFORM_\w+\] = \{\{(.*?)\}", text, re.S)
        for array in arrays + arguments:
            keys.update(re.findall(r'"(\w+)"', array))
    with open(os.path.join(TOP, "src/transform/transform.h"), encoding="utf-8") as f:
        rows = re.findall(r'X\([A-Z_]+, "(\w+)"', f.read())
    return keys | set(rows)


def check_policy(checks, text):
    keys = keys_of_policies()
    checks.that(len(keys) >= 60, f"the parser's keys are found ({len(keys)})")
    for key in sorted(keys):
        checks.that(
            re.search(rf"(?<![\w.]){key}(?!\w)", text), f"lethe-policy(5) names `{key}`"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lethe", required=True)
    parser.add_argument("--pages", required=True)
    args = parser.parse_args()
    lethe, folder = os.path.abspath(args.lethe), os.path.abspath(args.pages)
    if not shutil.which("mandoc"):
        sys.exit("mandoc is not here: make deps")
    checks = Checks()
    check_lint(checks, folder)
    page = {name: rendered(os.path.join(folder, name)) for name in PAGES}
    check_commands(checks, lethe, page[PAGES[0]])
    check_settings(checks, lethe, page[PAGES[1]])
    check_policy(checks, page[PAGES[2]])
    checks.end()


if __name__ == "__main__":
    main()
