#!/usr/bin/env python3
"""The commands that write the consent ledger and ask it, on a real Kafka broker.

* `lethe topics apply` makes the ledger and its log; drift of both is told
* put: one purpose leaves the others alone, a renewed grant keeps its beginning,
  identifiers come from standard input in their class's normal form, an older
  word changes nothing; each change is an entry of the log
* --csv and import: every bad line by number and rule, and nothing of a bad file
  is written; --skip-bad writes the others; running again writes nothing
* get and history show what stands and what was, with what sources remember of
  objections: which purposes they stop, since when, and their being taken back
* who asks right behind a writer waits for the end of its transaction; one that
  stays open is told
* get finds a record that lies in another partition than its key's
* what an aborted transaction wrote is read by nobody: neither record nor entry
* a topic that deletes what was said, or a log that is compacted, is refused
* heartbeats reach every partition
* all of it with the rights that docs/operations.md lists, and no more

    tests/e2e/test_consent.py --lethe build/lethe [--keep DIR]
"""

import argparse
import ctypes
import json
import os
import re
import shlex
import signal
import subprocess
import time

from broker import Cluster, spawn
from checks import Checks, in_folder
from client import Producer, read
from job import WAIT_S, Stuck, wait
from scene import Scene
from secure import Secure
from wire import WireError

POLICY = """\
version: 1
name: consent
revision: 1
controller: { name: Example Shop GmbH, contact: privacy@shop.example }
inputs:
  web:
    topics: [shop.raw]
    retention: 7d
    event_time: { path: $.at, format: unix_ms }
    events:
      seen: { $.event: seen }
identifiers:
  user: { prefix: u, from: [$.user], normalise: [lower], ignore: [anonymous] }
  device: { prefix: d, from: [$.device] }
  session: { prefix: s, from: [$.session] }
consent:
  sources:
    book:
      format: ledger
      topic: consent
      classes: [user, device]
      log: consent.log
      heartbeat: 1m
purposes:
  recommend:
    says: Recommend.
    basis: consent
    consent: { decides: book, asks: { book: yes } }
    accepts_notice: [banner-7]
    on: [seen]
    topic: shop.recommend
    recipients: [reader]
    retention: 8d
    identity: [user]
  count:
    says: Count.
    basis: consent
    consent: { decides: book, asks: { book: yes } }
    on: [seen]
    topic: shop.count
    recipients: [reader]
    retention: 8d
    identity: [user]
fields:
  - { do: event, as: event, for: [recommend, count], why: what happened }
quarantine: { topic: shop.quarantine, payload: sealed, retention: 7d }
"""

LEDGER, LOG = "consent", "consent.log"
DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/ledger.md")
SECRET = b"anna.secret@shop.example"  # an identifier that no output may show


class Bench:
    def __init__(self, lethe, directory, cluster, secure):
        self.cluster = cluster
        policy = os.path.join(directory, "consent.yaml")
        with open(policy, "w") as f:
            f.write(POLICY)
        self.scene = Scene(lethe, directory, policy)
        self.config = self.scene.path("lethe.yaml")
        with open(self.config, "a") as f:
            f.write(f"kafka:\n  bootstrap.servers: {cluster.secure_bootstrap()}\n")
            f.writelines(f"  {k}: {v}\n" for k, v in secure.client("lethe").items())
        self.admin = [
            word for k, v in secure.client("admin").items()
            for word in ("--set", f"kafka.{k}={v}")
        ]
        self.said = b""  # all that the commands have put out
        self.child = None

    def lethe(self, *args, stdin=""):
        """Exit code, output, errors."""
        done = subprocess.run(
            [self.scene.lethe, *args, "--config", self.config],
            input=stdin.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            timeout=WAIT_S,
        )
        self.said += done.stdout + done.stderr
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def topics(self, *args):
        return self.lethe("topics", *args, *self.admin)

    def consent(self, *args, stdin=""):
        return self.lethe("consent", *args, stdin=stdin)

    def example(self, fence):
        """What stands in docs/ledger.md under a fence."""
        with open(DOCS, encoding="utf-8") as f:
            return re.search(f"^```{fence}\n(.*?)^```$", f.read(), re.M | re.S).group(1)

    def put(self, subjects, purpose, state, *more):
        """Exit code and the counts."""
        code, out, err = self.consent(
            "put", "-", "--purpose", purpose, "--state", state, "--json", *more,
            stdin=subjects,
        )
        return code, json.loads(out) if out else err

    def get(self, subjects):
        code, out, err = self.consent("get", "-", "--json", stdin=subjects)
        if not out:
            raise Stuck(f"consent get gave {code}: {err}")
        return code, [json.loads(line) for line in out.splitlines()]

    def history(self, subject):
        code, out, _ = self.consent("history", "-", "--json", stdin=subject)
        return code, [json.loads(line) for line in out.splitlines()]

    def records(self, topic):
        """[(key, value)] as another client reads them, committed ones alone."""
        there = sorted(read(self.cluster.bootstrap, topic), key=lambda m: m.partition)
        return [(m.key.decode(), m.value) for m in there]

    def stands(self):
        """{key: purposes} of the ledger; without heartbeats and objections."""
        return {
            k: json.loads(v)["purposes"] for k, v in self.records(LEDGER)
            if not k.startswith("lethe:")
        }

    def settings(self, topic):
        """Its own settings; None while the cluster does not know it yet."""
        with self.cluster.client() as c:
            try:
                return c.settings_of(topic)
            except WireError:
                return None

    def file(self, name, text):
        path = self.scene.path(name)
        with open(path, "w") as f:
            f.write(text)
        return path

    def end(self):
        if self.child and self.child.poll() is None:
            self.child.kill()
            self.child.wait()


# The rights that docs/operations.md lists for these commands.
RIGHTS = (
    ("topic", LEDGER, ["describe_configs", "read", "write"]),
    ("topic", LOG, ["describe_configs", "read", "write"]),
    ("transaction", "lethe-consent", ["write"]),
    ("transaction", "lethe-consent-heartbeat", ["write"]),
)


