#!/usr/bin/env python3
"""Every command that writes keys, killed at every system call of its writing.

The kernel stops a traced process at each system call; at the N-th it is
killed before the call is made.  Where the writing begins is seen by the
folder, not by numbers of calls: so this holds on any machine.  Of the
calls before and behind it a sample is taken.

After each kill: the ring is the old version, byte for byte, or the new one,
whole; what was left behind is never taken for a ring or a key, and is for its
owner alone; the command does its work at its next run.
"""
import argparse
import ctypes
import os
import random
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile

TRACEME, SYSCALL, SETOPTIONS = 0, 24, 0x4200
SYSGOOD, EXITKILL = 1, 0x100000
MARGIN = 2
SYSCALL_STOP = signal.SIGTRAP | 0x80

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.restype = ctypes.c_long
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def ptrace(request, pid, data=0):
    if libc.ptrace(request, pid, None, data) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def begin(argv, folder):
    pid = os.fork()
    if pid:
        return pid
    try:
        os.chdir(folder)
        null = os.open("/dev/null", os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        ptrace(TRACEME, 0)
        os.execv(argv[0], argv)
    finally:
        os._exit(127)


def traced(argv, folder, at=None, look=None):
    """Runs to its end, or to its at-th call.  Its calls, and its exit code or
    None when it was killed.  `look` is called with the number of each call."""
    pid, calls, entry, deliver = begin(argv, folder), 0, True, 0
    _, status = os.waitpid(pid, 0)
    if not os.WIFSTOPPED(status):
        sys.exit("a process cannot be traced here")
    ptrace(SETOPTIONS, pid, SYSGOOD | EXITKILL)
    while True:
        ptrace(SYSCALL, pid, deliver)
        _, status = os.waitpid(pid, 0)
        if os.WIFEXITED(status):
            return calls, os.WEXITSTATUS(status)
        if os.WIFSIGNALED(status):
            sys.exit(f"{argv[1:4]} died of signal {os.WTERMSIG(status)}")
        deliver = 0
        if os.WSTOPSIG(status) != SYSCALL_STOP:
            deliver = os.WSTOPSIG(status)
            continue
        if entry:
            calls += 1
            if look:
                look(calls)
            if calls == at:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                return calls, None
        entry = not entry


def seen(folder):
    """Names, sizes, modes and nodes: what a later command could find."""
    out = {}
    for entry in os.scandir(folder):
        s = entry.stat(follow_symlinks=False)
        out[entry.name] = (s.st_size, stat.S_IMODE(s.st_mode), s.st_ino, s.st_mtime_ns)
    return out


class Shop:
    """Rings in each state that a command begins with, in one folder."""

    def __init__(self, lethe, folder):
        self.lethe, self.folder = lethe, folder
        self.keys("new", "--ring", "empty.ring", "--secret", "s.key", "--oncall", "oncall.key")
        shop = os.path.join(folder, "shop")
        subprocess.run([lethe, "init", shop], check=True, stdout=subprocess.DEVNULL)
        policy = open(os.path.join(shop, "policy.yaml"), encoding="utf-8").read()
        shutil.rmtree(shop)
        self.write("policy.yaml", policy)
        self.write("early.yaml", re.sub(r"(?m)^    identity: \[.*", r"\g<0>\n    "
                                        "destroy_early: a test", policy))
        self.write("words", "four words of mine\n")
        self.copy("empty.ring", "plain.ring")
        self.keys("add", "--ring", "plain.ring", "--policy", "policy.yaml")
        self.keys("pair", "--secret", "vault.key")
        self.keys("recipient", "add", "--ring", "plain.ring", "--role", "erasure",
                  "--public", "vault.pub", "--secret", "s.key")
        self.copy("plain.ring", "was.ring")
        self.keys("emergency", "--ring", "was.ring", "--purpose", "recommendations")
        self.sign()

    def sign(self):
        self.copy("plain.ring", "signed.ring")
        for who in "ab":
            self.keys("pair", "--secret", f"{who}.key", "--for", "signer")
        self.keys("signers", "--ring", "signed.ring", "--public", "a.pub",
                  "--public", "b.pub", "--threshold", "2")
        self.approve("signed.ring", "a", "b")
        self.keys("activate", "--ring", "signed.ring")
        for name in ("waits.ring", "half.ring", "ready.ring"):
            self.copy("signed.ring", name)
            self.propose(name)
        self.approve("half.ring", "a")
        self.approve("ready.ring", "a", "b")

    def approve(self, ring, *who):
        for name in who:
            self.keys("approve", "--ring", ring, "--key", f"{name}.key")

    def propose(self, ring):
        self.keys("propose", "--ring", ring, "--purpose", "recommendations",
                  "--at", "2040-01-01T03:00:00Z", "--overlap", "30d")

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8", opener=private) as f:
            f.write(text)

    def copy(self, name, to):
        shutil.copy2(self.path(name), self.path(to))

    def keys(self, *args):
        done = subprocess.run([self.lethe, "keys", *args], cwd=self.folder,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"keys {' '.join(args)}: {done.stderr}")


def private(path, flags):
    return os.open(path, flags, 0o600)


class Command:
    """One command, the file that it writes anew, and the ring it is about.

    makes: it makes files and overwrites none; else it changes `writes`."""

    def __init__(self, words, writes, ring=None, makes=()):
        self.words, self.writes, self.makes = words.split(), writes, makes
        self.ring = ring or writes


AT = "--purpose recommendations --at 2040-01-01T03:00:00Z --overlap 30d"
COMMANDS = [
    Command("new --ring n.ring --secret n.key --oncall n-oncall.key --policy policy.yaml",
            "n.ring", makes=("n.key", "n-oncall.key", "n-oncall.pub", "n.ring")),
    Command("pair --secret p.key", "p.pub", makes=("p.key", "p.pub")),
    Command("trust --public a.pub --public b.pub --threshold 2 --out t.trust", "t.trust",
            makes=("t.trust",)),
    Command("drill --ring plain.ring --secret s.key --make d.drill", "d.drill",
            makes=("d.drill",)),
    Command("add --ring empty.ring --policy policy.yaml", "empty.ring"),
    Command(f"propose --ring plain.ring {AT}", "plain.ring"),
    Command(f"propose --ring signed.ring {AT}", "signed.ring.next", "signed.ring"),
    Command("approve --ring half.ring --key b.key", "half.ring.next", "half.ring"),
    Command("activate --ring ready.ring", "ready.ring"),
    Command("retire --ring was.ring --epoch 1", "was.ring"),
    Command("destroy --ring was.ring --epoch 1 --policy early.yaml --early", "was.ring"),
    Command("emergency --ring plain.ring --purpose recommendations", "plain.ring"),
    Command("recipient remove --ring plain.ring --role erasure --public vault.pub",
            "plain.ring"),
    Command("recipient add --ring empty.ring --role erasure --public vault.pub --secret s.key",
            "empty.ring"),
    Command("signers --ring plain.ring --public a.pub --public b.pub --threshold 2",
            "plain.ring.next", "plain.ring"),
    Command("domain rename recommendations suggestions --ring plain.ring", "plain.ring"),
    Command("class rename device gadget --ring plain.ring", "plain.ring"),
]
PROTECT = Command("protect --secret vault.key --passphrase words", "vault.key", "plain.ring")


class Killer:
    def __init__(self, lethe, folder, seed):
        self.lethe, self.random = lethe, random.Random(seed)
        self.base, self.work = os.path.join(folder, "base"), os.path.join(folder, "work")
        os.mkdir(self.base)
        self.shop = Shop(lethe, self.base)
        self.kills = 0

    def fresh(self):
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(self.base, self.work)

    def bytes_of(self, folder, name):
        try:
            with open(os.path.join(folder, name), "rb") as f:
                return f.read()
        except FileNotFoundError:
            return None

    def keys(self, *args):
        return subprocess.run([self.lethe, "keys", *args], cwd=self.work,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)

    def measure(self, words):
        """The calls of a whole run, and of those that changed the folder the
        first and the last."""
        self.fresh()
        last, changes = [seen(self.work)], []

        def look(call):
            now = seen(self.work)
            if now != last[0]:
                changes.append(call - 1)
            last[0] = now

        calls, code = traced([self.lethe, "keys", *words], self.work, look=look)
        if code or not changes:
            sys.exit(f"keys {' '.join(words)} ended with {code}, and wrote nothing")
        return calls, changes[0], changes[-1]

    def points(self, words, sample):
        """All from the first change to the one behind the last, and some more
        as one run takes a call or two more than another; a few of the rest."""
        calls, first, last = self.measure(words)
        near = range(max(1, first - MARGIN), min(last + 2 + MARGIN, calls + 1))
        rest = [n for n in range(1, calls + 1) if n not in near]
        return sorted(self.random.sample(rest, min(sample, len(rest))) + list(near))

    def check(self, truth, what):
        if not truth:
            sys.exit(f"FAILED keys {' '.join(self.now.words[:2])}, "
                     f"killed at call {self.at}: {what}")

    def check_left(self):
        """What is new in the folder has a name that nobody asks for, and is
        for its owner alone where it may hold a secret."""
        written = self.now.makes or (self.now.writes, self.now.ring)
        for name, (_, mode, _, _) in seen(self.work).items():
            public = any(part in name for part in (".pub", ".ring", ".trust"))
            self.check(public or mode == 0o600, f"{name} has the mode {mode:o}")
            self.check(not mode & 0o033, f"{name} has the mode {mode:o}")
            if name in written or os.path.exists(os.path.join(self.base, name)):
                continue
            stem = re.sub(r"\.[A-Za-z0-9]{6}$", "", name)
            self.check(stem in written and stem != name, f"{name} was left behind")

    def check_whole(self, name):
        if not name.endswith((".ring", ".next")):
            return
        done = self.keys("verify", "--ring", name)
        signed = name.endswith(".next")
        self.check(done.returncode == 0 or (signed and "signatures" in done.stdout),
                   f"{name} is not whole: {done.stdout}{done.stderr}")

    def kill(self, command, at):
        self.now, self.at = command, at
        self.fresh()
        traced([self.lethe, "keys", *command.words], self.work, at=at)
        self.kills += 1
        self.check_left()
        was = self.bytes_of(self.base, command.writes)
        now = self.bytes_of(self.work, command.writes)
        if now is not None and now != was:
            self.check_whole(command.writes)
        if not command.makes:
            self.check_whole(command.ring)
            told = self.keys("history", "--ring", command.ring)
            self.check(told.returncode == 0, f"a later command is refused: {told.stderr}")
        return now != was

    def again(self, command, done):
        """What was not done is done by the next run; what was done is told."""
        before = self.bytes_of(self.work, command.writes)
        finishes = command.words[0] == "activate" and os.path.exists(
            os.path.join(self.work, f"{command.ring}.next"))
        result = self.keys(*command.words)
        if done:
            self.check(result.returncode in ((0,) if finishes else (0, 2, 3, 4)),
                       f"the next run went wrong: {result.stderr}")
        else:
            self.check(result.returncode == 0, f"not done at its next run: {result.stderr}")
            self.check(self.bytes_of(self.work, command.writes) != before, "nothing was done")
        self.check_whole(command.ring)

    def again_made(self, command, done):
        """Nothing is overwritten; what is there is named, and taken away by
        hand when it is not whole."""
        there = [n for n in command.makes if os.path.exists(os.path.join(self.work, n))]
        before = [self.bytes_of(self.work, n) for n in there]
        result = self.keys(*command.words)
        self.check(before == [self.bytes_of(self.work, n) for n in there], "overwritten")
        self.check(result.returncode == (2 if there else 0), "the next run went wrong")
        if not there or done:
            return
        self.check(all(n in result.stderr for n in there),
                   f"does not say what was left half made: {result.stderr}")
        for name in there:
            os.unlink(os.path.join(self.work, name))
        self.check(self.keys(*command.words).returncode == 0, "not done at its next run")

    def run(self, command, sample):
        outcomes = set()
        for at in self.points(command.words, sample):
            done = self.kill(command, at)
            outcomes.add(done)
            (self.again_made if command.makes else self.again)(command, done)
        self.check(outcomes == {True, False}, "no kill came before, or none after its writing")

    def run_protect(self):
        """To try a passphrase costs a second: the file alone is compared, and
        the next run is made once."""
        outcomes = set()
        for at in self.points(PROTECT.words, 1):
            done = self.kill(PROTECT, at)
            text = self.bytes_of(self.work, "vault.key")
            self.check(not done or re.fullmatch(
                rb"lethe-secret-key 1 argon2id 3 268435456 [\w-]{22}\n[\w-]{32} [\w-]{64}\n",
                text), "vault.key is not whole")
            if outcomes != {True, False} and done not in outcomes:
                self.check_opens(done)
            outcomes.add(done)
        self.check(outcomes == {True, False}, "no kill came before, or none after its writing")

    def check_opens(self, done):
        if not done:
            self.check(self.keys(*PROTECT.words).returncode == 0, "not done at its next run")
        self.check(self.keys("recipient", "add", "--ring", "plain.ring", "--role", "runtime",
                             "--public", "a2.pub", "--secret", "vault.key",
                             "--passphrase", "words").returncode == 0, "vault.key does not open")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lethe", default="build/lethe")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sample", type=int, default=2)
    parser.add_argument("--only", help="commands that begin so, such as activate")
    args = parser.parse_args()
    folder = tempfile.mkdtemp()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        killer = Killer(os.path.abspath(args.lethe), folder, args.seed)
        killer.shop.keys("pair", "--secret", "a2.key")
        chosen = [c for c in COMMANDS if c.words[0].startswith(args.only or "")]
        for command in chosen:
            killer.run(command, args.sample)
        if PROTECT.words[0].startswith(args.only or ""):
            chosen.append(PROTECT)
            killer.run_protect()
        print(f"keys: {len(chosen)} commands, killed {killer.kills} times")
        if not chosen:
            sys.exit("FAILED no command begins so")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
