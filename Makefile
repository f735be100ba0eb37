# Everything a person or a machine does with this repository. `make help` lists it.

SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
.NOTPARALLEL:
.DEFAULT_GOAL := help

# `make LOCKED= build` lets cargo bring Cargo.lock up to date.
LOCKED ?= --locked
# One set of packages and features for clippy, build and tests, so that they share what cargo can share.
WHOLE := --workspace --features custom-protocol $(LOCKED)
APPS := --package mainstay-desktop --package mainstay-cli --features custom-protocol $(LOCKED)
BIN := $(or $(CARGO_TARGET_DIR),target)/debug

STEP := .ci/step
UI := ui/dist/index.html
UI_SOURCES := $(shell find ui -path ui/node_modules -prune -o -path ui/dist -prune -o -type f -print 2>/dev/null)

.PHONY: help
help: ## print this list
	@echo "Mainstay. What you can make:"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F'|' '{ printf "  make %-11s %s\n", $$1, $$2 }'

.PHONY: setup
setup: ## install what is missing: Debian packages, npm modules
	@.ci/setup all

.PHONY: run
ifeq ($(DISPLAY)$(WAYLAND_DISPLAY)$(filter Darwin Windows_NT,$(OS) $(shell uname -s)),)
run: ## build and start it; without a display, serve headless with practice providers
	@echo "There is no display (DISPLAY and WAYLAND_DISPLAY are empty): serving without a window,"
	@echo "with practice providers, and with secrets in memory only. Ctrl C stops it."
	@.ci/setup headless
	cargo build --package mainstay-cli $(LOCKED)
	$(BIN)/mainstay serve --practice --secrets memory
else
run: window
	cargo build $(APPS)
	$(BIN)/mainstay-desktop
endif

.PHONY: build
build: window ## build the window and the command mainstay
	cargo build $(APPS)

.PHONY: window
window:
	@.ci/setup window
	@$(MAKE) $(UI)

$(UI): $(UI_SOURCES)
	cd ui && npm run --silent build
	@touch $@

.PHONY: check
check: setup $(UI) ## formatting, lints and types, Rust and UI
	@$(STEP) "Rust formatting" cargo fmt --all --check
	@$(STEP) "clippy" cargo clippy --all-targets $(WHOLE) -- -D warnings
	@$(STEP) "UI types, lints, format" npm --prefix ui run --silent check

.PHONY: test
test: check ## check, then build and test everything, the window too
	@$(STEP) "build" cargo build --all-targets $(WHOLE)
	@$(STEP) "Rust tests" .ci/rust-tests $(WHOLE)
	@$(STEP) "UI tests" npm --prefix ui test --silent

.PHONY: fuzz
fuzz: ## fuzz every decoder, 10 minutes each (FUZZ_SECONDS=60 for less)
	@.ci/setup headless
	@.ci/fuzz $(or $(FUZZ_SECONDS),600)

.PHONY: soak
soak: setup $(UI) ## hours of trouble in minutes: 20 000 requests in chaos, 50 kills, 10 000 of writers; the figures go to docs/reliability.md
	MAINSTAY_PROFILE_KILLS=$(or $(MAINSTAY_PROFILE_KILLS),5000) \
	  cargo test --package mainstay-profiles $(LOCKED) --test folder --test writers -- --nocapture killed
	cargo build --release --package mainstay-cli $(LOCKED)
	MAINSTAY_BIN=$(abspath $(BIN)/../release/mainstay) MAINSTAY_WRITE_DOCS=1 \
	  MAINSTAY_CHAOS_REQUESTS=$(or $(MAINSTAY_CHAOS_REQUESTS),20000) MAINSTAY_KILLS=$(or $(MAINSTAY_KILLS),50) \
	  cargo test --package mainstay-desktop --features custom-protocol $(LOCKED) --test integration -- --nocapture --test-threads 1 chaos:: crash:: offline::

AGENTS := tests/agents/node_modules/.installed-from

$(AGENTS): tests/agents/package-lock.json
	cd tests/agents && npm ci
	cp $< $@

