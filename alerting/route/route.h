/* SPDX-License-Identifier: MIT
 *
 * Step 10 of 12: whom to page.
 *
 * In: an elder's district and position, one step of a ladder, who was paged before.
 * Out: recipients: the family, the nearest team that can come, the desk of the district.
 * When things go wrong: a step without recipients is skipped by the caller, and the last step always has the desk.
 *
 * Every decision depends on its arguments and the view only, not on a clock, so `vigil test` gets the same answers. The
 * "nearest team" must be on duty, have a channel, and be of the district, of one that contains it, or within the
 * 20-minute circle. Of these it is the best in this order: free, fewest other alerts waiting for its answer, has
 * the skill, is of the district itself, shortest distance, smallest id.
 *
 * Thread: that of the view. Blocks: the file of a time zone is read at its first use.
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
        ROUTE_LAST_TEAMS_MAX = 8, /* teams paged at most when no desk receives */
        /* The 20-minute circle: 15 km in a straight line, at 45 km/h. A team of another district is not paged if it is
         * farther away or its distance is unknown. */
        ROUTE_CIRCLE_M = 15 * 1000,
};

/* The time zones used so far, by name. */
struct route_zones;

/* @site_zone: for districts without one. Return: 0, -ENOMEM, or what zone_open() returns for it. */
int route_zones_new(struct route_zones **ret, const char *site_zone);
struct route_zones *route_zones_free(struct route_zones *zones);
/* The zone of that name; that of the site for "" and for an unknown name. Never NULL. */
const struct zone *route_zones_get(struct route_zones *zones, const char *name);

/* The state of the world, as decisions see it. The callbacks do not block. */
struct route_view {
        const struct registry *registry;
        const struct ladders *ladders;
        struct route_zones *zones;
        /* Has @recipient a channel at all? */
        bool (*can_reach)(void *context, const char *recipient);
        /* Would its channel take a page for @recipient now? */
        bool (*is_connected)(void *context, const char *recipient);
        /* The receipt of that channel. NULL: receipt_usual for all. */
        const struct receipt *(*receipt)(void *context, const char *recipient);
        /* The connected recipients of @role, each once, into @ret[@most]. Return: how many. NULL: none is known. */
        size_t (*connected)(void *context, enum role role, const char **ret, size_t most);
        /* Does @team hold an open alert other than @alert_id? */
        bool (*is_busy)(void *context, const char *team, const char *alert_id);
        /* How many open alerts other than @alert_id wait for an answer of @team? NULL: none. */
        size_t (*asked)(void *context, const char *team, const char *alert_id);
        void (*nonce)(void *context, char *ret); /* 16 unpredictable hex digits and NUL */
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

/* Is @team on duty at that local time? A shift that crosses midnight belongs to the day on which it begins. */
bool route_on_duty(const struct registry_team *team, struct zone_local local);

/* Great-circle distance in metres between two WGS-84 points; INFINITY when a coordinate is unknown (NAN). */
double route_distance_m(double latitude1_deg, double longitude1_deg, double latitude2_deg,
                        double longitude2_deg);

/* The best team for @place, as described above, of those not in @excluded[@excluded_count]; NULL: none. */
const struct registry_team *route_team(const struct route_view *view,
                                       const struct route_place *place, const char *skill,
                                       int64_t now_ms, const char *const *excluded,
                                       size_t excluded_count);

/* The recipients of one step, each once, into @ret[ROUTE_RECIPIENTS_MAX]. @excluded: teams already paged in this round,
 * for next_team. Contacts without a channel are returned with can_be_reached false, for the ledger; teams without one
 * are left out. Return: how many. */
size_t route_step(const struct route_view *view, const struct route_place *place,
                  const struct ladder_step *step, int64_t now_ms, const char *const *excluded,
                  size_t excluded_count, struct route_recipient *ret);

/* The desks in the order in which they are paged until one receives: that of the district, if it has a channel; the
 * default one of escalation.yaml, even without a channel, so that the list is never empty; any other that is connected.
 * Ids into @ret[ROUTE_DESKS_MAX], valid while the view does not change. Return: how many. */
size_t route_desks(const struct route_view *view, const struct route_place *place,
                   const char **ret);

/* For when no desk receives: the connected family members and up to ROUTE_LAST_TEAMS_MAX of the nearest connected
 * teams, on duty or not; teams outside the circle only if there is nobody else. Into @ret[ROUTE_RECIPIENTS_MAX].
 * Return: how many. */
size_t route_everybody(const struct route_view *view, const struct route_place *place,
                       int64_t now_ms, struct route_recipient *ret);

#endif
