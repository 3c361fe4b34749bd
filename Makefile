# Everything a contributor runs. Go, make and git are all that it needs.

SHELL := /bin/sh
GO ?= go

# The race detector needs a C compiler on Linux.
RACE := $(shell command -v $$($(GO) env CC) >/dev/null 2>&1 && echo -race)
LINT := $(GO) tool -modfile=$(CURDIR)/hack/tools/go.mod golangci-lint
MODULES := . hack/contents hack/krew hack/monitoring hack/stack test examples/shop
STACK := bin/stack
TOOLS := bin/tools
RENDERING := bin/rendering
MIGRATION := bin/migration
MONITORING := bin/monitoring
# With VERSION=v1.2.3 the plugin says that, as the release's does; else what Go has noted of the commit.
STAMP = $(if $(VERSION),-X main.version=$(VERSION) -X main.commit=$$(git rev-parse HEAD) \
	-X main.date=$$(TZ=UTC0 git log -1 --format=%cd --date=format-local:%Y-%m-%dT%H:%M:%SZ))
RELEASE = CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w $(STAMP)"
ARCHES := amd64 arm64
PLATFORMS := linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64
# The end-to-end tests: on a stack of their own, with the plugin in bin/, as released.
E2E = $(STACK) run $(1) -- $(GO) test -C test -count=1

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build the plugin, as released, into bin/
	@$(RELEASE) -o bin/kubectl-vaultseal ./cmd/kubectl-vaultseal

.PHONY: demo
demo: ## Show the main job on a real document, a real cluster and a real Vault
	@echo 'building kubectl vaultseal and the launcher of the stack (the first time takes a minute or two)'
	@GOGC=400 $(MAKE) -s build $(STACK) # the compiler works faster with more memory
	@$(STACK) up
	@STACK=$(STACK) sh hack/demo.sh

.PHONY: test
test: test-unit test-e2e test-setup ## Run all tests: unit, and end to end on the real stack

# What runs nothing at once, as a test in internal/architecture checks: the race detector can find nothing there, and
# takes seven times the time.
SEQUENTIAL := internal/document internal/merge internal/patch internal/workload

.PHONY: test-unit
test-unit: ## Run the unit tests, with the race detector where there is a C compiler
	@test -n "$(RACE)" || echo 'note: no C compiler: the race detector is off'
	$(GO) test $(SEQUENTIAL:%=./%/...)
	$(GO) test $(RACE) $$($(GO) list ./... | grep -v $(SEQUENTIAL:%=-e /%))
	$(if $(filter Windows_NT,$(OS)),@echo 'note: the local stack does not run on Windows',cd hack/stack && $(GO) test ./...)
	cd test && $(GO) test ./guides ./vectors ./robustness/...
	cd hack/contents && $(GO) test -count=1 ./... # Go would not know that a file is added elsewhere
	cd hack/monitoring && $(GO) test ./...

.PHONY: test-e2e
test-e2e: build race stack-build $(RENDERING) $(MONITORING) ## Run kubectl vaultseal end to end, on a stack of its own
	$(call E2E) -timeout 30m -parallel 6 -skip '^Test(Fault|Fresh|Image|Library|Migrate|Raft|Release|Robustness|Workload)' ./...
	$(call E2E) $(RACE) -timeout 10m -run '^TestLibrary' .

.PHONY: e2e
e2e: build $(STACK) ## Run one end-to-end test on the stack that is up, within seconds: RUN=rotate-retire, a script or a Go test
	@sh hack/e2e.sh '$(RUN)'

.PHONY: test-setup
test-setup: build stack-build ## Set up a cluster and a Vault that have nothing of vaultseal's yet
	@$(MAKE) -j2 TestFresh TestFreshEnforce TestFreshDocs

# Each does one thing after the other, on a stack of its own: so both at once.
.PHONY: TestFresh TestFreshEnforce TestFreshDocs
TestFresh TestFreshEnforce TestFreshDocs:
	$(call E2E,-bare) -timeout 10m -run '^$@$$' .

