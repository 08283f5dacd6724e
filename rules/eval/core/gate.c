/* SPDX-License-Identifier: MIT */
#include "rules/eval/core/gate.h"

#include <math.h>
#include <string.h>

#include "common/base/require.h"
#include "rules/eval/core/elders.h"
#include "rules/eval/core/engine_state.h"
#include "rules/eval/core/episode.h"

/* How often to look whether an inhibitor has gone without a transition, because its rule was removed. */
enum { LOOK_MS = 60 * 1000 };

enum gate_phase { GATE_COUNTING = 1, GATE_HELD, GATE_FLAPPING };

struct gate_state {
        uint64_t sequence; /* of the cause held back, or reported last */
        int64_t event_time_ms;
        int64_t received_time_ms;
        double value;
        double limit;
        /* Seconds of the latest raises, the newest at raise_count - 1. */
        uint32_t raised_s[RULE_FLAPS_MAX];
        uint32_t boot;
        uint32_t duration_s;
        uint16_t kind;
        uint8_t device;
        uint8_t phase; /* enum gate_phase */
        uint8_t raise_count;
        uint8_t is_raised; /* the condition itself, whatever was reported */
        uint8_t samples;
        uint8_t confidence_pct;
        uint8_t severity; /* as in struct finding */
        uint8_t reserved[7];
};

_Static_assert(sizeof(struct gate_state) == 96, "checkpoints hold it as it is");

static struct gate_state *state_of(struct episode *episode) {
        require(episode->form == RULE_FORM_GATE, "form %d of rule %08x is no gate", episode->form,
                episode->id_hash);
        return (struct gate_state *)episode->state;
}

static struct episode *gate_find(const struct engine *engine, const struct elder *elder,
                                 uint32_t id_hash, uint8_t device) {
        for (uint32_t handle = elder->episodes; handle;) {
                struct episode *episode = arena_at(&engine->arena, handle);

                if (episode->form == RULE_FORM_GATE && episode->id_hash == id_hash &&
                    state_of(episode)->device == device)
                        return episode;
                handle = episode->next;
        }
        return NULL;
}

static bool is_inhibited(const struct engine *engine, const struct elder *elder,
                         const struct rule *rule) {
        const struct plan *plan = elder->plan;

        for (uint8_t i = 0; i < rule->inhibitor_count; i++)
                for (uint16_t k = 0; k < plan->slot_count; k++)
                        if (plan->slots[k].id_hash == rule->inhibitor_hashes[i] &&
                            engine->conditions->ops[plan->slots[k].type]->is_active(
                                    engine, elder, &plan->slots[k]))
                                return true;
        return false;
}

static void note_raise(struct gate_state *gate, const struct finding *finding) {
        gate->sequence = finding->cause.sequence;
        gate->boot = finding->cause.boot;
        gate->event_time_ms = finding->event_time_ms;
        gate->received_time_ms = finding->received_time_ms;
        gate->value = finding->value;
        gate->limit = finding->limit;
        gate->duration_s = (uint32_t)(finding->duration_ms / 1000);
        gate->kind = finding->kind;
        gate->samples = finding->samples < 255 ? (uint8_t)finding->samples : 255;
        gate->confidence_pct = finding->confidence_pct;
        gate->severity = finding->severity;
}

/* Forget raises older than @within_ms and add one now. */
static void count_raise(struct gate_state *gate, int64_t within_ms, int64_t now_ms) {
        uint8_t kept = 0;

        require(gate->raise_count <= RULE_FLAPS_MAX, "%d raises remembered", gate->raise_count);
        for (uint8_t i = 0; i < gate->raise_count; i++)
                if ((int64_t)gate->raised_s[i] * 1000 > now_ms - within_ms)
                        gate->raised_s[kept++] = gate->raised_s[i];
        if (kept == RULE_FLAPS_MAX)
                memmove(gate->raised_s, gate->raised_s + 1, --kept * sizeof(gate->raised_s[0]));
        gate->raised_s[kept++] = (uint32_t)(now_ms / 1000);
        gate->raise_count = kept;
}

