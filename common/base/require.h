/* SPDX-License-Identifier: MIT
 *
 * What must hold. On in every build: a program that goes on with a wrong index pages the wrong person, or nobody.
 *
 *      require(part < intake->part_count, "partition %d of %d", part, intake->part_count);
 *
 * It is for what only a mistake in this program can break: an index, a phase, a handle, an offset, a size of what we
 * wrote ourselves. Bytes from outside are never required, they are answered: quarantine, an error, a diagnostic.
 *
 * When the condition is false: one log line with the condition, where it stands and the text (ids and numbers; never a name, an
 * address or a reading), then SIGABRT. The service manager starts the program again, from its last checkpoint; nothing
 * that was promised to a device or a peer is lost by that, as with any other kill.
 */
#ifndef VIGIL_COMMON_BASE_REQUIRE_H
#define VIGIL_COMMON_BASE_REQUIRE_H

/* Thread: any. Blocks: never, when it holds. @...: a printf format and its values, which are evaluated only when it does
 * not hold. */
#define require(condition, ...)                                                                    \
        (__builtin_expect(!(condition), 0)                                                         \
                 ? require_failed(#condition, __func__, __FILE__, __LINE__, __VA_ARGS__)           \
                 : (void)0)

/* What failed, for whoever writes it down. */
struct require_failure {
        const char *condition;
        const char *func;
        const char *file;
        const char *ids; /* the text of require() */
        int line;
};

/* How a failure is told before the program ends. NULL, as at the start: a line of text to standard error. Called by main(), before
 * other threads start. @tell: any thread may call it, once. */
void require_tell_by(void (*tell)(const struct require_failure *failure));

_Noreturn void require_failed(const char *condition, const char *func, const char *file, int line,
                              const char *format, ...) __attribute__((cold, format(printf, 5, 6)));

#endif
