/* SPDX-License-Identifier: MIT
 *
 * Builds the registry of a test. The defaults are the same in all tests: elder E1, 80 years old, care level
 * partial, living alone in grid-1; contacts F1 and F2; team T1 near by and T2 farther away, both on duty around the
 * clock and with the skills first_aid and nursing.
 */
#include "cli/rule_test/read/read_world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/registry/registry_cell.h"
#include "cli/registry/registry_csv.h"
#include "common/base/err.h"
#include "common/files/yaml_read.h"

enum {
        COLUMNS_MAX = 32,
        VALUE_BYTES = 256,
        DEFAULT_AGE = 80,
        AGE_MAX = 130,
};

static const char DEFAULT_ELDER[] = "E1";
static const char DEFAULT_DISTRICT[] = "grid-1";
static const double HERE_LATITUDE_DEG = 31.2304, HERE_LONGITUDE_DEG = 121.4737;

/* --- one record --------------------------------------------------------------------------------- */

/* The text of the CSV cell for @node; a list is joined with semicolons. */
static bool value_text(const struct yaml_node *node, char *ret) {
        size_t used = 0;

        ret[0] = '\0';
        if (node->type == YAML_TEXT)
                return snprintf(ret, VALUE_BYTES, "%s", node->text) < VALUE_BYTES;
        if (node->type == YAML_MAP)
                return false;
        for (const struct yaml_node *item = node->child; item; item = item->next) {
                if (item->type != YAML_TEXT)
                        return false;
                used += (size_t)snprintf(ret + used, VALUE_BYTES - used, "%s;", item->text);
                if (used >= VALUE_BYTES)
                        return false;
        }
        return true;
}

static void value_read(struct rule_test_reading *reading, const struct registry_cell_column *column,
                       const struct yaml_node *node, void *record) {
        char text[VALUE_BYTES];
        struct registry_cell_fault fault = {.language = diag_language(reading->diag)};

        if (column->kind == REGISTRY_CELL_TIME) {
                rule_test_reading_moment(reading, node,
                                         (int64_t *)((char *)record + column->offset));
                return;
        }
        if (!value_text(node, text) ||
            (node->type == YAML_LIST && column->kind != REGISTRY_CELL_WORDS &&
             column->kind != REGISTRY_CELL_DAYS)) {
                RULE_TEST_ERROR(reading, "T008", node, NULL, "\"%s\" cannot have such a value",
                                node->key);
                return;
        }
        if (!text[0] && column->bytes)
                memset((char *)record + column->offset, 0, column->bytes);
        else if (!registry_cell_read(column, text, record, &fault))
                RULE_TEST_ERROR(reading, fault.code, node, fault.help, "%s", fault.message);
}

static bool is_one_of(const char *word, const char *const *words) {
        for (; words && *words; words++) {
                if (strcmp(word, *words) == 0)
                        return true;
        }
        return false;
}

static void key_unknown(struct rule_test_reading *reading, const struct yaml_node *pair,
                        const struct registry_cell_column *columns, size_t count,
                        const char *const *others) {
        const char *names[COLUMNS_MAX] = {NULL}, *nearest;
        size_t known = 0;

        for (; known < count; known++)
                names[known] = columns[known].name;
        for (; others && *others && known < COLUMNS_MAX - 1; others++)
                names[known++] = *others;
        nearest = diag_nearest(pair->key, names);
        if (nearest)
                diag_hint(reading->diag, "did you mean \"%s\"?", nearest);
        diag_add(reading->diag, DIAG_ERROR, "T001", pair->file, pair->key_mark,
                 nearest ? NULL : "keys are the columns of docs/registry.md", "unknown key \"%s\"",
                 pair->key);
}

void rule_test_record_read(struct rule_test_reading *reading, enum registry_type type,
                           const struct yaml_node *map, const char *const *others, void *record) {
        size_t count;
        const struct registry_cell_column *columns = registry_csv_columns(type, &count);

        for (const struct yaml_node *pair = map->child; pair; pair = pair->next) {
                size_t i = 0;

                if (is_one_of(pair->key, others))
                        continue;
                while (i < count && strcmp(columns[i].name, pair->key) != 0)
                        i++;
                if (i < count)
                        value_read(reading, &columns[i], pair, record);
                else
                        key_unknown(reading, pair, columns, count, others);
        }
}

/* --- what a record is before anything is said --------------------------------------------------- */

static int year_of(int64_t time_ms) {
        time_t time_s = (time_t)(time_ms / 1000);
        struct tm tm;

        gmtime_r(&time_s, &tm);
        return tm.tm_year + 1900;
}

static struct registry_elder elder_default(const struct rule_test_case *test, const char *id) {
        struct registry_elder elder = {
                .birth_year = year_of(test->start_ms) - DEFAULT_AGE,
                .care_level = "partial",
                .lives_alone = true,
                .latitude_deg = HERE_LATITUDE_DEG,
                .longitude_deg = HERE_LONGITUDE_DEG,
        };

