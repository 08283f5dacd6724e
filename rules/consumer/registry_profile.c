/* SPDX-License-Identifier: MIT */
#include "rules/consumer/registry_profile.h"

#include <string.h>

#include "common/base/murmur2.h"

static void copy_word(char *ret, size_t ret_bytes, const char *word) {
        size_t used = strnlen(word, ret_bytes - 1);

        memcpy(ret, word, used);
        ret[used] = '\0';
}

static uint8_t copy_words(char (*ret)[ELDER_PROFILE_WORD_BYTES],
                          const struct registry_words *words) {
        uint8_t count =
                words->count < ELDER_PROFILE_WORDS_MAX ? words->count : ELDER_PROFILE_WORDS_MAX;

        for (uint8_t i = 0; i < count; i++)
                copy_word(ret[i], ELDER_PROFILE_WORD_BYTES, words->word[i]);
        return count;
}

/* The elder's own district and its parents, at most ELDER_PROFILE_DISTRICTS_MAX, so a cycle in the registry ends
 * too. */
static uint8_t copy_districts(const struct registry *registry, const char *district,
                              char (*ret)[ELDER_PROFILE_WORD_BYTES]) {
        uint8_t count = 0;

        while (district[0] && count < ELDER_PROFILE_DISTRICTS_MAX) {
                const struct registry_district *row = registry_district(registry, district);

                copy_word(ret[count++], ELDER_PROFILE_WORD_BYTES, district);
                district = row ? row->parent : "";
        }
        return count;
}

void registry_profile_make(const struct registry *registry, const struct registry_elder *elder,
                           int32_t partition_count, struct elder_profile *ret) {
        const struct registry_device *devices[ELDER_PROFILE_DEVICES_MAX];
        size_t count = registry_devices_of(registry, elder->id, devices, ELDER_PROFILE_DEVICES_MAX);

        memset(ret, 0, sizeof(*ret));
        copy_word(ret->elder_id, sizeof(ret->elder_id), elder->id);
        ret->elder_hash = murmur2(elder->id, strlen(elder->id));
        ret->partition = murmur2_partition(ret->elder_hash, partition_count);
        copy_word(ret->care_level, sizeof(ret->care_level), elder->care_level);
        ret->district_count = copy_districts(registry, elder->district, ret->districts);
        copy_word(ret->site, sizeof(ret->site), elder->site);
        ret->condition_count = copy_words(ret->conditions, &elder->conditions);
        ret->tag_count = copy_words(ret->tags, &elder->tags);
        ret->lives_alone = elder->lives_alone;
        ret->birth_year = elder->birth_year;
        ret->latitude_deg = elder->latitude_deg;
        ret->longitude_deg = elder->longitude_deg;
        ret->device_count =
                (uint8_t)(count < ELDER_PROFILE_DEVICES_MAX ? count : ELDER_PROFILE_DEVICES_MAX);
        for (uint8_t i = 0; i < ret->device_count; i++) {
                const struct registry_device *device = devices[i];

                copy_word(ret->devices[i].device_id, EVENT_DEVICE_ID_BYTES, device->id);
                ret->devices[i].device_hash = murmur2(device->id, strlen(device->id));
                copy_word(ret->devices[i].device_class, ELDER_PROFILE_WORD_BYTES,
                          device->device_class);
                copy_word(ret->devices[i].room, ELDER_PROFILE_WORD_BYTES, device->room);
                copy_word(ret->devices[i].wearing_position,
                          sizeof(ret->devices[i].wearing_position), device->wearing_position);
                ret->devices[i].heartbeat_ms = device->heartbeat_ms;
                ret->devices[i].commissioned_time_ms = device->commissioned_time_ms;
        }
}
