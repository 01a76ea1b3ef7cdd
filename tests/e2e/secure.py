"""What a secured cluster needs: an authority, the brokers' certificate, users
with passwords.  Everything is made new, in a folder, by openssl.

    secure = Secure(directory)
    Cluster(directory, 3, secure=secure)
    secure.client("lethe")      # properties of the client library
    secure.password("lethe")    # for clients that take no file

With certificates=True the brokers ask for a client's certificate on the TLS
listener as well as for a login; who it is, the login says.
"""

import os
import secrets
import subprocess

USERS = ("admin", "lethe", "reader")
DAYS = "3"


class Secure:
    def __init__(self, directory, certificates=False):
        self.certificates = certificates
        self.dir = os.path.join(os.path.abspath(directory), "secure")
        os.makedirs(self.dir, mode=0o700)
        self.users = {user: secrets.token_urlsafe(18) for user in USERS}
        for user, password in self.users.items():
            self.write(user + ".password", password + "\n")
        self.authority()
        self.certificate("broker", "subjectAltName=DNS:localhost,IP:127.0.0.1")
        for user in USERS if certificates else ():
            self.certificate(user, "extendedKeyUsage=clientAuth")
        with open(self.path("broker.key")) as key, open(self.path("broker.crt")) as crt:
            self.write("broker.pem", key.read() + crt.read())

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        with open(os.open(self.path(name), os.O_CREAT | os.O_WRONLY, 0o600), "w") as f:
            f.write(text)

    def openssl(self, *args):
        done = subprocess.run(
            ["openssl", *args], cwd=self.dir, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        if done.returncode:
            raise RuntimeError(f"openssl {args[0]} failed:\n" + done.stdout)

    def authority(self):
        self.openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-keyout", "ca.key", "-out", "ca.crt", "-days", DAYS,
            "-subj", "/CN=test authority",
        )

    def certificate(self, name, extension, days=DAYS):
        self.openssl(
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-keyout", name + ".key", "-out", name + ".csr",
            "-subj", f"/CN={name}",
        )
        self.write(name + ".ext", extension + "\n")
        self.openssl(
            "x509", "-req", "-in", name + ".csr", "-CA", "ca.crt", "-CAkey", "ca.key",
            "-CAcreateserial", "-out", name + ".crt", "-days", days,
            "-extfile", name + ".ext",
        )

    def password(self, user):
        return self.users[user]

    def client(self, user, tls=True):
        """Properties of the client library; the password only by file."""
        rows = {
            "security.protocol": "sasl_ssl" if tls else "sasl_plaintext",
            "sasl.mechanisms": "PLAIN",
            "sasl.username": user,
            "sasl.password.file": self.path(user + ".password"),
        }
        if tls:
            rows["ssl.ca.location"] = self.path("ca.crt")
        if tls and self.certificates:
            rows["ssl.certificate.location"] = self.path(user + ".crt")
            rows["ssl.key.location"] = self.path(user + ".key")
        return rows

    def broker(self, listeners):
        """Rows of server.properties; the first of `listeners` speaks TLS."""
        logins = " ".join(f'user_{u}="{p}"' for u, p in self.users.items())
        module = "org.apache.kafka.common.security.plain.PlainLoginModule required"
        rows = {
            "authorizer.class.name":
                "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:admin;User:ANONYMOUS",
            "sasl.enabled.mechanisms": "PLAIN",
        }
        for name in listeners:
            rows[f"listener.name.{name}.plain.sasl.jaas.config"] = (
                f"{module} {logins};"
            )
        tls = f"listener.name.{listeners[0]}.ssl."
        rows[tls + "keystore.type"] = rows[tls + "truststore.type"] = "PEM"
        rows[tls + "keystore.location"] = self.path("broker.pem")
        rows[tls + "truststore.location"] = self.path("ca.crt")
        rows[tls + "client.auth"] = "required" if self.certificates else "none"
        return rows
