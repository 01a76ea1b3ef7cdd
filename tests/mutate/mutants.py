#!/usr/bin/env python3
"""Plants one small fault after another into the code that decides on consent,
and runs its unit tests: a fault that no test notices is a test that is missing.

    tests/mutate/mutants.py --build build/release --cc "gcc …" --link "g++ …"
        --libs "…" [--seed 1 --count 10] [--jobs 2] [--only decide.c] [--list]

Flipped are comparisons, `&&` and `||`, `!`, masks, the reasons and answers that
are given, true and false.  A fault that changes nothing stands in
tests/mutate/equivalent.txt with the reason why; an entry there that names no
fault is an error, and so is one that a test does catch.
"""

import argparse
import concurrent.futures
import os
import random
import re
import resource
import shlex
import signal
import subprocess
import sys
import tempfile
import threading

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EQUIVALENT = os.path.join(TOP, "tests", "mutate", "equivalent.txt")

# A fault that makes a test run on for ever is noticed too: it takes so many
# times as much of a processor as without one, and so many seconds more; one
# that only waits has ended after so many minutes, on the slowest machine.
HANGS_TIMES, HANGS_SECONDS, WAITS_SECONDS = 10, 2, 180

# What a fault makes undefined ends the program, without a library for it.
TRAPS = ["-fsanitize=undefined", "-fsanitize-undefined-trap-on-error"]

# What decides, and the tests that must notice, the quickest first.
TRUTH = "consent_truth"  # the last, where it is not named
SOURCES = {
    "src/consent/decide.c": ["consent_table", "consent_decide"],
    "src/consent/ledger/answer.c": ["ledger_row"],
    "src/consent/signals/tcf/answer.c": ["tcf_answer", "consent_strings"],
    "src/consent/signals/tcf/source.c": ["consent_strings"],
    "src/consent/signals/tcf/url.c": ["tcf_url"],
    "src/consent/signals/tcf/usable.c": ["consent_vectors", TRUTH, "tcf"],
    "src/consent/signals/gpp/answer.c": ["gpp", "consent_strings"],
    "src/consent/signals/gpp/source.c": ["consent_strings", "objection"],
    "src/consent/signals/flag.c": ["consent_signals", "consent_objects"],
    "src/consent/signals/gpc.c": ["consent_signals"],
    "src/consent/signals/onetrust.c": ["consent_formats"],
    "src/consent/signals/segment.c": ["consent_signals"],
    "src/consent/signals/rudderstack.c": ["consent_objects"],
    "src/consent/signals/google/gcs.c": ["consent_formats"],
    "src/consent/signals/google/gcd.c": ["consent_formats"],
    "src/consent/signals/snowplow/preferences.c": ["consent_objects"],
    "src/consent/signals/snowplow/gdpr.c": ["consent_objects", "consent_signals"],
    "src/consent/signals/snowplow/withdrawn.c": ["consent_objects"],
    "src/consent/signals/finding.c": ["gpp", "consent_vectors"],
    "src/consent/signals/table.c": ["consent_formats", "consent_objects", "consent_signals"],
    "src/engine/steps/answers.c": ["process", "objection"],
    "src/engine/steps/objection.c": ["objection"],
    "src/engine/steps/ledger.c": ["ledger_notices", "ledger_classes", "ledger_engine"],
}


def tests_of(path):
    tests = SOURCES[path]
    return tests if TRUTH in tests else [*tests, TRUTH]


FLIPS = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==",
    "&&": "||", "||": "&&", "&": "|", "|": "&", "!": "",
    "true": "false", "false": "true",
    "ANSWER_GRANT": "ANSWER_DENY", "ANSWER_DENY": "ANSWER_SILENT",
    "ANSWER_SILENT": "ANSWER_GRANT", "ANSWER_ERROR": "ANSWER_SILENT",
    "LETHE_REASON_NONE": "LETHE_REASON_REFUSED",
}
NOT_CODE = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|^\s*#.*?(?<!\\)$', re.S | re.M)
# What a format tells the policy's parser (tests/policy looks after that), and
# guards against callers that there are none of.
NOT_DECIDING = re.compile(
    r"^\s*\.(?:plain|below|keys|never_grants|objects) = |^\s*SIGNAL_KEY_|\bbug_if\(")
