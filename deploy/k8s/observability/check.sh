#!/usr/bin/env bash
# Holds dashboards and alerts to their rules, and to a live Prometheus that scrapes a scheduler and workers at work;
# draws each board to a PNG. What needs a tool that is absent is skipped by name.
set -euo pipefail

usage() {
  cat <<'USAGE'
usage: deploy/k8s/observability/check.sh [--install] [--draw FOLDER] [--seconds N]
  --install      Debian's packages prometheus and python3-yaml first
  --draw FOLDER  where the pictures go (default: not drawn); wants chromium
  --seconds N    how long the fleet works before it is looked at (default 45)
CLAIMFERRY_BIN: a folder of programs that are built; else the demo builds them.
USAGE
}
install=false folder='' seconds=45
while [[ $# -gt 0 ]]; do
  case $1 in
    --install) install=true; shift ;;
    --draw) folder=$(realpath "${2:?--draw takes a folder}"); shift 2 ;;
    --seconds) seconds=${2:?--seconds takes a number}; shift 2 ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
home=$(mktemp -d "${TMPDIR:-/tmp}/claimferry-observability-XXXXXX")
fleet='' prometheus='' load=''
leave() {
  local pid deadline=$((SECONDS + 15))
  trap - EXIT
  for pid in $load $prometheus $fleet; do
    kill "$pid" 2>/dev/null || true
  done
  for pid in $load $prometheus $fleet; do
    while kill -0 "$pid" 2>/dev/null && ((SECONDS < deadline)); do
      sleep 0.1 # polls for an end
    done
    kill -KILL "$pid" 2>/dev/null || true
  done
  rm -rf "$home" ${data:+"$data"}
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
fail() {
  echo "check: $*" >&2
  exit 1
}
skipped() { echo "skipped: $*"; }

if $install; then
  sudo=$([[ $(id -u) == 0 ]] || echo sudo)
  # Installed to be run by hand: no service begins.
  [[ -e /usr/sbin/policy-rc.d ]] ||
    printf '#!/bin/sh\nexit 101\n' | $sudo install -m 755 /dev/stdin /usr/sbin/policy-rc.d
  $sudo apt-get -o DPkg::Lock::Timeout=300 -qq install -y --no-install-recommends prometheus python3-yaml >/dev/null
fi

python3 "$here/boards.py" --check
python3 "$here/check.py" lint
echo "dashboards: as boards.py makes them, and by the rules; programs have each name that is asked for"
status=0
python3 "$root/tests/deploy/observability/alerts_test.py" || status=$?
((status == 0 || status == 77)) || exit "$status"
python3 "$root/tests/deploy/observability/runbook_test.py" || { status=$?; ((status == 77)) || exit "$status"; }
if ! command -v prometheus >/dev/null; then
  skipped "the live part: no prometheus (--install)"
  exit 0
fi

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
until_true() {
  local what=$1 deadline=$((SECONDS + 60))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || fail "$what did not come up within 60 s"
    sleep 0.2 # polls
  done
}

echo "a fleet at work …"
"$root/deploy/demo.sh" --members 40 --eobs 40 --limit 60 --keep >"$home/demo" 2>&1 ||
  { tail -n 5 "$home/demo"; exit 1; }
fleet=$(sed -n 's/^End:  kill //p' "$home/demo")
config=$(sed -n 's/^Ask:  .* --config \([^ ]*\) status$/\1/p' "$home/demo")
cli=$(sed -n 's/^Ask:  \([^ ]*\) --config .*/\1/p' "$home/demo")
data=$(dirname "$config")
targets_of() { sed -n "s/^  $1=http:\/\/\(.*\)\$/\"\1\"/p" "$home/demo" | paste -sd,; }
schedulers=$(targets_of scheduler) workers=$(targets_of 'worker-[0-9]*')
[[ -n $fleet && -n $schedulers && -n $workers ]] || fail "the demo did not say what runs: $(tail -n 3 "$home/demo")"

cat >"$home/prometheus.yml" <<YAML
global: {scrape_interval: 2s, evaluation_interval: 5s}
rule_files: [$home/rules.yml]
scrape_configs: # with the labels that the PodMonitor gives
  - job_name: claimferry
    static_configs:
      - {targets: [$schedulers], labels: {component: scheduler}}
      - {targets: [$workers], labels: {component: worker}}
YAML
python3 "$here/check.py" rules "$home/rules.yml"
port=$(free_port)
prometheus --config.file="$home/prometheus.yml" --storage.tsdb.path="$home/tsdb" \
  --web.listen-address="127.0.0.1:$port" >"$home/prometheus.log" 2>&1 &
prometheus=$!
url=http://127.0.0.1:$port
until_true Prometheus curl -sf --noproxy '*' "$url/-/ready"

# Work that goes on: everybody is pulled again and again, with trouble in between.
control=$(sed -n 's/^  control=//p' "$home/demo")
(
  "$cli" --config "$config" member list >"$home/members"
  curl -sf --noproxy '*' -X PATCH "$control/v1/faults" -d '{"status_5xx":0.02,"expire_access_tokens":0.3}' >/dev/null
  while true; do
    "$cli" --config "$config" backfill many --from "$home/members" >/dev/null 2>&1 || true
    "$cli" --config "$config" backfill many --from "$home/members" --since 2024-01-01 >/dev/null 2>&1 || true
    sleep 2 # polls: what waits already is not added twice
  done
) &
load=$!
sleep "$seconds" # polls by the clock: what is drawn gathers meanwhile

python3 "$here/check.py" live "$url" 60 || fail "the lines above have no data"
echo "every panel has data, every rule's expression runs, every name and value that is asked for was scraped"

if [[ -z $folder ]]; then
  exit 0
fi
status=0
"$here/draw.sh" "$url" "$folder" || status=$?
((status == 0)) || exit $((status == 77 ? 0 : status))
echo "drawn: $folder"
