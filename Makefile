# Targets for people; npm scripts do the work. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help build demo test lint bench package test-package clean

NODE_MODULES := node_modules/.package-lock.json

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(NODE_MODULES): package.json package-lock.json
	npm ci --no-audit --no-fund
	@touch $@

build: $(NODE_MODULES) ## install and build into dist/
	npm run --silent build

demo: build ## five concurrent `seqx make` on a small project: positions, hand-over, journal
	bash fixtures/demo/demo.sh

test: build ## lint, then every test
	npm test

lint: $(NODE_MODULES) ## format, types, floors
	npm run --silent lint

bench: build ## side-by-side benchmarks, the binary too; rewrites bench/README.md
	-node packaging/package.js host >/dev/null
	npm run --silent bench

package: build ## single-file binaries, in packaging/out (TARGETS=host: this machine's alone)
	node packaging/package.js $(or $(TARGETS),all)

# This machine's binary, and others where something is installed that may run them.
TESTABLE = host $(if $(shell command -v qemu-aarch64-static),linux-arm64) $(if $(shell command -v wine),win-x64)

test-package: build ## builds binaries that can run here; tests them, the npm package, and e2e through the binary
	binary="$$(node packaging/package.js $(or $(TARGETS),$(TESTABLE)))" && \
	SEQX_TEST_EXECUTABLE="$$binary" npx vitest run test/package test/e2e

clean: ## remove what was built
	rm -rf dist packaging/out packaging/.cache packaging/node_modules
