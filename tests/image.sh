#!/bin/sh
# Builds the image as docker/Dockerfile says, without a container engine, and
# starts it: a base by debootstrap from the mirror that this machine's apt
# names, then buildah.  Then against a broker, with the compose file's settings.
# Needs root; PYTHON is one with a YAML reader.
#
#   tests/image.sh [BASE-FOLDER]     a debootstrapped folder to use again
set -eu

cd "$(dirname "$0")/.."
. tests/debian.sh
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
work=$(mktemp -d)
trap 'buildah rm -a >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
export CONTAINERS_STORAGE_CONF=$work/storage.conf
cat >"$CONTAINERS_STORAGE_CONF" <<EOF
[storage]
driver = "vfs"
runroot = "$work/run"
graphroot = "$work/graph"
EOF

base=${1:-build/image/base}
debian_folder bookworm "$base" "$work/base.log"

container=$(buildah from scratch)
buildah copy -q "$container" "$base" / >/dev/null
buildah commit -q "$container" localhost/base:12 >/dev/null
buildah rm "$container" >/dev/null
echo "the image"
buildah bud -q --build-arg BASE=localhost/base:12 -f docker/Dockerfile \
    -t localhost/lethe:test . >"$work/bud.log" 2>&1 || {
    tail -n 20 "$work/bud.log"
    exit 1
}

passed=0
check() { # WHAT COMMAND…: run in a container of the image
    what=$1
    shift
    container=$(buildah from localhost/lethe:test)
    if buildah run "$container" -- "$@" >"$work/out" 2>&1; then
        echo "ok    $what"
        passed=$((passed + 1))
    else
        echo "FAILS $what"
        tail -n 10 "$work/out"
        echo "$passed passed, 1 failed"
        exit 1
    fi
    buildah rm "$container" >/dev/null
}

check "it starts" /usr/bin/lethe --help
check "not as root" sh -c '[ "$(id -u)" = 10001 ] && ! touch /usr/bin/x 2>/dev/null'
check "no compiler in it" sh -c '! command -v gcc && ! command -v make'
check "init, gen and filter work as that user" sh -ec '
    lethe init shop
    lethe gen --events 1000 | lethe filter --config shop/lethe.yaml >records
    [ "$(wc -l <records)" -gt 500 ]'
[ "$(buildah inspect --type image --format '{{.OCIv1.Config.Entrypoint}}' localhost/lethe:test)" = "[/usr/bin/lethe]" ]
echo "ok    its entry point is lethe"
passed=$((passed + 1))
mkdir "$work/compose"
echo "with the compose file's settings, against a broker"
"${PYTHON:-python3}" tests/packaging/test_image.py localhost/lethe:test "$work/compose"
echo "$passed passed before, 0 failed"