.PHONY: figures
figures: setup $(UI) ## measure the window: its start, its answers, what it costs; the figures go to docs/performance.md
	cargo build --release $(APPS)
	MAINSTAY_DESKTOP_BIN=$(abspath $(BIN)/../release/mainstay-desktop) MAINSTAY_WRITE_DOCS=1 \
	  cargo test $(WHOLE) --test integration -- --ignored --nocapture --test-threads 1 window::figures

BENCH := $(abspath $(BIN)/../release/mainstay-bench)

.PHONY: bench
bench: ## measure the gateway beside nginx; the table goes to docs/performance.md (LANES="2 4", AGAINST=name=URL)
	@.ci/setup bench
	cargo build --release --package mainstay-cli --package mainstay-bench $(LOCKED)
	$(BENCH) --program $(abspath $(BIN)/../release/mainstay) $(addprefix --lane ,$(LANES)) $(addprefix --against ,$(AGAINST)) \
	  $(addprefix --upstream-port ,$(UPSTREAM_PORT)) $(if $(LANES),,--write docs/performance.md) $(BENCHFLAGS)

.PHONY: instructions
instructions: ## count the instructions of the pure parts and compare them with docs/instructions.txt (RECORD=1 writes it)
	@.ci/setup bench
	cargo build --release --package mainstay-bench $(LOCKED)
	$(BENCH) instructions docs/instructions.txt $(if $(RECORD),--record)

.PHONY: package
package: window ## build the Debian package
	cargo build --release $(APPS)
	ui/node_modules/.bin/tauri bundle --bundles deb

.PHONY: packagecheck
packagecheck: package ## install the package with apt on a clean root, as root, and see that it starts and serves
	.ci/package-check $(BIN)/../release/bundle/deb/*.deb

.PHONY: agents
agents: setup $(AGENTS) ## let real coding agents work through it (they are 1.4 GB); the result goes to docs/dialects.md
	cargo build --package mainstay-cli $(LOCKED)
	cargo build --package mainstay-simulator --example providers $(LOCKED)
	node tests/agents/run.mjs --bin $(BIN)/mainstay --practice $(abspath $(BIN))/examples/providers --write docs/dialects.md

.PHONY: audit
audit: ## check licences, sources and bans of every dependency
	@command -v cargo-deny >/dev/null || { echo "installing cargo-deny by cargo install"; cargo install --locked cargo-deny; }
	cargo deny --all-features check bans licenses sources

.PHONY: types
types: ## write the UI's types anew from the engine's list of operations and the shell's
	MAINSTAY_WRITE_TYPES=1 cargo test --lib $(WHOLE) up_to_date

.PHONY: libraries
libraries: ## write down the crates that the programs are made of, with their licences
	cargo tree --edges normal --prefix none --format '{p}|{l}' --package mainstay-desktop --package mainstay-cli $(LOCKED) \
	  | sed 's/ (\*)$$//' | grep -v mainstay | grep '|' | sort -u > docs/libraries.txt

.PHONY: docs
docs: ## write docs/dialects.md anew from the tests of every pair of dialects
	MAINSTAY_WRITE_DOCS=1 cargo test --package mainstay-dialects --test it $(LOCKED) conformance

.PHONY: icons
icons: ## draw every size of the icon from icons/mainstay.svg
	@.ci/setup window
	ui/node_modules/.bin/tauri icon icons/mainstay.svg --output icons
	rm -rf icons/android icons/ios icons/Square*.png icons/StoreLogo.png icons/64x64.png

.PHONY: screenshots
screenshots: setup $(UI) ## photograph every place of the window into docs/screenshots
	MAINSTAY_REQUIRE_TOOLS=1 MAINSTAY_SCREENSHOTS=$(CURDIR)/docs/screenshots cargo test $(WHOLE) --test integration window::screenshots

.PHONY: fmt
fmt: ## format all sources
	cargo fmt --all
	npm --prefix ui run --silent format

.PHONY: clean
clean: ## remove what was built
	cargo clean
	rm -rf ui/dist gen