TOKEN = re.compile(
    r"\b(?:true|false|ANSWER_[A-Z]+|LETHE_REASON_[A-Z_]+)\b"
    r"|->|<<=?|>>=?|&&|\|\||[<>=!]=|[|&]=|[<>!]"
    r"|(?<=\s)[&|](?=\s|~)"
)


def blanked(text):
    """The same text with blanks where comments, strings and directives stand."""
    return NOT_CODE.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def flip(token, before):
    if token in FLIPS:
        # What is compared with, or a case, is no answer that is given.
        named = token.startswith(("ANSWER_", "LETHE_REASON_"))
        if named and re.search(r"([=!]=|\bcase|\[)\s*$", before):
            return None
        # Of an answer that is no error nobody looks at the reason.
        if token == "LETHE_REASON_NONE" and re.search(r"ANSWER_(?!ERROR)[A-Z: ?_]+,\s*$", before):
            return None
        return FLIPS[token]
    if token.startswith("LETHE_REASON_") and not re.search(r"([=!]=|\bcase)\s*$", before):
        return "LETHE_REASON_NONE"
    return None


class Mutant:
    def __init__(self, path, text, at, old, new):
        self.path, self.new = path, new
        self.text = text[:at] + new + text[at + len(old):]
        start = text.rfind("\n", 0, at) + 1
        end = text.find("\n", at)
        self.line = text.count("\n", 0, at) + 1
        self.was = text[start:end].strip()
        self.now = (text[start:at] + new + text[at + len(old):end]).strip()
        self.nth = 1

    def key(self):
        return (self.path, self.was, self.now, self.nth)

    def __str__(self):
        return f"{self.path}:{self.line}: `{self.was}` as `{self.now}`"


