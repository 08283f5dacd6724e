/* SPDX-License-Identifier: MIT
 *
 * Reading a registry from CSV files. Runs in tests/unit/cli/data.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/registry/registry_csv.h"

struct loaded {
        struct registry *registry;
        struct diag *diag;
        struct registry_csv_result result;
        int r;
};

static struct loaded load(const char *folder) {
        struct loaded loaded = {0};

        assert_int_equal(registry_new(&loaded.registry), 0);
        assert_int_equal(diag_new(&loaded.diag), 0);
        loaded.r = registry_csv_load(folder, loaded.registry, loaded.diag, &loaded.result);
        return loaded;
}

static void unload(struct loaded *loaded) {
        registry_free(loaded->registry);
        diag_free(loaded->diag);
}

static char *printed(const struct diag *diag) {
        char *text = NULL;
        size_t bytes = 0;
        FILE *out = open_memstream(&text, &bytes);

        assert_non_null(out);
        diag_print(diag, out, false);
        fclose(out);
        return text;
}

static void test_good_files_become_the_registry(void **state) {
        struct loaded loaded = load("registry");
        const struct registry_device *devices[4];
        const struct registry_contact *contacts[4];

        assert_int_equal(loaded.r, 0);
        assert_int_equal(diag_warnings(loaded.diag), 0);
        assert_int_equal(loaded.result.rows[REGISTRY_ELDER], 3);
        assert_int_equal(loaded.result.rows[REGISTRY_TEAM], 3);

        const struct registry_elder *elder = registry_elder(loaded.registry, "E0002");

        assert_string_equal(elder->name, "李国强");
        assert_string_equal(elder->care_level, "full");
        assert_true(elder->lives_alone);
        assert_string_equal(elder->address, "He said \"third door\", left");
        assert_true(isnan(registry_elder(loaded.registry, "E0003")->latitude_deg));
        assert_string_equal(registry_elder(loaded.registry, "E0001")->conditions.word[1], "af");

        assert_int_equal(registry_devices_of(loaded.registry, "E0001", devices, 4), 2);
        assert_string_equal(devices[0]->id, "band-1");
        assert_int_equal(devices[0]->heartbeat_ms, 15 * 60 * 1000);
        assert_int_equal(devices[0]->commissioned_time_ms, 1793493000000); /* 00:30 UTC */
        assert_int_equal(devices[1]->commissioned_time_ms, 1793491200000);
        assert_string_equal(
                registry_device_foreign(loaded.registry, "zigbee2mqtt", "0x00158d0001", 12)->id,
                "door-2");
        assert_int_equal(registry_contacts_of(loaded.registry, "E0001", contacts, 4), 2);
        assert_int_equal(registry_contact(loaded.registry, "F0002a")->order, 1);
        unload(&loaded);
}

static void test_duty_hours_and_days_are_read(void **state) {
        struct loaded loaded = load("registry");
        const struct registry_team *day = registry_team(loaded.registry, "T-1");
        const struct registry_team *night = registry_team(loaded.registry, "T-2");
        const struct registry_team *always = registry_team(loaded.registry, "T-3");

        assert_int_equal(day->on_duty_from_minute, 8 * 60);
        assert_true(day->on_duty_days[4]);
        assert_false(day->on_duty_days[5]);
        assert_int_equal(night->on_duty_from_minute, 20 * 60);
        assert_true(night->on_duty_days[6]);
        assert_int_equal(always->on_duty_from_minute, always->on_duty_to_minute);
        assert_true(always->on_duty_days[5] && always->on_duty_days[6] && always->on_duty_days[0]);
        assert_false(always->on_duty_days[1]);
        unload(&loaded);
}

