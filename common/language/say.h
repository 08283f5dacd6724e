/* SPDX-License-Identifier: MIT
 *
 * Say: translates a text. The English text in the source is the key; a text without a translation stays in English.
 * `./run po` collects the texts from the sources (po/POTFILES), so they must be literals and marked in place:
 *
 *      say(language, "no rule has the id \"%s\"")
 *      static const char *const words[] = {N_("open"), N_("closed")};   …   say(language, words[i])
 *
 * Never build a sentence from pieces: translators need to see it whole.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_COMMON_LANGUAGE_SAY_H
#define VIGIL_COMMON_LANGUAGE_SAY_H

struct language;

/* Mark a text that is passed to say() later; NC_: one with several meanings in English, passed to say_as(). */
#define N_(text) text
#define NC_(context, text) text

/* Translate @english into @language (NULL: English). A translated format is used only if it takes the same arguments,
 * so a wrong catalogue cannot make printf() read arguments that were not passed. Return: a text of one of the two. */
const char *say(const struct language *language, const char *english)
        __attribute__((format_arg(2), returns_nonnull));

/* The same for an English text with several translations: @context selects one. */
const char *say_as(const struct language *language, const char *context, const char *english)
        __attribute__((format_arg(3), returns_nonnull));

/* The same for a text that depends on the number @n: "%d file" or "%d files". */
const char *say_count(const struct language *language, const char *one, const char *many,
                      unsigned long n)
        __attribute__((format_arg(2), format_arg(3), returns_nonnull));

#endif
