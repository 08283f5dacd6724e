/* SPDX-License-Identifier: MIT */
#include "rules/eval/core/episode.h"

#include "common/base/require.h"
#include "rules/eval/core/engine_state.h"

struct episode *episode_find(const struct engine *engine, const struct elder *elder,
                             uint32_t id_hash, enum rule_form form) {
        uint32_t handle = elder->episodes;

        while (handle) {
                struct episode *episode = arena_at(&engine->arena, handle);

                if (episode->id_hash == id_hash && episode->form == form)
                        return episode;
                handle = episode->next;
        }
        return NULL;
}

struct episode *episode_find_of(const struct engine *engine, const struct elder *elder,
                                uint32_t id_hash, enum rule_form form, uint8_t device) {
        const struct form_ops *ops = engine->conditions->forms[form];

        for (uint32_t handle = elder->episodes; handle;) {
                struct episode *episode = arena_at(&engine->arena, handle);

                if (episode->id_hash == id_hash && episode->form == form &&
                    *form_device(ops, episode->state) == device)
                        return episode;
                handle = episode->next;
        }
        return NULL;
}

struct episode *episode_after(const struct engine *engine, const struct elder *elder,
                              const struct episode *episode) {
        uint32_t handle = episode ? episode->next : elder->episodes;

        return handle ? arena_at(&engine->arena, handle) : NULL;
}

struct episode *episode_begin(struct engine *engine, struct elder *elder, uint32_t id_hash,
                              enum rule_condition_type type, enum rule_form form) {
        const struct form_ops *ops = engine_form(engine, (uint8_t)form);
        uint32_t handle;

        require(ops->units > 0, "form %d of rule %08x is no episode's", form, id_hash);
        require(type < CONDITION_TYPES && engine->conditions->ops[type],
                "condition %d of rule %08x", type, id_hash);
        if (arena_take(&engine->arena, ops->units, &handle) < 0) {
                engine->stats.episodes_lost++;
                return NULL;
        }

        struct episode *episode = arena_at(&engine->arena, handle);

        episode->next = elder->episodes;
        episode->id_hash = id_hash;
        episode->type = (uint8_t)type;
        episode->form = (uint8_t)form;
        elder->episodes = handle;
        engine->stats.episodes++;
        return episode;
}

/* @link holds the handle of the episode to end. */
static void end_at(struct engine *engine, uint32_t *link) {
        uint32_t handle = *link;

        const struct episode *episode = arena_at(&engine->arena, handle);

        *link = episode->next;
        arena_give(&engine->arena, handle, engine_form(engine, episode->form)->units);
}

void episode_end(struct engine *engine, struct elder *elder, const struct episode *episode) {
        uint32_t *link = &elder->episodes;

        while (arena_at(&engine->arena, *link) != episode) {
                require(*link != ARENA_NONE,
                        "an episode of rule %08x, form %d, is not of the elder it is ended for",
                        episode->id_hash, episode->form);
                link = &((struct episode *)arena_at(&engine->arena, *link))->next;
        }
        end_at(engine, link);
}

static bool has_rule(const struct plan *plan, const struct episode *episode) {
        for (uint16_t i = 0; i < plan->slot_count; i++)
                if (plan->slots[i].id_hash == episode->id_hash)
                        return plan->slots[i].type == episode->type &&
                               (plan->slots[i].episodes >> episode->form & 1);
        return false;
}

void episodes_prune(struct engine *engine, struct elder *elder) {
        uint32_t *link = &elder->episodes;

        while (*link) {
                struct episode *episode = arena_at(&engine->arena, *link);

                if (has_rule(elder->plan, episode))
                        link = &episode->next;
                else
                        end_at(engine, link);
        }
}

void episodes_end_all(struct engine *engine, struct elder *elder) {
        while (elder->episodes)
                end_at(engine, &elder->episodes);
}
