/* SPDX-License-Identifier: MIT */
#include "cli/sim/world/neighbourhood.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/sim/world/random.h"
#include "common/base/err.h"

enum {
        DEVICES_MAX = 5,
        CONTACTS_MAX = 3,
        THIS_YEAR = 2026, /* fixed: the registry in git must not change with the date */
};

static const int64_t commissioned_time_ms = 1788220800000; /* 2026-09-01 00:00 UTC */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- words ------------------------------------------------------------------------------------- */

static const char *const surnames[] = {
        "王", "李", "张", "陈", "周", "吴", "徐", "孙", "朱", "胡", "林", "何", "沈",   "郑",
        "赵", "杨", "黄", "刘", "叶", "钱", "金", "方", "蒋", "俞", "潘", "许", "章",   "施",
        "严", "冯", "汪", "余", "盛", "陆", "戴", "董", "洪", "范", "丁", "倪", "诸葛", "欧阳",
};
static const char *const women[] = {
        "桂兰", "秀英", "玉珍", "凤英", "素珍", "翠英", "桂英", "秀兰",
        "淑珍", "玉兰", "月娥", "阿香", "菊英", "金娣", "彩云", "美珍",
        "惠芳", "雅琴", "招娣", "水英", "春花", "杏仙", "荷花", "巧玲",
};
static const char *const men[] = {
        "国强", "建华", "阿根", "长根", "德明", "福生", "志良", "永福",
        "金水", "荣根", "关根", "宝生", "正清", "顺发", "家驹", "炳炎",
        "云龙", "锦荣", "松林", "文彬", "海泉", "土根", "伯年", "耀祖",
};
static const char *const young_women[] = {"敏",   "静",   "丽",   "芳",   "娟",   "霞",
                                          "燕",   "晓红", "雪琴", "梦婷", "佳怡", "雨桐",
                                          "海燕", "丽萍", "晓梅", "莉"};
static const char *const young_men[] = {"伟",   "勇",   "军",   "磊", "涛", "斌",   "建军", "志刚",
                                        "海涛", "晓东", "文杰", "浩", "鹏", "立峰", "宇航", "健"};
static const char *const streets[] = {"文晖路", "朝晖路", "德胜路", "上塘路", "潮王路", "绍兴路",
                                      "河东路", "善贤路", "湖墅路", "沈半路", "东新路", "石祥路"};
static const char *const compounds[] = {"桂花苑", "和风里", "稻香园", "运河新村",
                                        "梅园",   "柳浪坊", "清水湾", "长庆里",
                                        "松木场", "银杏苑", "万福里", "枫华苑"};
static const char *const areas[] = {"文晖街道", "朝晖街道", "米市巷街道",
                                    "湖墅街道", "小河街道", "和睦街道"};
static const char *const conditions[] = {"hypertension", "diabetes", "osteoporosis", "copd", "af",
                                         "dementia",     "stroke",   "heart_failure"};
static const uint32_t conditions_pct[] = {55, 25, 22, 10, 8, 9, 8, 6};

/* --- the cast ------------------------------------------------------------------------------------
 *
 * E0001 … E0012 of configs/stories.yaml: what their stories need is fixed here; the rest comes from the seed, as
 * for all elders. */

struct part {
        const char *name;
        bool woman;
        int age;
        const char *care_level;
        const char *conditions[3];
        const char *devices[DEVICES_MAX]; /* names of device_kinds */
        int contacts;
};

static const struct part cast[NEIGHBOURHOOD_CAST] = {
        {"王桂兰", true, 82, "self_reliant", {"hypertension"}, {"sos", "radar", "pir", "band"}, 2},
        {"李国强",
         false,
         84,
         "partial",
         {"osteoporosis"},
         {"sos", "radar", "pir", "door", "band"},
         2},
        {"陈秀英", true, 79, "self_reliant", {NULL}, {"sos", "pir", "door"}, 1},
        {"张建华",
         false,
         76,
         "self_reliant",
         {"hypertension", "diabetes"},
         {"sos", "band", "pir"},
         2},
        {"周玉珍", true, 81, "partial", {"af", "hypertension"}, {"sos", "band", "pir"}, 2},
        {"吴阿根", false, 88, "partial", {"copd"}, {"sos", "smoke", "gas", "pir"}, 1},
        {"徐凤英", true, 85, "partial", {"stroke"}, {"sos", "radar", "pir"}, 2},
        {"孙长根", false, 83, "self_reliant", {NULL}, {"sos", "radar", "pir"}, 1},
        {"朱素珍", true, 80, "full", {"dementia"}, {"sos", "mat", "pir", "door"}, 2},
        {"胡德明", false, 77, "self_reliant", {"diabetes"}, {"sos", "radar", "pir"}, 1},
        {"林翠英",
         true,
         90,
         "full",
         {"heart_failure", "dementia"},
         {"sos", "radar", "band", "pir"},
         3},
        {"何福生", false, 86, "partial", {"copd"}, {"sos", "radar", "smoke", "pir"}, 1},
};

