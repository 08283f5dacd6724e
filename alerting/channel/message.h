/* SPDX-License-Identifier: MIT
 *
 * Message: what a person is told, as docs/wire/pages.md has it.
 *
 * Thread: any. Blocks: never. Every encoder gives malloc'd text that the caller frees, or -ENOMEM.
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
        MESSAGE_STORED,  /* the answer is written down */
        MESSAGE_REFUSED, /* it is not */
        MESSAGE_NOTICE,  /* to a desk: an alarm that Kafka has not taken */
        MESSAGE_SETTLED, /* to a desk: Kafka has taken it */
        MESSAGE_NOTICED, /* to ingest: a desk has it */
        MESSAGE_TYPES,
};

struct message {
        enum message_type type;
        const char *to;   /* the id of a person, a team, a desk */
        const char *json; /* as docs/wire/pages.md has it */
        size_t json_bytes;
        const struct response *response; /* what it is about; NULL: of no alert that we hold */
        const struct page *page;         /* of MESSAGE_PAGE, else NULL */
};

/* The word of docs/wire/pages.md. */
const char *message_type_name(enum message_type type);
/* The type of that word, or -1. */
int message_type_parse(const void *word, size_t word_bytes);

/* `page`. Who and where come from @registry, at the moment of sending. */
int message_encode_page(const struct response *response, const struct page *page,
                        const struct registry *registry, int64_t sent_us, char **ret_json,
                        size_t *ret_bytes);

/* `update` or `stand_down`. */
int message_encode_send(const struct response *response, const struct outcome_send *send,
                        char **ret_json, size_t *ret_bytes);

/* `stored` (@why NULL) or `refused`, with how the alert stands now; @response NULL: not known. */
int message_encode_reply(const struct answer *answer, const struct response *response,
                         const char *why, char **ret_json, size_t *ret_bytes);

#endif
