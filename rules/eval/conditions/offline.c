/* SPDX-License-Identifier: MIT
 *
 * Offline: a commissioned device that should be heard is not. The registry lists the devices, so one that was never
 * heard is overdue too, counted from when it was commissioned.
 *
 * Any event of the device counts, by its received time, however old its content is. Time that passed while nobody
 * watched (our own restart, a stand-by that took over) is not held against a device: it gets its limit again, at most
 * an hour, so that our own silence is not paged as the device's. Time in which nobody could be heard (broker or
 * ingest down) does not count: rules/eval/memory/listening.h.
 */
#include "rules/eval/conditions/offline.h"

#include <math.h>
#include <string.h>

enum {
        BOOT_HEARD = -1,
        BOOT_NEVER_HEARD = -2,
        GRACE_MAX_MS = 60 * 60 * 1000,
        OUTSIDE_LOOK_MS = 60 * 1000, /* overdue outside during: when to check again */
};

/* Silence has no event of its own: the episode is identified by when the device was last heard. */
static struct moment_cause silence(const struct elder_device_row *row, uint8_t device) {
        return (struct moment_cause){
                .sequence = (uint64_t)row->last_seen_ms,
                .boot = (uint32_t)(row->heard ? BOOT_HEARD : BOOT_NEVER_HEARD),
                .device = device,
        };
}

static const char *silence_text(const struct elder_device_row *row) {
        return row->heard ? "silent" : "registered";
}

static int64_t limit_of(const struct condition_offline *offline, uint32_t heartbeat_ms) {
        return offline->limit_ms ? offline->limit_ms : (int64_t)(offline->factor * heartbeat_ms);
}

void offline_heard(const struct moment *moment, struct elder_device_row *row) {
        const struct plan *plan = moment->elder->plan;

        for (uint16_t i = 0; i < plan->slot_count && row->offline; i++) {
                const struct plan_slot *slot = &plan->slots[i];

                if (slot->type != CONDITION_OFFLINE || !(row->offline >> slot->bit & 1))
                        continue;
                row->offline &= (uint8_t) ~(1u << slot->bit);
                judge_emit(moment->engine, moment->elder,
                           &(struct finding){
                                   .rule = slot->rule,
                                   .overridden = slot->overridden,
                                   .transition = ALERT_CLEARED,
                                   .cause = silence(row, moment->device),
                                   .event_text = silence_text(row),
                                   .event = moment->event,
                                   .event_time_ms = moment->time_ms,
                                   .received_time_ms = moment->received_ms,
                                   .now_ms = moment->now_ms,
                                   .kind = moment->event->kind,
                                   .value = NAN,
                                   .limit = NAN,
                                   .duration_ms = moment->now_ms - row->last_seen_ms,
                                   .samples = 1,
                                   .confidence_pct = 100,
                                   .drill = (moment->event->flags & EVENT_DRILL) != 0,
                           });
        }
        row->offline = 0; /* bits of rules that are gone */
}

static bool is_of_class(struct moment_due *due, const struct condition_offline *offline,
                        uint16_t device_class) {
        const char *name = judge_word(due->engine, device_class);

        if (offline->device_classes.count == 0)
                return true;
        for (uint8_t i = 0; i < offline->device_classes.count; i++)
                if (strcmp(offline->device_classes.word[i], name) == 0)
                        return true;
        return false;
}

static void raise(struct moment_due *due, const struct plan_slot *slot,
                  const struct elder_device_row *row, uint8_t device, int64_t limit_ms,
                  int64_t due_ms) {
        judge_emit(due->engine, due->elder,
                   &(struct finding){
                           .rule = slot->rule,
                           .overridden = slot->overridden,
                           .transition = ALERT_RAISED,
                           .cause = silence(row, device),
                           .event_text = silence_text(row),
                           .event_time_ms = due_ms,
                           .now_ms = due->now_ms,
                           .kind = KIND_HEARTBEAT,
                           .value = NAN,
                           .limit = (double)limit_ms / 1000,
                           .duration_ms = due->now_ms - row->last_seen_ms,
                           .confidence_pct = 100,
                   });
}