/* --- devices -------------------------------------------------------------------------------------- */

struct device_kind {
        const char *name; /* prefix of the device's id */
        const char *device_class;
        const char *room;
        const char *wearing_position;
        int64_t heartbeat_ms;
        uint32_t share_pct;  /* of the elders outside the cast */
        uint32_t zigbee_pct; /* of those, with zigbee2mqtt */
};

static const struct device_kind device_kinds[] = {
        {"sos", "sos_button", "", "chest", 12 * 3600000, 100, 0},
        {"pir", "motion_sensor", "living_room", "", 3600000, 100, 25},
        {"radar", "fall_radar", "bathroom", "", 300000, 75, 0},
        {"band", "wristband", "", "wrist", 600000, 55, 0},
        {"door", "door_sensor", "hall", "", 3600000, 40, 40},
        {"bed", "bed_sensor", "bedroom", "", 600000, 15, 0},
        /* Sends a heartbeat every few seconds. */
        {"mat", "bed_sensor", "bedroom", "", 10000, 0, 0},
        {"smoke", "smoke_detector", "kitchen", "", 6 * 3600000, 30, 30},
        {"gas", "gas_detector", "kitchen", "", 6 * 3600000, 20, 0},
};

static const struct device_kind *kind_by_name(const char *name) {
        for (size_t i = 0; i < COUNT(device_kinds); i++)
                if (strcmp(device_kinds[i].name, name) == 0)
                        return &device_kinds[i];
        return NULL;
}

static void device_make(struct registry_device *ret, const struct device_kind *kind, int number,
                        const char *elder_id, struct random_stream *random, bool cast_member) {
        *ret = (struct registry_device){
                .heartbeat_ms = kind->heartbeat_ms,
                .commissioned_time_ms = commissioned_time_ms,
        };
        snprintf(ret->id, sizeof(ret->id), "%s-%04d", kind->name, number);
        snprintf(ret->elder_id, sizeof(ret->elder_id), "%s", elder_id);
        snprintf(ret->device_class, sizeof(ret->device_class), "%s", kind->device_class);
        snprintf(ret->room, sizeof(ret->room), "%s", kind->room);
        snprintf(ret->wearing_position, sizeof(ret->wearing_position), "%s",
                 kind->wearing_position);
        if (random_chance_pct(random, kind->zigbee_pct) && !cast_member) {
                snprintf(ret->profile, sizeof(ret->profile), "zigbee2mqtt");
                snprintf(ret->foreign_id, sizeof(ret->foreign_id), "0x00158d00%08x",
                         (uint32_t)random_next(random));
        }
}

static void devices_make(struct neighbourhood *hood, size_t index, struct random_stream *random) {
        struct neighbourhood_home *home = &hood->homes[index];
        const char *elder_id = hood->elders[index].id;
        bool cast_member = index < NEIGHBOURHOOD_CAST;

        home->first_device = (uint32_t)hood->device_count;
        for (size_t i = 0; i < (cast_member ? DEVICES_MAX : COUNT(device_kinds)); i++) {
                const struct device_kind *kind = &device_kinds[i];

                if (cast_member) {
                        if (!cast[index].devices[i])
                                break;
                        kind = kind_by_name(cast[index].devices[i]);
                } else if (home->device_count == DEVICES_MAX ||
                           !random_chance_pct(random, kind->share_pct)) {
                        continue;
                }
                device_make(&hood->devices[hood->device_count++], kind, (int)index + 1, elder_id,
                            random, cast_member);
                home->device_count++;
        }
        /* At least three devices each. */
        for (size_t i = 2; home->device_count < 3; i++) {
                const struct device_kind *kind = &device_kinds[i];

                device_make(&hood->devices[hood->device_count++], kind, (int)index + 1, elder_id,
                            random, cast_member);
                home->device_count++;
        }
}

/* --- families --------------------------------------------------------------------------------------- */

