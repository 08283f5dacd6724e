/* SPDX-License-Identifier: MIT
 *
 * Errors: the one convention of this tree.
 *
 * A call that can fail returns int:
 *
 *      0   done
 *     <0   -errno. Nobody here can mend it. Pass it up unchanged.
 *     >0   an answer, not an accident. The callee's header lists them and the
 *          caller settles each one; they never travel further than one call.
 *
 * Outputs are called ret and are untouched on failure. Destructors take NULL.
 * Library code does not log: it returns, and main() reports once.
 */
#ifndef VIGIL_COMMON_BASE_ERR_H
#define VIGIL_COMMON_BASE_ERR_H

/* Note where a failure was first seen: a new trace begins. Thread: any (the trace is per thread). Blocks: never.
 * Return: @r unchanged, so that callers write  return err_raise(-ENOMEM);  */
int err_raise_at(int r, const char *func, const char *file, int line);

/* The same, with a sentence for the person who will read it: what was expected, what was
 * found, what to do. Never put a reading, a name or an address in it. */
int err_raise_why_at(int r, const char *func, const char *file, int line, const char *format, ...)
        __attribute__((format(printf, 5, 6)));

/* Note a level that a failure passes on its way up: where it was called from, which the place of its origin does not tell.
 * Nothing is noted when @r is 0 or an answer. A failure that nobody raised (errno of a library) begins its trace here.
 * Return: @r unchanged, so that callers write  return err_trace(conf_load(...));  */
int err_trace_at(int r, const char *func, const char *file, int line);

#define err_trace(r) err_trace_at((r), __func__, __FILE__, __LINE__)
#define err_raise(r) err_raise_at((r), __func__, __FILE__, __LINE__)
#define err_raise_why(r, ...) err_raise_why_at((r), __func__, __FILE__, __LINE__, __VA_ARGS__)

/* Write the trace of this thread to standard error, a line each from the origin upwards, then forget it.
 * Called by main() once, for the failure that ends the program. */
void err_report(const char *program, int r);

/* In which words err_raise_why() notes what is for people: @translate turns a format into the reader's language (NULL:
 * as it stands in the source). For a command whose reader sits at the terminal; programs that log leave it alone, as
 * logs are English. Call before any other thread runs. */
void err_speak(const char *(*translate)(const char *format) __attribute__((format_arg(1))));

/* The error @number (errno) in the same words: "No such file or directory". */
const char *err_text(int number);

/* The sentence noted last on this thread, or "" when there is none. Valid until the next note. */
const char *err_why(void);

#endif
