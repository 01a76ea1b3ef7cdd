"""A clock that is off, for the programs that are started: preloaded, since a test must
not move the machine's."""

import contextlib
import os
import subprocess

SOURCE = """\
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
int clock_gettime(clockid_t id, struct timespec *t) {
	static int (*real)(clockid_t, struct timespec *);
	if (!real)
		real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	int code = real(id, t);
	if (id == CLOCK_REALTIME && getenv("TEST_AHEAD_S"))
		t->tv_sec += atoi(getenv("TEST_AHEAD_S"));
	return code;
}
"""


def shim(directory):
    source, made = os.path.join(directory, "clock.c"), os.path.join(directory, "clock.so")
    with open(source, "w") as f:
        f.write(SOURCE)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", made, source, "-ldl"], check=True)
    return made


@contextlib.contextmanager
def off(shim, ahead_s):
    """Who is started in here sees that many seconds more."""
    os.environ.update(LD_PRELOAD=shim, TEST_AHEAD_S=str(ahead_s))
    try:
        yield
    finally:
        del os.environ["LD_PRELOAD"], os.environ["TEST_AHEAD_S"]
