#!/usr/bin/env bash
# Builds the packages of the release before this commit into _output/previous/_output:
# of the newest tag before it, or of its parent as long as there is none. A clone
# without history has neither; then there are no packages, and this says so.
set -euo pipefail
cd "$(dirname "$0")/.."

release=$(git describe --tags --abbrev=0 --match 'v*' HEAD^ 2>/dev/null || git rev-parse --short --verify --quiet HEAD^ || true)
if [[ -z $release ]]; then
  echo "there is no release before this one: the clone has no history" >&2
  rm -rf _output/previous
  exit
fi

commit=$(git rev-parse --verify "$release^{commit}")
if [[ -f _output/previous/commit && $(<_output/previous/commit) == "$commit" ]]; then
  echo "$release" >_output/previous/release
  exit
fi

echo "building the packages of the previous release, $release" >&2
# Moved into place when all of it is there: another run may be building the same.
mkdir -p _output
new=$(mktemp -d _output/.previous-XXXXXX)
trap 'rm -rf "$new"' EXIT
git archive "$commit" | tar -x -C "$new"

# It may use the CLI that is built here. Its files are not those of this checkout, which git
# would take for theirs.
GIT_CEILING_DIRECTORIES="$PWD/_output" PATH="$PWD/bin:$PATH" ARCHES=${ARCHES:-$(go env GOARCH)} make --no-print-directory -C "$new" xpkg >&2
echo "$commit" >"$new/commit"
echo "$release" >"$new/release"
rm -rf _output/previous
mv "$new" _output/previous
