/* SPDX-License-Identifier: MIT
 *
 * cmocka.h and the headers that it requires before it.
 */
#ifndef VIGIL_TESTS_UNIT_COMMON_UNIT_H
#define VIGIL_TESTS_UNIT_COMMON_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
