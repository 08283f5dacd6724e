/* SPDX-License-Identifier: MIT
 *
 * What systemd is told of a program's state.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_COMMON_OPS_NOTIFY_H
#define VIGIL_COMMON_OPS_NOTIFY_H

/* sd_notify(3) in twenty lines: "READY=1", "WATCHDOG=1", "STATUS=..."; silent without $NOTIFY_SOCKET. */
void notify_systemd(const char *state);

#endif