def needs_rights(checks, b):
    """One after the other is given; what is missing is told by its name."""
    for (kind, name, operations), told in zip(RIGHTS, (
        "DescribeConfigs", "DescribeConfigs", "Write the transactional id", None,
    )):
        if told:
            code, out = b.put("user:early", "count", "given")
            checks.check(f"without the right on {name} it is told which",
                         code == 4 and told in out and name in out, f"{code}: {out}")
        with b.cluster.client() as c:
            c.allow("User:lethe", kind, name, operations)


def makes_topics(checks, b):
    b.cluster.topic("shop.raw", 3, {"retention.ms": str(7 * 86400000)})
    with b.cluster.client() as c:
        c.allow("User:lethe", "topic", "consent", ["describe"], prefixed=True)
    code, out = b.put("user:anna\n", "count", "given")
    checks.check("without the topic nothing can be put, and it says what to do",
                 code == 4 and "lethe topics apply" in out, f"{code}: {out}")
    code, out, err = b.topics("apply", "--yes")
    checks.check("topics apply makes the ledger and its log",
                 code == 0 and "5 topics created" in out, f"{code}: {out}{err}")
    made = {t: wait(f"the topic {t}", lambda: b.settings(t)) for t in (LEDGER, LOG)}
    checks.equal("as they should be", [
        (s["cleanup.policy"], s.get("delete.retention.ms"), s.get("retention.ms"))
        for s in (made[LEDGER], made[LOG])
    ], [("compact", "86400000", None), ("delete", None, "-1")])
    with b.cluster.client() as c:
        c.configure_topic(LEDGER, {**made[LEDGER], "delete.retention.ms": "1000"})
    code, out, _ = b.topics("plan", "--json")
    found = {(f["topic"], f["finding"]) for f in json.loads(out)["findings"]}
    checks.check("tombstones that go too soon are drift",
                 code == 1 and (LEDGER, "tombstones_short") in found, found)
    checks.check("how long the log keeps is told, and is no drift",
                 (LOG, "log_keeps") in found, found)
    b.topics("apply", "--yes")


def puts(checks, b):
    secret = "user: " + SECRET.decode().upper() + "\n"
    key = "user:" + SECRET.decode()
    code, out = b.put(secret, "recommend", "given", "--notice", "banner-7",
                      "--at", "2026-05-01T09:00:00Z", "--source", "desk")
    checks.check("a word is put", code == 0 and out["changed"] == 1, out)
    checks.equal("under the class's normal form", b.stands(), {key: {"recommend": {
        "state": "given", "at": "2026-05-01T09:00:00Z", "notice": "banner-7"}}})
    b.put(secret, "count", "refused", "--at", "2026-05-02T09:00:00Z")
    b.put(secret, "recommend", "given", "--notice", "banner-7",
          "--at", "2026-05-03T09:00:00Z", "--until", "2099-01-01T00:00:00Z")
    checks.equal("one purpose leaves the other, and a renewed grant its beginning",
                 b.stands()[key], {
                     "recommend": {
                         "state": "given", "at": "2026-05-03T09:00:00Z",
                         "since": "2026-05-01T09:00:00Z",
                         "until": "2099-01-01T00:00:00Z", "notice": "banner-7"},
                     "count": {"state": "refused", "at": "2026-05-02T09:00:00Z"}})
    before = b.records(LEDGER), b.records(LOG)
    code, out = b.put(secret, "count", "given", "--at", "2026-05-01T00:00:00Z")
    checks.check("an older word changes nothing, and is a no",
                 code == 1 and out["older"] == 1
                 and (b.records(LEDGER), b.records(LOG)) == before, out)

    code, seen = b.get(secret)
    yes = {p: (v["yes"], v["reason"]) for p, v in seen[0]["purposes"].items()}
    checks.equal("get says whether it would be a yes now", (code, yes), (0, {
        "recommend": (True, None), "count": (False, "refused")}))
    code, out, _ = b.consent("get", "-", stdin=secret)
    checks.check("and so in words", code == 0
                 and "yes recommend: given at 2026-05-03T09:00:00Z since "
                 "2026-05-01T09:00:00Z until 2099-01-01T00:00:00Z, notice banner-7"
                 in out and "no  count: refused" in out, out)
    code, entries = b.history(secret)
    checks.equal("each change is an entry of the log, in order", (code, [
        (e["purpose"], e["was"] and e["was"]["state"], e["is"]["state"], e.get("by"))
        for e in entries
    ]), (0, [("recommend", None, "given", "desk"), ("count", None, "refused", None),
             ("recommend", "given", "given", None)]))

    b.put(secret, "*", "withdrawn", "--at", "2026-05-04T09:00:00Z")
    checks.equal("a withdrawal of all takes the grant away", b.stands()[key], {
        "count": {"state": "refused", "at": "2026-05-02T09:00:00Z"},
        "*": {"state": "withdrawn", "at": "2026-05-04T09:00:00Z"}})
    b.put("device:d1\n", "recommend", "given", "--notice", "banner-6")
    code, seen = b.get("device:d1\nuser:nobody\n")
    checks.equal("a notice that is not accepted is a no; nobody is none",
                 (code, [s["found"] for s in seen],
                  seen[0]["purposes"]["recommend"]["reason"]),
                 (1, [True, False], "old_notice"))


# A subject or word that is refused, and a part of what is said of it.
REFUSED = (
    ("session:s1", "count", (), "holds no subjects of the class"),
    ("nobody:s1", "count", (), "none of the policy's; its ledger has: user, device"),
    ("user:Anonymous", "count", (), "placeholder"),
    ("anna", "count", (), "CLASS:IDENTIFIER"),
    ("user:anna", "counts", (), "none of the policy's: recommend, count, `*`"),
    ("user:anna", "count", ("--at", "2099-01-01T00:00:00Z"), "in the future"),
    ("user:anna", "count", ("--until", "2020-01-01T00:00:00Z"), "does not lie after"),
    ("user:anna", "count", ("--until", "2027-01-01"), "such as 2027-01-01T00:00:00Z"),
    ("user:anna", "count", ("--at", "2026-05-01 09:00"), "such as 2027-01-01T00:00:00Z"),
)


