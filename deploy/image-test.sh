#!/usr/bin/env bash
# Builds the images of the Dockerfile and tries them: what is inside, and a fleet of them that syncs 20 members without
# rights, without a writable root and within 128 MiB, is stopped in the middle and comes to a clean ledger all the same.
# No Docker engine and no registry: buildah and podman, on a stand-in for the published base that debootstrap makes of
# Debian's archive. All is private to one folder, servers listen on loopback, and nothing is left behind.
set -euo pipefail
# A trap runs with the redirections of the step that it interrupts: 3 and 4 are where this script itself speaks.
exec 3>&1 4>&2

usage() {
  cat <<'USAGE'
usage: deploy/image-test.sh [--install] [--home DIR]
  --install    first install what is missing of the tools (Debian 12, as root)
  --home DIR   keep base, layers and compiler cache there, for a quick next time (default: a new folder, removed)
Needs root. Exit status 0 only when every check held; CLAIMFERRY_CYCLONEDX_PYTHON may name a Python that has
cyclonedx-python-lib[json-validation], by which the list of what is inside is validated.
USAGE
}

size_bytes_max=120000000
memory=128m body_bytes=32MiB  # what a worker may hold of answers' bodies, of the 256MiB that are its default
members=20 eobs=30 requests_per_second=15
base=docker.io/library/debian:bookworm-slim
image=localhost/claimferry:test sandbox_image=localhost/claimferry-sandbox:test
programs=(claimferry claimferry-enroll claimferry-scheduler claimferry-worker)

install=false home='' keep_home=false reason='' redis_pid='' step='' mounted='' cgroup=''
while [[ $# -gt 0 ]]; do
  case $1 in
    --install) install=true; shift ;;
    --home) home=${2:?--home takes a folder}; keep_home=true; shift 2 ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done

say() { echo "image-test: $*"; }
fail() { reason=$*; exit 1; }
# check WHAT COMMAND...: one line a check, and the first that does not hold ends the run.
check() {
  local what=$1
  shift
  "$@" || fail "does not hold: $what"
  say "ok: $what"
}
equal() { [[ $1 == "$2" ]] || { echo "image-test: '$1' is not '$2'" >&2; return 1; }; }
# until_true SECONDS WHAT COMMAND...
until_true() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    containers_run
    ((SECONDS < deadline)) || fail "$what did not come within its time"
    sleep 0.1  # polls
  done
}

# In a session of its own, so that a signal ends a long step at once.
attend() {
  setsid nice -n 5 "$@" &
  step=$!
  local status=0
  wait "$step" || status=$?
  step=''
  return "$status"
}

