/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: frames from recipients. Input: type, newline, body. An accepted answer must be unambiguous: the page_id
 * built from its parts must equal the one received.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerting/channel/request.h"
#include "alerting/journal/ack_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct answer *answer) {
        char page_id[PAGE_ID_BYTES], ack_id[ANSWER_ID_BYTES];

        snprintf(page_id, sizeof(page_id), "%s/%s/%u/%u", answer->alert_id, answer->page_recipient,
                 answer->step, answer->attempt);
        if (strcmp(page_id, answer->page_id) != 0 || answer->recipient[0])
                abort();
        if (answer->type < ANSWER_ACCEPT)
                return;
        snprintf(ack_id, sizeof(ack_id), "%s/%s/%s", page_id, answer->nonce,
                 answer_type_name(answer->type));
        if (strcmp(ack_id, answer->ack_id) != 0 || strlen(answer->nonce) >= RESPONSE_NONCE_BYTES)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const uint8_t *newline = size ? memchr(data, '\n', size) : NULL;
        size_t type_bytes = newline ? (size_t)(newline - data) : size;
        struct answer answer;
        char *json = NULL;
        size_t bytes;

        if (request_parse(&answer, data, type_bytes, newline ? newline + 1 : data + size,
                          newline ? size - type_bytes - 1 : 0) != REQUEST_ANSWER)
                return 0;
        check(&answer);
        if (ack_record_encode(&answer, "E1", 0, &json, &bytes) < 0)
                abort();
        free(json);
        return 0;
}
