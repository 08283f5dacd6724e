/* SPDX-License-Identifier: MIT
 *
 * Which form of a text goes with a number: the expression of a catalogue's header, "plural=n != 1;".
 *
 * Pure. Thread: any. Blocks: never.
 */
#ifndef VIGIL_COMMON_LANGUAGE_PLURAL_H
#define VIGIL_COMMON_LANGUAGE_PLURAL_H

#include <stdbool.h>

/* @expression: C of one unsigned n, as gettext has it, up to its end or a ';'. Return: false when it is none, nests
 * too deeply, or divides by zero; *ret is untouched then. */
bool plural_form(const char *expression, unsigned long n, unsigned long *ret);

#endif
