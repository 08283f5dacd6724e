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
#include "common/registry.h"

/* `page`. Who and where come from @registry, at the moment of sending. */
int message_encode_page(const struct response *response, const struct page *page,
                        const struct registry *registry, int64_t sent_us, char **ret_json,
                        size_t *ret_bytes);

/* `update` or `stand_down`. */
int message_encode_send(const struct response *response, const struct send *send, char **ret_json,
                        size_t *ret_bytes);

/* `stored` (@why NULL) or `refused`, with how the alert stands now; @response NULL: not known. */
int message_encode_reply(const struct answer *answer, const struct response *response,
                         const char *why, char **ret_json, size_t *ret_bytes);

#endif
