/* SPDX-License-Identifier: MIT
 *
 * A happening: SOS, fall, smoke, door, mains lost. Each event raises an alert of its own, because a
 * second real fall must never be taken for the first.
 *
 *      none ── event ──▶ pending ── hold passes ──▶ raised ── all-clear ──▶ none (cleared)
 *                          │                          │
 *                          └── cancel ──▶ cancelled ◀─┘ (the cancel was pressed in time but came late)
 *
 * Without a hold, an event goes to raised at once. An event while another is pending raises the
 * pending one: two falls within the elder's time to cancel are no mistake of the sensor.
 */
#include "rules/eval/judge.h"

#include <math.h>

#include "rules/eval/day_slot.h"

static void tell(const struct moment *moment, const struct plan_entry *entry,
                 enum alert_transition transition, struct cause cause, uint8_t confidence_pct,
                 bool drill) {
        const struct plan_slot *slot = &moment->elder->plan->slots[entry->slot];

        engine_emit(moment->engine, moment->elder,
                    &(struct finding){
                            .rule = slot->rule,
                            .overridden = slot->overridden,
                            .transition = transition,
                            .cause = cause,
                            .event = moment->event,
                            .event_time_ms = moment->time_ms,
                            .received_time_ms = moment->event->received_time_ms,
                            .now_ms = moment->now_ms,
                            .late_ms = moment->late_ms,
                            .kind = moment->event->kind,
                            .value = moment->event->value,
                            .limit = NAN,
                            .samples = 1,
                            .confidence_pct = confidence_pct,
                            .drill = drill,
                    });
}

static struct cause open_cause(const struct happening_open *open) {
        return (struct cause){
                .sequence = open->sequence, .boot = open->boot, .device = open->device};
}

static bool is_same(const struct happening_open *open, const struct moment *moment) {
        return open->phase != HAPPENING_NONE && open->sequence == moment->event->sequence &&
               open->boot == moment->event->boot_id && open->device == moment->device;
}

static void note(struct happening_open *open, const struct moment *moment,
                 enum happening_phase phase) {
        *open = (struct happening_open){
                .sequence = moment->event->sequence,
                .boot = moment->event->boot_id,
                .device = moment->device,
                .phase = (uint8_t)phase,
                .confidence_pct = moment->event->confidence_pct,
                .drill = (moment->event->flags & EVENT_DRILL) != 0,
        };
}

/* The pending one has waited long enough: the deadline, or another event, makes it an alert. */
static void raise_pending(struct engine *engine, const struct elder *elder,
                          const struct plan_slot *slot, struct happening_timed *timed,
                          uint16_t kind, int64_t now_ms) {
        int64_t age_ms = now_ms - timed->event_time_ms;

        timed->open.phase = HAPPENING_RAISED;
        engine_emit(engine, elder,
                    &(struct finding){
                            .rule = slot->rule,
                            .overridden = slot->overridden,
                            .transition = ALERT_RAISED,
                            .cause = open_cause(&timed->open),
                            .event_time_ms = timed->event_time_ms,
                            .received_time_ms = timed->received_time_ms,
                            .now_ms = now_ms,
                            .late_ms = age_ms > LATE_MS ? age_ms : 0,
                            .kind = kind,
                            .value = 1,
                            .limit = NAN,
                            .duration_ms = age_ms,
                            .samples = 1,
                            .confidence_pct = timed->open.confidence_pct,
                            .drill = timed->open.drill,
                    });
}

static void raise_timed(const struct moment *moment, const struct plan_entry *entry,
                        const struct happening_condition *happening,
                        struct happening_timed *timed) {
        const struct plan_slot *slot = &moment->elder->plan->slots[entry->slot];
        /* A cancelled one has told nobody, so the next one is not a repetition. */
        bool told = timed->event_time_ms != 0 && timed->open.phase != HAPPENING_CANCELLED;
        int64_t since_ms = moment->time_ms - timed->event_time_ms;

        /* Another device's tamper is no repetition of this one's. */
        if (told && timed->open.device == moment->device && since_ms >= 0 &&
            since_ms < happening->cooldown_ms)
                return;
        if (timed->open.phase == HAPPENING_PENDING)
                raise_pending(moment->engine, moment->elder, slot, timed, happening->kind,
                              moment->now_ms);

        int64_t hold_until_ms = moment->time_ms + happening->hold_ms;
        /* Without a registered device the id could not be told again later: raise now. */
        bool hold = hold_until_ms > moment->now_ms && moment->device != DEVICE_UNLISTED;

        note(&timed->open, moment, hold ? HAPPENING_PENDING : HAPPENING_RAISED);
        timed->event_time_ms = moment->time_ms;
        timed->received_time_ms = moment->event->received_time_ms;
        if (hold)
                engine_arm(moment->engine, moment->handle, hold_until_ms);
        else
                tell(moment, entry, ALERT_RAISED, cause_of(moment), moment->event->confidence_pct,
                     timed->open.drill);
}

