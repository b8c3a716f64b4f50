#!/usr/bin/env bash
# The Secrets that an overlay's outside.txt names, for trying things: random passwords, keys, an ACL file of Redis,
# certificates of an authority that is forgotten at once. Prints YAML for `kubectl apply -f -`, which is where it should
# go: who stores it stores secrets. Running it again makes other ones, and other vault keys open no token of before.
# usage: deploy/k8s/secrets.sh kind | kubectl apply -f -
#        deploy/k8s/secrets.sh sandbox CLIENT_SECRET_FILE | kubectl apply -f -   (what the payer's portal showed)
# CLAIMFERRY: the command line (default: claimferry on the PATH), for the vault's keys.
set -euo pipefail
umask 077
here=$(cd "$(dirname "$0")" && pwd)

overlay=${1:-} client_secret=${2:-}
case $overlay in
  kind) namespace=claimferry ;;
  sandbox) namespace=claimferry-sandbox ;;
  *)
    echo "usage: secrets.sh kind | secrets.sh sandbox CLIENT_SECRET_FILE; production's come from your store" >&2
    exit 2
    ;;
esac
if [[ $overlay == sandbox && ! -s $client_secret ]]; then
  echo "secrets.sh: name the file that holds the client secret of the payer's portal" >&2
  exit 2
fi

if ! command -v "${CLAIMFERRY:-claimferry}" >/dev/null; then
  echo "secrets.sh: no ${CLAIMFERRY:-claimferry}, which makes the vault's keys; name it:" \
    "CLAIMFERRY=build/release/bin/claimferry" >&2
  exit 2
fi

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
trap 'exit 143' INT TERM
random() { openssl rand -hex 24; }

mkdir "$home"/{claimferry-worker,claimferry-scheduler,claimferry-enroll,claimferry-migrate,claimferry-vault}
mkdir "$home"/{claimferry-payer,redis-acl,redis-admin,postgres}
"${CLAIMFERRY:-claimferry}" keys init "$home/claimferry-vault/vault.keys" >&2
echo "app:$(random)" >"$home/claimferry-enroll/api.keys"

cp "$here/../redis/users.acl" "$home/redis-acl/users.acl"
for user in worker scheduler enroll; do
  random >"$home/claimferry-$user/redis.password"
  hash=$(tr -d '\n' <"$home/claimferry-$user/redis.password" | sha256sum | cut -d' ' -f1)
  sed -i "s/^user claimferry-$user off/user claimferry-$user on #$hash/" "$home/redis-acl/users.acl"
  random >"$home/postgres/$user.password"
  cp "$home/postgres/$user.password" "$home/claimferry-$user/db.password"
done
# For people, who type it in Redis' own pod; no program has it.
random >"$home/redis-admin/redis.password"
hash=$(tr -d '\n' <"$home/redis-admin/redis.password" | sha256sum | cut -d' ' -f1)
printf '\nuser admin on #%s ~* &* +@all\n' "$hash" >>"$home/redis-acl/users.acl"
random >"$home/postgres/owner.password"
cp "$home/postgres/owner.password" "$home/claimferry-migrate/db.password"

# certificate FOLDER HOST: by an authority of its own, whose key is forgotten.
certificate() {
  local ca=$home/.ca
  mkdir -p "$ca" "$1"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj "/CN=claimferry trial" \
    -keyout "$ca/key" -out "$ca/ca.pem" 2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" -keyout "$1/tls.key" -out "$ca/csr" \
    2>/dev/null
  openssl x509 -req -in "$ca/csr" -CA "$ca/ca.pem" -CAkey "$ca/key" -CAcreateserial -days 365 \
    -extfile <(echo "subjectAltName=DNS:$2") -out "$1/tls.crt" 2>/dev/null
}
if [[ $overlay == kind ]]; then
  random >"$home/claimferry-payer/client.secret"
  certificate "$home/sandbox-tls" sandbox
  cp "$home/.ca/ca.pem" "$home/claimferry-payer/ca.pem"
else
  cp "$client_secret" "$home/claimferry-payer/client.secret"
  certificate "$home/claimferry-enroll-tls" enroll.example.com
fi

# As kubectl create secret would, without asking a cluster.
for folder in "$home"/*/; do
  printf -- '---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: %s\n  namespace: %s\ntype: Opaque\ndata:\n' \
    "$(basename "$folder")" "$namespace"
  for file in "$folder"*; do
    printf '  %s: %s\n' "$(basename "$file")" "$(base64 -w0 "$file")"
  done
done