def refuses(checks, b):
    before = b.records(LEDGER)
    for subject, purpose, more, told in REFUSED:
        code, out = b.put(subject + "\n", purpose, "given", *more)
        lines = told in REFUSED_LINES
        checks.check(f"refused: {told}", code == (1 if lines else 2)
                     and told in str(out) and "usage:" not in str(out), out)
        if lines:
            same_code(checks, b, subject, told)
    code, out, err = b.consent("put", "user:anna", "--purpose", "count", "--state", "yes")
    checks.check("a state that is none is usage, in one line",
                 code == 2 and err.count("\n") == 1 and "none of given" in err, err)
    checks.equal("nothing of it is written", b.records(LEDGER), before)


REFUSED_LINES = {told for _, _, more, told in REFUSED[:4]}


def same_code(checks, b, subject, told):
    """A bad line is a no, a bad argument usage, in each command."""
    word = ("--purpose", "count", "--state", "given")
    for command, more in (("put", word), ("get", ()), ("history", ())):
        code, _, err = b.consent(command, "-", *more, stdin=subject + "\n")
        checks.check(f"{command} of a line: {told}",
                     code == 1 and "standard input line 1: " in err and told in err,
                     f"{code}: {err}")
        code, _, err = b.consent(command, subject, *more)
        checks.check(f"{command} of an argument: {told}", code == 2 and told in err
                     and "the argument: " in err and "skip-bad" not in err, f"{code}: {err}")


CSV = """\
subject,purpose,state,at,until,notice
user:c1,count,given,2026-05-02T09:00:00Z,,banner-7
"user:c,2",count,refused,2026-05-02T09:00:00Z,,
user:c1,count,given,2026-05-01T09:00:00Z,,banner-7
user:c1,recommend,paused,2026-05-01T09:00:00Z,2099-01-01T00:00:00Z,
"""
BAD = CSV + """\
user:secret-x,count,grants,2026-05-01T09:00:00Z,,
user:secret-x,count,given,yesterday,,
user:secret-x,count,given
"user:secret-x,count,given,2026-05-01T09:00:00Z,,
"""


# A first line, and a part of what is said of it.
HEADERS = (
    ("subject,purpose,state,untill\n", "(`untill`) is none of"),
    ("subject,purpose,state,untill\n", "did you mean `until`?"),
    ("user:secret-x,count,given\n", "column 1 is none of"),
    ("subject,purpose,state,state\n", "`state` stands there twice"),
    ("subject,purpose\n", "it needs the columns `purpose` and `state`"),
    ("", "no line that names the columns"),
)


def takes_files(checks, b):
    before = b.records(LEDGER), b.records(LOG)
    code, _, err = b.consent("put", "--csv", b.file("bad.csv", BAD))
    checks.check("each bad line is told by its number and rule", code == 1 and all(
        f"line {n}: " in err for n in (6, 7, 8, 9)) and "is written" in err, err)
    checks.check("never by value", "secret-x" not in err and "grants" not in err, err)
    checks.equal("and nothing of a bad file is written",
                 (b.records(LEDGER), b.records(LOG)), before)
    code, out, err = b.consent(
        "put", "--csv", b.file("bad.csv", BAD), "--skip-bad", "--json")
    counts = json.loads(out)
    checks.equal("--skip-bad writes the others", (code, counts["bad_lines"],
                 counts["changed"], counts["records"]), (1, 4, 4, 2))
    there = b.stands()
    checks.equal("words of one subject in the order of their times",
                 (there["user:c1"], there["user:c,2"]["count"]["state"]), ({
                     "recommend": {"state": "paused", "at": "2026-05-01T09:00:00Z",
                                   "until": "2099-01-01T00:00:00Z"},
                     "count": {"state": "given", "at": "2026-05-02T09:00:00Z",
                               "since": "2026-05-01T09:00:00Z",
                               "notice": "banner-7"}}, "refused"))
    before = b.records(LEDGER), b.records(LOG)
    code, out, _ = b.consent("put", "--csv", b.file("good.csv", CSV), "--json")
    counts = json.loads(out)
    checks.equal("what stands is not written again, and older words are no mistake",
                 (code, counts["changed"], counts["older"] > 0,
                  (b.records(LEDGER), b.records(LOG))), (0, 0, True, before))
    for text, told in HEADERS:
        code, _, err = b.consent("put", "--csv", b.file("odd.csv", text))
        checks.check(f"a first line is refused: {told}", code == 3 and told in err
                     and "skip-bad" not in err and "secret-x" not in err, f"{code}: {err}")


def segment(user, at, **preferences):
    return json.dumps({
        "type": "track", "event": "Segment Consent Preference Updated",
        "userId": user, "timestamp": at,
        "context": {"consent": {"categoryPreferences": preferences}},
    }) + "\n"


def snowplow(user, kind, scopes=(), basis="consent", schema="consent_preferences"):
    return json.dumps({
        "e": "ue", "uid": user, "dtm": "1777626000000", "ue_pr": json.dumps({
            "schema": "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0",
            "data": {
                "schema": "iglu:com.snowplowanalytics.snowplow/"
                          f"{schema}/jsonschema/1-0-0",
                "data": {"eventType": kind, "basisForProcessing": basis,
                         "consentScopes": list(scopes), "consentVersion": "banner-7"},
            }}),
    }) + "\n"


def states(b, user):
    return {p: e["state"] for p, e in b.stands().get(f"user:{user}", {}).items()}


