# Run "make help" for what there is.

GO ?= go

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

.PHONY: dev
dev: postgres build ## build, start a private PostgreSQL, load the demo organisation, serve
	bin/fieldwork dev

.PHONY: build
build: ## build bin/fieldwork
	$(GO) build -o bin/fieldwork ./cmd/fieldwork

.PHONY: test
test: postgres ## run all tests, with the race detector, on a PostgreSQL of their own
	$(GO) run ./internal/pg/pgtest/with $(GO) test -race -timeout 20m ./...

.PHONY: check
check: ## formatting, vet, lint, generated code
	@out=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$out" || { echo "not gofmt-ed:"; echo "$$out"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(MAKE) --no-print-directory generate
	@git diff --exit-code --stat -- graph || { echo "generated code is not up to date: run make generate"; exit 1; }

.PHONY: generate
generate: ## generate the GraphQL code of the fixed schema
	$(GO) tool gqlgen generate

.PHONY: golden
golden: postgres ## rewrite golden files; look at the differences before you commit
	UPDATE_GOLDEN=1 $(GO) run ./internal/pg/pgtest/with $(GO) test ./...

# PostgreSQL's server programs, 14 or newer. Installed where that can be done
# without asking; otherwise fieldwork says what is missing.
.PHONY: postgres
postgres:
	@if ! command -v postgres >/dev/null && ! ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 \
	    && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y postgresql; fi

.PHONY: bench
bench: postgres build ## measure against hand-written SQL; QUICK=1: three queries at 8 clients; ARGS: see bin/bench -h
	$(GO) build -o bin/bench ./cmd/bench
	bin/bench $(if $(QUICK),--quick) $(ARGS)
