/* SPDX-License-Identifier: MIT */
#include "ingest/guard/rate.h"

#include <errno.h>
#include <stdlib.h>

#include "common/base/err.h"

enum { WAYS = 4 };

struct slot {
        int64_t paid_until_us; /* when the accepted events would end at the permitted rate */
        int64_t said_us;       /* when an excess was last logged; 0: never */
        uint32_t device;
};

struct rates {
        int64_t interval_us; /* 0: no limit */
        struct slot slots[RATE_DEVICES];
};

int rates_new(struct rates **ret, int per_s) {
        struct rates *rates = calloc(1, sizeof(*rates));

        if (!rates)
                return err_raise(-ENOMEM);
        rates->interval_us = per_s > 0 ? 1000000 / per_s : 0;
        *ret = rates;
        return 0;
}

struct rates *rates_free(struct rates *rates) {
        free(rates);
        return NULL;
}

static struct slot *slot_of(struct rates *rates, uint32_t device) {
        struct slot *set = &rates->slots[device % (RATE_DEVICES / WAYS) * WAYS];
        struct slot *quietest = set;

        for (size_t i = 0; i < WAYS; i++) {
                if (set[i].device == device && set[i].paid_until_us)
                        return &set[i];
                if (set[i].paid_until_us < quietest->paid_until_us)
                        quietest = &set[i];
        }
        *quietest = (struct slot){.device = device};
        return quietest;
}

enum rate_answer rates_take(struct rates *rates, uint32_t device, unsigned samples,
                            int64_t now_mono_us) {
        int64_t cost_us = rates->interval_us * (1 + samples / RATE_SAMPLES);
        struct slot *slot;
        int64_t until_us;

        if (cost_us == 0)
                return RATE_FINE;
        slot = slot_of(rates, device);
        until_us = slot->paid_until_us > now_mono_us ? slot->paid_until_us : now_mono_us;
        if (until_us + cost_us - now_mono_us <= (int64_t)RATE_BURST_S * 1000000) {
                slot->paid_until_us = until_us + cost_us;
                return RATE_FINE;
        }
        if (slot->said_us && now_mono_us - slot->said_us < (int64_t)RATE_SAY_MS * 1000)
                return RATE_EXCESS;
        slot->said_us = now_mono_us;
        return RATE_EXCESS_SAY;
}
