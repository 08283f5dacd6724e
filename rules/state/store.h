/* SPDX-License-Identifier: MIT
 *
 * Step 6 of 12. Store: the checkpoint in Redis (docs/wire/redis.md).
 *
 * Every change of a partition is one Lua call that checks the epoch first (fencing). So a process that has
 * lost the partition without knowing it cannot overwrite the data of the next owner, and states and
 * positions always change together.
 *
 * Thread: the state thread. Blocks: every call but store_new(), store_free() and store_why(), at most 1 s to connect
 * and 2 s per command; store_take() sends one command per 512 states or so. A failed call drops the connection; the
 * next call connects again.
 */
#ifndef VIGIL_RULES_STATE_STORE_H
#define VIGIL_RULES_STATE_STORE_H

#include <stdint.h>

#include "common/files/conf.h"
#include "rules/shard/checkpoint.h"

struct store;

/* Does not connect. Return: 0, -ENOMEM, -errno of reading redis.password_file. */
int store_new(struct store **ret, const struct conf *conf);

/* Takes NULL. Return: NULL. */
struct store *store_free(struct store *store);

/* Does Redis answer? Connects if necessary. Return: 0, STORE_AWAY with store_why(), -ENOMEM. */
enum { STORE_AWAY = 1 };
int store_ping(struct store *store);

/* Take @partition: get the next epoch, then read everything stored. The caller frees *ret.
 * Return: 0, STORE_AWAY, -ENOMEM. */
int store_take(struct store *store, int32_t partition, struct checkpoint_restored **ret);

/* Write one part of a checkpoint. Return: 0 with part->outcome set, STORE_AWAY (it may or may not be written: call
 * again with the same part), -ENOMEM. */
int store_save(struct store *store, struct checkpoint_part *part);

/* Return: the reason of the last STORE_AWAY, for people, without data of elders. Valid until the next call. */
const char *store_why(const struct store *store);

#endif
