# Two commands to start with: make run, make test. Everything else: make help.
# After `go mod download`, only lint (its own module) and interop (Debian packages) need the network.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

GO       ?= go
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS  := -s -w -X main.version=$(VERSION)
BUILD    := $(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)'
TOOL     := $(GO) tool -modfile=.ci/tools/go.mod
PROGRAMS := $(patsubst %/,./%,$(sort $(dir $(wildcard cmd/*/main.go))))
FUZZTIME ?= 10s
MUTANTS  ?= 60
SEED     ?= 1
LOAD     ?=
AGAINST  ?=
IMAGE    ?= build/image
ARCH     ?= amd64
QEMU     ?=
STEPS    ?=

# Rooms with goroutines of their own; the pure rooms have none to race.
RACE := $(wildcard appliance/*.go) $(wildcard appliance/sipedge appliance/media appliance/mediactl appliance/journal \
	appliance/store appliance/recording appliance/prompts appliance/speech appliance/console appliance/steward appliance/httpapi appliance/sim hwio cloud-sync/uplink cloud-sync/relay cloud-sync/central cloud-sync/deviceapi cloud-sync/consoleapi cmd/autocom cmd/autocom-lab/internal)
RACE_PACKAGES := $(sort $(patsubst %,./%/...,$(filter-out %.go,$(RACE))) $(if $(filter %.go,$(RACE)),./appliance))

BENCH_PACKAGES := $(patsubst %,./%/...,$(wildcard dsp appliance/exchange appliance/journal appliance/media/engine appliance/sipedge))

export CGO_ENABLED ?= 0

.PHONY: help run dsp sounds pages build build-all test check race fuzz mutate interop bench lint fmt deps docs clean image qemu thread ci-full web web-e2e web-shots

help: ## print this list
	@grep -E '^[a-z][a-z0-9-]*:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/\1\t\2/' | awk -F'\t' '{ printf "  make %-10s %s\n", $$1, $$2 }'

run: pages build ## start a demo: central console, enrolled box, carrier, four desk phones and live calls
	@exec bin/autocom-lab demo


pages: ## build the console's pages when they were not yet and Node is here
	@if [ ! -e web/console/dist/app/index.html ] && command -v npm >/dev/null; then $(MAKE) --no-print-directory web; fi

build: ## build the programs for this machine into bin/
	$(BUILD) -o bin/ $(PROGRAMS)

build-all: ## build for linux/amd64 and linux/arm64, without C, into bin/<architecture>/
	GOOS=linux GOARCH=amd64 $(BUILD) -o bin/linux-amd64/ $(PROGRAMS)
	GOOS=linux GOARCH=arm64 $(BUILD) -o bin/linux-arm64/ $(PROGRAMS)

test: ## vet and run every test (at most 5 minutes on 2 cores)
	$(GO) vet -tags interop ./... ./.ci/mutate
	$(GO) test -timeout 5m ./... ./.ci/mutate

check: ## the quick look before a commit: format, vet, house rules, short tests
	@unformatted="$$($(TOOL) gofumpt -l .)"; if [ -n "$$unformatted" ]; then echo "make fmt would change:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) test .
	$(GO) test -short -timeout 3m ./...

race: ## run the rooms that have goroutines under the race detector (needs gcc)
	CGO_ENABLED=1 $(GO) test -race -timeout 8m $(RACE_PACKAGES)

fuzz: ## run every fuzz target for FUZZTIME (10s) each
	@FUZZTIME=$(FUZZTIME) .ci/fuzz

mutate: ## plant MUTANTS (60) small faults in the exchange, one at a time: tests and call stories must notice at least 90 %
	$(GO) run ./.ci/mutate -n $(MUTANTS) -seed $(SEED)

interop: build ## meet real peers on loopback: SIPp, baresip, sipsak, sipvicious, PostgreSQL, Chromium (installs them when it may)
	@.ci/interop

thread: web build ## the whole product once: image in a virtual machine, installer, console in Chromium, calls, cuts (as root)
	CGO_ENABLED=0 $(GO) test -tags thread -count=1 -timeout 60m -v -run '^TestThread' ./cmd/autocom-lab

bench: build ## measure the packages, then drive calls and print CPU, latency, loss and memory
	$(GO) test -run '^$$' -bench . -benchmem $(BENCH_PACKAGES)
	bin/autocom-lab load $(LOAD)
	$(if $(AGAINST),.ci/against $(AGAINST))

lint: ## run golangci-lint from its own module (builds it first: 2 minutes once)
	$(TOOL) golangci-lint run ./...

fmt: ## format the Go files
	$(TOOL) gofumpt -w .

dsp: ## measure the signal processing into docs/dsp: limits, plots, sounds to listen to (installs talk-off sounds when it may)
	@.ci/corpora
	$(GO) run ./cmd/autocom-lab dsp --out docs/dsp

sounds: ## write the sounds that ship again, from .ci/sounds/manifest.txt (installs their sources when it may)
	@.ci/need sounds sox:sox espeak-ng:espeak-ng flite:flite /usr/share/asterisk/sounds/fr/vm-goodbye.gsm:asterisk-prompt-fr-armelle \
		/usr/share/asterisk/sounds/en_US_f_Allison/goodbye.wav:asterisk-core-sounds-en-wav
	$(GO) run ./.ci/sounds

deps: ## write deps.txt again: every package our programs are made of
	@GOOS=linux GOARCH=amd64 CGO_ENABLED=0 $(GO) list -deps -f '{{if not .Standard}}{{.Module.Path}} {{.ImportPath}}{{end}}' ./cmd/... | LC_ALL=C sort > deps.txt

docs: deps ## write the generated tables and deps.txt again
	$(GO) generate ./...

web: ## build the web pages into web/*/dist/app (needs Node 20; the next build embeds them)
	cd web/console && npm ci --no-audit --no-fund && npm run --silent check && npm test --silent && npm run --silent build

web-e2e: web ## walk every page in Chromium: French and English, light and dark, 320 and 1280 px, axe on each
	cd web/console && npm run --silent e2e

web-shots: web ## take the pages' screenshots again, into docs/screens
	cd web/console && npm run --silent shots

image: ## build the firmware's disk into IMAGE (as root, on Debian 12; fetches Debian packages the first time)
	$(GO) run ./cmd/autocom-image build --arch $(ARCH) --out $(IMAGE) --firmware-version $(VERSION)

qemu: ## start the built firmware in a virtual machine: console on IMAGE/qemu/console.sock, SIP and sound on the loopback
	$(GO) run ./cmd/autocom-image qemu --out $(IMAGE) $(QEMU)

clean: ## remove what was built
	rm -rf bin

ci-full: ## everything, long; some of it with STEPS, such as "worlds race"; the last result of each stands in docs/ci-full.md
	@.ci/full $(STEPS)
