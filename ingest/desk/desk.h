/* SPDX-License-Identifier: MIT
 *
 * Desk: the way to the duty desk that needs neither Kafka nor Redis. An alarm that Kafka has not taken for DESK_AFTER_MS is
 * told to every alerting process over ZeroMQ, which passes it on to the desks connected; repeated until a desk has it
 * (docs/wire/pages.md, "Notices"). Beside the way of docs/event-path.md, not on it: nothing waits for it.
 *
 * A thread of its own owns the sockets. Without ingest.desk_key there is none, and everything here does nothing.
 *
 * Thread: desk_open() and desk_close() main(); desk_tell() and desk_settle() any. Blocks: never, desk_close() for at most a
 * second.
 */
#ifndef VIGIL_INGEST_DESK_DESK_H
#define VIGIL_INGEST_DESK_DESK_H

#include "common/files/conf.h"
#include "ingest/desk/notices.h"

enum { DESK_AFTER_MS = 10 * 1000 };

struct desk;

/* @conf->ingest.desk_key NULL: *ret is NULL. Return: 0, -ENOMEM, -EINVAL or -errno of the key files, with err_why(). */
int desk_open(struct desk **ret, const struct conf *conf);
struct desk *desk_close(struct desk *desk);

/* An alarm that Kafka has not taken; the same one may be told again. */
void desk_tell(struct desk *desk, const struct notice *notice);
/* Kafka has it now. */
void desk_settle(struct desk *desk, const struct notice *notice);

#endif
