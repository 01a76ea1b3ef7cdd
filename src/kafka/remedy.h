#ifndef KAFKA_REMEDY_H
#define KAFKA_REMEDY_H

#include "base/error.h"

/* What somebody does about a status that ended a lane; static storage. */
const char *remedy_of(enum lethe_status status);

#endif
