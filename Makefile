# The targets that people call have a comment on their line; make help lists it.

.DEFAULT_GOAL := help
SHELL := /bin/bash

# Nothing here needs C, and no binary should carry the paths of the machine it was
# built on. With one setting everywhere, the tests, the linter and the function share
# what the Go compiler has cached.
export CGO_ENABLED := 0
export GOFLAGS := -trimpath $(GOFLAGS)

# What make render previews.
XR ?= examples/default/xr.yaml
OBSERVED ?=
POLICY ?=

.PHONY: help
help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: render
render: ## Preview a platform: XR=file [OBSERVED=file or directory] [POLICY=file].
	@hack/build.sh crossplane crossplane-core function-data-platform render
	@bin/render -observed='$(OBSERVED)' -policy='$(POLICY)' '$(XR)'

.PHONY: test
test: tools ## Vet, check generated files and go.mod files, run all tests.
	go vet ./...
	hack/check-generated.sh
	hack/check-tidy.sh
	hack/check-coverage.sh
	cd tools/image && go test ./...
	cd test/integration && go vet ./... && go test ./...
	go test $$(go list ./... | grep -v '/fn\(/\|$$\)')

.PHONY: validate
validate: ## Validate the rendered examples against the XRDs and provider-aws's CRDs.
	@hack/build.sh crossplane crossplane-core function-data-platform validate
	@bin/validate -crds="$$(go list -m -f '{{.Dir}}' github.com/upbound/provider-aws/v2)/package/crds"

.PHONY: lint
lint: ## Run golangci-lint.
	@hack/build.sh golangci-lint
	bin/golangci-lint run
	cd tools/image && ../../bin/golangci-lint run
	cd test/integration && ../../bin/golangci-lint run

.PHONY: generate
generate: ## Write the files that are generated from the API's Go types.
	go generate -tags generate ./...

.PHONY: xpkg
xpkg: ## Build the Function and Configuration packages into _output/.
	@hack/build.sh crossplane image
	hack/xpkg.sh

.PHONY: bench
bench: ## Measure the function's speed beside a function that does nothing.
	go run ./test/bench

.PHONY: diagram
diagram: ## Draw docs/platform.svg from what examples/default renders.
	@hack/build.sh crossplane crossplane-core function-data-platform render
	@set -euo pipefail; svg=$$(bin/render examples/default/xr.yaml | go run ./hack/diagram); printf '%s\n' "$$svg" >docs/platform.svg

.PHONY: examples
examples: tools ## Write the examples' observed state and expected output.
	go run ./hack/observed
	go test ./test/render -update

.PHONY: tools
tools: ## Build what make render and make test need into bin/.
	@hack/build.sh crossplane crossplane-core function-data-platform
