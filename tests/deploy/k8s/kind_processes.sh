#!/usr/bin/env bash
# What the overlay kind gives its pods, run as plain processes: its configuration word for word, arguments, environment,
# the Secrets of secrets.sh, Redis with its arguments and users, PostgreSQL with those of users.sh. Members of the
# sandbox must come through, and the sandbox judges. A namespace of mounts and network of its own holds all of it, so
# that hosts, paths and ports are those of the pods and nothing outside is touched. No image and no cluster is tried.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
bin=${CLAIMFERRY_BIN:-$root/build/dev/bin}

skip() {
  echo "kind_processes: skipped: $1"
  exit 77
}
if [[ -z ${KIND_PROCESSES_INSIDE:-} ]]; then
  for tool in kubectl python3 redis-server psql openssl curl ip unshare setpriv; do
    command -v "$tool" >/dev/null || skip "$tool is not on the PATH"
  done
  python3 -c 'import yaml' 2>/dev/null || skip "python3-yaml is not installed"
  for program in claimferry{,-worker,-scheduler,-enroll,-sandbox}; do
    [[ -x $bin/$program ]] || skip "$bin/$program is not built"
  done
  unshare --mount --net true 2>/dev/null || skip "a namespace of its own wants root"
  # One process ends all: --kill-child takes what is left with it.
  KIND_PROCESSES_INSIDE=1 exec unshare --mount --net --pid --fork --kill-child --mount-proc "$0"
fi

