/* SPDX-License-Identifier: MIT */
#include "ingest/decode/alarm.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <xxhash.h>

#include "common/utf8.h"

static const struct {
        const char *name, *title_zh, *title_en, *advice_zh, *advice_en;
} reasons[ALARM_REASONS] = {
        [ALARM_UNREGISTERED] =
                {"unregistered_device", "未登记设备报警：%s",
                 "Alarm of a device that is not registered: %s",
                 "档案里没有该设备，不知道属于哪位老人。请在本片区查找并核实是否有人求助，"
                 "然后登记。",
                 "The registry has no such device. Find out where it is and whether "
                 "somebody needs help; then register it."},
        [ALARM_UNREADABLE] = {"unreadable_alarm", "报警内容无法识别：%s",
                              "An alarm that cannot be read: %s",
                              "请当作求助处理。原始内容在隔离区，请运维查看。",
                              "Treat it as a call for help. Its bytes are in quarantine, for ops."},
};

const char *alarm_name(enum alarm_reason reason) {
        return reasons[reason].name ? reasons[reason].name : "";
}

bool alarm_is_cry(const struct event_kind_info *info) {
        return info->lane == LANE_ALARM && info->kind != KIND_DOOR_OPEN &&
               info->kind != KIND_DOOR_CLOSED && info->kind != KIND_BUTTON_CANCEL;
}

bool alarm_is_class(const char *device_class) {
        static const char *const classes[] = {
                "sos_button", "sos",       "panic_button", "emergency_button",
                "pendant",    "pull_cord", "call_button",  "fall_radar",
                "smoke",      "gas",       "heat",         "carbon_monoxide",
        };

        for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
                if (strcmp(classes[i], device_class) == 0)
                        return true;
        return false;
}

bool alarm_is_word(const char *text, size_t bytes) {
        static const char *const words[] = {
                "sos",        "alarm",   "emergency", "panic", "help", "press",           "pressed",
                "fall",       "falls",   "fallen",    "smoke", "fire", "button",          "call",
                "alert",      "seizure", "gas",       "heat",  "leak", "carbon_monoxide", "co",
                "water_leak",
        };

        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
                if (strlen(words[i]) == bytes && strncasecmp(words[i], text, bytes) == 0)
                        return true;
        return false;
}

static void set_id(const struct alarm *alarm, int64_t received_ms, struct alert *ret) {
        uint64_t key = XXH3_64bits_withSeed(alarm->device, strlen(alarm->device),
                                            (uint64_t)(received_ms / ALARM_BUCKET_MS));

        alert_id_make(ret->rule_id, ret->elder_id, key, ret->alert_id);
}

void alarm_to_alert(const struct alarm *alarm, int64_t received_us, struct alert *ret) {
        int64_t received_ms = received_us / 1000;
        size_t device_bytes =
                utf8_prefix(alarm->device, strlen(alarm->device), sizeof(ret->device_id) - 1);
        /* Water calls nobody out of bed at once; what cannot be told is taken for the worst. */
        bool is_life = !alarm->info || alarm->info->kind != KIND_WATER_LEAK;

        *ret = (struct alert){
                .transition = ALERT_RAISED,
                .class = is_life ? ALERT_LIFE_SAFETY : ALERT_TECHNICAL,
                .severity = is_life ? SEVERITY_CRITICAL : SEVERITY_MAJOR,
                .latching = is_life,
                .drill = alarm->drill,
                .event_time_ms = received_ms,
                .received_time_ms = received_ms,
                .raised_time_ms = received_ms,
                .value = NAN,
                .limit = NAN,
                .samples = 1,
                .confidence_pct = 100,
                .received_us = received_us,
                .judged_us = received_us,
        };
        snprintf(ret->rule_id, sizeof(ret->rule_id), "%s", alarm_name(alarm->reason));
        memcpy(ret->elder_id, alarm->elder_id, sizeof(ret->elder_id));
        memcpy(ret->device_id, alarm->device, device_bytes);
        snprintf(ret->district, sizeof(ret->district), "%s",
                 alarm->district[0] ? alarm->district : "unknown");
        snprintf(ret->signal, sizeof(ret->signal), "%s", alarm->info ? alarm->info->name : "");
        snprintf(ret->title_zh, sizeof(ret->title_zh), reasons[alarm->reason].title_zh,
                 alarm->device);
        snprintf(ret->title_en, sizeof(ret->title_en), reasons[alarm->reason].title_en,
                 alarm->device);
        snprintf(ret->advice_zh, sizeof(ret->advice_zh), "%s", reasons[alarm->reason].advice_zh);
        snprintf(ret->advice_en, sizeof(ret->advice_en), "%s", reasons[alarm->reason].advice_en);
        set_id(alarm, received_ms, ret);
}
