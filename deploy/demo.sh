#!/usr/bin/env bash
# The whole pipeline on this machine, against a payer in a box: installs what is missing, builds, starts a private
# Redis, the sandbox, a scheduler and two workers on free loopback ports, syncs members, and has the sandbox judge.
set -euo pipefail

usage() {
  cat <<'USAGE'
usage: deploy/demo.sh [--members N] [--eobs N] [--json] [--keep]
  --members N  members to enrol and sync (default 200)
  --eobs N     claims of each member (default 30)
  --json       the summary as one JSON object, as the last line; all else goes to standard error
  --keep       leave everything running, and print the addresses and how to end it
Exit status 0 only when every claim arrived exactly once and the payer has nothing to hold against us.
USAGE
}

members=200 eobs=30 json=false keep=false
number() {
  [[ ${2:-} =~ ^[1-9][0-9]{0,6}$ ]] || { echo "demo: $1 takes a number from 1 to 9999999" >&2; exit 2; }
}
while [[ $# -gt 0 ]]; do
  case $1 in
    --members) number "$@"; members=$2; shift 2 ;;
    --eobs) number "$@"; eobs=$2; shift 2 ;;
    --json) json=true; shift ;;
    --keep) keep=true; shift ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done

cd "$(dirname "$0")/.."
bin=$PWD/build/release/bin
# With --json, standard output is the JSON's alone.
exec 3>&1
$json && exec 1>&2

home=$(mktemp -d "${TMPDIR:-/tmp}/claimferry-demo-XXXXXX")
declare -A pids=()
reason='' control='' synced=0 begun='' finished='' done=false
addresses=()

seconds_between() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", b - a }'; }
now() { printf '%s' "$EPOCHREALTIME"; }

summary() {
  local elapsed=0 options=() address
  [[ -n $begun ]] && elapsed=$(seconds_between "$begun" "${finished:-$(now)}")
  for address in "${addresses[@]}"; do
    options+=(--address "$address")
  done
  "$bin/claimferry-sandbox" summary --sink "sqlite:$home/claims.db" --control "$control" --requested "$members" \
    --synced "$synced" --seconds "$elapsed" --reason "$reason" "${options[@]}" "$@"
}

stop_all() {
  local name
  for name in worker-1 worker-2 scheduler sandbox redis; do
    [[ -n ${pids[$name]:-} ]] && kill "${pids[$name]}" 2>/dev/null && wait "${pids[$name]}" 2>/dev/null
  done
  return 0
}

leave() {
  local status=$?
  trap - EXIT INT TERM
  if ! $done; then
    [[ -n $reason ]] || reason="the demo ended early, with status $status"
    status=1
    echo "demo: $reason" >&2
    if $json; then
      summary --json >&3 2>/dev/null || true
      [[ -x $bin/claimferry-sandbox ]] || printf '%s\n' "{\"schema\":1,\"ok\":false,\"reason\":\"$reason\"}" >&3
    fi
    echo "demo: logs and data are in $home" >&2
  fi
  if ! $keep || ! $done; then
    stop_all
    rm -f "$home/redis.sock" "$home/vault.keys" "$home/client_secret"
  fi
  exit "$status"
}
trap leave EXIT
trap 'reason="interrupted"; exit 130' INT TERM

fail() {
  reason=$*
  exit 1
}

# Children get neither our Ctrl-C nor a life beyond ours: leave() ends them in order.
start() {
  local name=$1
  shift
  local guard=(setpriv --pdeathsig TERM)
  $keep && guard=()
  setsid "${guard[@]}" "$@" >"$home/$name.log" 2>&1 &
  pids[$name]=$!
}

check_children() {
  local name
  for name in "${!pids[@]}"; do
    kill -0 "${pids[$name]}" 2>/dev/null || fail "$name ended: $(tail -n 1 "$home/$name.log")"
  done
}

wait_for_file() {
  local deadline=$((SECONDS + 60))
  until [[ -e $1 ]]; do
    check_children
    ((SECONDS < deadline)) || fail "$2 did not come up within 60 s; see $home/$2.log"
    sleep 0.05  # polls for a file
  done
}

