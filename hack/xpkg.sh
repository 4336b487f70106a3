#!/usr/bin/env bash
# Builds the packages into _output/ with the official CLI: the Function's with its
# runtime image embedded, for each architecture, and the Configuration's.
#
#   ARCHES=amd64 hack/xpkg.sh
#
# builds the Function's for one architecture, and tests no packages. With VERSION=v1.2.3
# the function's metrics have that version.
set -euo pipefail
cd "$(dirname "$0")/.."

# Moved into place when all of it is there: another run may be reading.
mkdir -p _output
new=$(mktemp -d _output/.xpkg-XXXXXX)
trap 'rm -rf "$new"' EXIT

# Of each example only the file that a developer would write.
examples=(--examples-root=examples '--ignore=*/observed/*/*,*/expected/*,*/policy.yaml')

for arch in ${ARCHES:-amd64 arm64}; do
  echo "building the function for linux/$arch (about 5 minutes from cold on 2 cores)" >&2
  # What did not change is not linked again.
  [[ -f _output/function-linux-$arch ]] && cp "_output/function-linux-$arch" "$new/"
  # One commit gives one binary wherever it is built: no paths, no state of the
  # checkout.
  CGO_ENABLED=0 GOFLAGS=-trimpath GOOS=linux GOARCH=$arch go build \
    -buildvcs=false -ldflags "-s -w${VERSION:+ -X github.com/crossplane-contrib/function-data-platform/fn/server.Version=$VERSION}" -o "$new/function-linux-$arch" ./fn
  bin/image -binary="$new/function-linux-$arch" -arch="$arch" -output="$new/image-linux-$arch.tar"
  bin/crossplane xpkg build \
    --package-root=package \
    "${examples[@]}" \
    --embed-runtime-image-tarball="$new/image-linux-$arch.tar" \
    --package-file="$new/function-data-platform-linux-$arch.xpkg"
done

bin/crossplane xpkg build \
  --package-root=apis \
  "${examples[@]}" \
  --package-file="$new/configuration-data-platform.xpkg"

mv -f "$new"/* _output/

if [[ -z ${ARCHES:-} ]]; then
  go test -tags=xpkg ./test/xpkg
fi
ls -l _output/*.xpkg >&2