home=$(mktemp -d)
chmod 755 "$home" # PostgreSQL's user passes through
pids=()
# shellcheck disable=SC2317  # called by the trap
leave() {
  local status=$?
  trap - EXIT
  ((status == 0)) || tail -n 3 "$home"/*.log >&2
  ((${#pids[@]} == 0)) || kill -TERM "${pids[@]}" 2>/dev/null || true
  wait
  umount "$home" 2>/dev/null || true
  rm -rf "$home"
  exit "$status"
}
trap leave EXIT
trap 'exit 143' INT TERM

start() {
  local log=$home/$1.log
  shift
  last='exec' "$@" >"$log" 2>&1 &
  pids+=($!)
}
# until_true WHAT COMMAND...: within 30 s, or the end.
until_true() {
  local what=$1 deadline=$((SECONDS + 30))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || { echo "kind_processes: $what did not come within 30 s" >&2; exit 1; }
    sleep 0.1 # polls
  done
}

# The pods' world: hosts by name, folders by path.
ip link set lo up
mount -t tmpfs -o mode=755 tmpfs "$home"
printf '127.0.0.1 localhost sandbox redis postgres\n' >"$home/hosts"
CLAIMFERRY=$bin/claimferry "$root/deploy/k8s/secrets.sh" kind >"$home/secrets.yaml" 2>/dev/null
kubectl kustomize "$root/deploy/k8s/overlays/kind" >"$home/kind.yaml"
python3 "$here/lay_out_pods.py" "$home/kind.yaml" "$home/secrets.yaml" "$home/pods" "$bin"
mount -t tmpfs tmpfs /run
mkdir -p "$home/etc/upper" "$home/etc/work"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$home/etc/upper,workdir=$home/etc/work" /etc
mount -t tmpfs tmpfs /var/lib
mkdir -p /var/lib/claimferry/audit "$home/redis" "$home/postgres"
cp "$home/hosts" /etc/hosts

# in_pod NAME COMMAND...: with the pod's mounts and environment; `pod` is the command that the pod runs. Begun by
# `start` it becomes that command, so that signals reach it.
in_pod() {
  local folder=$home/pods/$1
  shift
  if [[ $1 == pod ]]; then
    local -a command
    mapfile -t command <"$folder/command"
    set -- "${command[@]}" "${@:2}"
  fi
  # shellcheck disable=SC2016  # read inside
  ${last:-} unshare --mount bash -euc '
    folder=$1; shift
    if [[ -d $folder/mounts ]]; then
      while IFS= read -r path; do
        mkdir -p "$path"
        mount --bind "$folder/mounts$path" "$path"
      done < <(cd "$folder/mounts" && find . -type f -printf "%h\n" | sort -u | cut -c 2-)
    fi
    set -a
    . "$folder/environment"
    [[ -z ${ADMIN:-} ]] || CLAIMFERRY_TELEMETRY__ADMIN_LISTEN=127.0.0.1:$ADMIN
    exec "$@"' in-pod "$folder" "$@"
}

sed -i "s|^/data\$|$home/redis|" "$home/pods/redis/command"
start redis in_pod redis pod
# What the README has people type in Redis' pod. It says OK alone to who may.
# shellcheck disable=SC2016  # the pod's own shell reads it
as_admin='REDISCLI_AUTH=$(cat /etc/redis/admin/redis.password) exec redis-cli --user admin "$@"'
admin_may() { [[ $(in_pod redis sh -c "$as_admin" admin "$@" 2>/dev/null) == OK ]]; }
until_true "Redis, with its admin," admin_may CONFIG SET maxmemory-policy noeviction
admin_may ACL LOAD || { echo "kind_processes: admin may not ACL LOAD" >&2; exit 1; }
passwords=$home/pods/postgres/mounts/run/postgres/passwords
server=$(find /usr/lib/postgresql -name postgres -type f | sort -V | tail -n 1)
as_postgres=(setpriv --reuid postgres --regid postgres --clear-groups)
chown postgres "$home/postgres"
install -o postgres -m 600 "$passwords/owner.password" "$home/owner.password"
"${as_postgres[@]}" "${server%postgres}initdb" -D "$home/postgres" -U owner -A scram-sha-256 --encoding=UTF8 \
  --pwfile "$home/owner.password" >"$home/initdb.log"
start postgres "${as_postgres[@]}" "$server" -D "$home/postgres" -k "$home/postgres"
PGPASSWORD=$(<"$home/owner.password")
export PGPASSWORD PGHOST=127.0.0.1
until_true PostgreSQL psql -U owner -d postgres -c 'SELECT 1'
psql -q -U owner -d postgres -c 'CREATE DATABASE claims'
POSTGRES_USER=owner POSTGRES_DB=claims CLAIMFERRY_PASSWORDS=$passwords \
  bash "$root/deploy/k8s/components/postgres/users.sh" >"$home/users.log"
unset PGPASSWORD PGHOST

in_pod claimferry-migrate-migrate pod >"$home/migrate.log" 2>&1
in_pod claimferry-migrate-functions pod >"$home/functions.log" 2>&1
grep -q '^version .* of the functions is loaded$' "$home/functions.log"
start sandbox in_pod sandbox pod
declare -A admin=([scheduler]=9464 [worker]=9465 [enroll]=9466)
for service in "${!admin[@]}"; do
  ADMIN=${admin[$service]} start "$service" in_pod "claimferry-$service" pod
done
for service in "${!admin[@]}"; do
  for path in startupz livez readyz; do
    until_true "/$path of $service" curl -sf "http://127.0.0.1:${admin[$service]}/$path"
  done
done
control=http://127.0.0.1:8081
until_true "the sandbox" curl -sf "$control/healthz"
curl -sS --fail -X POST "$control/v1/members" -d '{"count":5,"seed":1,"eobs":30}' >"$home/members"
in_pod claimferry-worker "$bin/claimferry" member add --payer aetna-sandbox --from - <"$home/members"
synced() { in_pod claimferry-scheduler "$bin/claimferry" status | grep -qxE 'synced in a day +5'; }
until_true "five members" synced

key=$(cut -d: -f2 "$home/pods/claimferry-enroll/mounts/run/claimferry/own/api.keys")
printf 'header = "Authorization: Bearer %s"\n' "$key" >"$home/header"
curl -sS --fail -K "$home/header" -X POST http://127.0.0.1:8080/v1/enrolments -o "$home/enrolment" \
  -d '{"member":"M1","payer":"aetna-sandbox","return_to":"http://localhost:3000/"}'
grep -q '"authorize_url":"https://sandbox:8443/' "$home/enrolment"
in_pod claimferry-scheduler "$bin/claimferry" audit verify
umask 077
echo "127.0.0.1:5432:claims:owner:$(<"$home/owner.password")" >"$home/pgpass"
PGPASSFILE=$home/pgpass "$bin/claimferry-sandbox" verify --control "$control" \
  --sink postgres:postgresql://owner@127.0.0.1/claims
kill -TERM "${pids[@]: -3}"
for pid in "${pids[@]: -3}"; do
  wait "$pid" || { echo "kind_processes: a service ended with status $? on SIGTERM" >&2; exit 1; }
done
echo "what kind gives its pods carries five members"
