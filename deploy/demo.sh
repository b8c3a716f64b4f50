#!/usr/bin/env bash
# The whole pipeline on this machine, against a payer in a box: installs what is missing, builds, starts a private
# Redis, the sandbox, a scheduler and two workers on free loopback ports, syncs members, and has the sandbox judge.
set -euo pipefail

# bash drops a SIGINT that comes as a command substitution ends, so the shell that hears Ctrl-C does nothing but wait,
# and tells the one that works, in a session of its own, by a signal that bash keeps.
if [[ -z ${DEMO_HEARD_BY:-} ]]; then
  DEMO_HEARD_BY=$$ setsid setpriv --pdeathsig TERM "$0" "$@" <&0 &
  working=$!
  trap 'kill -USR1 "$working" 2>/dev/null' INT
  trap 'kill -TERM "$working" 2>/dev/null' TERM HUP
  while kill -0 "$working" 2>/dev/null; do
    wait "$working" || true
  done
  wait "$working" # again: a wait that a signal ended has another status
  exit
fi
unset DEMO_HEARD_BY

usage() {
  cat <<'USAGE'
usage: deploy/demo.sh [--members N] [--eobs N] [--limit RATE] [--watch] [--json] [--keep]
  --members N   members to enrol and sync (default 200, at most 1000000)
  --eobs N      claims of each member (default 30, at most 100000)
  --limit RATE  the payer grants so many requests a second, and answers 429 beyond (default: no limit)
  --watch       show the sync in `claimferry top`; with Debian's prometheus and chromium, draw the dashboards at its end
  --json        the summary as one JSON object, as the last line; all else goes to standard error
  --keep        leave everything running, and print the addresses and how to end it
Exit status 0 only when every claim arrived exactly once and the payer has nothing to hold against us.
USAGE
}

members=200 eobs=30 limit='' json=false keep=false watch=false
home='' bin='' reason='' control='' begun='' finished='' step=''
synced=0 done=false
declare -A pids=()
addresses=()

# With --json, standard output is the JSON's alone, whatever else is wrong with the command line. A trap runs with
# the redirections of the step that it interrupts: 3 and 4 are where this script itself speaks.
exec 3>&1 4>&2
for word in "$@"; do
  [[ $word == --json ]] && json=true
done
$json && exec 1>&2

now() { printf '%s' "$EPOCHREALTIME"; }
seconds_between() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", b - a }'; }

