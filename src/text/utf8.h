#ifndef TEXT_UTF8_H
#define TEXT_UTF8_H

#include "base/slice.h"

bool utf8_is_ascii(struct slice text);

/* Whether the bytes are UTF-8 (RFC 3629: no surrogates, nothing overlong). */
bool utf8_valid(struct slice text);

/*
 * Whether a valid text may stand in an output: no control characters (C0
 * with NUL, DEL, C1), no bidirectional controls, no U+2028 or U+2029, no
 * noncharacters.  Source: Unicode UAX 9 section 2, threats of terminals.
 */
bool utf8_printable(struct slice text);

/* Takes the first code point off a valid text that is not empty. */
uint32_t utf8_take(struct slice *text);

#endif
