#!/bin/sh
# Lets the stranger's program process one event with a fresh policy and ring.
#
#   tests/symbols/run.sh LETHE STRANGER
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$1" init "$dir/shop" >/dev/null
"$2" "$dir/shop/policy.yaml" "$dir/shop/ring.lethe" "$dir/shop/secret.key" \
    1777890000000 <tests/symbols/event.json
