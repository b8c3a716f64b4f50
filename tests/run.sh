#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test. The last lines are ctest's own summary.
#   tests/run.sh         every test once: what runs coroutines under the sanitizers, everything else without
#   tests/run.sh --all   every test without sanitizers, too; tsan, clang-tidy, fuzzing, and the nightly sizes
set -euo pipefail
cd "$(dirname "$0")/.."

all=false
case ${1:-} in
  '') ;;
  --all) all=true ;;
  *) echo "usage: tests/run.sh [--all]" >&2; exit 2 ;;
esac

log=$(mktemp)
browser=
# Never apt killed halfway.
trap '[[ -z $browser ]] || wait "$browser" || true; rm -f "$log" "$log.browser"' EXIT
stage() {
  local name=$1 begin=$SECONDS
  shift
  if "$@" >"$log" 2>&1; then
    echo "stage $name: $((SECONDS - begin)) s"
  else
    tail -n 120 "$log"
    echo "stage $name failed after $((SECONDS - begin)) s" >&2
    exit 1
  fi
}
build() { cmake --preset "$1" && cmake --build --preset "$@"; }
browser_there() {
  [[ -n $browser ]] || return 0
  wait "$browser" || echo "no browser to be had: BrowserWalk skips itself"
  browser=
}
# Straight to the terminal: a run that fails shows which tests.
check() {
  local name=$1 begin=$SECONDS
  browser_there
  # Half of the tests wait for processes, and two that only reckon last for minutes: two more than there are cores.
  ctest --preset "$@" -j "$(($(nproc) + 2))" || { echo "stage test $name failed after $((SECONDS - begin)) s" >&2; exit 1; }
  # The last one ends with ctest's own summary, which has its seconds.
  [[ $name == dev ]] || echo "stage test $name: $((SECONDS - begin)) s"
}
# Whatever a test needs and skipped itself without would be a hole that nobody sees.
tools() {
  local tool missing=()
  for tool in redis-server redis-cli sqlite3 openssl curl setpriv setsid timeout; do
    command -v "$tool" >/dev/null || missing+=("$tool")
  done
  [[ ${#missing[@]} -eq 0 ]] && return 0
  echo "run.sh: not on the PATH: ${missing[*]}; deploy/install-deps.sh brings them"
  return 1
}

stage "packages" deploy/install-deps.sh
# It comes while the build runs.
deploy/install-deps.sh --browser >"$log.browser" 2>&1 & browser=$!
stage "tools" tools
if $all; then
  export CLAIMFERRY_NIGHTLY=1
  # Each source by itself, as clang-tidy reads them.
  cmake --preset dev -DCLAIMFERRY_UNITY=OFF >"$log"
  stage "build dev" build dev
  stage "build asan" build asan
  stage "build tsan" build tsan
  stage "clang-tidy" run-clang-tidy-19 -quiet -p build/dev "$PWD/(common|worker|scheduler|tests)/.*"
  stage "fuzz" tests/fuzz/run.sh --seconds 60
  check tsan
  check asan
  check dev
else
  stage "build dev" build dev --target claimferry_plain
  stage "build asan" build asan
  check asan
  # Programs of the other label were not built here, and ctest would miss them.
  check dev --label-exclude coroutine --exclude-regex '_NOT_BUILT$'
fi
