#!/usr/bin/env bash
# Runs `lethe policy check` over each NAME.yaml here and holds what it prints,
# and its exit code, against NAME.expected; NAME.json the same with --json.
#
#   run.sh BINARY            prints what differs; fails when anything does
#   run.sh BINARY --update   writes what it prints as expected, to be reviewed
set -uo pipefail
binary=$(realpath "${1:?usage: run.sh BINARY [--update]}")
update=${2:-}
cd "$(dirname "$0")" || exit 1
failed=0 count=0

# $1: the policy, $2: the file of what is expected, the rest: options
check() {
	local policy=$1 expected=$2 got code=0
	shift 2
	got=$("$binary" policy check --now 2026-05-04T10:20:00Z "$@" "$policy" \
		2>&1; echo "exit $?")
	count=$((count + 1))
	if [ "$update" = --update ]; then
		printf '%s\n' "$got" >"$expected"
	elif ! diff -u --label "$expected" --label got \
		"$expected" <(printf '%s\n' "$got"); then
		failed=$((failed + 1))
	fi
}

for policy in *.yaml; do
	check "$policy" "${policy%.yaml}.expected"
	if [ -e "${policy%.yaml}.json" ]; then
		check "$policy" "${policy%.yaml}.json" --json
	fi
done
echo "$((count - failed)) passed, $failed failed"
[ "$count" -gt 60 ] && [ "$failed" -eq 0 ]
