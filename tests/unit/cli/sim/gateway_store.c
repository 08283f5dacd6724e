/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "cli/sim/actors/gateway_store.h"

static char path[] = "/tmp/vigil-gateway-store-XXXXXX";

static int fresh_path(void **state) {
        memcpy(strrchr(path, '-') + 1, "XXXXXX", 6);

        int fd = mkstemp(path);

        if (fd < 0)
                return -1;
        close(fd);
        return unlink(path);
}

static int remove_path(void **state) {
        unlink(path);
        return 0;
}

static struct gateway_store *open_store(const char *file, uint32_t *ret_boot) {
        struct gateway_store *store;

        assert_int_equal(gateway_store_open(&store, file, ret_boot), 0);
        return store;
}

/* Return: the id of the first event that is due, "" if none is. */
static const char *due(struct gateway_store *store, int64_t now_mono_ms) {
        const struct gateway_store_item *item = gateway_store_due(store, now_mono_ms);

        return item ? item->event_id : "";
}

static void test_an_event_is_sent_again_after_5_10_20_and_then_every_60_seconds(void **state) {
        static const int64_t times_ms[] = {1000, 6000, 16000, 36000, 96000, 156000};
        uint32_t boot;
        struct gateway_store *store = open_store(NULL, &boot);

        assert_int_equal(gateway_store_put(store, 2, "sos-0001:1:1", "t", "{}", 1000), 0);
        for (size_t i = 0; i < sizeof(times_ms) / sizeof(times_ms[0]); i++) {
                if (i)
                        assert_string_equal(due(store, times_ms[i] - 1), "");
                assert_int_equal(gateway_store_due_ms(store, times_ms[i]), 0);
                assert_string_equal(due(store, times_ms[i]), "sos-0001:1:1");
                assert_string_equal(due(store, times_ms[i]), "");
        }
        gateway_store_close(store);
}

static void test_the_receipt_ends_it_and_a_second_receipt_is_told_apart(void **state) {
        uint32_t boot;
        struct gateway_store *store = open_store(NULL, &boot);

        gateway_store_put(store, 0, "sos-0001:1:1", "t", "{}", 0);
        gateway_store_put(store, 0, "sos-0002:1:1", "t", "{}", 0);
        assert_true(gateway_store_done(store, "sos-0001:1:1"));
        assert_false(gateway_store_done(store, "sos-0001:1:1"));
        assert_int_equal(gateway_store_count(store), 1);
        assert_string_equal(due(store, 0), "sos-0002:1:1");
        gateway_store_close(store);
}

static void test_a_restarted_gateway_sends_what_was_not_confirmed(void **state) {
        uint32_t boot;
        struct gateway_store *store = open_store(path, &boot);
        const struct gateway_store_item *item;

        assert_int_equal(boot, 1);
        gateway_store_put(store, 0, "sos-0001:1:1", "vigil/v1/grid-1/sos-0001/sos", "{\"seq\":1}",
                          500);
        gateway_store_put(store, 3, "fall-0002:1:1", "t/2", "{\"seq\":\"quote\"}", 500);
        assert_string_equal(due(store, 500), "sos-0001:1:1");
        assert_true(gateway_store_done(store, "sos-0001:1:1"));
        gateway_store_close(store); /* writes nothing, so it is like a kill */

        store = open_store(path, &boot);
        assert_int_equal(boot, 2);
        assert_int_equal(gateway_store_count(store), 1);
        item = gateway_store_due(store, 1);
        assert_string_equal(item->event_id, "fall-0002:1:1");
        assert_string_equal(item->topic, "t/2");
        assert_string_equal(item->payload, "{\"seq\":\"quote\"}");
        assert_int_equal(item->gateway, 3);
        gateway_store_close(store);

        store = open_store(path, &boot);
        assert_int_equal(boot, 3);
        assert_int_equal(gateway_store_count(store), 1);
        gateway_store_close(store);
}

static void test_half_a_line_at_the_end_is_what_a_kill_leaves(void **state) {
        uint32_t boot;
        struct gateway_store *store = open_store(path, &boot);
        int fd;

        gateway_store_put(store, 0, "sos-0001:1:1", "t", "{}", 0);
        gateway_store_close(store);
        fd = open(path, O_WRONLY | O_APPEND);
        assert_int_equal(write(fd, "{\"put\":\"sos-0002", 16), 16);
        close(fd);

        store = open_store(path, &boot);
        assert_int_equal(gateway_store_count(store), 1);
        gateway_store_close(store);
}

static void test_a_file_that_is_no_store_is_refused_and_left_alone(void **state) {
        struct gateway_store *store = NULL;
        FILE *file = fopen(path, "we");
        uint32_t boot;

        assert_non_null(file);
        fputs("my diary\n", file);
        fclose(file);
        assert_int_equal(gateway_store_open(&store, path, &boot), -22);
        file = fopen(path, "re");
        assert_non_null(file);
        assert_int_equal(fgetc(file), 'm');
        fclose(file);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(
                        test_an_event_is_sent_again_after_5_10_20_and_then_every_60_seconds),
                cmocka_unit_test(test_the_receipt_ends_it_and_a_second_receipt_is_told_apart),
                cmocka_unit_test_setup_teardown(
                        test_a_restarted_gateway_sends_what_was_not_confirmed, fresh_path,
                        remove_path),
                cmocka_unit_test_setup_teardown(test_half_a_line_at_the_end_is_what_a_kill_leaves,
                                                fresh_path, remove_path),
                cmocka_unit_test_setup_teardown(
                        test_a_file_that_is_no_store_is_refused_and_left_alone, fresh_path,
                        remove_path),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
