/* SPDX-License-Identifier: MIT */
#include "alerting/base/receipt.h"

const struct receipt receipt_usual = {
        .is_given = true,
        .within_ms = RECEIPT_WITHIN_MS,
        .unreached_ms = RECEIPT_UNREACHED_AFTER_MS,
        .slow_ms = RECEIPT_RESEND_SLOW_MS,
        .fast_attempts = RECEIPT_RESEND_FAST_ATTEMPTS,
};

int64_t receipt_retry_ms(const struct receipt *receipt, uint32_t attempt, int64_t now_ms) {
        return now_ms + (attempt < receipt->fast_attempts ? receipt->within_ms : receipt->slow_ms);
}
