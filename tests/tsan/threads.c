/*
 * C11's threads made of POSIX ones, for ThreadSanitizer: it knows the latter
 * alone, and the Kafka client library uses the former.  Linked into programs
 * of MODE=tsan, these go before the C library's.
 */

#pragma GCC visibility push(default)

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

_Static_assert(sizeof(mtx_t) >= sizeof(pthread_mutex_t), "one is in the other");
_Static_assert(sizeof(cnd_t) >= sizeof(pthread_cond_t), "one is in the other");
_Static_assert(sizeof(thrd_t) == sizeof(pthread_t), "one is the other");

struct start {
	thrd_start_t run;
	void *arg;
};

static int
result(int code)
{
	return code == 0	   ? thrd_success
	       : code == ETIMEDOUT ? thrd_timedout
	       : code == EBUSY	   ? thrd_busy
	       : code == ENOMEM	   ? thrd_nomem
				   : thrd_error;
}

static void *
run(void *arg)
{
	struct start start = *(struct start *)arg;

	free(arg);
	return (void *)(intptr_t)start.run(start.arg);
}

int
thrd_create(thrd_t *out, thrd_start_t function, void *arg)
{
	struct start *start = malloc(sizeof(*start));
	int code;

	if (!start)
		return thrd_nomem;
	*start = (struct start){function, arg};
	code = pthread_create((pthread_t *)out, NULL, run, start);
	if (code)
		free(start);
	return result(code);
}

int
thrd_join(thrd_t thread, int *out)
{
	void *value = NULL;
	int code = pthread_join((pthread_t)thread, &value);

	if (out)
		*out = (int)(intptr_t)value;
	return result(code);
}

int
mtx_init(mtx_t *m, int type)
{
	pthread_mutexattr_t attr;
	int code;

	pthread_mutexattr_init(&attr);
	if (type & mtx_recursive)
		pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	code = pthread_mutex_init((pthread_mutex_t *)m, &attr);
	pthread_mutexattr_destroy(&attr);
	return result(code);
}

int
mtx_lock(mtx_t *m)
{
	return result(pthread_mutex_lock((pthread_mutex_t *)m));
}

int
mtx_unlock(mtx_t *m)
{
	return result(pthread_mutex_unlock((pthread_mutex_t *)m));
}

void
mtx_destroy(mtx_t *m)
{
	pthread_mutex_destroy((pthread_mutex_t *)m);
}

int
cnd_init(cnd_t *c)
{
	return result(pthread_cond_init((pthread_cond_t *)c, NULL));
}

int
cnd_signal(cnd_t *c)
{
	return result(pthread_cond_signal((pthread_cond_t *)c));
}

int
cnd_broadcast(cnd_t *c)
{
	return result(pthread_cond_broadcast((pthread_cond_t *)c));
}

int
cnd_wait(cnd_t *c, mtx_t *m)
{
	return result(
		pthread_cond_wait((pthread_cond_t *)c, (pthread_mutex_t *)m));
}

int
cnd_timedwait(cnd_t *restrict c, mtx_t *restrict m,
	const struct timespec *restrict until)
{
	return result(pthread_cond_timedwait(
		(pthread_cond_t *)c, (pthread_mutex_t *)m, until));
}

void
cnd_destroy(cnd_t *c)
{
	pthread_cond_destroy((pthread_cond_t *)c);
}
