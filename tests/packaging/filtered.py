"""Runs a program under a unit's filters of system calls, by libseccomp, where
there is no systemd to run it: SystemCallFilter, MemoryDenyWriteExecute and
RestrictAddressFamilies, as systemd makes them.

    filtered.py UNIT PROGRAM ARGUMENTS...
"""

import ctypes
import errno
import os
import re
import socket
import subprocess
import sys

ALLOW = 0x7FFF0000
EQUAL, MASKED = 4, 7
PROT_WRITE, PROT_EXEC = 2, 4


def refuse(number):
    return 0x00050000 | number


class Compare(ctypes.Structure):
    """struct scmp_arg_cmp: an argument, masked, equals a value."""

    _fields_ = [
        ("arg", ctypes.c_uint), ("op", ctypes.c_int),
        ("a", ctypes.c_uint64), ("b", ctypes.c_uint64),
    ]


class Filter:
    def __init__(self, otherwise):
        self.lib = ctypes.CDLL("libseccomp.so.2")
        self.lib.seccomp_init.restype = ctypes.c_void_p
        self.it = ctypes.c_void_p(self.lib.seccomp_init(otherwise))

    def add(self, action, name, *compares):
        """False: this machine has no such call."""
        number = self.lib.seccomp_syscall_resolve_name(name.encode())
        if number < 0:
            return False
        array = (Compare * len(compares))(*compares)
        code = self.lib.seccomp_rule_add_array(
            self.it, action, number, len(compares), array
        )
        if code:
            sys.exit(f"seccomp: {name}: {os.strerror(-code)}")
        return True

    def load(self):
        code = self.lib.seccomp_load(self.it)
        if code:
            sys.exit(f"seccomp: {os.strerror(-code)}")


def sets_of_systemd():
    """systemd's own sets: {"@name": [calls and other sets]}."""
    text = subprocess.run(
        ["systemd-analyze", "syscall-filter"],
        capture_output=True, text=True, check=True, timeout=60,
    ).stdout
    sets, current = {}, None
    for line in text.splitlines():
        if re.match(r"@[a-z-]+$", line):
            current = sets.setdefault(line, [])
        elif current is not None and re.match(r" +[@a-z0-9_-]+$", line):
            current.append(line.strip())
    return sets


def expand(words, sets):
    names = set()
    for word in words:
        names |= expand(sets[word], sets) if word.startswith("@") else {word}
    return names


def values(unit, name):
    with open(unit, encoding="utf-8") as f:
        return re.findall(rf"^{name}=(.*)$", f.read(), re.M)


def allowed_calls(unit):
    """The first line lists what is allowed; later ones add, with ~ take away."""
    sets, allowed = sets_of_systemd(), {"execve"}
    for words in ["@default", *values(unit, "SystemCallFilter")]:
        if words.startswith("~"):
            allowed -= expand(words[1:].split(), sets)
        else:
            allowed |= expand(words.split(), sets)
    return allowed | {"execve"}  # by which systemd starts it


def close(unit):
    by_argument = Filter(ALLOW)
    both = PROT_WRITE | PROT_EXEC
    if values(unit, "MemoryDenyWriteExecute") == ["yes"]:
        by_argument.add(refuse(errno.EPERM), "mmap", Compare(2, MASKED, both, both))
        for name in ("mprotect", "pkey_mprotect"):
            by_argument.add(
                refuse(errno.EPERM), name, Compare(2, MASKED, PROT_EXEC, PROT_EXEC)
            )
    families = values(unit, "RestrictAddressFamilies")[0].split()
    for family in ("AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET"):
        if family not in families:
            number = int(getattr(socket, family))
            by_argument.add(
                refuse(errno.EAFNOSUPPORT), "socket", Compare(0, EQUAL, number, 0)
            )
    by_name = Filter(refuse(errno.EPERM))
    known = [by_name.add(ALLOW, name) for name in sorted(allowed_calls(unit))]
    if sum(known) < 100:
        sys.exit("the sets of systemd were not read")
    by_argument.load()
    by_name.load()


if __name__ == "__main__":
    close(sys.argv[1])
    os.execv(sys.argv[2], sys.argv[2:])