# A server comes from the command line alone: a VAULT_ADDR that a shell has set may be anyone's. Its token may come from
# the environment too, where ps does not show it.
.PHONY: test-compatibility
test-compatibility: export VAULTSEAL_STACK_KUBERNETES := $(KUBERNETES)
ifeq ($(origin VAULT_ADDR),command line)
test-compatibility: export VAULTSEAL_STACK_VAULT_ADDR := $(VAULT_ADDR)
test-compatibility: export VAULTSEAL_STACK_VAULT_TOKEN := $(VAULT_TOKEN)
test-compatibility: export VAULTSEAL_STACK_VAULT_CACERT := $(if $(VAULT_CACERT),$(abspath $(VAULT_CACERT)))
endif
test-compatibility: compatibility-variables test-e2e ## Run the end-to-end tests and `setup` with another Kubernetes, as KUBERNETES=v1.35, or with your Vault or OpenBao: VAULT_ADDR, VAULT_TOKEN, VAULT_CACERT
	@$(MAKE) TestFresh TestFreshEnforce

.PHONY: compatibility-variables
compatibility-variables:
ifeq ($(origin VAULT_ADDR),command line)
	@test -n '$(VAULT_ADDR)' || { echo 'error: VAULT_ADDR is empty' >&2; exit 2; }
	@test -n "$$VAULTSEAL_STACK_VAULT_TOKEN" || { echo 'error: VAULT_TOKEN is required in the environment: the root token of the server at $(VAULT_ADDR)' >&2; exit 2; }
else
	@test -n '$(KUBERNETES)' || { echo 'error: specify KUBERNETES=v1.35, or a server: VAULT_ADDR=https://HOST:PORT VAULT_CACERT=FILE, with its root token in the environment as VAULT_TOKEN' >&2; exit 2; }
endif

.PHONY: test-examples
test-examples: build stack-build ## Run the example application in its pod, before a real PostgreSQL, which must be installed; as root
	$(call E2E,-bare) -timeout 10m -run '^TestFreshShop$$' .

.PHONY: test-pipelines
test-pipelines: build stack-build ## Run the jobs of both pipelines in docs/ci.md, with a real repository
	$(call E2E,-bare) -timeout 10m -run '^TestFreshPipelines$$' .

.PHONY: test-walk
test-walk: build stack-build ## Put hostile values into all metadata and ask the audit logs what they decide; WALK=long does all of it
	$(call E2E) -timeout 60m -parallel 4 -run '^TestWalk' .

.PHONY: test-faults
test-faults: build stack-build ## Break servers, networks and the plugin, as released, during rotations; FAULTS=short does less
	@$(MAKE) -j3 TestFault TestRaft TestRaftGone

# How often test-raft runs its tests.
RAFT ?= 1

.PHONY: test-raft
test-raft: build stack-build ## Only those faults that a cluster of Vault has; RAFT=10 times, FAULTS=short does less
	@$(MAKE) -j2 TestRaft TestRaftGone

# They wait for servers most of the time, each on a stack of its own: so all at once.
.PHONY: TestFault TestRaft TestRaftGone
TestFault:
	$(call E2E) -timeout 15m -parallel 8 -run '^TestFault' .
TestRaft:
	$(call E2E,-raft) -timeout 4h -run '^TestRaft' -skip '^TestRaftGone' -count=$(RAFT) .
TestRaftGone:
	$(call E2E,-raft) -timeout 1h -run '^TestRaftGone' -count=$(RAFT) .

.PHONY: test-mistakes
test-mistakes: build stack-build ## Build the plugin with mistakes that lose data, and check that the tests find each; MISTAKES=10 times
	$(call E2E) -timeout 60m -run '^TestRobustness' .

.PHONY: test-robustness
test-robustness: build stack-build ## Check the histories of many clients while the plugin, networks and servers break; ROBUSTNESS='-duration 1h' does more
	$(STACK) run -raft -- $(GO) run -C test ./robustness -dir $(CURDIR)/dist/robustness $(ROBUSTNESS)
	@$(MAKE) test-mistakes

.PHONY: test-images
test-images: images build stack-build $(TOOLS)/crane ## Build the images and run what is in them, as a CronJob and a CI job do; as root
	$(call E2E) -timeout 30m -run '^TestImage' .

