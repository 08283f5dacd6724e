/* SPDX-License-Identifier: MIT
 *
 * Step 10 of 12: who is told.
 *
 * In: an elder's district and position, one step of a ladder, who was paged before.
 * Out: recipients: the family, the nearest team that can come, the desk of the district.
 * When things go wrong: an empty answer is never silence; the step is skipped by the caller and the last
 * one always has the desk.
 *
 * Everything here decides from its arguments and the view and has no clock, so `vigil test` can ask the
 * same questions. The nearest team is on duty, can be reached and belongs to the district, to one that contains it, or is
 * within the 20-minute circle; it is free before busy, owes fewer answers before more, has the skill
 * before not, belongs to the district before not, and is nearest on the sphere.
 *
 * Thread: that of the view. Blocks: a zone's file is read the first time it is met.
 */
#ifndef VIGIL_ALERTING_ROUTE_ROUTE_H
#define VIGIL_ALERTING_ROUTE_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alerting/base/receipt.h"
#include "alerting/base/role.h"
#include "alerting/route/ladder.h"
#include "common/registry/registry.h"
#include "common/base/zone.h"

enum {
        ROUTE_RECIPIENTS_MAX = 24,
        ROUTE_DESKS_MAX = 16,
        ROUTE_LAST_TEAMS_MAX = 8, /* when no desk receives, so many teams are called */
        /* The 20-minute circle, at 45 km/h on a straight line. A team of another district that is farther away, or nobody
         * knows how far, is not asked. */
        ROUTE_CIRCLE_M = 15 * 1000,
};

/* Zones met so far, by name. */
struct route_zones;

/* @site_zone: for districts without one. Return: 0 or what zone_open() says of it. */
int route_zones_new(struct route_zones **ret, const char *site_zone);
struct route_zones *route_zones_free(struct route_zones *zones);
/* The zone of that name; the site's for "" and for a name that is none. Never NULL. */
const struct zone *route_zones_get(struct route_zones *zones, const char *name);

/* What decisions see of the world. The callbacks answer at once. */
struct route_view {
        const struct registry *registry;
        const struct ladders *ladders;
        struct route_zones *zones;
        /* Has @recipient a channel at all? */
        bool (*can_reach)(void *context, const char *recipient);
        /* Does it take a page now? */
        bool (*is_connected)(void *context, const char *recipient);
        /* What that channel lets us know of a page. NULL: what is usual. */
        const struct receipt *(*receipt)(void *context, const char *recipient);
        /* Those of @role that are connected, each once, at most @most. Return: how many. NULL: nobody else is known. */
        size_t (*connected)(void *context, enum role role, const char **ret, size_t most);
        /* Has accepted an alert other than @alert_id and is not done with it. */
        bool (*is_busy)(void *context, const char *team, const char *alert_id);
        /* Of how many open alerts other than @alert_id does @team still owe an answer? NULL: of none. */
        size_t (*asked)(void *context, const char *team, const char *alert_id);
        void (*nonce)(void *context, char *ret); /* 16 hex digits and NUL, not to be guessed */
        void *context;
};

static inline const struct receipt *view_receipt(const struct route_view *view,
                                                 const char *recipient) {
        return view->receipt ? view->receipt(view->context, recipient) : &receipt_usual;
}

struct route_recipient {
        char id[REGISTRY_ID_BYTES];
        enum role role;
        bool can_be_reached;
};

/* Where the alert is. */
struct route_place {
        const char *alert_id;
        const char *elder_id;
        const char *district;
};

/* Is @team on duty at that local time? A shift that crosses midnight belongs to the day it began. */
bool route_on_duty(const struct registry_team *team, struct zone_local local);

/* Metres on the sphere between two WGS-84 points; INFINITY when a coordinate is unknown. */
double route_distance_m(double latitude1_deg, double longitude1_deg, double latitude2_deg,
                        double longitude2_deg);

/* The best team for @place of those not in @excluded[@excluded_count]; NULL when nobody is left. */
const struct registry_team *route_team(const struct route_view *view,
                                       const struct route_place *place, const char *skill,
                                       int64_t now_ms, const char *const *excluded,
                                       size_t excluded_count);

/* Recipients of one step, each once, into @ret[ROUTE_RECIPIENTS_MAX]; returns how many.
 * @excluded: teams already paged for this alert, for next_team. Contacts without a channel are returned with
 * can_be_reached false, for the ledger; teams without one are passed over. */
size_t route_step(const struct route_view *view, const struct route_place *place,
                  const struct ladder_step *step, int64_t now_ms, const char *const *excluded,
                  size_t excluded_count, struct route_recipient *ret);

/* Desks in the order they are asked while none receives: the district's, the one of escalation.yaml (also when
 * it cannot be reached: the list is never empty), any other that is connected. @ret[ROUTE_DESKS_MAX]: ids, valid while the view is
 * unchanged. Return: how many. */
size_t route_desks(const struct route_view *view, const struct route_place *place,
                   const char **ret);

/* When no desk receives: the family and the nearest teams that are connected now, on duty or not; teams from farther
 * than the circle only when there is nobody else. Into
 * @ret[ROUTE_RECIPIENTS_MAX]. Return: how many. */
size_t route_everybody(const struct route_view *view, const struct route_place *place,
                       int64_t now_ms, struct route_recipient *ret);

#endif
