#!/usr/bin/env bash
# Each fuzz target for some seconds, from the small corpus beside this file; builds what it needs. An input that breaks
# a promise stays in build/fuzz, and its path is printed.
set -euo pipefail

usage() {
  cat <<'USAGE'
usage: tests/fuzz/run.sh [--seconds S] [TARGET...]
  --seconds S   for each target (default 60)
  TARGET        bundle, date, decimal, eob, link, retry_after or token_answer (default: all)
Exit status 0 only when no target found anything.
USAGE
}

all=(bundle date decimal eob link retry_after token_answer)
seconds=60 targets=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --seconds)
      [[ ${2:-} =~ ^[1-9][0-9]{0,5}$ ]] || { usage >&2; echo "run.sh: --seconds takes a whole number" >&2; exit 2; }
      seconds=$2; shift 2 ;;
    -h | --help) usage; exit 0 ;;
    *)
      [[ " ${all[*]} " == *" $1 "* ]] || { usage >&2; echo "run.sh: no such target: $1" >&2; exit 2; }
      targets+=("$1"); shift ;;
  esac
done
[[ ${#targets[@]} -gt 0 ]] || targets=("${all[@]}")

cd "$(dirname "$0")/../.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ cmake --preset fuzz && cmake --build --preset fuzz; } >"$log" 2>&1 ||
  { tail -n 40 "$log" >&2; echo "run.sh: the build failed" >&2; exit 1; }

failed=()
for target in "${targets[@]}"; do
  found=build/fuzz/found/$target
  mkdir -p "$found"
  # The first folder takes what is new; the one of the tree stays as it is.
  if build/fuzz/bin/fuzz_"$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$found/" "$found" "tests/fuzz/corpus/$target" >"$log" 2>&1; then
    echo "$target: $(grep -oE 'number_of_executed_units: *[0-9]+' "$log" | grep -oE '[0-9]+') inputs, nothing found"
  else
    tail -n 30 "$log" >&2
    failed+=("$target")
  fi
done
if [[ ${#failed[@]} -gt 0 ]]; then
  echo "run.sh: found something: ${failed[*]}" >&2
  exit 1
fi