static const char *surname_of(const char *name) {
        for (size_t i = COUNT(surnames); i-- > 0;)
                if (strncmp(name, surnames[i], strlen(surnames[i])) == 0)
                        return surnames[i];
        return surnames[0];
}

static void phone_make(char *ret, size_t ret_bytes, struct random_stream *random) {
        snprintf(ret, ret_bytes, "+86 571 0000 %04u", random_below(random, 10000));
}

static void contact_make(struct registry_contact *ret, const struct registry_elder *elder,
                         int order, bool elder_is_woman, struct random_stream *random) {
        static const char *const relations[] = {"daughter", "son",           "daughter",
                                                "son",      "granddaughter", "neighbour"};
        const char *relation = relations[random_below(random, COUNT(relations))];
        bool woman = strcmp(relation, "daughter") == 0 || strcmp(relation, "granddaughter") == 0;
        /* Children have the father's surname, so that of a mother's child is random, as is a neighbour's. */
        const char *surname = elder_is_woman || relation[0] == 'n'
                                      ? surnames[random_below(random, COUNT(surnames))]
                                      : surname_of(elder->name);
        const char *given = woman ? young_women[random_below(random, COUNT(young_women))]
                                  : young_men[random_below(random, COUNT(young_men))];

        *ret = (struct registry_contact){.order = order};
        snprintf(ret->id, sizeof(ret->id), "F%s%c", elder->id + 1, 'a' + order - 1);
        snprintf(ret->elder_id, sizeof(ret->elder_id), "%s", elder->id);
        snprintf(ret->name, sizeof(ret->name), "%s%s", surname, given);
        snprintf(ret->relation, sizeof(ret->relation), "%s", relation);
        phone_make(ret->phone, sizeof(ret->phone), random);
}

static void contacts_make(struct neighbourhood *hood, size_t index, bool woman,
                          struct random_stream *random) {
        struct neighbourhood_home *home = &hood->homes[index];
        uint32_t lot = random_below(random, 100);
        /* One in twenty has no contact. */
        int count = lot < 5 ? 0 : lot < 50 ? 1 : lot < 90 ? 2 : CONTACTS_MAX;

        if (index < NEIGHBOURHOOD_CAST)
                count = cast[index].contacts;
        home->first_contact = (uint32_t)hood->contact_count;
        home->contact_count = (uint32_t)count;
        for (int order = 1; order <= count; order++)
                contact_make(&hood->contacts[hood->contact_count++], &hood->elders[index], order,
                             woman, random);
}

/* --- elders ------------------------------------------------------------------------------------------ */

static void word_add(struct registry_words *words, const char *word) {
        if (words->count < REGISTRY_WORDS_MAX)
                snprintf(words->word[words->count++], sizeof(words->word[0]), "%s", word);
}

static void conditions_make(struct registry_elder *elder, size_t index,
                            struct random_stream *random) {
        if (index < NEIGHBOURHOOD_CAST) {
                for (size_t i = 0; i < COUNT(cast[index].conditions) && cast[index].conditions[i];
                     i++)
                        word_add(&elder->conditions, cast[index].conditions[i]);
                return;
        }
        for (size_t i = 0; i < COUNT(conditions); i++)
                if (random_chance_pct(random, conditions_pct[i]))
                        word_add(&elder->conditions, conditions[i]);
}

static const char *care_level_for(int age, struct random_stream *random) {
        uint32_t frailty = random_below(random, 100) + (age > 85 ? 30u : age > 78 ? 10u : 0u);

        return frailty > 105 ? "full" : frailty > 75 ? "partial" : "self_reliant";
}

/* Grids form a lattice north of West Lake, about 1.3 km apart. */
static void grid_centre(int grid, double *ret_latitude_deg, double *ret_longitude_deg) {
        *ret_latitude_deg = 30.288 + 0.012 * (grid / 3 % 40);
        *ret_longitude_deg = 120.152 + 0.013 * (grid % 3) + 0.05 * (grid / 120);
}

static double rounded(double degrees) {
        return (double)(int64_t)(degrees * 1e5 + (degrees < 0 ? -0.5 : 0.5)) / 1e5;
}

static void address_make(struct registry_elder *elder, int grid, struct random_stream *random) {
        double latitude_deg, longitude_deg;

        snprintf(elder->address, sizeof(elder->address), "杭州市拱墅区%s%s%d号%s%d幢%d单元%d%02d室",
                 areas[(size_t)grid % COUNT(areas)], streets[random_below(random, COUNT(streets))],
                 random_between(random, 1, 480), compounds[random_below(random, COUNT(compounds))],
                 random_between(random, 1, 36), random_between(random, 1, 4),
                 random_between(random, 1, 7), random_between(random, 1, 4));
        grid_centre(grid, &latitude_deg, &longitude_deg);
        elder->latitude_deg = rounded(latitude_deg + 0.0022 * random_bell(random));
        elder->longitude_deg = rounded(longitude_deg + 0.0024 * random_bell(random));
}

