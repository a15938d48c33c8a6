# The front door. `make help` lists what there is.

SHELL := /bin/bash
.DEFAULT_GOAL := build

SWIFT ?= swift
# Any clang with the bpf target will do.
CLANG ?= clang
STRIP ?= llvm-strip
ARCH ?= $(shell uname -m | sed 's/x86_64/x86/; s/aarch64/arm64/')
MULTIARCH := $(shell gcc -dumpmachine 2>/dev/null || echo $(shell uname -m)-linux-gnu)

BPF_OUTPUT ?= bpf/build
BPF_SOURCES := $(wildcard bpf/*.bpf.c)
BPF_HEADERS := $(wildcard bpf/*.h bpf/lib/*.h bpf/include/*.h) Sources/TraceKit/Wire/include/wire.h
BPF_OBJECTS := $(BPF_SOURCES:bpf/%.bpf.c=$(BPF_OUTPUT)/%.bpf.o)
BPF_FLAGS := -g -O2 -mcpu=v3 -target bpf -D__TARGET_ARCH_$(ARCH) -Wall -Werror \
	-Ibpf -Ibpf/include -ISources/TraceKit/Wire/include -I/usr/include/$(MULTIARCH)

.PHONY: build bpf clean

build: bpf ## build all tools
	$(SWIFT) build -c release

bpf: $(BPF_OBJECTS) ## compile the BPF programs

$(BPF_OUTPUT)/%.bpf.o: bpf/%.bpf.c $(BPF_HEADERS)
	@mkdir -p $(@D)
	$(CLANG) $(BPF_FLAGS) -c $< -o $@
	$(STRIP) -g $@

clean: ## remove what was built
	rm -rf .build $(BPF_OUTPUT)

include Tests/objects.mk
