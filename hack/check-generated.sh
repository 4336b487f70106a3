#!/usr/bin/env bash
# Fails if a generated file differs from what go generate writes. It generates in
# a copy, so that the tree may hold changes and stays as it is.
set -euo pipefail
cd "$(dirname "$0")/.."

copies=$(mktemp -d)
trap 'rm -rf "$copies"' EXIT
mkdir "$copies/checkout" "$copies/generated"

# Tracked and new files, but neither ignored nor removed ones.
git ls-files --cached --others --exclude-standard | while IFS= read -r file; do
  if [[ -e $file ]]; then echo "$file"; fi
done >"$copies/files"
tar -cf - -T "$copies/files" | tar -xf - -C "$copies/checkout"
cp -R "$copies/checkout/." "$copies/generated"

(cd "$copies/generated" && go generate -tags generate ./...)

if ! (cd "$copies" && diff -ru checkout generated); then
  echo "generated files are out of date; run make generate and commit what changes" >&2
  exit 1
fi
