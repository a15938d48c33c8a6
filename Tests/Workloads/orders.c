// SPDX-License-Identifier: Apache-2.0
/*
 * workload orders NUMBER ring|inversion|ordered|recursive|checked|renewed|tries|tried|failed|
 * timed|readers|writers|custom|storm
 *
 * Threads acquire two locks at a time, the first in first_in_here() and the second in
 * second_in_here(): of a ring of so many each with the next, in a thread of its own; or in
 * opposite orders; or in the same order so often; or in ways of which only some are opposite
 * orders. Each thread ends before the next begins.
 */
#include "workload.h"

#include <pthread.h>
#include <time.h>

static volatile int sink;
static pthread_mutex_t *ring;
static long length;
static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t shared_one = PTHREAD_RWLOCK_INITIALIZER,
			shared_other = PTHREAD_RWLOCK_INITIALIZER;

/* How a thread acquires a lock. */
enum way {
	WAITS,
	TRIES,
	IS_TIMED,
	READS,
	WRITES,
	IS_CUSTOM
};

struct pair {
	void *first, *second;
	enum way first_way, second_way;
};

__attribute__((noinline)) void custom_lock(pthread_mutex_t *mutex)
{
	while (__atomic_exchange_n((int *)mutex, 1, __ATOMIC_ACQUIRE))
		;
	sink++;
}

__attribute__((noinline)) void custom_unlock(pthread_mutex_t *mutex)
{
	__atomic_store_n((int *)mutex, 0, __ATOMIC_RELEASE);
	sink++;
}

static inline __attribute__((always_inline)) void acquire(void *lock, enum way way)
{
	struct timespec limit;
	int error = 0;

	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += 60;
	switch (way) {
	case WAITS:
		error = pthread_mutex_lock(lock);
		break;
	case TRIES:
		error = pthread_mutex_trylock(lock);
		break;
	case IS_TIMED:
		error = pthread_mutex_timedlock(lock, &limit);
		break;
	case READS:
		error = pthread_rwlock_rdlock(lock);
		break;
	case WRITES:
		error = pthread_rwlock_wrlock(lock);
		break;
	case IS_CUSTOM:
		custom_lock(lock);
		break;
	}
	if (error)
		die("acquire a lock");
	sink++;
}

static void release(void *lock, enum way way)
{
	if (way == READS || way == WRITES)
		pthread_rwlock_unlock(lock);
	else if (way == IS_CUSTOM)
		custom_unlock(lock);
	else
		pthread_mutex_unlock(lock);
}

__attribute__((noinline)) static void second_in_here(const struct pair *pair)
{
	acquire(pair->second, pair->second_way);
	sink++;
}

__attribute__((noinline)) static void first_in_here(const struct pair *pair)
{
	acquire(pair->first, pair->first_way);
	sink++;
}

static void *work_on(void *argument)
{
	const struct pair *pair = argument;

	pthread_setname_np(pthread_self(), "orderly");
	first_in_here(pair);
	second_in_here(pair);
	release(pair->second, pair->second_way);
	release(pair->first, pair->first_way);
	return NULL;
}

__attribute__((noinline)) static void create_in_here(void *(*work)(void *), void *argument)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, work, argument))
		die("make a thread");
	pthread_join(thread, NULL);
	sink++;
}

static void in_order(void *first, enum way first_way, void *second, enum way second_way)
{
	struct pair pair = { first, second, first_way, second_way };

	create_in_here(work_on, &pair);
}

static void both_orders(void *one, void *other, enum way first, enum way second)
{
	in_order(one, first, other, second);
	in_order(other, first, one, second);
}

static void set_kind(pthread_mutex_t *mutex, int kind)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, kind);
	pthread_mutex_init(mutex, &attributes);
}

/* The second acquisition succeeds, or is refused; then another lock comes first. */
static void *acquire_twice(void *unused)
{
	pthread_mutex_lock(&one);
	if (!pthread_mutex_lock(&one))
		pthread_mutex_unlock(&one);
	pthread_mutex_unlock(&one);
	pthread_mutex_lock(&other);
	pthread_mutex_lock(&one);
	pthread_mutex_unlock(&one);
	pthread_mutex_unlock(&other);
	return unused;
}

static void *fail_to_acquire(void *unused)
{
	if (!pthread_mutex_trylock(&one))
		die("find the lock held");
	pthread_mutex_lock(&other);
	pthread_mutex_unlock(&other);
	return unused;
}

static void renew(void)
{
	pthread_mutex_destroy(&one);
	pthread_mutex_destroy(&other);
	pthread_mutex_init(&one, NULL);
	pthread_mutex_init(&other, NULL);
}

static void go_around(void)
{
	for (long index = 0; index < length; index++)
		in_order(&ring[index], WAITS, &ring[(index + 1) % length], WAITS);
}

static void storm(void)
{
	for (long index = 0; index < length; index++) {
		pthread_mutex_lock(&one);
		pthread_mutex_lock(&other);
		pthread_mutex_unlock(&other);
		pthread_mutex_unlock(&one);
	}
}

static void be(const char *kind)
{
	if (!strcmp(kind, "ring"))
		go_around();
	else if (!strcmp(kind, "inversion"))
		both_orders(&one, &other, WAITS, WAITS);
	else if (!strcmp(kind, "timed"))
		both_orders(&one, &other, WAITS, IS_TIMED);
	else if (!strcmp(kind, "readers"))
		both_orders(&shared_one, &shared_other, READS, READS);
	else if (!strcmp(kind, "writers"))
		both_orders(&shared_one, &shared_other, WRITES, READS);
	else if (!strcmp(kind, "custom"))
		both_orders(&one, &other, IS_CUSTOM, IS_CUSTOM);
	else if (!strcmp(kind, "ordered"))
		for (long index = 0; index < length; index++)
			in_order(&one, WAITS, &other, WAITS);
	else if (!strcmp(kind, "tries"))
		both_orders(&one, &other, WAITS, TRIES);
	else if (!strcmp(kind, "tried"))
		both_orders(&one, &other, TRIES, WAITS);
	else if (!strcmp(kind, "storm"))
		storm();
	else
		usage("orders NUMBER KIND");
}

static int orders(int count, char **arguments)
{
	const char *kind;

	if (count != 2)
		usage("orders NUMBER KIND");
	length = number(arguments[0]);
	kind = arguments[1];
	ring = calloc(length, sizeof(*ring));
	await_go("%lx %lx", (unsigned long)&one, (unsigned long)&other);
	if (!strcmp(kind, "recursive") || !strcmp(kind, "checked")) {
		set_kind(&one, *kind == 'r' ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_ERRORCHECK);
		create_in_here(acquire_twice, NULL);
		create_in_here(acquire_twice, NULL);
	} else if (!strcmp(kind, "renewed")) {
		in_order(&one, WAITS, &other, WAITS);
		renew();
		in_order(&other, WAITS, &one, WAITS);
	} else if (!strcmp(kind, "failed")) {
		pthread_mutex_lock(&one);
		create_in_here(fail_to_acquire, NULL);
		pthread_mutex_unlock(&one);
		in_order(&other, WAITS, &one, WAITS);
	} else {
		be(kind);
	}
	/* While it is there its frames can be named. */
	if (strcmp(kind, "storm"))
		usleep(500000);
	free(ring);
	return 0;
}

WORKLOAD(orders, orders);
