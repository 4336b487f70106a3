#!/usr/bin/env bash
# Builds the packages into _output/ with the official CLI: the Function's with its
# runtime image embedded, for each architecture, and the Configuration's.
#
#   ARCHES=amd64 hack/xpkg.sh
#
# builds the Function's for one architecture, and tests no packages.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p _output

# Of each example only the file that a developer would write.
examples=(--examples-root=examples '--ignore=*/observed/*/*,*/expected/*,*/policy.yaml')

for arch in ${ARCHES:-amd64 arm64}; do
  echo "building the function for linux/$arch (about 5 minutes from cold on 2 cores)" >&2
  # One commit gives one binary wherever it is built: no paths, no state of the
  # checkout.
  CGO_ENABLED=0 GOFLAGS=-trimpath GOOS=linux GOARCH=$arch go build \
    -buildvcs=false -ldflags "-s -w" -o "_output/function-linux-$arch" ./fn
  bin/image -binary="_output/function-linux-$arch" -arch="$arch" -output="_output/image-linux-$arch.tar"
  bin/crossplane xpkg build \
    --package-root=package \
    "${examples[@]}" \
    --embed-runtime-image-tarball="_output/image-linux-$arch.tar" \
    --package-file="_output/function-data-platform-linux-$arch.xpkg"
done

bin/crossplane xpkg build \
  --package-root=apis \
  "${examples[@]}" \
  --package-file=_output/configuration-data-platform.xpkg

if [[ -z ${ARCHES:-} ]]; then
  go test -tags=xpkg ./test/xpkg
fi
ls -l _output/*.xpkg >&2
