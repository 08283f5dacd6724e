/* SPDX-License-Identifier: MIT
 *
 * What a thread asks of the system: memory, by standing before the C library's allocator, and system calls, by tracing
 * a child process. Linked into one test program at a time, and into none with a sanitizer, which has an allocator of
 * its own.
 */
#ifndef VIGIL_TESTS_UNIT_RULES_ASKED_H
#define VIGIL_TESTS_UNIT_RULES_ASKED_H

#include <stdbool.h>
#include <stdint.h>

enum { ASKED_CALLS = 512 };

struct asked {
        uint64_t allocations;        /* malloc, calloc, realloc, aligned_alloc, posix_memalign */
        uint64_t frees;              /* of memory, not of NULL */
        uint64_t calls[ASKED_CALLS]; /* by number of the system call */
        uint64_t calls_in_all;
};

/* Why nothing can be counted here, or NULL: it can. */
const char *asked_cannot(void);

/* Run @run in a child process. It calls asked_begin() and asked_end() around what is to be counted, on the thread that
 * @run is called on; other threads are not counted. Return: the child's exit status: what @run returned, or 128 and
 * the signal that ended it. */
int asked_of(struct asked *ret, int (*run)(void *context), void *context);
void asked_begin(void);
void asked_end(void);

#endif
