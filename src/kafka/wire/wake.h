#ifndef WIRE_WAKE_H
#define WIRE_WAKE_H

/* What the waker asks (waker.h), made of the client library. */

#include "kafka/waker.h"

/* Whether this version of the library sleeps when its fetch queue is full. */
bool wake_is_needed(void);

extern const struct wake_ops broker_wake_ops;

#endif
