#!/usr/bin/env python3
"""Secured clusters, on real Kafka brokers: whoever may, gets each event through
exactly once; whoever may not, is told why in the first error line.

* over TLS, with a certificate that is the login, with name and password over
  TLS; the rights are those that docs/operations.md lists as commands, no others
* by SCRAM: to Kafka 4.1 where the client library can, else to Kafka 3.9, and
  what 4.1 then says
* a wrong password, a certificate that has expired, another host's, one of an
  unknown authority, a right that is missing: exit 4, nothing in the quarantine,
  and the first error line has the cause, the principal and what to do
* no password in the arguments, the environment or the log

    tests/e2e/test_secured.py --lethe build/lethe [--keep DIR]
"""

import argparse
import os
import re
import subprocess

from broker import Cluster
from checks import Checks, in_folder, say
from client import read
from secure import Listener, Secure, rights_of_docs
from test_offsets import GROUP, OUTPUTS, RAW, Offsets, Stuck, once

PREFIX = "lethe-offs-0-"
SCRAM_SINCE = (2, 6, 1)  # the first client library that logs in to Kafka 4.1
NAMES = {
    "INPUT": [RAW], "OUTPUT": list(OUTPUTS), "GROUP": [GROUP],
    "APPLICATION-INSTANCE-": [PREFIX],
}


def library(lethe):
    """The release of the client library that lethe has, which may be another's."""
    said = subprocess.run([lethe, "--version"], stdout=subprocess.PIPE, check=True).stdout
    found = re.search(rb"librdkafka (\d+)\.(\d+)\.(\d+)", said)
    return tuple(int(n) for n in found.groups())


class Secured(Offsets):
    """A job that comes by one of the secured listeners."""

    def begin(self, listener, login, *more, **options):
        rows = {"bootstrap.servers": self.cluster.secure_bootstrap(listener), **login}
        sets = ["--set", "lanes=1"]
        for name, value in rows.items():
            sets += ["--set", f"kafka.{name}={value}"]
        self.start(*sets, *more, **options)

    def first_error(self):
        lines = self.said().splitlines()
        return next((line for line in lines if re.match(r"\S+Z error ", line)), "")

    def allow(self, principal, but=()):
        """The rights of the docs, but for some (kind, name)."""
        with self.cluster.client() as c:
            for right in rights_of_docs(principal, NAMES):
                if right[1:3] not in but:
                    c.allow(*right)

    def forbid(self, kind, name):
        with self.cluster.client() as c:
            return sum(
                c.deny_again(
                    "User:lethe", kind, name, ["read", "write", "describe"], prefixed
                )
                for prefixed in (False, True)
            )

    def describe(self, kind, name):
        with self.cluster.client() as c:
            c.allow("User:lethe", kind, name, ["describe"], kind == "transaction")


# ---- who may


def passes(checks, b, what, numbers, listener, login, **options):
    """All of it once; returns what `look` saw while it ran."""
    look = options.pop("look", lambda: None)
    b.put(numbers[0] % 3, numbers)
    b.begin(listener, login, "--set", "start=earliest", **options)
    b.done()
    seen = look()
    checks.equal(f"{what}: lethe stops with 0", b.stop(), 0)
    b.expected.update(numbers)
    checks.equal(f"{what}: every event came out once", b.out(), once(b.expected))
    return seen


def may(checks, b, secure):
    say("who comes without a login is ANONYMOUS, who may all here: TLS alone is tried")
    passes(checks, b, "TLS without a login", range(0, 20), "TLS", secure.mutual())
    b.allow("with-a-certificate")
    login = secure.mutual("with-a-certificate")
    del login["ssl.key.location"]
    login["ssl.key.pem.file"] = secure.path("locked.key")
    login["ssl.key.password.file"] = secure.path("locked.password")
    passes(checks, b, "a certificate as the login", range(20, 40), "MUTUAL", login)
    b.allow("lethe")
    passes(checks, b, "name and password over TLS", range(40, 60), "SECURE",
           secure.client("lethe"))


def by_descriptor(checks, b, secure):
    login = secure.client("lethe")
    file = os.open(login.pop("sasl.password.file"), os.O_RDONLY)
    login["sasl.password.fd"] = str(file)

    def look():
        found = b.said()
        for name in ("cmdline", "environ"):
            with open(f"/proc/{b.child.pid}/{name}", "rb") as f:
                found += f.read().decode(errors="replace")
        return found

    seen = passes(checks, b, "a password by descriptor", range(60, 70), "SECURE",
                  login, pass_fds=[file], look=look)
    os.close(file)
    checks.check("the password is in no argument, variable or line of the log",
                 secure.password("lethe") not in seen and "sasl.username" in seen)


# ---- who may not


def refused(checks, b, what, listener, login, words):
    before = b.committed()
    b.begin(listener, login, "--set", "start=earliest")
    code, log = b.ended(), b.said()
    line = b.first_error()
    checks.check(f"{what}: exit 4", code == 4, f"{code}: {log[-600:]}")
    missing = [word for word in [*words, " do="] if word not in line]
    checks.check(f"{what}: the first error line says so", not missing,
                 f"{missing} not in: {line}")
    checks.equal(f"{what}: nothing moved", b.committed(), before)