running=()
leave() {
  local status=$? name group left
  trap - EXIT
  exec 1>&3 2>&4
  trap '' INT TERM HUP
  ((status == 0)) || [[ -n $reason ]] || reason="ended early, with status $status"
  if [[ -n $step ]]; then
    kill -TERM -- "-$step" 2>/dev/null || true
    wait "$step" 2>/dev/null || true
  fi
  for name in "${running[@]}"; do
    ((status == 0)) || { podman logs --tail 5 "$name" 2>&1 | cut -c1-400 | sed "s/^/image-test: $name: /" >&2; } || true
    podman rm -f -t 5 "$name" >/dev/null 2>&1 || true
  done
  [[ -z $mounted ]] || podman image umount "$mounted" >/dev/null 2>&1 || true
  if [[ -n $redis_pid ]]; then
    kill "$redis_pid" 2>/dev/null || true
    wait "$redis_pid" 2>/dev/null || true
  fi
  if [[ -n $cgroup ]]; then
    # Busy for a moment longer than what ran in them.
    for _ in {1..40}; do
      left=false
      for group in /sys/fs/cgroup"$cgroup" /sys/fs/cgroup/*"$cgroup"; do
        [[ ! -d $group ]] || find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null || true
        [[ ! -d $group ]] || left=true
      done
      $left || break
      sleep 0.1  # polls
    done
  fi
  if [[ -n $home ]]; then
    # What an interrupted build left mounted below our folder, the innermost first.
    awk -v below="$home/" 'index($5, below) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
      while read -r mount; do umount "$mount" 2>/dev/null || umount -l "$mount" || true; done
    rm -rf --one-file-system "$home/run" "$home/fleet"
    $keep_home || rm -rf --one-file-system "$home"
  fi
  ((status == 0)) || echo "image-test: FAILED: $reason" >&2
  exit "$status"
}

tools=(buildah podman runc catatonit debootstrap redis-server redis-cli curl python3 setsid)
missing() {
  local tool
  for tool in "${tools[@]}"; do
    [[ $tool == catatonit && -x /usr/libexec/podman/catatonit ]] || command -v "$tool" >/dev/null || echo "$tool"
  done
}
[[ $(id -u) -eq 0 ]] || { echo "image-test: needs root: it mounts, and runs containers under another uid" >&2; exit 1; }
if $install && [[ -n $(missing) ]]; then
  policy=/usr/sbin/policy-rc.d made=false  # no packaged daemon starts
  trap '! $made || rm -f "$policy"' EXIT
  if [[ ! -e $policy ]]; then
    made=true
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends \
    buildah podman runc catatonit debootstrap redis-server curl python3 >/dev/null
  ! $made || rm -f "$policy"
  trap - EXIT
fi
absent=$(missing | tr '\n' ' ')
[[ -z $absent ]] || { echo "image-test: missing: $absent; --install brings them, or apt-get install …" >&2; exit 1; }

cd "$(dirname "$0")/.."
if $keep_home; then mkdir -p "$home"; else home=$(mktemp -d /var/tmp/claimferry-image-XXXXXX); fi
trap leave EXIT
trap 'reason=interrupted; exit 130' INT
trap 'reason="ended by a signal"; exit 143' TERM HUP
home=$(realpath "$home")
chmod 0711 "$home"
mkdir -p "$home"/{graph,run,tmp,fleet}

cat >"$home/storage.conf" <<CONF
[storage]
driver = "overlay"
graphroot = "$home/graph"
runroot = "$home/run"
CONF
cat >"$home/containers.conf" <<CONF
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
log_driver = "k8s-file"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
static_dir = "$home/graph/libpod"
tmp_dir = "$home/run/libpod"
volume_path = "$home/graph/volumes"
CONF
export CONTAINERS_STORAGE_CONF=$home/storage.conf CONTAINERS_CONF=$home/containers.conf TMPDIR=$home/tmp

if ! podman image exists "$base"; then
  begin=$SECONDS
  attend debootstrap --variant=minbase bookworm "$home/base" >"$home/debootstrap.log" 2>&1 ||
    { tail -n 5 "$home/debootstrap.log" >&2; fail "debootstrap failed"; }
  attend tar -C "$home/base" --exclude='./var/cache/apt/archives/*.deb' -cf "$home/base.tar" .
  attend podman import -q "$home/base.tar" "$base" >/dev/null 2>&1 || fail "the stand-in cannot be imported"
  rm -rf --one-file-system "$home/base" "$home/base.tar"
  say "a stand-in for the base, by debootstrap: $((SECONDS - begin)) s"
fi

version=$(sed -n 's/^project(claimferry VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
build() {
  local begin=$SECONDS
  attend buildah build --pull=never --isolation chroot --network host --layers --build-arg "BASE=$base" \
    --build-arg "VERSION=$version" --build-arg "REVISION=$revision" --target "$1" -t "$2" . \
    >"$home/build-$1.log" 2>&1 || { tail -n 40 "$home/build-$1.log" >&2; fail "target $1 does not build"; }
  say "target $1: $((SECONDS - begin)) s"
}
build runtime "$image"
build sandbox "$sandbox_image"

inspect() { podman image inspect -f "$2" "$1"; }
# contents IMAGE PROGRAM...: what is inside of it, and what is not.
contents() {
  local of=$1 root size found listed
  shift
  size=$(inspect "$of" '{{.Size}}')
  check "$of has $size bytes, below $size_bytes_max" test "$size" -lt "$size_bytes_max"
  check "$of runs as 65532" equal "$(inspect "$of" '{{.Config.User}}')" 65532:65532
  check "$of says its version" equal \
    "$(inspect "$of" '{{index .Config.Labels "org.opencontainers.image.version"}}')" "$version"
  check "$of says its revision" equal \
    "$(inspect "$of" '{{index .Config.Labels "org.opencontainers.image.revision"}}')" "$revision"
  mounted=$of
  root=$(podman image mount "$of")
  found=$(find "$root" -xdev -type f -perm /111 ! -name '*.so*' -printf '%f\n' | sort | tr '\n' ' ')
  check "$of has no program but $*: no shell, compiler or package manager" equal "$found" "$* "
  check "$of has nothing setuid or setgid" equal "$(find "$root" -xdev -perm /6000 -type f)" ''
  check "$of has no file with capabilities" python3 - "$root" <<'PY'
import os, sys
files = [os.path.join(folder, name) for folder, _, names in os.walk(sys.argv[1]) for name in names]
sys.exit(any("security.capability" in os.listxattr(file, follow_symlinks=False) for file in files) or not files)
PY
  check "$of has no lists of apt" test ! -e "$root/var/lib/apt"
  check "$of has a folder for data, of 65532 alone" equal \
    "$(stat -c '%u:%g %a' "$root/var/lib/claimferry")" '65532:65532 700'
  check "$of has certificates" test -s "$root/etc/ssl/certs/ca-certificates.crt"
  deploy/sbom.py show "$of" --engine podman >"$home/$1.cdx.json"
  check "$of prints the list of what is inside" cmp "$home/$1.cdx.json" "$root/usr/share/claimferry/sbom.cdx.json"
  listed=$(python3 - "$root" "$home/$1.cdx.json" <<'PY'
import hashlib, json, os, sys
root, bom = sys.argv[1], json.load(open(sys.argv[2]))
for one in bom["components"]:
    if one["type"] == "application":
        data = open(os.path.join(root, "usr/local/bin", one["name"]), "rb").read()
        assert one["hashes"][0]["content"] == hashlib.sha256(data).hexdigest(), one["name"]
        print(one["name"])
PY
  ) || fail "the list of $of has a program's hash wrong"
  check "$of lists its programs with their hashes" equal "$(tr '\n' ' ' <<<"$listed")" "$* "
  podman image umount "$of" >/dev/null
  mounted=''
  valid "$home/$1.cdx.json"
}
validator=${CLAIMFERRY_CYCLONEDX_PYTHON:-python3}
valid() {
  if ! "$validator" -c 'import cyclonedx.validation.json' 2>/dev/null; then
    say "skipped: the schema of CycloneDX; $validator has no cyclonedx-python-lib[json-validation]"
    return 0
  fi
  check "the list follows the schema of CycloneDX 1.5" "$validator" -c '
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
wrong = JsonStrictValidator(SchemaVersion.V1_5).validate_str(open(sys.argv[1]).read())
sys.exit(str(wrong)[:800] if wrong else 0)' "$1"
}
contents "$image" "${programs[@]}"
contents "$sandbox_image" claimferry-sandbox

# Settings of every container: no rights, nothing writable but the data's folder, and a limit on memory.
etc=$home/fleet/etc data=$home/fleet/data
mkdir -p "$etc" "$data"
cgroup=/${home##*/}-$$
flags=(--network host --read-only --read-only-tmpfs=false --cap-drop=ALL --security-opt no-new-privileges
  --memory "$memory" --memory-swap "$memory" --pids-limit 64 --cgroup-parent "$cgroup" -v "$data:/var/lib/claimferry")
