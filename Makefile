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
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: render
render: ## Preview a platform: XR=file [OBSERVED=file or directory] [POLICY=file].
	@hack/build.sh crossplane crossplane-core function-data-platform render
	@bin/render -observed='$(OBSERVED)' -policy='$(POLICY)' '$(XR)'

.PHONY: test
test: tools ## Vet, check generated files and go.mod files, run the tests that need no cluster.
	go vet ./...
	hack/check-generated.sh
	hack/check-tidy.sh
	hack/check-coverage.sh
	cd hack/image && go test ./...
	cd hack/plot && go vet ./... && go test ./...
	cd examples/app && go vet ./...
	cd test/integration && go vet ./... && go test ./...
	cd test/e2e && go vet ./... && go test $$(go list ./... | grep -v '/test/e2e$$')
	go test $$(go list ./... | grep -v '/fn\(/\|$$\)')

# The race detector needs cgo. What it compiles is cached beside the rest.
.PHONY: race
race: export CGO_ENABLED := 1
race: ## Run the unit tests with the race detector. Needs a C compiler.
	go test -race -short ./fn/... ./internal/...

.PHONY: vulnerabilities
vulnerabilities: ## Look for known vulnerabilities in what the function calls, on the internet.
	go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./fn

.PHONY: validate
validate: ## Validate the rendered examples against the XRDs and provider-aws's CRDs.
	@hack/build.sh crossplane crossplane-core function-data-platform validate
	@bin/validate

.PHONY: lint
lint: ## Run golangci-lint.
	@hack/build.sh golangci-lint
	bin/golangci-lint run
	cd hack/image && ../../bin/golangci-lint run
	cd hack/plot && ../../bin/golangci-lint run
	cd examples/app && ../../bin/golangci-lint run
	cd test/integration && ../../bin/golangci-lint run
	cd test/e2e && ../../bin/golangci-lint run

.PHONY: generate
generate: ## Write the files that are made of the API's Go types and the table of kinds.
	go generate -tags generate ./...

.PHONY: xpkg
xpkg: ## Build the Function and Configuration packages into _output/.
	@hack/build.sh crossplane image
	hack/xpkg.sh

# What the control plane of make e2e is made of.
E2E_PROGRAMS = etcd kube-apiserver kube-controller-manager crossplane-core$(CROSSPLANE:%=-%) crossplane image

# The release of Crossplane, of those that are pinned in tools/. Empty is the newest.
CROSSPLANE ?=
OLDEST_CROSSPLANE = $(shell awk '$$1 == "github.com/crossplane/crossplane/v2" { print $$2 }' tools/core-oldest/go.mod)

# PROVIDER=aws runs provider-aws instead of its double, against AWS_ENDPOINT_URL or AWS.
PROVIDER ?= double

.PHONY: e2e
e2e: e2e-$(if $(filter double aws,$(PROVIDER)),$(PROVIDER),unknown) ## Prove the platform on a real control plane. CROSSPLANE=version runs another release, PROVIDER=aws checks a platform in AWS instead.

.PHONY: e2e-unknown
e2e-unknown:
	@echo 'PROVIDER is "$(PROVIDER)": use double or aws' >&2; exit 1

# The tests wait more than they work, so more of them run at once than there are CPUs. With
# twice as many each takes longer than a user would wait.
E2E_TEST := go test -count=1 -parallel=8

.PHONY: e2e-double
e2e-double: e2e-packages
	@hack/previous.sh
	@hack/build.sh e2e
	cd test/e2e && $(E2E_TEST) -timeout=30m $(E2E_FLAGS) -args -crossplane='$(CROSSPLANE)'

.PHONY: e2e-full
e2e-full: e2e-packages ## As e2e, with the slow cases, and then e2e with the oldest Crossplane.
	@hack/previous.sh
	@hack/build.sh e2e
	cd test/e2e && $(E2E_TEST) -timeout=2h $(E2E_FLAGS) -args -full -crossplane='$(CROSSPLANE)'
	$(MAKE) --no-print-directory e2e CROSSPLANE=$(OLDEST_CROSSPLANE)

AWS_SERVICES := cloudwatch ec2 elasticache kinesis rds secretsmanager

.PHONY: e2e-aws
e2e-aws:
	@hack/build.sh e2e
	@bin/e2e aws --check
	@$(MAKE) --no-print-directory e2e-packages
	@hack/build.sh $(addprefix provider-aws-,$(AWS_SERVICES))
	cd test/integration && go test -c -o ../../bin/integration.test .
	bin/e2e aws -- bin/integration.test -test.v -test.run '^Test(VPC|Stream|Cache|Database|SecurityGroups|Alarms|Secret)$$'

.PHONY: e2e-up
e2e-up: e2e-packages ## Start a control plane to play with, which keeps running.
	@hack/build.sh e2e
	@bin/e2e up

.PHONY: e2e-down
e2e-down: ## End the control plane that e2e-up started.
	@hack/build.sh e2e
	@bin/e2e down

.PHONY: e2e-packages
e2e-packages:
	@[[ $$(uname -s) == Linux ]] || { echo 'this needs Linux: it runs the function that is in the linux package' >&2; exit 1; }
	@hack/build.sh $(E2E_PROGRAMS)
	@ARCHES=$$(go env GOARCH) hack/xpkg.sh

.PHONY: bench
bench: ## Measure the function's speed beside a server with ready answers, on Linux. PEER=binary,input.json measures another function too.
	go run ./test/bench$(PEER:%= -peer=%)

.PHONY: bench-plot
bench-plot: ## Draw the function's speed over zones and callers into docs, on a quiet Linux.
	@mkdir -p _output
	go run ./test/bench -sweep=_output/bench.json
	cd hack/plot && go run . bench ../../docs <../../_output/bench.json

.PHONY: dashboard
dashboard: ## Draw the Grafana dashboard into docs with what a Prometheus knows: PROMETHEUS=URL FROM=time TO=time, such as 2026-01-01T00:00:00Z.
	cd hack/plot && go run . dashboard '$(PROMETHEUS)' ../../observability/dashboard.json '$(FROM)' '$(TO)' ../../docs/dashboard.svg

# How long each fuzz target runs.
FUZZTIME ?= 1m

.PHONY: fuzz
fuzz: ## Send the function what nobody should, for FUZZTIME each: FUZZTIME=10m.
	@hack/fuzz.sh '$(FUZZTIME)'

.PHONY: diagram
diagram: ## Draw the README's diagram of what examples/default renders once it is ready.
	go run ./hack/diagram README.md <examples/default/expected/3-ready.yaml

.PHONY: examples
examples: tools ## Write the examples' observed state and expected output.
	go run ./hack/examples
	go test ./test/render -update

.PHONY: tools
tools: ## Build what make render and make test need into bin/.
	@hack/build.sh crossplane crossplane-core function-data-platform
