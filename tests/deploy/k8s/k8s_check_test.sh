#!/usr/bin/env bash
# Every overlay is sound, and deploy/k8s/check finds each mistake of mistakes.py, in the line that stands beside it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)

skip() {
  echo "k8s_check_test: skipped: $1"
  exit 77
}
command -v kubectl >/dev/null || skip "kubectl is not on the PATH (it is not in Debian; kubernetes.io has it)"
command -v python3 >/dev/null || skip "python3 is not on the PATH"
python3 -c 'import tomllib' 2>/dev/null || skip "python3 is older than 3.11"
python3 -c 'import yaml' 2>/dev/null || skip "python3-yaml is not installed"

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
trap 'exit 143' INT TERM
for folder in "$root"/deploy/k8s/overlays/*/; do
  name=$(basename "$folder")
  kubectl kustomize "$folder" >"$home/$name.yaml"
  cp "$folder/outside.txt" "$home/$name.outside"
done
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$root/deploy/k8s/check:$here python3 "$here/k8s_check_test.py" "$home"

# secrets.sh makes what outside.txt names, no more and no less.
[[ -x ${CLAIMFERRY_BIN:-}/claimferry ]] || { echo "skipped: secrets.sh: CLAIMFERRY_BIN has no claimferry"; exit 0; }
command -v openssl >/dev/null || { echo "skipped: secrets.sh: openssl is not on the PATH"; exit 0; }
echo given >"$home/client.secret"
for overlay in kind sandbox; do
  CLAIMFERRY=$CLAIMFERRY_BIN/claimferry "$root/deploy/k8s/secrets.sh" "$overlay" "$home/client.secret" \
    >"$home/secrets" 2>/dev/null
  awk '/^  name: / { name = $2 } /^data:/ { data = 1; next } /^---/ { data = 0 }
    data { sub(":", "", $1); print name, $1; if ($2 == "") print name, $1, "is empty" }' "$home/secrets" |
    sort >"$home/made"
  awk '$1 == "secret" { for (i = 3; i <= NF; ++i) print $2, $i }' "$home/$overlay.outside" | sort >"$home/wanted"
  diff "$home/wanted" "$home/made" || { echo "secrets.sh $overlay makes other secrets than outside.txt names"; exit 1; }
done
echo "secrets.sh makes what kind and sandbox take"
