#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test. The last lines are ctest's own summary.
#   tests/run.sh         dev: everything; asan: what runs coroutines
#   tests/run.sh --all   also tsan, clang-tidy over the tree, and the nightly sizes
set -euo pipefail
cd "$(dirname "$0")/.."

all=false
case ${1:-} in
  '') ;;
  --all) all=true ;;
  *) echo "usage: tests/run.sh [--all]" >&2; exit 2 ;;
esac

log=$(mktemp)
trap 'rm -f "$log"' EXIT
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
build() { cmake --preset "$1" && cmake --build --preset "$1"; }
# Straight to the terminal: a run that fails shows which tests, and the last one ends with the summary.
check() {
  local begin=$SECONDS
  ctest --preset "$@" || { echo "ctest $1 failed after $((SECONDS - begin)) s" >&2; exit 1; }
}

$all && export CLAIMFERRY_NIGHTLY=1
jobs=$(nproc)
stage "packages" deploy/install-deps.sh
stage "build dev" build dev
stage "build asan" build asan
if $all; then
  stage "build tsan" build tsan
  stage "clang-tidy" run-clang-tidy-19 -quiet -p build/dev "$PWD/(common|worker|scheduler|tests)/.*"
  check tsan -j "$jobs"
fi
check asan -j "$jobs"
check dev -j "$jobs"
