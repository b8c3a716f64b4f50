#!/usr/bin/env bash
# draw.sh URL FOLDER: each board as FOLDER/NAME.png, out of a Prometheus at URL. Our drawing, not Grafana's. Exit
# status 77: no chromium.
set -euo pipefail
[[ $# == 2 ]] || { echo "usage: $0 URL FOLDER" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
browser=$(command -v chromium || command -v chromium-browser || true)
if [[ -z $browser ]]; then
  echo "skipped: pictures: no chromium"
  exit 77
fi
home=$(mktemp -d "${TMPDIR:-/tmp}/claimferry-draw-XXXXXX")
trap 'rm -rf "$home"' EXIT
python3 "$here/check.py" draw "$1" "$home"
mkdir -p "$2"
for page in "$home"/*.html; do
  picture=$2/$(basename "$page" .html).png
  size=$(sed -n 's/.*<!-- \([0-9]*\)x\([0-9]*\) -->.*/\1,\2/p' "$page")
  "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$home/browser" \
    --window-size="$size" --screenshot="$picture" "file://$page" >"$home/browser.log" 2>&1 ||
    tail -n 3 "$home/browser.log"
  [[ -s $picture ]] || { echo "draw: chromium drew nothing" >&2; exit 1; }
done
