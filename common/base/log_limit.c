/* SPDX-License-Identifier: MIT */
#include "common/base/log_limit.h"

#include <stdio.h>
#include <string.h>

static struct log_limit_row *row_of(struct log_limit *limit, const char *sender) {
        struct log_limit_row *others = &limit->rows[LOG_LIMIT_SENDERS];
        struct log_limit_row *unused = others;

        for (int i = LOG_LIMIT_SENDERS - 1; i >= 0; i--) {
                if (strncmp(limit->rows[i].sender, sender, LOG_LIMIT_SENDER_BYTES - 1) == 0)
                        return &limit->rows[i];
                if (!limit->rows[i].sender[0])
                        unused = &limit->rows[i];
        }
        return unused;
}

bool log_limit_take(struct log_limit *limit, const char *sender, int64_t now_mono_ms) {
        struct log_limit_row *row = row_of(limit, sender[0] ? sender : "-");
        bool is_new = !row->sender[0];

        if (!is_new) {
                row->unsaid++;
                return false;
        }
        snprintf(row->sender, sizeof(row->sender), "%s",
                 row == &limit->rows[LOG_LIMIT_SENDERS] ? "others"
                 : sender[0]                            ? sender
                                                        : "-");
        row->said_mono_ms = now_mono_ms;
        row->unsaid = 0;
        return true;
}

bool log_limit_counted(struct log_limit *limit, int64_t now_mono_ms, const char **ret_sender,
                       int64_t *ret_count) {
        for (int i = 0; i <= LOG_LIMIT_SENDERS; i++) {
                struct log_limit_row *row = &limit->rows[i];

                if (!row->sender[0] || now_mono_ms - row->said_mono_ms < LOG_LIMIT_MS)
                        continue;
                if (row->unsaid == 0) {
                        row->sender[0] = '\0';
                        continue;
                }
                *ret_sender = row->sender;
                *ret_count = row->unsaid;
                row->said_mono_ms = now_mono_ms;
                row->unsaid = 0;
                return true;
        }
        return false;
}
