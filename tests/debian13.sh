#!/bin/bash
# Builds and tests on Debian 13, in a folder: there librdkafka is 2.8.0, whose
# faults are others than 2.0.2's.  The broker runs outside, lethe inside.
# Needs root (chroot, mounts of its own).
#
#   tests/debian13.sh            all parts
#   tests/debian13.sh part NAME  one, within the mounts of the whole
set -eu

cd "$(dirname "$0")/.."
. tests/debian.sh
top=$PWD
home=$top/build/debian13
root=$home/root
work=$home/work
lethe=$home/lethe
PARTS="folder packages build unit golden-policy golden vendors docs-examples cli symbols
    version vendors-broker offsets topics secured ledger e2e soak"
SOAK_MINUTES=${SOAK_MINUTES:-5}
SOAK_SEED=${SOAK_SEED:-1}
SOAK_RATE=${SOAK_RATE:-400}

inside() {
    chroot "$root" /usr/bin/env -i HOME=/root LC_ALL=C.UTF-8 \
        PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -ec "cd /src && $*"
}

copy_tree() { # what git knows or would take; objects of two releases stay apart
    mkdir -p "$root/src"
    find "$root/src" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
    git ls-files -co --exclude-standard -z |
        xargs -0 sh -c 'ls -d "$@" 2>/dev/null' - | tar -cf - -T - |
        tar -xf - -C "$root/src"
}

# Signals of the tests must reach lethe itself: the wrapper becomes it.
wrapper() {
    printf '#!/bin/sh\nexec chroot "%s" /src/build/lethe "$@"\n' "$root" >"$lethe"
    chmod +x "$lethe"
}

part() {
    case $1 in
    folder)
        config/install-packages image
        debian_folder trixie "$root" "$home/folder.log"
        ;;
    packages)
        copy_tree
        inside config/install-packages build test
        ;;
    build)
        inside "make -j$(nproc) build unit-programs"
        wrapper
        ;;
    version) "$lethe" --version | grep librdkafka ;;
    vendors-broker) python3 tests/vendors/run.py --lethe "$lethe" --broker ;;
    offsets) python3 tests/e2e/test_offsets.py --lethe "$lethe" ;;
    topics) python3 tests/e2e/test_topics.py --lethe "$lethe" ;;
    secured) python3 tests/e2e/test_secured.py --lethe "$lethe" ;;
    ledger) python3 tests/e2e/test_ledger.py --lethe "$lethe" ;;
    e2e) python3 tests/e2e/test_exactly_once.py --lethe "$lethe" ;;
    soak)
        python3 tests/soak/soak.py --lethe "$lethe" --minutes "$SOAK_MINUTES" \
            --seed "$SOAK_SEED" --rate "$SOAK_RATE"
        ;;
    *) inside "make $1" ;;
    esac
}

if [ "${1-}" = part ]; then
    part "$2"
    exit
fi
if [ "$(id -u)" != 0 ]; then
    echo "tests/debian13.sh: needs root, for chroot and mounts" >&2
    exit 1
fi
if [ "${DEBIAN13_APART-}" != 1 ]; then
    DEBIAN13_APART=1 exec unshare -m "$0" "$@"
fi
mkdir -p "$home" "$work"
part folder >"$home/setup.log" 2>&1 || { tail "$home/setup.log"; exit 1; }
# The tests' folders are at one path, outside and inside.
mkdir -p "$root$work"
mount --bind "$work" "$root$work"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
# shellcheck disable=SC2086
TMPDIR=$work exec python3 tests/parts.py "$0 part" ${DEBIAN13_PARTS:-$PARTS}