def imports(checks, b):
    maps = ("--map", "Ads=-", "--map", "Recs=recommend", "--map", "Stats=count")
    subject = ("--subject", "user=$.userId", "--json")
    events = (
        segment("seg1", "2026-05-01T09:00:00Z", Recs=True, Stats=True, Ads=True)
        + segment("seg1", "2026-05-02T09:00:00Z", Recs=False, Stats=True)
        + '{"type":"page","userId":"seg1"}\n'
    )
    code, out, err = b.consent("import", "-", "--format", "segment", *maps, *subject,
                               stdin=events)
    checks.check("Segment's events", code == 0 and json.loads(out)["other_events"] == 1
                 and states(b, "seg1") == {"recommend": "withdrawn", "count": "given"},
                 f"{code} {out}{err} {states(b, 'seg1')}")
    bad = (segment("seg2", "2026-05-01T09:00:00Z", Recs=True, Unheard=True)
           + segment("seg2", "2026-05-01T09:00:00Z", Recs="true")
           + segment("seg2", "1.5.2026", Recs=True)
           + segment("", "2026-05-01T09:00:00Z", Recs=True))
    code, out, err = b.consent("import", "-", "--format", "segment", *maps, *subject,
                               stdin=bad)
    checks.check("what is not mapped, not a boolean, not a time or of nobody is bad",
                 code == 1 and all(f"line {n}: " in err for n in (1, 2, 3, 4))
                 and not states(b, "seg2"), err)
    checks.check("what is not mapped is told by its place",
                 "category 2 of its list is named by no --map (--map NAME=-" in err
                 and "Unheard" not in err, err)

    events = (snowplow("sp1", "allow_selected", ["Recs"])
              + snowplow("sp2", "deny_all") + snowplow("sp3", "pending")
              + snowplow("sp4", "allow_all", ["Recs", "Stats"])
              + snowplow("sp8", "allow_all", ["Stats"])
              + snowplow("sp5", "", schema="screen_view"))
    code, out, err = b.consent(
        "import", "-", "--format", "snowplow", *maps, "--subject", "user=$.uid",
        "--json", stdin=events)
    checks.check("Snowplow's events", code == 0 and (
        json.loads(out)["no_choice"], json.loads(out)["other_events"]) == (1, 1)
        and [states(b, f"sp{n}") for n in (1, 2, 3, 4, 8)] == [
            {"recommend": "given", "count": "refused"},
            {"recommend": "refused", "count": "refused"}, {},
            {"recommend": "given", "count": "given"},
            {"recommend": "refused", "count": "given"}], f"{code} {out}{err}")
    code, _, err = b.consent(
        "import", "-", "--format", "snowplow", *maps, "--subject", "user=$.uid",
        stdin=snowplow("sp6", "allow_all", ["Recs"], basis="legitimate_interests"))
    checks.check("what is allowed on another basis is no consent",
                 code == 1 and "basis" in err and not states(b, "sp6"), err)

    code, _, err = b.consent(
        "import", "-", "--format", "snowplow", *maps, "--subject", "user=$.uid",
        stdin=snowplow("sp7", "allow_selected", ["Recs", "Unheard"]))
    checks.check("a scope that is not mapped is told by its place",
                 code == 1 and "consent scope 2 of its list" in err
                 and "Unheard" not in err, err)

    table = b.file("ot.csv", "Identifier,Purpose Name,Status,Interaction Date,Rest\n"
                   "ot1,Recs,ACTIVE,2026-05-01T09:00:00Z,x\n"
                   "ot1,Stats,Opt_Out,2026-05-01T09:00:00Z,x\n"
                   "ot2,Recs,PENDING,2026-05-01T09:00:00Z,x\n")
    code, out, err = b.consent(
        "import", table, "--format", "onetrust-csv", *maps, "--subject",
        "user=Identifier", "--column", "purpose=Purpose Name", "--column",
        "state=Status", "--column", "at=Interaction Date", "--json")
    checks.check("OneTrust's, by the columns that are named", code == 0
                 and "not read: `Rest`" in err and states(b, "ot1") == {
                     "recommend": "given", "count": "refused"}
                 and not states(b, "ot2"), f"{code} {out}{err}")


def notices(checks, b):
    """What a purpose does not accept is counted; `--notice` says what was shown."""
    args = ("import", "-", "--format", "segment", "--map", "Recs=recommend",
            "--subject", "user=$.userId", "--json")
    event = segment("not1", "2026-05-01T09:00:00Z", Recs=True)

    def yes():
        return b.get("user:not1\n")[1][0]["purposes"]["recommend"]["yes"]

    code, out, err = b.consent(*args, stdin=event)
    checks.check("a grant without a notice that is accepted is counted",
                 (code, json.loads(out)["old_notice"], yes()) == (0, 1, False), out + err)
    code, out, err = b.consent(*args, "--notice", "banner-7", stdin=event)
    checks.check("told again under --notice it is one that counts",
                 (code, json.loads(out)["old_notice"], yes()) == (0, 0, True), out + err)
    again = [b.consent(*args, "--notice", "banner-7", stdin=event)[0],
             b.consent(*args, stdin=segment("not1", "2026-04-01T09:00:00Z", Recs=True))[0]]
    checks.equal("run again, and behind newer words, it ends with 0", again, [0, 0])
    for purpose, notice, count in (("recommend", "banner-6", 1), ("*", "banner-6", 1),
                                   ("recommend", "banner-7", 0), ("count", "banner-6", 0)):
        _, out = b.put("user:not2", purpose, "given", "--notice", notice)
        checks.equal(f"put counts {purpose} under {notice}", out["old_notice"], count)
    _, out, _ = b.consent("put", "-", "--purpose", "recommend", "--state", "given",
                          stdin="user:not3")
    checks.check("and says so in words, of one in the singular",
                 "1  grant is under a notice, or none, that its purpose does not accept"
                 in out and "1  record written to the ledger" in out, out)
    _, out = b.put("user:not2", "recommend", "refused")
    checks.equal("a refusal needs no notice", out["old_notice"], 0)
    for notice, day in (("banner-6", "01"), ("banner-7", "03")):
        b.put("user:not4", "recommend", "given", "--notice", notice,
              "--at", f"2026-05-{day}T09:00:00Z")
    checks.equal("under another notice a grant begins anew", b.stands()["user:not4"],
                 {"recommend": {"state": "given", "at": "2026-05-03T09:00:00Z",
                                "notice": "banner-7"}})


