/* SPDX-License-Identifier: MIT
 *
 * The live reader of the registry: keeps a copy of the compacted Kafka topic vigil.registry (docs/wire/registry.md).
 *
 * Thread: a reader and its registry belong to one thread; each thread that needs one opens its own.
 */
#ifndef VIGIL_COMMON_REGISTRY_REGISTRY_READER_H
#define VIGIL_COMMON_REGISTRY_REGISTRY_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/files/conf.h"
#include "common/registry/registry_record.h"

struct kafka_watch;
struct registry;
struct registry_reader;

/* Called after each applied record; @type/@id say which (look it up: NULL means removed). */
typedef void (*registry_changed)(void *context, enum registry_type type, const char *id);

/* Reads vigil.registry from its beginning, outside any consumer group. Blocks: no. */
int registry_reader_open(struct registry_reader **ret, const struct conf *conf,
                         struct registry *registry, registry_changed changed, void *context);
struct registry_reader *registry_reader_close(struct registry_reader *reader);

/* Read all of it again whenever @watch has seen the topic made anew. @watch: NULL, or outlives the reader. */
void registry_reader_watch(struct registry_reader *reader, const struct kafka_watch *watch);

/* Have a 1 written to the eventfd @fd whenever something has arrived. */
void registry_reader_wake(struct registry_reader *reader, int fd);

/* Apply what has arrived, at most @records_max. Blocks: at most @timeout_ms. Return: how many, or -errno. */
int registry_reader_poll(struct registry_reader *reader, int timeout_ms, int records_max);

/* Apply all that is in the topic now: for whoever needs to know that something is not there. Blocks: until it has, at most
 * @timeout_ms for each of asking and reading. Return: 0, -ETIMEDOUT, or -errno as registry_reader_poll(). */
int registry_reader_catch_up(struct registry_reader *reader, int timeout_ms);

/* Records that were not ours to read since open; the last reason is in @ret_why (may be NULL). */
uint64_t registry_reader_refused(const struct registry_reader *reader, const char **ret_why);

/* True once everything that was in the topic at open has been applied. */
bool registry_reader_caught_up(const struct registry_reader *reader);

#endif
