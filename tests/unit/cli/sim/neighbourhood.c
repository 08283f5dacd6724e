/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "cli/keys/allow_list.h"
#include "cli/keys/curve.h"
#include "cli/registry/registry_csv.h"
#include "cli/sim/world/neighbourhood.h"
#include "cli/sim/world/neighbourhood_csv.h"
#include "cli/sim/world/setup.h"
#include "cli/sim/world/story.h"

static char folder[] = "/tmp/vigil-neighbourhood-XXXXXX";

static int make_folder(void **state) {
        return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
        char command[128];

        snprintf(command, sizeof(command), "rm -r %s", folder);
        return system(command);
}

static struct neighbourhood *make(int elders, int grids) {
        const struct neighbourhood_options options = {NEIGHBOURHOOD_SEED, elders, grids};
        struct neighbourhood *hood;

        assert_int_equal(neighbourhood_new(&hood, &options), 0);
        return hood;
}

static char *file_text(const char *dir, const char *name) {
        char path[512];
        struct stat stat_of;
        FILE *file;
        char *text;

        snprintf(path, sizeof(path), "%s/%s", dir, name);
        file = fopen(path, "re");
        assert_non_null(file);
        assert_int_equal(fstat(fileno(file), &stat_of), 0);
        text = calloc(1, (size_t)stat_of.st_size + 1);
        assert_non_null(text);
        assert_int_equal(fread(text, 1, (size_t)stat_of.st_size, file), stat_of.st_size);
        fclose(file);
        return text;
}

/* VIGIL_CONFIGS is configs/ of the source tree. */
static void test_the_sample_registry_in_the_tree_is_what_the_simulator_writes(void **state) {
        static const char *const files[] = {"elders.csv", "devices.csv", "contacts.csv",
                                            "teams.csv", "districts.csv"};
        struct neighbourhood *hood = make(NEIGHBOURHOOD_ELDERS, NEIGHBOURHOOD_GRIDS);

        assert_int_equal(neighbourhood_csv_write(hood, folder), 0);
        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
                char *written = file_text(folder, files[i]);
                char *committed = file_text(VIGIL_CONFIGS "/registry", files[i]);

                /* If they differ, run: build/cli/vigil sim --registry configs/registry */
                assert_string_equal(written, committed);
                free(written);
                free(committed);
        }
        neighbourhood_free(hood);
}

static void test_every_row_is_one_the_importer_takes(void **state) {
        struct neighbourhood *hood = make(1000, 20);
        struct registry *registry;
        struct registry_csv_result result;
        struct diag *diag;

        assert_int_equal(neighbourhood_csv_write(hood, folder), 0);
        assert_int_equal(registry_new(&registry), 0);
        assert_int_equal(diag_new(&diag), 0);
        assert_int_equal(registry_csv_load(folder, registry, diag, &result), 0);
        assert_int_equal(diag_warnings(diag), 0);
        assert_int_equal(result.rows[REGISTRY_ELDER], 1000);
        assert_int_equal(result.rows[REGISTRY_DEVICE], hood->device_count);
        assert_int_equal(result.rows[REGISTRY_CONTACT], hood->contact_count);
        assert_int_equal(result.rows[REGISTRY_TEAM], 60);
        diag_free(diag);
        registry_free(registry);
        neighbourhood_free(hood);
}

static void test_an_elder_does_not_change_when_there_are_more_of_them(void **state) {
        struct neighbourhood *few = make(100, 6), *many = make(5000, 6);

        for (size_t i = 0; i < few->elder_count; i++) {
                assert_string_equal(few->elders[i].name, many->elders[i].name);
                assert_string_equal(few->elders[i].address, many->elders[i].address);
                assert_int_equal(few->homes[i].device_count, many->homes[i].device_count);
        }
        neighbourhood_free(few);
        neighbourhood_free(many);
}

static void test_another_seed_is_another_neighbourhood(void **state) {
        const struct neighbourhood_options options = {1, 300, 6};
        struct neighbourhood *hood = make(300, 6), *other;
        int same = 0;

        assert_int_equal(neighbourhood_new(&other, &options), 0);
        for (size_t i = NEIGHBOURHOOD_CAST; i < hood->elder_count; i++)
                same += strcmp(hood->elders[i].address, other->elders[i].address) == 0;
        assert_in_range(same, 0, 10);
        neighbourhood_free(hood);
        neighbourhood_free(other);
}

static void test_everybody_has_three_to_five_devices_and_an_sos_button(void **state) {
        struct neighbourhood *hood = make(2000, 6);

        for (size_t i = 0; i < hood->elder_count; i++) {
                const struct neighbourhood_home *home = &hood->homes[i];

                assert_in_range(home->device_count, 3, 5);
                assert_string_equal(hood->devices[home->first_device].device_class, "sos_button");
                assert_string_equal(hood->devices[home->first_device].elder_id, hood->elders[i].id);
        }
        neighbourhood_free(hood);
}