def refuses_imports(checks, b):
    """Mistakes of the options: all in one run, each by its option."""
    def fails(told, *args, code=2, stdin=""):
        got, _, err = b.consent("import", *args, stdin=stdin)
        checks.check(f"import is refused: {told[0]}", got == code
                     and all(t in err for t in told) and "skip-bad" not in err
                     and "usage:" not in err, f"{got}: {err}")

    fails(("--subject user=userId: a path starts with $", "--map Recs=nothing: ",
           "--map *=*: not to `*`", "--subject nobody=$.x: the class is none"),
          "-", "--format", "segment", "--subject", "user=userId", "--map",
          "Recs=nothing", "--map", "*=*", "--subject", "nobody=$.x")
    fails(("/none.csv",), b.scene.path("none.csv"), "--format", "csv", code=4)
    snowplow = ("-", "--format", "snowplow", "--map", "A=-", "--subject", "user=$.uid")
    fails(("--notice: ",), *snowplow, "--notice", "banner-7")
    fails(("--column is of CSV files",), *snowplow, "--column", "at=When")
    table = b.file("own.csv", "Who,purpose,state,at,notice\n"
                   "own1,count,given,2026-05-01T09:00:00Z,banner-7\n")
    fails(("--subject: ", "no column `Whom`; did you mean `Who`?"), table, "--format",
          "csv", "--subject", "user=Whom")
    fails(("--column at: ", "no column `When`"), table, "--format", "csv", "--subject",
          "user=Who", "--column", "at=When")
    fails(("--notice: ",), table, "--format", "csv", "--subject", "user=Who",
          "--notice", "banner-7")
    fails(("say --column state=NAME: ", "did you mean `Stat`?"),
          b.file("few.csv", "Who,purpose,Stat,at\n"), "--format", "csv",
          "--subject", "user=Who", code=3)
    code, out, err = b.consent("import", table, "--format", "csv", "--subject", "user=Who")
    checks.check("a purpose's own name needs no --map",
                 code == 0 and states(b, "own1") == {"count": "given"}, f"{code} {out}{err}")
    code, _, err = b.consent("import", "-", "--format", "csv", "--subject", "user=Who",
                             stdin="Who,purpose,state,at\n"
                             "own2,other,given,2026-05-01T09:00:00Z\n")
    checks.check("another name does", code == 1 and "--map NAME=-" in err, err)


def keeps_together(checks, b):
    """A record that others broke; and a transaction that was ended halfway."""
    p = Producer(b.cluster.bootstrap, LEDGER)
    p.put(b"user:broken", b'{"v":1,"purposes":{"count":{"state":"gone"}}}')
    p.close()
    code, seen = b.get("user:broken\n")
    checks.check("a record that cannot be read is a no of every purpose", not any(
        v["yes"] for v in seen[0]["purposes"].values()) and not seen[0]["readable"])
    code, out = b.put("user:broken\n", "count", "given")
    checks.check("one purpose is not put to it", code == 1 and out["unreadable"] == 1)
    code, out = b.put("user:broken\n", "*", "refused")
    checks.check("a refusal of all takes its place", code == 0 and out["records"] == 1)

    # A log that takes no such entry fails the transaction with the record in it.
    before = len(b.records(LEDGER)), len(b.records(LOG))
    with b.cluster.client() as c:
        now = c.settings_of(LOG)
        c.configure_topic(LOG, {**now, "max.message.bytes": "150"})
    code, _, err = b.consent("put", "-", "--purpose", "count", "--state", "given",
                             stdin="user:torn\n")
    checks.check("a refused entry of the log ends the transaction",
                 code == 4 and "nothing is written" in err, f"{code}: {err}")
    checks.equal("and neither record nor entry can be read",
                 (len(b.records(LEDGER)), len(b.records(LOG))), before)
    with b.cluster.client() as c:
        c.configure_topic(LOG, now)
    code, out = b.put("user:torn\n", "count", "given")
    checks.check("then it goes", code == 0 and states(b, "torn") == {"count": "given"})

    for topic, cleanup in ((LEDGER, "compact,delete"), (LOG, "compact")):
        with b.cluster.client() as c:
            now = c.settings_of(topic)
            c.configure_topic(topic, {**now, "cleanup.policy": cleanup})
        code, out = b.put("user:torn\n", "count", "withdrawn")
        checks.check(f"{topic} with cleanup.policy={cleanup} is refused",
                     code == 3 and "cleanup.policy" in out, f"{code}: {out}")
        with b.cluster.client() as c:
            c.configure_topic(topic, now)


def docs_are_right(checks, b):
    code, out, err = b.consent("put", "--csv", b.file("docs.csv", b.example("csv words")),
                               "--json")
    counts = json.loads(out or "{}")
    checks.check("the file of docs/ledger.md is taken", code == 0 and (
        counts["changed"], counts["subjects"]) == (4, 4), f"{code}: {out}{err}")
    words = shlex.split(b.example("sh import"))
    code, out, err = b.consent(*words[2:], stdin=b.example("json segment"))
    checks.check("and its event of Segment", code == 0
                 and states(b, "u-9") == {"recommend": "given"}, f"{code}: {out}{err}")


def signs(checks, b):
    key, public = b.scene.path("desk.key"), b.scene.path("desk.key.pub")
    b.scene.call("keys", "pair", "--for", "signer", "--secret", key,
                 "--public", public)
    b.scene.call("keys", "pair", "--for", "signer",
                 "--secret", b.scene.path("other.key"))
    with open(public) as f:
        signer = f.read().splitlines()[1]
    signed = b.scene.with_policy("signed.yaml", lambda text: text.replace(
        "      topic: consent\n",
        f"      topic: consent\n      grants_signed_by: [{signer}]\n"))
    policy = ("--set", f"policy={signed}")

    def put(subject, purpose, state, *more):
        return b.put(subject, purpose, state, *policy, *more)

    def yes(subject):
        _, out, _ = b.consent("get", "-", "--json", *policy, stdin=subject)
        return [v["yes"] for v in json.loads(out)["purposes"].values()]

    code, out = put("user:s1", "count", "given")
    checks.check("a grant needs a signer's key", code == 2 and "--key" in out, out)
    code, out = put("user:s1", "count", "given", "--key", b.scene.path("other.key"))
    checks.check("one that the policy names", code == 3, out)
    b.put("user:s1", "count", "given")  # by a policy that asks for none
    checks.equal("what nobody signed is no yes", yes("user:s1"), [False, False])
    put("user:s2", "count", "given", "--key", key)
    put("user:s2", "recommend", "refused")
    checks.equal("a signed grant is one, beside a refusal without a key",
                 yes("user:s2"), [False, True])
    code, out = put("user:s1", "recommend", "given", "--notice", "banner-7",
                    "--key", key)
    checks.check("a key makes no grant of what nobody signed",
                 out["revoked_grants"] == 1 and yes("user:s1") == [True, False], out)