# once IMAGE WORD...: to its end. begin NAME IMAGE WORD...: until it is stopped.
once() { podman run --rm "${flags[@]}" -v "$etc:/etc/claimferry:ro" "$@"; }
begin() {
  local name=$1
  shift
  running+=("$name")
  podman run -d --name "$name" "${flags[@]}" -v "$etc:/etc/claimferry:ro" "$@" >/dev/null
}
containers_run() {
  local name
  for name in "${running[@]}"; do
    [[ $(podman inspect -f '{{.State.Running}}' "$name" 2>/dev/null) == true ]] || fail "$name ended by itself"
  done
}
for program in "${programs[@]}"; do
  check "$program finds its libraries" equal "$(once "$image" "$program" --help | grep -c '^Usage: ')" 1
done

redis() { timeout 5 redis-cli -p "$redis_port" "$@"; }
for _ in 1 2 3 4 5; do
  redis_port=$((20000 + RANDOM % 12000))
  setsid redis-server --bind 127.0.0.1 --port "$redis_port" --dir "$home/fleet" --save '' --appendonly no \
    --maxmemory-policy noeviction >"$home/fleet/redis.log" 2>&1 &
  redis_pid=$!
  for _ in {1..100}; do
    [[ $(redis INFO server 2>/dev/null | tr -d '\r' | sed -n 's/^process_id://p') == "$redis_pid" ]] && break 2
    kill -0 "$redis_pid" 2>/dev/null || break
    sleep 0.05  # polls
  done
  kill "$redis_pid" 2>/dev/null || true
  wait "$redis_pid" 2>/dev/null || true
  redis_pid=''
