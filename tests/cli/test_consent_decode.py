#!/usr/bin/env python3
"""`lethe consent decode` through the real binary: the vectors of TCF strings by
decoded field and by verdict, the headers of GPP, and what a stranger may do.

    tests/cli/test_consent_decode.py --lethe build/lethe
"""

import argparse
import json
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VECTORS = os.path.join(TOP, "tests", "vectors")
NOW = "2026-05-04T00:00:00Z"
DATELESS = {"usprivacy", "gcs", "gcd", "onetrust"}  # of --format

# The names of the vectors, and the specification's names for the same.
CORE = {
    "version": "version", "cmpId": "cmpId", "cmpVersion": "cmpVersion",
    "screen": "consentScreen", "lang": "consentLanguage",
    "vlv": "vendorListVersion", "policy": "tcfPolicyVersion",
    "sf": "specialFeatureOptIns", "pc": "purposeConsents",
    "pli": "purposeLegitimateInterests", "cc": "publisherCC",
}
FLAGS = {
    "serviceSpecific": "isServiceSpecific", "nonStd": "useNonStandardTexts",
    "p1t": "purposeOneTreatment",
}
VENDORS = {"vc": "vendorConsents", "vli": "vendorLegitimateInterests"}
SEGMENTS = {1: "disclosedVendors", 2: "vendorsAllowed"}
PUBLISHER = {
    "pc": "publisherConsents", "pli": "publisherLegitimateInterests",
    "n": "numCustomPurposes", "cc": "publisherCustomConsents",
    "cli": "publisherCustomLegitimateInterests",
}

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

PASSED, FAILED = [], []


def check(name, got, wanted):
    if got == wanted:
        PASSED.append(name)
    else:
        FAILED.append(name)
        print(f"FAILED {name}: {got!r}, not {wanted!r}")


def load(name):
    with open(os.path.join(VECTORS, name), encoding="utf-8") as f:
        return json.load(f)


class Lethe:
    def __init__(self, path):
        self.path = os.path.abspath(path)

    def run(self, *args, given=""):
        return subprocess.run(
            [self.path, "consent", "decode", *args], input=given, text=True,
            capture_output=True, timeout=60, check=False,
        )

    def decode(self, string, *args):
        """The object of one string; its exit code must say the same."""
        now = [] if DATELESS & set(args) else ["--now", NOW]
        done = self.run("--json", *now, *args, "--", string)
        object_ = json.loads(done.stdout)
        check(f"exit code of {args}", done.returncode, 0 if object_["usable"] else 1)
        check("nothing on standard error", done.stderr, "")
        return object_


def core_fields(name, core, got):
    for ours, theirs in CORE.items():
        check(f"{name}: {theirs}", got[theirs], core[ours])
    for ours, theirs in FLAGS.items():
        check(f"{name}: {theirs}", got[theirs], bool(core[ours]))
    for ours, theirs in VENDORS.items():
        check(f"{name}: {theirs}", got[theirs], core[ours]["ids"])
    for ours, theirs in (("created", "created"), ("updated", "lastUpdated")):
        check(f"{name}: {theirs}", got[theirs], core[ours].replace("+00:00", "Z"))
    check(
        f"{name}: publisherRestrictions",
        [[r["purposeId"], r["restrictionType"], r["vendors"]]
         for r in got["publisherRestrictions"]],
        core["pr"],
    )


def other_segments(name, segments, got):
    by_type = {s["type"]: s for s in segments}
    for number, key in SEGMENTS.items():
        there = by_type.get(number)
        check(f"{name}: {key}", got[key], there and there["vendors"]["ids"])
    there = by_type.get(3)
    for ours, theirs in PUBLISHER.items():
        check(f"{name}: {theirs}", got[theirs], there and there[ours])


# Judged, not malformed: these are decoded whole and not usable all the same.
JUDGED = {
    "disclosed_missing", "not_service_specific", "policy_too_old", "future", "expired",
}


