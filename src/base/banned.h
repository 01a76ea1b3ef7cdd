#ifndef BASE_BANNED_H
#define BASE_BANNED_H

/*
 * Calls that cannot be used safely are errors of the compiler.  Included
 * before everything else (-include), so the standard headers come first.
 */

#ifndef __cplusplus
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* With _FORTIFY_SOURCE, clang's headers make a macro of it. */
#undef sprintf
#pragma GCC poison strcpy strcat sprintf vsprintf gets strtok atoi atol atof
#pragma GCC poison gmtime localtime ctime asctime strncat tmpnam mktemp
#endif

#endif
