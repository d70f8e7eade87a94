# Two commands: `make run` and `make test`. Both install what is missing, and are quick when nothing is.
SHELL := /bin/bash
SWIFT := swift
# The first line is what a Swift toolchain unpacked from an archive needs, the others our libraries.
BUILD_PACKAGES := binutils ca-certificates git libc6-dev libncurses6 libstdc++-12-dev pkg-config tzdata \
	libcurl4-openssl-dev libssl-dev libsqlite3-dev libyaml-dev libxml2-dev libsodium-dev libunbound-dev libjemalloc-dev \
	libarchive-dev libidn2-dev dns-root-data
PACKAGE_PACKAGES := dpkg-dev
# A Node and an npm that are there already, of any origin, will do.
TEST_PACKAGES := swaks libnet-ssleay-perl isync curl python3 python3-pip python3-venv openssl nginx-light $(PACKAGE_PACKAGES) \
	$(shell command -v node >/dev/null || echo nodejs) $(shell command -v npm >/dev/null || echo npm)
BENCH_PACKAGES := postfix dovecot-imapd dovecot-lmtpd
VENV := .build/venv
RELEASE_FLAGS := -c release --static-swift-stdlib

.PHONY: run build debug test lint format bench fuzz package clean toolchain build-packages test-packages package-packages bench-packages

run: build
	@.build/release/mailroom dev $(ARGS)

build: build-packages
	@$(SWIFT) build $(RELEASE_FLAGS) --product mailroom

debug: build-packages
	@$(SWIFT) build --build-tests

test: build-packages test-packages
	@Tests/run

lint:
	@swift format lint --strict --parallel --recursive Package.swift Functions Runtime Tests
	@Tests/System/shape_check.py

format:
	@swift format --in-place --parallel --recursive Package.swift Functions Runtime Tests

bench: build test-packages bench-packages
	@$(SWIFT) build $(RELEASE_FLAGS) --product DispatchBench
	@$(SWIFT) build $(RELEASE_FLAGS) --product HostBench
	@$(VENV)/bin/pip install -q --disable-pip-version-check -r Tests/Bench/requirements.txt
	@$(VENV)/bin/python Tests/Bench/bench.py
	@$(VENV)/bin/python Tests/Bench/functions.py

fuzz: build-packages
	@FUZZ_ROUNDS=20000 $(SWIFT) test --filter 'Fuzz|fuzz|Random|random'

package: build package-packages
	@Packaging/build .build/release/mailroom .build

clean:
	@rm -rf .build

# apt-get is asked only for what dpkg does not have.
define install
	@missing=""; for p in $(1); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
		echo "installing:$$missing"; \
		command -v apt-get >/dev/null || { echo "no apt-get here: install what these Debian packages hold, then try again"; exit 1; }; \
		sudo=""; [ "$$(id -u)" = 0 ] || sudo=sudo; \
		[ -z "$$sudo" ] || command -v sudo >/dev/null || { echo "neither root nor sudo: as root, apt-get install$$missing"; exit 1; }; \
		$$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi
endef

define swift-is-recent
grep -Eq 'Swift version (6\.([2-9]|[1-9][0-9])|[7-9]\.|[1-9][0-9]+\.)' <<<"$$version" || \
		{ echo "Swift 6.2 or later is needed, this is $$(head -1 <<<"$$version")"; exit 1; }
endef

# Before anything is installed or built: without it every other message misleads. A toolchain that was just unpacked does
# not start before it has its libraries; such a one is asked for its version when they are there.
toolchain:
	@command -v $(SWIFT) >/dev/null || { echo "swift was not found: install Swift 6.2 or later (https://www.swift.org/install) and put its usr/bin on PATH"; exit 1; }
	@version="$$($(SWIFT) --version 2>/dev/null)" || exit 0; $(swift-is-recent)

build-packages: toolchain
	$(call install,$(BUILD_PACKAGES))
	@version="$$($(SWIFT) --version 2>&1)"; $(swift-is-recent)

test-packages:
	$(call install,$(TEST_PACKAGES))
	@[ -x $(VENV)/bin/python ] || python3 -m venv $(VENV)
	@cmp -s Tests/System/requirements.txt $(VENV)/requirements.txt || \
		{ $(VENV)/bin/pip install -q --disable-pip-version-check -r Tests/System/requirements.txt && cp Tests/System/requirements.txt $(VENV)/requirements.txt; }

package-packages:
	$(call install,$(PACKAGE_PACKAGES))

bench-packages:
	$(call install,$(BENCH_PACKAGES))
