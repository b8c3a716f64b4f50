#!/usr/bin/env bash
# A million members due at once, and no worker: how far one scheduler plans, how long it holds Redis, and what it needs.
#   tests/bench/million_due.sh [MEMBERS] [SECONDS]    1000000 and 30; a JSON line
# Needs the programs of a preset in $CLAIMFERRY_BIN (else build/release/bin).
set -euo pipefail
cd "$(dirname "$0")/../.."
members=${1:-1000000} seconds=${2:-30}
bin=${CLAIMFERRY_BIN:-$PWD/build/release/bin}
dir=$(mktemp -d)
socket=$dir/redis.sock
redis() { redis-cli -s "$socket" "$@"; }
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$dir"' EXIT

redis-server --port 0 --unixsocket "$socket" --dir "$dir" --save '' --appendonly yes --appendfsync everysec \
  --slowlog-log-slower-than 500 --slowlog-max-len 100000 >"$dir/redis.log" &
until redis PING >/dev/null 2>&1; do sleep 0.1; done # polls the socket

# As member_add.lua leaves a member whose syncs are over, in the wire format.
LC_ALL=C awk -v n="$members" '
  function put(words, count,   at) {
    printf "*%d\r\n", count
    for (at = 1; at <= count; at++) printf "$%d\r\n%s\r\n", length(words[at]), words[at]
  }
  BEGIN {
    split("SADD cf:{0}:payers aetna", w, " "); put(w, 3)
    split("HSET cf:{0}:states active " n, w, " "); put(w, 4)
    for (i = 0; i < n; i++) {
      split("HSET cf:{0}:member:M" i " payer aetna state active added_at 1 last_ok 1 last_sweep 1 next_due 1", w, " ")
      put(w, 14)
      split("ZADD cf:{0}:due:aetna 1 M" i, w, " "); put(w, 4)
    }
  }' | redis --pipe >"$dir/pipe.log"

umask 077
echo secret >"$dir/secret"
"$bin/claimferry" keys init "$dir/keys" >/dev/null
cat >"$dir/claimferry.toml" <<TOML
[redis]
url = "unix://$socket"
[sink]
kind = "sqlite"
path = "$dir/claims.db"
[vault]
key_file = "$dir/keys"
[payer.aetna]
auth_root = "http://127.0.0.1:1/auth"
resource_base = "http://127.0.0.1:1/fhir"
token_url = "http://127.0.0.1:1/token"
authorize_url = "http://127.0.0.1:1/authorize"
client_id = "bench"
client_secret_file = "$dir/secret"
scopes = "patient/*.read"
TOML

used() { redis INFO memory | awk -F: '/^used_memory:/ { print $2 + 0 }'; }
redis SLOWLOG RESET >/dev/null
before=$(used)
"$bin/claimferry-scheduler" --config "$dir/claimferry.toml" 2>"$dir/scheduler.log" &
scheduler=$!
sleep "$seconds" # polls nothing: it is the time that is measured
resident=$(awk '/^VmHWM/ { print $2 }' "/proc/$scheduler/status")
live=$(redis HGET 'cf:{0}:live' 'aetna routine')
# "[id,time,microseconds,[\"EVALSHA" of each entry.
redis --json SLOWLOG GET 100000 | grep -oE '\[[0-9]+,[0-9]+,[0-9]+,\["[A-Za-z]+' >"$dir/slow" || true
slow=$(awk -F, '$3 > 5000 { number++ } END { print number + 0 }' "$dir/slow")
longest=$(awk -F, '$3 > most { most = $3 } END { print most + 0 }' "$dir/slow")
after=$(used)
kill -TERM "$scheduler"
wait "$scheduler" || true
printf '{"bench":"million_due","members":%d,"seconds":%d,"planned":%d,"calls_over_5ms":%d,' \
  "$members" "$seconds" "${live:-0}" "$slow"
printf '"longest_call_us":%d,"redis_bytes_grown":%d,"scheduler_peak_kib":%d}\n' \
  "$longest" $((after - before)) "$resident"