quoted() {
  local text=$1
  text=${text//\\/\\\\}
  text=${text//\"/\\\"}
  printf '"%s"' "$(tr -s '[:cntrl:]' ' ' <<<"$text" | sed 's/ *$//')"
}

# Every key of the summary, for when there is nobody to ask.
blank_summary() {
  local address joined=''
  for address in "${addresses[@]}"; do
    joined+=${joined:+,}$(quoted "${address%%=*}"):$(quoted "${address#*=}")
  done
  printf '{"schema":1,"ok":false,"reason":%s,"members":{"requested":%d,"synced":%d},' \
    "$(quoted "$reason")" "$members" "$synced"
  printf '"resources":{},"claims_by_type":{},"billed_total":"0.00","paid_total":"0.00",'
  printf '"pages":0,"requests":0,"status_429":0,"elapsed_seconds":%s,' "$(elapsed)"
  printf '"eobs_per_second":0,"megabytes_per_second":0,"verdict":{"lost":0,"duplicated":0,"wrong":0},'
  printf '"violations":{"requests_during_retry_after":0,"refresh_reused":0,"tokens_elsewhere":0,'
  printf '"unknown_parameters":0,"concurrency_max":0},"data":{"kind":"sqlite","path":%s},"addresses":{%s}}\n' \
    "$(quoted "${home:+$home/claims.db}")" "$joined"
}

elapsed() {
  if [[ -n $begun ]]; then seconds_between "$begun" "${finished:-$(now)}"; else printf 0; fi
}

# summary SECONDS [--json]: the judge's, within a time, because what it asks may hang.
summary() {
  local at_most=$1 options=() address
  shift
  for address in "${addresses[@]}"; do
    options+=(--address "$address")
  done
  attend timeout -k 2 "$at_most" "$bin/claimferry-sandbox" summary --sink "sqlite:$home/claims.db" \
    --control "$control" --requested "$members" --synced "$synced" --seconds "$(elapsed)" --reason "$reason" \
    "${options[@]}" "$@"
}

print_json() {
  local line=''
  if [[ -n $control && -x $bin/claimferry-sandbox ]]; then
    summary "$1" --json >"$home/summary.json" 2>/dev/null || true
    line=$(tail -n 1 "$home/summary.json")
  fi
  if [[ $line == '{'*'}' ]]; then
    printf '%s\n' "$line" >&3
  else
    blank_summary >&3
  fi
}

# A long step in a session of its own: a signal to this script ends it at once, also in the middle of a build.
attend() {
  setsid setpriv --pdeathsig TERM "$@" 3>&- 4>&- &
  step=$!
  local status=0
  wait "$step" || status=$?
  step=''
  return "$status"
}

signal_all() {
  local pid
  for pid in "${pids[@]}"; do
    kill "-$1" "$pid" 2>/dev/null || true
  done
}

any_left() {
  local pid
  for pid in "${pids[@]}"; do
    kill -0 "$pid" 2>/dev/null && return 0
  done
  return 1
}

end_step() { [[ -z $step ]] || kill -KILL -- "-$step" "$step" 2>/dev/null || true; }

# All at once, and whoever does not go is made to: a stopped process hears nothing but KILL.
stop_all() {
  local deadline=$((SECONDS + 5))
  end_step
  signal_all TERM
  while any_left && ((SECONDS < deadline)); do
    sleep 0.05  # polls for ends
  done
  signal_all KILL
  wait 2>/dev/null || true
}

remove_secrets() {
  rm -f "$home/redis.sock" "$home/vault.keys" "$home/client_secret" "$home/members"
}

leave() {
  local status=$?
  trap - EXIT
  exec 1>&4 2>&4
  trap 'end_step; signal_all KILL; remove_secrets; exit 130' USR1 TERM HUP
  if declare -F end_top >/dev/null; then end_top; fi
  if ! $done; then
    ((status != 0)) || status=1
    [[ -n $reason ]] || reason="the demo ended early, with status $status"
    end_step
    echo "demo: $reason" || true
    if $json; then print_json 5; fi
    [[ -z $home ]] || echo "demo: logs and data are in $home" || true
  fi
  if ! $keep || ! $done; then
    stop_all
    [[ -z $home ]] || remove_secrets
  fi
  exit "$status"
}
trap leave EXIT
trap 'reason=interrupted; exit 130' USR1
trap 'reason="ended by a signal"; exit 143' TERM HUP

fail() {
  reason=$*
  exit 1
}

misused() {
  reason=$*
  usage >&2
  exit 2
}

# number OPTION VALUE MOST
number() {
  [[ $2 =~ ^[1-9][0-9]{0,6}$ ]] && (($2 <= $3)) || misused "$1 takes a whole number from 1 to $3"
}
while [[ $# -gt 0 ]]; do
  case $1 in
    --members) number "$1" "${2:-}" 1000000; members=$2; shift 2 ;;
    --eobs) number "$1" "${2:-}" 100000; eobs=$2; shift 2 ;;
    --limit) number "$1" "${2:-}" 100000; limit=$2; shift 2 ;;
    --json) shift ;;
    --watch) watch=true; shift ;;
    --keep) keep=true; shift ;;
    -h | --help) usage; done=true; exit 0 ;;
    *) misused "no such option: $1" ;;
  esac
done

# Children get neither our Ctrl-C nor a life beyond ours, and hold none of our pipes open: leave() ends them.
start() {
  local name=$1
  shift
  local guard=(setpriv --pdeathsig TERM)
  $keep && guard=()
  setsid "${guard[@]}" "$@" </dev/null >"$home/$name.log" 2>&1 3>&- 4>&- &
  pids[$name]=$!
}

# A program's own line for people, where it has one; else the end of its log.
last_words() { grep -v '^{' "$home/$1.log" | tail -n 1 | grep . || tail -n 1 "$home/$1.log"; }

check_children() {
  local name status=0
  for name in "${!pids[@]}"; do
    kill -0 "${pids[$name]}" 2>/dev/null && continue
    wait "${pids[$name]}" || status=$?
    fail "$name ended with status $status: $(last_words "$name")"
  done
}

# What a command said, unless a child's end is the real reason for its silence.
fail_unless_ended() {
  local deadline=$((SECONDS + 2))
  while ((SECONDS < deadline)); do
    check_children
    sleep 0.1  # polls: the end of a child shows a moment after its sockets'
  done
  fail "$@"
}

wait_for_file() {
  local deadline=$((SECONDS + 60))
  until [[ -e $1 ]]; do
    check_children
    ((SECONDS < deadline)) || fail "$2 did not come up within 60 s; see $home/$2.log"
    sleep 0.05  # polls for a file
  done
}

