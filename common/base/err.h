/* SPDX-License-Identifier: MIT
 *
 * Errors: the one convention of this tree.
 *
 * A call that can fail returns int:
 *
 *      0   done
 *     <0   -errno: a failure that the callee cannot handle. Pass it up unchanged.
 *     >0   a named answer, not a failure. The header of the callee lists the answers and
 *          the caller handles each of them; they are never passed up any further.
 *
 * Outputs are called ret and are untouched on failure. Destructors take NULL.
 * Library code does not log: it returns, and main() reports once.
 */
#ifndef VIGIL_COMMON_BASE_ERR_H
#define VIGIL_COMMON_BASE_ERR_H

/* Start a new trace at the place where a failure was detected. Thread: any (the trace is per thread). Blocks: never.
 * Return: @r unchanged, so that callers write  return err_raise(-ENOMEM);  */
int err_raise_at(int r, const char *func, const char *file, int line);

/* The same, with a sentence for the person who reads the error: what was expected, what was
 * found, what to do. The sentence must not contain a reading, a name or an address. */
int err_raise_why_at(int r, const char *func, const char *file, int line, const char *format, ...)
        __attribute__((format(printf, 5, 6)));

/* Add a caller to the trace of a failure that is being passed up. Does nothing if @r is 0 or an answer. If @r is not
 * the failure that was traced last (the errno of a library, for example), a new trace starts here.
 * Return: @r unchanged, so that callers write  return err_trace(conf_load(...));  */
int err_trace_at(int r, const char *func, const char *file, int line);

#define err_trace(r) err_trace_at((r), __func__, __FILE__, __LINE__)
#define err_raise(r) err_raise_at((r), __func__, __FILE__, __LINE__)
#define err_raise_why(r, ...) err_raise_why_at((r), __func__, __FILE__, __LINE__, __VA_ARGS__)

/* Write the sentence (else the text of errno -@r) and the trace of this thread to standard error, one line a level from
 * the origin upwards, then clear the trace. main() calls it once, for the failure that ends the program. */
void err_report(const char *program, int r);

/* Set the translation of err_raise_why() and err_text(): @translate maps an English format to the reader's language
 * (NULL: no translation). Only commands used at a terminal call it; the daemons do not, because logs are in English.
 * Thread: main(), before other threads start. */
void err_speak(const char *(*translate)(const char *format) __attribute__((format_arg(1))));

/* The text of errno @number (of either sign), translated as above: "No such file or directory". Never NULL. */
const char *err_text(int number);

/* The sentence of the trace of this thread, or "" if it has none. Valid until the next err_raise() on this thread. */
const char *err_why(void);

#endif
