# The tests.  Each part is found by wildcard: a new file is a new test.

CHECK_CFLAGS = $(shell $(PKG_CONFIG) --cflags check 2>/dev/null)
CHECK_LIBS = $(shell $(PKG_CONFIG) --libs check 2>/dev/null)

UNIT_SOURCES := $(sort $(wildcard tests/unit/*.c))
UNIT_PROGRAMS := $(UNIT_SOURCES:%.c=$(BUILD)/%)
UNIT ?=

$(BUILD)/tests/unit/%: tests/unit/%.c $(BUILD)/all.a
	@echo "  TEST  $<"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -Itests $(PKG_CFLAGS) $(CHECK_CFLAGS) $(CFLAGS_ALL) \
		-MMD -MP -MF $@.d -c -o $@.o $<
	$(Q)$(CXX) $(LDFLAGS_ALL) -o $@ $@.o $(BUILD)/all.a $(CHECK_LIBS) $(PKG_LIBS) -lm

unit: $(UNIT_PROGRAMS) ## the unit tests (one: make unit-NAME)
	$(Q)for t in $(UNIT_PROGRAMS); do CK_FORK=$(if $(filter release,$(MODE)),yes,no) $$t || exit 1; done

unit-%: $(BUILD)/tests/unit/%
	$(Q)$<

.PRECIOUS: $(BUILD)/tests/unit/%
.PHONY: unit