# Loopback only: never through the user's proxy.
fetch() { curl -fsS --noproxy '*' --max-time 3 "$@"; }
field() { sed -n "s|.*\"$2\":\"\\{0,1\\}\\([^\",}]*\\).*|\\1|p" <<<"$1"; }
redis() { timeout --foreground 5 redis-cli -s "$home/redis.sock" "$@"; }

cd "$(dirname "$0")/.."
home=$(mktemp -d "${TMPDIR:-/tmp}/claimferry-demo-XXXXXX")
# CLAIMFERRY_BIN: a folder of programs that are built already, such as build/dev/bin. For this script's own tests.
bin=${CLAIMFERRY_BIN:-}
if [[ -z $bin ]]; then
  bin=$PWD/build/release/bin
  echo "demo: packages"
  deploy/install-deps.sh || fail "packages are missing; the lines above say which"
  if [[ ! -x $bin/claimferry-worker ]]; then
    echo "demo: building (some minutes, once)"
  else
    echo "demo: building"
  fi
  {
    attend cmake --preset release && attend cmake --build --preset release --target \
      claimferry claimferry-worker claimferry-scheduler claimferry-sandbox
  } >"$home/build.log" 2>&1 || { tail -n 40 "$home/build.log" >&2; fail "the build failed; see $home/build.log"; }
fi

(umask 077 && head -c 24 /dev/urandom | base64 >"$home/client_secret")
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

# For --watch: what the boards are drawn from.
prometheus='' watched_since=$SECONDS
if $watch && command -v prometheus >/dev/null && command -v chromium >/dev/null && command -v python3 >/dev/null; then
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  targets=$(printf '%s\n' "${addresses[@]}" | sed -nE 's#^(scheduler|worker-.)=http://(.*)$#"\2"#p' | paste -sd,)
  printf '%s\n' 'global: {scrape_interval: 1s}' 'scrape_configs:' \
    "  - {job_name: claimferry, static_configs: [{targets: [$targets]}]}" >"$home/prometheus.yml"
  start prometheus prometheus --config.file="$home/prometheus.yml" --storage.tsdb.path="$home/prometheus" \
    --web.listen-address="127.0.0.1:$port"
  prometheus=http://127.0.0.1:$port
  addresses+=("prometheus=$prometheus")
fi
# scraped QUERY: of how many programs that is so.
scraped() { fetch -g "$prometheus/api/v1/query?query=count($1)" | grep -o '"[0-9]*"\]' | tr -dc 0-9; }
# wait_until_scraped QUERY: of all; 20 s at most.
wait_until_scraped() {
  for _ in {1..200}; do
    [[ $(scraped "$1" 2>/dev/null) == "$((${#workers[@]} + 1))" ]] && return 0
    sleep 0.1 # polls Prometheus
  done
}
# So that what follows is seen from its begin.
[[ -z $prometheus ]] || wait_until_scraped 'up==1'

# ask_sandbox METHOD PATH BODY: its answer in $home/members; its own words when it refuses.
ask_sandbox() {
  (umask 077 && : >"$home/members")
  attend curl --fail-with-body -sS --noproxy '*' --max-time 600 -X "$1" "$control$2" -d "$3" -o "$home/members" \
    2>"$home/control.log" || fail_unless_ended \
    "the sandbox refused $1 $2: $(head -c 300 "$home/members") $(tail -n 1 "$home/control.log")"
}
if [[ -n $limit ]]; then
  ask_sandbox PUT /v1/limit "{\"kind\":\"token_bucket\",\"rate\":$limit,\"burst\":$limit}"
fi
echo "demo: enrolling $members members of $eobs claims each"
begun=$(now)
ask_sandbox POST /v1/members "{\"count\":$members,\"seed\":1,\"eobs\":$eobs}"
attend "$bin/claimferry" --config "$home/claimferry.toml" member add --payer aetna-sandbox --from "$home/members" \
  >"$home/enrol.log" 2>&1 || fail_unless_ended "enrolling failed: $(tail -n 1 "$home/enrol.log")"
rm -f "$home/members"

# Looked up by show_progress: how far the payer's pages are, so that a slow run is told from a stuck one.
pages=0
stored_by() {
  fetch "$1/metrics" | awk '/^claimferry_resources_total/ && /ExplanationOfBenefit/ && /inserted/ { n += $2 }
    END { printf "%d", n }'
}
# Shown in place on a terminal, as a line now and then elsewhere.
show_progress() {
  local stored=0 worker violations eta='?' text
  for worker in "${workers[@]}"; do
    stored=$((stored + $(stored_by "$worker" 2>/dev/null || echo 0)))
  done
  violations=$(fetch "$control/v1/violations" 2>/dev/null) || violations='{}'
  pages=$(field "$violations" pages)
  ((synced > 0)) && eta=$(awk -v a="$begun" -v b="$(now)" -v s="$synced" -v m="$members" \
    'BEGIN { printf "%.0f s", (b - a) * (m - s) / s }')
  text=$(printf 'demo: %d/%d members  %d EOBs  %s requests  %s 429s  ETA %s' "$synced" "$members" "$stored" \
    "$(field "$violations" requests)" "$(field "$violations" status_429)" "$eta")
  if [[ -t 1 ]]; then
    printf '\r\033[K%s' "$text"
  else
    echo "$text"
  fi
}

