#!/bin/sh
# Installs the package of `make deb` in a fresh Debian 12 folder, looks at what
# it brought, and lets it run its demo.  Needs root (chroot, mounts of its own).
#
#   tests/deb.sh PACKAGE
set -eu

cd "$(dirname "$0")/.."
. tests/debian.sh
[ "$(id -u)" = 0 ] || { echo "tests/deb.sh: needs root" >&2; exit 1; }
if [ "${DEB_APART-}" != 1 ]; then
    DEB_APART=1 exec unshare -m "$0" "$@"
fi

package=$(realpath "$1")
base=build/test-deb/base
root=$PWD/build/test-deb/root
log=$PWD/build/test-deb/log
mkdir -p build/test-deb
config/install-packages image
debian_folder bookworm "$base" "$log"
trap 'umount -R "$root/proc" "$root/dev" 2>/dev/null || true; rm -rf --one-file-system "$root"' EXIT
trap 'exit 1' INT TERM
rm -rf --one-file-system "$root"
cp -a "$base" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
cp "$package" "$root/tmp/lethe.deb"

passed=0
inside() {
    chroot "$root" /usr/bin/env -i HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
        PATH=/usr/sbin:/usr/bin:/sbin:/bin timeout 300 sh -euc "$1"
}
check() { # WHAT SCRIPT
    if inside "$2" >"$log" 2>&1 </dev/null; then
        echo "ok    $1"
        passed=$((passed + 1))
    else
        echo "FAILS $1"
        tail -n 20 "$log"
        echo "$passed passed, 1 failed"
        exit 1
    fi
}

check "it installs" 'apt-get update -q && apt-get install -q -y --no-install-recommends /tmp/lethe.deb'
check "it runs its demo" 'lethe demo --events 20000 </dev/null | tee /tmp/demo
    grep -F "check: no canary in any of" /tmp/demo'
check "there is a system user, without a shell" \
    'getent passwd lethe | grep -E "^lethe:[^:]*:[0-9]{1,3}:.*:/usr/sbin/nologin$"'
check "/etc/lethe is root's, and readable by lethe alone" \
    '[ "$(stat -c "%a %U %G" /etc/lethe)" = "750 root lethe" ]'
check "manual pages are there" 'for page in man1/lethe.1 man5/lethe.yaml.5 man5/lethe-policy.5; do
    gzip -dc "/usr/share/man/$page.gz" | grep -q "^\.Sh NAME"; done'
check "completion is there" '[ -s /usr/share/bash-completion/completions/lethe ]
    [ -s /usr/share/zsh/vendor-completions/_lethe ]
    [ -s /usr/share/fish/vendor_completions.d/lethe.fish ]'
check "the examples are good ones" 'lethe policy check /usr/share/doc/lethe/examples/policy.example.yaml
    [ -s /usr/share/doc/lethe/examples/lethe.example.yaml ]'
check "the units are there, and not enabled" '
    for unit in lethe.service lethe@.service; do [ -s "/lib/systemd/system/$unit" ]; done
    ! find /etc/systemd/system -name "lethe*" | grep .'
check "a settings folder works as that user, who gets the key alone" '
    lethe init /etc/lethe
    setpriv --reuid lethe --regid lethe --init-groups sh -euc "
        ! cat /etc/lethe/secret.key
        lethe gen --events 1000 |
            lethe filter --config /etc/lethe/lethe.yaml --secret fd:3" \
        3</etc/lethe/secret.key >/tmp/records
    [ "$(wc -l </tmp/records)" -gt 500 ]'
check "and doctor looks as that user, as the docs say" '
    { runuser -u lethe -- lethe doctor --config /etc/lethe/lethe.yaml \
        --set secret=fd:3 3</etc/lethe/secret.key || true; } | grep "^ok  *keys "'
check "nobody else reads it" '
    ! setpriv --reuid nobody --regid nogroup --clear-groups cat /etc/lethe/lethe.yaml'
check "it goes, and leaves the settings" 'apt-get remove -q -y lethe
    [ ! -e /usr/bin/lethe ] && [ -s /etc/lethe/policy.yaml ]'
echo "$passed passed, 0 failed"