static int64_t due_at(struct moment_due *due, const struct plan_slot *slot,
                      const struct rule_condition *condition) {
        const struct condition_offline *offline = &condition->offline;
        struct elder_device_row *rows = elder_rows(due->elder);
        const struct elder_cold *cold = elder_cold(due->elder);
        int64_t opened_ms = partition_opened_ms(due->engine, due->elder);
        int64_t hears_ms = partition_hears_ms(due->engine, due->elder, due->now_ms);
        int64_t next_ms = MOMENT_NEVER;

        for (uint8_t i = 0; i < due->elder->device_count; i++) {
                struct elder_device_row *row = &rows[i];

                if (cold->devices[i].heartbeat_ms == 0 || (row->offline >> slot->bit & 1) ||
                    !is_of_class(due, offline, cold->devices[i].device_class))
                        continue;

                int64_t limit_ms = limit_of(offline, cold->devices[i].heartbeat_ms);
                int64_t due_ms = row->last_seen_ms + limit_ms +
                                 partition_unheard_ms(due->engine, due->elder, row->last_seen_ms);

                if (due_ms + MOMENT_WATCHED_MS <= opened_ms)
                        due_ms = opened_ms + (limit_ms < GRACE_MAX_MS ? limit_ms : GRACE_MAX_MS);
                if (due_ms < hears_ms)
                        due_ms = hears_ms;
                if (due_ms <= due->now_ms && !condition_holds(condition, due->elder, due->now_ms))
                        due_ms = due->now_ms + OUTSIDE_LOOK_MS;
                if (due_ms > due->now_ms) {
                        next_ms = due_ms < next_ms ? due_ms : next_ms;
                        continue;
                }
                due->changed = true;
                row->offline |= (uint8_t)(1u << slot->bit);
                raise(due, slot, row, i, limit_ms, due_ms);
        }
        return next_ms;
}

static void judge(const struct moment *moment, const struct plan_entry *entry,
                  const struct rule_condition *condition) {
        /* Only home and away arrive here. Any event of the device counts, see offline_heard(). */
        if (entry->role == PLAN_ROLE_PLACE)
                moment_arm(moment, entry, moment->now_ms);
}

static bool is_active(const struct engine *engine, const struct elder *elder,
                      const struct plan_slot *slot) {
        (void)engine;
        for (uint8_t i = 0; i < elder->device_count; i++)
                if (elder_rows(elder)[i].offline >> slot->bit & 1)
                        return true;
        return false;
}

/* --- the condition ------------------------------------------------------------------------------ */

static const char *refuse(const struct rule *rule, const struct rule_condition *condition) {
        const struct condition_offline *offline = &condition->offline;

        if (offline->limit_ms < 0 || !isfinite(offline->factor) || offline->factor < 0)
                return "a limit cannot be negative";
        if ((offline->limit_ms > 0) == (offline->factor > 0))
                return "offline needs a duration or a number of heartbeats";
        if (offline->factor > 0 && offline->factor < 1)
                return "less than one heartbeat is always overdue";
        return NULL;
}

static void layer(struct rule_condition *onto, const struct rule_condition *from, uint32_t set) {
        if (!(set >> RULE_SETTING_LIMIT & 1))
                return;
        onto->offline.limit_ms = from->offline.limit_ms;
        onto->offline.factor = from->offline.factor;
}

static void kinds(const struct rule_condition *condition, struct condition_ops_kinds *ret) {
        (void)condition;
        (void)ret;
}

static void describe(struct plan_slot *slot, const struct rule_condition *condition,
                     const struct rule_subject *subject, struct condition_ops_beside *beside) {
        slot->form = RULE_FORM_OFFLINE;
        slot->bit = beside->offline++;
        slot->timed = 1;
}

/* Kept in the device's row: blob.c writes a bit per device. */
const struct form_ops offline_form = {.device_at = FORM_NO_DEVICE};

const struct condition_ops offline_ops = {
        .placeholders = PLACEHOLDER_BIT(DURATION) | PLACEHOLDER_BIT(LIMIT) |
                        PLACEHOLDER_BIT(DEVICE) | PLACEHOLDER_BIT(ROOM),
        .refuse = refuse,
        .layer = layer,
        .kinds = kinds,
        .describe = describe,
        .judge = judge,
        .due = due_at,
        .is_active = is_active,
};
