/* SPDX-License-Identifier: MIT
 *
 * The reader of the registry: keeps it in step with the compacted Kafka topic vigil.registry (docs/wire/registry.md).
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

/* Called after each applied record with its type and id. If a lookup returns NULL, the record was removed. */
typedef void (*registry_changed)(void *context, enum registry_type type, const char *id);

/* Start to read vigil.registry from its beginning, outside any consumer group, into @registry. @conf and @registry must
 * outlive the reader. @changed may be NULL. The caller releases *ret with registry_reader_close(). Blocks: never.
 * Return: 0, -ENOMEM, -EINVAL or -EIO with err_why(). */
int registry_reader_open(struct registry_reader **ret, const struct conf *conf,
                         struct registry *registry, registry_changed changed, void *context);
struct registry_reader *registry_reader_close(struct registry_reader *reader);

/* Read the topic from its beginning again whenever @watch (may be NULL; outlives the reader) reports it recreated. */
void registry_reader_watch(struct registry_reader *reader, const struct kafka_watch *watch);

/* Write 1 to the eventfd @fd whenever records have arrived. @fd must stay open until registry_reader_close(). */
void registry_reader_wake(struct registry_reader *reader, int fd);

/* Apply the records that have arrived, at most @records_max. Blocks: until a record arrives, at most @timeout_ms.
 * Return: the number of records, including refused ones; -ENOMEM, -EIO. */
int registry_reader_poll(struct registry_reader *reader, int timeout_ms, int records_max);

/* Apply all records that are in the topic now, so that a failed lookup means that the record does not exist.
 * Blocks: at most @timeout_ms. Return: 0, -ETIMEDOUT, or as registry_reader_poll(). */
int registry_reader_catch_up(struct registry_reader *reader, int timeout_ms);

/* Return: the number of records refused since open. *ret_why: the reason of the last one; @ret_why may be NULL. */
uint64_t registry_reader_refused(const struct registry_reader *reader, const char **ret_why);

/* Return: true once all records that were in the topic at the first fetch have been applied. */
bool registry_reader_caught_up(const struct registry_reader *reader);

#endif
