#ifndef CONSENT_SIGNALS_PRESETS_H
#define CONSENT_SIGNALS_PRESETS_H

/*
 * Flags that vendors send under names of their own: a preset knows the member
 * of their object and every value that it may have, so that another value is
 * an error and no no.
 */

#include "event/value.h"

struct preset_values {
	const struct value *at;
	size_t count;
};

struct preset {
	const char *name; /* vendor.member, as the vendor spells it */
	const char *member;
	bool objection; /* its yes is an objection */
	struct preset_values yes, no, unset;
};

/* In the order of the docs. */
extern const struct preset presets[];
extern const size_t preset_count;

#endif