def decides_nothing(checks, b):
    """A purpose that does not ask the ledger; what is said of it is kept."""
    apart = b.scene.with_policy("apart.yaml", lambda text: text.replace(
        """    says: Count.
    basis: consent
    consent: { decides: book, asks: { book: yes } }
""", """    says: Count.
    basis: contract
    ticket: T-1
"""))
    policy = ("--set", f"policy={apart}")
    code, out = b.put("user:apart", "count", "withdrawn", *policy)
    checks.check("a word that decides nothing is told",
                 code == 0 and out["unasked"] == 1, out)
    _, out, _ = b.consent("get", "-", "--json", *policy, stdin="user:apart")
    checks.equal("and so does get", {
        p: v["asked"] for p, v in json.loads(out)["purposes"].items()},
        {"recommend": True, "count": False})
    _, out, _ = b.consent("get", "-", *policy, stdin="user:apart")
    checks.check("in words", "  -   count: withdrawn" in out
                 and "(it does not ask the ledger)" in out, out)
    _, out, _ = b.consent("get", "-", "--json", *policy, stdin="user:apart")
    checks.equal("it has no yes and no no", {
        p: (v["yes"], v["reason"], v["objections"])
        for p, v in json.loads(out)["purposes"].items()
    }, {"recommend": (False, "no_consent", []), "count": (None, None, [])})
    code, out, err = b.consent("history", "-", stdin="user:nobody")
    checks.equal("a history of nobody says what was looked for", (code, out, err), (
        1, "", "lethe consent history: the log consent.log has nothing of this "
        "subject of the class user; another class of the person may have entries "
        "of its own\n"))


# Beside the ledger a browser's objection is remembered; `count` ignores it, and
# `serve` hears it without asking the ledger.
OBJECTING = (
    ("  sources:\n", "  sources:\n    gpc: { format: gpc, path: $.gpc, remember: true }\n"),
    ("fields:\n", """\
    ignores: { gpc: it counts without a profile }
  serve:
    says: Serve.
    basis: legitimate_interests
    assessment: LIA-1
    on: [seen]
    topic: shop.serve
    recipients: [reader]
    retention: 8d
    identity: [user]
fields:
"""),
    ("for: [recommend, count]", "for: [recommend, count, serve]"),
)


def remembers(b, key, at):
    """What `lethe run` writes of an objection: the record and its entry."""
    said = {"state": "refused", "at": at}
    key = b"lethe:objection:gpc:" + key
    for topic, value in (
        (LEDGER, {"v": 1, "purposes": {"*": said}, "source": "gpc"}),
        (LOG, {"v": 1, "at": at[:-1] + ".000Z", "by": "gpc", "purpose": "*",
               "was": None, "is": said}),
    ):
        p = Producer(b.cluster.bootstrap, topic)
        p.put(key, json.dumps(value, separators=(",", ":")).encode())
        p.close()


