/* SPDX-License-Identifier: MIT
 *
 * Again: records that Kafka did not take although nothing is wrong with them: their topic or partition did not exist at
 * that moment (it is created again, common/kafka/kafka_watch.h), or a permission was missing. They wait here and are
 * sent again in the same order.
 *
 * Thread: the emit thread, delivery reports included. Blocks: never.
 */
#ifndef VIGIL_RULES_EMIT_AGAIN_H
#define VIGIL_RULES_EMIT_AGAIN_H

#include <stdbool.h>

#include <librdkafka/rdkafka.h>

struct again_record;

struct again {
        struct again_record *first; /* NULL: no record waits */
        struct again_record **end;  /* where to link the next one; NULL before the first */
};

/* Keep a copy of a record that came back. Return: 0 or -ENOMEM. */
int again_keep(struct again *again, const rd_kafka_message_t *message);

/* Send as many as the Kafka client takes. Return: whether any was taken. */
bool again_send(struct again *again, rd_kafka_t *producer);

void again_fini(struct again *again);

#endif
