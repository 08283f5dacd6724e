/* SPDX-License-Identifier: MIT */
#include "alerting/route/route.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"

/* --- zones ------------------------------------------------------------------------------------- */

enum { ZONES_MAX = 64, RULE_DISTRICT_DEPTH_MAX = 8 };

struct named_zone {
        char name[48];
        struct zone *zone; /* NULL: no zone has that name */
};

struct route_zones {
        struct zone *site;
        struct named_zone zones[ZONES_MAX];
        size_t count;
};

int route_zones_new(struct route_zones **ret, const char *site_zone) {
        struct route_zones *zones;
        int r;

        zones = calloc(1, sizeof(*zones));
        if (!zones)
                return err_raise(-ENOMEM);
        r = zone_open(&zones->site, site_zone);
        if (r < 0) {
                route_zones_free(zones);
                return err_trace(r);
        }
        *ret = zones;
        return 0;
}

struct route_zones *route_zones_free(struct route_zones *zones) {
        if (zones) {
                for (size_t i = 0; i < zones->count; i++)
                        zone_close(zones->zones[i].zone);
                zone_close(zones->site);
                free(zones);
        }
        return NULL;
}

const struct zone *route_zones_get(struct route_zones *zones, const char *name) {
        struct named_zone *named;

        if (!name[0])
                return zones->site;
        for (size_t i = 0; i < zones->count; i++) {
                if (strcmp(zones->zones[i].name, name) == 0)
                        return zones->zones[i].zone ? zones->zones[i].zone : zones->site;
        }
        if (zones->count == ZONES_MAX || strlen(name) >= sizeof(named->name))
                return zones->site;

        /* An unknown name is remembered too, so that the file system is searched once only. */
        named = &zones->zones[zones->count++];
        memcpy(named->name, name, strlen(name) + 1);
        if (zone_open(&named->zone, name) < 0)
                named->zone = NULL;
        return named->zone ? named->zone : zones->site;
}

/* --- teams ------------------------------------------------------------------------------------- */

bool route_on_duty(const struct registry_team *team, struct zone_local local) {
        int from = team->on_duty_from_minute, to = team->on_duty_to_minute;
        int yesterday = (local.weekday + 6) % 7;

        if (from == to)
                return team->on_duty_days[local.weekday];
        if (from < to)
                return team->on_duty_days[local.weekday] && local.minute_of_day >= from &&
                       local.minute_of_day < to;
        return (team->on_duty_days[local.weekday] && local.minute_of_day >= from) ||
               (team->on_duty_days[yesterday] && local.minute_of_day < to);
}

double route_distance_m(double latitude1_deg, double longitude1_deg, double latitude2_deg,
                        double longitude2_deg) {
        /* The haversine formula, with the mean radius R1 of WGS-84. */
        const double earth_m = 6371008.8, radians = M_PI / 180;
        double half_latitude = sin((latitude2_deg - latitude1_deg) * radians / 2);
        double half_longitude = sin((longitude2_deg - longitude1_deg) * radians / 2);
        double chord = half_latitude * half_latitude + cos(latitude1_deg * radians) *
                                                               cos(latitude2_deg * radians) *
                                                               half_longitude * half_longitude;

        if (isnan(chord))
                return INFINITY;
        return 2 * earth_m * asin(sqrt(fmin(chord, 1)));
}

static bool is_in(const char *id, const char *const *ids, size_t count) {
        for (size_t i = 0; i < count; i++) {
                if (strcmp(ids[i], id) == 0)
                        return true;
        }
        return false;
}

static bool has_skill(const struct registry_team *team, const char *skill) {
        if (!skill[0])
                return true;
        for (uint8_t i = 0; i < team->skills.count; i++) {
                if (strcmp(team->skills.word[i], skill) == 0)
                        return true;
        }
        return false;
}

/* How a team compares: see is_better(). Last the id decides, so that two runs agree. */
struct standing {
        bool off_duty, busy, unskilled, other_district, outside;
        size_t asked;
        double distance_m;
};

static bool is_better(const struct standing *a, const char *a_id, const struct standing *b,
                      const char *b_id) {
        if (a->off_duty != b->off_duty)
                return !a->off_duty;
        if (a->busy != b->busy)
                return !a->busy;
        if (a->asked != b->asked)
                return a->asked < b->asked;
        if (a->unskilled != b->unskilled)
                return !a->unskilled;
        if (a->other_district != b->other_district)
                return !a->other_district;
        if (a->distance_m < b->distance_m)
                return true;
        if (a->distance_m > b->distance_m)
                return false;
        return strcmp(a_id, b_id) < 0;
}

