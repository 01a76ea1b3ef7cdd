#ifndef LETHE_H
#define LETHE_H

/*
 * The C API of lethe: compile a policy, open a ring, process one event.
 * docs/architecture.md has a program that does all three.
 */

#include "lethe/error.h"
#include "lethe/ledger.h"
#include "lethe/policy.h"
#include "lethe/process.h"
#include "lethe/reason.h"
#include "lethe/ring.h"

#define LETHE_VERSION "0.1.0"

#endif
