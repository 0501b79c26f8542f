# The commands of this repository. Every target first installs what it misses (see Scripts/install-dependencies).

SWIFT ?= swift
SEEDS ?= 2000
.DEFAULT_GOAL := help
.PHONY: help build test demo show-big-file vectors bench bench-programs bench-brokers simulate mutate fuzz lint clean install install-dependencies

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

build: ## Build everything, tests included (debug)
	@Scripts/install-dependencies build
	@Scripts/build

test: ## Build and run every test; ends in the test runner's summary
	@Scripts/install-dependencies test
	@Scripts/build
	$(SWIFT) test --skip-build --no-parallel

demo: ## Two nodes talk through a relay that is killed in between; ends in "demo: ok"
	@Scripts/install-dependencies demo
	@Scripts/build
	@Scripts/demo

show-big-file: ## 200 MB from node to node through a connection that is cut ten times, with the memory of all three
	@Scripts/install-dependencies test
	@Scripts/build
	SOTTO_BIG_FILE_MB=$${SOTTO_BIG_FILE_MB:-200} $(SWIFT) test --skip-build --no-parallel --filter 'EndToEndTests.*large file'

vectors: ## Replay all test vectors, regenerate ours, and check them with the Python reference
	@Scripts/install-dependencies vectors
	@Scripts/build
	@Scripts/check-vectors

bench: bench-programs ## Measure the ratchet and the relay against what they are made of (release build)
	.build/release/sotto-bench ratchet
	.build/release/sotto-bench relay

bench-programs: ## Build what the measurements need (release build)
	@Scripts/install-dependencies build
	$(SWIFT) build -c release --product sotto-relay
	$(SWIFT) build -c release --product sotto-bench

bench-brokers: bench-programs ## Race the relay against other servers: PEERS=the folder of their generator
	@Scripts/bench-brokers "$(PEERS)"

simulate: ## Simulate SEEDS runs of nodes and relays while everything goes wrong (release build)
	@Scripts/install-dependencies build
	$(SWIFT) build -c release --product sotto-sim
	Scripts/simulate .build/release/sotto-sim --seeds $(SEEDS)

mutate: ## Break the product on purpose, and see the simulator notice each time (release builds)
	@Scripts/install-dependencies build
	@Scripts/mutate

SECONDS ?= 60
fuzz: ## Fuzz every parser that strangers' bytes reach, SECONDS=60 each
	@Scripts/install-dependencies build
	@Scripts/fuzz $(SECONDS)

lint: ## Check the format of all sources; silent when all is well
	@$(SWIFT) format lint --strict -r Sources Tests

DESTDIR ?=
PREFIX ?= /usr/local
PROGRAMS ?= .build/release

install: ## Install what `swift build -c release` made, with the relay's units, under DESTDIR and PREFIX
	install -D -m 0755 $(PROGRAMS)/sotto-relay $(DESTDIR)$(PREFIX)/bin/sotto-relay
	if [ -e $(PROGRAMS)/sotto ]; then install -D -m 0755 $(PROGRAMS)/sotto $(DESTDIR)$(PREFIX)/bin/sotto; fi
	install -d $(DESTDIR)/etc/systemd/system $(DESTDIR)/etc/sotto
	for unit in sotto-relay.service sotto-relay.socket; do \
	  sed 's|/usr/local|$(PREFIX)|g' packaging/$$unit > $(DESTDIR)/etc/systemd/system/$$unit; done
	test -e $(DESTDIR)/etc/sotto/relay.yaml || install -D -m 0644 packaging/relay.yaml $(DESTDIR)/etc/sotto/relay.yaml
	install -D -m 0644 Docs/Operations.md $(DESTDIR)$(PREFIX)/share/doc/sotto/Operations.md

clean: ## Remove what was built, and keep the downloaded packages
	$(SWIFT) package clean

install-dependencies: ## Install the system packages that building, the tests, the demo and the vectors need
	@Scripts/install-dependencies build test demo vectors
