# The commands of this repository. Every target first installs what it misses (see Scripts/install-dependencies).

SWIFT ?= swift
SEEDS ?= 2000
.DEFAULT_GOAL := help
.PHONY: help build test demo show-big-file show-consumer vectors interop model-check constant-time secret-memory sanitize sbom reproducible bench bench-programs bench-brokers bench-ratchet simulate mutate mutate-crypto fuzz lint clean install deb install-dependencies

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

build: ## Build everything, tests included (debug)
	@Scripts/install-dependencies build
	@Scripts/build

test: ## Build and run every test; ends in the test runner's summary
	@Scripts/install-dependencies test
	@Scripts/build
	@Scripts/run-tests

demo: ## Two nodes talk through a relay that is killed in between; ends in "demo: ok"
	@Scripts/install-dependencies demo
	@Scripts/build
	@Scripts/demo

show-big-file: ## 200 MB from node to node through a connection that is cut ten times, with the memory of all three
	@Scripts/install-dependencies test
	@Scripts/build
	SOTTO_BIG_FILE_MB=$${SOTTO_BIG_FILE_MB:-200} Scripts/run-tests --filter 'EndToEndTests.*large file'

show-consumer: ## A bot and its daemon are killed again and again while the bot handles 5 000 events
	@Scripts/install-dependencies test
	@Scripts/build
	SOTTO_CONSUMER_EVENTS=$${SOTTO_CONSUMER_EVENTS:-5000} Scripts/run-tests --filter 'NodeServerTests.*a reader killed'

vectors: ## Replay all test vectors with our code and the Python reference (and public ones, if SOTTO_SHARED or ../shared has them)
	@Scripts/install-dependencies vectors
	@Scripts/build
	@Scripts/check-vectors

interop: ## Let our X3DH and Double Ratchet talk to other people's, in 1 000 random conversations
	@Scripts/install-dependencies interop
	@Scripts/build
	@Scripts/interop

model-check: ## Visit every state of a session of three messages either way, from three beginnings, after showing that planted faults are found
	@Scripts/install-dependencies build
	@Scripts/build
	@Scripts/model-check

constant-time: ## Watch for branches on secrets under valgrind, after showing that planted ones are found (release build)
	@Scripts/install-dependencies constant-time
	@Scripts/constant-time

secret-memory: ## Search a daemon's memory, after long use, for keys that should be gone, and show that the search would find them
	@Scripts/install-dependencies test
	@Scripts/build
	SOTTO_SECRET_ROUNDS=$${SOTTO_SECRET_ROUNDS:-20} Scripts/run-tests --filter MessagingTests.RemainingSecretsTests

sanitize: ## Run the tests of cryptography, wire and relay under AddressSanitizer and ThreadSanitizer (long: builds of their own)
	@Scripts/install-dependencies test
	@Scripts/sanitize

sbom: ## Write a software bill of materials (CycloneDX) to .build/sbom/sotto.cdx.json
	@Scripts/install-dependencies build
	@$(SWIFT) package resolve
	@Scripts/sbom

reproducible: ## Build a program twice in different folders, and compare the bytes (release builds)
	@Scripts/install-dependencies build deb
	@Scripts/reproducible

bench: bench-programs ## Measure the ratchet and the relay against what they are made of (release build)
	.build/release/sotto-bench ratchet
	.build/release/sotto-bench relay

bench-programs: ## Build what the measurements need (release build)
	@Scripts/install-dependencies build
	$(SWIFT) build -c release --product sotto-relay
	$(SWIFT) build -c release --product sotto-bench

bench-brokers: bench-programs ## Race the relay against other servers: PEERS=the folder of their generator
	@Scripts/bench-brokers "$(PEERS)"

bench-ratchet: ## Race handshakes and messages against libsignal and vodozemac: PEERS=the folder of their programs
	@Scripts/install-dependencies build
	$(SWIFT) build -c release --product sotto-bench
	@Scripts/bench-ratchet "$(PEERS)"

