/* SPDX-License-Identifier: MIT */
#include "alerting/rehearsal/first.h"

#include <stdbool.h>
#include <string.h>

#include "alerting/route/route.h"
#include "common/base/err.h"

_Static_assert((int)FIRST_RECIPIENTS_MAX >= (int)ROUTE_RECIPIENTS_MAX, "all of a step fit");

static bool anybody(void *context, const char *recipient) {
        (void)context;
        (void)recipient;
        return true;
}

static bool nobody_is_busy(void *context, const char *team, const char *alert_id) {
        (void)context;
        (void)team;
        (void)alert_id;
        return false;
}

int first_recipients(const struct registry *registry, const struct ladders *ladders,
                     const struct ladder *ladder, const char *time_zone,
                     const struct registry_elder *elder, int64_t now_ms,
                     struct first_recipient *ret, size_t *ret_count) {
        const struct route_place place = {
                .alert_id = "", .elder_id = elder->id, .district = elder->district};
        struct route_recipient found[ROUTE_RECIPIENTS_MAX];
        struct route_view view = {
                .registry = registry,
                .ladders = ladders,
                .can_reach = anybody,
                .is_connected = anybody,
                .is_busy = nobody_is_busy,
        };
        int r = route_zones_new(&view.zones, time_zone);

        if (r != 0)
                return err_trace(r);
        *ret_count = route_step(&view, &place, &ladder->steps[0], now_ms, NULL, 0, found);
        for (size_t i = 0; i < *ret_count; i++) {
                ret[i].role = role_name(found[i].role);
                memcpy(ret[i].id, found[i].id, sizeof(ret[i].id));
        }
        route_zones_free(view.zones);
        return 0;
}
