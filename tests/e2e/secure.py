"""What a secured cluster needs: an authority, the brokers' certificates, users
with passwords, rights.  Everything is made new, in a folder, by openssl.

    secure = Secure(directory)
    Cluster(directory, 3, secure=secure)
    secure.client("lethe")      # properties of the client library
    secure.password("lethe")    # for clients that take no file

With certificates=True the brokers ask for a client's certificate on the TLS
listener as well as for a login; who it is, the login says.

    Secure(directory, listeners={"MUTUAL": Listener("SSL", "broker", "required")})

has these listeners instead; without a login, the certificate's name is the
principal.  With scram=True users log in by SCRAM, too.
"""

import collections
import datetime
import os
import re
import secrets
import shlex
import subprocess

USERS = ("admin", "lethe", "reader")
DAYS = 3
DOCS = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "operations.md"
)

# certificate: whose file the listener shows; client: none, requested, required
Listener = collections.namedtuple("Listener", "protocol certificate client")


class Secure:
    def __init__(self, directory, certificates=False, listeners=None, scram=False):
        self.certificates, self.scram = certificates, scram
        client = "required" if certificates else "none"
        self.listeners = listeners or {"SECURE": Listener("SASL_SSL", "broker", client)}
        self.dir = os.path.join(os.path.abspath(directory), "secure")
        os.makedirs(self.dir, mode=0o700)
        self.users = {user: secrets.token_urlsafe(18) for user in USERS}
        for user, password in self.users.items():
            self.write(user + ".password", password + "\n")
        self.authority()
        self.server("broker", "DNS:localhost,IP:127.0.0.1")
        for user in USERS if certificates else ():
            self.certificate(user)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        with open(os.open(self.path(name), os.O_CREAT | os.O_WRONLY, 0o600), "w") as f:
            f.write(text)
        return self.path(name)

    def openssl(self, *args):
        done = subprocess.run(
            ["openssl", *args], cwd=self.dir, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        if done.returncode:
            raise RuntimeError(f"openssl {args[0]} failed:\n" + done.stdout)

    def authority(self, name="ca"):
        self.openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-keyout", name + ".key", "-out", name + ".crt",
            "-days", str(DAYS), "-subj", f"/CN=test authority {name}",
        )

    def certificate(
        self, name, extension="extendedKeyUsage=clientAuth", ca="ca", days=DAYS,
        subject=None,
    ):
        """NAME.key and NAME.crt; with days below 0 it has expired."""
        self.openssl(
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-keyout", name + ".key", "-out", name + ".csr",
            "-subj", f"/CN={subject or name}",
        )
        self.write(name + ".cnf", (
            "[ca]\ndefault_ca = me\n[me]\ndatabase = index\nrand_serial = yes\n"
            "new_certs_dir = .\ndefault_md = sha256\npolicy = any\n"
            f"unique_subject = no\n[any]\ncommonName = supplied\n[ext]\n{extension}\n"
        ))
        self.write("index", "")
        now = datetime.datetime.now(datetime.timezone.utc)
        since, until = now - datetime.timedelta(days=DAYS), now + datetime.timedelta(days)
        self.openssl(
            "ca", "-batch", "-notext", "-config", name + ".cnf", "-extensions", "ext",
            "-in", name + ".csr", "-cert", ca + ".crt", "-keyfile", ca + ".key",
            "-out", name + ".crt", "-startdate", since.strftime("%Y%m%d%H%M%SZ"),
            "-enddate", until.strftime("%Y%m%d%H%M%SZ"),
        )

    def server(self, name, names, **more):
        """A broker's certificate, and the one file that Kafka reads."""
        self.certificate(name, "subjectAltName=" + names, **more)
        with open(self.path(name + ".key")) as key, open(self.path(name + ".crt")) as crt:
            self.write(name + ".pem", key.read() + crt.read())

    def password(self, user):
        return self.users[user]

    def client(self, user, tls=True, mechanism="PLAIN"):
        """Properties of the client library; the password only by file."""
        rows = {
            "security.protocol": "sasl_ssl" if tls else "sasl_plaintext",
            "sasl.mechanisms": mechanism,
            "sasl.username": user,
            "sasl.password.file": self.path(user + ".password"),
        }
        if tls:
            rows["ssl.ca.location"] = self.path("ca.crt")
        if tls and self.certificates:
            rows.update(self.shown(user))
        return rows

    def mutual(self, name=None, ca="ca"):
        """Properties of a client whose certificate is its login; or of none."""
        rows = {"security.protocol": "ssl", "ssl.ca.location": self.path(ca + ".crt")}
        return {**rows, **(self.shown(name) if name else {})}

    def shown(self, name):
        return {
            "ssl.certificate.location": self.path(name + ".crt"),
            "ssl.key.location": self.path(name + ".key"),
        }

    def mechanisms(self):
        return ["PLAIN"] + (["SCRAM-SHA-256", "SCRAM-SHA-512"] if self.scram else [])

    def broker(self, names):
        """Rows of server.properties for the listeners of these names."""
        rows = {
            "authorizer.class.name":
                "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:admin;User:ANONYMOUS",
            "sasl.enabled.mechanisms": ",".join(self.mechanisms()),
        }
        for name in names:
            here = f"listener.name.{name.lower()}."
            listener = self.listeners.get(name)
            if not listener or listener.protocol.startswith("SASL"):
                rows.update(self.logins(here))
            if listener:
                rows.update(self.tls(here + "ssl.", listener))
        return rows

    def logins(self, here):
        users = " ".join(f'user_{u}="{p}"' for u, p in self.users.items())
        module = "org.apache.kafka.common.security."
        rows = {
            here + "plain.sasl.jaas.config":
                f"{module}plain.PlainLoginModule required {users};"
        }
        for name in self.mechanisms()[1:]:
            rows[f"{here}{name.lower()}.sasl.jaas.config"] = (
                f"{module}scram.ScramLoginModule required;"
            )
        return rows

    def tls(self, here, listener):
        return {
            here + "keystore.type": "PEM",
            here + "truststore.type": "PEM",
            here + "keystore.location": self.path(listener.certificate + ".pem"),
            here + "truststore.location": self.path("ca.crt"),
            here + "client.auth": listener.client,
            here + "principal.mapping.rules": "RULE:^CN=([a-z-]+)$/$1/,DEFAULT",
        }

    def format(self):
        """Options for the tool that formats the storage: users of SCRAM."""
        rows = []
        for name in self.mechanisms()[1:]:
            for user, password in self.users.items():
                rows += ["--add-scram", f"{name}=[name={user},password={password}]"]
        return rows


