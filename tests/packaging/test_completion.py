#!/usr/bin/env python3
"""Completion in bash, zsh and fish: each shell is asked, without a terminal's
person, what it would offer.  bash must be here; the others are asked where they
are installed, and named where they are not.

    test_completion.py --lethe BINARY
"""

import argparse
import os
import pty
import re
import select
import shutil
import signal
import tempfile

from checks import Checks, commands_of, options_of, said, settings_of

START_S = 60  # until a shell that does not start is given up
SILENCE_S = 10  # until a list that does not come is taken for none

BASH = """
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_lethe
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Bash:
    """Asks the function that the script gives to `complete`."""

    def __init__(self, lethe, folder):
        self.folder = folder
        self.script = os.path.join(folder, "lethe.bash")
        with open(self.script, "w", encoding="utf-8") as f:
            f.write(said(lethe, "completion", "bash"))

    def offers(self, line):
        # bash takes `=` for a word of its own.
        words = re.findall(r"=|[^ =]+", line)
        words += [""] if line[-1] in " " else []
        got = said("bash", "--norc", "-c", BASH, "-", self.script, *words,
                   cwd=self.folder)
        return {word.rstrip("/") for word in got.split("\n") if word}


class Fish:
    """Fish itself answers `complete -C LINE`."""

    def __init__(self, lethe, folder):
        self.folder = folder
        self.script = os.path.join(folder, "lethe.fish")
        with open(self.script, "w", encoding="utf-8") as f:
            f.write(said(lethe, "completion", "fish"))

    def offers(self, line):
        got = said("fish", "--no-config", "-c",
                   f"source {self.script}; complete -C '{line}'",
                   cwd=self.folder, env=dict(os.environ, HOME=self.folder))
        words = {row.split("\t")[0].rstrip("/") for row in got.splitlines()}
        # Of `--format=json` fish gives the whole word.
        return words | {word.split("=", 1)[1] for word in words if "=" in word}


ZSH = r"""
PROMPT='%% '
unsetopt beep
setopt list_packed
autoload -Uz compinit && compinit -u -D
fpath=(. $fpath)
source ./_lethe
zstyle ':completion:*' verbose no
LISTMAX=100000
bindkey '^X' list-choices
print READY
"""


class Zsh:
    """A shell on a terminal of its own, whose key ^X lists what may follow."""

    def __init__(self, lethe, folder):
        self.folder = folder
        with open(os.path.join(folder, "_lethe"), "w", encoding="utf-8") as f:
            f.write(said(lethe, "completion", "zsh"))
        with open(os.path.join(folder, ".zshrc"), "w", encoding="utf-8") as f:
            f.write(ZSH)

    def offers(self, line):
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.folder)
            env = dict(os.environ, ZDOTDIR=self.folder, HOME=self.folder,
                       TERM="dumb", LINES="200", COLUMNS="400")
            os.execvpe("zsh", ["zsh", "-d", "-i"], env)
        try:
            self.read(terminal, lambda shown: "READY" in shown, START_S)
            os.write(terminal, line.encode() + b"\x18")
            shown = self.read(
                terminal, lambda shown: shown.endswith("\n% " + line), SILENCE_S
            )
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            os.close(terminal)
        # The list stands between the line and the line written again.
        shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\r", "", shown)
        listed = "\n".join(shown.split("\n")[1:-1])
        return {word.rstrip("/=") for word in listed.split()}

    def read(self, terminal, is_done, silence_s):
        """All that is shown, until it is done; a list of nothing never is."""
        shown = ""
        while select.select([terminal], [], [], silence_s)[0]:
            try:
                shown += os.read(terminal, 65536).decode(errors="replace")
            except OSError:  # the shell has ended
                break
            if is_done(shown.replace("\r", "")):
                break
        return shown


def offered(checks, shell, name, line, wanted, unwanted=()):
    got = shell.offers(line)
    missing = set(wanted) - got
    checks.that(not missing, f"{name}: `{line}` offers {sorted(missing)}")
    extra = set(unwanted) & got
    checks.that(not extra, f"{name}: `{line}` does not offer {sorted(extra)}")


def ask_all(checks, shell, name, lethe):
    """Every command, every option of each, and values of every kind."""
    commands = commands_of(lethe)
    firsts = {words.split()[0] for words in commands}
    offered(checks, shell, name, "lethe ", firsts | {"help"}, {"--config"})
    for first in sorted(firsts):
        rest = {w.split()[1] for w in commands if w.startswith(first + " ")}
        if rest:
            offered(checks, shell, name, f"lethe {first} ", rest, firsts - {"show"})
            offered(checks, shell, name, f"lethe help {first} ", rest)
    for words in commands:
        options = {"--" + option for option in options_of(lethe, words)}
        offered(checks, shell, name, f"lethe {words} --", options, {"--nothing"})
    ask_values(checks, shell, name, lethe)


def ask_values(checks, shell, name, lethe):
    here = {"policy.yaml", "sub"}
    offered(checks, shell, name, "lethe run --config ", here, {"run"})
    offered(checks, shell, name, "lethe run --purpose x --config pol", {"policy.yaml"})
    for words in ("policy check", "policy sign", "policy verify", "keys diff"):
        offered(checks, shell, name, f"lethe {words} ", here)
    dashes = "--" if name == "fish" else ""  # which offers options behind them alone
    offered(checks, shell, name, f"lethe keys trust {dashes}", {"--public", "--out"}, here)
    offered(checks, shell, name, "lethe keys domain ", {"rename", "join"}, here)
    offered(checks, shell, name, "lethe keys class ", {"rename"}, here)
    offered(checks, shell, name, "lethe init --for ", {"amplitude", "snowplow"}, here)
    offered(checks, shell, name, "lethe gen --format ", {"json", "msgpack"}, here)
    offered(checks, shell, name, "lethe gen --events ", (), here)
    offered(checks, shell, name, "lethe completion ", {"bash", "zsh", "fish"}, here)
    names = {n if n == "kafka." else n + "=" for n in settings_of(lethe)}
    got = {word.rstrip("=") for word in shell.offers("lethe run --set ")}
    wanted = {n.rstrip("=") for n in names if not n.startswith("kafka")}
    checks.that(wanted <= got, f"{name}: --set offers {sorted(wanted - got)}")
    if name != "zsh":  # its list shows the whole word
        offered(checks, shell, name, "lethe gen --format=", {"json", "msgpack"}, here)
        offered(checks, shell, name, "lethe run --set log.format=", {"text", "json"},
                here)
        for setting in ("policy", "ledger.path"):
            offered(checks, shell, name, f"lethe run --set {setting}=", {"sub"})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lethe", required=True)
    lethe = os.path.abspath(parser.parse_args().lethe)
    checks = Checks()
    for name, kind in (("bash", Bash), ("zsh", Zsh), ("fish", Fish)):
        if not shutil.which(name):
            print(f"{name} is not installed: its completion was not asked")
            checks.that(name != "bash", "bash is here")
            continue
        with tempfile.TemporaryDirectory(prefix="lethe-completion-") as folder:
            shell = kind(lethe, folder)
            os.mkdir(os.path.join(folder, "sub"))
            with open(os.path.join(folder, "policy.yaml"), "w", encoding="utf-8"):
                pass
            ask_all(checks, shell, name, lethe)
    checks.end()


if __name__ == "__main__":
    main()
