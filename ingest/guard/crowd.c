/* SPDX-License-Identifier: MIT */
#include "ingest/guard/crowd.h"

#include <string.h>

static bool is_stranger(const struct alarm *alarm, const struct registry *registry) {
        return alarm->reason == ALARM_UNREGISTERED && !alarm->elder_id[0] &&
               !registry_device(registry, alarm->device);
}

static struct crowd_row *row_of(struct crowd *crowd, const char *district,
                                const struct registry *registry) {
        if (!registry_district(registry, district))
                return &crowd->unknown;
        for (size_t i = 0; i < CROWD_DISTRICTS; i++) {
                struct crowd_row *row = &crowd->rows[i];

                if (!row->district[0])
                        memcpy(row->district, district, sizeof(row->district));
                if (strcmp(row->district, district) == 0)
                        return row;
        }
        return &crowd->unknown;
}

static bool may_stand_alone(struct crowd_row *row, uint64_t key) {
        for (size_t i = 0; i < row->told_count; i++)
                if (row->told[i] == key)
                        return true;
        if (row->told_count == CROWD_ALONE_MAX)
                return false;
        row->told[row->told_count++] = key;
        return true;
}

enum crowd_answer crowd_take(struct crowd *crowd, struct alarm *alarm,
                             const struct registry *registry, int64_t received_us) {
        int64_t bucket = received_us / 1000 / ALARM_BUCKET_MS;
        struct crowd_row *row;
        bool said;

        if (!is_stranger(alarm, registry))
                return CROWD_ALONE;
        if (crowd->bucket != bucket)
                *crowd = (struct crowd){.bucket = bucket};
        row = row_of(crowd, alarm->district, registry);
        if (may_stand_alone(row, alarm_key(alarm, 0)))
                return CROWD_ALONE;
        *alarm = (struct alarm){.reason = ALARM_CROWD};
        memcpy(alarm->district, row->district, sizeof(alarm->district));
        said = row->said;
        row->said = true;
        return said ? CROWD_TOGETHER : CROWD_TOGETHER_SAY;
}
