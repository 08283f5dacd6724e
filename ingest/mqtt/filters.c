/* SPDX-License-Identifier: MIT */
#include "ingest/mqtt/filters.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/err.h"
#include "ingest/decode/topic.h"

__attribute__((format(printf, 2, 3))) static int add(struct filters *filters, const char *format,
                                                     ...) {
        char **grown = realloc(filters->filters, (filters->count + 2) * sizeof(*grown));
        va_list args;

        if (!grown)
                return err_raise(-ENOMEM);
        filters->filters = grown;
        va_start(args, format);

        int bytes = vasprintf(&grown[filters->count], format, args);

        va_end(args);
        if (bytes < 0)
                return err_raise(-ENOMEM);
        grown[++filters->count] = NULL;
        return 0;
}

static int add_alarm_kinds(struct filters *filters, const char *district) {
        const struct event_kind_info *info;
        int r = 0;

        for (size_t i = 0; r == 0 && (info = event_kind_at(i)); i++)
                if (info->lane == LANE_ALARM)
                        r = add(filters, TOPIC_NATIVE_ROOT "%s/+/%s", district, info->name);
        return r;
}

int filters_new(struct filters **ret, const struct conf *conf, enum lane lane, size_t shard,
                const struct profile_set *profiles) {
        const struct conf_shard *districts = &conf->ingest.shards[shard];
        struct filters *filters = calloc(1, sizeof(*filters));
        int r = 0;

        if (!filters)
                return err_raise(-ENOMEM);
        for (size_t i = 0; r == 0 && i < districts->district_count; i++) {
                const char *district = districts->districts[i];

                r = lane == LANE_ALARM   ? add_alarm_kinds(filters, district)
                    : district[0] == '+' ? add(filters, TOPIC_NATIVE_ROOT "#")
                                         : add(filters, TOPIC_NATIVE_ROOT "%s/#", district);
        }
        for (size_t p = 0; shard == 0 && profiles && p < profiles->count; p++)
                for (size_t i = 0; r == 0 && i < profiles->profiles[p]->subscribe_count; i++)
                        r = add(filters, "%s", profiles->profiles[p]->subscribe[i]);
        if (r < 0) {
                filters_free(filters);
                return err_trace(r);
        }
        *ret = filters;
        return 0;
}

struct filters *filters_free(struct filters *filters) {
        if (!filters)
                return NULL;
        for (size_t i = 0; i < filters->count; i++)
                free(filters->filters[i]);
        free(filters->filters);
        free(filters);
        return NULL;
}
