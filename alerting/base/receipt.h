/* SPDX-License-Identifier: MIT
 *
 * Receipt: whether a channel confirms pages, and the times for it: when a page is sent again, and when its recipient
 * counts as not reached. Each channel declares them (alerting/channel/channel.h); the response follows them.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_ALERTING_BASE_RECEIPT_H
#define VIGIL_ALERTING_BASE_RECEIPT_H

#include <stdbool.h>
#include <stdint.h>

enum {
        RECEIPT_WITHIN_MS = 2 * 1000,           /* no receipt: send it again */
        RECEIPT_UNREACHED_AFTER_MS = 10 * 1000, /* still none: page somebody else */
        RECEIPT_RESEND_SLOW_MS = 10 * 1000,     /* between sends after the first few */
        RECEIPT_RESEND_FAST_ATTEMPTS = 5,
};

struct receipt {
        bool is_given; /* false: the channel sends no receipts; a page that was handed over counts as received */
        int64_t within_ms;    /* between the first @fast_attempts sends */
        int64_t unreached_ms; /* without a receipt, the recipient counts as not reached */
        int64_t slow_ms;      /* between later sends */
        uint32_t fast_attempts;
};

/* That of the pager; also for a recipient whom no channel reaches. */
extern const struct receipt receipt_usual;

/* When a page that was just sent for the @attempt-th time is sent again, if it is not received by then. */
int64_t receipt_retry_ms(const struct receipt *receipt, uint32_t attempt, int64_t now_ms);

#endif
