# lethe: `make help` lists what can be made.

MODE ?= release
BUILD := build/$(MODE)
CC ?= gcc
CXX ?= g++
ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(origin CXX),default)
CXX := g++
endif
PREFIX ?= /usr/local
DESTDIR ?=
# Warnings are errors under the compilers that the tests know: another one's
# new warning must not keep anybody from building.
COMPILER = $(firstword $(subst ., ,$(shell $(CC) -dumpversion 2>/dev/null)))
WERROR ?= $(if $(filter 12 14,$(COMPILER)),-Werror)
VERSION := $(shell sed -n 's/.*LETHE_VERSION "\(.*\)".*/\1/p' include/lethe.h)

# Debian 12 has clang 14, Debian 13 clang 19.
CLANG = $(firstword $(foreach v,-14 -19,$(if $(shell command -v clang$v 2>/dev/null),$v)))
CLANG_TOOLS = $(firstword $(foreach v,-14 -19,$(if $(shell command -v clang-tidy$v 2>/dev/null),$v)))

# The libraries, by pkg-config; Debian 12 calls msgpack-c's file `msgpack`.
PKG_CONFIG ?= pkg-config
MSGPACK = $(shell $(PKG_CONFIG) --exists msgpack-c 2>/dev/null && echo msgpack-c || echo msgpack)
LIB_PKGS = libsodium simdjson $(MSGPACK) yaml-0.1 libpcre2-8 libutf8proc lmdb
PKGS = $(LIB_PKGS) rdkafka libmicrohttpd libseccomp
PKG_CFLAGS = $(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null)
PKG_LIBS = $(shell $(PKG_CONFIG) --libs $(PKGS) 2>/dev/null)

WARN := -Wall -Wextra -Wshadow -Wvla -Wformat=2 -Wpointer-arith -Wcast-qual \
	-Wundef -Wwrite-strings $(WERROR)
WARN_C := -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
HARDEN := -fPIE -fstack-protector-strong -fstack-clash-protection
HARDEN_LD := -pie -Wl,-z,relro,-z,now,-z,noexecstack
ifeq ($(shell uname -m),x86_64)
HARDEN += -fcf-protection
endif

ifeq ($(MODE),release)
OPT := -O2 -g -D_FORTIFY_SOURCE=2
else ifeq ($(MODE),asan)
OPT := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
HARDEN := -fPIE
else ifeq ($(MODE),tsan)
OPT := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
HARDEN := -fPIE
else ifeq ($(MODE),fuzz)
CC := clang$(CLANG)
CXX := clang++$(CLANG)
OPT := -O1 -g -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all -fno-omit-frame-pointer
HARDEN := -fPIE
else ifeq ($(MODE),clang)
CC := clang$(CLANG)
CXX := clang++$(CLANG)
OPT := -O2 -g -D_FORTIFY_SOURCE=2
else
$(error MODE is one of release, asan, tsan, fuzz, clang)
endif

CPPFLAGS += -D_GNU_SOURCE -Iinclude -Isrc -include base/banned.h
CFLAGS_ALL := -std=gnu17 $(OPT) $(HARDEN) $(WARN) $(WARN_C) \
	-fvisibility=hidden -pthread $(CFLAGS)
CXXFLAGS_ALL := -std=gnu++17 $(OPT) $(HARDEN) $(WARN) -fvisibility=hidden \
	-fno-exceptions -pthread $(CXXFLAGS)
LDFLAGS_ALL := $(OPT) $(HARDEN_LD) -pthread $(LDFLAGS)

