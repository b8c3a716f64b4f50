#!/usr/bin/env bash
# Lays out the root of an image: programs without their symbols, the libraries that they load and nothing else, the
# certificates of Debian's store, and the list of it all. Runs while the image is built, in its last stage but one.
#   deploy/image-root.sh --version V --revision R --name NAME --root DIR PROGRAM...
# What is opened by name at run time, ldd does not see: none of the programs does so but through the C library, whose
# resolver of hosts (files, dns) is part of it.
set -euo pipefail
cd "$(dirname "$0")/.."

version='' revision='' name='' root=''
while [[ ${1:-} == --* ]]; do
  case $1 in
    --version) version=$2 ;;
    --revision) revision=$2 ;;
    --name) name=$2 ;;
    --root) root=$2 ;;
    *) echo "image-root: no such option: $1" >&2; exit 2 ;;
  esac
  shift 2
done
[[ -n $version && -n $revision && -n $name && -n $root && $# -gt 0 ]] ||
  { echo "usage: deploy/image-root.sh --version V --revision R --name NAME --root DIR PROGRAM..." >&2; exit 2; }
said=$(build/release/bin/claimferry-worker --version)
[[ $said == "claimferry-worker $version" ]] ||
  { echo "image-root: the build argument VERSION is $version, the program says: $said" >&2; exit 1; }

umask 022
mkdir -p "$root"/{etc,tmp,usr/lib64,usr/local/bin,usr/share/claimferry,var/lib/dpkg/status.d} "$root/usr/lib/ssl"
# Where a sink on SQLite or NDJSON and the audit may stand; the program's alone. Apart, for it is copied with an owner.
install -d -m 0700 "$root.owned/claimferry"
ln -s usr/lib "$root/lib"
ln -s usr/lib64 "$root/lib64"
chmod 1777 "$root/tmp"
echo 'nonroot:x:65532:65532:claimferry:/var/lib/claimferry:/usr/sbin/nologin' >"$root/etc/passwd"
echo 'nonroot:x:65532:' >"$root/etc/group"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"

for program in "$@"; do
  strip -o "$root/usr/local/bin/$program" "build/release/bin/$program"
done
# The package of a file. Its folder may have moved below /usr since the package named it.
package_of() {
  local found
  found=$(dpkg-query -S "$1" 2>/dev/null || dpkg-query -S "/usr$1" 2>/dev/null || dpkg-query -S "${1#/usr}") ||
    { echo "image-root: no package has $1" >&2; return 1; }
  found=${found%%,*}
  echo "${found%%: *}"
}

packages=()
# Each under the name by which it is asked for.
while read -r library; do
  folder=$(realpath "$(dirname "$library")")
  mkdir -p "$root$folder"
  cp -L "$library" "$root$folder/"
  packages+=("$(package_of "$(realpath "$library")")")
done < <(for program in "$@"; do ldd "$root/usr/local/bin/$program"; done |
  awk '/not found/ { print "/missing/" $1 } $2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// { print $1 }' | sort -u)

# As Debian has them, so that a store that is mounted over /etc/ssl/certs is found, too.
mkdir -p "$root/etc/ssl" "$root/usr/share/ca-certificates"
cp -a /etc/ssl/certs "$root/etc/ssl/"
cp -a /usr/share/ca-certificates/. "$root/usr/share/ca-certificates/"
ln -s /etc/ssl/certs "$root/usr/lib/ssl/certs"
packages+=(ca-certificates)

# What dpkg knows of each, where scanners of images without dpkg look for it; and its copyright.
while read -r package; do
  plain=${package%%:*}
  dpkg-query -s "$package" >"$root/var/lib/dpkg/status.d/$plain"
  mkdir -p "$root/usr/share/doc/$plain"
  cp -L "/usr/share/doc/$plain/copyright" "$root/usr/share/doc/$plain/copyright"
done < <(printf '%s\n' "${packages[@]}" | sort -u)
cp LICENSE "$root/usr/share/claimferry/"
cp /etc/os-release "$root/etc/os-release"

# Packages whose headers are compiled in: nothing at run time tells of them.
grep -o '/usr/include/.*\|/usr/lib/.*/include/.*' build/release/headers | sort -u | while read -r header; do
  [[ ! -e $header ]] || realpath "$header"
done | sort -u | xargs -r dpkg-query -S 2>/dev/null | grep -v '^diversion' | sed 's/: .*//; s/, /\n/g' |
  sort -u >"$root.compiled" || true
[[ -s $root.compiled ]] || { echo "image-root: no package of the headers is known" >&2; exit 1; }
xargs dpkg-query -s <"$root.compiled" >"$root.compiled.status"

deploy/sbom.py make --root "$root" --name "$name" --version "$version" --revision "$revision" \
  --compiled "$root.compiled.status" --output "$root/usr/share/claimferry/sbom.cdx.json"
du -sk "$root" | awk '{ printf "image-root: %d kB\n", $1 }'
