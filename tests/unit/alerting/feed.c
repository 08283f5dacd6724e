/* SPDX-License-Identifier: MIT
 *
 * Replay of the live feed: a reader gets the messages that it has missed, none if it has missed none, and an answer
 * "gone" if they are no longer kept.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <zmq.h>

#include "alerting/feed/feed.h"
#include "common/base/clock.h"

enum { LIMIT_MS = 20 * 1000, MESSAGES = 3 };

static struct {
        char folder[64], keys[96], snapshots[112];
        void *zmq, *reader;
        struct zap *zap;
        struct feed *feed;
        char reply[64 * 1024];
} site;

static int snapshot(void *context, char **ret, size_t *ret_bytes) {
        *ret = NULL;
        *ret_bytes = 0;
        return 0;
}

static void open_reader(const char *server, const char *public, const char *secret) {
        int none = 0;

        site.reader = zmq_socket(site.zmq, ZMQ_DEALER);
        assert_non_null(site.reader);
        assert_int_equal(zmq_setsockopt(site.reader, ZMQ_LINGER, &none, sizeof(none)), 0);
        assert_int_equal(zmq_setsockopt(site.reader, ZMQ_CURVE_SERVERKEY, server, ALLOW_KEY_BYTES),
                         0);
        assert_int_equal(zmq_setsockopt(site.reader, ZMQ_CURVE_PUBLICKEY, public, ALLOW_KEY_BYTES),
                         0);
        assert_int_equal(zmq_setsockopt(site.reader, ZMQ_CURVE_SECRETKEY, secret, ALLOW_KEY_BYTES),
                         0);
        assert_int_equal(zmq_connect(site.reader, site.snapshots), 0);
}

static int setup(void **state) {
        char server_public[ALLOW_KEY_BYTES], server_secret[ALLOW_KEY_BYTES];
        char public[ALLOW_KEY_BYTES], secret[ALLOW_KEY_BYTES], messages[112];
        struct socket_options options = {.server_secret = server_secret, .instances = 1};
        struct diag *diag = NULL;
        FILE *file;

        memset(&site, 0, sizeof(site));
        snprintf(site.folder, sizeof(site.folder), "/tmp/vigil-feed-XXXXXX");
        assert_non_null(mkdtemp(site.folder));
        snprintf(site.keys, sizeof(site.keys), "%s/allowed.yaml", site.folder);
        snprintf(site.snapshots, sizeof(site.snapshots), "ipc://%s/snapshots", site.folder);
        snprintf(messages, sizeof(messages), "ipc://%s/feed", site.folder);
        assert_int_equal(zmq_curve_keypair(server_public, server_secret), 0);
        assert_int_equal(zmq_curve_keypair(public, secret), 0);
        file = fopen(site.keys, "we");
        assert_non_null(file);
        fprintf(file, "version: 1\nallowed:\n  - { id: wall, role: monitor, public_key: '%s' }\n",
                public);
        assert_int_equal(fclose(file), 0);
        site.zmq = zmq_ctx_new();
        assert_int_equal(diag_new(&diag), 0);
        assert_int_equal(zap_open(&site.zap, site.zmq, site.folder, diag), 0);
        diag_free(diag);
        options.zmq = site.zmq;
        options.zap = site.zap;
        assert_int_equal(
                feed_open(&site.feed, &options, messages, site.snapshots, "e1", snapshot, NULL), 0);
        for (int i = 0; i < MESSAGES; i++)
                assert_int_equal(feed_publish(site.feed, "grid-1", 1, "raised", "{}", 2, 1000), 0);
        open_reader(server_public, public, secret);
        return 0;
}

static int teardown(void **state) {
        char path[112];

        zmq_close(site.reader);
        feed_close(site.feed);
        zap_close(site.zap);
        zmq_ctx_term(site.zmq);
        unlink(site.keys);
        snprintf(path, sizeof(path), "%s/snapshots", site.folder);
        unlink(path);
        snprintf(path, sizeof(path), "%s/feed", site.folder);
        unlink(path);
        rmdir(site.folder);
        return 0;
}

/* Send @request. Return: the last frame of the answer. */
static const char *answer_to(const char *request) {
        int64_t until_mono_ms = clock_mono_ms() + LIMIT_MS;
        int bytes = -1;

        assert_int_equal(zmq_send(site.reader, "VF1", 3, ZMQ_SNDMORE), 3);
        assert_int_equal(zmq_send(site.reader, request, strlen(request), 0), (int)strlen(request));
        while (bytes < 0) {
                const struct timespec moment = {.tv_nsec = 2 * 1000 * 1000};

                assert_true(clock_mono_ms() < until_mono_ms);
                feed_receive(site.feed, 16);
                bytes = zmq_recv(site.reader, site.reply, sizeof(site.reply) - 1, ZMQ_DONTWAIT);
                nanosleep(&moment, NULL);
        }
        assert_int_equal(bytes, 3);
        bytes = zmq_recv(site.reader, site.reply, sizeof(site.reply) - 1, 0);
        assert_true(bytes >= 0 && bytes < (int)sizeof(site.reply));
        site.reply[bytes] = '\0';
        return site.reply;
}

static void test_a_reader_gets_what_it_has_missed(void **state) {
        const char *answer = answer_to("{\"want\":\"replay\",\"epoch\":\"e1\",\"from_seq\":2}");

        assert_null(strstr(answer, "{\"seq\":1,"));
        assert_non_null(strstr(answer, "\"messages\":[{\"seq\":2,"));
        assert_non_null(strstr(answer, ",{\"seq\":3,"));
}

static void test_a_reader_that_has_missed_nothing_gets_nothing(void **state) {
        assert_string_equal(answer_to("{\"want\":\"replay\",\"epoch\":\"e1\",\"from_seq\":4}"),
                            "{\"replay\":true,\"epoch\":\"e1\",\"messages\":[]}");
}

static void test_what_is_not_kept_is_gone(void **state) {
        assert_string_equal(answer_to("{\"want\":\"replay\",\"epoch\":\"e1\",\"from_seq\":5}"),
                            "{\"gone\":true}");
        assert_string_equal(answer_to("{\"want\":\"replay\",\"epoch\":\"e1\",\"from_seq\":0}"),
                            "{\"gone\":true}");
        assert_string_equal(answer_to("{\"want\":\"replay\",\"epoch\":\"e2\",\"from_seq\":1}"),
                            "{\"gone\":true}");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(test_a_reader_gets_what_it_has_missed),
                TEST(test_a_reader_that_has_missed_nothing_gets_nothing),
                TEST(test_what_is_not_kept_is_gone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
