/* SPDX-License-Identifier: MIT
 *
 * Clocks. Inside Vigil a time is int64_t milliseconds; wall and monotonic never share a
 * variable (names end in _time_ms for wall, _mono_ms for monotonic). Decisions take the time
 * as an argument and never call these; only loops and mains do.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_COMMON_BASE_CLOCK_H
#define VIGIL_COMMON_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_wall_ms(void);
int64_t clock_wall_us(void); /* for measuring hand-overs only */
int64_t clock_mono_ms(void);
int64_t clock_mono_us(void);

#endif
