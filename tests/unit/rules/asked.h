/* SPDX-License-Identifier: MIT
 *
 * Counts what one thread asks of the system: allocations, by replacing malloc() and its relatives, and system calls, by
 * tracing a child process with ptrace(2). Not linked into builds with a sanitizer, which brings its own allocator.
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

/* Whether this machine allows tracing. Return: NULL if it does, else the reason, a static string. */
const char *asked_cannot(void);

/* Run @run(@context) in a child process, and store its counts in *ret. @run calls asked_begin() and asked_end() around
 * the code to be counted, on the thread on which it is called; other threads are not counted. Blocks: until the child
 * has ended. Return: the child's exit status, which is what @run returned; 128 plus the number of the signal that ended
 * the child; 128 if tracing failed. */
int asked_of(struct asked *ret, int (*run)(void *context), void *context);
void asked_begin(void);
void asked_end(void);

#endif