def tcf_vectors(lethe):
    rows = load("tcf.json")
    check("vectors", (len(rows), sum(r["usable"] for r in rows)), (33, 13))
    for row in rows:
        name, reason = row["name"], row["reason"]
        args = ["--format", "tcf"]
        if reason == "expired_if_max_age_395d":
            check(f"{name}: any age", lethe.decode(row["tc"])["usable"], True)
            args, reason = [*args, "--max-age", "395d"], "expired"
        got = lethe.decode(row["tc"], *args)
        check(f"{name}: format", got["format"], "tcf")
        check(f"{name}: usable", got["usable"], row["usable"])
        check(f"{name}: reason", got["reason"], reason)
        if row["usable"] or reason in JUDGED:
            core_fields(name, row["decoded"][0], got)
            other_segments(name, row["decoded"][1:], got)
        else:
            check(f"{name}: nothing decoded", "created" in got, False)


def sniffed(lethe):
    """Without --format, the beginning tells the same, but for two of them."""
    differs = {"version 3 (a GPP header read as TC)": "gpp", "empty": None}
    for row in load("tcf.json"):
        got = lethe.decode(row["tc"])
        check(f"{row['name']}: sniffed", got["format"], differs.get(row["name"], "tcf"))
    for string, name in (
        ("1YNN", "usprivacy"), ("1---", "usprivacy"), ("1Y", "usprivacy"),
        ("DBAA", "gpp"), ("D", "gpp"), ("xyz", None), ("2YNN", None),
        ("G111", "gcs"), ("G", "gcs"), ("13l3l3l2l1", "gcd"), ("13", "gcd"),
        ("C0001:1", "onetrust"), (",C0001,", "onetrust"), ("groups=C1:1", "onetrust"),
        ("isGpcEnabled=0", "onetrust"), ("CQh-8AAQh-8=", "tcf"), ("C", "tcf"), ("1", None),
    ):
        check(f"{string}: sniffed", lethe.decode(string)["format"], name)


def gpp_headers(lethe):
    for row in load("gpp-headers.json"):
        got = lethe.decode(row["in"])
        check(f"{row['in']}: sections", got["sectionList"], row["ids"])
        check(f"{row['in']}: alone", got["usable"], not row["ids"])


def gpp_sections(lethe):
    tc = load("tcf.json")[0]["tc"]
    got = lethe.decode(f"DBACNY~{tc}~1YYN")
    check("gpp: usable", got["usable"], True)
    alone = lethe.decode(tc)
    for key in ("format", "usable", "reason"):
        alone.pop(key)
    check("gpp: tcfeuv2 is the TC string", got["parsedSections"]["tcfeuv2"], alone)
    check("gpp: uspv1", got["parsedSections"]["uspv1"]["OptOutSale"], "Y")
    old = next(r["tc"] for r in load("tcf.json") if r["name"] == "policy version 2")
    got = lethe.decode(f"DBACNY~{old}~1YYN")
    check("gpp: judged by its TC string", got["reason"], "policy_too_old")
    got = lethe.decode("DBABLA~CVVVkkkkkpFY.YA")["parsedSections"]["usnat"]
    check("usnat: version", got["Version"], 2)
    check("usnat: opt-outs", [got[k] for k in (
        "SaleOptOut", "SharingOptOut", "TargetedAdvertisingOptOut")], [1, 1, 1])
    check("usnat: sensitive", got["SensitiveDataProcessing"], [2, 1, 0] * 5 + [2])
    check("usnat: children", got["KnownChildSensitiveDataConsents"], [2, 1, 0])
    check("usnat: tail", [got[k] for k in (
        "PersonalDataConsents", "MspaCoveredTransaction", "MspaOptOutOptionMode",
        "MspaServiceProviderMode")], [1, 1, 1, 2])
    check("usnat: Gpc", got["Gpc"], True)
    got = lethe.decode("DBABjw~whatever it is~1NNN")
    check("gpp: a section named, not read", got["parsedSections"]["tcfcav1"], None)


FLAGS_OF_GOOGLE = ["ad_storage", "analytics_storage", "ad_user_data", "ad_personalization"]


