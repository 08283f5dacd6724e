/* SPDX-License-Identifier: MIT
 *
 * Ladder and key files that change while alerting runs: a separate thread reads them, and they take effect when the
 * loop takes the result.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <zmq.h>

#include "alerting/base/stats.h"
#include "alerting/files.h"
#include "common/base/clock.h"

enum { LIMIT_MS = 20 * 1000 };

static struct {
        char folder[64], ladders[96], keys[96];
        struct conf conf;
        struct alerting alerting;
        struct diag *diag;
} site;

static void write_file(const char *path, const char *text) {
        char fresh[128];
        FILE *file;

        /* Replace the file as an editor does: the time of change differs, and no reader sees half of it. */
        snprintf(fresh, sizeof(fresh), "%s.new", path);
        file = fopen(fresh, "we");
        assert_non_null(file);
        assert_true(fputs(text, file) >= 0);
        assert_int_equal(fclose(file), 0);
        assert_int_equal(rename(fresh, path), 0);
}

static void write_ladder(const char *id) {
        char text[512];

        snprintf(text, sizeof(text),
                 "version: 1\ndesk: desk-main\ndesks: {}\nladders:\n  - id: %s\n    arrive_within: "
                 "20m\n"
                 "    steps:\n      - { page: [desk], answer_within: 30s }\n",
                 id);
        write_file(site.ladders, text);
}

static void write_keys(const char *id) {
        char text[256];

        snprintf(text, sizeof(text),
                 "version: 1\nallowed:\n  - { id: %s, role: family, public_key: "
                 "\"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID\" }\n",
                 id);
        write_file(site.keys, text);
}

static int setup(void **state) {
        static const struct channel_type *const none[] = {NULL};

        memset(&site, 0, sizeof(site));
        snprintf(site.folder, sizeof(site.folder), "/tmp/vigil-files-XXXXXX");
        assert_non_null(mkdtemp(site.folder));
        snprintf(site.ladders, sizeof(site.ladders), "%s/escalation.yaml", site.folder);
        snprintf(site.keys, sizeof(site.keys), "%s/allowed.yaml", site.folder);
        write_ladder("first");
        write_keys("F1");
        site.conf.alerting.ladders = site.ladders;
        site.conf.alerting.keys = site.folder;
        site.conf.alerting.channels = "/nowhere";
        assert_int_equal(diag_new(&site.diag), 0);
        site.alerting.conf = &site.conf;
        site.alerting.zmq = zmq_ctx_new();

        int64_t ladders_ns = files_modified_ns(site.ladders);

        assert_int_equal(ladders_load(&site.alerting.ladders, site.ladders, site.diag), 0);
        site.alerting.view.ladders = site.alerting.ladders;
        assert_int_equal(zap_open(&site.alerting.zap, site.alerting.zmq, site.folder, site.diag),
                         0);
        assert_int_equal(channels_read(&site.alerting.channels, none, &site.conf, site.diag), 0);
        stats_set(STAT_RELOAD_OK, 1);
        assert_int_equal(
                files_open(&site.alerting.files, &site.conf, site.alerting.zap, ladders_ns), 0);
        return 0;
}

static int teardown(void **state) {
        files_close(site.alerting.files);
        channels_close(site.alerting.channels);
        zap_close(site.alerting.zap);
        zmq_ctx_term(site.alerting.zmq);
        ladders_free(site.alerting.ladders);
        diag_free(site.diag);
        unlink(site.ladders);
        unlink(site.keys);
        rmdir(site.folder);
        return 0;
}

static bool has_ladder(const char *id) {
        return ladders_find(site.alerting.view.ladders, id) != NULL;
}

static bool is_refused(const char *unused) {
        return stats_get(STAT_RELOAD_OK) == 0;
}

static bool is_fine(const char *unused) {
        return stats_get(STAT_RELOAD_OK) == 1;
}

static bool has_key(const char *id) {
        return zap_has(site.alerting.zap, id);
}

/* Run the loop's part until @is_so(@id). */
static void turn_until(bool (*is_so)(const char *), const char *id) {
        int64_t until_mono_ms = clock_mono_ms() + LIMIT_MS;

        while (!is_so(id)) {
                const struct timespec moment = {.tv_nsec = 2 * 1000 * 1000};

                assert_true(clock_mono_ms() < until_mono_ms);
                nanosleep(&moment, NULL);
                files_take(site.alerting.files, &site.alerting);
        }
}

static void test_ladders_are_in_force_when_the_loop_takes_them(void **state) {
        const struct ladders *first = site.alerting.view.ladders;

        write_ladder("second");
        files_look(site.alerting.files);
        /* Whatever the thread has read, the ladders in use do not change before the loop takes the new ones. */
        assert_ptr_equal(site.alerting.view.ladders, first);
        assert_true(has_ladder("first"));
        turn_until(has_ladder, "second");
        assert_false(has_ladder("first"));
        assert_ptr_equal(site.alerting.view.ladders, site.alerting.ladders);
}

static void test_the_newest_is_taken(void **state) {
        write_ladder("second");
        files_look(site.alerting.files);
        write_ladder("third");
        files_look(site.alerting.files);
        turn_until(has_ladder, "third");
        assert_false(has_ladder("second"));
}

static void test_a_refused_file_leaves_what_is_in_force(void **state) {
        write_file(site.ladders, "ladders: 7\n");
        files_look(site.alerting.files);
        turn_until(is_refused, NULL);
        assert_true(has_ladder("first"));
        write_ladder("second");
        files_look(site.alerting.files);
        turn_until(has_ladder, "second");
        assert_int_equal(stats_get(STAT_RELOAD_OK), 1);
}

static void test_a_file_that_is_fine_does_not_hide_one_that_is_refused(void **state) {
        write_file(site.keys, "allowed: 7\n");
        files_look(site.alerting.files);
        turn_until(is_refused, NULL);
        write_ladder("second");
        files_look(site.alerting.files);
        turn_until(has_ladder, "second");
        assert_int_equal(stats_get(STAT_RELOAD_OK), 0);
        assert_true(has_key("F1"));
        write_keys("F2");
        files_look(site.alerting.files);
        turn_until(has_key, "F2");
        turn_until(is_fine, NULL);
}

static void test_keys_are_replaced_while_they_are_asked_for(void **state) {
        assert_true(has_key("F1"));
        write_keys("F2");
        files_look(site.alerting.files);
        turn_until(has_key, "F2");
        assert_false(has_key("F1"));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(test_ladders_are_in_force_when_the_loop_takes_them),
                TEST(test_the_newest_is_taken),
                TEST(test_a_refused_file_leaves_what_is_in_force),
                TEST(test_a_file_that_is_fine_does_not_hide_one_that_is_refused),
                TEST(test_keys_are_replaced_while_they_are_asked_for),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