/* The expected text is in a file, so that a change of wording shows in a review. */
static void test_every_mistake_of_every_file_is_named_at_once(void **state) {
        struct loaded loaded = load("registry-bad");
        char expected[16384] = "";
        FILE *file = fopen("registry-bad.expected", "re");
        char *got = printed(loaded.diag);

        assert_int_equal(loaded.r, REGISTRY_CSV_REFUSED);
        assert_non_null(file);
        expected[fread(expected, 1, sizeof(expected) - 1, file)] = '\0';
        fclose(file);
        assert_string_equal(got, expected);
        free(got);
        unload(&loaded);
}

static void test_a_folder_without_files_is_refused(void **state) {
        struct loaded loaded = load(".");

        assert_int_equal(loaded.r, REGISTRY_CSV_REFUSED);
        assert_int_equal(diag_warnings(loaded.diag), REGISTRY_TYPES);
        unload(&loaded);
}

static void folder_with(char *folder, const char *file, const char *text) {
        char path[128];

        if (!folder[0]) {
                strcpy(folder, "/tmp/vigil-registry-XXXXXX");
                assert_non_null(mkdtemp(folder));
        }
        snprintf(path, sizeof(path), "%s/%s", folder, file);

        FILE *out = fopen(path, "we");

        assert_non_null(out);
        fputs(text, out);
        fclose(out);
}

static void folder_remove(const char *folder) {
        for (int type = 0; type < REGISTRY_TYPES; type++) {
                char path[128];

                snprintf(path, sizeof(path), "%s/%s", folder, registry_csv_file(type));
                unlink(path);
        }
        assert_int_equal(rmdir(folder), 0);
}

static void test_a_missing_file_is_a_warning_and_its_references_are_left_open(void **state) {
        char folder[64] = "";

        folder_with(folder, "devices.csv", "id,elder,class\nd1,E1,sos_button\n");

        struct loaded loaded = load(folder);

        assert_int_equal(loaded.r, 0);
        assert_int_equal(diag_warnings(loaded.diag), REGISTRY_TYPES - 1);
        assert_true(loaded.result.present[REGISTRY_DEVICE]);
        assert_false(loaded.result.present[REGISTRY_ELDER]);
        unload(&loaded);
        folder_remove(folder);
}

static void test_one_swapped_pair_among_many_is_found(void **state) {
        char folder[64] = "", text[4096] = "id,name,district,lat,lon\n";

        /* Ürümqi: latitude and longitude are valid in either order. */
        for (int i = 0; i < 9; i++) {
                char row[64];

                snprintf(row, sizeof(row), "T%d,t,g,43.8%d,87.6%d\n", i, i, i);
                strcat(text, row);
        }
        strcat(text, "T9,t,g,87.61,43.82\n");
        folder_with(folder, "teams.csv", text);

        struct loaded loaded = load(folder);
        struct diag_item item = {0};

        assert_int_equal(loaded.r, REGISTRY_CSV_REFUSED);
        for (size_t i = 0; diag_at(loaded.diag, i, &item) && item.level != DIAG_ERROR; i++)
                ;
        assert_string_equal(item.message, "lat and lon are swapped");
        assert_int_equal(item.mark.line, 11);
        unload(&loaded);
        folder_remove(folder);
}

static void test_a_parent_below_its_child_is_found(void **state) {
        char folder[64] = "";

        folder_with(folder, "districts.csv", "id,name,parent\ng1,a,city\ncity,b,\n");

        struct loaded loaded = load(folder);

        assert_int_equal(loaded.r, 0);
        assert_string_equal(registry_district(loaded.registry, "g1")->parent, "city");
        unload(&loaded);
        folder_remove(folder);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_good_files_become_the_registry),
                cmocka_unit_test(test_duty_hours_and_days_are_read),
                cmocka_unit_test(test_every_mistake_of_every_file_is_named_at_once),
                cmocka_unit_test(test_a_folder_without_files_is_refused),
                cmocka_unit_test(test_a_missing_file_is_a_warning_and_its_references_are_left_open),
                cmocka_unit_test(test_one_swapped_pair_among_many_is_found),
                cmocka_unit_test(test_a_parent_below_its_child_is_found),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
