"""All of a process's memory searched for secrets, whatever it may not touch itself;
at the end of a process as well, when it has freed all and its memory still stands.

memory.c searches.  A secret is looked for in pieces, so that half of one left in a
register's slot is found: each 8 of its bytes, and each 12 letters of it in hex and
in both base64 alphabets at each alignment."""

import base64
import collections
import ctypes
import hashlib
import os
import signal
import subprocess

from job import wait
from ring import kdf

HERE = os.path.dirname(os.path.abspath(__file__))
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
LIBC.ptrace.restype = ctypes.c_long
SEIZE, CONT, TRACE_EXIT, EVENT_EXIT = 0x4206, 7, 0x40, 6

# locked   the mapping is locked and left out of core dumps
Find = collections.namedtuple("Find", "name locked rights mapping")


def texts(secret):
    """What each spelling of it must hold."""
    yield secret.hex()
    yield secret.hex().upper()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for shift in range(3):
            code = encode(b"\0" * shift + secret).decode()
            yield code[-(-8 * shift // 6) : 8 * (shift + len(secret)) // 6]


def pieces(name, secret):
    for at in range(0, len(secret) - 7, 8):
        yield name, secret[at : at + 8]
    for text in texts(secret):
        for at in range(0, len(text) - 11, 12):
            yield name, text[at : at + 12].encode()


class Needles(dict):
    """{name without a space: bytes of a secret}"""

    def of_ring(self, ring):
        """All that a ring's keys give: epochs, what is derived of them, and the keys
        under which the ring's seals can be opened."""
        self["secret"] = ring.secret
        if ring.index:
            self["index"] = ring.index
        for number, (domain, key) in ring.held.items():
            self[f"epoch:{number}"] = key
            of_domain = kdf(32, domain, "tokdomn1", key)
            self[f"domain:{number}"] = of_domain
            for name, class_id in ring.classes.items():
                self[f"class:{number}:{name}"] = kdf(32, class_id, "tokclas1", of_domain)
        for number, seal in ring.seals:
            for name, call in (("shared", ring.sodium.crypto_scalarmult),
                               ("unsealing", ring.sodium.crypto_box_beforenm)):
                out = ctypes.create_string_buffer(32)
                call(out, *((ring.secret, seal[:32]) if name == "shared"
                            else (seal[:32], ring.secret)))
                self[f"{name}:{number}"] = out.raw
        return self

    def of_seed(self, name, seed):
        """An Ed25519 seed, and what signs."""
        self[name] = seed
        digest = hashlib.sha512(seed).digest()
        self[name + ":scalar"], self[name + ":prefix"] = digest[:32], digest[32:]
        return self

    def lines(self):
        rows = {pair for name, key in self.items() for pair in pieces(name, key)}
        return "".join(
            f"{name} {piece.hex()}\n" for name, piece in sorted(rows)).encode()

    def within(self, data):
        """Names of those that stand in some bytes."""
        return sorted({name for name, key in self.items()
                       for _, piece in pieces(name, key) if piece in data})


class Finder:
    def __init__(self, directory):
        self.program = os.path.join(directory, "memory")
        subprocess.run(["gcc", "-O2", "-o", self.program,
                        os.path.join(HERE, "memory.c")], check=True)
        self.searched = self.swapped = 0

    def of(self, pid, needles):
        """[Find], each once."""
        done = subprocess.run([self.program, str(pid)], input=needles.lines(),
                              stdout=subprocess.PIPE, check=True)
        *rows, (_, searched, _, swapped) = [
            line.split(maxsplit=3) for line in done.stdout.decode().splitlines()]
        self.searched, self.swapped = int(searched), int(swapped)
        return sorted({
            Find(name, flags == "lo,dd", *rest) for name, flags, *rest in rows})


def ptrace(request, pid, data):
    if LIBC.ptrace(request, pid, None, data) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")


class Ending:
    """A child that stands still once more when it has ended all but its memory.
    Thread: the one that made it alone."""

    def __init__(self, child):
        self.child = child
        ptrace(SEIZE, child.pid, TRACE_EXIT)

    def reached(self):
        """Until then."""
        def there():
            pid, status = os.waitpid(self.child.pid, os.WNOHANG)
            if not pid:
                return False
            if status >> 8 == signal.SIGTRAP | EVENT_EXIT << 8:
                return True
            if not os.WIFSTOPPED(status):
                raise RuntimeError("it ended without standing still")
            number = os.WSTOPSIG(status)
            ptrace(CONT, pid, 0 if status >> 16 or number == signal.SIGTRAP else number)
            return False

        wait("a process is about to end", there)

    def over(self):
        """Its exit code."""
        ptrace(CONT, self.child.pid, 0)
        _, status = os.waitpid(self.child.pid, 0)
        self.child.returncode = os.waitstatus_to_exitcode(status)
        return self.child.returncode
