# The tests.  Each part is found by wildcard: a new file is a new test.

CHECK_CFLAGS = $(shell $(PKG_CONFIG) --cflags check 2>/dev/null)
CHECK_LIBS = $(shell $(PKG_CONFIG) --libs check 2>/dev/null)
JOBS := -j$(shell nproc)
AGAIN = $(MAKE) --no-print-directory $(JOBS)

# Processes of the tests run side by side: each takes a port that is free.
export LETHE_HTTP_LISTEN := 127.0.0.1:0

# ---- units

UNIT_SOURCES := $(sort $(wildcard tests/unit/*.c))
UNIT_PROGRAMS := $(UNIT_SOURCES:%.c=$(BUILD)/%)

# Programs, several at a time since those of lanes mostly wait: for sessions to
# end, for brokers that are away.  What one says stays in one piece.
UNITS_AT_ONCE = $(shell echo $$((3 * $$(nproc))))
run_units = printf '%s\n' $(1) | xargs -P $(UNITS_AT_ONCE) -I{} sh -c \
	'said=$$($(2) {} 2>&1); code=$$?; echo "$$said"; exit $$code'

# Random histories of transactions: fewer where each costs more.
HISTORIES = $(if $(filter release,$(MODE)),100000,5000)

$(BUILD)/tests/unit/%: tests/unit/%.c $(BUILD)/all.a
	@echo "  TEST  $<"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -Itests $(PKG_CFLAGS) $(CHECK_CFLAGS) $(CFLAGS_ALL) \
		-MMD -MP -MF $@.d -MT $@ -c -o $@.o $<
	$(Q)$(CXX) $(LDFLAGS_ALL) -o $@ $@.o $(TSAN_OBJECTS) $(BUILD)/all.a $(CHECK_LIBS) $(PKG_LIBS) -lm

# The client library's threads are C11's, which ThreadSanitizer does not know.
TSAN_OBJECTS := $(if $(filter tsan,$(MODE)),$(BUILD)/tests/tsan/threads.o)
TSAN := TSAN_OPTIONS=suppressions=$(CURDIR)/tests/tsan/suppressions

$(UNIT_PROGRAMS) $(BINARY): $(TSAN_OBJECTS)

unit: $(UNIT_PROGRAMS) ## the unit tests (one: make unit-NAME)
	$(Q)$(call run_units,$(UNIT_PROGRAMS),TXN_HISTORIES=$${TXN_HISTORIES:-$(HISTORIES)} \
		CK_FORK=$(if $(filter release,$(MODE)),yes,no))

unit-%: $(BUILD)/tests/unit/%
	$(Q)$<

# ---- the whole

# In order; each is a target of its own.  A part that is absent is an error.
TEST_PARTS := build layers unit golden-policy golden vendors docs-examples cli symbols \
	test-clang test-asan test-tsan fuzz-replay fuzz canary \
	doctor ledger topics admin consent vendors-broker forget offsets replay memory secured prometheus \
	reload recommender relay ring-file mutants-consent \
	rotation signed e2e soak-mutants soak

# Those that mostly wait: beside those that compute, and of those that measure
# nothing three at a time, the longest first.
TEST_SEVERAL := cli doctor ledger topics admin consent vendors-broker forget offsets replay memory secured prometheus \
	reload recommender relay
TEST_WAIT := rotation signed e2e soak-mutants soak
PARTS = python3 tests/parts.py --several "$(TEST_SEVERAL)" --wait "$(TEST_WAIT)"

test: deps ## all that stands between a change and its landing
	$(Q)$(PARTS) "$(AGAIN)" $(TEST_PARTS)

test-long: deps ## the same with the longest parts: more fuzzing, more kills
	$(Q)$(PARTS) "$(AGAIN) LONG=1" $(TEST_PARTS)

test-clang: ## every source and test under clang, warnings as errors
	$(Q)$(AGAIN) MODE=clang seen

# What a compiler has looked at, and made nothing of.
SEEN := $(patsubst %,$(BUILD)/%.seen,$(C_SOURCES) $(CC_SOURCES) $(UNIT_SOURCES))

$(BUILD)/%.c.seen: %.c
	@echo "  SEE   $<"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -Itests $(PKG_CFLAGS) $(CHECK_CFLAGS) $(CFLAGS_ALL) \
		-MMD -MP -MF $@.d -MT $@ -fsyntax-only $<
	$(Q)touch $@

$(BUILD)/%.cc.seen: %.cc
	@echo "  SEE   $<"
	$(Q)mkdir -p $(@D)
	$(Q)$(CXX) $(CPPFLAGS) $(PKG_CFLAGS) $(CXXFLAGS_ALL) -MMD -MP -MF $@.d -MT $@ -fsyntax-only $<
	$(Q)touch $@

seen: $(SEEN)

test-asan: ## units and golden folders under ASan and UBSan
	$(Q)$(AGAIN) MODE=asan build unit-programs
	$(Q)$(MAKE) --no-print-directory MODE=asan unit golden-policy golden
	$(Q)$(MAKE) --no-print-directory MODE=asan canary CANARY_EVENTS=10000

TSAN_UNITS := $(addprefix build/tsan/tests/unit/,mock_run mock_faults mock_stops mock_gate mock_turn ledger_store keeper)

test-tsan: ## under ThreadSanitizer: lanes on the mock cluster, the ledger's readers, writer and keeper
	$(Q)$(AGAIN) MODE=tsan build $(TSAN_UNITS)
	$(Q)$(call run_units,$(TSAN_UNITS),$(TSAN) CK_FORK=no)
	$(Q)$(TSAN) build/tsan/lethe demo --events 3000 </dev/null >build/tsan/demo.log 2>&1 || \
		{ tail -n 40 build/tsan/demo.log; exit 1; }

unit-programs: $(UNIT_PROGRAMS)

# ---- faults planted into the decision on consent: the units must notice

MUTANT_UNITS = $(shell python3 tests/mutate/mutants.py --tests)
MUTANT_SEED ?= 1

mutants-consent: $(BUILD)/all.a ## faults in what decides on consent, which tests must notice (MUTANT_SEED; LONG=1: all)
	$(Q)$(AGAIN) $(MUTANT_UNITS:%=$(BUILD)/tests/unit/%)
	$(Q)python3 tests/mutate/mutants.py --build $(BUILD) --libs "$(CHECK_LIBS) $(PKG_LIBS) -lm" \
		--cc "$(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(CFLAGS_ALL)" --link "$(CXX) $(LDFLAGS_ALL)" \
		$(if $(LONG),,--seed $(MUTANT_SEED) --count 10) $(MUTANT_ARGS)

.PHONY: mutants-consent

# ---- what the library shows to strangers

STAGE := build/stage

symbols: build ## the archive exports lethe_* alone, and a stranger links it
	$(Q)nm -g --defined-only $(BUILD)/liblethe.a | \
		awk 'NF == 3 && $$3 !~ /^lethe_/ { print "exported: " $$3; bad = 1 } \
		NF == 3 { n++ } END { print n " symbols"; exit bad || !n }'
	$(Q)rm -rf $(STAGE)
	$(Q)$(MAKE) --no-print-directory install DESTDIR=$(CURDIR)/$(STAGE) PREFIX=/usr >$(STAGE).log
	$(Q)PKG_CONFIG_PATH=$(CURDIR)/$(STAGE)/usr/lib/pkgconfig; export PKG_CONFIG_PATH; \
		$(CC) -std=c11 -Wall -Wextra -Werror -pedantic tests/symbols/stranger.c \
		$$($(PKG_CONFIG) --define-variable=prefix=$(CURDIR)/$(STAGE)/usr --cflags --libs lethe) \
		-o $(STAGE)/stranger
	$(Q)tests/symbols/run.sh $(BINARY) $(STAGE)/stranger

# ---- mistakes of policies

golden-policy: build ## each mistake of a policy, told in exactly these words
	$(Q)tests/policy/run.sh $(BINARY)

.PHONY: golden-policy

# ---- fuzzing

FUZZ_SOURCES := $(filter-out tests/fuzz/replay.c,$(sort $(wildcard tests/fuzz/*.c tests/fuzz/*.cc)))
FUZZ_NAMES := $(basename $(notdir $(FUZZ_SOURCES)))
FUZZ_PROGRAMS := $(FUZZ_NAMES:%=$(BUILD)/tests/fuzz/%)
FUZZ ?= $(FUZZ_NAMES)
TIME ?= $(if $(LONG),600,10)

$(BUILD)/tests/fuzz/%.o: tests/fuzz/%.c
	@echo "  CC    $<"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(filter-out -Wmissing-prototypes,$(CFLAGS_ALL)) \
		-MMD -MP -c -o $@ $<

$(BUILD)/tests/fuzz/%.o: tests/fuzz/%.cc
	@echo "  CXX   $<"
	$(Q)mkdir -p $(@D)
	$(Q)$(CXX) $(CPPFLAGS) $(PKG_CFLAGS) $(CXXFLAGS_ALL) -MMD -MP -c -o $@ $<

# Under clang the fuzzer's own main; elsewhere one that plays the corpus.
FUZZ_MAIN = $(if $(filter fuzz,$(MODE)),,$(BUILD)/tests/fuzz/replay.o)

$(FUZZ_PROGRAMS): $(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/replay.o $(BUILD)/all.a
	@echo "  FUZZ  $@"
	$(Q)$(CXX) $(LDFLAGS_ALL) $(if $(filter fuzz,$(MODE)),-fsanitize=fuzzer) -o $@ \
		$@.o $(FUZZ_MAIN) $(BUILD)/all.a $(PKG_LIBS) -lm

fuzz-programs: $(FUZZ_PROGRAMS)

fuzz: ## libFuzzer over all targets (FUZZ=name TIME=10, seconds each, two at a time on two cores)
	$(Q)$(AGAIN) MODE=fuzz $(FUZZ:%=build/fuzz/tests/fuzz/%)
	$(Q)tests/fuzz/run.sh $(TIME) $(FUZZ)

fuzz-replay: ## the corpus through the same targets under gcc's ASan
	$(Q)$(AGAIN) MODE=asan fuzz-programs
	$(Q)for name in $(FUZZ_NAMES); do \
		build/asan/tests/fuzz/$$name tests/fuzz/corpus/$$name || exit 1; done

# ---- a model of the policy, written a second time

CANARY_EVENTS ?= 100000

canary: build ## filter against the model, and no canary in what comes out
	$(Q)python3 tests/e2e/test_canary.py --lethe $(BINARY) --events $(CANARY_EVENTS)

# ---- where keys may be found

memory: build ## a running lethe's memory searched for its keys; a real Kafka broker (root)
	$(Q)python3 tests/e2e/test_memory.py --lethe $(BINARY)

recommender: build ## what a rotation costs a recommender, and what it does not hide
	$(Q)python3 tests/e2e/test_recommender.py --lethe $(BINARY)

ring-file: build ## rings, signatures, quarantine by a second implementation in plain Python
	$(Q)python3 tests/e2e/test_ring_file.py --lethe $(BINARY)

.PHONY: memory recommender ring-file

# ---- the soak's own tools

relay: ## the soak's own tools: its checker, its supervisor, its relay and a real broker through it
	$(Q)python3 tests/soak/test_compare.py
	$(Q)python3 tests/soak/test_world.py
	$(Q)python3 tests/soak/test_relay.py --kafka

.PHONY: relay

# ---- the real binary

golden: build ## every folder of tests/golden through `lethe filter`
	$(Q)tests/golden/run.py --binary $(BINARY)

cli: build ## help of every command, suggestions, exit codes, init
	$(Q)tests/cli/run.sh $(BINARY)
	$(Q)python3 tests/cli/test_consent_decode.py --lethe $(BINARY)
	$(Q)python3 tests/cli/test_keys_killed.py --lethe $(BINARY)
	$(Q)python3 tests/cli/test_keys_drill.py --lethe $(BINARY)
	$(Q)python3 tests/cli/test_keys_destroy.py --lethe $(BINARY)
	$(Q)python3 tests/cli/test_keys_fleet.py --lethe $(BINARY)
	$(Q)python3 tests/cli/test_keys_hostile.py --lethe $(BINARY)

.PHONY: golden cli

# ---- a real broker

e2e: build ## exactly once and no canary, on a real Kafka broker
	$(Q)python3 tests/e2e/test_exactly_once.py --lethe $(BINARY) $(if $(LONG),--kills 12)

offsets: build ## where a group begins, gaps, going back, on a real Kafka broker
	$(Q)python3 tests/e2e/test_offsets.py --lethe $(BINARY)

admin: build ## metrics, health, a changed policy, a stall, on a real Kafka broker
	$(Q)python3 tests/e2e/test_admin.py --lethe $(BINARY)

reload: build ## a changed ring, and what the group remembers, on a real Kafka broker
	$(Q)python3 tests/e2e/test_reload.py --lethe $(BINARY)

ledger: build ## the consent ledger of a running lethe, on a real Kafka broker
	$(Q)python3 tests/e2e/test_ledger.py --lethe $(BINARY)
	$(Q)python3 tests/e2e/test_ledger_rights.py --lethe $(BINARY)

forget: build ## objections remembered, withdrawals told to consumers, on a real Kafka broker
	$(Q)python3 tests/e2e/test_forget.py --lethe $(BINARY)

rotation: build ## keys rotated under load, an emergency, a destroyed key; a real Kafka broker
	$(Q)python3 tests/e2e/test_rotation.py --lethe $(BINARY)

signed: build ## policies that two of three must sign, taken at their instant; a real Kafka broker
	$(Q)python3 tests/e2e/test_policy_signed.py --lethe $(BINARY)

replay: build ## quarantined and repaired events sent again, on a real Kafka broker
	$(Q)python3 tests/e2e/test_replay.py --lethe $(BINARY)

consent: build ## the commands of the consent ledger, on a real Kafka broker
	$(Q)python3 tests/e2e/test_consent.py --lethe $(BINARY)

topics: build ## the topics of a policy, planned and made, on a secured Kafka broker
	$(Q)python3 tests/e2e/test_topics.py --lethe $(BINARY)

secured: build ## TLS, logins and rights: who may, and why who may not; real Kafka brokers
	$(Q)python3 tests/e2e/test_secured.py --lethe $(BINARY)

doctor: build ## lethe doctor: each check well, and made to fail, on a real Kafka broker
	$(Q)python3 tests/e2e/test_doctor.py --lethe $(BINARY)

prometheus: build ## a real Prometheus scrapes: alerts and dashboard are answered
	$(Q)python3 tests/e2e/test_prometheus.py --lethe $(BINARY)

SOAK_MINUTES ?= 4
SOAK_SEED ?= 1
SOAK_RATE ?= 400
SOAK = python3 tests/soak/soak.py --seed $(SOAK_SEED) --rate $(SOAK_RATE)

soak: build ## faults of all kinds, then everything counted (SOAK_MINUTES, SOAK_SEED)
	$(Q)$(SOAK) --lethe $(BINARY) --minutes $(SOAK_MINUTES)

# Faults planted into the program: the soak must find them.
# (A machine that only builds need not have a python3.)
MUTANTS := $(shell command -v python3 >/dev/null && python3 tests/soak/mutants.py)
MUTANT_PROGRAMS := $(MUTANTS:%=$(BUILD)/mutants/%/lethe)
mutant_object = $(BUILD)/$(basename $(shell python3 tests/soak/mutants.py path $*)).o

$(MUTANT_PROGRAMS): $(BUILD)/mutants/%/lethe: $(OBJECTS) tests/soak/mutants.py
	@echo "  MUTANT $*"
	$(Q)mkdir -p $(@D)
	$(Q)python3 tests/soak/mutants.py write $* > $(@D)/mutant.c
	$(Q)$(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(CFLAGS_ALL) -w -c -o $(@D)/mutant.o $(@D)/mutant.c
	$(Q)$(CXX) $(LDFLAGS_ALL) -o $@ $(filter-out $(mutant_object),$(OBJECTS)) \
		$(@D)/mutant.o $(PKG_LIBS) $(ALLOCATOR) -lm

soak-mutants: $(MUTANT_PROGRAMS) ## planted faults, which the soak's checker must find
	$(Q)for name in $(MUTANTS); do \
		$(SOAK) --lethe $(BUILD)/mutants/$$name/lethe --mutant --minutes 0.4 --gap 4 \
			--only $$(python3 tests/soak/mutants.py plan $$name) || exit 1; done

.PHONY: soak soak-mutants

.PRECIOUS: $(BUILD)/tests/unit/% $(BUILD)/tests/fuzz/%.o
.PHONY: unit unit-programs seen test test-long test-clang test-asan test-tsan symbols \
	fuzz fuzz-programs fuzz-replay canary e2e offsets topics consent replay admin reload rotation signed ledger forget secured doctor prometheus

# ---- benchmarks

BENCH_PROGRAMS := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/bench/*.c)))

$(BENCH_PROGRAMS): $(BUILD)/%: %.c $(BUILD)/all.a
	@echo "  BENCH $@"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -Itests $(PKG_CFLAGS) $(CFLAGS_ALL) -MMD -MP -MF $@.d -MT $@ -c -o $@.o $<
	$(Q)$(CXX) $(LDFLAGS_ALL) -o $@ $@.o $(BUILD)/all.a $(PKG_LIBS) -lm

bench-programs: $(BENCH_PROGRAMS)

BENCH = python3 tests/bench/bench.py --lethe $(BINARY) --programs $(BUILD)/tests/bench $(ARGS)

bench: deps build bench-programs ## measures, prints and writes docs/benchmarks.md (ten minutes)
	$(Q)$(BENCH) engine run latency reload

bench-engine: build bench-programs ## the engine alone, half a minute; writes nothing
	$(Q)$(BENCH) engine --out ""

bench-memory: deps build bench-programs ## memory_mb with 5 GB waiting (five minutes)
	$(Q)$(BENCH) memory

bench-sweep: deps build bench-programs ## fetch queues and wakes (18 minutes; ARGS=--short)
	$(Q)$(BENCH) sweep

bench-scale: deps build bench-programs ## how cost grows, with a picture (20 minutes; ARGS=--short)
	$(Q)$(BENCH) scale

bench-ledger: build bench-programs ## the consent ledger's store (one minute; ARGS="--subjects 10000000")
	$(Q)$(BENCH) ledger

bench-consent: deps build bench-programs ## from a withdrawal to silence, on a real broker (six minutes)
	$(Q)$(BENCH) consent

bench-profile: deps build bench-programs ## where the engine's instructions go, by callgrind (three minutes)
	$(Q)$(BENCH) profile

bench-run: build bench-programs ## `lethe run` beside the bare loop; writes nothing
	$(Q)$(BENCH) run --out ""

# ---- the image, a part of its own

test-debian13: ## builds and tests on Debian 13, in a folder, with five minutes of soak (root)
	$(Q)tests/debian13.sh

.PHONY: test-debian13 bench bench-engine bench-run bench-memory bench-sweep \
	bench-scale bench-ledger bench-consent bench-profile bench-programs

# ---- six vendors' real events, and the examples of the docs

vendors: build ## six vendors' real events through filter
	$(Q)tests/vendors/run.py --lethe $(BINARY)

vendors-broker: build ## the same through run, on a real Kafka broker
	$(Q)tests/vendors/run.py --lethe $(BINARY) --broker

docs-examples: build ## the examples of README and docs, run
	$(Q)tests/docs/run.py

.PHONY: vendors vendors-broker docs-examples
