/* SPDX-License-Identifier: MIT
 *
 * Reports the state of a program to systemd.
 *
 * Thread: any. Blocks: only while the receive buffer of systemd's socket is full.
 */
#ifndef VIGIL_COMMON_OPS_NOTIFY_H
#define VIGIL_COMMON_OPS_NOTIFY_H

/* As sd_notify(3): "READY=1", "WATCHDOG=1", "STATUS=...". Does nothing without $NOTIFY_SOCKET; errors are ignored. */
void notify_systemd(const char *state);

#endif
