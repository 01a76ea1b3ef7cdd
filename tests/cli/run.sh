#!/usr/bin/env bash
# The command line as people meet it: run.sh BINARY
set -u
lethe=$(realpath "$1")
cd "$(dirname "$0")/../.."
top=$PWD
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
unset "${!LETHE_@}"
export LETHE_HTTP_LISTEN=127.0.0.1:0 # another lethe may be at work here
passed=0
failed=0

ok() { passed=$((passed + 1)); }
bad() {
	failed=$((failed + 1))
	printf 'FAILED %s\n' "$1"
	sed 's/^/  /' "$dir/out" "$dir/err" | head -n 20
}

# want CODE NAME COMMAND...: runs it, compares its exit code
want() {
	local code=$1 name=$2
	shift 2
	"$@" >"$dir/out" 2>"$dir/err" </dev/null
	if [ $? -eq "$code" ]; then ok; else bad "$name"; fi
}

# says NAME FILE TEXT: whether what was written holds a text
says() { if grep -qF -- "$3" "$dir/$2"; then ok; else bad "$1"; fi; }
silent() { if [ ! -s "$dir/$2" ]; then ok; else bad "$1"; fi; }

# ---- memory: what is free goes back before an idle lane looks large
if ldd "$lethe" | grep -q jemalloc; then
	want 0 "jemalloc tells its settings" env MALLOC_CONF=stats_print:true "$lethe" --version
	says "lethe's own setting acts" err "opt.dirty_decay_ms: 200 "
fi

# ---- help
want 2 "nothing is a usage error" "$lethe"
want 0 "--help" "$lethe" --help
commands=$(sed -n 's/^  \([a-z]\+\( [a-z-]\+\)\{0,1\}\)  \+.*/\1/p' "$dir/out")
[ "$(wc -l <<<"$commands")" -ge 8 ] && ok || bad "--help lists the commands"
while read -r words; do
	# shellcheck disable=SC2086
	want 0 "$words --help" "$lethe" $words --help
	says "$words --help has a synopsis" out "usage: lethe $words"
	says "$words --help has options" out "Options:"
	says "$words --help has examples" out "  lethe "
	says "$words --help has exit codes" out "Exit codes:"
	sed '/^Examples:/,/^$/d' "$dir/out" | LC_ALL=C.UTF-8 awk 'length > 80 { exit 1 }' &&
		ok || bad "$words --help fits 80 columns"
	# shellcheck disable=SC2086
	want 2 "$words refuses an unknown option" "$lethe" $words --no-such-thing
	silent "$words says nothing on standard output then" out
	says "$words points to its help" err "lethe $words --help"
	# shellcheck disable=SC2086
	want 0 "help $words" "$lethe" help $words
done <<<"$commands"
want 0 "a family" "$lethe" keys --help
want 2 "a family alone" "$lethe" keys
says "a family lists its commands" err "keys new"
want 0 "--version" "$lethe" --version
says "--version" out "librdkafka"
for words in "--version x" "--version --help" "--help filter x" "help keys new x" "help keys --help x" "keys x --help"; do
	# shellcheck disable=SC2086
	want 2 "$words is refused" "$lethe" $words
	silent "$words says nothing on standard output" out
done

# ---- options with a fixed set of values
# among VALUES COMMAND...: a wrong value is refused in one line that names them
among() {
	local values=$1
	shift
	want 2 "$* is refused" "$lethe" "$@"
	says "$* names what there is" err "is one of: $values"
	[ "$(wc -l <"$dir/err")" = 1 ] && ok || bad "$* in one line"
}
ledger_words=(--set policy=tests/golden/policies/ledger.yaml --set kafka.bootstrap.servers=127.0.0.1:1)
among "segment, snowplow, onetrust-csv, csv" consent import /dev/null --format xml "${ledger_words[@]}"
among "onetrust, tcf, gpp, usprivacy, gcs, gcd" consent decode --format xml G111
among "json, msgpack" gen --format xml
among "json, msgpack" filter --policy p --format xml
among "json, msgpack" explain --policy p --format xml
among "recipient, signer" keys pair --secret k --for nobody
among "runtime, erasure, quarantine" keys recipient add --ring r --role nobody --public p
among "signer, policy" keys signers --ring r --role nobody --public p --threshold 1
among "amplitude, mixpanel, posthog" init --for nobody "$dir/vendor"
want 2 "one that is needed" "$lethe" consent import /dev/null "${ledger_words[@]}"
says "names what there is" err "--format is needed: segment|snowplow|onetrust-csv|csv"

# ---- options that would be without effect
# vain TEXT COMMAND...: refused as usage, with a text
vain() {
	local text=$1
	shift
	want 2 "$* is refused" "$lethe" "$@"
	says "$* says why" err "$text"
	silent "$* does nothing" out
}
vain "--passphrase goes with --secret" explain --policy p --passphrase w
vain "--show goes without --key" keys approve --ring r --show --key k
vain "--show goes without --passphrase" keys approve --ring r --show --passphrase w
vain "--show goes without --key" policy sign p --show --key k
vain "--secret goes with add, of runtime or erasure" keys recipient remove --ring r --role erasure --public p --secret k
vain "--secret goes with add, of runtime or erasure" keys recipient add --ring r --role quarantine --public p --secret k
vain "--passphrase goes with add" keys recipient remove --ring r --role erasure --public p --passphrase w
vain "--why goes with join" keys domain rename a b --ring r --why because
vain "--class goes with --token" keys drill --ring r --secret k --known f --class user
vain "--purpose goes with --token" keys drill --ring r --secret k --make f --purpose recs
for command in show history verify due activate; do
	vain "--ring goes without --config" keys $command --config c --ring r
done
vain "--make goes without --trust" keys drill --ring r --secret k --make f --trust t
vain "--make goes without --scratch" keys drill --ring r --secret k --make f --scratch d
vain "--settings goes without --config" run --settings --config c
vain "--settings goes without --metrics" run --settings --metrics
vain "--metrics goes without --purpose" run --metrics --purpose recs
vain "--list goes without --json" doctor --list --json
vain "--max-age goes without --format gcs" consent decode --format gcs --max-age 395d G111
vain "--now goes without --format gcd" consent decode --format gcd --now 2026-05-04T00:00:00Z 13l3l3l3l1
vain "--vendor goes without --format usprivacy" consent decode --format usprivacy --vendor 42 1YNN

# ---- colours are for a terminal that shows them
# on TERM: what policy check writes to a terminal of that kind
on() {
	TERM=$1 python3 -c 'import pty, sys; pty.spawn(sys.argv[1:])' "$lethe" policy check /dev/null >"$dir/out" 2>"$dir/err" </dev/null
}
NO_COLOR='' on xterm
says "colours on a terminal" out $'\033[31merror'
on dumb
says "none on one that shows none" out ' error: the file is empty'
NO_COLOR=1 on xterm
says "nor where nobody wants them" out ' error: the file is empty'

# ---- suggestions
want 2 "an unknown command" "$lethe" filtre
says "names the nearest" err "did you mean \`lethe filter\`?"
want 2 "an unknown command of keys" "$lethe" keys rotat
says "is named" err "there is no command \`keys rotat\`"
want 2 "help of what is no command" "$lethe" keys rotat --help
want 2 "an unknown option" "$lethe" filter --polcy x
says "names the nearest option" err "did you mean --policy?"
want 2 "an option without its value" "$lethe" filter --policy
want 2 "a switch with a value" "$lethe" filter --json=yes
want 2 "one option twice" "$lethe" filter --purpose one --purpose two
says "is told by its name" err "--purpose is given twice"
want 2 "whichever its form" "$lethe" consent put user:u --purpose=a --purpose b --state withdrawn
says "and no word is left out" err "--purpose is given twice"
want 2 "one argument too many" "$lethe" gen 12
says "says how many it takes" err "1 argument too many; it takes 0"
want 2 "an event as an argument" "$lethe" explain --policy p event.json '{"user":"secret-x"}'
! grep -q secret-x "$dir/err" && ok || bad "is not told again"
for command in get history put decode; do
	want 2 "consent $command of two" "$lethe" consent $command user:a user:secret-x
	! grep -q secret-x "$dir/err" && ok || bad "does not tell whom"
done
want 2 "a bad number" "$lethe" gen --events many
want 2 "a bad time" "$lethe" gen --start yesterday
want 2 "a bad choice" "$lethe" gen --format xml
want 2 "a step of no length" "$lethe" gen --events 1 --step 0s
want 2 "no broker" "$lethe" gen --events 1 --to-topic t --brokers ""
says "says what is missing" err "--brokers is needed"
want 2 "a principal of nobody" "$lethe" topics plan --principal "" "${ledger_words[@]}"
says "says its form" err "--principal is User:NAME"
want 2 "a step and a rate" "$lethe" gen --events 1 --step 5s --rate 3

# ---- init
want 2 "init without a folder" "$lethe" init
want 0 "init" "$lethe" init "$dir/shop"
says "init names the next command" out "lethe filter --config $dir/shop/lethe.yaml"
for file in policy.yaml lethe.yaml ring.lethe secret.key oncall.key oncall.pub events.ndjson; do
	[ -s "$dir/shop/$file" ] && ok || bad "init makes $file"
done
[ "$(stat -c %a "$dir/shop/secret.key" "$dir/shop/oncall.key" | sort -u)" = 600 ] && ok ||
	bad "secret keys are for their owner alone"
