/* SPDX-License-Identifier: MIT
 *
 * Say: a text in somebody's language. The English in the source is the key; what has no translation is said in English.
 * `./run po` collects the texts from the sources (po/POTFILES), so they must be literals, marked where they stand:
 *
 *      say(language, "no rule has the id \"%s\"")
 *      static const char *const words[] = {N_("open"), N_("closed")};   …   say(language, words[i])
 *
 * Translators see whole sentences: never make one from pieces.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_COMMON_LANGUAGE_SAY_H
#define VIGIL_COMMON_LANGUAGE_SAY_H

struct language;

/* Marks a text that is said later; NC_ one whose English has several meanings, said by say_as(). */
#define N_(text) text
#define NC_(context, text) text

/* @english in @language (NULL: English). A format's translation takes the same arguments, or it is not used: a wrong
 * catalogue can make a program odd, but not read what was never passed. */
const char *say(const struct language *language, const char *english)
        __attribute__((format_arg(2), returns_nonnull));

/* The same where one English word needs several translations: @context tells them apart. */
const char *say_as(const struct language *language, const char *context, const char *english)
        __attribute__((format_arg(3), returns_nonnull));

/* The form that goes with @n: "%d file" or "%d files". */
const char *say_count(const struct language *language, const char *one, const char *many,
                      unsigned long n)
        __attribute__((format_arg(2), format_arg(3), returns_nonnull));

#endif
