/* SPDX-License-Identifier: MIT */
#include "alerting/response/raise.h"

#include <string.h>

#include "alerting/base/text.h"
#include "alerting/response/climb.h"
#include "common/base/require.h"

/* Texts and evidence become those of the latest record; the identity stays that of the first. */
static void take_words(struct alert *alert, const struct alert *from) {
        memcpy(alert->title_zh, from->title_zh, sizeof(alert->title_zh));
        memcpy(alert->title_en, from->title_en, sizeof(alert->title_en));
        memcpy(alert->advice_zh, from->advice_zh, sizeof(alert->advice_zh));
        memcpy(alert->advice_en, from->advice_en, sizeof(alert->advice_en));
        memcpy(alert->ladder, from->ladder, sizeof(alert->ladder));
        memcpy(alert->signal, from->signal, sizeof(alert->signal));
        alert->severity = from->severity;
        alert->value = from->value;
        alert->limit = from->limit;
        alert->duration_ms = from->duration_ms;
        alert->samples = from->samples;
        alert->confidence_pct = from->confidence_pct;
        alert->overridden = from->overridden;
}

/* The district becomes part of a feed topic, and one that came from an MQTT topic may contain anything. */
static bool is_id(const char *text) {
        static const char alphabet[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";

        return text[0] && strspn(text, alphabet) == strlen(text);
}

/* The elder's district; without an elder in the registry, the district that the device names. */
static const char *district_of(const struct route_view *view, const struct alert *alert) {
        const struct registry_elder *elder = registry_elder(view->registry, alert->elder_id);

        if (elder && elder->district[0])
                return elder->district;
        return is_id(alert->district) ? alert->district : "unknown";
}

/* What response_raise() and response_suppress() have in common. */
static void begin(struct response *response, const struct route_view *view,
                  const struct alert *alert, int64_t now_ms, struct outcome *outcome) {
        int64_t waited_ms = now_ms - alert->raised_time_ms;

        require(response->page_count == 0 && !response->alert.alert_id[0],
                "alert %s raised in the response of %s with %zu pages", alert->alert_id,
                response->alert.alert_id, response->page_count);
        response->alert = *alert;
        response->active = true;
        response->state = RESPONSE_UNACKED;
        response->intake_ms = now_ms;
        text_set(response->district, sizeof(response->district), district_of(view, alert));
        /* Time that the record waited for us counts as late too: it must not be shown as current. */
        if (waited_ms >= RESPONSE_LATE_FROM_MS)
                response->alert.late_ms += waited_ms;
        outcome_record(response, outcome, OUTCOME_RAISED, NULL, "rules", "", now_ms);
}

void response_raise(struct response *response, const struct route_view *view,
                    const struct alert *alert, int64_t now_ms, struct outcome *outcome) {
        begin(response, view, alert, now_ms, outcome);
        climb_begin(response, view, now_ms, outcome);
}

void response_suppress(struct response *response, const struct route_view *view,
                       const struct alert *alert, const char *reason, bool closes, int64_t now_ms,
                       struct outcome *outcome) {
        begin(response, view, alert, now_ms, outcome);
        outcome_record(response, outcome, OUTCOME_SUPPRESSED, NULL, "alerting", reason, now_ms);
        if (closes)
                climb_close(response, "alerting", ROLE_DESK, reason, "closed", now_ms, outcome);
        else
                response->feed_only = true;
}

/* Does a repeat start the ladder again, or is an update enough? */
static bool must_page_again(const struct response *response, int64_t now_ms) {
        if (response->feed_only)
                return false;
        if (response->cancelled)
                return true;
        if (!response_is_held(response))
                return now_ms - response->round_ms > PAGE_AGAIN_AFTER_MS;
        return response->holder_role == ROLE_FAMILY ||
               now_ms - response->held_ms > PAGE_AGAIN_AFTER_MS;
}

void response_repeat(struct response *response, const struct route_view *view,
                     const struct alert *alert, int64_t now_ms, struct outcome *outcome) {
        char *folded = response->folded[response->folded_count++ % RESPONSE_FOLDED_MAX];
        bool worse = alert->severity < response->alert.severity;
        bool is_now = alert_is_buffered(&response->alert) && !alert_is_buffered(alert);
        bool page_again = is_now || must_page_again(response, now_ms);

        require(response->state != RESPONSE_CLOSED, "alert %s is closed: %s is not one more of it",
                response->alert.alert_id, alert->alert_id);
        /* The open alert is buffered and has paged the desk only; this one is current. */
        if (is_now) {
                response->alert.event_time_ms = alert->event_time_ms;
                response->alert.received_time_ms = alert->received_time_ms;
                response->alert.late_ms = alert->late_ms;
        }
        memcpy(folded, alert->alert_id, ALERT_ID_BYTES);
        response->repeats++;
        response->active = true;
        outcome_record(response, outcome, OUTCOME_REPEATED, NULL, "rules", alert->alert_id, now_ms);
        if (worse) {
                take_words(&response->alert, alert);
                outcome_record(response, outcome, OUTCOME_SEVERITY_CHANGED, NULL, "rules",
                               severity_name(alert->severity), now_ms);
        }
        outcome_update_all(response, outcome, OUTCOME_REPEATED, "", ROLE_DESK);
        if (page_again) {
                outcome_record(response, outcome, OUTCOME_ESCALATED, NULL, "alerting", "repeated",
                               now_ms);
                climb_begin(response, view, now_ms, outcome);
        }
}

static void severity_changed(struct response *response, const struct route_view *view,
                             const struct alert *alert, int64_t now_ms, struct outcome *outcome) {
        bool worse = alert->severity < response->alert.severity;
        bool other_ladder = strcmp(alert->ladder, response->alert.ladder) != 0;

        if (alert->severity == response->alert.severity && !other_ladder)
                return; /* a replayed record */
        take_words(&response->alert, alert);
        outcome_record(response, outcome, OUTCOME_SEVERITY_CHANGED, NULL, "rules",
                       severity_name(alert->severity), now_ms);
        outcome_update_all(response, outcome, OUTCOME_SEVERITY_CHANGED, "", ROLE_DESK);

        /* Worse, with another ladder, and nobody holds the alert: start that ladder now. */
        if (worse && other_ladder && alert->ladder[0] && !response_is_held(response)) {
                response->feed_only = false;
                outcome_record(response, outcome, OUTCOME_ESCALATED, NULL, "alerting",
                               "severity_changed", now_ms);
                climb_begin(response, view, now_ms, outcome);
        }
}

static void cleared(struct response *response, int64_t now_ms, struct outcome *outcome) {
        bool stays = response->alert.latching || response->alert.class == ALERT_LIFE_SAFETY ||
                     response->alert.severity == SEVERITY_CRITICAL;

        if (!response->active)
                return; /* a replayed record */
        response->active = false;
        outcome_record(response, outcome, OUTCOME_CLEARED, NULL, "rules", "", now_ms);
        if (!stays) {
                climb_close(response, "rules", ROLE_DESK, "cleared", "cleared", now_ms, outcome);
                return;
        }
        outcome_update_all(response, outcome, OUTCOME_CLEARED, "", ROLE_DESK);
}

/* The wearer pressed cancel. Anybody may have pressed that button, so a life-safety alert goes on, marked as cancelled:
 * only a person closes it, after a call. The desk is paged at once, whatever the step. */
static void cancelled(struct response *response, const struct route_view *view, int64_t now_ms,
                      struct outcome *outcome) {
        if (response->cancelled)
                return; /* a replayed record */
        outcome_record(response, outcome, OUTCOME_CANCELLED, NULL, "rules", "", now_ms);
        if (response->alert.class != ALERT_LIFE_SAFETY && !response->alert.latching) {
                response->active = false;
                climb_close(response, "rules", ROLE_DESK, "cancelled", "cancelled", now_ms,
                            outcome);
                return;
        }
        response->cancelled = true;
        outcome_update_all(response, outcome, OUTCOME_CANCELLED, "", ROLE_DESK);
        if (!response->feed_only && !response_is_held(response))
                climb_show_desk(response, view, now_ms, outcome);
}

/* Does @alert end only one of several episodes? Cancelling one press of a button does not cancel the others; a
 * condition has cleared when its latest episode has. */
static bool is_one_of_several(const struct response *response, const struct alert *alert) {
        const char *latest;

        if (response->repeats == 0 || alert->transition == ALERT_SEVERITY_CHANGED)
                return false;
        if (alert->transition == ALERT_CANCELLED)
                return true;
        latest = response->folded[(response->folded_count - 1) % RESPONSE_FOLDED_MAX];
        return strcmp(latest, alert->alert_id) != 0;
}

void response_transition(struct response *response, const struct route_view *view,
                         const struct alert *alert, int64_t now_ms, struct outcome *outcome) {
        if (response->state == RESPONSE_CLOSED)
                return;

        if (is_one_of_several(response, alert)) {
                enum outcome_type type =
                        alert->transition == ALERT_CLEARED ? OUTCOME_CLEARED : OUTCOME_CANCELLED;

                outcome_record(response, outcome, type, NULL, "rules", alert->alert_id, now_ms);
                outcome_update_all(response, outcome, type, "", ROLE_DESK);
                return;
        }
        switch (alert->transition) {
        case ALERT_SEVERITY_CHANGED:
                severity_changed(response, view, alert, now_ms, outcome);
                return;
        case ALERT_CLEARED:
                cleared(response, now_ms, outcome);
                return;
        case ALERT_CANCELLED:
                cancelled(response, view, now_ms, outcome);
                return;
        case ALERT_RAISED:
                return; /* no transition of an open alert; take_once() does not pass it on */
        }
}