C_SOURCES := $(sort $(shell find src -name '*.c'))
CC_SOURCES := $(sort $(shell find src -name '*.cc'))
OBJECTS := $(C_SOURCES:%.c=$(BUILD)/%.o) $(CC_SOURCES:%.cc=$(BUILD)/%.o)
MAIN := $(BUILD)/src/cli/main.o
# What `lethe init` carries: whatever stands there, as C arrays.
EMBEDDED := $(sort config/policy.example.yaml \
	$(wildcard config/policies/*.yaml config/events/*.ndjson))
OBJECTS += $(BUILD)/embedded.o
LIB_ROOMS := base text event crypto yaml transform consent policy engine
LIB_OBJECTS := $(foreach r,$(LIB_ROOMS),$(filter $(BUILD)/src/$(r)/%,$(OBJECTS)))

# The client allocates in one thread and frees in another, several times a
# record: glibc's allocator costs a third of a lane's time there.  The library
# leaves the choice to the program it is linked into.
ALLOCATOR = $(if $(filter release clang,$(MODE)),$(shell $(PKG_CONFIG) --libs jemalloc 2>/dev/null))

ifeq ($(MODE),release)
BINARY := build/lethe
else
BINARY := $(BUILD)/lethe
endif

.DELETE_ON_ERROR:
.SUFFIXES:
.DEFAULT_GOAL := all
Q := $(if $(V),,@)

all: deps-build ## build/lethe and the library (installs missing packages)
	$(Q)$(MAKE) --no-print-directory build man completion

build: $(BINARY) $(BUILD)/liblethe.a ## the same without looking at packages

$(BINARY): $(OBJECTS)
	@echo "  LINK  $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(CXX) $(LDFLAGS_ALL) -o $@ $^ $(PKG_LIBS) $(ALLOCATOR) -lm

$(BUILD)/%.o: %.c
	@echo "  CC    $<"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: %.cc
	@echo "  CXX   $<"
	$(Q)mkdir -p $(@D)
	$(Q)$(CXX) $(CPPFLAGS) $(PKG_CFLAGS) $(CXXFLAGS_ALL) -MMD -MP -c -o $@ $<

$(BUILD)/embedded.c: config/embed $(EMBEDDED)
	$(Q)mkdir -p $(@D)
	$(Q)config/embed $(EMBEDDED) > $@

$(BUILD)/embedded.o: $(BUILD)/embedded.c
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# All objects but main, for the tests; private names stay visible.
$(BUILD)/all.a: $(filter-out $(MAIN),$(OBJECTS))
	$(Q)rm -f $@
	$(Q)ar rcs $@ $^

# The library for strangers: one object whose private names are local.
$(BUILD)/liblethe.a: $(LIB_OBJECTS)
	@echo "  LIB   $@"
	$(Q)ld -r -o $(BUILD)/lethe-all.o $^
	$(Q)objcopy --localize-hidden $(BUILD)/lethe-all.o
	$(Q)rm -f $@
	$(Q)ar rcs $@ $(BUILD)/lethe-all.o

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

asan: ## build/asan/lethe, with AddressSanitizer and UBSan
	$(Q)$(MAKE) --no-print-directory build MODE=asan

tsan: ## build/tsan/lethe, with ThreadSanitizer
	$(Q)$(MAKE) --no-print-directory build MODE=tsan

clang: ## build/clang/lethe: the same sources under clang 14
	$(Q)$(MAKE) --no-print-directory build MODE=clang

include tests/tests.mk
include config/package.mk

deps: ## installs what is missing to build and to test; asks nothing
	$(Q)config/install-packages build test broker fuzz

deps-build:
	$(Q)config/install-packages build

deps-lint:
	$(Q)config/install-packages build lint

layers: ## refuses the first include upward, the first foreign header
	$(Q)awk -f tests/layers.awk $$(find src -name '*.[ch]' -o -name '*.cc' | sort)

lint: deps-lint ## clang-format and clang-tidy
	$(Q)clang-format$(CLANG_TOOLS) --dry-run --Werror $$(find src include tests -name '*.[ch]' -o -name '*.cc')
	$(Q)printf '%s\n' $(C_SOURCES) | xargs -P $$(nproc) -n 4 sh -c \
		'clang-tidy$(CLANG_TOOLS) --quiet "$$@" -- $(CPPFLAGS) $(PKG_CFLAGS) -std=gnu17 2>/dev/null' lint

format: ## puts the sources into form
	$(Q)clang-format$(CLANG_TOOLS) -i $$(find src include tests -name '*.[ch]' -o -name '*.cc')

demo: all ## installs what is missing, builds, shows it working (ARGS=…)
	$(Q)build/lethe demo $(ARGS)

install: build ## DESTDIR, PREFIX: binary, library, manual pages, completion
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/lib/pkgconfig" \
		"$(DESTDIR)$(PREFIX)/include/lethe"
	install -m 755 $(BINARY) "$(DESTDIR)$(PREFIX)/bin/lethe"
	install -m 644 $(BUILD)/liblethe.a "$(DESTDIR)$(PREFIX)/lib/"
	install -m 644 include/lethe.h "$(DESTDIR)$(PREFIX)/include/"
	install -m 644 include/lethe/*.h "$(DESTDIR)$(PREFIX)/include/lethe/"
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' \
		-e 's|@REQUIRES@|$(LIB_PKGS)|' config/lethe.pc.in \
		> "$(DESTDIR)$(PREFIX)/lib/pkgconfig/lethe.pc"

uninstall: ## takes away what install put there
	rm -rf "$(DESTDIR)$(PREFIX)/include/lethe"
	rm -f "$(DESTDIR)$(PREFIX)/bin/lethe" "$(DESTDIR)$(PREFIX)/include/lethe.h" \
		"$(DESTDIR)$(PREFIX)/lib/liblethe.a" \
		"$(DESTDIR)$(PREFIX)/lib/pkgconfig/lethe.pc"

clean: ## removes build/
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' Makefile tests/tests.mk config/package.mk | \
		sort | awk -F '\t' '{ printf "  %-16s %s\n", $$1, $$2 }'

.PHONY: all build asan tsan clang deps deps-build deps-lint layers lint format \
	demo install uninstall clean help
