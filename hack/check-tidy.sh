#!/usr/bin/env bash
# Fails if go mod tidy would change the go.mod or go.sum of any module here.
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
exit "$failed"
