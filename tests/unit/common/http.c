/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/ops/http.h"
#include "common/ops/metrics.h"
#include "common/ops/notify.h"
#include "tests/unit/common/unit.h"

struct site {
        struct http_server *server;
        _Atomic int64_t heartbeat_mono_ms;
        _Atomic bool ready;
};

static bool is_ready(void *context, char *missing, size_t missing_bytes) {
        struct site *site = context;

        if (site->ready)
                return true;
        snprintf(missing, missing_bytes, "no broker at 127.0.0.1:9092");
        return false;
}

static struct site site;

static int site_open(void **state) {
        atomic_store(&site.heartbeat_mono_ms, clock_mono_ms());
        atomic_store(&site.ready, true);
        return http_start(&site.server, "127.0.0.1:0", &site.heartbeat_mono_ms, is_ready, &site);
}

static int site_close(void **state) {
        site.server = http_stop(site.server);
        return 0;
}

static int call(void) {
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons((uint16_t)http_port(site.server))};
        struct timeval patience = {.tv_sec = 5};
        int fd = socket(AF_INET, SOCK_STREAM, 0);

        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
        assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
        return fd;
}

/* Send one request on a new connection. Return: the whole answer. */
static const char *ask(const char *request) {
        static char answer[65536];
        int fd = call();
        size_t used = 0;
        ssize_t got;

        assert_int_equal(write(fd, request, strlen(request)), strlen(request));
        while ((got = read(fd, answer + used, sizeof(answer) - 1 - used)) > 0)
                used += (size_t)got;
        answer[used] = '\0';
        close(fd);
        return answer;
}

#define GET(path) ask("GET " path " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

static void assert_status(const char *answer, const char *status) {
        char head[32];

        snprintf(head, sizeof(head), "HTTP/1.1 %s ", status);
        if (strncmp(answer, head, strlen(head)) != 0)
                fail_msg("wanted %s: %.60s", status, answer);
}

static void test_metrics_are_shown(void **state) {
        const char *answer = GET("/metrics");

        assert_status(answer, "200");
        assert_non_null(strstr(answer, "Content-Type: text/plain; version=0.0.4"));
        assert_non_null(strstr(answer, "vigil_build_info{version="));
}

static void test_healthy_while_the_loop_turns(void **state) {
        assert_status(GET("/-/healthy"), "200");
        assert_status(GET("/healthz"), "200");
        atomic_store(&site.heartbeat_mono_ms, clock_mono_ms() - 5001);
        assert_status(GET("/-/healthy"), "503");
        assert_non_null(strstr(GET("/healthz"), "the main loop has not turned for 5"));
        atomic_store(&site.heartbeat_mono_ms, clock_mono_ms());
        assert_status(GET("/-/healthy"), "200");
}

static void test_a_program_that_starts_up_is_healthy(void **state) {
        atomic_store(&site.heartbeat_mono_ms, 0);
        assert_status(GET("/-/healthy"), "200");
}

static void test_not_ready_says_what_is_missing(void **state) {
        assert_status(GET("/-/ready"), "200");
        atomic_store(&site.ready, false);
        assert_status(GET("/readyz"), "503");
        assert_non_null(strstr(GET("/-/ready"), "no broker at 127.0.0.1:9092"));
}

static void test_other_paths_and_methods_are_refused(void **state) {
        assert_status(GET("/"), "404");
        assert_status(GET("/metrics/../etc/passwd"), "404");
        assert_status(ask("POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nConnection: "
                          "close\r\n\r\nbody"),
                      "405");
        assert_status(ask("HEAD /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), "200");
}

static void test_nonsense_does_not_end_the_server(void **state) {
        ask("\r\n\r\n\x16\x03\x01 nonsense\r\n\r\n");
        assert_status(GET("/-/healthy"), "200");
}

static void test_who_never_ends_a_request_keeps_nobody_out(void **state) {
        enum { DRIPPING = 150 };
        int dripping[DRIPPING];

        for (int i = 0; i < DRIPPING; i++) {
                dripping[i] = call();
                assert_int_equal(write(dripping[i], "G", 1), 1);
        }
        assert_status(GET("/-/healthy"), "200");
        assert_status(GET("/-/ready"), "200");
        for (int i = 0; i < DRIPPING; i++)
                close(dripping[i]);
        assert_status(GET("/-/healthy"), "200");
}

static void test_a_taken_port_and_a_bad_address_are_told_apart(void **state) {
        struct http_server *other = NULL;
        char address[64];

        snprintf(address, sizeof(address), "127.0.0.1:%d", http_port(site.server));
        assert_int_equal(http_start(&other, address, &site.heartbeat_mono_ms, is_ready, &site),
                         -EADDRINUSE);
        assert_non_null(strstr(err_why(), address));
        assert_int_equal(http_start(&other, "9101", &site.heartbeat_mono_ms, is_ready, &site),
                         -EINVAL);
        assert_int_equal(http_start(&other, ":9101", &site.heartbeat_mono_ms, is_ready, &site),
                         -EINVAL);
        assert_null(other);
}

static void test_systemd_hears_a_datagram(void **state) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        char folder[] = "/tmp/vigil-notify-XXXXXX", text[64] = "";
        int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

        assert_non_null(mkdtemp(folder));
        snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", folder);
        assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
        assert_int_equal(setenv("NOTIFY_SOCKET", address.sun_path, 1), 0);
        notify_systemd("READY=1");
        assert_int_equal(recv(fd, text, sizeof(text), MSG_DONTWAIT), 7);
        assert_string_equal(text, "READY=1");

        assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
        notify_systemd("WATCHDOG=1");
        assert_true(recv(fd, text, sizeof(text), MSG_DONTWAIT) < 0);
        close(fd);
        unlink(address.sun_path);
        rmdir(folder);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_metrics_are_shown, site_open, site_close),
                cmocka_unit_test_setup_teardown(test_healthy_while_the_loop_turns, site_open,
                                                site_close),
                cmocka_unit_test_setup_teardown(test_a_program_that_starts_up_is_healthy, site_open,
                                                site_close),
                cmocka_unit_test_setup_teardown(test_not_ready_says_what_is_missing, site_open,
                                                site_close),
                cmocka_unit_test_setup_teardown(test_other_paths_and_methods_are_refused, site_open,
                                                site_close),
                cmocka_unit_test_setup_teardown(test_nonsense_does_not_end_the_server, site_open,
                                                site_close),
                cmocka_unit_test_setup_teardown(test_who_never_ends_a_request_keeps_nobody_out,
                                                site_open, site_close),
                cmocka_unit_test_setup_teardown(test_a_taken_port_and_a_bad_address_are_told_apart,
                                                site_open, site_close),
                cmocka_unit_test(test_systemd_hears_a_datagram),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
