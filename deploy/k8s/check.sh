#!/usr/bin/env bash
# Validates every overlay, and says of each part whether it ran. No cluster is asked, none is needed.
#   kustomize         kubectl kustomize builds it
#   references        check/cross_check.py: what no schema sees; with CLAIMFERRY_BIN=FOLDER the programs judge their
#                     configuration themselves
#   schemas, types    npm's kubernetes-models: OpenAPI schemas, and typed literals for misspelt fields
# usage: deploy/k8s/check.sh [OVERLAY...]
# Status 1 when anything is wrong; what was skipped is named, and is no proof.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

skipped() { echo "check: skipped: $1"; }

command -v kubectl >/dev/null || { skipped "everything: kubectl is not on the PATH (kubernetes.io has it)"; exit 0; }
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
trap 'exit 143' INT TERM
export PYTHONDONTWRITEBYTECODE=1

overlays=("$@")
if [[ ${#overlays[@]} -eq 0 ]]; then
  for folder in "$here"/overlays/*/; do
    overlays+=("$(basename "$folder")")
  done
fi

has_yaml=false npm=false
if python3 -c 'import tomllib, yaml' 2>/dev/null; then
  has_yaml=true
else
  skipped "references, schemas and types: python3 (3.11 or later) with python3-yaml is not installed"
fi
if $has_yaml && command -v npm >/dev/null && command -v node >/dev/null; then
  cp "$here/check/package.json" "$home/"
  if (cd "$home" && timeout 300 npm install --no-audit --no-fund --ignore-scripts --silent >npm.log 2>&1); then
    npm=true
  else
    skipped "schemas and types: npm cannot install them: $(tail -n 1 "$home/npm.log")"
  fi
elif $has_yaml; then
  skipped "schemas and types: npm is not on the PATH"
fi

typed() {
  (cd "$home" && npx --no-install tsc --noEmit --strict --skipLibCheck --module nodenext --target es2022 "$1")
}
# A part that finds nothing in a planted mistake proves nothing by its silence.
must_refuse() {
  local what=$1
  shift
  if "$@" >/dev/null 2>&1; then
    echo "check: $what let a planted mistake pass" >&2
    return 1
  fi
}

status=0
for overlay in "${overlays[@]}"; do
  passed='kustomize'
  rendered=$home/$overlay.yaml
  if ! kubectl kustomize "$here/overlays/$overlay" >"$rendered"; then
    status=1
    continue
  fi
  good=true
  if $has_yaml; then
    python3 "$here/check/cross_check.py" "$rendered" "$here/overlays/$overlay/outside.txt" || good=false
    passed+=', references'
  fi
  if $npm; then
    python3 "$here/check/typed.py" "$rendered" "$home"
    (cd "$home" && node schemas.mjs) || good=false
    typed typed.ts || good=false
    sed 's/"terminationGracePeriodSeconds"/"terminationGracePeriodSecond"/' "$home/typed.ts" >"$home/planted.ts"
    must_refuse types typed planted.ts || good=false
    sed 's/"runAsUser": [0-9]*/"runAsUser": "root"/' "$home/schemas.mjs" >"$home/planted.mjs"
    must_refuse schemas node "$home/planted.mjs" || good=false
    passed+=', schemas, types'
  fi
  if $good; then
    echo "check: $overlay is sound by: $passed"
  else
    echo "check: $overlay is not" >&2
    status=1
  fi
done
exit "$status"
