#!/usr/bin/env bash
# The real programs through minutes of trouble that a seed chooses; builds what it needs. tests/chaos/README.md.
set -euo pipefail

usage() {
  cat <<'USAGE'
usage: tests/chaos/run.sh [--minutes M] [--seed S] [--preset NAME] [--json]
  --minutes M    of trouble, 0.05 to 1440 (default 1); a minute or two more until all is calm again
  --seed S       chooses the moments and the victims (default 1)
  --preset NAME  of the build: dev, release, asan or tsan (default dev)
  --json         the outcome as one JSON object, as the last line; all else goes to standard error
Exit status 0 only when the verdict is clean. On failure logs and data stay, and the table says where.
USAGE
}

misused() {
  usage >&2
  echo "run.sh: $*" >&2
  exit 2
}

preset=dev words=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --minutes)
      [[ ${2:-} =~ ^[0-9]{1,4}(\.[0-9]{1,3})?$ ]] || misused "--minutes takes a number, such as --minutes 10"
      words+=("$1" "$2"); shift 2 ;;
    --seed)
      [[ ${2:-} =~ ^[0-9]{1,18}$ ]] || misused "--seed takes a whole number, such as --seed 7"
      words+=("$1" "$2"); shift 2 ;;
    --preset)
      [[ ${2:-} =~ ^(dev|release|asan|tsan)$ ]] || misused "--preset takes dev, release, asan or tsan"
      preset=$2; shift 2 ;;
    --json) words+=("$1"); shift ;;
    -h | --help) usage; exit 0 ;;
    *) misused "no such option: $1; write --minutes M, --seed S, --preset NAME or --json" ;;
  esac
done

cd "$(dirname "$0")/../.."
# CLAIMFERRY_BIN: a folder of programs that are built already. For this script's own tests.
if [[ -z ${CLAIMFERRY_BIN:-} ]]; then
  export CLAIMFERRY_BIN=$PWD/build/$preset/bin
  deploy/install-deps.sh >&2
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  echo "chaos: building" >&2
  { cmake --preset "$preset" && cmake --build --preset "$preset" --target claimferry-chaos; } >"$log" 2>&1 ||
    { tail -n 40 "$log" >&2; echo "chaos: the build failed" >&2; exit 1; }
  rm -f "$log"
fi
exec "$CLAIMFERRY_BIN/claimferry-chaos" "${words[@]}"
