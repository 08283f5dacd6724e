/* SPDX-License-Identifier: MIT */
#include "rules/eval/core/episode.h"

#include "rules/eval/core/condition_ops.h"

struct episode *episode_take(struct arena *arena, struct elder *elder, uint32_t id_hash,
                             enum rule_condition_type type, enum plan_form form) {
        uint32_t handle;

        if (arena_take(arena, form_ops(form)->units, &handle) < 0)
                return NULL;

        struct episode *episode = arena_at(arena, handle);

        episode->next = elder->episodes;
        episode->id_hash = id_hash;
        episode->type = (uint8_t)type;
        episode->form = (uint8_t)form;
        elder->episodes = handle;
        return episode;
}

/* @link holds the handle of the episode to end. */
static void end_at(struct arena *arena, uint32_t *link) {
        uint32_t handle = *link;

        const struct episode *episode = arena_at(arena, handle);

        *link = episode->next;
        arena_give(arena, handle, form_ops(episode->form)->units);
}

void episode_end(struct arena *arena, struct elder *elder, const struct episode *episode) {
        uint32_t *link = &elder->episodes;

        while (arena_at(arena, *link) != episode)
                link = &((struct episode *)arena_at(arena, *link))->next;
        end_at(arena, link);
}

static bool has_rule(const struct plan *plan, const struct episode *episode) {
        for (uint16_t i = 0; i < plan->slot_count; i++)
                if (plan->slots[i].id_hash == episode->id_hash)
                        return plan->slots[i].type == episode->type &&
                               (plan->slots[i].episodes >> episode->form & 1);
        return false;
}

void episodes_prune(struct arena *arena, struct elder *elder) {
        uint32_t *link = &elder->episodes;

        while (*link) {
                struct episode *episode = arena_at(arena, *link);

                if (has_rule(elder->plan, episode))
                        link = &episode->next;
                else
                        end_at(arena, link);
        }
}

void episodes_end_all(struct arena *arena, struct elder *elder) {
        while (elder->episodes)
                end_at(arena, &elder->episodes);
}
