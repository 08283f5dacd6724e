/* SPDX-License-Identifier: MIT */
#include "ingest/desk/notices.h"

#include <stdio.h>
#include <string.h>

#include "common/base/require.h"

void notice_of_event(struct notice *ret, const struct event *event, const char *district) {
        enum { NAMELESS = EVENT_SEQUENCE_DERIVED | EVENT_TIME_MISSING };

        *ret = (struct notice){.kind = event_kind_info(event->kind)->name,
                               .received_time_ms = event->received_time_ms,
                               .drill = event->flags & EVENT_DRILL,
                               .cry = event_kind_is_cry(event_kind_info(event->kind))};
        memcpy(ret->device_id, event->device_id, sizeof(ret->device_id) - 1);
        memcpy(ret->elder_id, event->elder_id, sizeof(ret->elder_id) - 1);
        snprintf(ret->district, sizeof(ret->district), "%s", district);
        if ((event->flags & NAMELESS) == NAMELESS)
                snprintf(ret->id, sizeof(ret->id), "%s:%s", ret->device_id, ret->kind);
        else
                event_id_text(event, ret->id);
}

void notice_of_alarm(struct notice *ret, const struct alarm *alarm, int64_t received_time_ms) {
        *ret = (struct notice){.kind = alarm->info ? alarm->info->name : alarm_name(alarm->reason),
                               .received_time_ms = received_time_ms,
                               .drill = alarm->drill,
                               .cry = true};
        snprintf(ret->device_id, sizeof(ret->device_id), "%.*s", EVENT_DEVICE_ID_BYTES - 1,
                 alarm->device);
        snprintf(ret->elder_id, sizeof(ret->elder_id), "%s", alarm->elder_id);
        snprintf(ret->district, sizeof(ret->district), "%.*s", REGISTRY_ID_BYTES - 1,
                 alarm->district);
        snprintf(ret->id, sizeof(ret->id), "%s:%s",
                 ret->device_id[0] ? ret->device_id : ret->district, alarm_name(alarm->reason));
}

static struct notice *find(struct notices *notices, const char *id) {
        for (size_t i = 0; i < NOTICES_MAX; i++)
                if (notices->rows[i].begun_mono_ms && strcmp(notices->rows[i].id, id) == 0)
                        return &notices->rows[i];
        return NULL;
}

static void release(struct notices *notices, struct notice *row) {
        require(row->told || notices->open > 0, "notice %s: none is open", row->id);
        notices->open -= !row->told;
        *row = (struct notice){0};
}

/* Return: a free row; in a full table for a call for help the row of a door or a cancel, otherwise NULL. */
static struct notice *room_for(struct notices *notices, const struct notice *notice) {
        struct notice *lesser = NULL;

        for (struct notice *row = notices->rows; row < notices->rows + NOTICES_MAX; row++) {
                if (!row->begun_mono_ms)
                        return row;
                if (!lesser && !row->cry)
                        lesser = row;
        }
        return notice->cry ? lesser : NULL;
}

int notices_add(struct notices *notices, const struct notice *notice, int64_t now_mono_ms) {
        struct notice *row = find(notices, notice->id);
        bool replaces = false;

        /* A settled id that comes again is a new alarm of the same device. */
        if (row && !row->settled)
                return NOTICES_KNOWN;
        if (row)
                release(notices, row);
        row = room_for(notices, notice);
        if (!row)
                return NOTICES_FULL;
        if (row->begun_mono_ms) {
                replaces = !row->told;
                release(notices, row);
        }
        *row = *notice;
        row->told = row->settled = false;
        row->begun_mono_ms = row->due_mono_ms = now_mono_ms;
        notices->open++;
        return replaces ? NOTICES_REPLACED : 0;
}

void notices_settle(struct notices *notices, const char *id, int64_t now_mono_ms) {
        struct notice *row = find(notices, id);

        if (!row || row->settled)
                return;
        row->settled = true;
        row->settled_left = NOTICE_SETTLED_TIMES;
        row->due_mono_ms = now_mono_ms;
}

bool notices_told(struct notices *notices, const char *id) {
        struct notice *row = find(notices, id);

        if (!row || row->told)
                return false;
        row->told = true;
        notices->open--;
        return true;
}

const struct notice *notices_next(struct notices *notices, int64_t now_mono_ms) {
        for (struct notice *row = notices->rows; row < notices->rows + NOTICES_MAX; row++) {
                if (!row->begun_mono_ms)
                        continue;
                if ((row->settled && row->settled_left == 0 && now_mono_ms >= row->due_mono_ms) ||
                    now_mono_ms - row->begun_mono_ms > NOTICE_KEPT_MS) {
                        release(notices, row);
                        continue;
                }
                if (now_mono_ms < row->due_mono_ms || (row->told && !row->settled))
                        continue;
                row->due_mono_ms = now_mono_ms + NOTICE_REPEAT_MS;
                if (row->settled)
                        row->settled_left--;
                return row;
        }
        return NULL;
}