simulate: ## Simulate SEEDS runs of nodes and relays while everything goes wrong (release build)
	@Scripts/install-dependencies build
	$(SWIFT) build -c release --product sotto-sim
	Scripts/simulate .build/release/sotto-sim --seeds $(SEEDS)

mutate: ## Break the product on purpose, and see the simulator notice each time (release builds)
	@Scripts/install-dependencies build
	@Scripts/mutate

mutate-crypto: ## Break the cryptography by 55 one-line mutations, and see vectors or tests fail each time (long)
	@Scripts/install-dependencies build
	@Scripts/mutate-crypto

SECONDS ?= 60
fuzz: ## Fuzz every parser that strangers' bytes reach, SECONDS=60 each
	@Scripts/install-dependencies build
	@Scripts/fuzz $(SECONDS)

lint: ## Check the format of all sources; silent when all is well
	@$(SWIFT) format lint --strict -r Sources Tests

DESTDIR ?=
PREFIX ?= /usr/local
PROGRAMS ?= .build/release
UNITS ?= /etc/systemd/system
SYSUSERS ?= /etc/sysusers.d

install: ## Install what `swift build -c release` made, with the units and settings, under DESTDIR and PREFIX
	for program in sotto sotto-relay; do \
	  if [ -e $(PROGRAMS)/$$program ]; then install -D -m 0755 $(PROGRAMS)/$$program $(DESTDIR)$(PREFIX)/bin/$$program; fi; done
	install -d $(DESTDIR)$(UNITS) $(DESTDIR)$(SYSUSERS) $(DESTDIR)/etc/sotto
	for unit in sotto.service sotto.socket sotto@.service sotto-relay.service sotto-relay.socket; do \
	  sed 's|/usr/local|$(PREFIX)|g' packaging/$$unit > $(DESTDIR)$(UNITS)/$$unit; done
	install -D -m 0644 packaging/sotto-rpc.7 $(DESTDIR)$(PREFIX)/share/man/man7/sotto-rpc.7
	for page in packaging/man/*.1; do install -D -m 0644 $$page $(DESTDIR)$(PREFIX)/share/man/man1/$$(basename $$page); done
	if [ -e $(PROGRAMS)/sotto ]; then share=$(DESTDIR)$(PREFIX)/share; \
	  install -d $$share/bash-completion/completions $$share/zsh/site-functions $$share/fish/vendor_completions.d; \
	  $(PROGRAMS)/sotto completion bash > $$share/bash-completion/completions/sotto; \
	  $(PROGRAMS)/sotto completion zsh > $$share/zsh/site-functions/_sotto; \
	  $(PROGRAMS)/sotto completion fish > $$share/fish/vendor_completions.d/sotto.fish; fi
	install -m 0644 packaging/sotto.sysusers $(DESTDIR)$(SYSUSERS)/sotto.conf
	for file in relay.yaml config.yaml; do \
	  test -e $(DESTDIR)/etc/sotto/$$file || install -m 0644 packaging/$$file $(DESTDIR)/etc/sotto/$$file; done
	for page in Operations Configuration NodeInterface; do \
	  install -D -m 0644 Docs/$$page.md $(DESTDIR)$(PREFIX)/share/doc/sotto/$$page.md; done

deb: ## Make a Debian package of both programs in .build/deb (release build, Swift's libraries inside)
	@Scripts/install-dependencies build deb
	$(SWIFT) build -c release --static-swift-stdlib --scratch-path .build-deb --product sotto
	$(SWIFT) build -c release --static-swift-stdlib --scratch-path .build-deb --product sotto-relay
	Scripts/make-deb .build-deb/release .build/deb

clean: ## Remove what was built, and keep the downloaded packages
	$(SWIFT) package clean

install-dependencies: ## Install the system packages that building, the tests, the demo and the vectors need
	@Scripts/install-dependencies build test demo vectors
