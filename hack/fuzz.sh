#!/usr/bin/env bash
# Run each fuzz target of the function in turn, for the time that is given. Go's fuzzing
# takes one target at a time. A find is written into fn/testdata/fuzz, where go test runs it
# from then on.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

time=${1:-1m}

go test ./fn -list '^Fuzz' | grep '^Fuzz' | while read -r target; do
	echo "$target for $time"
	go test ./fn -run='^$' -fuzz="^$target\$" -fuzztime="$time" -fuzzminimizetime=1s -parallel="${FUZZ_PARALLEL:-$(nproc)}"
done