static void elder_make(struct neighbourhood *hood, size_t index, uint64_t seed) {
        struct random_stream random = random_for(seed, index + 1);
        struct registry_elder *elder = &hood->elders[index];
        bool woman = random_chance_pct(&random, 55);
        int age = 65 + (int)(27.0 * random_unit(&random) * random_unit(&random)) +
                  random_between(&random, 0, 6);
        /* The cast is spread over the grids like all elders. */
        int grid = (int)(index % (size_t)hood->grids);

        snprintf(elder->id, sizeof(elder->id), "E%04zu", index + 1);
        snprintf(elder->name, sizeof(elder->name), "%s%s",
                 surnames[random_below(&random,
                                       random_chance_pct(&random, 70) ? 12 : COUNT(surnames))],
                 woman ? women[random_below(&random, COUNT(women))]
                       : men[random_below(&random, COUNT(men))]);
        snprintf(elder->care_level, sizeof(elder->care_level), "%s", care_level_for(age, &random));
        if (index < NEIGHBOURHOOD_CAST) {
                woman = cast[index].woman;
                age = cast[index].age;
                snprintf(elder->name, sizeof(elder->name), "%s", cast[index].name);
                snprintf(elder->care_level, sizeof(elder->care_level), "%s",
                         cast[index].care_level);
        }
        elder->birth_year = THIS_YEAR - age;
        elder->lives_alone = random_chance_pct(&random, 60);
        conditions_make(elder, index, &random);
        phone_make(elder->phone, sizeof(elder->phone), &random);
        address_make(elder, grid, &random);
        snprintf(elder->district, sizeof(elder->district), "grid-%d", grid + 1);
        snprintf(elder->site, sizeof(elder->site), "gongshu");

        hood->homes[index].grid = grid;
        devices_make(hood, index, &random);
        contacts_make(hood, index, woman, &random);
}

/* --- teams and districts ------------------------------------------------------------------------------- */

static void team_make(struct registry_team *ret, int grid, int number,
                      struct random_stream *random) {
        static const char *const skills[NEIGHBOURHOOD_TEAMS_A_GRID][3] = {
                {"first_aid", "nursing", NULL},
                {"first_aid", "lifting", NULL},
                {"nursing", NULL, NULL}};
        double latitude_deg, longitude_deg;

        *ret = (struct registry_team){0};
        snprintf(ret->id, sizeof(ret->id), "T-g%d-%d", grid + 1, number);
        snprintf(ret->name, sizeof(ret->name), "%s%d网格护理%d队",
                 areas[(size_t)grid % COUNT(areas)], grid + 1, number);
        snprintf(ret->district, sizeof(ret->district), "grid-%d", grid + 1);
        grid_centre(grid, &latitude_deg, &longitude_deg);
        ret->latitude_deg = rounded(latitude_deg + 0.003 * random_bell(random));
        ret->longitude_deg = rounded(longitude_deg + 0.003 * random_bell(random));
        for (int i = 0; i < 3 && skills[number - 1][i]; i++)
                word_add(&ret->skills, skills[number - 1][i]);
        /* Two teams are on duty around the clock (from == to), the third by day, so that duty hours have an effect. */
        if (number == NEIGHBOURHOOD_TEAMS_A_GRID) {
                ret->on_duty_from_minute = 8 * 60;
                ret->on_duty_to_minute = 20 * 60;
        }
        for (int day = 0; day < 7; day++)
                ret->on_duty_days[day] = true;
}

static void district_make(struct registry_district *ret, const char *id, const char *name,
                          const char *parent, const char *time_zone) {
        *ret = (struct registry_district){0};
        snprintf(ret->id, sizeof(ret->id), "%s", id);
        snprintf(ret->name, sizeof(ret->name), "%s", name);
        snprintf(ret->parent, sizeof(ret->parent), "%s", parent);
        snprintf(ret->time_zone, sizeof(ret->time_zone), "%s", time_zone);
}