[[ -t 1 ]] && show_every=1 || show_every=2
# On a terminal the screen is top's until it is ended or all is done; elsewhere it is asked now and then.
top=''
if $watch && [[ -t 1 && -t 0 ]]; then
  setpriv --pdeathsig TERM "$bin/claimferry" --config "$home/claimferry.toml" top --interval 1 <&0 3>&- 4>&- &
  top=$!
  pids[top]=$top
fi
end_top() {
  [[ -n $top ]] || return 0
  kill "$top" 2>/dev/null || true
  wait "$top" 2>/dev/null || true
  unset 'pids[top]'
  top=''
}
show() {
  if [[ -n $top ]] && kill -0 "$top" 2>/dev/null; then
    return 0
  fi
  end_top
  if $watch && [[ ! -t 1 ]]; then
    "$bin/claimferry" --config "$home/claimferry.toml" top --looks 1 || true
  fi
  show_progress
}
last_shown=-10 last_change=$SECONDS
while true; do
  [[ -z $top ]] || kill -0 "$top" 2>/dev/null || end_top
  check_children
  before="$synced $pages"
  answer=$(redis ZCARD 'cf:{0}:lastok' 2>&1) && [[ $answer =~ ^[0-9]+$ ]] ||
    fail_unless_ended "Redis does not answer: ${answer:-no answer within 5 s}"
  synced=$answer
  if ((synced >= members)); then
    break
  fi
  if ((SECONDS - last_shown >= show_every)); then
    show
    last_shown=$SECONDS
  fi
  [[ "$synced $pages" != "$before" ]] && last_change=$SECONDS
  ((SECONDS - last_change < 180)) || fail "no page came for 180 s; see $home/worker-1.log"
  sleep 0.1  # polls Redis
done
finished=$(now)
end_top
show_progress
[[ -t 1 ]] && echo

drawn=''
if [[ -n $prometheus ]]; then
  # A dozen looks, the last of them behind the end.
  looks='timestamp(up==1)>'${finished%.*}'%2B1%20and%20count_over_time(up[1m])>=12'
  wait_until_scraped "$looks"
  if CLAIMFERRY_RATE_WINDOW=5s CLAIMFERRY_DRAWN_SECONDS=$((SECONDS - watched_since)) attend deploy/k8s/observability/draw.sh "$prometheus" "$home/boards" \
    >"$home/draw.log" 2>&1; then
    drawn=$'\n'"The dashboards, as we draw them out of $(scraped "$looks") programs' numbers: "
    drawn+="$home/boards/operations.png, payer.png, data.png"
  else
    drawn=$'\n'"The dashboards were not drawn: $(tail -n 1 "$home/draw.log")"
  fi
fi

# The judge reads every claim: in proportion, and a minute beside.
judge_seconds=$((60 + members * eobs / 500))
status=0
echo
summary "$judge_seconds" || status=1
cat <<TEXT
$drawn
The data are in $home/claims.db. Try (paid_e4 and submitted_e4 are whole ten-thousandths of a dollar):
  sqlite3 $home/claims.db "SELECT claim_type, count(*), printf('%d.%04d', sum(paid_e4)/10000, abs(sum(paid_e4)%10000)) AS paid FROM claim_current GROUP BY 1"
  sqlite3 $home/claims.db "SELECT member, count(*) AS claims FROM claim_current GROUP BY 1 ORDER BY 2 DESC LIMIT 5"
  sqlite3 $home/claims.db "SELECT product_code, count(*), printf('%d.%04d', sum(submitted_e4)/10000, abs(sum(submitted_e4)%10000)) AS billed FROM claim_line_current GROUP BY 1 ORDER BY 2 DESC LIMIT 5"
TEXT
if $keep; then
  printf '\nEverything is still running:\n'
  printf '  %s\n' "${addresses[@]}"
  printf 'Ask:  %s --config %s status\nEnd:  kill %s\n' "$bin/claimferry" "$home/claimferry.toml" "${pids[*]}"
fi
((status == 0)) || check_children
if $json; then print_json "$judge_seconds"; fi
done=true
exit "$status"