def logins(checks, b, secure):
    wrong = dict(secure.client("lethe"))
    wrong["sasl.password.file"] = secure.write("wrong.password", "wrong-7Gq\n")
    as_user = "User:lethe (PLAIN over TLS)"
    for what, listener, login, words in (
        ("a wrong password", "SECURE", wrong, ["wrong name or password", as_user]),
        ("an expired certificate of the broker", "EXPIRED", secure.client("lethe"),
         ["the broker's certificate has expired", as_user]),
        ("a broker's certificate for another host", "ELSEWHERE",
         secure.client("lethe"), ["the broker's certificate is for another", as_user]),
        ("a broker's certificate of an unknown authority", "MUTUAL",
         secure.mutual("with-a-certificate", ca="other"),
         ["the authority is unknown", "the certificate with-a-certificate.crt"]),
        ("an expired certificate of the client", "MUTUAL", secure.mutual("expired"),
         ["client's certificate", "expired", "the certificate expired.crt"]),
        ("a client's certificate of an unknown authority", "MUTUAL",
         secure.mutual("stranger"),
         ["client's certificate", "authority", "the certificate stranger.crt"]),
        ("no client certificate where one is asked for", "MUTUAL", secure.mutual(),
         ["client certificate", "nobody (TLS without a client certificate)"]),
    ):
        refused(checks, b, what, listener, login, words)
    checks.check("a wrong password stands in no log",
                 "wrong-7Gq" not in b.said())


def rights(checks, b, secure):
    login = secure.client("lethe")
    b.put(1, range(70, 80))
    for kind, name, right, words in (
        ("topic", RAW, "Read the topic", "the topic " + RAW),
        ("topic", "again.out", "Write to the topic", "again.out"),
        ("group", GROUP, "Read the group", "the group " + GROUP),
        ("transaction", PREFIX, "Write the transactional id", PREFIX),
    ):
        if not b.forbid(kind, name):
            raise Stuck(f"there was no right on the {kind} {name}")
        refused(checks, b, f"no right at all on the {kind}", "SECURE", login,
                ["User:lethe", "lacks the right to", words])
        b.describe(kind, name)
        refused(checks, b, f"only Describe on the {kind}", "SECURE", login,
                ["User:lethe", "lacks the right to " + right, words])
        b.allow("lethe")
    b.expected.update(range(70, 80))  # they waited
    passes(checks, b, "with its rights again", range(80, 90), "SECURE", login)


# ---- SCRAM


def scram(checks, b, secure, directory, lethe):
    kinds = ("SCRAM-SHA-256", "SCRAM-SHA-512")
    if library(lethe) >= SCRAM_SINCE:
        for i, kind in enumerate(kinds):
            passes(checks, b, f"{kind} to Kafka 4.1", range(90 + i * 5, 95 + i * 5),
                   "SECURE", secure.client("lethe", mechanism=kind))
        say("this client library logs in to Kafka 4.1: none is tried on Kafka 3.9")
        return
    refused(checks, b, "SCRAM to Kafka 4.1 with this client library", "SECURE",
            secure.client("lethe", mechanism=kinds[0]),
            ["User:lethe (SCRAM-SHA-256 over TLS)", "before 2.6.1", "Kafka 4.1",
             "PLAIN over TLS", "mutual TLS", "librdkafka 2.6.1", "Kafka 3.9"])
    older = os.path.join(directory, "older")
    os.makedirs(older)
    secure = Secure(older, scram=True)
    with Cluster(os.path.join(older, "kafka"), secure=secure, light=True,
                 pom="pom-3.9.xml") as cluster:
        b = prepare(lethe, older, cluster)
        b.allow("lethe")
        try:
            for i, kind in enumerate(kinds):
                passes(checks, b, f"{kind} to Kafka 3.9", range(i * 10, i * 10 + 10),
                       "SECURE", secure.client("lethe", mechanism=kind))
        finally:
            b.end()


# ---- all of it


def prepare(lethe, directory, cluster):
    cluster.topic(RAW, 3)
    for topic in OUTPUTS:
        cluster.topic(topic, 2, {"retention.ms": 86400000})
    b = Secured(lethe, directory, cluster)
    b.expected = set()
    return b


def listeners(directory):
    secure = Secure(directory, scram=True, listeners={
        "SECURE": Listener("SASL_SSL", "broker", "none"),
        "TLS": Listener("SSL", "broker", "none"),
        "MUTUAL": Listener("SSL", "broker", "required"),
        "EXPIRED": Listener("SASL_SSL", "expired-broker", "none"),
        "ELSEWHERE": Listener("SASL_SSL", "elsewhere", "none"),
    })
    secure.server("expired-broker", "DNS:localhost,IP:127.0.0.1", days=-1)
    secure.server("elsewhere", "DNS:kafka.example,IP:192.0.2.1")
    secure.authority("other")
    secure.certificate("with-a-certificate")
    secure.write("locked.password", "locked-9Kx\n")
    secure.openssl("pkcs8", "-topk8", "-in", "with-a-certificate.key", "-out", "locked.key",
                   "-v2", "aes256", "-passout", "file:locked.password")
    secure.certificate("expired", days=-1, subject="with-a-certificate")
    secure.certificate("stranger", ca="other", subject="with-a-certificate")
    return secure


def run(args, directory):
    checks = Checks()
    secure = listeners(directory)
    with Cluster(os.path.join(directory, "kafka"), secure=secure, light=True) as cluster:
        b = prepare(args.lethe, directory, cluster)
        version = subprocess.run([args.lethe, "--version"], stdout=subprocess.PIPE)
        say("the broker is ready; " + version.stdout.decode().strip())
        try:
            may(checks, b, secure)
            by_descriptor(checks, b, secure)
            logins(checks, b, secure)
            rights(checks, b, secure)
            scram(checks, b, secure, directory, args.lethe)
            checks.equal("nothing of all this is in the quarantine",
                         len(list(read(b.bootstrap, "quarantine.out"))), 0)
        except Stuck as e:
            checks.check("it goes on", False, str(e))
        finally:
            b.end()
    checks.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lethe", required=True)
    parser.add_argument("--keep", help="work there, and leave it there")
    args = parser.parse_args()
    in_folder(run, args, "lethe-secured-")


if __name__ == "__main__":
    main()
