/* SPDX-License-Identifier: MIT
 *
 * Notices in alerting: from ingest to the desks, with the elder added, and the confirmation back to ingest. The
 * stand-in channel records what it is given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alerting/act/notice.h"
#include "world.h"

enum { FRAMES_MAX = 16 };

static struct {
        struct world world;
        struct alerting alerting;
        struct {
                char to[REGISTRY_ID_BYTES], type[16], body[1024];
        } frames[FRAMES_MAX];
        size_t frame_count;
        const char *away; /* not connected */
} fake;

static int channel_read(struct channel **ret, const struct conf *conf, const char *file,
                        struct diag *diag) {
        static struct channel channel;

        *ret = &channel;
        return 0;
}

static void channel_close(struct channel *channel) {
}

static bool channel_can_reach(const struct channel *channel, const char *id) {
        return true;
}

static int channel_send(struct channel *channel, const struct message *message) {
        size_t at = fake.frame_count;

        if (fake.away && strstr(fake.away, message->to))
                return 0;
        assert_true(at < FRAMES_MAX);
        snprintf(fake.frames[at].to, sizeof(fake.frames[at].to), "%s", message->to);
        snprintf(fake.frames[at].type, sizeof(fake.frames[at].type), "%s",
                 message_type_name(message->type));
        snprintf(fake.frames[at].body, sizeof(fake.frames[at].body), "%.*s",
                 (int)message->json_bytes, message->json);
        fake.frame_count++;
        return 1;
}

static size_t channel_connected(const struct channel *channel, enum role role, const char **ret,
                                size_t most) {
        if (role != ROLE_INGEST || most < 2)
                return 0;
        ret[0] = "ingest-1";
        ret[1] = "ingest-2";
        return 2;
}

static const struct channel_type fake_channel = {.name = "fake",
                                                 .receipt = &receipt_usual,
                                                 .read = channel_read,
                                                 .close = channel_close,
                                                 .can_reach = channel_can_reach,
                                                 .connected = channel_connected,
                                                 .send = channel_send};

static size_t connected_desks(void *context, enum role role, const char **ret, size_t most) {
        ret[0] = "desk-other";
        return 1;
}

static void begin(const char *away) {
        memset(&fake, 0, sizeof(fake));
        world_init(&fake.world);
        fake.alerting.channels = world_channels(&fake_channel);
        world_put(
                &fake.world, "elder/E9",
                "{\"v\":1,\"id\":\"E9\",\"name\":\"Li\",\"birth_year\":1940,\"care_level\":"
                "\"partial\",\"conditions\":[],\"tags\":[],\"lives_alone\":true,\"address\":\"\","
                "\"phone\":\"\",\"lat\":31.2,\"lon\":121.4,\"district\":\"grid-2\",\"site\":\"\"}");
        world_put(
                &fake.world, "device/sos-9",
                "{\"v\":1,\"id\":\"sos-9\",\"elder\":\"E9\",\"class\":\"sos_button\",\"room\":\"\","
                "\"wearing_position\":\"\",\"profile\":\"\",\"foreign_id\":\"\",\"heartbeat_ms\":0,"
                "\"commissioned_time_ms\":0}");
        fake.alerting.registry = fake.world.registry;
        fake.alerting.ladders = fake.world.ladders;
        fake.alerting.view = fake.world.view;
        fake.alerting.view.connected = connected_desks;
        fake.away = away;
}

static void end(void) {
        channels_close(fake.alerting.channels);
        world_fini(&fake.world);
}

static bool says(enum role role, const char *type, const char *body) {
        return notice_take(&fake.alerting, "somebody", role, type, strlen(type), body,
                           strlen(body));
}

#define PRESS                                                                                      \
        "{\"notice_id\":\"sos-9:1:1\",\"device\":\"sos-9\",\"elder\":\"\",\"district\":\"x\","     \
        "\"kind\":\"sos\",\"received_time_ms\":5,\"drill\":false}"

static void
test_a_notice_reaches_the_districts_desk_and_the_common_one_with_the_elder(void **state) {
        begin(NULL);
        assert_true(says(ROLE_INGEST, "notice", PRESS));
        assert_int_equal(fake.frame_count, 2);
        assert_string_equal(fake.frames[0].to,
                            "desk-grid-2"); /* district of the elder, not of the topic */
        assert_string_equal(fake.frames[1].to, "desk-main");
        assert_string_equal(fake.frames[0].type, "notice");
        assert_non_null(strstr(fake.frames[0].body, "\"notice_id\":\"sos-9:1:1\""));
        assert_non_null(strstr(fake.frames[0].body, "\"name\":\"Li\""));
        assert_non_null(strstr(fake.frames[0].body, "\"district\":\"grid-2\""));
        end();
}

static void test_when_both_are_away_any_desk_hears_of_it(void **state) {
        begin("desk-grid-2 desk-main");
        assert_true(says(ROLE_INGEST, "notice", PRESS));
        assert_int_equal(fake.frame_count, 1);
        assert_string_equal(fake.frames[0].to, "desk-other");
        end();
}

static void test_that_a_desk_has_it_reaches_every_ingest_process(void **state) {
        begin(NULL);
        assert_true(says(ROLE_DESK, "noticed", "{\"notice_id\":\"sos-9:1:1\"}"));
        assert_int_equal(fake.frame_count, 2);
        assert_string_equal(fake.frames[0].to, "ingest-1");
        assert_string_equal(fake.frames[1].to, "ingest-2");
        assert_string_equal(fake.frames[0].type, "noticed");
        end();
}

static void test_that_kafka_has_it_reaches_the_same_desks(void **state) {
        begin(NULL);
        assert_true(says(ROLE_INGEST, "settled", PRESS));
        assert_int_equal(fake.frame_count, 2);
        assert_string_equal(fake.frames[0].type, "settled");
        end();
}

static void test_nobody_else_may_say_so(void **state) {
        static const enum role roles[] = {ROLE_FAMILY, ROLE_TEAM, ROLE_MONITOR};

        begin(NULL);
        for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
                assert_false(says(roles[i], "notice", PRESS));
                assert_false(says(roles[i], "settled", PRESS));
                assert_false(says(roles[i], "noticed", PRESS));
        }
        assert_false(says(ROLE_DESK, "notice", PRESS));
        assert_false(says(ROLE_INGEST, "noticed", PRESS));
        assert_false(says(ROLE_INGEST, "accept", PRESS));
        assert_false(says(ROLE_INGEST, "notice", "{}"));
        assert_false(says(ROLE_INGEST, "notice", "garbage"));
        assert_int_equal(fake.frame_count, 0);
        end();
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(
                        test_a_notice_reaches_the_districts_desk_and_the_common_one_with_the_elder),
                cmocka_unit_test(test_when_both_are_away_any_desk_hears_of_it),
                cmocka_unit_test(test_that_a_desk_has_it_reaches_every_ingest_process),
                cmocka_unit_test(test_that_kafka_has_it_reaches_the_same_desks),
                cmocka_unit_test(test_nobody_else_may_say_so),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
