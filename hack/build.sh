#!/usr/bin/env bash
# Builds the named programs into bin/, unless what they are built from has not
# changed. What it does it says on stderr: stdout is for what make prints.
#
#   hack/build.sh crossplane crossplane-core function-data-platform ...
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p bin

# No program needs C. Tests, programs and packages compiled with one setting share
# what the compiler has cached (see the Makefile), and without this machine's paths
# one commit gives one binary wherever it is built.
export CGO_ENABLED=0
export GOFLAGS="-trimpath ${GOFLAGS:-}"

# pinned <tool> <module> prints the version that a tool's go.mod pins.
pinned() {
  awk -v module="$2" '$1 == "require" { sub(/^require /, "") } $1 == module && $2 { print $2; exit }' "tools/$1/go.mod"
}

# core_of <version> prints the folder whose go.mod pins that version of Crossplane.
core_of() {
  local folder
  for folder in core core-oldest; do
    if [[ $(pinned "$folder" github.com/crossplane/crossplane/v2) == "$1" ]]; then
      echo "$folder"
      return
    fi
  done
  echo "Crossplane $1 is not pinned in tools/; these are: $(pinned core github.com/crossplane/crossplane/v2), $(pinned core-oldest github.com/crossplane/crossplane/v2)" >&2
  return 1
}

# fingerprint <sources> <build argument>... prints a hash of all that a program
# is built from and with.
fingerprint() {
  local files
  # shellcheck disable=SC2086 # The sources are a list of paths.
  files=$(find $1 -type f | LC_ALL=C sort)
  {
    go env GOVERSION
    echo "$@"
    echo "$files"
    git hash-object --no-filters --stdin-paths <<<"$files"
  } | git hash-object --stdin
}

# build <program> <directory> <package> <hint> <go build flag>...
build() {
  local program=$1 directory=$2 package=$3 hint=$4
  shift 4
  local log compiler started=$SECONDS tick=10
  log=$(mktemp)
  echo "building bin/$program ($hint)" >&2

  # go writes beside the final name first: another make may be running it.
  local temporary="$PWD/bin/.$program.$$"
  (cd "$directory" && exec go build -v -buildvcs=false -o "$temporary" "$@" "$package") >"$log" 2>&1 &
  compiler=$!
  trap 'kill "$compiler" 2>/dev/null || true; rm -f "$temporary" "$log"' EXIT

  while kill -0 "$compiler" 2>/dev/null; do
    sleep 0.2
    if ((SECONDS - started >= tick)); then
      echo "  bin/$program: $tick s, $(grep -c '^[^ #:]*/[^ :]*$' "$log" || true) packages compiled" >&2
      tick=$((tick + 10))
    fi
  done

  if ! wait "$compiler"; then
    # Without the packages that go compiled and the modules it downloaded.
    grep -vE '^([^ #:]+|go: downloading .*)$' "$log" >&2 || cat "$log" >&2
    echo "cannot build bin/$program" >&2
    exit 1
  fi

  mv "$temporary" "bin/$program"
  rm -f "$log"
  trap - EXIT
  echo "built bin/$program in $((SECONDS - started)) s" >&2
}

# build_if_changed <program> <sources> <build argument>...
build_if_changed() {
  local program=$1 sources=$2 sum
  shift 2
  sum=$(fingerprint "$sources" "$@")
  if [[ -x bin/$program && -f bin/.$program.sum && $(<"bin/.$program.sum") == "$sum" ]]; then
    return
  fi
  build "$program" "$@"
  echo "$sum" >"bin/.$program.sum"
}

# use_installed_cli links bin/crossplane to an official CLI on PATH, if there is one
# of the pinned version.
use_installed_cli() {
  local version=$1 installed
  while IFS= read -r installed; do
    # bin/ may be on PATH itself.
    if [[ $(dirname "$installed") -ef bin ]]; then continue; fi
    if [[ $("$installed" version --client 2>/dev/null) != "Client Version: $version" ]]; then continue; fi
    if [[ $(readlink bin/crossplane) != "$installed" ]]; then
      echo "using the crossplane CLI $version at $installed" >&2
      ln -sf "$installed" bin/crossplane
    fi
    return 0
  done < <(type -aP crossplane)
  return 1
}

