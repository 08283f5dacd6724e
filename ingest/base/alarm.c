/* SPDX-License-Identifier: MIT */
#include "ingest/base/alarm.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <xxhash.h>

#include "common/base/utf8.h"
#include "common/base/require.h"

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
        [ALARM_CROWD] = {"many_unregistered", "片区内大量未登记设备报警：%s",
                         "Many alarms of unregistered devices in district %s",
                         "数量过多，这十分钟内不再逐台告知，其中可能有人求助。请查找来源；"
                         "明细在隔离区，请运维查看。",
                         "They are told one by one no longer in these ten minutes. Somebody may "
                         "need help: find the source. Each is in quarantine, for ops."},
};

const char *alarm_name(enum alarm_reason reason) {
        require(reason < ALARM_REASONS, "reason %d of an alarm", (int)reason);
        return reasons[reason].name ? reasons[reason].name : "";
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

/* A water leak is not life safety. An unknown kind counts as the worst case. */
static bool is_life(const struct alarm *alarm) {
        return !alarm->info || alarm->info->kind != KIND_WATER_LEAK;
}

uint64_t alarm_key(const struct alarm *alarm, int64_t bucket) {
        uint64_t seed = (uint64_t)bucket * 4 + alarm->drill * 2 + is_life(alarm);

        seed = XXH3_64bits_withSeed(alarm->district, strlen(alarm->district), seed);
        return XXH3_64bits_withSeed(alarm->device, strlen(alarm->device), seed);
}

void alarm_to_alert(const struct alarm *alarm, int64_t received_us, struct alert *ret) {
        const char *whose = alarm->device[0] ? alarm->device : ret->district;
        int64_t received_ms = received_us / 1000;
        size_t device_bytes =
                utf8_prefix(alarm->device, strlen(alarm->device), sizeof(ret->device_id) - 1);

        *ret = (struct alert){
                .transition = ALERT_RAISED,
                .class = is_life(alarm) ? ALERT_LIFE_SAFETY : ALERT_TECHNICAL,
                .severity = is_life(alarm) ? SEVERITY_CRITICAL : SEVERITY_MAJOR,
                .latching = is_life(alarm),
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
        snprintf(ret->title_zh, sizeof(ret->title_zh), reasons[alarm->reason].title_zh, whose);
        snprintf(ret->title_en, sizeof(ret->title_en), reasons[alarm->reason].title_en, whose);
        snprintf(ret->advice_zh, sizeof(ret->advice_zh), "%s", reasons[alarm->reason].advice_zh);
        snprintf(ret->advice_en, sizeof(ret->advice_en), "%s", reasons[alarm->reason].advice_en);
        alert_id_make(ret->rule_id, ret->elder_id, alarm_key(alarm, received_ms / ALARM_BUCKET_MS),
                      ret->alert_id);
}
