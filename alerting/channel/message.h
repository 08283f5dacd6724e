/* SPDX-License-Identifier: MIT
 *
 * Message: what is sent to a person, in the format of docs/wire/pages.md.
 *
 * Thread: any. Blocks: never. Every encoder returns 0 and malloc'd text that the caller frees, or -ENOMEM.
 */
#ifndef VIGIL_ALERTING_CHANNEL_MESSAGE_H
#define VIGIL_ALERTING_CHANNEL_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "alerting/response/answer.h"
#include "common/registry/registry.h"

enum message_type {
        MESSAGE_PAGE,
        MESSAGE_UPDATE,
        MESSAGE_STAND_DOWN,
        MESSAGE_STORED,  /* the answer is in Kafka */
        MESSAGE_REFUSED, /* the answer is refused */
        MESSAGE_NOTICE,  /* to a desk: an alarm that Kafka has not accepted */
        MESSAGE_SETTLED, /* to a desk: Kafka has accepted it */
        MESSAGE_NOTICED, /* to ingest: a desk shows it */
        MESSAGE_TYPES,
};

struct message {
        enum message_type type;
        const char *to;   /* the id of a person, a team, a desk or an ingest process */
        const char *json; /* the body, as in docs/wire/pages.md */
        size_t json_bytes;
        const struct response
                *response; /* the alert of a page, an update or a stand-down; otherwise NULL */
        const struct page *page; /* of MESSAGE_PAGE, else NULL */
};

/* The type as a word of docs/wire/pages.md. */
const char *message_type_name(enum message_type type);
/* Return: the type of that word, or -1. */
int message_type_parse(const void *word, size_t word_bytes);

/* `page`. Name, address and room come from @registry at the moment of sending; Kafka does not hold them. */
int message_encode_page(const struct response *response, const struct page *page,
                        const struct registry *registry, int64_t sent_us, char **ret_json,
                        size_t *ret_bytes);

/* `update` or `stand_down`. */
int message_encode_send(const struct response *response, const struct outcome_send *send,
                        char **ret_json, size_t *ret_bytes);

/* `stored` (@why NULL) or `refused`, with the current state of the alert; @response NULL: the alert is unknown. */
int message_encode_reply(const struct answer *answer, const struct response *response,
                         const char *why, char **ret_json, size_t *ret_bytes);

#endif
