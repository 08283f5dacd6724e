/* SPDX-License-Identifier: MIT
 *
 * Clocks. Inside Vigil a time is int64_t milliseconds. Wall and monotonic time never share a
 * variable: names end in _time_ms for wall, in _mono_ms for monotonic time. Decisions take the
 * time as an argument; only main loops and main() call these functions.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_COMMON_BASE_CLOCK_H
#define VIGIL_COMMON_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_wall_ms(void);
int64_t clock_wall_us(void); /* only for measuring the time between two stages */
int64_t clock_mono_ms(void);
int64_t clock_mono_us(void);

#endif