def rights_of_docs(principal, names, of=""):
    """The rights that docs/operations.md lists as commands, and no others, as
    arguments of Admin.allow.  `names` says what stands for the words in
    capitals: {"INPUT": [topics], "OUTPUT": [topics], "GROUP": [...], ...};
    `of` the block: "" those of every job, or " of a ledger"."""
    with open(DOCS, encoding="utf-8") as f:
        (block,) = re.findall(
            rf"^```sh rights{of}\n(.*?)^```$", f.read(), re.M | re.S)
    found = []
    for line in block.splitlines():
        words = shlex.split(line, comments=True)
        if not words or words[0].startswith("allow="):
            continue
        found += rights_of_command(principal, words, names)
    return found


def rights_of_command(principal, words, names):
    operations, prefixed, resource = [], False, None
    kinds = {"--topic": "topic", "--group": "group", "--transactional-id": "transaction"}
    if words.pop(0) != "$allow" or len(words) % 2:
        raise RuntimeError("docs/operations.md: no right in " + " ".join(words))
    for option, value in zip(words[::2], words[1::2]):
        if option == "--operation":
            operations.append(re.sub("(?<=[a-z])(?=[A-Z])", "_", value).lower())
        elif option == "--resource-pattern-type" and value == "prefixed":
            prefixed = True
        elif option in kinds:
            resource = (kinds[option], value)
        else:
            raise RuntimeError(f"docs/operations.md: what is {option}?")
    kind, name = resource
    return [("User:" + principal, kind, n, operations, prefixed) for n in names[name]]