done
[[ -n $redis_pid ]] || fail "no Redis comes up: $(tail -n 1 "$home/fleet/redis.log")"

(umask 077 && head -c 24 /dev/urandom | base64 >"$etc/client_secret")
chown -R 65532:65532 "$etc" "$data"
chmod 0700 "$data"
begin sandbox "$sandbox_image" --listen 127.0.0.1:0 --control 127.0.0.1:0 --client-id test \
  --client-secret-file /etc/claimferry/client_secret --ready-file /var/lib/claimferry/sandbox.ready
until_true 30 "the sandbox" test -s "$data/sandbox.ready"
field() { sed -n "s|.*\"$2\":\"\\{0,1\\}\\([^\",}]*\\).*|\\1|p" "$1"; }
payer=$(field "$data/sandbox.ready" listen) control=$(field "$data/sandbox.ready" control)
podman run --rm "${flags[@]}" -v "$etc:/etc/claimferry" "$image" claimferry keys init /etc/claimferry/vault.keys \
  >/dev/null
cat >"$etc/claimferry.toml" <<TOML
[redis]
url = "redis://localhost:$redis_port/0"
[sink]
path = "/var/lib/claimferry/claims.db"
[vault]
key_file = "/etc/claimferry/vault.keys"
[worker]
body_bytes_in_flight_max = "$body_bytes"
[payer.aetna-sandbox]
auth_root = "$payer/fhirdemo"
resource_base = "$payer/fhirdemo/v2/patientaccess"
authorize_url = "$payer/fhirdemo/v1/fhirserver_auth/oauth2/authorize"
token_url = "$payer/fhirdemo/v1/fhirserver_auth/oauth2/token"
client_id = "test"
client_secret_file = "/etc/claimferry/client_secret"
[payer.aetna-sandbox.quota]
rate = $requests_per_second
TOML
fetch() { curl -fsS --noproxy '*' --max-time 30 "$@"; }
fetch -X POST "$control/v1/members" -d "{\"count\":$members,\"seed\":1,\"eobs\":$eobs}" >"$data/members"
chown 65532 "$data/members"
chmod 0600 "$data/members"

start() {
  begin "$1" "$image" "claimferry-${1%-*}" --ready-file "/var/lib/claimferry/$1.ready"
  until_true 30 "$1" test -s "$data/$1.ready"
}
start scheduler-1
once "$image" claimferry member add --payer aetna-sandbox --from /var/lib/claimferry/members >/dev/null
rm -f "$data/members"
start worker-1

