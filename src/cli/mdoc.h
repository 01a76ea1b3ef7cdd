#ifndef CLI_MDOC_H
#define CLI_MDOC_H

/*
 * The manual page lethe(1) in mdoc, made from the table of commands alone, as
 * the help texts are.
 */

#include <stdio.h>

/*
 * Writes the page.
 *
 *   date   "November 25, 2026": mdoc's form
 */
void mdoc_page(FILE *out, const char *date);

#endif
