#!/bin/sh
# Runs fuzz targets, as many at a time as there are cores, SECONDS each.  New
# inputs go to a scratch corpus that outlives the run; the seeds stay as they
# are.
#
#   tests/fuzz/run.sh SECONDS name …
set -eu

seconds=$1
shift
out=build/fuzz/out
mkdir -p "$out"
list=$out/todo.$$
trap 'rm -f "$list"; kill 0 2>/dev/null' INT TERM
trap 'rm -f "$list"' EXIT
printf '%s\n' "$@" >"$list"

# shellcheck disable=SC2016
if ! xargs -P "$(nproc)" -I{} sh -c '
    name=$1 seconds=$2 out=$3
    mkdir -p "$out/corpus/$name" "$out/crash"
    dict=tests/fuzz/$name.dict
    seeds=tests/fuzz/corpus/$name
    [ -d "$seeds" ] || { echo "$name: no seeds in $seeds"; exit 1; }
    if ! build/fuzz/tests/fuzz/$name -max_total_time="$seconds" -timeout=10 \
        -rss_limit_mb=2048 -print_final_stats=1 -verbosity=1 \
        -artifact_prefix="$out/crash/$name-" \
        $([ -f "$dict" ] && echo "-dict=$dict") \
        "$out/corpus/$name" "$seeds" >"$out/$name.log" 2>&1; then
        tail -n 30 "$out/$name.log"
        echo "$name: FAILS; the input lies in $out/crash, all of it in $out/$name.log"
        echo "again: build/fuzz/tests/fuzz/$name $out/crash/$name-…"
        exit 1
    fi
    runs=$(sed -n "s/^stat::number_of_executed_units: *//p" "$out/$name.log")
    echo "$name: $runs inputs in $seconds s, no finding"
    echo "1 passed, 0 failed"
' sh {} "$seconds" "$out" <"$list"; then
    exit 1
fi
