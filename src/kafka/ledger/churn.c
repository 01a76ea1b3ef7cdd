#include "kafka/ledger/self.h"

static const char *const names[LEDGER_STATES] = {
#define X(code, name, number) [number] = (name),
	LEDGER_STATE_MAP(X)
#undef X
		[LEDGER_MALFORMED] = "malformed",
};

const char *
keeper_change_name(size_t state)
{
	return state < LEDGER_STATES ? names[state] : NULL;
}

/* A row that is damaged tells nothing: what takes its place is new. */
static enum ledger_state
state_of(const struct ledger_row *row, size_t purpose)
{
	return row->kind == LEDGER_ROW_PRESENT ? row->entries[purpose].state
					       : LEDGER_UNKNOWN;
}

void
keeper_note_change(struct keeper *k)
{
	for (size_t p = 0; p < k->form.layout->purpose_count; p++) {
		enum ledger_state to = state_of(&k->row, p);

		if (to != state_of(&k->before, p))
			atomic_fetch_add_explicit(
				&k->changes[p][to], 1, memory_order_relaxed);
	}
}

void
keeper_changes(const struct keeper *k, struct keeper_changes *out)
{
	for (size_t p = 0; p < LEDGER_PURPOSES_MAX; p++)
		for (size_t s = 0; s < LEDGER_STATES; s++)
			out->to[p][s] = atomic_load_explicit(
				&k->changes[p][s], memory_order_relaxed);
}