def mutants_of(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as f:
        text = f.read()
    code, found, seen = blanked(text), [], {}
    for m in TOKEN.finditer(code):
        new = flip(m.group(), code[max(0, m.start() - 40):m.start()])
        start = code.rfind("\n", 0, m.start()) + 1
        if new is None or NOT_DECIDING.search(code[start:code.find("\n", m.start())]):
            continue
        one = Mutant(path, text, m.start(), m.group(), new)
        same = (one.path, one.was, one.now)
        seen[same] = one.nth = seen.get(same, 0) + 1
        found.append(one)
    return found


def equivalents():
    """key -> reason, from paragraphs of file, was, now, why; `nth N` may follow."""
    with open(EQUIVALENT, encoding="utf-8") as f:
        text = "".join(line for line in f if not line.startswith("#"))
    listed = {}
    for paragraph in filter(None, map(str.strip, re.split(r"\n\s*\n", text))):
        rows = [line.strip() for line in paragraph.split("\n")]
        fields = dict(row.split(": ", 1) for row in rows)
        if set(fields) - {"nth"} != {"file", "was", "now", "why"}:
            sys.exit(f"equivalent.txt: not file, was, now, why:\n{paragraph}")
        key = (fields["file"], fields["was"], fields["now"], int(fields.get("nth", 1)))
        if key in listed:
            sys.exit(f"equivalent.txt: twice:\n{paragraph}")
        listed[key] = fields["why"]
    return listed


class Bench:
    """Builds a fault into a test and runs it."""

    def __init__(self, args):
        self.build = os.path.abspath(args.build)
        self.cc, self.link = shlex.split(args.cc), shlex.split(args.link)
        self.libs = shlex.split(args.libs)
        self.env = {**os.environ, "CK_FORK": "no"}
        self.lock, self.limits = threading.Lock(), {}  # of each test, seconds
        self.running, self.stopped = set(), False

    def compile(self, source, out):
        done = subprocess.run(
            [*self.cc, *TRAPS, "-g0", "-w", "-c", "-o", out, source], cwd=TOP,
            capture_output=True, text=True, check=False,
        )
        return done.returncode == 0

    def execute(self, program, limit_s):
        """Its exit code and the seconds of a processor that it took."""
        child = subprocess.Popen(
            [program], cwd=TOP, env=self.env, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.running.add(child.pid)
        resource.prlimit(child.pid, resource.RLIMIT_CPU, (limit_s, limit_s))
        late = threading.Timer(WAITS_SECONDS, end_group, [child.pid])
        late.start()
        if self.stopped:
            end_group(child.pid)
        try:
            _, status, used = os.wait4(child.pid, 0)
        finally:
            late.cancel()
            self.running.discard(child.pid)
        child.returncode = os.waitstatus_to_exitcode(status)
        return child.returncode, used.ru_utime + used.ru_stime

    def limit(self, test):
        """Without a fault it must not fail, or everything would seem noticed."""
        with self.lock:
            if test not in self.limits:
                program = os.path.join(self.build, "tests", "unit", test)
                code, took = self.execute(program, WAITS_SECONDS)
                if code and not self.stopped:
                    raise Unsound(f"{test} fails without any fault")
                self.limits[test] = int(HANGS_SECONDS + HANGS_TIMES * took)
            return self.limits[test]

    def run(self, test, planted, folder):
        """True when the test notices."""
        program, limit_s = os.path.join(folder, test), self.limit(test)
        subprocess.run(
            [*self.link, "-o", program, f"{self.build}/tests/unit/{test}.o", planted,
             f"{self.build}/all.a", *self.libs],
            cwd=TOP, check=True,
        )
        code, _ = self.execute(program, limit_s)
        os.unlink(program)
        return code != 0

    def noticed_by(self, path, text):
        """The test that notices, "compiler", or None."""
        with tempfile.TemporaryDirectory(prefix="lethe-mutant-") as folder:
            source, planted = os.path.join(folder, "planted.c"), os.path.join(folder, "planted.o")
            with open(source, "w", encoding="utf-8") as f:
                f.write(text)
            if not self.compile(source, planted):
                return "compiler"
            for test in tests_of(path):
                if self.run(test, planted, folder):
                    return test
        return None

    def stop(self):
        self.stopped = True
        for pid in list(self.running):
            end_group(pid)


class Unsound(Exception):
    pass


def end_group(pid):
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:  # it has just ended
        pass


def check_bench(bench, paths):
    """Without a fault everything compiles, or nothing would be tried."""
    with tempfile.TemporaryDirectory(prefix="lethe-mutant-") as folder:
        for path in paths:
            if not bench.compile(path, os.path.join(folder, "sound.o")):
                sys.exit(f"{path} does not compile")


def choose(args):
    paths = [p for p in SOURCES if not args.only or any(part in p for part in args.only)]
    found = [m for path in paths for m in mutants_of(path)]
    listed = equivalents()
    keys = {m.key() for path in SOURCES for m in mutants_of(path)}
    lost = [key for key in listed if key not in keys]
    for path, was, now, nth in lost:
        print(f"equivalent.txt names what is not there: {path}: `{was}` as `{now}` ({nth})")
    if args.count:
        open_ = [m for m in found if m.key() not in listed]
        found = random.Random(args.seed).sample(open_, min(args.count, len(open_)))
    return found, listed, len(lost)


def run_all(bench, found, listed, jobs):
    """How many ended as they must, and how many did not."""
    passed = failed = 0
    pool = concurrent.futures.ThreadPoolExecutor(jobs)
    try:
        ends = pool.map(lambda m: bench.noticed_by(m.path, m.text), found)
        for mutant, by in zip(found, ends):
            if bool(by) != (mutant.key() in listed):
                passed += 1
                continue
            failed += 1
            print(f"listed as equivalent, and {by} notices it" if by else
                  "nobody notices", mutant, sep=": ", flush=True)
    except Unsound as e:
        sys.exit(str(e))
    finally:
        # Ended early, what is not begun is left; folders go with what runs.
        pool.shutdown(wait=False, cancel_futures=True)
        bench.stop()
        pool.shutdown()
    return passed, failed


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--cc", default="gcc")
    parser.add_argument("--link", default="g++")
    parser.add_argument("--libs", default="")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--only", action="append", help="a part of a path; more than once")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--tests", action="store_true", help="names of the tests that run")
    args = parser.parse_args()
    if args.tests:
        print(*sorted({t for path in SOURCES for t in tests_of(path)}))
        return 0
    found, listed, failed = choose(args)
    if args.list:
        print("\n".join(map(str, found)), f"\n{len(found)} faults", sep="")
        return 0
    bench = Bench(args)
    check_bench(bench, sorted({m.path for m in found}))
    passed, missed = run_all(bench, found, listed, args.jobs)
    failed += missed
    print(f"mutants-consent: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
