# Targets for people; npm scripts do the work. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help build demo test lint bench clean

NODE_MODULES := node_modules/.package-lock.json

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

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

bench: build ## side-by-side benchmarks; rewrites bench/README.md
	npm run --silent bench

clean: ## remove what was built
	rm -rf dist