static int64_t calm_at(const struct gate_state *gate, const struct rule *rule) {
        require(gate->raise_count > 0 && gate->raise_count <= RULE_FLAPS_MAX,
                "%d raises remembered of rule %08x", gate->raise_count, rule->id_hash);
        return ((int64_t)gate->raised_s[gate->raise_count - 1] + 1) * 1000 + rule->flap_within_ms;
}

static struct moment_cause cause_held(const struct gate_state *gate) {
        return (struct moment_cause){
                .sequence = gate->sequence, .boot = gate->boot, .device = gate->device};
}

static struct gate_state *gate_begin(struct engine *engine, struct elder *elder,
                                     const struct rule *rule, uint8_t device) {
        struct episode *episode =
                episode_begin(engine, elder, rule->id_hash, rule->condition.type, RULE_FORM_GATE);

        if (!episode)
                return NULL;
        state_of(episode)->device = device;
        return state_of(episode);
}

static bool raise_is_held(struct engine *engine, uint32_t handle, const struct rule *rule,
                          struct gate_state *gate, const struct finding *finding) {
        struct elder *elder = engine_at(engine, handle);
        bool inhibited = is_inhibited(engine, elder, rule);

        if (!gate && (inhibited || rule->flap_times))
                gate = gate_begin(engine, elder, rule, finding->cause.device);
        if (!gate)
                return false; /* nothing to wait for, or no memory to do so: report it */
        gate->is_raised = 1;
        if (rule->flap_times)
                count_raise(gate, rule->flap_within_ms, finding->now_ms);
        if (gate->phase == GATE_FLAPPING) {
                engine->stats.flaps_held++;
                return true;
        }
        note_raise(gate, finding);
        timers_arm(&engine->timers, handle, finding->now_ms + LOOK_MS, false);
        if (inhibited) {
                gate->phase = GATE_HELD;
                engine->stats.inhibited++;
                return true;
        }
        gate->phase = gate->raise_count >= rule->flap_times ? GATE_FLAPPING : GATE_COUNTING;
        return false;
}

/* A transition other than a raise: a clear, a cancel, another severity. */
static bool change_is_held(struct engine *engine, uint32_t handle, struct episode *episode,
                           const struct finding *finding, struct moment_cause *cause) {
        struct gate_state *gate = state_of(episode);
        bool ends = finding->transition != ALERT_SEVERITY_CHANGED;

        require(gate->phase >= GATE_COUNTING && gate->phase <= GATE_FLAPPING,
                "phase %d of a gate of rule %08x", gate->phase, episode->id_hash);
        if (gate->phase == GATE_HELD) {
                gate->severity = finding->severity;
                if (ends)
                        episode_end(engine, engine_at(engine, handle), episode);
                return true;
        }
        *cause = cause_held(gate);
        if (!ends)
                return false;
        gate->is_raised = 0;
        if (gate->phase == GATE_FLAPPING)
                timers_arm(&engine->timers, handle, finding->now_ms, false);
        return gate->phase == GATE_FLAPPING;
}

bool gate_holds(struct engine *engine, const struct elder *elder, const struct finding *finding,
                struct moment_cause *cause) {
        const struct rule *rule = engine_rule(engine, finding->rule);
        struct episode *episode = gate_find(engine, elder, rule->id_hash, finding->cause.device);

        if (!episode && !rule->flap_times && !rule->inhibitor_count)
                return false;

        uint32_t handle = elder_find(engine, elder->id, elder_hash(elder));

        require(handle != ARENA_NONE && engine_at(engine, handle) == elder,
                "block %u is found for the elder judged, who lies elsewhere", handle);
        if (finding->transition != ALERT_RAISED)
                return episode && change_is_held(engine, handle, episode, finding, cause);
        if (finding->drill || rule->class == ALERT_LIFE_SAFETY)
                return false;
        return raise_is_held(engine, handle, rule, episode ? state_of(episode) : NULL, finding);
}

