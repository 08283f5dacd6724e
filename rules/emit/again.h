/* SPDX-License-Identifier: MIT
 *
 * Again: records that came back although nothing is wrong with them: their topic or partition was gone
 * at that moment (it is created again, common/kafka/kafka_watch.h), or a right was missing. They wait here and are sent in the
 * same order.
 *
 * Thread: the emit thread, delivery reports included. Blocks: never.
 */
#ifndef VIGIL_RULES_EMIT_AGAIN_H
#define VIGIL_RULES_EMIT_AGAIN_H

#include <stdbool.h>

#include <librdkafka/rdkafka.h>

struct again_record;

struct again {
        struct again_record *first; /* NULL: none waits */
        struct again_record **end;  /* of the list; NULL before the first */
};

/* Keep a copy of a record that came back. Return: 0 or -ENOMEM. */
int again_keep(struct again *again, const rd_kafka_message_t *message);

/* Send as many as Kafka's client takes. Return: whether any was taken. */
bool again_send(struct again *again, rd_kafka_t *producer);

void again_fini(struct again *again);

#endif
