/* SPDX-License-Identifier: MIT
 *
 * Step 6 of 12. Store: the checkpoint in Redis (docs/wire/redis.md).
 *
 * Every change of a partition is one Lua call that looks at the epoch first, so that a process that
 * lost the partition without knowing it cannot overwrite its successor, and so that states and
 * positions are never seen apart.
 *
 * Thread: the state thread. Blocks: every call but store_new()/store_free(), at most the
 * connect and command timeouts (1 s, 2 s). A failed call drops the connection; the next one connects
 * again.
 */
#ifndef VIGIL_RULES_STATE_STORE_H
#define VIGIL_RULES_STATE_STORE_H

#include <stdint.h>

#include "common/files/conf.h"
#include "rules/shard/checkpoint.h"

struct store;

/* Does not connect. Return: 0, -ENOMEM, -errno of reading redis.password_file. */
int store_new(struct store **ret, const struct conf *conf);
struct store *store_free(struct store *store);

/* Connected, and answering? Return: 0, or STORE_AWAY with store_why(). */
enum { STORE_AWAY = 1 };
int store_ping(struct store *store);

/* Take @partition: the next epoch, then everything stored. *ret belongs to the caller.
 * Return: 0, STORE_AWAY, -ENOMEM. */
int store_take(struct store *store, int32_t partition, struct checkpoint_restored **ret);

/* Write one part of a checkpoint; part->outcome tells what became of it.
 * Return: 0, STORE_AWAY (nothing is known: write it again), -ENOMEM. */
int store_save(struct store *store, struct checkpoint_part *part);

/* What went wrong last, for people; no data of elders in it. */
const char *store_why(const struct store *store);

#endif