def objects(checks, b):
    def change(text):
        for old, new in OBJECTING:
            text = text.replace(old, new)
        return text

    policy = ("--set", f"policy={b.scene.with_policy('objecting.yaml', change)}")

    def get(subject):
        code, out, err = b.consent("get", "-", "--json", *policy, stdin=subject)
        if not out:
            raise Stuck(f"consent get gave {code}: {err}")
        seen = json.loads(out)["purposes"]
        return code, {p: (v["yes"], v["reason"]) for p, v in seen.items()}, seen

    def history(*more):
        code, out, err = b.consent("history", "-", *policy, *more, stdin="user:obi")
        return code, out.splitlines(), err

    code, out, err = history()
    checks.check("a history of nobody names the objections that were looked for", (
        code, out) == (1, []) and "class user, nor an objection of gpc;" in err, err)
    for purpose in ("recommend", "count"):
        b.put("user:obi", purpose, "given", "--notice", "banner-7",
              "--at", "2026-05-01T09:00:00Z", *policy)
    granted = {"recommend": (True, None), "count": (True, None), "serve": (None, None)}
    checks.equal("before the objection it is a yes", get("user:obi")[:2], (0, granted))
    remembers(b, b"user:obi", "2026-05-04T10:15:07Z")
    code, is_, seen = get("user:obi")
    checks.equal("an objection stops each purpose that hears it", (code, is_), (0, {
        "recommend": (False, "objected"), "count": (True, None),
        "serve": (False, "objected")}))
    since = [{"source": "gpc", "at": "2026-05-04T10:15:07Z"}]
    checks.equal("it is told whose, and since when", {
        p: v["objections"] for p, v in seen.items()
    }, {"recommend": since, "count": [], "serve": since})
    _, out, _ = b.consent("get", "-", *policy, stdin="user:obi")
    checks.check("and so in words", all(line in out for line in (
        "  no  recommend: given at 2026-05-01T09:00:00Z, notice banner-7 "
        "[objected: gpc since 2026-05-04T10:15:07Z]\n", "  yes count: given",
        "  no  serve: nothing was said (it does not ask the ledger) "
        "[objected: gpc since 2026-05-04T10:15:07Z]\n")), out)
    remembers(b, b"user:oda", "2026-05-04T10:15:07Z")
    _, out, _ = b.consent("get", "-", "--json", *policy, stdin="user:obi\nuser:ola\n"
                          "user:oda\n")
    checks.equal("of several subjects each has its own", [
        (line["found"], line["purposes"]["serve"]["reason"])
        for line in map(json.loads, out.splitlines())
    ], [(True, "objected"), (False, None), (False, "objected")])
    asking = b.scene.with_policy("asking.yaml", lambda text: change(text).replace(
        "assessment: LIA-1\n",
        "assessment: LIA-1\n    consent: { asks: { book: yes } }\n"))
    _, out, _ = b.consent("get", "-", "--json", "--set", f"policy={asking}",
                          stdin="user:obi\nuser:ola\n")
    checks.equal("a ledger that legitimate interests ask lets silence pass", [
        (v["asked"], v["yes"], v["reason"])
        for v in (json.loads(line)["purposes"]["serve"] for line in out.splitlines())
    ], [(True, False, "objected"), (True, True, None)])
    beside = b.scene.with_policy("beside.yaml", lambda text: change(text).replace(
        "    basis: legitimate_interests\n    assessment: LIA-1\n",
        "    basis: consent\n"
        "    consent: { decides: banner, asks: { banner: yes, book: yes } }\n").replace(
        "  sources:\n",
        "  sources:\n    banner: { format: flag, path: $.banner, yes: [true] }\n"))
    _, out, _ = b.consent("get", "-", "--json", "--set", f"policy={beside}",
                          stdin="user:obi\nuser:ola\n")
    checks.equal("so does one that a purpose asks beside the source that decides", [
        (v["asked"], v["yes"], v["reason"])
        for v in (json.loads(line)["purposes"]["serve"] for line in out.splitlines())
    ], [(True, False, "objected"), (True, True, None)])
    code, out, err = b.consent("put", "-", "--clear-objection", "gpc", *policy,
                               stdin="user:obi")
    checks.equal("taken back, it is a yes again, " + err,
                 (code, get("user:obi")[1]), (0, granted))
    code, out, err = history("--json")
    checks.equal("history has the objection and its end, in their order, " + err, [
        (e.get("objection"), e["purpose"], e["is"] and e["is"]["state"])
        for e in map(json.loads, out)
    ], [(None, "recommend", "given"), (None, "count", "given"),
        ("gpc", "*", "refused"), ("gpc", "*", None)])
    _, out, _ = history()
    checks.check("and in words whose it is", len(out) == 4
                 and "  objection of gpc, for *: refused at 2026-05-04T10:15:07Z; "
                 "by gpc" in out[2]
                 and "  objection of gpc, for *: taken back; was refused; by gpc"
                 in out[3], out)
    p = Producer(b.cluster.bootstrap, LEDGER)
    p.put(b"user:oda", b'{"v":1,"purposes":{"count":{"state":"gone"}}}')
    p.close()
    _, out, _ = b.consent("get", "-", *policy, stdin="user:oda")
    checks.check("beside a record that cannot be read an objection is told as well",
                 "  no  recommend: the record cannot be read [signal_malformed; also "
                 "an objection of gpc since 2026-05-04T10:15:07Z]\n" in out, out)
    b.put("user:oda", "*", "refused", *policy)
    p = Producer(b.cluster.bootstrap, LEDGER)
    p.put(b"lethe:objection:gpc:user:oda", b'{"v":2}')
    p.close()
    _, is_, seen = get("user:oda")
    checks.equal("one that cannot be read stops them too, those that ignore it as well",
                 (set(is_.values()), seen["serve"]["objections"]),
                 ({(False, "signal_malformed")}, [{"source": "gpc", "at": None}]))


def finds_strays(checks, b):
    """A record that another program wrote by another hash is no "nothing known"."""
    record = json.dumps({"v": 1, "purposes": {"count": {
        "state": "given", "at": "2026-05-01T09:00:00Z"}}}).encode()

    def write(user, partition, value=record):
        p = Producer(b.cluster.bootstrap, LEDGER)
        p.put(b"user:" + user, value, partition)
        p.close()

    def one(user):
        code, seen = b.get(f"user:{user}\n")
        count = seen[0]["purposes"]["count"]
        return code, seen[0]["found"], seen[0]["misplaced"], count["yes"], count["reason"]

    b.put("user:str1\n", "count", "given", "--at", "2026-05-01T09:00:00Z")
    checks.equal("a record in its own partition is not misplaced",
                 one("str1"), (0, True, [], True, None))
    for partition in range(3):
        write(b"str1", partition, None)
    checks.equal("nulls elsewhere are none", one("str1")[2:4], ([], False))
    for partition in range(3):
        write(b"str2", partition)
    checks.equal("of records in all partitions the key's own counts",
                 one("str2")[:4], (0, True, [], True))
    for user in ("str5", "str6", "str7", "str8", "str9"):
        write(user.encode(), 1)
    code, seen = b.get("".join(f"user:str{n}\n" for n in (5, 6, 7, 8, 9)) + "user:none\n")
    places = [s["misplaced"] for s in seen]
    checks.check("one that lies elsewhere is found, by one answer of many",
                 code == 1 and [s["found"] for s in seen] == 5 * [True] + [False]
                 and all(s["purposes"]["count"]["yes"] for s in seen[:5])
                 and set(map(str, places[:5])) == {"[]", "[1]"} and places[5] == [],
                 f"{code} {places}")
    lost = f"str{5 + places.index([1])}"
    checks.equal("and by itself", one(lost), (0, True, [1], True, None))
    code, out, _ = b.consent("get", "-", stdin=f"user:{lost}\n")
    checks.check("in words, too", code == 0 and "yes count: given" in out
                 and "  it lies in partition 1, and not where its key belongs: put and "
                 "history do not see it\n" in out, out)
    own_place = set(range(3)) - {1}
    for partition in own_place:  # one of them is its own, where a null stands then
        write(lost.encode(), partition)
        if one(lost)[2] == []:
            write(lost.encode(), partition, None)
    code, found, places, yes, reason = one(lost)
    checks.check("of several elsewhere none is taken for the later",
                 (code, found, yes, reason) == (0, True, False, "signal_malformed")
                 and len(places) >= 1, f"{code} {found} {places} {yes} {reason}")
    _, out, _ = b.consent("get", "-", stdin=f"user:{lost}\n")
    checks.check("which is told", "nothing tells which is the later" in out, out)