# confined NAME: what its first process really has, seen from outside.
confined() {
  local name=$1 pid
  pid=$(podman inspect -f '{{.State.Pid}}' "$name")
  status_of() { awk -v key="$1:" '$1 == key { print $NF }' "/proc/$pid/status"; }
  check "$name is process 1, without an init" equal "$(status_of NSpid)" 1
  check "$name runs as uid 65532" equal "$(status_of Uid)" 65532
  check "$name has no capability, nor can get one" equal "$(status_of CapEff)$(status_of CapBnd)" \
    00000000000000000000000000000000
  check "$name gets no new privileges" equal "$(status_of NoNewPrivs)" 1
  check "$name has a read-only root" equal "$(awk '$5 == "/" { print substr($6, 1, 2) }' "/proc/$pid/mountinfo")" ro
}
for name in sandbox scheduler-1 worker-1; do confined "$name"; done
# memory_limit NAME: by the kernel, with cgroups of either version.
memory_limit() {
  local pid line
  pid=$(podman inspect -f '{{.State.Pid}}' "$1")
  line=$(grep -m 1 ':memory:' "/proc/$pid/cgroup") &&
    { cat "/sys/fs/cgroup/memory${line##*:}/memory.limit_in_bytes"; return; }
  line=$(grep -m 1 '^0::' "/proc/$pid/cgroup") && cat "/sys/fs/cgroup${line##*:}/memory.max"
}
check "the limit of memory is in force" equal "$(memory_limit worker-1)" 134217728

# ended NAME: stopped by SIGTERM, with status 0, neither killed nor out of memory.
ended() {
  local name=$1 begin=$SECONDS peak
  peak=$(awk '$1 == "VmHWM:" { print $2 }' "/proc/$(podman inspect -f '{{.State.Pid}}' "$name")/status")
  podman stop -t 30 "$name" >/dev/null
  check "$name ends with 0 in $((SECONDS - begin)) s after SIGTERM; it had $peak kB at most" equal \
    "$(podman inspect -f '{{.State.ExitCode}} {{.State.OOMKilled}}' "$name")" "0 false"
  podman rm "$name" >/dev/null
  local left=() one
  for one in "${running[@]}"; do [[ $one == "$name" ]] || left+=("$one"); done
  running=("${left[@]}")
}
synced() { redis ZCARD 'cf:{0}:lastok'; }
some_synced() { (($(synced) >= 3)); }
all_synced() { (($(synced) >= members)); }
until_true 60 "the first members" some_synced
ended worker-1
at=$(synced)
check "the worker was stopped at its work: $at of $members members were done" test "$at" -lt "$members"
check "it handed every job back" equal "$(redis ZCARD 'cf:{0}:running')" 0
start worker-2
until_true 120 "the last members" all_synced
check "all members are synced" equal "$(synced)" "$members"
verdict=$(once "$sandbox_image" verify --sink sqlite:/var/lib/claimferry/claims.db --control "$control" --json) ||
  fail "the ledger is not clean: $verdict"
say "ok: $members members of $eobs claims each, with $body_bytes for bodies in flight: $verdict"
# A judge that says so of everything would be none: one claim is taken away.
python3 - "$data/claims.db" <<'PY'
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as db:
    assert db.execute("DELETE FROM resource_version WHERE rowid IN (SELECT max(rowid) FROM resource_version"
                      " WHERE resource_type = 'ExplanationOfBenefit')").rowcount == 1
PY
chown -R 65532:65532 "$data"
! once "$sandbox_image" verify --sink sqlite:/var/lib/claimferry/claims.db --control "$control" --json \
  >"$home/fleet/planted.json" 2>&1 || fail "the ledger is clean without a claim"
check "a claim that is taken away is missed" grep -q '"lost":1,' "$home/fleet/planted.json"
for name in worker-2 scheduler-1 sandbox; do ended "$name"; done
say "every check held; the base was a stand-in, not the published one"
