#!/usr/bin/env python3
"""The commands that write the consent ledger and ask it, on a real Kafka broker.

* `lethe topics apply` makes the ledger and its log; drift of both is told
* put: one purpose leaves the others alone, a renewed grant keeps its beginning,
  identifiers come from standard input in their class's normal form, an older
  word changes nothing; each change is an entry of the log
* --csv and import: every bad line by number and rule, and nothing of a bad file
  is written; --skip-bad writes the others; running again writes nothing
* get and history show what stands and what was
* what an aborted transaction wrote is read by nobody: neither record nor entry
* a topic that deletes what was said, or a log that is compacted, is refused
* heartbeats reach every partition
* all of it with the rights that docs/operations.md lists, and no more

    tests/e2e/test_consent.py --lethe build/lethe [--keep DIR]
"""

import argparse
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
        return [(m.key.decode(), m.value) for m in read(self.cluster.bootstrap, topic)]

    def stands(self):
        """{key: purposes} of the ledger."""
        return {
            k: json.loads(v)["purposes"] for k, v in self.records(LEDGER)
            if k != "lethe:heartbeat"
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
)


def refuses(checks, b):
    before = b.records(LEDGER)
    for subject, purpose, more, told in REFUSED:
        code, out = b.put(subject + "\n", purpose, "given", *more)
        checks.check(f"refused: {told}", code in (1, 2) and told in str(out), out)
    checks.equal("nothing of it is written", b.records(LEDGER), before)


CSV = """\
subject,purpose,state,at,until,notice
user:c1,count,given,2026-05-02T09:00:00Z,,banner-7
"user:c,2",count,refused,2026-05-02T09:00:00Z,,
user:c1,count,given,2026-05-01T09:00:00Z,,
user:c1,recommend,paused,2026-05-01T09:00:00Z,2099-01-01T00:00:00Z,
"""
BAD = CSV + """\
user:secret-x,count,grants,2026-05-01T09:00:00Z,,
user:secret-x,count,given,yesterday,,
user:secret-x,count,given
"user:secret-x,count,given,2026-05-01T09:00:00Z,,
"""


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
    checks.equal("what stands is not written again",
                 (counts["changed"], (b.records(LEDGER), b.records(LOG))),
                 (0, before))
    code, _, err = b.consent("put", "--csv", b.file("odd.csv", "subject,untill\n"))
    checks.check("a column that is misspelt is refused",
                 code == 1 and "line 1: a column is none of" in err, err)


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

    events = (snowplow("sp1", "allow_selected", ["Recs"])
              + snowplow("sp2", "deny_all") + snowplow("sp3", "pending")
              + snowplow("sp4", "allow_all", ["Recs", "Stats"])
              + snowplow("sp5", "", schema="screen_view"))
    code, out, err = b.consent(
        "import", "-", "--format", "snowplow", *maps, "--subject", "user=$.uid",
        "--json", stdin=events)
    checks.check("Snowplow's events", code == 0 and (
        json.loads(out)["no_choice"], json.loads(out)["other_events"]) == (1, 1)
        and [states(b, f"sp{n}") for n in (1, 2, 3, 4)] == [
            {"recommend": "given", "count": "refused"},
            {"recommend": "refused", "count": "refused"}, {},
            {"recommend": "given", "count": "given"}], f"{code} {out}{err}")
    code, _, err = b.consent(
        "import", "-", "--format", "snowplow", *maps, "--subject", "user=$.uid",
        stdin=snowplow("sp6", "allow_all", ["Recs"], basis="legitimate_interests"))
    checks.check("what is allowed on another basis is no consent",
                 code == 1 and "basis" in err and not states(b, "sp6"), err)

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
    code, out, err = b.consent("history", "-", stdin="user:nobody")
    checks.equal("a history of nobody says so", (code, out, err), (
        1, "", "lethe consent history: the log has nothing of this subject\n"))


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


def beats(checks, b):
    def there():
        return [m.partition for m in read(b.cluster.bootstrap, LEDGER)
                if m.key == b"lethe:heartbeat"]

    code, _, err = b.consent("heartbeat", "--once")
    checks.equal("a heartbeat reaches every partition, " + err,
                 (code, sorted(there())), (0, [0, 1, 2]))

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
            for part in (makes_topics, needs_rights, puts, decides_nothing, refuses, takes_files, imports,
                         docs_are_right, signs, looks_at_folder,
                         keeps_together, beats):
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