.PHONY: test-workloads
test-workloads: build race image $(STACK) ## Run pods on a real node: kubelet, containerd and the controllers; Linux, as root
	@$(STACK) build -node
	@$(GO) test -C test -c -o $(CURDIR)/bin/workloads.test .
	@$(GO) build -C examples/shop -o /dev/null .
	@$(MAKE) -j3 TestNode TestWorkload TestWorkloadApplications

# A node's namespaces have no network, so the tests are built before; they build the programs of their images from what
# has been downloaded. They wait most of the time, each on a stack of its own: so all at once.
WORKLOADS = $(STACK) run -node $(1) -- sh -c 'cd test && exec ../bin/workloads.test -test.count=1 -test.timeout=30m \
	-test.parallel=4 "$$@"' workloads
.PHONY: TestNode TestWorkload TestWorkloadApplications
TestNode:
	$(GO) test -C hack/stack -tags node -count=1 -run '^TestNode' .
TestWorkload:
	$(WORKLOADS) -test.run '^TestWorkload' -test.skip '^TestWorkload(Applications|PlainSecrets)$$'
TestWorkloadApplications:
	$(call WORKLOADS,-bare) -test.run '^TestWorkload(Applications|PlainSecrets)$$'

.PHONY: test-migration
test-migration: build $(STACK) $(MIGRATION) ## Follow the guides for Sealed Secrets and sops with the real tools, on a node; Linux, as root
	@$(STACK) build -node
	@$(GO) test -C test -c -o $(CURDIR)/bin/workloads.test .
	$(call WORKLOADS,-bare) -test.run '^TestMigrate'

.PHONY: test-monitoring
test-monitoring: $(MONITORING)/promtool ## Test the alert rules of examples/monitoring, and the metrics, with Prometheus' promtool
	$< check rules --lint=all --lint-fatal examples/monitoring/rules.yaml
	$< test rules examples/monitoring/rules_test.yaml
	$< check metrics <pkg/plugin/testdata/metrics.golden

.PHONY: test-release
test-release: release-snapshot build stack-build ## Install the release as krew does, run it, and build it and the archives of plugins/ again elsewhere
	$(call E2E) -timeout 30m -run '^TestRelease' .

.PHONY: images
images: image-files ## Build both images with buildah, for both architectures, as OCI layouts in dist/images/
	@VERSION=$(VERSION) sh hack/images.sh $(ARCHES)

# The images for this machine alone.
.PHONY: image
image:
	@$(MAKE) images ARCHES=$$($(GO) env GOARCH)

.PHONY: image-files
image-files: $(STACK) ## Make the files that the Dockerfile copies, in dist/linux-ARCH/
	@for arch in $(ARCHES); do \
		rm -rf dist/linux-$$arch && \
		GOOS=linux GOARCH=$$arch $(RELEASE) -o dist/linux-$$arch/vaultseal/kubectl-vaultseal ./cmd/kubectl-vaultseal && \
		sh hack/image-files.sh $$arch || exit; \
	done

.PHONY: push-images
push-images: $(TOOLS)/crane ## Publish the images of `make images` at REGISTRY, as VERSION, unless that exists; prints their digests
	@PATH="$(CURDIR)/$(TOOLS):$$PATH" sh hack/push-images.sh '$(REGISTRY)' '$(VERSION)'

# Goreleaser needs a remote, which a checkout may lack.
GORELEASER = PATH="$(CURDIR)/$(TOOLS):$$PATH" sh hack/goreleaser.sh

# A tag always gives the same archives: they are built with the Go of go.mod's toolchain line. The go command downloads
# that version if another one is installed.
release-rebuild: export GOTOOLCHAIN := $(shell sed -n 's/^toolchain //p' go.mod)

.PHONY: release-snapshot
release-snapshot: $(TOOLS) ## Build the release of this commit into dist/release/, without signing and publishing
	@$(GORELEASER) check
	@$(GORELEASER) release --snapshot --clean
	@sh hack/krew.sh

.PHONY: release-rebuild
release-rebuild: $(TOOLS) ## Build the archives of the tag that is checked out, as its release does, into dist/release/
	@$(GORELEASER) release --clean --skip=publish --release-notes /dev/null
	@sh hack/krew.sh