static void tell(struct moment_due *due, const struct plan_slot *slot,
                 const struct gate_state *gate, enum alert_transition transition) {
        int64_t age_ms = due->now_ms - gate->event_time_ms;
        bool raised = transition == ALERT_RAISED;

        finding_tell(due->engine, due->elder,
                     &(struct finding){
                             .rule = slot->rule,
                             .overridden = slot->overridden,
                             .transition = transition,
                             .cause = cause_held(gate),
                             .event_time_ms = raised ? gate->event_time_ms : due->now_ms,
                             .received_time_ms = raised ? gate->received_time_ms : 0,
                             .now_ms = due->now_ms,
                             .late_ms = raised && age_ms > MOMENT_LATE_MS ? age_ms : 0,
                             .kind = gate->kind,
                             .value = raised ? gate->value : NAN,
                             .limit = gate->limit,
                             .duration_ms = (int64_t)gate->duration_s * 1000 + age_ms,
                             .samples = gate->samples,
                             .confidence_pct = gate->confidence_pct,
                             .severity = gate->severity,
                     });
        due->changed = true;
}

/* Return: the next check; GATE_OVER: the gate ends. */
enum { GATE_OVER = 0 };

static int64_t gate_due(struct moment_due *due, const struct plan_slot *slot,
                        struct gate_state *gate) {
        const struct rule *rule = engine_rule(due->engine, slot->rule);

        if (gate->phase == GATE_HELD) {
                if (is_inhibited(due->engine, due->elder, rule))
                        return due->now_ms + LOOK_MS;
                tell(due, slot, gate, ALERT_RAISED);
                gate->phase = GATE_COUNTING;
        }
        if (rule->flap_times == 0 || gate->raise_count == 0) {
                /* Not flapping (any more): report a clear that was held back. While the alert is raised, the gate
                 * stays, because the clear needs the cause under which the raise was reported. */
                if (gate->phase == GATE_FLAPPING && !gate->is_raised)
                        tell(due, slot, gate, ALERT_CLEARED);
                return gate->phase == GATE_FLAPPING && gate->is_raised ? MOMENT_NEVER : GATE_OVER;
        }
        if (calm_at(gate, rule) > due->now_ms)
                return calm_at(gate, rule);
        if (gate->phase == GATE_FLAPPING && gate->is_raised)
                return MOMENT_NEVER; /* it has stayed raised: its own clear ends it */
        if (gate->phase == GATE_FLAPPING)
                tell(due, slot, gate, ALERT_CLEARED);
        return GATE_OVER;
}

static const struct plan_slot *slot_of(const struct plan *plan, uint32_t id_hash) {
        for (uint16_t i = 0; i < plan->slot_count; i++)
                if (plan->slots[i].id_hash == id_hash)
                        return &plan->slots[i];
        return NULL;
}

int64_t gates_due(struct moment_due *due) {
        int64_t next_ms = MOMENT_NEVER;

        for (uint32_t handle = due->elder->episodes; handle;) {
                struct episode *episode = arena_at(&due->engine->arena, handle);
                const struct plan_slot *slot;

                handle = episode->next;
                if (episode->form != RULE_FORM_GATE)
                        continue;
                slot = slot_of(due->elder->plan, episode->id_hash);
                if (!slot)
                        continue; /* of a rule that is gone: the elder's next move ends it */

                int64_t gate_ms = gate_due(due, slot, state_of(episode));

                if (gate_ms == GATE_OVER) {
                        due->changed = true;
                        episode_end(due->engine, due->elder, episode);
                } else if (gate_ms < next_ms) {
                        next_ms = gate_ms;
                }
        }
        return next_ms;
}

/* --- the form ------------------------------------------------------------------------------------- */

static bool is_sound(const void *state) {
        const struct gate_state *gate = state;

        return gate->phase >= GATE_COUNTING && gate->phase <= GATE_FLAPPING &&
               gate->raise_count <= RULE_FLAPS_MAX && is_time(gate->event_time_ms) &&
               is_time(gate->received_time_ms) && gate->confidence_pct <= 100 &&
               gate->severity <= SEVERITY_INFO;
}

static void set_back(void *state, int64_t by_ms) {
        struct gate_state *gate = state;

        time_set_back(&gate->event_time_ms, by_ms);
        time_set_back(&gate->received_time_ms, by_ms);
        for (uint8_t i = 0; i < RULE_FLAPS_MAX; i++)
                if (gate->raised_s[i] > by_ms / 1000)
                        gate->raised_s[i] -= (uint32_t)(by_ms / 1000);
}

const struct form_ops gate_form = {
        EPISODE_FORM(struct gate_state),
        .is_sound = is_sound,
        .set_back = set_back,
};
