#!/usr/bin/env bash
# Fails if go mod tidy would change the go.mod or go.sum of any module here, or if what is
# built of our own code would be built with different patch releases of Go.
set -euo pipefail
cd "$(dirname "$0")/.."

failed=0
while IFS= read -r file; do
  directory=$(dirname "$file")
  if ! (cd "$directory" && go mod tidy -diff); then
    echo "$file is not tidy; run go mod tidy in $directory" >&2
    failed=1
  fi
done < <(git ls-files --cached --others --exclude-standard go.mod '*/go.mod')

toolchain=$(awk '$1 == "toolchain" { print $2 }' go.mod)
for file in hack/image/go.mod hack/plot/go.mod test/e2e/go.mod test/integration/go.mod; do
  if ! grep -qx "toolchain $toolchain" "$file"; then
    echo "$file has another toolchain than go.mod, which has $toolchain" >&2
    failed=1
  fi
done
if ! grep -q " golang:${toolchain#go} AS build$" Dockerfile; then
  echo "the Dockerfile's golang image is not that of go.mod's toolchain, $toolchain" >&2
  failed=1
fi
exit "$failed"
