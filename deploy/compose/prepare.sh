#!/usr/bin/env bash
# Makes what deploy/compose.yaml mounts: keys, secrets, the sandbox's certificate. What is there is kept.
set -euo pipefail
cd "$(dirname "$0")"
umask 077
mkdir -p own data
cp claimferry.toml own/
[[ -e own/client.secret ]] || openssl rand -base64 24 >own/client.secret
[[ -e own/vault.keys ]] || printf '*k1:%s\n' "$(openssl rand -base64 32)" >own/vault.keys
[[ -e own/sandbox.crt ]] || openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=sandbox \
  -addext subjectAltName=DNS:sandbox -keyout own/sandbox.key -out own/sandbox.crt 2>/dev/null
printf 'CLAIMFERRY_USER=%s:%s\n' "$(id -u)" "$(id -g)" >../.env
echo "made: $PWD/own, and ../.env, by which the containers run as you"
