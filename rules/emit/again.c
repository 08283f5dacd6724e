/* SPDX-License-Identifier: MIT */
#include "rules/emit/again.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"

struct again_record {
        struct again_record *next;
        char *topic;
        int32_t partition;
        void *opaque;
        rd_kafka_headers_t *headers; /* or NULL */
        size_t key_bytes;
        size_t value_bytes;
        unsigned char bytes[]; /* key, then value */
};

static void record_free(struct again_record *record) {
        if (record->headers)
                rd_kafka_headers_destroy(record->headers);
        free(record->topic);
        free(record);
}

int again_keep(struct again *again, const rd_kafka_message_t *message) {
        struct again_record *record = malloc(sizeof(*record) + message->key_len + message->len);
        rd_kafka_headers_t *headers = NULL;

        if (!record)
                return err_raise(-ENOMEM);
        *record = (struct again_record){
                .topic = strdup(rd_kafka_topic_name(message->rkt)),
                .partition = message->partition,
                .opaque = message->_private,
                .key_bytes = message->key_len,
                .value_bytes = message->len,
        };
        if (!record->topic) {
                record_free(record);
                return err_raise(-ENOMEM);
        }
        if (rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR)
                record->headers = rd_kafka_headers_copy(headers);
        if (message->key_len)
                memcpy(record->bytes, message->key, message->key_len);
        if (message->len)
                memcpy(record->bytes + message->key_len, message->payload, message->len);
        if (!again->first)
                again->end = &again->first;
        *again->end = record;
        again->end = &record->next;
        return 0;
}

static rd_kafka_resp_err_t send_record(const struct again_record *record, rd_kafka_t *producer) {
        rd_kafka_headers_t *headers =
                record->headers ? rd_kafka_headers_copy(record->headers) : rd_kafka_headers_new(0);
        rd_kafka_resp_err_t error = rd_kafka_producev(
                producer, RD_KAFKA_V_TOPIC(record->topic), RD_KAFKA_V_PARTITION(record->partition),
                RD_KAFKA_V_KEY(record->key_bytes ? record->bytes : NULL, record->key_bytes),
                RD_KAFKA_V_VALUE((void *)(uintptr_t)(record->bytes + record->key_bytes),
                                 record->value_bytes),
                RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE(record->opaque),
                RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);

        if (error)
                rd_kafka_headers_destroy(headers); /* the client owns them only on success */
        return error;
}

bool again_send(struct again *again, rd_kafka_t *producer) {
        bool any = false;

        while (again->first) {
                struct again_record *record = again->first;

                if (send_record(record, producer))
                        break;
                again->first = record->next;
                record_free(record);
                any = true;
        }
        return any;
}

void again_fini(struct again *again) {
        while (again->first) {
                struct again_record *record = again->first;

                again->first = record->next;
                record_free(record);
        }
}