for program in "$@"; do
  case $program in
    crossplane)
      version=$(pinned cli github.com/crossplane/cli/v2)
      # What a link points to is not ours, and may have been upgraded.
      if [[ -L bin/crossplane || ! -x bin/crossplane ]]; then
        if use_installed_cli "$version"; then continue; fi
        rm -f bin/crossplane
      fi
      build_if_changed crossplane tools/cli tools/cli \
        github.com/crossplane/cli/v2/cmd/crossplane "the official CLI $version, about 5 minutes from cold on 2 cores" \
        -ldflags "-s -w -X=github.com/crossplane/crossplane-runtime/v2/pkg/version.version=$version"
      ;;
    crossplane-core)
      version=$(pinned core github.com/crossplane/crossplane/v2)
      build_if_changed crossplane-core tools/core tools/core \
        github.com/crossplane/crossplane/v2/cmd/crossplane "Crossplane $version, about 4 minutes from cold on 2 cores" \
        -ldflags "-s -w -X=github.com/crossplane/crossplane-runtime/v2/pkg/version.version=$version"
      ;;
    crossplane-core-v*)
      version=${program#crossplane-core-}
      folder=$(core_of "$version")
      build_if_changed "$program" "tools/$folder" "tools/$folder" \
        github.com/crossplane/crossplane/v2/cmd/crossplane "Crossplane $version, about 4 minutes from cold on 2 cores" \
        -ldflags "-s -w -X=github.com/crossplane/crossplane-runtime/v2/pkg/version.version=$version"
      ;;
    etcd)
      version=$(pinned kubernetes go.etcd.io/etcd/server/v3)
      build_if_changed etcd tools/kubernetes tools/kubernetes \
        go.etcd.io/etcd/server/v3 "$version, about a minute from cold on 2 cores" \
        -ldflags "-s -w"
      ;;
    kube-apiserver | kube-controller-manager)
      version=$(pinned kubernetes k8s.io/kubernetes)
      IFS=. read -r major minor _ <<<"${version#v}"
      build_if_changed "$program" tools/kubernetes tools/kubernetes \
        "k8s.io/kubernetes/cmd/$program" "$version, about 5 minutes for the first of two from cold on 2 cores" \
        -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=$version -X k8s.io/component-base/version.gitMajor=$major -X k8s.io/component-base/version.gitMinor=$minor"
      ;;
    provider-aws-*)
      service=${program#provider-aws-}
      version=$(pinned provider-aws github.com/upbound/provider-aws/v2)
      build_if_changed "$program" tools/provider-aws tools/provider-aws \
        "github.com/upbound/provider-aws/v2/cmd/provider/$service" \
        "$version; the first one about 45 minutes from cold on 2 cores, and 12 GB of memory to link; each further one about a minute" \
        -ldflags "-s -w -X github.com/upbound/provider-aws/v2/internal/version.Version=$version"
      ;;
    golangci-lint)
      version=$(pinned lint github.com/golangci/golangci-lint/v2)
      # With the linter of Kubernetes APIs in it, which has it as a plugin.
      build_if_changed golangci-lint tools/lint tools/lint \
        sigs.k8s.io/kube-api-linter/cmd/golangci-lint-kube-api-linter "$version, about 4 minutes from cold on 2 cores" \
        -ldflags "-s -w"
      ;;
    image)
      build_if_changed image hack/image hack/image . "assembles the runtime image" -ldflags "-s -w"
      ;;
    function-data-platform)
      build_if_changed function-data-platform "fn apis input go.mod go.sum" . \
        ./fn "about 5 minutes from cold on 2 cores" -ldflags "-s -w"
      ;;
    e2e)
      build_if_changed e2e "test/e2e internal fn apis input go.mod go.sum" test/e2e ./cmd/e2e "make e2e-up" -ldflags "-s -w"
      ;;
    render | validate)
      build_if_changed "$program" "hack/$program internal go.mod go.sum" . "./hack/$program" "make $program"
      ;;
    *)
      echo "hack/build.sh: nothing is known of $program" >&2
      exit 1
      ;;
  esac
done