! grep -q '{{' "$dir/shop/events.ndjson" && ok || bad "every time is filled in"
before=$(cat "$dir"/shop/* | sha256sum)
want 2 "init overwrites nothing" "$lethe" init "$dir/shop"
[ "$before" = "$(cat "$dir"/shop/* | sha256sum)" ] && ok || bad "init changes nothing"
mkdir "$dir/empty"
want 0 "init into an empty folder" "$lethe" init "$dir/empty"
# Its largest file, the events, comes last.
full() { bash -c 'trap "" XFSZ; ulimit -f 8; exec "$@"' - "$lethe" init "$1"; }
want 4 "init on a full disk" full "$dir/full"
says "says what could not be written" err "cannot write $dir/full/events.ndjson"
[ ! -e "$dir/full" ] && ok || bad "leaves nothing"
mkdir "$dir/full"
want 4 "init on a full disk, into an empty folder" full "$dir/full"
[ -d "$dir/full" ] && [ -z "$(ls -A "$dir/full")" ] && ok || bad "leaves it empty"
want 2 "init for an unknown vendor" "$lethe" init --for nobody "$dir/vendor"
says "names the vendors" err "snowplow"
[ ! -e "$dir/vendor" ] && ok || bad "and makes nothing"
for policy in config/policies/*.yaml; do
	vendor=$(basename "$policy" .yaml)
	want 0 "init --for $vendor" "$lethe" init --for "$vendor" "$dir/for-$vendor"
done

# What is too large is a mistake of the file, whichever it is.
head -c 1100000 /dev/zero >"$dir/huge"
for what in "config $dir/huge" "config $dir/shop/lethe.yaml --policy $dir/huge" "config $dir/shop/lethe.yaml --ring $dir/huge"; do
	# shellcheck disable=SC2086
	want 3 "too large: $what" "$lethe" filter --$what
	says "is told by its name" err "$dir/huge is larger than 1048576 bytes"
done

# ---- filter
config=(--config "$dir/shop/lethe.yaml")
filter() { "$lethe" filter "${config[@]}" "$@"; }
filter <"$dir/shop/events.ndjson" >"$dir/out" 2>"$dir/err" && ok || bad "filter"
for purpose in recommendations analytics counting; do
	says "filter gives $purpose" out "{\"purpose\":\"$purpose\",\"key\":"
done
says "counts a broken line" err "duplicate_key"
says "counts an unknown event" err "no_event"
says "counts an objection" err "objected"
! grep -qiE 'jane|mill|shop\.example|203\.0|97980' "$dir/out" "$dir/err" && ok ||
	bad "nothing personal leaves"
now=2026-05-04T10:20:00Z
# As the file stands, line breaks taken out: one event a line.
event='{"type":"track","event":"Product Added","messageId":"m1","userId":" 97980cfea0067 ","anonymousId":"23ADFD82-AA0F-45A7-A756-24F2A7A4C895","timestamp":"2026-05-04T10:15:07.249Z","properties":{"product_id":"507f1f77bcf86cd799439011","category":"Games","price":18.99,"quantity":1,"giftNote":"For Jane"},"context":{"consent":{"categoryPreferences":{"Personalization":true,"Analytics":true}}}}'
filter --now $now <<<"$event" >"$dir/out" 2>"$dir/err"
[ "$(grep -c '"purpose":"recommendations"' "$dir/out")" = 1 ] && ok || bad "one record of recommendations"
[ "$(grep -c '"purpose":"analytics"' "$dir/out")" = 1 ] && ok || bad "one record of analytics"
cp "$dir/out" "$dir/first"
filter --now $now <<<"$event" >"$dir/out" 2>"$dir/err"
cmp -s "$dir/out" "$dir/first" && ok || bad "the same input gives the same bytes"
filter --now $now --purpose analytics <<<"$event" >"$dir/out" 2>"$dir/err"
[ "$(wc -l <"$dir/out")" = 1 ] && ok || bad "one purpose alone"
filter --now $now --json <<<"$event" >"$dir/out" 2>"$dir/err"
python3 -c 'import json, sys; s = json.load(open(sys.argv[1])); sys.exit(s["records"] != 3)' \
	"$dir/err" && ok || bad "--json is JSON"
single=(--policy "$dir/shop/policy.yaml" --ring "$dir/shop/ring.lethe" --secret "$dir/shop/secret.key")
"$lethe" filter "${single[@]}" --now $now <<<"$event" >"$dir/out" 2>"$dir/err"
cmp -s "$dir/out" "$dir/first" && ok || bad "single options do what --config does"
mkfifo "$dir/slow"
filter --now $now --quarantine "$dir/slow.q" <"$dir/slow" >"$dir/out" 2>"$dir/err" &
exec 7>"$dir/slow"
printf '%s\n' "$event" '{' >&7 # and the writer goes on
for _ in $(seq 300); do
	[ -s "$dir/out" ] && [ -s "$dir/slow.q" ] && break
	sleep 0.1
done
cmp -s "$dir/out" "$dir/first" && ok || bad "records are there before the input ends"
[ "$(wc -l <"$dir/slow.q")" = 1 ] && ok || bad "and so is the quarantine"
exec 7>&-
wait $!
want 2 "filter without a policy" "$lethe" filter
want 3 "filter without that policy" "$lethe" filter --policy "$dir/none" --ring r --secret s
want 3 "filter with another ring's secret" "$lethe" filter --policy "$dir/shop/policy.yaml" \
	--ring "$dir/shop/ring.lethe" --secret "$dir/empty/secret.key"
chmod 644 "$dir/empty/secret.key"
want 3 "filter with a key that others can read" "$lethe" filter --policy "$dir/shop/policy.yaml" \
	--ring "$dir/empty/ring.lethe" --secret "$dir/empty/secret.key"
"$lethe" filter "${config[@]}" --now $now <<<"$event" >/dev/full 2>"$dir/err"
[ $? -eq 4 ] && ok || bad "output that cannot be written ends with 4"

# ---- quarantine
filter --quarantine "$dir/q.ndjson" <"$dir/shop/events.ndjson" >"$dir/out" 2>"$dir/err"
[ "$(wc -l <"$dir/q.ndjson")" = 2 ] && ok || bad "poison is quarantined"
! grep -q 97980 "$dir/q.ndjson" && ok || bad "sealed"
filter --quarantine "$dir/q.ndjson" <"$dir/shop/events.ndjson" >"$dir/out" 2>"$dir/err"
[ "$(wc -l <"$dir/q.ndjson")" = 4 ] && ok || bad "appended to"
filter --quarantine "$dir/q0" <"$dir/shop/events.ndjson" >"$dir/out" 2>&-
[ "$(wc -l <"$dir/q0")" = 2 ] && ok || bad "a closed standard error is not the quarantine's"
filter --quarantine "$dir/q1" <"$dir/shop/events.ndjson" >&- 2>"$dir/err"
[ $? -eq 4 ] && ! grep -q purpose "$dir/q1" && ok || bad "nor is a closed standard output"
want 0 "quarantine list" "$lethe" quarantine list "$dir/q.ndjson"
says "quarantine list" out duplicate_key
head -c -40 "$dir/q0" >"$dir/q-cut"
filter --quarantine "$dir/q-cut" <"$dir/shop/events.ndjson" >"$dir/out" 2>"$dir/err"
want 1 "a quarantine whose last line was cut" "$lethe" quarantine list --json "$dir/q-cut"
[ "$(wc -l <"$dir/out")" = 3 ] && ok || bad "costs that line alone"
# 20 MB in one line are passed over, not held
{ printf '{"x":"'; head -c 20000000 /dev/zero | tr '\0' a; printf '"}\n%s\n' "$event"; } |
	filter --now $now --quarantine "$dir/q2" >"$dir/out" 2>"$dir/err" && ok || bad "a huge line"
cmp -s "$dir/out" "$dir/first" && ok || bad "costs that line alone"
says "and is too large" err "too_large"

# what is quarantined opens for the on-call key alone, to the byte
printf '{"a":1,"a":2}\n' | filter --now $now --quarantine "$dir/q3" >"$dir/out" 2>"$dir/err"
want 0 "quarantine open" "$lethe" quarantine open --key "$dir/shop/oncall.key" "$dir/q3"
says "quarantine open warns" err "personal data"
python3 -c 'import base64, json, sys
opened = json.load(open(sys.argv[1]))
sys.exit(base64.b64decode(opened["value"]) != b"{\"a\":1,\"a\":2}" or opened["position"] != 1)' \
	"$dir/out" && ok || bad "and gives the bytes back"
want 1 "quarantine open with the runtime's key" "$lethe" quarantine open --key "$dir/shop/secret.key" "$dir/q3"
silent "shows nothing then" out
sed 's/"position":1/"position":2/' "$dir/q3" >"$dir/q4"
want 1 "quarantine open of a changed clear part" "$lethe" quarantine open --key "$dir/shop/oncall.key" "$dir/q4"
says "says so" err "line 1: the record was changed after it was sealed"
{ cat "$dir/q3"; echo '{}'; cat "$dir/q3"; } >"$dir/q5"
want 4 "quarantine list of a folder" "$lethe" quarantine list "$dir/shop"
says "names it" err "cannot read $dir/shop: Is a directory"
want 1 "quarantine list with a line that is none" "$lethe" quarantine list --json "$dir/q5"
[ "$(grep -c duplicate_key "$dir/out")" = 2 ] && ok || bad "and lists the others"

# ---- keys
fresh=(--ring "$dir/k.ring" --secret "$dir/k.secret" --oncall "$dir/k.key")
want 2 "keys new without names" "$lethe" keys new
want 3 "keys new for no policy" "$lethe" keys new "${fresh[@]}" --policy "$dir/none"
[ ! -e "$dir/k.secret" ] && ok || bad "makes nothing then"
want 0 "keys new" "$lethe" keys new "${fresh[@]}"
[ "$(stat -c %a "$dir/k.secret" "$dir/k.key" | sort -u)" = 600 ] && ok || bad "with mode 600"
[ -s "$dir/k.pub" ] && ok || bad "and the public key beside it"
want 2 "keys new overwrites nothing" "$lethe" keys new "${fresh[@]}"
rm "$dir/k.secret"
want 2 "nor one of the four" "$lethe" keys new "${fresh[@]}"
[ ! -e "$dir/k.secret" ] && ok || bad "and makes no part of it"
want 3 "a policy whose purposes the ring lacks" "$lethe" filter --policy "$dir/shop/policy.yaml" \
	--ring "$dir/k.ring" --secret "$dir/shop/secret.key"
want 0 "keys add" "$lethe" keys add --policy "$dir/shop/policy.yaml" --ring "$dir/k.ring"
says "keys add tells what is new" out "purpose 2  analytics"
cp "$dir/k.ring" "$dir/k.before"
want 0 "keys add again" "$lethe" keys add --policy "$dir/shop/policy.yaml" --ring "$dir/k.ring"
says "changes nothing" out "it stays version 2"
cmp -s "$dir/k.ring" "$dir/k.before" && ok || bad "not a byte"
want 0 "keys show --config" "$lethe" keys show --config "$dir/shop/lethe.yaml"
says "keys show" out "unsigned"
want 0 "keys show --json" "$lethe" keys show --ring "$dir/k.ring" --json
python3 -c 'import json, sys; r = json.load(open(sys.argv[1]))
sys.exit([d["name"] for d in r["domains"]] != ["recommendations", "analytics"] or r["signed"])' \
	"$dir/out" && ok || bad "is JSON"
sed 's/lower/lower /; s/\$\.anonymousId/$.anonymous/' "$dir/shop/policy.yaml" >"$dir/rekey.yaml"
want 3 "keys add that would re-key" "$lethe" keys add --policy "$dir/rekey.yaml" --ring "$dir/k.ring"
says "says which class" err "would re-key class"
cmp -s "$dir/k.ring" "$dir/k.before" && ok || bad "and leaves the ring alone"
sed 's/domain 2 analytics/domain 2 analytic/' "$dir/k.ring" >"$dir/k.bad"
want 3 "a changed ring" "$lethe" keys show --ring "$dir/k.bad"
says "is named" err "$dir/k.bad: ring, line"
want 3 "keys diff with a changed ring" "$lethe" keys diff "$dir/k.ring" "$dir/k.bad"
says "says which of the two it is" err "$dir/k.bad: ring, line"
"$lethe" filter --policy "$dir/shop/policy.yaml" --ring "$dir/shop/ring.lethe" --secret fd:7 \
	--now $now <<<"$event" 7<"$dir/shop/secret.key" >"$dir/out" 2>"$dir/err"
cmp -s "$dir/out" "$dir/first" && ok || bad "a secret key from a descriptor"
tests/vectors/make_tokens.py --check tests/vectors/tokens-own.json 2>"$dir/err" >"$dir/out" && ok ||
	bad "the token vectors are what the second implementation prints"

# ---- a ring's history begins with its making
want 0 "a ring without epochs" "$lethe" keys new --ring "$dir/told.ring" --secret "$dir/told.key" --oncall "$dir/told-oncall.key"
want 0 "history of it" "$lethe" keys history --ring "$dir/told.ring"
digest=$(sed -n 's/^digest //p' "$dir/told.ring")
says "is its making, whose time it does not keep" out "      1  not kept              made; its digest is $digest"
want 0 "epochs for it" "$lethe" keys add --ring "$dir/told.ring" --policy config/policy.example.yaml
want 0 "history after a change" "$lethe" keys history --ring "$dir/told.ring"
[ "$(sed -n 1p "$dir/out")" = "      1  not kept              made; its digest is $digest" ] &&
	sed -n 2p "$dir/out" | grep -q '^      2  20' && ok || bad "begins with version 1"
rm "$dir"/told*
want 0 "a ring with epochs" "$lethe" keys new --ring "$dir/told.ring" --secret "$dir/told.key" \
	--oncall "$dir/told-oncall.key" --policy config/policy.example.yaml
digest=$(sed -n 's/^digest //p' "$dir/told.ring")
want 0 "history of it" "$lethe" keys history --ring "$dir/told.ring"
grep -qE "^      1  20[0-9T:-]+Z  made; its digest is $digest\$" "$dir/out" && ok || bad "tells when it was made"
want 0 "a change" "$lethe" keys class rename device gadget --ring "$dir/told.ring"
want 0 "history as JSON" "$lethe" keys history --ring "$dir/told.ring" --json
python3 - "$dir/out" "$digest" "$dir/told.ring" <<'END' && ok || bad "history --json holds together"
import json, re, sys
first, second = map(json.loads, open(sys.argv[1]))
made = min(int(ms) for ms in re.findall(r" created (\d+) ", open(sys.argv[3]).read()))
assert first == {"version": 1, "at_ms": made, "previous": None, "digest": sys.argv[2], "what": "made"}
assert second["previous"] == sys.argv[2] and "digest" not in second and second["version"] == 2
END

# ---- a ring's life: changed, approved by two of three, put in place
life() { "$lethe" keys "$1" --ring "$dir/life.ring" "${@:2}"; }
want 0 "a ring for its life" "$lethe" keys new --ring "$dir/life.ring" --secret "$dir/life.key" \
	--oncall "$dir/life-oncall.key" --policy config/policy.example.yaml
for who in s1 s2 s3 s4; do
	want 0 "a signer" "$lethe" keys pair --secret "$dir/$who.key" --for signer
done
want 0 "an erasure pair" "$lethe" keys pair --secret "$dir/vault.key"
want 2 "recipient needs a secret that opens the keys" \
	life recipient add --role erasure --public "$dir/vault.pub"
want 0 "recipient add" \
	life recipient add --role erasure --public "$dir/vault.pub" --secret "$dir/life.key"
says "an unsigned ring changes at once" out "life.ring is now version 2"
want 2 "the same recipient again" \
	life recipient add --role erasure --public "$dir/vault.pub" --secret "$dir/life.key"
want 3 "a signer is no recipient" \
	life recipient add --role erasure --public "$dir/s1.pub" --secret "$dir/life.key"
want 2 "more signatures than signers" life signers --public "$dir/s1.pub" --threshold 2
want 0 "signers" life signers --public "$dir/s1.pub" --public "$dir/s2.pub" \
	--public "$dir/s3.pub" --threshold 2
says "it waits" out "life.ring.next as version 3 for the signatures of 2 signers"
want 3 "activate without a signature" life activate
want 0 "approve" life approve --key "$dir/s1.key"
want 3 "activate with one of two" life activate
says "one is not enough" err "1 of the 2 signatures"
want 2 "nobody signs twice" life approve --key "$dir/s1.key"
want 3 "a stranger does not sign" life approve --key "$dir/s4.key"
want 0 "approve once more" life approve --key "$dir/s3.key"
want 0 "activate" life activate
[ ! -e "$dir/life.ring.next" ] && ok || bad "nothing waits any more"
want 0 "trust" "$lethe" keys trust --public "$dir/s1.pub" --public "$dir/s2.pub" \
	--public "$dir/s3.pub" --threshold 2 --out "$dir/life.trust"
want 0 "others to trust" "$lethe" keys trust --public "$dir/s4.pub" --threshold 1 --out "$dir/other.trust"
want 0 "verify" life verify --trust "$dir/life.trust"
want 1 "verify, trusting others" life verify --trust "$dir/other.trust"
says "says that the ring is not broken" out "those whom you trust have not"
purpose=$("$lethe" keys show --ring "$dir/life.ring" | sed -n 's/^purposes *1 *//p')
want 3 "an instant behind us" life propose --purpose "$purpose" --at 2020-01-01T00:00:00Z --overlap 7d
want 2 "an overlap that is no length" life propose --purpose "$purpose" --at 2040-01-01T00:00:00Z --overlap long
want 2 "a purpose that is none" life propose --purpose nobody --at 2040-01-01T00:00:00Z --overlap 7d
soon=$(($(date +%s) + 8))
want 0 "propose for soon" life propose --purpose "$purpose" --at "$(date -u -d @$soon +%Y-%m-%dT%H:%M:%SZ)" --overlap 7d
while [ "$(date +%s)" -le $soon ]; do sleep 1; done
want 3 "what has passed is not signed" life approve --key "$dir/s1.key"
says "and says the way out" err "has passed while it waited: take $dir/life.ring.next away"
want 3 "nor followed by another" life propose --purpose "$purpose" --at 2040-01-01T00:00:00Z --overlap 7d
says "with the same words" err "has passed while it waited"
rm "$dir/life.ring.next"
want 0 "propose" life propose --purpose "$purpose" --at 2040-01-01T00:00:00Z --overlap 7d
want 0 "approve shows" life approve --show
says "in words" out "active from 2040-01-01T00:00:00Z"
says "and what ends" out "epoch 1 retires at 2040-01-08T00:00:00Z"
life approve --key "$dir/s2.key" >"$dir/out" 2>&1
want 0 "a further change" life class rename device gadget
want 0 "took the signatures away" life approve --show
says "none is left" out "signed so far by 0"
for who in s2 s3; do want 0 "approve" life approve --key "$dir/$who.key"; done
want 0 "activate the rotation" life activate
want 3 "one rotation at a time" life propose --purpose "$purpose" --at 2041-01-01T00:00:00Z --overlap 7d
says "says what is there" err "epoch 3 of $purpose is scheduled already"
want 0 "show has the states" life show
says "one is active" out "active, active since ever"
says "one is scheduled" out "scheduled, active from 2040-01-01T00:00:00Z"
cp "$dir/life.ring" "$dir/before.ring"
want 0 "emergency" life emergency --purpose "$purpose"
for who in s1 s2; do want 0 "approve" life approve --key "$dir/$who.key"; done
want 0 "activate the emergency" life activate
sed "s/^    identity: \[.*/&\n    destroy_early: its key is out/" config/policy.example.yaml >"$dir/early.yaml"
want 0 "keys show tells what is still sealed" life show
says "with its command" out "still sealed to the runtime: lethe keys retire --epoch 1 --ring $dir"
want 1 "keys due tells it too" life due --policy config/policy.example.yaml
says "with the same command" out "keys retire --epoch 1 --ring $dir/life.ring"
want 2 "destroy without a policy" life destroy --epoch 1
want 3 "destroy before the records are gone" life destroy --epoch 1 --policy config/policy.example.yaml
says "says until when they may live" err "may live until 2"
want 3 "early, and no word of it in the policy" life destroy --epoch 1 --policy config/policy.example.yaml --early
says "names the key" err "--early goes no further without \`destroy_early\` of $purpose in the policy"
want 3 "a word of it, and nobody asked for it" life destroy --epoch 1 --policy "$dir/early.yaml"
sed "s/^  $purpose:/  other:/; s/\[$purpose, /[other, /; s/, $purpose\]/, other]/; s/\[$purpose\]/[other]/" "$dir/early.yaml" >"$dir/renamed.yaml"
want 3 "a policy without the purpose" life destroy --epoch 1 --policy "$dir/renamed.yaml" --early
says "says that it lacks it" err "the policy has no purpose $purpose"
want 3 "an epoch in use" life destroy --epoch 3 --policy "$dir/early.yaml" --early
want 0 "destroy early, with a reason" life destroy --epoch 1 --policy "$dir/early.yaml" --early
for who in s1 s2; do want 0 "approve" life approve --key "$dir/$who.key"; done
want 0 "activate the destruction" life activate
want 0 "diff" "$lethe" keys diff "$dir/before.ring" "$dir/life.ring"
says "a diff says what was done" out "emergency: epoch 1 of $purpose is compromised"
says "and what is gone" out "epoch 1 loses its key for good"
want 2 "a diff backwards" "$lethe" keys diff "$dir/life.ring" "$dir/before.ring"
want 0 "history" life history
says "the history says why" out "destroy epoch 1: its key is out"
want 0 "history as JSON" life history --json
python3 -c 'import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
sys.exit([r["version"] for r in rows] != [1, 2, 3, 4, 4, 5, 6])' "$dir/out" && ok || bad "one object a change"
sed "s/^    identity: \[.*/&\n    rotate: { every: 30d, overlap: 7d }/" config/policy.example.yaml >"$dir/rotates.yaml"
want 0 "a ring that rotates" "$lethe" keys new --ring "$dir/due.ring" --secret "$dir/due.key" \
	--oncall "$dir/due-oncall.key" --policy "$dir/rotates.yaml"
due() { "$lethe" keys due --ring "$dir/due.ring" --policy "$dir/rotates.yaml" "$@"; }
want 0 "nothing is due" due --within 7d
says "says so" out "nothing is due before"
want 1 "a rotation is due" due --within 31d
says "with its command" out "keys propose --purpose $purpose --at TIME --overlap 7d"
want 1 "due as JSON" due --within 31d --json
python3 -c 'import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
sys.exit({r["what"] for r in rows} != {"rotate"} or any(r["overdue"] for r in rows))' "$dir/out" && ok || bad "one object each"
cp "$dir/life.ring" "$dir/one.ring"
sed -i '$d' "$dir/one.ring"
want 1 "a signature taken away" "$lethe" keys verify --ring "$dir/one.ring"

# ---- policies, signed by two of three
pol="$dir/signed"
mkdir "$pol"
cp "$dir/shop/policy.yaml" "$pol/policy.yaml"
cp "$dir/shop/ring.lethe" "$pol/ring.lethe"
sign() { "$lethe" policy sign "$pol/policy.yaml" --ring "$pol/ring.lethe" "$@"; }
holds() { "$lethe" policy verify "$pol/policy.yaml" --ring "$pol/ring.lethe" "$@"; }
starts() { # starts OPTION...: run, as far as the brokers that are not there
	timeout -s TERM 60 "$lethe" run --config "$dir/shop/lethe.yaml" --set policy="$pol/policy.yaml" \
		--set ring="$pol/ring.lethe" --set kafka.bootstrap.servers=127.0.0.1:1 --set http.listen=off \
		"$@" &
	local child=$!
	for _ in $(seq 500); do
		! kill -0 $child 2>/dev/null || grep -q "client_" "$dir/err" && break
		sleep 0.1
	done
	kill $child 2>/dev/null
	wait $child
}
want 0 "a ring without policy signers asks for no signatures" holds
says "and says who decides" out "whoever can write the file decides what leaves"
mkfifo "$dir/pipe"
for what in policy ring; do
	want 3 "a $what that is a pipe is refused by run" timeout 20 "$lethe" run --config "$dir/shop/lethe.yaml" \
		--set "$what=$dir/pipe" --set kafka.bootstrap.servers=127.0.0.1:1 --set http.listen=off
	says "and says why" err "is no regular file"
	want 1 "and a failure of doctor" timeout 20 "$lethe" doctor --config "$dir/shop/lethe.yaml" \
		--set "$what=$dir/pipe" --set kafka.bootstrap.servers=127.0.0.1:1
	grep -q "is no regular file" "$dir/out" "$dir/err" && ok || bad "which says why"
	says "and goes on" out "fail  brokers"
done
# shellcheck disable=SC2016
want 0 "filter takes policy and ring from pipes" bash -c '"$1" filter --policy <(cat "$2/policy.yaml") \
	--ring <(cat "$2/ring.lethe") --secret "$2/secret.key" <"$2/events.ndjson"' - "$lethe" "$dir/shop"
# shellcheck disable=SC2016
want 0 "policy check from standard input" bash -c '"$1" policy check - <"$2/policy.yaml"' - "$lethe" "$dir/shop"
want 0 "a start without policy signers" starts
[ "$(grep -c policy_unsigned "$dir/err")" = 1 ] && ok || bad "says it once"
# shellcheck disable=SC2016
printf '#!/bin/sh\nkill -HUP $PPID\nexec cat "%s"\n' "$dir/shop/secret.key" >"$dir/reloading"
chmod +x "$dir/reloading"
want 0 "SIGHUP before it has started ends nothing" starts --set secret="command:$dir/reloading"
page=$(($(getconf PAGESIZE) / 1024))
for pages in 3 4 5 6; do
	seen=$(ulimit -l $((pages * page)) && "$lethe" doctor --config "$dir/shop/lethe.yaml" --set lanes=2 \
		--set kafka.bootstrap.servers=127.0.0.1:1 | grep -c "^ok *job")
	want $((seen ? 0 : 4)) "run with $pages locked pages as doctor says" bash -c "ulimit -l $((pages * page)) &&
		$(declare -f starts) && lethe=$lethe dir=$dir pol=$pol && starts --set lanes=2"
done
want 2 "policy signers that cannot be" "$lethe" keys signers --ring "$pol/ring.lethe" --role policy \
	--public "$dir/s1.pub" --threshold 2
want 2 "signers of something else" "$lethe" keys signers --ring "$pol/ring.lethe" --role nobody \
	--public "$dir/s1.pub" --threshold 1
want 0 "policy signers" "$lethe" keys signers --ring "$pol/ring.lethe" --role policy --public "$dir/s1.pub" \
	--public "$dir/s2.pub" --public "$dir/s3.pub" --threshold 2
says "are a version of the ring" out "ring.lethe is now version"
want 0 "keys show" "$lethe" keys show --ring "$pol/ring.lethe"
says "shows them" out "signed by 2 of 3 policy signers"
want 0 "keys diff" "$lethe" keys diff "$dir/shop/ring.lethe" "$pol/ring.lethe"
says "tells of them" out "2 policy signers must sign each policy, not 0"
want 1 "a policy that nobody signed" holds
says "and the way out" out "there is no $pol/policy.yaml.sig: \`lethe policy sign\`"
want 3 "a start with it" starts
says "is refused the same way" err "the ring asks for 2 signatures of the policy"
want 2 "policy sign without a key" sign
want 2 "policy sign of what has no place" "$lethe" policy sign - --key "$dir/s1.key"
says "says why" err "its signatures lie beside it"
want 3 "policy sign by a stranger" sign --key "$dir/s4.key"
want 0 "policy sign --show" sign --show
says "says for whom" out "fields to rec.events, read by recommender-service"
[ ! -e "$pol/policy.yaml.sig" ] && ok || bad "and signs nothing"
want 0 "policy sign" sign --key "$dir/s1.key"
says "the next one keeps the ring" out "sign $pol/policy.yaml --ring $pol/ring.lethe --key"
want 1 "one of two" holds
says "is not enough" out "1 of the 2 signatures that the ring asks for"
want 3 "nor for a start" starts
want 2 "nobody signs twice" sign --key "$dir/s1.key"
want 0 "policy sign by a second one, from a program" sign --key "command:/bin/cat $dir/s3.key"
says "is enough" out "it has all the signatures it needs"
# The file read and checked without lethe, as docs/keys.md describes it.
cat >"$dir/read.py" <<'END'
import base64, ctypes, ctypes.util, hashlib, sys
policy, text = (open(name, "rb").read() for name in (sys.argv[1], sys.argv[1] + ".sig"))
head = text[:text.index(b"signature ")]
rows = [line.split(b" ") for line in head.splitlines()]
words = [b"lethe-policy-signatures", b"policy", b"revision", b"digest", b"previous", b"effective"]
assert [row[0] for row in rows] == words and all(len(row) == 2 for row in rows)
assert rows[3][1].decode() == hashlib.blake2b(policy, digest_size=32).hexdigest()
sodium = ctypes.CDLL(ctypes.util.find_library("sodium"))
signed = 0
for line in text[len(head):].splitlines():
    key, by = (base64.urlsafe_b64decode(word + b"==") for word in line.split()[1:])
    assert not sodium.crypto_sign_verify_detached(by, head, ctypes.c_ulonglong(len(head)), key)
    signed += 1
print(signed)
END
want 0 "the signatures hold without lethe" python3 "$dir/read.py" "$pol/policy.yaml"
says "both of them" out 2
want 0 "policy verify --json" holds --json
python3 -c 'import json, sys; p = json.load(open(sys.argv[1]))
sys.exit(not p["holds"] or p["needed"] != 2 or len(p["signatures"]) != 2 or p["previous"] != "")' "$dir/out" && ok || bad "is JSON"
want 0 "policy check" "$lethe" policy check "$pol/policy.yaml"
says "tells of the signatures" out "2 signatures of revision"
want 0 "a start with two of three" starts
says "says so" err "policy_signed file=$pol/policy.yaml signatures=2 needed=2"
! grep -q policy_unsigned "$dir/err" && ok || bad "and no other word"
cp "$pol/policy.yaml" "$pol/policy.yaml.was"
cp "$pol/policy.yaml.sig" "$pol/policy.yaml.was.sig"
echo "# more" >>"$pol/policy.yaml"
want 1 "a policy that was changed after it was signed" holds
says "is named" out "\`digest\`"
want 3 "nor does it start" starts
want 0 "policy check of it" "$lethe" policy check "$pol/policy.yaml"
says "tells that too" out "of another file"
sed -i 's/^revision: .*/revision: 2/; /as: price/d' "$pol/policy.yaml"
want 3 "policy sign backwards" "$lethe" policy sign "$pol/policy.yaml.was" --was "$pol/policy.yaml" --key "$dir/s1.key"
want 2 "an instant that lies behind" sign --was "$pol/policy.yaml.was" --effective-from 2020-01-01T03:00:00Z --key "$dir/s2.key"
want 0 "policy sign of what follows" sign --was "$pol/policy.yaml.was" --effective-from 2040-01-01T03:00:00Z --key "$dir/s2.key"
says "says in words what changes" out "\`price\` leaves no more"
says "and from when" out "in force   from 2040-01-01T03:00:00Z"
want 3 "a second one who names no predecessor" sign --key "$dir/s3.key"
says "is told to" err "name by --was the file that it follows"
want 3 "a second one who names another instant" sign --was "$pol/policy.yaml.was" \
	--effective-from 2041-01-01T03:00:00Z --key "$dir/s3.key"
want 2 "an instant that is none" sign --was "$pol/policy.yaml.was" --effective-from soon --key "$dir/s3.key"
want 0 "a second one who names the same" sign --was "$pol/policy.yaml.was" --key "$dir/s3.key"
says "and hears what a start before it needs" out "as POLICY.was and POLICY.was.sig"
want 0 "policy verify against its predecessor" holds --was "$pol/policy.yaml.was"
want 0 "a start before its instant, with the one before it" starts
says "begins with that" err " revision=1-"
rm "$pol/policy.yaml.was.sig"
want 3 "a start with one before it that is not signed" starts
rm "$pol/policy.yaml.was"
mkfifo "$pol/policy.yaml.was"
want 3 "a start with a pipe before it" starts
says "says why" err "is no regular file"
rm "$pol/policy.yaml.was"
want 4 "a start before its instant without it" starts
says "names the instant" err "policy revision 2 is in force from 2040-01-01T03:00:00Z on"
"$lethe" doctor --config "$dir/shop/lethe.yaml" --json --set policy="$pol/policy.yaml" --set ring="$pol/ring.lethe" \
	--set kafka.bootstrap.servers=127.0.0.1:1 --set http.listen=off >"$dir/out" 2>"$dir/err"
python3 -c 'import json, sys; rows = json.load(open(sys.argv[1]))["checks"]
row = [r for r in rows if r["check"] == "signatures"][0]
sys.exit(row["result"] != "fail" or "2040-01-01" not in row["what"])' "$dir/out" && ok || bad "the doctor sees it coming"
want 4 "nor does a replay go" "$lethe" quarantine replay --config "$dir/shop/lethe.yaml" --key "$dir/shop/oncall.key" \
	--set policy="$pol/policy.yaml" --set ring="$pol/ring.lethe" --set kafka.bootstrap.servers=127.0.0.1:1
says "and says why" err "is in force from 2040-01-01T03:00:00Z on"
sed -i 's/^effective 2/effective 1/' "$pol/policy.yaml.sig"
want 1 "an instant that was changed" holds
says "names line and field" out "policy signatures, line 7: \`signature\`"

# ---- key pairs, and where secrets come from
key() { "$lethe" filter --policy "$dir/shop/policy.yaml" --ring "$dir/shop/ring.lethe" --now $now "$@" <<<"$event"; }
comes() { # comes NAME OPTION...: the same records as with the file
	local name=$1
	shift
	key "$@" >"$dir/out" 2>"$dir/err" && cmp -s "$dir/out" "$dir/first" && ok || bad "$name"
}
refused() { # refused NAME WORDS OPTION...: exit 3, these words, no record
	local name=$1 words=$2
	shift 2
	key "$@" >"$dir/out" 2>"$dir/err"
	[ $? -eq 3 ] && ok || bad "$name"
	says "$name says why" err "$words"
	silent "$name shows nothing" out
}
want 2 "keys pair without a name" "$lethe" keys pair
want 0 "keys pair" "$lethe" keys pair --secret "$dir/ana.key"
says "keys pair says what is next" out "next:"
[ "$(stat -c %a "$dir/ana.key")" = 600 ] && ok || bad "a new secret half is for its owner alone"
id=$(sed -n 's/^id //p' "$dir/ana.pub")
[ ${#id} = 16 ] && grep -q "id $id" "$dir/out" && ok || bad "keys pair shows the id of the public half"
want 2 "keys pair overwrites nothing" "$lethe" keys pair --secret "$dir/ana.key"
want 2 "nor a public half" "$lethe" keys pair --secret "$dir/new.key" --public "$dir/ana.pub"
[ ! -e "$dir/new.key" ] && ok || bad "and leaves no half"
want 2 "keys pair with one name for both" "$lethe" keys pair --secret "$dir/new" --public "$dir/new"
want 2 "keys pair into a descriptor" "$lethe" keys pair --secret fd:3
want 2 "keys pair for nobody" "$lethe" keys pair --secret "$dir/new.key" --for nobody
want 2 "a passphrase that protects nothing" "$lethe" keys pair --secret "$dir/new.key" --passphrase fd:0
want 3 "keys pair without a terminal" setsid -w "$lethe" keys pair --secret "$dir/new.key" --protect
says "says so" err "no terminal to ask for a passphrase"
(umask 077; echo four words of mine >"$dir/words"; echo short >"$dir/short")
want 3 "a short passphrase" "$lethe" keys pair --secret "$dir/new.key" --protect --passphrase "$dir/short"
want 3 "a passphrase where its file should be" "$lethe" keys pair --secret "$dir/new.key" --protect --passphrase hunter2
! grep -q hunter2 "$dir/err" && ok || bad "is not told on"
[ ! -e "$dir/new.key" ] && [ ! -e "$dir/new.pub" ] && ok || bad "a refused pair leaves nothing"
want 0 "keys pair for a signer" "$lethe" keys pair --secret "$dir/sig.key" --for signer --protect \
	--passphrase "$dir/words" --json
python3 -c 'import json, sys; p = json.load(open(sys.argv[1]))
sys.exit(p["for"] != "signer" or not p["protected"] or len(p["id"]) != 16)' "$dir/out" && ok || bad "is JSON"
head -1 "$dir/sig.key" >"$dir/out"
says "a protected file names what it asks for" out "lethe-signing-key 1 argon2id 3 268435456 "
refused "a signer's key opens no ring" "holds a signing key; a secret key is needed" --secret "$dir/sig.key"
chmod 600 "$dir/ana.pub" "$dir/sig.pub"
refused "nor a public half" "holds a public key; a secret key is needed" --secret "$dir/ana.pub"
refused "nor a verify key" "holds a verify key; a secret key is needed" --secret "$dir/sig.pub"
cp "$dir/shop/secret.key" "$dir/locked.key"
want 0 "keys protect" "$lethe" keys protect --secret "$dir/locked.key" --passphrase "$dir/words"
[ "$(stat -c %a "$dir/locked.key")" = 600 ] && ok || bad "keeps it for its owner alone"
comes "a key under a passphrase" --secret "$dir/locked.key" --passphrase "$dir/words"
comes "the passphrase from a program" --secret "$dir/locked.key" --passphrase "command:/bin/cat $dir/words"
refused "another passphrase" "the passphrase is wrong, or the file was changed" \
	--secret "$dir/locked.key" --passphrase "$dir/short"
sed 's/ 3 268435456 / 2 268435456 /' "$dir/locked.key" >"$dir/changed.key"
chmod 600 "$dir/changed.key"
refused "a changed head" "the passphrase is wrong, or the file was changed" \
	--secret "$dir/changed.key" --passphrase "$dir/words"
sed 's/ 3 268435456 / 3 268435456000 /' "$dir/locked.key" >"$dir/changed.key"
refused "a head that asks for too much" "asks for more than 16 passes or 1024 MiB" \
	--secret "$dir/changed.key" --passphrase "$dir/words"
refused "a passphrase for a key without one" "stands under no passphrase" \
	--secret "$dir/shop/secret.key" --passphrase "$dir/words"
cp "$dir/shop/lethe.yaml" "$dir/shop/locked.yaml"
sed -i "s|^secret:.*|secret: $dir/locked.key\nsecret.passphrase: $dir/words|" "$dir/shop/locked.yaml"
"$lethe" filter --config "$dir/shop/locked.yaml" --now $now <<<"$event" >"$dir/out" 2>"$dir/err"
cmp -s "$dir/out" "$dir/first" && ok || bad "the passphrase from the settings"
cp "$dir/shop/oncall.key" "$dir/oncall.key"
want 0 "keys protect of the on-call key" "$lethe" keys protect --secret "$dir/oncall.key" --passphrase "$dir/words"
want 0 "quarantine open with its passphrase" "$lethe" quarantine open --key "$dir/oncall.key" \
	--passphrase "$dir/words" "$dir/q3"
says "opens what was sealed before" out '"reason":"duplicate_key"'
want 3 "quarantine open without it" setsid -w "$lethe" quarantine open --key "$dir/oncall.key" "$dir/q3"
says "nobody is asked without a terminal" err "no terminal to ask for a passphrase"
want 3 "keys protect without the passphrase of now" setsid -w "$lethe" keys protect --secret "$dir/oncall.key" \
	--passphrase "$dir/words"
echo 'another four words' >"$dir/other"
chmod 600 "$dir/other"
want 0 "keys protect with another" "$lethe" keys protect --secret "$dir/oncall.key" --from "$dir/words" \
	--passphrase "$dir/other"
want 3 "the old passphrase opens no more" "$lethe" quarantine open --key "$dir/oncall.key" \
	--passphrase "$dir/words" "$dir/q3"
want 0 "the new one does" "$lethe" quarantine open --key "$dir/oncall.key" --passphrase "$dir/other" "$dir/q3"
ln -s locked.key "$dir/link.key"
want 2 "keys protect of a link" "$lethe" keys protect --secret "$dir/link.key" --from "$dir/words" --passphrase "$dir/words"
want 2 "keys protect of a program" "$lethe" keys protect --secret command:/bin/true
ln "$dir/locked.key" "$dir/second.key"
want 2 "keys protect of a key with two names" "$lethe" keys protect --secret "$dir/locked.key"
comes "a key from a program" --secret "command:/bin/cat $dir/shop/secret.key"
refused "a program that fails" "ended with exit code 1" --secret command:/bin/false
refused "a program that gives nothing" "is not a secret key" --secret command:/bin/true
refused "a program without its path" "absolute path" --secret "command:cat $dir/shop/secret.key"
refused "no shell reads the words" "ended with exit code 1" --secret "command:/bin/cat $dir/shop/secret.key ; true"

# The wrappers of config/secrets, with stand-ins for the programs they call.
cat >"$dir/standin" <<'END'
#!/bin/sh
case $0-$1-$2-$3-$4 in
*/age---decrypt---identity-*/identity---) [ -s "$3" ] && exec base64 -d "$5" ;;
*/vault-kv-get--address=https://vault.example--field=key) [ "$5" = secret/lethe ] && cat "$0.key" ;;
*/aws-kms-decrypt---region-*) f=${6#fileb://}; [ "$5" = --ciphertext-blob ] && cat "$f" ;;
*) echo "asked for $*" >&2; exit 64 ;;
esac
END
for name in age vault aws; do install -m 755 "$dir/standin" "$dir/$name"; done
base64 <"$dir/shop/secret.key" >"$dir/secret.enc"
cp "$dir/shop/secret.key" "$dir/vault.key"
echo identity >"$dir/identity"
cp -r config/secrets "$dir/secrets"
chmod 755 "$dir/secrets/"*
comes "the wrapper of age" --secret "command:$dir/secrets/age $dir/secret.enc $dir/identity $dir/age"
refused "the wrapper of age without its identity" "ended with exit code" \
	--secret "command:$dir/secrets/age $dir/secret.enc $dir/none/identity $dir/age"
comes "the wrapper of vault" --secret "command:$dir/secrets/vault https://vault.example secret/lethe $dir/vault"
comes "the wrapper of a cloud's KMS" --secret "command:$dir/secrets/aws-kms $dir/secret.enc eu-central-1 $dir/aws"
refused "the wrapper of a KMS that says no" "ended with exit code" \
	--secret "command:$dir/secrets/aws-kms $dir/none eu-central-1 $dir/aws"

want 3 "policy check of a file that is not there" "$lethe" policy check "$dir/none.yaml"
want 3 "run with a ring that is not there" "$lethe" run --config "$dir/shop/lethe.yaml" --set ring="$dir/none.ring"

# ---- offsets (against a broker: tests/e2e/test_offsets.py)
shop=(--config "$dir/shop/lethe.yaml")
want 3 "offsets show without a policy" "$lethe" offsets show
says "names the setting" err "\`policy\`"
want 3 "offsets show of an unknown purpose" "$lethe" offsets show "${shop[@]}" --purpose nobody
want 2 "offsets accept-gap without a gap" "$lethe" offsets accept-gap "${shop[@]}"
want 2 "offsets accept-gap of no gap" "$lethe" offsets accept-gap events.raw:2:799-120 "${shop[@]}"
want 2 "offsets accept-gap with both causes" "$lethe" offsets accept-gap events.raw:2:1-2 --recreated --truncated "${shop[@]}"
want 2 "offsets rewind without a place" "$lethe" offsets rewind events.raw "${shop[@]}"
want 2 "offsets rewind forward" "$lethe" offsets rewind events.raw --to latest "${shop[@]}"
says "says why" err "would skip events"
want 2 "offsets rewind of a whole topic to one offset" "$lethe" offsets rewind events.raw --to 7 "${shop[@]}"

# ---- quarantine replay (against a broker: tests/e2e/test_replay.py)
replay=("$lethe" quarantine replay "${shop[@]}")
want 2 "quarantine replay without a key" "${replay[@]}"
says "names the option" err "--key is needed"
want 2 "quarantine replay of a reason that there is not" "${replay[@]}" --key "$dir/shop/oncall.key" --reason no_consent
says "names those that there are" err "lethe quarantine replay: --reason is one of: "
says "each of them" err ", too_deep"
[ "$(wc -l <"$dir/err")" = 1 ] && ok || bad "in one line"
want 2 "quarantine replay of no time" "${replay[@]}" --key "$dir/shop/oncall.key" --from yesterday
for choice in "--reason too_deep" "--from 2026-05-04T00:00:00Z" "--to 7" --leave-sealed; do
	# shellcheck disable=SC2086
	want 2 "quarantine replay of lines with $choice" "${replay[@]}" --input "$dir/none" $choice
done
want 3 "quarantine replay with a key that is not there" "${replay[@]}" --key "$dir/none.key"
want 143 "quarantine replay ends by a signal while no broker answers" timeout --preserve-status 2 "${replay[@]}" \
	--key "$dir/shop/oncall.key" --set kafka.bootstrap.servers=127.0.0.1:1
want 4 "quarantine replay of lines that are not there" "${replay[@]}" --input "$dir/none.ndjson"
want 3 "quarantine replay without a policy" "$lethe" quarantine replay --key "$dir/shop/oncall.key"
want 3 "quarantine replay without a ring" "$lethe" quarantine replay --key "$dir/shop/oncall.key" \
	--set policy="$dir/shop/policy.yaml" --set kafka.bootstrap.servers=127.0.0.1:1
says "names the setting" err "\`ring\`"
printf '{"v":1,"mark":"replayed","group":"lethe","at":7,"topic":"events.raw","partition":0,"position":7,"id":"%032d"}\n' 7 |
	cat - "$dir/q.ndjson" >"$dir/q6"
want 0 "quarantine list leaves marks out" "$lethe" quarantine list --json "$dir/q6"
[ "$(wc -l <"$dir/out")" = "$(wc -l <"$dir/q.ndjson")" ] && ok || bad "and shows the rest"

# ---- topics (against a broker: tests/e2e/test_topics.py)
want 2 "topics alone" "$lethe" topics
says "lists its commands" err "topics apply"
for words in "topics plan" "topics apply"; do
	# shellcheck disable=SC2086
	want 3 "$words without a policy" "$lethe" $words
	says "names the setting" err "\`policy\`"
	# shellcheck disable=SC2086
	want 3 "$words of an unknown purpose" "$lethe" $words "${shop[@]}" --purpose nobody
	# shellcheck disable=SC2086
	want 2 "$words with no number" "$lethe" $words "${shop[@]}" --partitions many
	# shellcheck disable=SC2086
	want 2 "$words of no replicas" "$lethe" $words "${shop[@]}" --replicas 0
	# shellcheck disable=SC2086
	want 3 "$words without brokers" env LETHE_POLICY="$dir/shop/policy.yaml" "$lethe" $words
	says "names that setting" err "kafka.bootstrap.servers"
done
want 2 "topics plan changes nothing" "$lethe" topics plan "${shop[@]}" --yes

# ---- explain
explain() { "$lethe" explain --policy "$dir/shop/policy.yaml" --now $now "$@"; }
explain <<<"$event" >"$dir/out" 2>"$dir/err" && ok || bad "explain"
says "explain names what was sent" out "recommendations: sent as item by keep"
says "explain shows a key by its position" out '$.properties.<4>'
LC_ALL=C.UTF-8 awk 'length > 80 { exit 1 }' "$dir/out" && ok || bad "explain fits 80 columns"
! grep -qE 'giftNote|Jane|97980|18\.99|Games|507f' "$dir/out" && ok || bad "explain shows no value"
want 2 "an event as an argument" explain "$event"
! grep -q 'Jane\|giftNote\|507f' "$dir/err" && ok || bad "an event as an argument is not told again"
explain --json <<<"$event" >"$dir/out" 2>"$dir/err" && python3 -m json.tool "$dir/out" >/dev/null && ok ||
	bad "explain --json"
! grep -qE 'giftNote|Jane|97980|18\.99|Games|507f' "$dir/out" && ok || bad "nor in JSON"
explain --purpose analytics <<<"$event" >"$dir/out" 2>"$dir/err"
grep -q '^analytics:' "$dir/out" && ! grep -q '^recommendations:' "$dir/out" && ok || bad "explain --purpose"
explain --ring "$dir/shop/ring.lethe" --secret "$dir/shop/secret.key" <<<"$event" >"$dir/out" 2>"$dir/err" && ok ||
	bad "explain --ring"
says "explain with a ring tells the epoch" out "tokens of epoch 1"
! grep -qE '[a-z][0-9]_[a-z2-7]{26}' "$dir/out" && ok || bad "and shows no token"
explain --show-values <<<"$event" >"$dir/out" 2>"$dir/err"
says "--show-values does" out "giftNote"
want 2 "explain with a passphrase and no key" "$lethe" explain --policy "$dir/shop/policy.yaml" --passphrase "$dir/none"
LETHE_PURPOSE=analytics "$lethe" explain --config "$dir/shop/lethe.yaml" --now $now <<<"$event" >"$dir/out" 2>"$dir/err"
grep -q '^analytics:' "$dir/out" && ! grep -q '^recommendations:' "$dir/out" && ok || bad "explain knows the settings' purpose"
explain <<<'{"a":1,"a":2}' >"$dir/out" 2>"$dir/err"
[ $? -eq 1 ] && ok || bad "explain ends with 1 on poison"
explain <<<'{"a":"cut' >"$dir/out" 2>"$dir/err"
explain <<<'{"a":"cut
{"a":1}' >"$dir/out" 2>"$dir/err"
says "a file of events is none, broken or not" out "\`lethe filter\` takes many"
explain <<<'{"a":"cut' >"$dir/out" 2>"$dir/err"
says "the shell's line break is not part of the event" out "(truncated)"
explain <<<'{"a":1}' >"$dir/out" 2>"$dir/err" && ok || bad "and with 0 on a counted drop"

# A text by which one topic's events are told as JSON is poison where all are read together.
sed 's/topics: \[raw\]/topics: [web]/; s/topics: \[raw, raw.app\]/topics: [app]/
	s/{ \$.web: view }/{ "$.d:json.web": view }/
	s/web: \$.item, app: \$.product.id/web: "$.d:json.item", app: $.d/' tests/golden/policies/inputs.yaml >"$dir/two.yaml"
want 0 "a ring for two topics" "$lethe" keys new --ring "$dir/two.ring" --secret "$dir/two.key" \
	--oncall "$dir/two-oncall.key" --policy "$dir/two.yaml"
two=(--policy "$dir/two.yaml" --now $now)
of_app='{"app":"screen","ts":1777889707,"uid":"u1","cmp":{"ok":true},"d":"plain"}'
"$lethe" explain "${two[@]}" <<<"$of_app" >"$dir/out" 2>"$dir/err"
says "explain of topics together says so" out "--topic NAME"
"$lethe" explain "${two[@]}" --topic app <<<"$of_app" >"$dir/out" 2>"$dir/err" && ok || bad "explain of the one topic"
"$lethe" filter "${two[@]}" --ring "$dir/two.ring" --secret "$dir/two.key" <<<"$of_app" >"$dir/out" 2>"$dir/err"
says "filter of topics together says so" err "--topic NAME"
"$lethe" filter "${two[@]}" --ring "$dir/two.ring" --secret "$dir/two.key" --topic app <<<"$of_app" >"$dir/out" 2>"$dir/err"
says "filter of the one topic" out '"item":"plain"'
! grep -q "topic NAME" "$dir/err" && ok || bad "has nothing to say"

# ---- words for a consent ledger: what is refused before a broker is asked
words=(--set policy=tests/golden/policies/ledger.yaml --set kafka.bootstrap.servers=127.0.0.1:1)
from_segment=("${words[@]}" --format segment --subject 'user=$.userId' --map A=-)
want 2 "get of an unknown class" "$lethe" consent get nobody:secret-x "${words[@]}"
says "tells the classes" err "the class is none of the policy's; its ledger has: "
! grep -q secret-x "$dir/err" && ok || bad "and shows no identifier"
"$lethe" consent get - "${words[@]}" <<<"nobody:secret-x" >"$dir/out" 2>"$dir/err"
[ $? -eq 1 ] && ok || bad "a bad line is a no"
says "told by its number" err "standard input line 1: the class"
# Nobody is a mistake of usage in each: a list that was lost must not look done.
for command in get history "put --purpose * --state refused" "put --clear-objection gpc"; do
	set -f
	# shellcheck disable=SC2086
	want 2 "$command of nobody" "$lethe" consent $command - \
		--set policy=tests/golden/policies/objection.yaml --set kafka.bootstrap.servers=127.0.0.1:1
	set +f
	says "$command says so" err "standard input names no subject"
done
want 2 "put of a subject without a class" "$lethe" consent put secret-x --purpose '*' --state refused "${words[@]}"
! grep -qE 'secret-x|skip-bad|usage:' "$dir/err" && ok || bad "is told in one line"
for option in at until notice source jurisdiction; do
	want 2 "--$option of a variable that is not set" \
		"$lethe" consent put user:u --purpose '*' --state given --$option "" "${words[@]}"
	says "is told" err "--$option is empty"
done
want 2 "an end that is a date" "$lethe" consent put user:u --purpose '*' --state given --until 2027-01-01 "${words[@]}"
says "is told with an example" err "such as 2027-01-01T00:00:00Z"
want 2 "--skip-bad where it would do nothing" "$lethe" consent put - --clear-objection gpc --skip-bad "${words[@]}"
want 2 "--skip-bad of an argument" "$lethe" consent put user:u --purpose '*' --state refused --skip-bad "${words[@]}"
says "says of what it is" err "--skip-bad is of lines"
want 2 "put with a passphrase of no key" "$lethe" consent put user:u --purpose '*' --state refused \
	--passphrase "$dir/none" "${words[@]}"
says "says what is missing" err "lethe consent put: --passphrase goes with --key"
want 2 "import with a passphrase of no key" "$lethe" consent import - "${from_segment[@]}" --passphrase "$dir/none"
says "says so, too" err "lethe consent import: --passphrase goes with --key"
printf 'subject,purpose,state,untill\n' >"$dir/words.csv"
want 3 "a column that is misspelt" "$lethe" consent put --csv "$dir/words.csv" --skip-bad "${words[@]}"
says "is named" err "column 4 (\`untill\`) is none of"
says "and the nearest" err "did you mean \`until\`?"
# A quote without its end is told once, by the line where it began.
printf 'Who,purpose,state,at\nu1,people,given,2026-05-01T09:00:00Z\n"u2,people,given,x\nu3,people,given,x\n' >"$dir/words.csv"
want 1 "an import with an unended quote" "$lethe" consent import "$dir/words.csv" --format csv --subject user=Who "${words[@]}"
says "tells where it began" err "line 3: the quote that begins in line 3 has no end, and takes in all to line 4"
says "and the way out" err "end it, or write it twice"
[ "$(grep -c quote "$dir/err")" = 1 ] && ok || bad "once"
printf 'Who,purpose,state,at\n"u2,people,given,x\n"u3",people,given,x\nu4,people,x,x\n' >"$dir/words.csv"
want 1 "one that the next line's quote ends" "$lethe" consent import "$dir/words.csv" --format csv --subject user=Who "${words[@]}"
says "is told where it began, too" err "line 2: the quote that begins in line 2 does not end before line 3"
says "and the rows behind it are read" err "line 4: the state"
printf 'subject,"purpose,state\nuser:u,people,given\n' >"$dir/words.csv"
want 3 "one in the first line" "$lethe" consent put --csv "$dir/words.csv" "${words[@]}"
says "is told the same way" err "the quote that begins in line 1 has no end, and takes in all to line 2"
want 4 "an import of no file, before what is missing" "$lethe" consent import "$dir/none.csv" "${words[@]}"
want 2 "a path without its root" "$lethe" consent import - "${from_segment[@]}" --subject user=userId --map B=nothing
says "is told by its option" err "lethe consent import: --subject user=userId: a path starts with \$"
says "and each other mistake" err "lethe consent import: --map B=nothing: the purpose is none"
printf 'Who,purpose,state,at\n' >"$dir/words.csv"
want 2 "a column that is not there" "$lethe" consent import "$dir/words.csv" --format csv --subject user=Whom "${words[@]}"
says "is told by its option, too" err "has no column \`Whom\`; did you mean \`Who\`?"
printf 'ann1,people,given,2026-05-01T09:00:00Z\n' >"$dir/words.csv"
want 2 "a file without the line of its columns" "$lethe" consent import "$dir/words.csv" --format csv --subject user=ann "${words[@]}"
! grep -q ann1 "$dir/err" && ok || bad "shows nobody as the column that was meant"
printf 'states,people,given,2026-05-01T09:00:00Z\n' >"$dir/words.csv"
want 3 "and one of put" "$lethe" consent put --csv "$dir/words.csv" "${words[@]}"
! grep -q states "$dir/err" && ok || bad "shows nobody either"
printf 'Who,purpose,state,at,a\033[31mb\nu1,people,given,x,y\n' >"$dir/words.csv"
want 1 "a column with a control character" "$lethe" consent import "$dir/words.csv" --format csv --subject user=Who "${words[@]}"
says "is shown without it" err 'column 5 is not read: `a?[31mb`'
printf 'Who,purpose,state,at,a\302\23331mb\303\244\377\nu1,people,given,x,y\n' >"$dir/words.csv"
want 1 "one whose control is of two bytes" "$lethe" consent import "$dir/words.csv" --format csv --subject user=Who "${words[@]}"
says "is shown without it, and without what is no UTF-8" err 'column 5 is not read: `a?31mbä?`'
printf 'Who,purpose,state,at,state\n' >"$dir/words.csv"
want 3 "a column that is there twice" "$lethe" consent import "$dir/words.csv" --format csv --subject user=Who "${words[@]}"
says "is named, and none of the two read" err "line 1: the column \`state\` stands there twice"
want 2 "a notice that is empty" "$lethe" consent import - "${from_segment[@]}" --notice ''
says "is told" err "--notice: a text"
want 2 "a notice where the format has one" "$lethe" consent import - --format snowplow --notice n \
	--subject 'user=$.uid' --map A=- "${words[@]}"
says "is refused" err "--notice: "
printf '%s\n' '{"e":"ue","uid":"u","dtm":"1777626000000","ue_pr":"{\"data\":{\"schema\":\"iglu:com.snowplowanalytics.snowplow/consent_preferences/jsonschema/1-0-0\",\"data\":{\"eventType\":\"allow_all\",\"basisForProcessing\":\"consent\"}}}"}' >"$dir/words.json"
want 1 "all is allowed, and no scope named" "$lethe" consent import "$dir/words.json" --format snowplow \
	--subject 'user=$.uid' --map Recs=people "${words[@]}"
says "is no yes to what is mapped" err "line 1: it allows and has no list of consentScopes"

# ---- explain with a consent ledger
ledger=(--policy tests/golden/policies/ledger.yaml --now $now)
book=tests/golden/ledger_user_and_device/consent.ndjson
of() { printf '{"e":"a","t":"2026-05-04T10:15:07Z","user":"u-%s","device":"d-%s"}' "$1" "$2"; }
"$lethe" explain "${ledger[@]}" <<<"$(of given refused)" >"$dir/out" 2>"$dir/err" && ok || bad "explain without records"
says "without records the ledger is stale" out "(ledger_stale)"
says "and it says the way out" out "--consent FILE"
want 0 "a ring for it" "$lethe" keys new --ring "$dir/book.ring" --secret "$dir/book.key" \
	--oncall "$dir/book-oncall.key" --policy tests/golden/policies/ledger.yaml
keyed=("${ledger[@]}" --ring "$dir/book.ring" --secret "$dir/book.key")
want 0 "filter without records" "$lethe" filter "${keyed[@]}" <<<"$(of given refused)"
says "filter says the way out, too" err "ledger_stale here: --consent FILE"
want 0 "filter with them" "$lethe" filter "${keyed[@]}" --consent $book <<<"$(of given refused)"
grep -q "are at hand" "$dir/err" && bad "nothing is missing" || ok
"$lethe" explain "${ledger[@]}" --consent $book <<<"$(of given refused)" >"$dir/out" 2>"$dir/err" && ok ||
	bad "explain --consent"
says "a refusal of the device stops" out "people: no record: a source asked says no (refused)"
says "with its time and rule" out "deny since 2026-05-01T09:00:00Z, which decides (rule 2)"
says "its end on the next line" out "                       2027-05-01T09:00:00Z"
says "by class" out "    user               grant since 2026-05-01T09:00:00Z"
! grep -qE '[ud]-(given|refused)|consent FILE' "$dir/out" && ok || bad "and names nobody"
LC_ALL=C.UTF-8 awk 'length > 80 { exit 1 }' "$dir/out" && ok || bad "it fits 80 columns"
"$lethe" explain "${ledger[@]}" --consent $book --json <<<"$(of given refused)" >"$dir/out" 2>"$dir/err"
python3 - "$dir/out" <<'END' && ok || bad "explain --consent --json"
import json, sys
p = json.load(open(sys.argv[1], encoding="utf-8"))["purposes"][0]
book = p["answers"][0]
assert (p["reason"], p["rule"], book["answer"]) == ("refused", 2, "deny"), p
assert [(c["class"], c["answer"]) for c in book["classes"]] == [("user", "grant"), ("device", "deny")], book
assert book["since"] == "2026-05-01T09:00:00Z" and book["classes"][0]["until"] == "2027-05-01T09:00:00Z", book
END
"$lethe" explain "${ledger[@]}" --consent tests/golden/ledger_rows/consent.ndjson <<<"$(of a b)" >"$dir/out" 2>"$dir/err"
says "malformed records are told by their line" err "consent: 3 malformed, the first in line 5"
says "and keys that no event has" err "consent: 3 with a key that no event has, the first in line 9"
want 2 "a line that is no record" "$lethe" explain "${ledger[@]}" \
	--consent tests/golden/ledger_line_is_no_record/consent.ndjson /dev/null
says "names the line" err "line 2"
want 2 "records for a policy without a ledger" "$lethe" explain --policy "$dir/shop/policy.yaml" --consent $book /dev/null
says "says so" err "has no source of the format"
want 3 "records that are not there" "$lethe" explain "${ledger[@]}" --consent "$dir/none" /dev/null

# ---- doctor, without a cluster
want 0 "doctor --list" "$lethe" doctor --list
for check in settings policy keys passwords brokers versions topics start read transactions write group clock order; do
	grep -q "^$check  *[a-z]" "$dir/out" && ok || bad "doctor lists $check"
done
want 3 "doctor with settings that are not there" "$lethe" doctor --config "$dir/none.yaml"
want 2 "doctor with an operand" "$lethe" doctor now
want 1 "doctor where no broker is" "$lethe" doctor --config "$dir/shop/lethe.yaml" \
	--set instance=shop-0 --set http.listen=127.0.0.1:0 --set kafka.bootstrap.servers=127.0.0.1:1
says "doctor finds the files well" out "ok    keys          the ring opens"
says "doctor names the broker's cause" out "fail  brokers       127.0.0.1:1, as nobody (no login, no TLS): nobody listens there; do: "
says "doctor passes over what follows" out "skip  topics        no broker was reached"
says "doctor counts" out "1 fail, 0 warn, 11 could not be looked at"
for times in "--set kafka.heartbeat.interval.ms=45000" \
	"--set kafka.consumer.session.timeout.ms=6000 --set kafka.heartbeat.interval.ms=6000"; do
	# shellcheck disable=SC2086
	want 3 "heartbeats as rare as the session: $times" timeout 20 "$lethe" run --config "$dir/shop/lethe.yaml" \
		--set kafka.bootstrap.servers=127.0.0.1:1 --set http.listen=off $times
	says "run names both" err "is not below kafka.session.timeout.ms"
	# shellcheck disable=SC2086
	want 1 "and the doctor" "$lethe" doctor --config "$dir/shop/lethe.yaml" \
		--set kafka.bootstrap.servers=127.0.0.1:1 $times
	says "says so" out "fail  job           kafka.heartbeat.interval.ms"
done
want 1 "doctor --json" "$lethe" doctor --config "$dir/shop/lethe.yaml" --json \
	--set kafka.bootstrap.servers=127.0.0.1:1
python3 -c 'import json, sys; s = json.load(open(sys.argv[1])); sys.exit(s["fail"] < 1)' \
	"$dir/out" && ok || bad "doctor --json is JSON"

# ---- demo
"$lethe" demo --events 2000 </dev/null >"$dir/out" 2>"$dir/err" && ok || bad "demo ends by itself"
for topic in rec.events analytics.events count.events; do
	says "demo shows records of $topic" out "$topic: "
done
says "demo shows reasons" out "no_consent"
says "demo finds no canary" out "check: no canary in any of"
timeout 60 "$lethe" demo 2>"$dir/err" </dev/null | head -n 1 >"$dir/out"
[ "${PIPESTATUS[0]}" -eq 4 ] && ok || bad "demo ends when its reader goes away"

# ---- gen
"$lethe" gen --seed 7 --events 500 --poison 0.05 --start $now | sha256sum >"$dir/out"
"$lethe" gen --seed 7 --events 500 --poison 0.05 --start $now | sha256sum >"$dir/err"
cmp -s "$dir/out" "$dir/err" && ok || bad "gen gives the same events for a seed"
"$lethe" gen | head -n 1 >/dev/null
[ "${PIPESTATUS[0]}" -eq 0 ] && ok || bad "gen ends when its reader goes away"
for format in json msgpack; do
	"$lethe" gen --seed 7 --events 5000 --poison 0.05 --format $format |
		filter --format $format >"$dir/out" 2>"$dir/err" && ok || bad "gen | filter, $format"
	! grep -q cAnArY "$dir/out" "$dir/err" && ok || bad "no canary, $format"
	[ "$(head -n 1 "$dir/err" | cut -d' ' -f1)" = 5000 ] && ok || bad "no event lost, $format"
done

# ---- commands that are shown can be run as they stand
odd="$dir/an odd; folder's \$HOME"
quoted="'$dir/an odd; folder'\\''s \$HOME"
mkdir "$odd" "$dir/bin"
ln -s "$lethe" "$dir/bin/lethe"
# pasted NAME TEXT: runs the shown line that holds it
pasted() {
	local line
	line=$(grep -F -- "$2" "$dir/out" | head -n 1)
	want 0 "$1" env PATH="$dir/bin:$PATH" bash -c "${line:-exit 9}"
}
want 0 "init in an odd folder" "$lethe" init "$odd/shop"
pasted "its next command" "lethe filter --config"
want 0 "keys new in one" "$lethe" keys new --ring "$odd/a ring" --secret "$odd/a key" \
	--oncall "$odd/b.key" --policy "$odd/shop/policy.yaml"
pasted "its next command" "lethe filter --policy"
want 0 "keys new without a policy" "$lethe" keys new --ring "$odd/c ring" --secret "$odd/c key" --oncall "$odd/c.key"
says "its next command" out "keys add --policy POLICY --ring $quoted/c ring'"
want 0 "keys pair" "$lethe" keys pair --for signer --secret "$odd/d key" --public "$odd/d.pub"
says "its next command" out "keys protect --secret $quoted/d key'"
want 0 "policy sign" "$lethe" policy sign "$odd/shop/policy.yaml" --key "$odd/d key"
says "its next command" out "policy sign $quoted/shop/policy.yaml' --key THEIR.key"
want 0 "keys drill" "$lethe" keys drill --ring "$odd/a ring" --secret "$odd/a key" --make "$odd/known"
says "its next command" out "--known $quoted/known'"
want 0 "a ring with signers" "$lethe" keys signers --ring "$odd/a ring" --public "$odd/d.pub" --threshold 1
says "its next command" out "keys approve --ring $quoted/a ring' --key THEIR.key"
want 0 "keys approve" "$lethe" keys approve --ring "$odd/a ring" --key "$odd/d key"
says "its next command" out "keys activate --ring $quoted/a ring'"

cd "$top" || exit 1
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
