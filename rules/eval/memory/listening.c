/* SPDX-License-Identifier: MIT */
#include "rules/eval/memory/listening.h"

#include "common/base/require.h"

enum {
        RETIRED_MS = 60 * 60 * 1000,
        ALIKE_MS = 2000,  /* reports whose ages differ by no more are equally old … */
        ALIKE_TIMES = 12, /* … and this many in a row, in a minute, are no coincidence */
        BEHIND_LEAST_MS = 5000,
};

/* Two deaf times with less listening between them than the first one lasted count as one: a device that reports every
 * ten minutes had no chance to be heard in half a minute. */
static void add_unheard(struct listening *listening, int64_t from_ms, int64_t until_ms) {
        int64_t heard_ms = from_ms - listening->unheard_until_ms;
        int64_t unheard_ms = listening->unheard_until_ms - listening->unheard_from_ms;

        require(from_ms < until_ms, "deaf from %lld to %lld", (long long)from_ms,
                (long long)until_ms);
        require(unheard_ms >= 0, "deaf before from %lld to %lld",
                (long long)listening->unheard_from_ms, (long long)listening->unheard_until_ms);

        if (heard_ms >= unheard_ms)
                listening->unheard_from_ms = from_ms;
        else if (from_ms < listening->unheard_from_ms)
                listening->unheard_from_ms = from_ms; /* another shard, deaf for longer */
        listening->unheard_until_ms = until_ms;
}

int listening_note(struct listening *listening, uint32_t shard, bool listens, int64_t said_ms) {
        if (shard >= EVENT_LISTENING_SHARDS_MAX)
                return 0;

        int64_t before_ms = listening->shards[shard].listened_ms;
        bool was_deaf = before_ms && (listening->shards[shard].stopped ||
                                      said_ms - before_ms > EVENT_LISTENING_LOST_MS);

        if (said_ms <= before_ms)
                return 0;
        if (listening->shard_count <= shard)
                listening->shard_count = shard + 1;
        if (!listens) {
                listening->shards[shard].stopped = true;
                if (before_ms == 0) /* not known when it last listened: at the latest now */
                        listening->shards[shard].listened_ms = said_ms;
                return 0;
        }
        listening->shards[shard].listened_ms = said_ms;
        listening->shards[shard].stopped = false;
        if (!was_deaf)
                return 0;
        add_unheard(listening, before_ms, said_ms);
        return LISTENING_AGAIN;
}

int64_t listening_behind_ms(struct listening *listening, uint32_t shard, int64_t age_ms) {
        if (shard >= EVENT_LISTENING_SHARDS_MAX)
                return -1;

        int64_t differs_ms = age_ms - listening->shards[shard].age_ms;

        if (differs_ms > ALIKE_MS || differs_ms < -ALIKE_MS) {
                listening->shards[shard].age_ms = age_ms;
                listening->shards[shard].alike = 0;
        }
        if (listening->shards[shard].alike < ALIKE_TIMES) {
                listening->shards[shard].alike++;
                return -1;
        }
        return listening->shards[shard].age_ms > BEHIND_LEAST_MS ? listening->shards[shard].age_ms
                                                                 : 0;
}

bool listening_is_deaf(const struct listening *listening, int64_t now_ms) {
        int64_t newest_ms = 0;

        for (uint32_t i = 0; i < listening->shard_count; i++)
                if (listening->shards[i].listened_ms > newest_ms)
                        newest_ms = listening->shards[i].listened_ms;

        bool others_listen = now_ms - newest_ms <= EVENT_LISTENING_LOST_MS;

        for (uint32_t i = 0; i < listening->shard_count; i++) {
                int64_t ago_ms = now_ms - listening->shards[i].listened_ms;

                if (listening->shards[i].listened_ms == 0 || (ago_ms > RETIRED_MS && others_listen))
                        continue;
                if (listening->shards[i].stopped || ago_ms > EVENT_LISTENING_LOST_MS)
                        return true;
        }
        return false;
}

int64_t listening_unheard_ms(const struct listening *listening, int64_t since_ms) {
        int64_t from_ms =
                since_ms > listening->unheard_from_ms ? since_ms : listening->unheard_from_ms;

        return from_ms < listening->unheard_until_ms ? listening->unheard_until_ms - from_ms : 0;
}
