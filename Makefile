# Everything a developer does, each target with its own line of help. `make help` lists them.
SHELL      := /bin/bash
ROOT       := $(CURDIR)
BIN        := $(ROOT)/bin
MODULES    := $(shell go list -m -f '{{.Dir}}' 2>/dev/null)
VERSION    ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS    := -X main.version=$(VERSION)
DATA_DIR   ?= $(ROOT)/.tributary
BASE       ?= origin/main
WORLDS     ?= 1500
export PATH := $(BIN):$(PATH)

.DEFAULT_GOAL := help

##@ Use

.PHONY: help
help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n\033[1m%s\033[0m\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  \033[36m%-14s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: build ## Build, fetch the embedded engine, start everything with demo traffic
	@$(BIN)/tributary up --demo --data-dir $(DATA_DIR) $(ARGS)

.PHONY: web
web: ## Build the dashboard with npm, when its sources have changed
	@scripts/web.sh

.PHONY: pictures
pictures: web ## Take the pictures of the documentation anew, over a running `make run` (another address: QUERY=http://...)
	@node services/query/web/e2e/pictures.mjs $(or $(QUERY),http://127.0.0.1:8090) docs/images

.PHONY: build
build: web ## Build the one binary to bin/tributary
	@mkdir -p $(BIN)
	@go build -ldflags '$(LDFLAGS)' -o $(BIN)/tributary ./services/tributary/cmd/tributary

.PHONY: clean
clean: ## Remove what was built and the data of `make run`
	rm -rf $(BIN) $(DATA_DIR) services/query/web/{node_modules,.built,dist/assets,dist/*.*}

##@ Test

.PHONY: test
test: web ## All tests, embedded engines included, over WORLDS random worlds (default 1500; the full suite: make test WORLDS=20000)
	@TRIBUTARY_WORLDS=$(WORLDS) scripts/each-module.sh go test -p 1 -timeout $$((20 + $(WORLDS) / 60))m ./...

.PHONY: test-race
test-race: ## All tests under the race detector
	@scripts/each-module.sh go test -p 1 -race -timeout 40m ./...

.PHONY: test-short
test-short: ## Tests that need no engine
	@scripts/each-module.sh go test -short ./...

.PHONY: test-kafka
test-kafka: ## The engine tests on a real Apache Kafka, fetched from Maven and started by scripts/kafka
	@scripts/with-kafka.sh go test -p 1 -count 1 -timeout 20m ./pkg/kafka ./pkg/enginetest ./services/collector ./services/attributor ./services/sink ./services/tributary/internal/broker

.PHONY: bench
bench: ## Benchmarks of the hot paths
	@scripts/each-module.sh go test -run '^$$' -bench . -benchmem ./...

.PHONY: fuzz
fuzz: ## Every fuzz target for FUZZTIME (default 30s)
	@scripts/fuzz.sh

##@ Change

.PHONY: tools
tools: $(BIN)/buf $(BIN)/golangci-lint ## Build the tools this Makefile uses into bin/

$(BIN)/buf $(BIN)/golangci-lint $(BIN)/protoc-gen-go $(BIN)/protoc-gen-go-vtproto: scripts/tools/go.mod
	@mkdir -p $(BIN)
	GOBIN=$(BIN) GOWORK=off go -C scripts/tools install tool
	@touch $(BIN)/*

.PHONY: generate
generate: $(BIN)/buf ## Generate Go from schemas/kafka
	cd schemas/kafka && buf generate

.PHONY: lint
lint: $(BIN)/golangci-lint $(BIN)/buf ## Lint Go and protobuf
	cd schemas/kafka && buf lint
	@scripts/each-module.sh golangci-lint run --config $(ROOT)/.golangci.yml ./...

.PHONY: breaking
breaking: $(BIN)/buf ## Fail when a message of BASE (default origin/main) could no longer be read
	cd schemas/kafka && buf breaking --against '$(ROOT)/.git#ref=$(BASE),subdir=schemas/kafka'

.PHONY: fmt
fmt: $(BIN)/golangci-lint ## Format Go
	@scripts/each-module.sh golangci-lint fmt --config $(ROOT)/.golangci.yml

.PHONY: tidy
tidy: ## Tidy every module and bring their versions together
	go work sync
	@scripts/each-module.sh env GOWORK=off go mod tidy

.PHONY: check
check: lint ## What CI runs beside the tests
	@go vet work
	@scripts/each-module.sh env GOWORK=off go build ./...
