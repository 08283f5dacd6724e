/* SPDX-License-Identifier: MIT
 *
 * Receipt: what a channel lets us know of a page on its way, and how long that takes. The channel says it
 * (alerting/channel/channel.h), the response keeps to it.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_ALERTING_BASE_RECEIPT_H
#define VIGIL_ALERTING_BASE_RECEIPT_H

#include <stdbool.h>
#include <stdint.h>

enum {
        RECEIPT_WITHIN_MS = 2 * 1000,           /* no receipt: send again */
        RECEIPT_UNREACHED_AFTER_MS = 10 * 1000, /* still none: somebody else */
        RECEIPT_RESEND_SLOW_MS = 10 * 1000,     /* between sends after the first few */
        RECEIPT_RESEND_FAST_ATTEMPTS = 5,
};

struct receipt {
        bool is_given; /* false: that a page was handed over is all there is to know of it */
        int64_t within_ms;
        int64_t unreached_ms;
        int64_t slow_ms;
        uint32_t fast_attempts;
};

/* A pager's, and of whoever has no channel yet. */
extern const struct receipt receipt_usual;

/* When a page that has just left for the @attempt-th time is looked at again. */
int64_t receipt_retry_ms(const struct receipt *receipt, uint32_t attempt, int64_t now_ms);

#endif