static void test_names_of_elders_and_devices_are_found_again(void **state) {
        struct neighbourhood *hood = make(300, 6);

        assert_int_equal(neighbourhood_elder_index(hood, "E0017"), 16);
        assert_int_equal(neighbourhood_elder_index(hood, "E17"), -1);
        assert_int_equal(neighbourhood_elder_index(hood, "E0301"), -1);
        assert_int_equal(neighbourhood_elder_index(hood, "E0000"), -1);
        assert_string_equal(neighbourhood_device(hood, "sos-0300")->elder_id, "E0300");
        assert_null(neighbourhood_device(hood, "sos-0301"));
        assert_null(neighbourhood_device(hood, "oven-0017"));
        assert_null(neighbourhood_device(hood, "sos"));
        neighbourhood_free(hood);
}

static int recipient_check(void *context, const char *role, const char *id) {
        struct curve_pair pair;

        (*(int *)context)++;
        assert_int_equal(curve_read(&pair, folder, id), 0);
        return 0;
}

static void test_keys_are_written_for_everybody_and_read_again(void **state) {
        struct neighbourhood *hood = make(50, 6);
        char server_public[CURVE_TEXT_BYTES];
        struct curve_pair server;
        struct stat stat_of;
        char path[512];
        char *allowed;
        int count = 0;

        assert_int_equal(setup_write_keys(hood, folder),
                         hood->contact_count + hood->team_count + 6 + 1 + 1);
        assert_int_equal(neighbourhood_recipients(hood, recipient_check, &count), 0);
        assert_int_equal(count, hood->contact_count + hood->team_count + 6 + 1);
        assert_int_equal(curve_read_server(server_public, folder), 0);
        assert_int_equal(curve_read(&server, folder, "server"), 0);
        assert_string_equal(server_public, server.public_key);

        snprintf(path, sizeof(path), "%s/F0001a.key", folder);
        assert_int_equal(stat(path, &stat_of), 0);
        assert_int_equal(stat_of.st_mode & 0777, 0600);
        allowed = file_text(folder, "allowed.yaml");
        assert_non_null(strstr(allowed, "{ id: desk-grid-6, role: desk, public_key: \""));
        assert_non_null(strstr(allowed, "{ id: monitor, role: monitor, "));
        assert_null(strstr(allowed, "server"));
        free(allowed);
        neighbourhood_free(hood);
}

static void test_a_key_file_that_is_none_is_refused(void **state) {
        struct curve_pair pair;
        char path[512];
        FILE *file;

        snprintf(path, sizeof(path), "%s/X.key", folder);
        file = fopen(path, "we");
        assert_non_null(file);
        fputs("public-key short\nsecret-key short\n", file);
        fclose(file);
        assert_int_equal(curve_read(&pair, folder, "X"), -22);
        assert_int_equal(curve_read(&pair, folder, "nobody"), -2);
}

static void test_the_stories_in_the_tree_are_good(void **state) {
        struct neighbourhood *hood = make(NEIGHBOURHOOD_ELDERS, NEIGHBOURHOOD_GRIDS);
        struct stories *stories;
        struct diag *diag;

        assert_int_equal(diag_new(&diag), 0);
        assert_int_equal(story_load(&stories, VIGIL_CONFIGS "/stories.yaml", hood, diag), 0);
        assert_true(stories->count >= 10);
        for (size_t i = 0; i < stories->count; i++) {
                /* Stories use only the cast, the elders that a storm leaves alone. */
                assert_in_range(stories->rows[i].elder, 0, NEIGHBOURHOOD_CAST - 1);
                assert_in_range(story_end_ms(&stories->rows[i]), 1, 43000);
        }
        stories_free(stories);
        diag_free(diag);
        neighbourhood_free(hood);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_the_sample_registry_in_the_tree_is_what_the_simulator_writes),
                cmocka_unit_test(test_every_row_is_one_the_importer_takes),
                cmocka_unit_test(test_an_elder_does_not_change_when_there_are_more_of_them),
                cmocka_unit_test(test_another_seed_is_another_neighbourhood),
                cmocka_unit_test(test_everybody_has_three_to_five_devices_and_an_sos_button),
                cmocka_unit_test(test_names_of_elders_and_devices_are_found_again),
                cmocka_unit_test(test_keys_are_written_for_everybody_and_read_again),
                cmocka_unit_test(test_a_key_file_that_is_none_is_refused),
                cmocka_unit_test(test_the_stories_in_the_tree_are_good),
        };

        return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