static bool is_on_duty(const struct route_view *view, const struct registry_team *team,
                       int64_t now_ms) {
        const struct registry_district *district =
                registry_district(view->registry, team->district);
        const struct zone *zone = route_zones_get(view->zones, district ? district->time_zone : "");

        return route_on_duty(team, zone_local(zone, now_ms));
}

/* Is @id the @district itself, or one that contains it? */
static bool covers(const struct route_view *view, const char *id, const char *district) {
        for (int depth = 0; depth < RULE_DISTRICT_DEPTH_MAX && district[0]; depth++) {
                const struct registry_district *row = registry_district(view->registry, district);

                if (strcmp(id, district) == 0)
                        return true;
                if (!row)
                        return false;
                district = row->parent;
        }
        return false;
}

static struct standing standing_of(const struct route_view *view, const struct route_place *place,
                                   const struct registry_team *team, const char *skill,
                                   int64_t now_ms) {
        const struct registry_elder *elder = registry_elder(view->registry, place->elder_id);
        double distance_m = elder ? route_distance_m(elder->latitude_deg, elder->longitude_deg,
                                                     team->latitude_deg, team->longitude_deg)
                                  : INFINITY;

        return (struct standing){
                .off_duty = !is_on_duty(view, team, now_ms),
                .busy = view->is_busy(view->context, team->id, place->alert_id),
                .unskilled = !has_skill(team, skill),
                .other_district = strcmp(team->district, place->district) != 0,
                .asked = view->asked ? view->asked(view->context, team->id, place->alert_id) : 0,
                .outside = distance_m > ROUTE_CIRCLE_M &&
                           !covers(view, team->district, place->district),
                .distance_m = distance_m,
        };
}

/* Which teams may be paged: those on duty; connected ones, on duty or not; the same, also from outside the circle. */
enum called { CALLED_ON_DUTY, CALLED_CONNECTED, CALLED_ANYWHERE };

static const struct registry_team *best_team(const struct route_view *view,
                                             const struct route_place *place, const char *skill,
                                             int64_t now_ms, enum called called,
                                             const char *const *excluded, size_t excluded_count) {
        const struct registry_team *team, *best = NULL;
        struct standing best_standing = {0};

        for (size_t i = 0; (team = registry_at(view->registry, REGISTRY_TEAM, i)); i++) {
                struct standing standing;

                if (is_in(team->id, excluded, excluded_count) ||
                    !(called == CALLED_ON_DUTY ? view->can_reach
                                               : view->is_connected)(view->context, team->id))
                        continue;
                standing = standing_of(view, place, team, skill, now_ms);
                if ((standing.off_duty && called == CALLED_ON_DUTY) ||
                    (standing.outside && called != CALLED_ANYWHERE))
                        continue;
                if (!best || is_better(&standing, team->id, &best_standing, best->id)) {
                        best = team;
                        best_standing = standing;
                }
        }
        return best;
}

const struct registry_team *route_team(const struct route_view *view,
                                       const struct route_place *place, const char *skill,
                                       int64_t now_ms, const char *const *excluded,
                                       size_t excluded_count) {
        return best_team(view, place, skill, now_ms, CALLED_ON_DUTY, excluded, excluded_count);
}

/* --- a step ------------------------------------------------------------------------------------ */

struct recipients {
        struct route_recipient *list;
        size_t count;
};

static void add(struct recipients *recipients, const struct route_view *view, const char *id,
                enum role role) {
        struct route_recipient *recipient;

        for (size_t i = 0; i < recipients->count; i++) {
                if (strcmp(recipients->list[i].id, id) == 0)
                        return;
        }
        /* The last place is reserved for the desk: a large family must not displace it. */
        if (recipients->count >= ROUTE_RECIPIENTS_MAX - (role == ROLE_DESK ? 0 : 1))
                return;
        recipient = &recipients->list[recipients->count++];
        memset(recipient, 0, sizeof(*recipient));
        memcpy(recipient->id, id, strnlen(id, sizeof(recipient->id) - 1));
        recipient->role = role;
        recipient->can_be_reached = view->can_reach(view->context, id);
}

static void add_family(struct recipients *recipients, const struct route_view *view,
                       const char *elder_id, bool first_only) {
        const struct registry_contact *contacts[ROUTE_RECIPIENTS_MAX];
        size_t count =
                registry_contacts_of(view->registry, elder_id, contacts, ROUTE_RECIPIENTS_MAX);

        for (size_t i = 0; i < count; i++) {
                add(recipients, view, contacts[i]->id, ROLE_FAMILY);
                /* family_first ends at the first who has a channel; those before are returned for the ledger. */
                if (first_only && view->can_reach(view->context, contacts[i]->id))
                        return;
        }
}