def waits_for_ends(checks, b):
    """What is committed can be read a little later: `get` waits for it."""
    record = json.dumps({"v": 1, "purposes": {"count": {
        "state": "given", "at": "2026-05-01T09:00:00Z"}}}).encode()
    p = Producer(b.cluster.bootstrap, LEDGER, **{
        "transactional.id": "slow", "message.timeout.ms": "20000"})
    p.transact("init_transactions", ctypes.c_int(60000))

    def begin(user):
        p.transact("begin_transaction")
        p.put(b"user:" + user, record)
        p.flush()

    begin(b"slow1")
    b.child = spawn([b.scene.lethe, "consent", "get", "user:slow1", "--json",
                     "--config", b.config], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(1.5)
    p.transact("commit_transaction", ctypes.c_int(60000))
    out, err = b.child.communicate(timeout=WAIT_S)
    checks.check("what is committed meanwhile is read", b.child.returncode == 0
                 and json.loads(out)["purposes"]["count"]["yes"] and not err, err)
    begin(b"slow2")
    code, out, err = b.consent("get", "-", stdin="user:slow2\n")
    checks.check("a transaction that stays open is told", code == 1
                 and "no record" in out and "is open in 1 partition of consent" in err,
                 f"{code}: {out}{err}")
    said = Producer(b.cluster.bootstrap, LEDGER)
    said.put(b"user:slow2", record.replace(b"given", b"withdrawn"))
    said.close()
    b.child = spawn([b.scene.lethe, "consent", "put", "user:slow2", "--purpose", "count",
                     "--state", "given", "--at", "2026-04-01T09:00:00Z", "--json",
                     "--config", b.config], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(7)  # longer than `get` waits
    p.abort()
    p.close()
    out, err = b.child.communicate(timeout=WAIT_S)
    checks.check("and nobody writes over what it hides", b.child.returncode == 1
                 and json.loads(out)["older"] == 1, f"{out}{err}")
    code, out, err = b.consent("get", "-", stdin="user:slow2\n")
    checks.check("and when it is aborted, nothing of it", code == 0 and not err
                 and "no  count: withdrawn" in out, f"{code}: {out}{err}")


def looks_at_folder(checks, b):
    """`lethe doctor` sees before a start where the ledger's file cannot be made."""
    def rows(folder):
        _, out, _ = b.lethe("doctor", "--json", "--set", f"ledger.path={folder}")
        return [r for r in json.loads(out)["checks"]
                if r["check"] == "ledger" and r["result"] != "ok"
                and "ledger.path" in r["what"]]

    there, not_yet = b.scene.path("."), b.scene.path("state")
    for folder in (there, not_yet):
        checks.equal(f"doctor takes the folder {os.path.basename(folder)}",
                     rows(folder), [])
    seen = rows("/dev/null/state")
    checks.check("and fails at what is none, with the cause",
                 [r["result"] for r in seen] == ["fail"]
                 and "Not a directory" in seen[0]["what"] and "/dev/null/state" in seen[0]["what"]
                 and "ledger.path" in seen[0]["do"], str(seen))


def aborted_beats(b):
    """Heartbeats of now in every partition, that were never said."""
    p = Producer(b.cluster.bootstrap, LEDGER, **{
        "transactional.id": "torn", "message.timeout.ms": "20000",
        "partitioner": "random"})
    p.transact("init_transactions", 60000)
    p.transact("begin_transaction")
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    for _ in range(100):
        p.put(b"lethe:heartbeat", b'{"v":1,"heartbeat":"%s"}' % now.encode())
    p.abort()
    p.close()


def heard(b):
    """What doctor says of the heartbeats."""
    _, out, _ = b.lethe("doctor", "--json", *b.admin)
    return [r["result"] + ": " + r["what"] for r in json.loads(out)["checks"]
            if r["check"] == "ledger" and "heartbeat" in r["what"]] or [out]


def beats(checks, b):
    def there():
        return [m.partition for m in read(b.cluster.bootstrap, LEDGER)
                if m.key == b"lethe:heartbeat"]

    aborted_beats(b)
    found = heard(b)
    checks.check("doctor does not hear heartbeats of an aborted transaction",
                 len(found) == 1 and found[0].startswith("warn: ")
                 and "none is one (3 of 3" in found[0], str(found))
    code, _, err = b.consent("heartbeat", "--once")
    checks.equal("a heartbeat reaches every partition, " + err,
                 (code, sorted(there())), (0, [0, 1, 2]))
    found = heard(b)
    checks.check("which doctor hears",
                 len(found) == 1 and found[0].startswith("ok: "), str(found))

    def beating():
        return spawn([b.scene.lethe, "consent", "heartbeat", "--every", "1s",
                      "--config", b.config], stderr=subprocess.DEVNULL)

    b.child = beating()
    wait("one more heartbeat", lambda: len(there()) >= 6)
    b.consent("heartbeat", "--once")
    checks.equal("a second origin ends the first", b.child.wait(WAIT_S), 4)
    before = len(there())
    b.child = beating()
    wait("two more heartbeats", lambda: len(there()) >= before + 6)
    b.child.send_signal(signal.SIGTERM)
    checks.equal("and again, until it is ended", b.child.wait(WAIT_S), 0)
    code, out, _ = b.topics("plan", "--json")
    found = {(f["topic"], f["finding"]) for f in json.loads(out)["findings"]}
    checks.equal("a heartbeat is no key in the wrong partition",
                 {f for f in found if f[0] == LEDGER}, set())


def run(args, directory):
    checks = Checks()
    secure = Secure(directory)
    with Cluster(
        os.path.join(directory, "kafka"), secure=secure, light=True
    ) as cluster:
        b = Bench(args.lethe, directory, cluster, secure)
        try:
            for part in (makes_topics, needs_rights, puts, decides_nothing, objects,
                         refuses, takes_files, imports, notices, refuses_imports,
                         docs_are_right, signs, looks_at_folder,
                         keeps_together, waits_for_ends, beats, finds_strays):
                part(checks, b)
        finally:
            b.end()
        leaked = SECRET.lower() in b.said.lower() or b"secret-x" in b.said
        checks.check("no identifier stands in what the commands say", not leaked)
    checks.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lethe", required=True)
    parser.add_argument("--keep", help="work there, and leave it there")
    args = parser.parse_args()
    in_folder(run, args, "lethe-consent-")


if __name__ == "__main__":
    main()