def google(lethe):
    for row in load("gcs.json"):
        got = lethe.decode(row["in"], "--format", "gcs")
        check(f"gcs {row['in']}: usable", got["usable"], "error" not in row)
        check(f"gcs {row['in']}: flags", [got.get(k) for k in FLAGS_OF_GOOGLE[:2]],
              [row.get(k) for k in FLAGS_OF_GOOGLE[:2]])
    for row in load("gcd.json"):
        got = lethe.decode(row["in"], "--format", "gcd")
        check(f"gcd {row['in']}: usable", got["usable"], "signals" in row)
        if "signals" in row:
            check(f"gcd {row['in']}: flags", [got[k] for k in FLAGS_OF_GOOGLE],
                  row["signals"])
    for text, format_, reason in (
        ("G1", "gcs", "truncated"), ("G1111", "gcs", "too_long"), ("G112", "gcs", "bad_value"),
        ("13r3r3r2", "gcd", "truncated"), ("13z3r3r2r", "gcd", "bad_value"),
        ("13r3r3r2r" + "1" * 64, "gcd", "too_long"),
    ):
        got = lethe.decode(text)
        check(f"{text}: no {format_}", got, {
            "format": format_, "usable": False, "reason": reason})
    shown = lethe.run("--", "13r3p3l2t5l1").stdout
    check("gcd for people", "never a yes" in shown, True)
    check("gcd: 80 columns", max(map(len, shown.split("\n"))) <= 80, True)


def onetrust(lethe):
    groups = {"C0001": True, "C0002": False}
    cookie = "isGpcEnabled={}&datestamp=x&consentId=secret&groups=C0001%3A1%2CC0002%3A0"
    for text, gpc, wanted in (
        ("C0001:1,C0002:0", None, groups), (cookie.format(1), True, groups),
        (cookie.format(0), False, groups), ("isGpcEnabled=0", False, None),
        ("groups=C0001:1", None, {"C0001": True}), (",C0001,", None, {"C0001": True}),
    ):
        got = lethe.decode(text)
        check(f"{text}: all of it", got, {
            "format": "onetrust", "usable": True, "reason": None, "isGpcEnabled": gpc,
            "groups": wanted})
    for text, reason in (
        ("C0001:1,C0001:0", "duplicate_group"), ("C0001:1,C0002:2", "bad_value"),
        ("groups=C1:1&groups=C2:1", "bad_value"), ("isGpcEnabled=2", "bad_value"),
        ("C0001:1" + ",C0001:1" * 600, "too_long"),
    ):
        check(f"{text[:40]}: why", lethe.decode(text)["reason"], reason)
    check("the person's id is not shown", "secret" in lethe.run(cookie.format(1)).stdout, False)


def lines(lethe):
    tc = load("tcf.json")[0]["tc"]
    done = lethe.run("--json", "--now", NOW, "-", given=f"{tc}\r\n\n1YNN\nnonsense")
    got = [json.loads(line) for line in done.stdout.splitlines()]
    check("one object a line", [o["usable"] for o in got], [True, False, True, False])
    check("their reasons", [o["reason"] for o in got], [None, "empty", None, "unknown_format"])
    check("a line that is none ends with 1", done.returncode, 1)
    check("all usable ends with 0", lethe.run("-", given="1YNN\n1NNN\n").returncode, 0)
    check("no line ends with 0", lethe.run("-", given="").returncode, 0)
    long = lethe.run("--json", "-", given="C" * 3_000_000 + "\n1YNN\n")
    got = [json.loads(line)["reason"] for line in long.stdout.splitlines()]
    check("a line beyond the limit costs that line alone", got, ["too_long", None])


