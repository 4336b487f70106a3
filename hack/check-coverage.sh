#!/usr/bin/env bash
# Runs the function's unit tests, and fails if they leave a statement uncovered.
set -euo pipefail
cd "$(dirname "$0")/.."

profile=$(mktemp)
trap 'rm -f "$profile"' EXIT
go test -coverpkg=./fn/... -coverprofile="$profile" ./fn/...
go run ./hack/coverage "$profile"
