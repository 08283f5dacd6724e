/* SPDX-License-Identifier: MIT */
#include "alerting/view.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>

#include "common/base/err.h"

static bool view_can_reach(void *context, const char *recipient) {
        const struct alerting *alerting = context;

        return channels_can_reach(alerting->channels, recipient);
}

static bool view_is_connected(void *context, const char *recipient) {
        const struct alerting *alerting = context;

        return channels_is_connected(alerting->channels, recipient);
}

static const struct receipt *view_receipt_of(void *context, const char *recipient) {
        const struct alerting *alerting = context;

        return channels_receipt(alerting->channels, recipient);
}

static size_t view_connected(void *context, enum role role, const char **ret, size_t most) {
        const struct alerting *alerting = context;

        return channels_connected(alerting->channels, role, ret, most);
}

static bool view_is_busy(void *context, const char *team, const char *alert_id) {
        const struct alerting *alerting = context;

        return book_is_busy(alerting->book, team, alert_id);
}

static size_t view_asked(void *context, const char *team, const char *alert_id) {
        const struct alerting *alerting = context;

        return book_asked(alerting->book, team, alert_id);
}

static void view_nonce(void *context, char *ret) {
        struct alerting *alerting = context;
        unsigned char random[(RESPONSE_NONCE_BYTES - 1) / 2];

        /* With a predictable nonce an answer could be forged, which stops a ladder: without randomness the loop
         * ends. */
        if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
                alerting_fail(alerting, err_raise(-EIO));
        for (size_t i = 0; i < sizeof(random); i++)
                snprintf(ret + 2 * i, 3, "%02x", random[i]);
}

struct route_view view_make(struct alerting *alerting) {
        return (struct route_view){
                .registry = alerting->registry,
                .ladders = alerting->ladders,
                .zones = alerting->zones,
                .can_reach = view_can_reach,
                .is_connected = view_is_connected,
                .receipt = view_receipt_of,
                .connected = view_connected,
                .is_busy = view_is_busy,
                .asked = view_asked,
                .nonce = view_nonce,
                .context = alerting,
        };
}
