/* SPDX-License-Identifier: MIT */
#include "rules/eval/core/elders.h"

#include <string.h>

#include "common/base/require.h"
#include "rules/eval/core/engine_state.h"
#include "rules/eval/core/episode.h"

uint32_t elder_find(const struct engine *engine, const char *elder_id, uint32_t elder_hash) {
        const struct table *table = &engine->table;
        uint32_t at = table_home(table, elder_hash);

        for (; table->slots[at].handle != ARENA_NONE; at = (at + 1) & table->mask) {
                if (table->slots[at].hash != elder_hash)
                        continue;
                if (strncmp(engine_at(engine, table->slots[at].handle)->id, elder_id,
                            EVENT_ELDER_ID_BYTES) == 0)
                        return table->slots[at].handle;
        }
        return ARENA_NONE;
}

void elder_mark_dirty(struct engine *engine, uint32_t handle) {
        struct elder *elder = engine_at(engine, handle);

        if (elder->flags & ELDER_DIRTY)
                return;
        require(handle != ARENA_NONE, "nobody has changed");
        elder->flags |= ELDER_DIRTY;
        elder->dirty_next = ARENA_NONE;
        elder->dirty_prev = engine->dirty_last;
        if (engine->dirty_last)
                engine_at(engine, engine->dirty_last)->dirty_next = handle;
        else
                engine->dirty_first = handle;
        engine->dirty_last = handle;
}

void elder_clean(struct engine *engine, uint32_t handle) {
        struct elder *elder = engine_at(engine, handle);

        if (!(elder->flags & ELDER_DIRTY))
                return;
        elder->flags &= (uint8_t)~ELDER_DIRTY;

        /* A corrupt list would lose elders: their states would never be saved. */
        uint32_t *from_prev = elder->dirty_prev ? &engine_at(engine, elder->dirty_prev)->dirty_next
                                                : &engine->dirty_first;
        uint32_t *from_next = elder->dirty_next ? &engine_at(engine, elder->dirty_next)->dirty_prev
                                                : &engine->dirty_last;

        require(*from_prev == handle, "before changed block %u stands one that leads to %u", handle,
                *from_prev);
        require(*from_next == handle, "after changed block %u stands one that leads to %u", handle,
                *from_next);
        *from_prev = elder->dirty_next;
        *from_next = elder->dirty_prev;
}

uint32_t elder_blind(const struct engine *engine, const struct elder *elder) {
        uint32_t blind = 0;

        for (uint16_t i = 0; i < elder->plan->slot_count; i++) {
                const struct plan_slot *slot = &elder->plan->slots[i];
                const struct condition_ops *ops = engine->conditions->ops[slot->type];

                if (ops->is_blind)
                        blind += ops->is_blind(elder_state(elder, slot->offset));
        }
        return blind;
}

/* Is something pending under @slot? A state in the block does not show it, so it counts as pending. */
static bool is_under_way(const struct engine *engine, const struct elder *elder,
                         const struct plan_slot *slot) {
        if (slot->block != RULE_FORM_NONE)
                return true;
        for (uint32_t handle = elder->episodes; handle;) {
                struct episode *episode = arena_at(&engine->arena, handle);
                const struct form_ops *form = engine_form(engine, episode->form);

                if (episode->id_hash == slot->id_hash &&
                    (!form->waits || form->waits(episode->state)))
                        return true;
                handle = episode->next;
        }
        return false;
}

void elder_look(struct engine *engine, uint32_t handle, int64_t now_ms) {
        const struct elder *elder = engine_at(engine, handle);
        const struct plan *plan = elder->plan;
        bool life = false;

        require(elder->flags & ELDER_OPEN, "block %u is of a partition that is not open: %d",
                handle, elder_cold(elder)->partition);
        for (uint16_t i = 0; plan->timed && !life && i < plan->slot_count; i++)
                life = plan->slots[i].life && plan->slots[i].timed &&
                       is_under_way(engine, elder, &plan->slots[i]);
        timers_arm(&engine->timers, handle, now_ms, life);
}