static void judge_cause(const struct moment *moment, const struct plan_entry *entry,
                        const struct happening_condition *happening) {
        const struct zone *zone = moment->elder->plan->zone;

        if (moment->event->confidence_pct < happening->confidence_at_least_pct)
                return;
        if (happening->slot_count > 0 &&
            !day_slot_now(happening->slots, happening->slot_count, zone, moment->time_ms))
                return;

        switch ((enum plan_form)entry->form) {
        case FORM_OPEN: {
                struct happening_open *open = elder_state(moment->elder, entry->offset);

                if (is_same(open, moment))
                        return;
                note(open, moment, HAPPENING_RAISED);
                break;
        }
        case FORM_TIMED: {
                struct happening_timed *timed = elder_state(moment->elder, entry->offset);

                if (!is_same(&timed->open, moment))
                        raise_timed(moment, entry, happening, timed);
                return;
        }
        default:
                break;
        }
        tell(moment, entry, ALERT_RAISED, cause_of(moment), moment->event->confidence_pct,
             (moment->event->flags & EVENT_DRILL) != 0);
}

/* Only the device that said it is may say that it is over, and what was pending is not taken back
 * by that: a person who is helped up has fallen all the same. */
static void judge_clear(const struct moment *moment, const struct plan_entry *entry) {
        if (entry->form == FORM_NONE || !moment->may_clear)
                return;

        struct happening_open *open = elder_state(moment->elder, entry->offset);

        if (open->phase != HAPPENING_RAISED || open->device != moment->device)
                return;
        tell(moment, entry, ALERT_CLEARED, open_cause(open), open->confidence_pct, open->drill);
        open->phase = HAPPENING_NONE;
}

static void judge_cancel(const struct moment *moment, const struct plan_entry *entry,
                         const struct happening_condition *happening) {
        if (entry->form != FORM_TIMED || (moment->event->flags & EVENT_UNAUTHENTICATED))
                return;

        struct happening_timed *timed = elder_state(moment->elder, entry->offset);
        int64_t after_ms = moment->time_ms - timed->event_time_ms;

        if (timed->open.phase != HAPPENING_PENDING && timed->open.phase != HAPPENING_RAISED)
                return;
        if (after_ms < -CANCEL_SKEW_MS || after_ms > happening->hold_ms)
                return;
        tell(moment, entry, ALERT_CANCELLED, open_cause(&timed->open), timed->open.confidence_pct,
             timed->open.drill);
        timed->open.phase = HAPPENING_CANCELLED;
}

void happening_judge(const struct moment *moment, const struct plan_entry *entry,
                     const struct happening_condition *happening) {
        bool is_so = moment->event->value != 0;

        if (entry->role == ROLE_CAUSE && is_so)
                judge_cause(moment, entry, happening);
        else if (entry->role == ROLE_CAUSE || (entry->role == ROLE_CLEAR && is_so))
                judge_clear(moment, entry);
        else if (entry->role == ROLE_CANCEL && is_so)
                judge_cancel(moment, entry, happening);
}

int64_t happening_due(const struct due *due, const struct plan_slot *slot,
                      const struct happening_condition *happening) {
        if (slot->form != FORM_TIMED)
                return DEADLINE_NONE;

        struct happening_timed *timed = elder_state(due->elder, slot->offset);
        int64_t hold_until_ms = timed->event_time_ms + happening->hold_ms;

        if (timed->open.phase != HAPPENING_PENDING)
                return DEADLINE_NONE;
        if (hold_until_ms > due->now_ms)
                return hold_until_ms;
        raise_pending(due->engine, due->elder, slot, timed, happening->kind, due->now_ms);
        return DEADLINE_NONE;
}
