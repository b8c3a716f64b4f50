#!/usr/bin/env bash
# members.sh [COUNT]: members of the sandbox, handed in with their refresh tokens.
set -euo pipefail
cd "$(dirname "$0")/.."
curl -fsS --noproxy '*' -X POST http://127.0.0.1:8081/v1/members -d "{\"count\":${1:-20},\"seed\":1,\"eobs\":30}" |
  docker compose -f compose.yaml run --rm -T cli member add --payer aetna-sandbox --from -