        snprintf(elder.id, sizeof(elder.id), "%s", id);
        snprintf(elder.name, sizeof(elder.name), "%s", id);
        snprintf(elder.district, sizeof(elder.district), "%s", DEFAULT_DISTRICT);
        return elder;
}

static struct registry_team team_default(const char *id, double north_deg) {
        struct registry_team team = {
                .latitude_deg = HERE_LATITUDE_DEG + north_deg,
                .longitude_deg = HERE_LONGITUDE_DEG,
                .skills = {.word = {"first_aid", "nursing"}, .count = 2},
                .on_duty_days = {true, true, true, true, true, true, true},
        };

        snprintf(team.id, sizeof(team.id), "%s", id);
        snprintf(team.name, sizeof(team.name), "%s", id);
        snprintf(team.district, sizeof(team.district), "%s", DEFAULT_DISTRICT);
        return team;
}

static struct registry_contact contact_default(const char *id, const char *elder, int order) {
        struct registry_contact contact = {.phone = "000", .order = order};

        snprintf(contact.id, sizeof(contact.id), "%s", id);
        snprintf(contact.elder_id, sizeof(contact.elder_id), "%s", elder);
        snprintf(contact.name, sizeof(contact.name), "%s", id);
        return contact;
}

static struct registry_device device_default(const struct rule_test_case *test, const char *id,
                                             const char *elder) {
        struct registry_device device = {.commissioned_time_ms = test->start_ms};

        snprintf(device.id, sizeof(device.id), "%s", id);
        snprintf(device.elder_id, sizeof(device.elder_id), "%s", elder);
        return device;
}

/* --- lists of records --------------------------------------------------------------------------- */

/* The id of an item: a map with id:, or only the id. */
static bool item_id(struct rule_test_reading *reading, const struct yaml_node *item, char *ret,
                    size_t ret_bytes) {
        const struct yaml_node *id = item->type == YAML_MAP ? yaml_get(item, "id") : item;

        if (!id) {
                RULE_TEST_ERROR(reading, "T008", item, "as in  { id: W1, class: wristband }",
                                "this needs an id");
                return false;
        }
        return rule_test_reading_text(reading, id, ret, ret_bytes);
}

static int put(struct rule_test_reading *reading, enum registry_type type, const void *record) {
        return registry_put(reading->test->registry, type, record);
}

/* Read the items of one list. @elder: the owner unless the item names another, or "". */
static int records_read(struct rule_test_reading *reading, const struct yaml_node *list,
                        enum registry_type type, const char *elder) {
        static const char *const no_others[] = {NULL};
        int order = 0, r = 0;

        for (const struct yaml_node *item = list ? list->child : NULL; r == 0 && item;
             item = item->next) {
                union {
                        struct registry_elder elder;
                        struct registry_device device;
                        struct registry_contact contact;
                        struct registry_team team;
                        struct registry_district district;
                } record;
                char id[EVENT_DEVICE_ID_BYTES];

                memset(&record, 0, sizeof(record));
                if (!item_id(reading, item, id,
                             type == REGISTRY_DEVICE ? EVENT_DEVICE_ID_BYTES : REGISTRY_ID_BYTES))
                        continue;
                if (type == REGISTRY_DEVICE)
                        record.device = device_default(reading->test, id, elder);
                else if (type == REGISTRY_CONTACT)
                        record.contact = contact_default(id, elder, ++order);
                else if (type == REGISTRY_TEAM)
                        record.team = team_default(id, 0.01);
                if (item->type == YAML_MAP)
                        rule_test_record_read(reading, type, item, no_others, &record);
                r = put(reading, type, &record);
        }
        return r;
}

/* Read an elder with their devices and contacts. */
static int elder_read(struct rule_test_reading *reading, const struct yaml_node *map,
                      const char *otherwise) {
        static const char *const others[] = {"devices", "contacts", "age", NULL};
        const struct yaml_node *age = yaml_get(map, "age"), *id = yaml_get(map, "id");
        const char *own = id && id->type == YAML_TEXT ? id->text : otherwise;
        const struct registry_elder *known = registry_elder(reading->test->registry, own);
        struct registry_elder elder = known ? *known : elder_default(reading->test, own);
        int64_t years;
        int r;

        rule_test_record_read(reading, REGISTRY_ELDER, map, others, &elder);
        if (age && yaml_read_integer(age, 0, AGE_MAX, &years, "T008", reading->diag))
                elder.birth_year = year_of(reading->test->start_ms) - (int)years;
        r = put(reading, REGISTRY_ELDER, &elder);
        if (r == 0)
                r = records_read(reading, rule_test_reading_list(reading, map, "devices"),
                                 REGISTRY_DEVICE, elder.id);
        if (r == 0)
                r = records_read(reading, rule_test_reading_list(reading, map, "contacts"),
                                 REGISTRY_CONTACT, elder.id);
        return r;
}

