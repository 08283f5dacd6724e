/* SPDX-License-Identifier: MIT
 *
 * Assertions, enabled in every build: a program that continues with a wrong index pages the wrong person, or nobody.
 *
 *      require(part < intake->part_count, "partition %d of %d", part, intake->part_count);
 *
 * Use it for conditions that only a bug in this program can violate: an index, a phase, a handle, an offset, the size
 * of data that we wrote. Never use it for input from outside: bad input goes to quarantine or returns an error.
 *
 * If the condition is false, the program writes one log line with the condition, its position and the text (ids and
 * numbers; never a name, an address or a reading) and raises SIGABRT. The service manager restarts it, and it continues
 * from its last checkpoint. As with any other kill, nothing is lost that was acknowledged to a device or a peer.
 */
#ifndef VIGIL_COMMON_BASE_REQUIRE_H
#define VIGIL_COMMON_BASE_REQUIRE_H

/* Thread: any. Blocks: never while the condition holds. @...: a printf format and its arguments, evaluated only if the
 * condition is false. */
#define require(condition, ...)                                                                    \
        (__builtin_expect(!(condition), 0)                                                         \
                 ? require_failed(#condition, __func__, __FILE__, __LINE__, __VA_ARGS__)           \
                 : (void)0)

/* A failed require(), as passed to the function of require_tell_by(). */
struct require_failure {
        const char *condition;
        const char *func;
        const char *file;
        const char *ids; /* the formatted text of require() */
        int line;
};

/* Set the function that reports a failure before the program ends. NULL, the initial value: a line on standard error.
 * Thread: main(), before other threads start. @tell is called once, on the thread whose require() failed. */
void require_tell_by(void (*tell)(const struct require_failure *failure));

_Noreturn void require_failed(const char *condition, const char *func, const char *file, int line,
                              const char *format, ...) __attribute__((cold, format(printf, 5, 6)));

#endif
