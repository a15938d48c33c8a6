# The front door. `make help` lists what there is.

SHELL := /bin/bash
.DEFAULT_GOAL := build

# Each is looked for when it is first used, since `dependencies` may install it.
find-tool = $(eval $(1) := $$(shell packaging/find-tool $(2)))$($(1))
ifeq ($(origin SWIFT),undefined)
SWIFT = $(call find-tool,SWIFT,swift)
endif
# Any clang with the bpf target will do.
ifeq ($(origin CLANG),undefined)
CLANG = $(call find-tool,CLANG,clang)
endif
ifeq ($(origin STRIP),undefined)
STRIP = $(call find-tool,STRIP,llvm-strip)
endif
ifeq ($(origin CLANG_FORMAT),undefined)
CLANG_FORMAT = $(call find-tool,CLANG_FORMAT,clang-format)
endif

TOOLS := $(sort $(notdir $(patsubst %/,%,$(wildcard Sources/Tools/*/))))
PAGES := $(notdir $(wildcard man/*.7 man/*.8))
ALIAS_PAIRS := $(shell packaging/aliases list)
ALIASES := $(foreach pair,$(ALIAS_PAIRS),$(firstword $(subst :, ,$(pair))))
# Names that no tool has, which doctor answers with what to use instead.
REFUSED := $(shell packaging/aliases refused)
aliased = $(patsubst $(1):%,%,$(filter $(1):%,$(ALIAS_PAIRS)))
BUILT := .build/release
# A Swift runtime in one library, which loads faster; empty: the toolchain's own.
export MERGED_RUNTIME ?= $(abspath .build/merged-runtime)
VERSION = $(shell sed -n 's/^public let collectionVersion = "\(.*\)"/\1/p' \
	Sources/TraceKit/TraceKit/Tool.swift)

HOST_ARCH := $(shell uname -m | sed 's/x86_64/x86/; s/aarch64/arm64/')
ARCH ?= $(HOST_ARCH)
MULTIARCH := $(shell uname -m)-linux-gnu

# The executables embed what lies in bpf/build; another architecture's objects
# are only compiled.
BPF_OUTPUT ?= bpf/build$(if $(filter-out $(HOST_ARCH),$(ARCH)),/$(ARCH))
BPF_SOURCES := $(wildcard bpf/*.bpf.c)
# SwiftPM remembers what Package.swift read for as long as the environment is the same.
export TOOL_FOLDERS := $(TOOLS) $(BPF_SOURCES)
BPF_HEADERS := $(wildcard bpf/*.h bpf/lib/*.h bpf/include/*.h) $(wildcard Sources/TraceKit/Wire/include/*.h)
BPF_OBJECTS := $(BPF_SOURCES:bpf/%.bpf.c=$(BPF_OUTPUT)/%.bpf.o)
# The verifier's log names lines; their columns are a fourteenth of an object.
BPF_FLAGS = -g -gno-column-info -O2 -mcpu=v3 -target bpf -D__TARGET_ARCH_$(ARCH) -Wall -Werror \
	-fdebug-compilation-dir=. -Ibpf -Ibpf/include -ISources/TraceKit/Wire/include -I/usr/include/$(MULTIARCH)
# libbpf reads none of these sections, and they are a fifth of an object.
BPF_STRIP = $(STRIP) -g -R .rel.BTF -R .rel.BTF.ext -R .llvm_addrsig

# The GNU names. PREFIX is what most people type.
PREFIX ?= /usr/local
prefix ?= $(PREFIX)
exec_prefix ?= $(prefix)
sbindir ?= $(exec_prefix)/sbin
libdir ?= $(exec_prefix)/lib
datarootdir ?= $(prefix)/share
mandir ?= $(datarootdir)/man
docdir ?= $(datarootdir)/doc/swift-bpf-tools
bashcompletiondir ?= $(datarootdir)/bash-completion/completions
zshcompletiondir ?= $(datarootdir)/zsh/site-functions
fishcompletiondir ?= $(datarootdir)/fish/vendor_completions.d
pkglibdir = $(libdir)/swift-bpf-tools
DOCUMENTS := README.md docs/KERNELS.md docs/KUBERNETES.md docs/PERFORMANCE.md packaging/copyright
ACCESS := swift-bpf-tools-access
INSTALL ?= install

# What root built in a user's own folder under sudo is given to that user.
give-back = if [ "$$(id -u)" = 0 ] && [ -n "$$SUDO_UID" ] && \
	[ "$$(stat -c %u .)" = "$$SUDO_UID" ]; then \
	find . -maxdepth 1 -name '.build*' -exec chown -Rh "$$SUDO_UID:$$SUDO_GID" {} +; \
	chown -Rh "$$SUDO_UID:$$SUDO_GID" bpf/build; fi
# Scripts find swift by PATH.
with-swift = SWIFT="$(SWIFT)" PATH="$$PATH:$(dir $(SWIFT))"

.PHONY: build bpf runtime run static test test-build test-unit kernels bench lint lists man man-check format size \
	install install-build uninstall deb rpm tarball image test-install \
	test-example test-docs docs examples dependencies clean help

build: bpf runtime ## build all tools and their man pages
	$(SWIFT) build -c release
	@man/assemble $(BUILT)
	@$(give-back)

bpf: $(BPF_OBJECTS) ## compile the BPF programs (ARCH=arm64: for another architecture)
	@packaging/object-list

$(BPF_OUTPUT)/%.bpf.o: bpf/%.bpf.c $(BPF_HEADERS) | dependencies
	@mkdir -p $(@D)
	$(CLANG) $(BPF_FLAGS) -c $< -o $@
	$(BPF_STRIP) $@

# The programs that the bench holds the tools against.
FLOORS = $(patsubst Benchmarks/%.bpf.c,.build/bench/%.bpf.o,$(wildcard Benchmarks/floors/*.bpf.c))

.PHONY: floors
floors: $(FLOORS)

.build/bench/floors/%.bpf.o: Benchmarks/floors/%.bpf.c $(wildcard Benchmarks/floors/*.h) $(BPF_HEADERS)
	@mkdir -p $(@D)
	$(CLANG) $(BPF_FLAGS) -Wno-unused-function -c $< -o $@

runtime: | dependencies
	@[ -z "$(MERGED_RUNTIME)" ] || packaging/merged-runtime $(SWIFT) $(MERGED_RUNTIME)

dependencies:
	@packaging/dependencies build

# What has no program of its own runs the others.
run: ## build and run one tool: make run TOOL=opensnoop ARGS="-x"
	@if [ -z "$(filter $(TOOLS),$(TOOL))" ]; then \
		echo 'Which tool? TOOL= must be one of: $(TOOLS).' >&2; exit 64; fi
	@packaging/dependencies run
	@$(MAKE) --no-print-directory bpf runtime >&2
	@$(SWIFT) build -c release $(if $(wildcard bpf/$(TOOL).bpf.c),--product $(TOOL)) >&2
	@$(give-back)
	@$(BUILT)/$(TOOL) $(ARGS)

# How long random texts and events are printed to find one that breaks something.
FUZZ_SECONDS ?= 60
# Those among which `make test` shares the plans of all tools, with the suites of two families
# in turn; `make kernels` runs all in each.
TEST_KERNELS ?= 6.1 6.12

# What is tested is built once, as a release is, for this machine and for emulated ones. It has
# a folder of its own, since tests reach into it, which the tools that are installed do not allow.
# The testing library brings the toolchain's own runtime, so there is no other beside it.
export TEST_BUILD ?= .build/testing
test-swift = $(1) -c release --scratch-path $(TEST_BUILD) -Xswiftc -enable-testing

test-build: MERGED_RUNTIME =
test-build: bpf test-objects ## build the tests, and what they test
	$(SWIFT) $(call test-swift,build --build-tests)
	@$(give-back)

test: ## run all tests; needs root
	@if [ "$$(id -u)" != 0 ]; then \
		echo 'The live tests trace, which needs root: run this with sudo, or make test-unit.' >&2; \
		exit 69; fi
	@packaging/dependencies test
	@started=$$(date +%s); \
	$(MAKE) --no-print-directory bpf ARCH=arm64 BPF_OUTPUT=bpf/build/arm64 && \
	$(MAKE) --no-print-directory test-build examples && \
	man/check $(TEST_BUILD)/release || exit; \
	status=0; BUILD_SECONDS=$$(($$(date +%s) - started)) TEST_KERNELS='$(TEST_KERNELS)' \
	FUZZ_SECONDS=$(FUZZ_SECONDS) $(with-swift) Tests/run $(TEST_BUILD)/release/*PackageTests.xctest || \
		status=$$?; \
	$(give-back); \
	exit $$status

test-unit: bpf ## run the tests that need no root
	$(SWIFT) test --filter 'TraceKitTests|ToolTests|FuzzTests'

kernels: test-build ## run the live tests in this kernel and in all others, and write docs/KERNELS.md
	@packaging/dependencies test
	@mkdir -p .build/kernels
	@status=0; set -o pipefail; \
	{ echo "RELEASE $$(uname -r)"; \
		$(TEST_BUILD)/release/*PackageTests.xctest --testing-library swift-testing \
		--filter 'LiveTests\.'; } 2>&1 | tee .build/kernels/host.out || status=$$?; \
	$(with-swift) Tests/Kernels/run --no-build --host-log .build/kernels/host.out \
		--table docs/KERNELS.md || status=$$?; \
	$(give-back); \
	exit $$status

bench: build ## measure the tools beside their peers, and write docs/PERFORMANCE.md (ARGS=--quick)
	@packaging/dependencies bench
	@status=0; $(with-swift) STRIP="$(STRIP)" Benchmarks/run $(ARGS) || status=$$?; \
	$(give-back); \
	exit $$status

SWIFT_SOURCES = Package.swift $(wildcard Sources Tests Benchmarks Examples)
C_SOURCES = $(shell find $(wildcard bpf Sources Tests Benchmarks Examples packaging) -name build -prune -o -name .build -prune -o -name '*.[ch]' -print | sort)

lint: man-check ## check the style of the sources, the man pages and the files that are written by scripts
	@status=0; for tool in $(filter $(TOOLS),$(BPF_SOURCES:bpf/%.bpf.c=%)); do \
		[ -e Benchmarks/storms/$$tool.json ] || \
		{ echo "lint: there is no Benchmarks/storms/$$tool.json" >&2; status=1; }; \
	done; exit $$status
	packaging/tool-table --check
	packaging/system-calls --check
	$(SWIFT) format lint --strict --parallel -r $(SWIFT_SOURCES)
	$(CLANG_FORMAT) --dry-run -Werror $(C_SOURCES)

format: ## put the sources into the project's style
	$(SWIFT) format --in-place --parallel -r $(SWIFT_SOURCES)
	$(CLANG_FORMAT) -i $(C_SOURCES)

lists: ## write the table of tools in README.md and the header of system call numbers
	packaging/tool-table
	packaging/system-calls

man: ## build the man pages of the tools in BUILT= (.build/release) into .build/man
	man/assemble $(BUILT)
	@$(give-back)

# A page is made of what its tool says of itself, in whichever folder it was built.
CHECKED = $(firstword $(wildcard $(BUILT) $(TEST_BUILD)/release) .)

man-check: ## check the man pages of the tools that are built
	man/check $(CHECKED) $(filter-out $(patsubst %,%.8,$(filter-out $(notdir $(wildcard \
		$(CHECKED)/*)),$(TOOLS))),$(PAGES))

size: build ## print what each tool weighs when installed, in bytes
	@for file in $(TOOLS) libTraceKit.so; do \
		$(STRIP) --strip-unneeded -o $(BUILT)/stripped.tmp $(BUILT)/$$file && \
		printf '%9d %s\n' "$$(stat -c %s $(BUILT)/stripped.tmp)" $$file; \
	done; rm -f $(BUILT)/stripped.tmp

static: bpf ## build one tool as a single file: make static TOOL=opensnoop
	@if [ -z "$(filter $(TOOLS),$(TOOL))" ]; then \
		echo 'Which tool? TOOL= must be one of: $(TOOLS).' >&2; exit 64; fi
	TRACEKIT_LINKAGE=static MERGED_RUNTIME= $(SWIFT) build -c release --scratch-path .build-static \
		--static-swift-stdlib --product $(TOOL)
	@$(give-back)
	@$(STRIP) -o .build-static/$(TOOL) .build-static/release/$(TOOL)
	@echo 'It is .build-static/$(TOOL).'

# What is installed finds its libraries from its own place, and holds no path of
# the machine that built it; so it is linked in a folder of its own.
INSTALL_BUILT := .build-install/release
INSTALL_RPATH = $$ORIGIN/$(shell realpath -m -s --relative-to='$(sbindir)' '$(pkglibdir)')

install-build: bpf runtime
	$(SWIFT) build -c release --scratch-path .build-install -Xcc -fmacro-prefix-map=$(CURDIR)/= \
		-Xswiftc -no-toolchain-stdlib-rpath -Xlinker '-rpath=$(INSTALL_RPATH)' $(INSTALL_LINKS)
	@$(give-back)

install: install-build ## install tools, libraries, man pages, completions (DESTDIR=, PREFIX=)
	$(INSTALL) -d $(addprefix $(DESTDIR),$(sbindir) $(pkglibdir) $(mandir)/man7 $(mandir)/man8 \
		$(docdir) $(bashcompletiondir) $(zshcompletiondir) $(fishcompletiondir))
	$(INSTALL) -m 755 $(addprefix $(INSTALL_BUILT)/,$(TOOLS)) $(DESTDIR)$(sbindir)
	packaging/runtime-libraries $(SWIFT) $(addprefix $(INSTALL_BUILT)/,libTraceKit.so $(TOOLS)) | \
		xargs $(INSTALL) -m 644 -t $(DESTDIR)$(pkglibdir)
	$(INSTALL) -m 644 $(INSTALL_BUILT)/libTraceKit.so $(DESTDIR)$(pkglibdir)
	$(STRIP) $(addprefix $(DESTDIR)$(sbindir)/,$(TOOLS))
	$(STRIP) --strip-unneeded $(DESTDIR)$(pkglibdir)/*.so
	sed 's/@TOOLS@/$(filter $(BPF_SOURCES:bpf/%.bpf.c=%),$(TOOLS))/' packaging/$(ACCESS) >$(DESTDIR)$(sbindir)/$(ACCESS)
	chmod 755 $(DESTDIR)$(sbindir)/$(ACCESS)
	man/assemble $(DESTDIR)$(sbindir) .build-install/man
	$(foreach section,7 8,$(INSTALL) -m 644 \
		$(addprefix .build-install/man/,$(filter %.$(section),$(PAGES))) $(DESTDIR)$(mandir)/man$(section) &&) true
	$(INSTALL) -m 644 $(DOCUMENTS) $(DESTDIR)$(docdir)
	$(INSTALL) -d $(DESTDIR)$(docdir)/dashboards
	$(INSTALL) -m 644 dashboards/*.json $(DESTDIR)$(docdir)/dashboards
	@$(foreach alias,$(ALIASES),ln -sf $(call aliased,$(alias)) $(DESTDIR)$(sbindir)/$(alias) && \
		ln -sf $(call aliased,$(alias)).8 $(DESTDIR)$(mandir)/man8/$(alias).8 &&) true
	@set -e; for tool in $(TOOLS) $(filter-out $(REFUSED),$(ALIASES)); do \
		complete() { $(DESTDIR)$(sbindir)/$$tool --generate-completion-script "$$1"; }; \
		complete bash >$(DESTDIR)$(bashcompletiondir)/$$tool; \
		complete zsh >$(DESTDIR)$(zshcompletiondir)/_$$tool; \
		complete fish >$(DESTDIR)$(fishcompletiondir)/$$tool.fish; \
	done

uninstall: ## remove what make install put there
	rm -f $(addprefix $(DESTDIR)$(sbindir)/,$(TOOLS) $(ALIASES) $(ACCESS))
	rm -f $(foreach page,$(PAGES),$(DESTDIR)$(mandir)/man$(subst .,,$(suffix $(page)))/$(page))
	rm -f $(ALIASES:%=$(DESTDIR)$(mandir)/man8/%.8)
	rm -f $(addprefix $(DESTDIR)$(bashcompletiondir)/,$(TOOLS) $(ALIASES))
	rm -f $(addprefix $(DESTDIR)$(zshcompletiondir)/_,$(TOOLS) $(ALIASES))
	rm -f $(patsubst %,$(DESTDIR)$(fishcompletiondir)/%.fish,$(TOOLS) $(ALIASES))
	rm -rf $(DESTDIR)$(pkglibdir) $(DESTDIR)$(docdir)

# What a package holds is what `make install` puts into a folder of its own.
PACKAGES := .build-packages
package-tree = rm -rf $(PACKAGES)/$(1) && $(MAKE) --no-print-directory install \
	DESTDIR=$(abspath $(PACKAGES)/$(1)) $(2) >$(PACKAGES)/$(1).log

deb: ## make a Debian package
	@packaging/dependencies deb
	@mkdir -p $(PACKAGES)
	@$(call package-tree,deb,PREFIX=/usr zshcompletiondir=/usr/share/zsh/vendor-completions)
	packaging/deb $(PACKAGES)/deb $(VERSION) $(PACKAGES)
	@$(give-back)

# On 64 bits, Fedora's loader trusts a tool with capabilities to libraries in lib64.
rpm: ## make an RPM package
	@packaging/dependencies rpm
	@mkdir -p $(PACKAGES)
	@$(call package-tree,rpm,PREFIX=/usr libdir=/usr/lib64)
	packaging/rpm $(PACKAGES)/rpm $(VERSION) $(PACKAGES)
	@$(give-back)

test-install: ## make the packages and try them in shells and virtual machines; needs root
	@if [ "$$(id -u)" != 0 ]; then \
		echo 'Testing packages needs root: run this with sudo.' >&2; exit 69; fi
	@packaging/dependencies install
	@status=0; $(with-swift) Tests/Install/run || status=$$?; \
	$(give-back); \
	exit $$status

test-example: ## follow the worked example of CONTRIBUTING.md; needs root
	@packaging/dependencies test
	@status=0; $(with-swift) Tests/Example/run || status=$$?; \
	$(give-back); \
	exit $$status

EXAMPLE_OBJECTS := $(patsubst Examples/bpf/%.bpf.c,Examples/bpf/build/%.bpf.o,$(wildcard Examples/bpf/*.bpf.c))

Examples/bpf/build/%.bpf.o: Examples/bpf/%.bpf.c $(wildcard Examples/bpf/include/*.h) $(BPF_HEADERS)
	@mkdir -p $(@D)
	$(CLANG) $(BPF_FLAGS) -IExamples/bpf/include -c $< -o $@
	$(BPF_STRIP) $@

examples: bpf $(EXAMPLE_OBJECTS) ## compile the BPF programs of Examples, a package of its own

docs: bpf ## build the documentation of the libraries into .build/docs
	$(SWIFT) build --product doctor
	packaging/documentation $(SWIFT) .build/docs
	@$(give-back)

test-docs: examples test-build ## build and run the examples of the libraries' articles; needs root
	@$(with-swift) Tests/Documentation/run

# The linker takes a library from where it finds it first.
TARBALL = swift-bpf-tools-$(VERSION)-$(shell uname -m)

tarball: ## make an archive that runs from any folder
	@packaging/dependencies tarball
	@rm -rf $(PACKAGES)/archives
	@archives=$$(packaging/archives $(PACKAGES)/archives) && \
	$(call package-tree,$(TARBALL),PREFIX= INSTALL_LINKS="$$(printf -- '-Xlinker %s ' \
		-L$(abspath $(PACKAGES)/archives) --exclude-libs=ALL $${archives// / -l})")
	packaging/tarball $(PACKAGES)/$(TARBALL)
	@$(give-back)

# Any of podman, docker and buildah makes it.
image: tarball ## make an image for containers (BUILDER=podman IMAGE=swift-bpf-tools:0.1.0)
	packaging/image/build $(PACKAGES)/$(TARBALL).tar.xz $(or $(IMAGE),swift-bpf-tools:$(VERSION))

clean: ## remove what was built
	rm -rf .build .build-example .build-install .build-packages .build-static bpf/build \
		Examples/bpf/build Examples/.build

help: ## print this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

-include Tests/objects.mk