static int elders_read(struct rule_test_reading *reading, const struct yaml_node *list) {
        int r = 0;

        for (const struct yaml_node *item = list ? list->child : NULL; r == 0 && item;
             item = item->next) {
                char id[EVENT_ELDER_ID_BYTES];

                if (item_id(reading, item, id, sizeof(id)) && item->type == YAML_MAP) {
                        r = elder_read(reading, item, id);
                } else if (item->type == YAML_TEXT) {
                        struct registry_elder elder = elder_default(reading->test, id);

                        r = put(reading, REGISTRY_ELDER, &elder);
                }
        }
        return r;
}

static int registry_read(struct rule_test_reading *reading, const struct yaml_node *map) {
        static const struct yaml_read_key keys[] = {{"elders", false},
                                                    {"devices", false},
                                                    {"contacts", false},
                                                    {"teams", false},
                                                    {"districts", false}};
        static const struct {
                const char *key;
                enum registry_type type;
        } lists[] = {{"districts", REGISTRY_DISTRICT},
                     {"devices", REGISTRY_DEVICE},
                     {"contacts", REGISTRY_CONTACT},
                     {"teams", REGISTRY_TEAM}};
        int r;

        if (!map || !yaml_read_check_keys(map, "registry", keys, 5, "T001", reading->diag))
                return 0;
        r = elders_read(reading, rule_test_reading_list(reading, map, "elders"));
        for (size_t i = 0; r == 0 && i < sizeof(lists) / sizeof(lists[0]); i++)
                r = records_read(reading, rule_test_reading_list(reading, map, lists[i].key),
                                 lists[i].type, reading->test->elder);
        return r;
}

/* --- the whole ---------------------------------------------------------------------------------- */

static int defaults_put(struct rule_test_reading *reading, bool with_teams) {
        struct registry_district district = {.name = "grid-1"};
        struct registry_team near = team_default("T1", 0.01), far = team_default("T2", 0.05);
        int r;

        snprintf(district.id, sizeof(district.id), "%s", DEFAULT_DISTRICT);
        r = put(reading, REGISTRY_DISTRICT, &district);
        if (r == 0 && with_teams)
                r = put(reading, REGISTRY_TEAM, &near);
        if (r == 0 && with_teams)
                r = put(reading, REGISTRY_TEAM, &far);
        return r;
}

/* Add F1 and F2 if the elder has no contacts. */
static int family_put(struct rule_test_reading *reading) {
        const struct registry_contact *contact[1];
        struct registry_contact first, second;
        const char *elder = reading->test->elder;
        int r;

        if (registry_contacts_of(reading->test->registry, elder, contact, 1) > 0)
                return 0;
        first = contact_default("F1", elder, 1);
        second = contact_default("F2", elder, 2);
        r = put(reading, REGISTRY_CONTACT, &first);
        return r == 0 ? put(reading, REGISTRY_CONTACT, &second) : r;
}

/* The id of the elder that the test is about: elder: gives the id or describes the elder. */
static const char *subject_of(const struct yaml_node *root, const struct yaml_node *test) {
        const struct yaml_node *nodes[] = {yaml_get(test, "elder"), yaml_get(root, "elder")};

        for (size_t i = 0; i < 2; i++) {
                const struct yaml_node *id = nodes[i];

                if (id && id->type == YAML_MAP)
                        id = yaml_get(id, "id");
                if (id && id->type == YAML_TEXT && id->text[0])
                        return id->text;
        }
        return DEFAULT_ELDER;
}

static int subject_put(struct rule_test_reading *reading, const struct yaml_node *node) {
        const char *id = reading->test->elder;

        if (node && node->type == YAML_MAP)
                return elder_read(reading, node, id);
        return 0;
}

int rule_test_world_read(struct rule_test_reading *reading, const struct yaml_node *root,
                         const struct yaml_node *node) {
        const struct yaml_node *registries[] = {yaml_get(root, "registry"),
                                                yaml_get(node, "registry")};
        struct rule_test_case *test = reading->test;
        bool with_teams = true;
        int r;

        snprintf(test->elder, sizeof(test->elder), "%s", subject_of(root, node));
        for (size_t i = 0; i < 2; i++)
                with_teams &= !(registries[i] && yaml_get(registries[i], "teams"));
        r = registry_new(&test->registry);
        if (r == 0)
                r = defaults_put(reading, with_teams);
        for (size_t i = 0; r == 0 && i < 2; i++)
                r = registry_read(reading, registries[i]);
        if (r == 0)
                r = subject_put(reading, yaml_get(root, "elder"));
        if (r == 0)
                r = subject_put(reading, yaml_get(node, "elder"));
        if (r == 0 && !registry_elder(test->registry, test->elder)) {
                struct registry_elder elder = elder_default(test, test->elder);

                r = put(reading, REGISTRY_ELDER, &elder);
        }
        return r == 0 ? family_put(reading) : r;
}
