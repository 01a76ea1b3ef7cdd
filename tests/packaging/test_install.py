#!/usr/bin/env python3
"""`make install` and `make uninstall` into a folder whose name has spaces: what
was installed works from there, uninstall takes away all of it and nothing else,
and after `make` neither builds anything, since another user may run them.

Of a clone: the tarball of `make dist` is the same whatever the user's git is set to.

    test_install.py
"""

import os
import subprocess
import tempfile

from checks import TOP, Checks, said

PREFIX = "/opt/my lethe"
# Not of the make that runs this: its jobs and variables are its own.
ENV = {k: v for k, v in os.environ.items() if not k.startswith("MAKE") and k != "MFLAGS"}


def files(folder):
    return {
        os.path.relpath(os.path.join(at, name), folder)
        for at, _, names in os.walk(folder) for name in names
    }


def make(*words, **more):
    return subprocess.run(
        ["make", "-C", TOP, *words], capture_output=True, text=True, timeout=600,
        env=dict(ENV, **more)
    )


def tarball(top, settings):
    """Its bytes, with these settings of the user's git."""
    name = os.path.join(top, "gitconfig")
    with open(name, "w", encoding="utf-8") as f:
        f.write(f"[safe]\ndirectory = *\n{settings}")
    done = make("dist", GIT_CONFIG_GLOBAL=name)
    if done.returncode:
        return None
    name = done.stdout.split("DIST")[1].split()[0]
    with open(os.path.join(TOP, name), "rb") as f:
        return f.read()


def check_tarball(checks, top):
    plain = tarball(top, "")
    checks.that(plain, "make dist makes a tarball")
    for settings in ("[tar]\numask = 0077\n", "[core]\nautocrlf = true\n"):
        checks.that(tarball(top, settings) == plain, f"the same bytes with {settings!r}")


def check_works(checks, root):
    out = said(os.path.join(root, "bin", "lethe"), "--version")
    checks.that(out.startswith("lethe "), "the program installed runs")
    flags = said(
        "pkg-config", "--define-variable=prefix=" + root, "--cflags", "--libs-only-L",
        "lethe", env=dict(os.environ, PKG_CONFIG_PATH=root + "/lib/pkgconfig"),
    )
    words = said("sh", "-c", "printf '%s\\n' " + flags.strip()).splitlines()
    checks.that(
        {f"-I{root}/include", f"-L{root}/lib"} <= set(words),
        f"pkg-config names the folders installed: {words}",
    )


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="lethe-install-") as top:
        folder = os.path.join(top, "stage of one")
        where = (f"DESTDIR={folder}", f"PREFIX={PREFIX}")
        # What an unquoted name would take away.
        other = os.path.join(top, "stage")
        os.mkdir(other)
        done = make("-q", "build", "man", "completion")
        checks.that(done.returncode == 0, "`make` leaves nothing for install to build")
        done = make("install", *where)
        checks.that(done.returncode == 0, f"make install: {done.stderr}")
        root = folder + PREFIX
        checks.that(files(folder) and len(files(folder)) == len(files(root)),
                    "all of it is under PREFIX")
        check_works(checks, root)
        done = make("uninstall", *where)
        checks.that(done.returncode == 0, f"make uninstall: {done.stderr}")
        checks.that(not files(folder), f"nothing is left: {files(folder)}")
        checks.that(os.path.isdir(other), "and nothing else is taken")
        if os.path.exists(os.path.join(TOP, ".git")):
            check_tarball(checks, top)
    checks.end()


if __name__ == "__main__":
    main()
