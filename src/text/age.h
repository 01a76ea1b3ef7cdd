#ifndef TEXT_AGE_H
#define TEXT_AGE_H

/*
 * Whether a code point was assigned in Unicode 15.0, whatever version the
 * installed libraries know.
 */

#include <stdbool.h>
#include <stdint.h>

/*
 * False for unassigned code points, noncharacters and beyond U+10FFFF.
 * Private use counts as assigned.
 *
 * Source: DerivedAge and general category of Unicode 15.0.
 */
bool age_is_assigned(uint32_t point);

#endif
