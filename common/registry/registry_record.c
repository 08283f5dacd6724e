/* SPDX-License-Identifier: MIT */
#include "common/registry/registry_record.h"

#include <string.h>

#include "common/base/require.h"

enum { DAY_SLOT_MINUTES_A_DAY = 24 * 60 };

static const char *const day_names[REGISTRY_DAYS_A_WEEK] = {"mon", "tue", "wed", "thu",
                                                            "fri", "sat", "sun"};

static const struct registry_shape shapes[REGISTRY_TYPES] = {
        [REGISTRY_ELDER] = {"elder", sizeof(struct registry_elder),
                            offsetof(struct registry_elder, id), EVENT_ELDER_ID_BYTES, 0},
        [REGISTRY_DEVICE] = {"device", sizeof(struct registry_device),
                             offsetof(struct registry_device, id), EVENT_DEVICE_ID_BYTES,
                             offsetof(struct registry_device, elder_id)},
        [REGISTRY_CONTACT] = {"contact", sizeof(struct registry_contact),
                              offsetof(struct registry_contact, id), REGISTRY_ID_BYTES,
                              offsetof(struct registry_contact, elder_id)},
        [REGISTRY_TEAM] = {"team", sizeof(struct registry_team), offsetof(struct registry_team, id),
                           REGISTRY_ID_BYTES, 0},
        [REGISTRY_DISTRICT] = {"district", sizeof(struct registry_district),
                               offsetof(struct registry_district, id), REGISTRY_ID_BYTES, 0},
};

const struct registry_shape *registry_shape(enum registry_type type) {
        require(type < REGISTRY_TYPES, "registry type %d", (int)type);
        return &shapes[type];
}

const char *registry_type_name(enum registry_type type) {
        return registry_shape(type)->name;
}

const char *registry_day_name(int day) {
        return day >= 0 && day < REGISTRY_DAYS_A_WEEK ? day_names[day] : NULL;
}

bool registry_id_is_valid(const char *id, size_t id_bytes, size_t limit_bytes) {
        if (id_bytes == 0 || id_bytes >= limit_bytes)
                return false;
        for (size_t i = 0; i < id_bytes; i++) {
                char c = id[i];

                if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '.' || c == '-'))
                        return false;
        }
        return true;
}

bool registry_minute_parse(const char *text, size_t text_bytes, int *ret) {
        if (text_bytes != 5 || text[2] != ':')
                return false;
        for (size_t i = 0; i < 5; i++)
                if (i != 2 && (text[i] < '0' || text[i] > '9'))
                        return false;

        int minutes = (text[3] - '0') * 10 + (text[4] - '0');
        int minute = ((text[0] - '0') * 10 + (text[1] - '0')) * 60 + minutes;

        if (minutes > 59 || minute > DAY_SLOT_MINUTES_A_DAY)
                return false;
        *ret = minute;
        return true;
}

int registry_day_parse(const char *text, size_t text_bytes) {
        for (int day = 0; day < REGISTRY_DAYS_A_WEEK; day++)
                if (strlen(day_names[day]) == text_bytes &&
                    memcmp(day_names[day], text, text_bytes) == 0)
                        return day;
        return -1;
}
