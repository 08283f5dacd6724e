/* SPDX-License-Identifier: MIT
 *
 * Desk: the path to the duty desk that needs neither Kafka nor Redis. A notice about an alarm that Kafka has not
 * accepted for DESK_AFTER_MS is sent over ZeroMQ to every alerting process, which passes it to the connected desks. It
 * is repeated until a desk confirms it (docs/wire/pages.md, "Notices"). No stage of docs/event-path.md waits for it.
 *
 * A separate thread owns the sockets. Without ingest.desk_key there is no thread, and all functions do nothing.
 *
 * Thread: desk_open(), desk_close(): main(); others: any. Blocks: never; desk_open() reads files, desk_close() waits
 * for the thread, at most a second.
 */
#ifndef VIGIL_INGEST_DESK_DESK_H
#define VIGIL_INGEST_DESK_DESK_H

#include "common/files/conf.h"
#include "ingest/desk/notices.h"

enum { DESK_AFTER_MS = 10 * 1000 };

struct desk;

/* *ret is NULL without conf->ingest.desk_key. Return: 0, -ENOMEM; with err_why(): -EPERM (others can read the key),
 * -EINVAL, -errno of the key files or of ZeroMQ. */
int desk_open(struct desk **ret, const struct conf *conf);
struct desk *desk_close(struct desk *desk);

/* Send a notice about an alarm that Kafka has not accepted. Calling it again for the same alarm has no effect. */
void desk_tell(struct desk *desk, const struct notice *notice);
/* Kafka has accepted the alarm: stop its notice and tell the desks so. */
void desk_settle(struct desk *desk, const struct notice *notice);

#endif
