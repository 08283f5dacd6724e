/* SPDX-License-Identifier: MIT
 *
 * Plural forms: evaluates the expression in the header of a catalogue, "plural=n != 1;".
 *
 * Pure. Thread: any. Blocks: never.
 */
#ifndef VIGIL_COMMON_LANGUAGE_PLURAL_H
#define VIGIL_COMMON_LANGUAGE_PLURAL_H

#include <stdbool.h>

/* Compute the index of the plural form for @n. @expression: a C expression of the unsigned n as in gettext, ended by
 * ';' or the line. Return: false if it is invalid, nested too deeply, or divides by zero; *ret is then untouched. */
bool plural_form(const char *expression, unsigned long n, unsigned long *ret);

#endif
