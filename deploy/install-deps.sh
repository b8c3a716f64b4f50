#!/usr/bin/env bash
# Installs what building, testing and the demo need, from Debian's own packages. Quick when nothing is missing.
#   --browser   what one test needs besides, which is skipped without it: 400 MB
set -euo pipefail

packages=(
  # compiler and tools: g++ 12 miscompiles coroutines, so clang 19 from the same archive
  clang-19 lld-19 libclang-rt-19-dev clang-tidy-19 clang-format-19 cmake ninja-build ccache pkg-config git
  # libraries
  libboost1.81-dev libboost-url1.81-dev libboost-json1.81-dev libssl-dev libhiredis-dev libsimdjson-dev
  prometheus-cpp-dev zlib1g-dev libcurl4-openssl-dev libspdlog-dev libfmt-dev libtomlplusplus-dev libcli11-dev
  libsqlite3-dev libdeflate-dev libpq-dev
  # tests and demo
  libgtest-dev libgmock-dev libbenchmark-dev liblua5.1-0-dev redis-server sqlite3 postgresql openssl curl
)

case ${1:-} in
  '') ;;
  --browser) packages+=(chromium chromium-driver) ;;
  *) echo "usage: deploy/install-deps.sh [--browser]" >&2; exit 2 ;;
esac

# CLAIMFERRY_OS_RELEASE: another system's os-release file. For this script's own tests.
. "${CLAIMFERRY_OS_RELEASE:-/etc/os-release}" 2>/dev/null || true
if [[ ${ID:-} != debian || ${VERSION_ID:-} != 12 ]]; then
  echo "install-deps: this script knows Debian 12 alone; here it is '${PRETTY_NAME:-unknown}'." >&2
  echo "Debian 12 calls what is needed: ${packages[*]}" >&2
  echo "Install their counterparts; then build with: cmake --preset release && cmake --build --preset release" >&2
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null || true)
  [[ $state == ii* ]] || missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

as_root=()
if [[ $(id -u) -ne 0 ]]; then
  if ! command -v sudo >/dev/null; then
    echo "install-deps: needs root or sudo to install: ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

# A packaged redis-server must not start: the demo and the tests run private ones.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
fi

echo "install-deps: installing ${#missing[@]} packages: ${missing[*]}"
apt_get() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@"
}
apt_get update >/dev/null
apt_get install -y --no-install-recommends "${missing[@]}" >/dev/null
