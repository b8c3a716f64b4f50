#!/usr/bin/env bash
# Measures, in one run, what the README's figures say: a page's parsing beside simdjson's own walk, the queue beside its
# own Redis, the sinks beside bare inserts, and the pipeline beside the bare HTTP client. Prints JSON lines; progress
# goes to standard error.
#   tests/bench/run.sh [--members N] [--eobs N]    for the pipeline; 400 and 60
set -euo pipefail
cd "$(dirname "$0")/../.."

deploy/install-deps.sh >&2
targets=(claimferry-bench-parse claimferry-bench-pipeline claimferry-bench-queue claimferry-bench-sinks)
{ cmake --preset release && cmake --build --preset release --target "${targets[@]}"; } >&2
export CLAIMFERRY_BIN=$PWD/build/release/bin

# Google Benchmark's JSON, one line a benchmark: name, nanoseconds of CPU, bytes a second; then each page's ratios.
"$CLAIMFERRY_BIN/claimferry-bench-parse" --benchmark_format=json --benchmark_min_time=1 2>/dev/null |
  awk -F'[:,]' '
    function text(s) { gsub(/[" ]/, "", s); return s }
    /"name":/ { name = text($2) }
    /"cpu_time":/ { cpu = text($2) + 0 }
    /"bytes_per_second":/ {
      split(name, part, "/")
      time[part[1], part[2]] = cpu
      pages[part[2]] = 1
      printf "{\"bench\":\"%s\",\"page\":\"%s\",\"cpu_ns\":%d,\"megabytes_per_second\":%d}\n", part[1], part[2], cpu, text($2) / 1e6
    }
    END {
      for (page in pages)
        printf "{\"bench\":\"parse_to_walk\",\"page\":\"%s\",\"ratio\":%.2f,\"ratio_without_hashes\":%.2f}\n", page,
          time["parse", page] / time["walk", page], (time["parse", page] - time["hashes", page]) / time["walk", page]
    }'

"$CLAIMFERRY_BIN/claimferry-bench-queue"
"$CLAIMFERRY_BIN/claimferry-bench-sinks" --members 16 --pages 4
exec "$CLAIMFERRY_BIN/claimferry-bench-pipeline" "$@"