static void grids_make(struct neighbourhood *hood, uint64_t seed) {
        district_make(&hood->districts[hood->district_count++], "hangzhou", "杭州市", "",
                      "Asia/Shanghai");
        district_make(&hood->districts[hood->district_count++], "gongshu", "拱墅区", "hangzhou",
                      "");
        for (int grid = 0; grid < hood->grids; grid++) {
                struct random_stream random = random_for(seed, 1000000000u + (uint64_t)grid);
                char id[REGISTRY_ID_BYTES], name[REGISTRY_NAME_BYTES];

                snprintf(id, sizeof(id), "grid-%d", grid + 1);
                snprintf(name, sizeof(name), "%s第%d网格", areas[(size_t)grid % COUNT(areas)],
                         grid + 1);
                district_make(&hood->districts[hood->district_count++], id, name, "gongshu", "");
                for (int number = 1; number <= NEIGHBOURHOOD_TEAMS_A_GRID; number++)
                        team_make(&hood->teams[hood->team_count++], grid, number, &random);
        }
}

/* --- the whole ------------------------------------------------------------------------------------------- */

int neighbourhood_new(struct neighbourhood **ret, const struct neighbourhood_options *options) {
        struct neighbourhood *hood;
        size_t elders = (size_t)options->elders;
        size_t grids = (size_t)options->grids;

        if (options->elders < NEIGHBOURHOOD_CAST || options->elders > 9999999 ||
            options->grids < 1 || options->grids > 9999)
                return err_raise_why(-EINVAL, "a neighbourhood has at least %d elders and 1 grid",
                                     NEIGHBOURHOOD_CAST);
        hood = calloc(1, sizeof(*hood));
        if (!hood)
                return err_raise(-ENOMEM);
        hood->grids = options->grids;
        hood->elder_count = elders;
        hood->elders = calloc(elders, sizeof(*hood->elders));
        hood->homes = calloc(elders, sizeof(*hood->homes));
        hood->devices = calloc(elders * DEVICES_MAX, sizeof(*hood->devices));
        hood->contacts = calloc(elders * CONTACTS_MAX, sizeof(*hood->contacts));
        hood->teams = calloc(grids * NEIGHBOURHOOD_TEAMS_A_GRID, sizeof(*hood->teams));
        hood->districts = calloc(grids + 2, sizeof(*hood->districts));
        if (!hood->elders || !hood->homes || !hood->devices || !hood->contacts || !hood->teams ||
            !hood->districts) {
                neighbourhood_free(hood);
                return err_raise(-ENOMEM);
        }
        for (size_t i = 0; i < elders; i++)
                elder_make(hood, i, options->seed);
        grids_make(hood, options->seed);
        *ret = hood;
        return 0;
}

struct neighbourhood *neighbourhood_free(struct neighbourhood *hood) {
        if (!hood)
                return NULL;
        free(hood->elders);
        free(hood->homes);
        free(hood->devices);
        free(hood->contacts);
        free(hood->teams);
        free(hood->districts);
        free(hood);
        return NULL;
}

int neighbourhood_recipients(const struct neighbourhood *hood,
                             int (*visit)(void *context, const char *role, const char *id),
                             void *context) {
        int r = 0;

        for (size_t i = 0; i < hood->contact_count && r == 0; i++)
                r = visit(context, "family", hood->contacts[i].id);
        for (size_t i = 0; i < hood->team_count && r == 0; i++)
                r = visit(context, "team", hood->teams[i].id);
        for (int grid = 0; grid < hood->grids && r == 0; grid++) {
                char id[REGISTRY_ID_BYTES];

                snprintf(id, sizeof(id), "desk-grid-%d", grid + 1);
                r = visit(context, "desk", id);
        }
        return r == 0 ? visit(context, "desk", "desk-main") : r;
}

int neighbourhood_elder_index(const struct neighbourhood *hood, const char *id) {
        long number = id[0] == 'E' ? strtol(id + 1, NULL, 10) : 0;

        if (number < 1 || (size_t)number > hood->elder_count ||
            strcmp(hood->elders[number - 1].id, id) != 0)
                return -1;
        return (int)number - 1;
}

const struct registry_device *neighbourhood_device(const struct neighbourhood *hood,
                                                   const char *id) {
        const char *dash = strchr(id, '-');
        long number = dash ? strtol(dash + 1, NULL, 10) : 0;

        if (number < 1 || (size_t)number > hood->elder_count)
                return NULL;
        for (uint32_t i = 0; i < hood->homes[number - 1].device_count; i++) {
                const struct registry_device *device =
                        &hood->devices[hood->homes[number - 1].first_device + i];

                if (strcmp(device->id, id) == 0)
                        return device;
        }
        return NULL;
}
