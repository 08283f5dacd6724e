/* SPDX-License-Identifier: MIT */
#include "ingest/guard/budget.h"

#include <string.h>
#include <xxhash.h>

#include "ingest/decode/topic.h"

enum { NATIVE_LEVELS = 4, FOREIGN_LEVELS = 2, PROBES = 8 };

size_t budget_sender_bytes(const char *topic) {
        int levels = topic_is_native(topic) ? NATIVE_LEVELS : FOREIGN_LEVELS;
        const char *at = topic;

        while (*at && (*at != '/' || --levels > 0))
                at++;
        return (size_t)(at - topic);
}

static struct budget_row *row_of(struct budget *budget, uint64_t sender) {
        for (size_t i = 0; i < PROBES; i++) {
                struct budget_row *row = &budget->rows[(sender + i) % BUDGET_SENDERS];

                if (row->sender == 0)
                        row->sender = sender;
                if (row->sender == sender)
                        return row;
        }
        return &budget->others;
}

enum budget_answer budget_spend(struct budget *budget, const char *topic, size_t bytes,
                                int64_t now_mono_ms, bool *ret_say) {
        uint64_t sender = XXH3_64bits(topic, budget_sender_bytes(topic)) | 1;
        int64_t minute = now_mono_ms / BUDGET_MINUTE_MS;
        enum budget_answer answer = BUDGET_WHOLE;
        struct budget_row *row, *all = &budget->all;

        if (budget->minute != minute)
                *budget = (struct budget){.minute = minute};
        row = row_of(budget, sender);
        if (row->records >= BUDGET_RECORDS || all->records >= BUDGET_ALL_RECORDS)
                answer = BUDGET_NOTHING;
        else if (bytes > BUDGET_START_BYTES && (row->whole_bytes + bytes > BUDGET_WHOLE_BYTES ||
                                                all->whole_bytes + bytes > BUDGET_ALL_WHOLE_BYTES))
                answer = BUDGET_START;

        if (answer == BUDGET_WHOLE && bytes > BUDGET_START_BYTES) {
                row->whole_bytes += (uint32_t)bytes;
                all->whole_bytes += (uint32_t)bytes;
        }
        if (answer != BUDGET_NOTHING) {
                row->records++;
                all->records++;
        }
        *ret_say = answer != BUDGET_WHOLE && !row->said && budget->lines < BUDGET_LINES;
        if (*ret_say) {
                row->said = true;
                budget->lines++;
        }
        return answer;
}