.PHONY: krew-manifest
krew-manifest: ## Write plugins/vaultseal.yaml for VERSION, built from that tag or, before it exists, from HEAD
	@sh hack/krew-manifest.sh $(VERSION)

# The tools that a release is made and tested with; Go knows when they must be built again.
.PHONY: $(TOOLS)
$(TOOLS):
	@mkdir -p $(TOOLS)
	@$(GO) build -C hack/release -ldflags '-s -w' -o $(CURDIR)/$(TOOLS)/ github.com/goreleaser/goreleaser/v2
	@$(GO) build -C hack/krew -ldflags '-s -w' -o $(CURDIR)/$(TOOLS)/ tool
	@CGO_ENABLED=0 $(GO) build -C hack/release -trimpath -buildvcs=false -ldflags '-s -w' -o $(CURDIR)/$(TOOLS)/ \
		github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod # alike everywhere: its own hash is in the SBOMs

# By itself, as goreleaser takes minutes to build and the images need it not.
.PHONY: $(TOOLS)/crane
$(TOOLS)/crane:
	@$(GO) build -C hack/release -ldflags '-s -w' -o $(CURDIR)/$(TOOLS)/ github.com/google/go-containerregistry/cmd/crane

# What renders manifests, for the tests of inject as a part of it.
.PHONY: $(RENDERING)
$(RENDERING):
	@mkdir -p $(RENDERING)
	@for tool in kustomize=sigs.k8s.io/kustomize/kustomize/v5 helm3=helm.sh/helm/v3/cmd/helm helm4=helm.sh/helm/v4/cmd/helm; do \
		CGO_ENABLED=0 $(GO) build -C hack/rendering -trimpath -ldflags '-s -w' -o $(CURDIR)/$(RENDERING)/$${tool%%=*} $${tool#*=} || exit; \
	done

# What reads metrics as Prometheus does.
.PHONY: $(MONITORING)
$(MONITORING):
	@mkdir -p $(MONITORING)
	@CGO_ENABLED=0 $(GO) build -C hack/monitoring -trimpath -ldflags '-s -w' -o $(CURDIR)/$(MONITORING)/readmetrics .

# Prometheus' own tool, without the service discovery that needs the SDKs of many clouds. Building it still takes five
# minutes of CPU time, so only a weekly job tests with it.
.PHONY: $(MONITORING)/promtool
$(MONITORING)/promtool:
	@mkdir -p $(MONITORING)
	@CGO_ENABLED=0 $(GO) build -C hack/monitoring -tags remove_all_sd -trimpath -ldflags '-s -w' -o $(CURDIR)/$@ \
		github.com/prometheus/prometheus/cmd/promtool

# What users migrate from. Building takes minutes, so only a weekly job tests with it.
.PHONY: $(MIGRATION)
$(MIGRATION):
	@mkdir -p $(MIGRATION)
	@for tool in age-keygen=filippo.io/age/cmd/age-keygen sops=github.com/getsops/sops/v3/cmd/sops \
		kubeseal=github.com/bitnami/sealed-secrets/cmd/kubeseal \
		sealed-secrets-controller=github.com/bitnami/sealed-secrets/cmd/controller; do \
		CGO_ENABLED=0 $(GO) build -C hack/migration -trimpath -ldflags '-s -w' -o $(CURDIR)/$(MIGRATION)/$${tool%%=*} $${tool#*=} || exit; \
	done
	@cat "$$($(GO) list -C hack/migration -m -f '{{.Dir}}' github.com/bitnami/sealed-secrets)"/helm/sealed-secrets/crds/*.yaml \
		>$(MIGRATION)/sealedsecrets-crd.yaml

.PHONY: race
race: # the plugin for the tests whose commands do much at once
	@$(GO) build $(RACE) -o bin/race/kubectl-vaultseal ./cmd/kubectl-vaultseal

.PHONY: stack-build
stack-build: $(STACK)
	@$(STACK) build

.PHONY: cross
cross: ## Build the plugin and compile its unit tests for the platforms that are not this one
	@for platform in $(PLATFORMS); do \
		echo $$platform; export CGO_ENABLED=0 GOOS=$${platform%/*} GOARCH=$${platform#*/}; \
		$(GO) vet -trimpath ./... && $(RELEASE) -o bin/cross/$$GOOS-$$GOARCH/ ./cmd/kubectl-vaultseal || exit; \
	done

.PHONY: bench
bench: $(STACK) ## Measure the plugin beside bare programs, as ratios; BENCH='-json FILE' keeps them
	$(STACK) run -- $(GO) run -C test ./bench $(BENCH)

.PHONY: bench-pods
bench-pods: $(STACK) ## Measure how long an injected pod takes until it is ready, beside the plain one; Linux, as root
	@$(STACK) build -node
	$(STACK) run -node -- $(GO) run -C test ./bench -suites pods $(BENCH)

.PHONY: docs
docs: ## Write the reference of the commands from their help, and the table of settings
	$(GO) run ./hack/reference docs

.PHONY: picture
picture: build $(STACK) ## Make the README's picture of a terminal, by running what it shows on a stack of its own
	$(STACK) run -- $(GO) run ./hack/picture docs/demo.svg

.PHONY: fuzz
fuzz: ## Fuzz each parser of input for FUZZTIME, a time or a number of inputs (500000x)
	@sh hack/fuzz.sh $${FUZZTIME:-500000x}

.PHONY: fuzz-corpus
fuzz-corpus: ## Put the inputs that fuzzing found into testdata/fuzz, and keep only those that reach more code
	@$(GO) run ./hack/corpus $(PACKAGES)

.PHONY: lint
lint: ## Check format, vet and lint all modules of ours
	@$(foreach module,$(MODULES),(set -x; cd $(module) && $(LINT) run --config $(CURDIR)/.golangci.yml ./...) &&) true
	cd hack/stack/kube && CGO_ENABLED=0 $(GO) vet -trimpath ./...
	cd hack/stack/vault && CGO_ENABLED=0 $(GO) vet -trimpath .

.PHONY: lint-workflows
lint: lint-workflows
lint-workflows: # actionlint has the scripts in them checked too, where shellcheck is installed
	$(GO) tool -modfile=$(CURDIR)/hack/workflows/go.mod actionlint
	$(GO) test -C hack/workflows -count=1 ./... # Go would not know that .github has changed, which is not in the module
	cd hack/workflows && $(LINT) run --config $(CURDIR)/.golangci.yml ./...

.PHONY: lint-prose
lint: lint-prose
lint-prose: # the language of pages, comments and messages, with vale; see hack/prose
	$(GO) test -C hack/prose -count=1 ./... # Go would not know that vale.ini has changed, which only vale reads
	cd hack/prose && $(LINT) run --config $(CURDIR)/.golangci.yml ./...
	$(GO) run -C hack/prose .

.PHONY: lint-scripts
lint: lint-scripts
lint-scripts: # with shellcheck, where it is installed
	@command -v shellcheck >/dev/null || echo 'note: no shellcheck: the shell scripts are not checked'
	@! command -v shellcheck >/dev/null || shellcheck .ci/run hack/*.sh examples/*/*.sh

.PHONY: vulncheck
vulncheck: ## Look up known vulnerabilities in what the plugin calls; needs the network
	$(GO) tool -modfile=$(CURDIR)/hack/tools/go.mod govulncheck ./...

.PHONY: fmt
fmt: ## Format the code
	@$(foreach module,$(MODULES) hack/prose hack/workflows,(set -x; cd $(module) && $(LINT) fmt --config $(CURDIR)/.golangci.yml ./...) &&) true

.PHONY: stack-up
stack-up: build $(STACK) ## Start a local API server, etcd and Vault in the background; NODE=1 also runs pods, as root
	@$(STACK) up $(if $(NODE),-node)

.PHONY: stack-env
stack-env: $(STACK) ## Print the export lines of the running stack
	@$(STACK) env

.PHONY: stack-down
stack-down: $(STACK) ## End the stack and remove its state
	@$(STACK) down

.PHONY: clean
clean: ## Remove what was built here
	rm -rf bin dist

# The launcher; Go knows when it must be built again. It is built with the flags of the plugin and the servers, so that
# Go compiles what they have in common once.
.PHONY: $(STACK)
$(STACK):
	@CGO_ENABLED=0 $(GO) build -C hack/stack -trimpath -o $(CURDIR)/$(STACK) .
