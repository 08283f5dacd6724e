/* SPDX-License-Identifier: MIT */
#include "alerting/response/owed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/require.h"

struct owed *owed_new(struct response *response) {
        struct owed *owed;

        if (response->owed_count == OWED_MAX)
                owed_kept(response, response->owed[0].seq, response->owed[0].entry.n);
        if (response->owed_count == response->owed_capacity) {
                size_t capacity = response->owed_capacity ? response->owed_capacity * 2 : 8;

                owed = realloc(response->owed, capacity * sizeof(*owed));
                if (!owed)
                        return NULL;
                response->owed = owed;
                response->owed_capacity = capacity;
        }
        owed = &response->owed[response->owed_count++];
        memset(owed, 0, sizeof(*owed));
        return owed;
}

int owed_add(struct response *response, const struct outcome *outcome, int64_t seq) {
        require(seq > response->seq, "alert %s: decision %lld after %lld", response->alert.alert_id,
                (long long)seq, (long long)response->seq);
        response->seq = seq;
        for (size_t i = 0; i < outcome->entry_count; i++) {
                struct owed *owed = owed_new(response);

                if (!owed)
                        return err_raise(-ENOMEM);
                owed->entry = outcome->entries[i];
                owed->seq = seq;
        }
        return 0;
}

static int compare(int64_t a_seq, int64_t a_n, int64_t b_seq, int64_t b_n) {
        if (a_seq != b_seq)
                return a_seq < b_seq ? -1 : 1;
        return a_n < b_n ? -1 : a_n > b_n;
}

void owed_kept(struct response *response, int64_t seq, int64_t n) {
        size_t kept = 0;

        while (kept < response->owed_count &&
               compare(response->owed[kept].seq, response->owed[kept].entry.n, seq, n) <= 0)
                kept++;
        response->owed_count -= kept;
        if (kept > 0)
                memmove(response->owed, response->owed + kept,
                        response->owed_count * sizeof(*response->owed));
}

int owed_compare(const void *a, const void *b) {
        const struct owed *left = ((const struct owed_of *)a)->owed;
        const struct owed *right = ((const struct owed_of *)b)->owed;

        return compare(left->seq, left->entry.n, right->seq, right->entry.n);
}