static void add_team(struct recipients *recipients, const struct route_view *view,
                     const struct route_place *place, const char *skill, int64_t now_ms,
                     const char *const *excluded, size_t excluded_count) {
        const char *ids[ROUTE_RECIPIENTS_MAX * 4];
        const struct registry_team *team;
        size_t count = 0;

        /* nearest_team and next_team in one step must be two different teams. */
        for (size_t i = 0; i < recipients->count; i++)
                ids[count++] = recipients->list[i].id;
        for (size_t i = 0; i < excluded_count && count < sizeof(ids) / sizeof(ids[0]); i++)
                ids[count++] = excluded[i];
        team = route_team(view, place, skill, now_ms, ids, count);
        if (team)
                add(recipients, view, team->id, ROLE_TEAM);
}

size_t route_desks(const struct route_view *view, const struct route_place *place,
                   const char **ret) {
        const char *own = ladders_desk(view->ladders, place->district);
        const char *common = ladders_desk_default(view->ladders);
        const char *connected[ROUTE_DESKS_MAX];
        size_t connected_count = 0, count = 0;

        if (view->connected)
                connected_count =
                        view->connected(view->context, ROLE_DESK, connected, ROUTE_DESKS_MAX);
        if (view->can_reach(view->context, own))
                ret[count++] = own;
        if (!is_in(common, ret, count))
                ret[count++] = common;
        for (size_t i = 0; i < connected_count && count < ROUTE_DESKS_MAX; i++) {
                if (!is_in(connected[i], ret, count))
                        ret[count++] = connected[i];
        }
        return count;
}

static void add_desk(struct recipients *recipients, const struct route_view *view,
                     const struct route_place *place) {
        const char *desks[ROUTE_DESKS_MAX];

        (void)route_desks(view, place, desks);
        add(recipients, view, desks[0], ROLE_DESK);
}

size_t route_step(const struct route_view *view, const struct route_place *place,
                  const struct ladder_step *step, int64_t now_ms, const char *const *excluded,
                  size_t excluded_count, struct route_recipient *ret) {
        struct recipients recipients = {.list = ret};

        for (size_t i = 0; i < step->target_count; i++) {
                switch (step->targets[i]) {
                case LADDER_TARGET_FAMILY:
                        add_family(&recipients, view, place->elder_id, false);
                        break;
                case LADDER_TARGET_FAMILY_FIRST:
                        add_family(&recipients, view, place->elder_id, true);
                        break;
                case LADDER_TARGET_NEAREST_TEAM:
                        add_team(&recipients, view, place, step->skill, now_ms, NULL, 0);
                        break;
                case LADDER_TARGET_NEXT_TEAM:
                        add_team(&recipients, view, place, step->skill, now_ms, excluded,
                                 excluded_count);
                        break;
                case LADDER_TARGET_DESK:
                        add_desk(&recipients, view, place);
                        break;
                }
        }
        return recipients.count;
}

/* --- nobody receives ----------------------------------------------------------------------------- */

static void add_connected_teams(struct recipients *recipients, const struct route_view *view,
                                const struct route_place *place, int64_t now_ms,
                                enum called called) {
        const struct registry_team *team;
        const char *teams[ROUTE_LAST_TEAMS_MAX];
        size_t count = 0;

        while (count < ROUTE_LAST_TEAMS_MAX &&
               (team = best_team(view, place, "", now_ms, called, teams, count))) {
                teams[count++] = team->id;
                add(recipients, view, team->id, ROLE_TEAM);
        }
}

size_t route_everybody(const struct route_view *view, const struct route_place *place,
                       int64_t now_ms, struct route_recipient *ret) {
        struct recipients recipients = {.list = ret};
        const struct registry_contact *contacts[ROUTE_RECIPIENTS_MAX];
        size_t count = registry_contacts_of(view->registry, place->elder_id, contacts,
                                            ROUTE_RECIPIENTS_MAX);

        add_connected_teams(&recipients, view, place, now_ms, CALLED_CONNECTED);
        for (size_t i = 0; i < count; i++) {
                if (view->is_connected(view->context, contacts[i]->id))
                        add(&recipients, view, contacts[i]->id, ROLE_FAMILY);
        }
        if (recipients.count == 0)
                add_connected_teams(&recipients, view, place, now_ms, CALLED_ANYWHERE);
        return recipients.count;
}
