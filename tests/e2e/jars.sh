#!/bin/sh
# Brings the jars of a Kafka broker into build/kafka/<digest of its pom>, once,
# and prints that folder.  Later calls print it at once.
#
#   jars=$(tests/e2e/jars.sh [pom.xml])
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
pom=$here/${1:-pom.xml}
digest=$(sha256sum "$pom" | cut -c1-16)
dir=$root/build/kafka/$digest

if [ -e "$dir/.complete" ]; then
    echo "$dir"
    exit 0
fi
if ! command -v mvn >/dev/null 2>&1; then
    echo "lethe: no mvn to fetch the Kafka broker with; \`make deps\` installs it" >&2
    exit 1
fi

mkdir -p "$root/build/kafka"
exec 9>"$root/build/kafka/.lock"
flock 9 # a second caller waits for the first and finds its work done
if [ -e "$dir/.complete" ]; then
    echo "$dir"
    exit 0
fi

echo "lethe: fetching the Kafka broker for the tests ($(basename "$pom"), 54 MB, once)" >&2
log=$root/build/kafka/fetch.log
fetch() {
    rm -rf "$dir.part"
    mvn -q -B -f "$pom" \
        org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
        -DoutputDirectory="$dir.part" >"$log" 2>&1 9>&-
}
if ! fetch; then
    sleep 5
    if ! fetch; then
        tail -n 5 "$log" >&2
        echo "lethe: could not fetch the Kafka broker with mvn, tried twice; all of it: $log" >&2
        exit 1
    fi
fi
touch "$dir.part/.complete"
rm -rf "$dir"
mv "$dir.part" "$dir"
echo "$dir"