# One GET over bash's own sockets: host:port out of a URL, then the body.
fetch() {
  local authority=${1#http://} path=${2} line
  exec 9<>"/dev/tcp/${authority%:*}/${authority##*:}" || return 1
  printf 'GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$path" "$authority" >&9
  while IFS= read -r line <&9 && [[ $line != $'\r' ]]; do :; done
  cat <&9
  exec 9>&-
}

field() { sed -n "s|.*\"$2\":\"\\{0,1\\}\\([^\",}]*\\).*|\\1|p" <<<"$1"; }
redis() { redis-cli -s "$home/redis.sock" "$@"; }

echo "demo: packages"
deploy/install-deps.sh
if [[ ! -x $bin/claimferry-worker ]]; then
  echo "demo: building (some minutes, once)"
else
  echo "demo: building"
fi
{
  cmake --preset release && cmake --build --preset release --target \
    claimferry claimferry-worker claimferry-scheduler claimferry-sandbox
} >"$home/build.log" 2>&1 || { tail -n 40 "$home/build.log" >&2; fail "the build failed; see $home/build.log"; }

head -c 24 /dev/urandom | base64 >"$home/client_secret"
chmod 600 "$home/client_secret"
start redis redis-server --port 0 --unixsocket "$home/redis.sock" --unixsocketperm 700 --dir "$home" --save '' \
  --appendonly yes --maxmemory-policy noeviction
start sandbox "$bin/claimferry-sandbox" --listen 127.0.0.1:0 --control 127.0.0.1:0 --ready-file "$home/sandbox.ready" \
  --client-id demo --client-secret-file "$home/client_secret"
wait_for_file "$home/sandbox.ready" sandbox
wait_for_file "$home/redis.sock" redis
payer=$(field "$(<"$home/sandbox.ready")" listen)
control=$(field "$(<"$home/sandbox.ready")" control)
addresses+=("sandbox=$payer" "control=$control" "redis=unix://$home/redis.sock")

"$bin/claimferry" keys init "$home/vault.keys" >/dev/null
cat >"$home/claimferry.toml" <<TOML
[redis]
url = "unix://$home/redis.sock"
[sink]
path = "$home/claims.db"
[vault]
key_file = "$home/vault.keys"
[telemetry]
admin_listen = "127.0.0.1:0"
[payer.aetna-sandbox]
auth_root = "$payer/fhirdemo"
resource_base = "$payer/fhirdemo/v2/patientaccess"
authorize_url = "$payer/fhirdemo/v1/fhirserver_auth/oauth2/authorize"
token_url = "$payer/fhirdemo/v1/fhirserver_auth/oauth2/token"
client_id = "demo"
client_secret_file = "$home/client_secret"
TOML
for name in scheduler worker-1 worker-2; do
  start "$name" "$bin/claimferry-${name%-*}" --config "$home/claimferry.toml" --ready-file "$home/$name.ready"
done
workers=()
for name in scheduler worker-1 worker-2; do
  wait_for_file "$home/$name.ready" "$name"
  admin=$(field "$(<"$home/$name.ready")" admin)
  addresses+=("$name=$admin")
  [[ $name == worker-* ]] && workers+=("$admin")
done

echo "demo: enrolling $members members of $eobs claims each"
begun=$(now)
curl -fsS -X POST "$control/v1/members" -d "{\"count\":$members,\"seed\":1,\"eobs\":$eobs}" |
  "$bin/claimferry" --config "$home/claimferry.toml" member add --payer aetna-sandbox --from - >"$home/enrol.log" 2>&1 ||
  fail "enrolling failed: $(tail -n 1 "$home/enrol.log")"

# Shown in place on a terminal, as a line now and then elsewhere.
show_progress() {
  local stored=0 worker counted violations
  for worker in "${workers[@]}"; do
    counted=$(fetch "$worker" /metrics |
      awk '/^claimferry_resources_total.*ExplanationOfBenefit.*inserted|^claimferry_resources_total.*inserted.*ExplanationOfBenefit/ { n += $2 } END { printf "%d", n }') || counted=0
    stored=$((stored + counted))
  done
  violations=$(fetch "$control" /v1/violations) || violations='{}'
  local eta='?'
  ((synced > 0)) && eta=$(awk -v a="$begun" -v b="$(now)" -v s="$synced" -v m="$members" \
    'BEGIN { printf "%.0f s", (b - a) * (m - s) / s }')
  local text
  text=$(printf 'demo: %d/%d members  %d EOBs  %s requests  %s 429s  ETA %s' "$synced" "$members" "$stored" \
    "$(field "$violations" requests)" "$(field "$violations" status_429)" "$eta")
  if [[ -t 1 ]]; then
    printf '\r\033[K%s' "$text"
  else
    echo "$text"
  fi
}

last_shown=-10 last_change=$SECONDS
while true; do
  check_children
  before=$synced
  synced=$(redis ZCARD 'cf:{0}:lastok')
  [[ $synced =~ ^[0-9]+$ ]] || fail "Redis does not answer: $synced"
  ((synced != before)) && last_change=$SECONDS
  if ((synced >= members)); then
    break
  fi
  if [[ -t 1 ]] || ((SECONDS - last_shown >= 2)); then
    show_progress
    last_shown=$SECONDS
  fi
  ((SECONDS - last_change < 180)) || fail "no member was finished for 180 s; see $home/worker-1.log"
  sleep 0.1  # polls Redis
done
finished=$(now)
show_progress
[[ -t 1 ]] && echo

status=0
echo
summary || status=1
cat <<TEXT

The data are in $home/claims.db. Try:
  sqlite3 $home/claims.db "SELECT claim_type, count(*), sum(paid_e4) / 10000.0 AS paid FROM claim_current GROUP BY 1"
  sqlite3 $home/claims.db "SELECT member, count(*) AS claims FROM claim_current GROUP BY 1 ORDER BY 2 DESC LIMIT 5"
  sqlite3 $home/claims.db "SELECT product_code, count(*), sum(submitted_e4) / 10000.0 FROM claim_line_current GROUP BY 1 ORDER BY 2 DESC LIMIT 5"
TEXT
if $keep; then
  printf '\nEverything is still running:\n'
  printf '  %s\n' "${addresses[@]}"
  printf 'Ask:  %s --config %s status\nEnd:  kill %s\n' "$bin/claimferry" "$home/claimferry.toml" "${pids[*]}"
fi
((status == 0)) || reason="the verdict is not clean"
if $json; then
  reason='' summary --json >&3 || status=1
fi
done=true
exit "$status"