def bomb(lethe):
    """4,095 ranges of 1..65535: an answer, and a list no longer than the ids."""
    bits = bytearray()

    def put(value, count):
        bits.extend((value >> i) & 1 for i in range(count - 1, -1, -1))

    core = load("tcf.json")[0]["tc"].split(".", 1)[0]
    for letter in core:
        put(LETTERS.index(letter), 6)
    del bits[213:]
    put(65535, 16), put(1, 1), put(4095, 12)
    for _ in range(4095):
        put(1, 1), put(1, 16), put(65535, 16)
    put(0, 17), put(0, 12)
    bits.extend([0] * (-len(bits) % 6))
    text = "".join(
        LETTERS[int("".join(map(str, bits[i:i + 6])), 2)] for i in range(0, len(bits), 6)
    )
    check("the bomb is as long as the text says", 22568 - 10 <= len(text) <= 22568 + 10, True)
    got = lethe.decode(text + ".IAVAIAAAAAQ", "--vendor", "42")
    check("bomb: usable", got["usable"], True)
    check("bomb: vendors", got["vendorConsents"], list(range(1, 65536)))
    check("bomb: vendor", got["vendorsAsked"][0]["consent"], True)
    done = lethe.run("--now", NOW, "--", text + ".IAVAIAAAAAQ")
    check("bomb: for people", "vendor consents           1-65535\n" in done.stdout, True)


def many(lethe):
    """Every other vendor: a list for people is cut, and no line is longer."""
    core = load("tcf.json")[0]["tc"].split(".", 1)[0]
    bits = "".join(f"{LETTERS.index(c):06b}" for c in core)[:213]
    bits += f"{4000:016b}0" + "10" * 2000 + "0" * 29
    bits += "0" * (-len(bits) % 6)
    text = "".join(LETTERS[int(bits[i:i + 6], 2)] for i in range(0, len(bits), 6))
    text += ".IAVAIAAAAAQ"
    check("many: all for scripts", lethe.decode(text)["vendorConsents"],
          list(range(1, 4001, 2)))
    shown = lethe.run("--now", NOW, "--", text).stdout
    check("many: cut for people", "… (--json has all)" in shown, True)
    check("many: it begins with the first", "vendor consents           1, 3, 5," in shown, True)
    check("many: 80 columns", max(map(len, shown.split("\n"))) <= 80, True)


def vendor(lethe):
    row = next(r for r in load("tcf.json") if r["name"].startswith("restriction: purpose 5"))
    got = lethe.decode(row["tc"], "--vendor", "42", "--vendor", "7")["vendorsAsked"]
    check("--vendor", [(v["id"], v["consent"], v["disclosed"], v["notAllowed"])
                       for v in got], [(42, True, True, [5]), (7, False, False, [])])


def for_people(lethe):
    row = load("tcf.json")[0]
    done = lethe.run("--now", NOW, "--", row["tc"])
    check("the table begins with the verdict", done.stdout.split("\n")[0],
          "IAB TCF string: usable")
    check("it names purposes", "Create profiles to personalise content" in done.stdout, True)
    check("it fits 80 columns", max(map(len, done.stdout.split("\n"))) <= 80, True)
    check("it has no blanks at the end", re.findall(r" $", done.stdout, re.M), [])
    done = lethe.run("--now", NOW, "--", "C")
    check("why not", "truncated (malformed, at core)" in done.stdout, True)


def stranger(lethe):
    """A string is personal data: no mistake shows it on standard error."""
    tc = load("tcf.json")[0]["tc"]
    for args in (
        ["--json", tc, tc], ["--format", tc, tc], ["--now", tc, tc],
        ["--max-age", tc, tc], ["--vendor", tc, tc], ["--max-age", "0d", tc],
        ["--vendor", "0", tc], ["--vendor", "65536", tc], [],
    ):
        done = lethe.run(*args)
        check("a wrong use ends with 2", done.returncode, 2)
        check("and does not show the string", tc in done.stderr, False)
        check("nor anything else", done.stdout, "")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lethe", required=True)
    lethe = Lethe(parser.parse_args().lethe)
    for part in (tcf_vectors, sniffed, gpp_headers, gpp_sections, google, onetrust, lines, bomb,
                 many, vendor,
                 for_people, stranger):
        part(lethe)
    print(f"{len(PASSED)} passed, {len(FAILED)} failed")
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main())
