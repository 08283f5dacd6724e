/* SPDX-License-Identifier: MIT */
#include "world.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/files/diag.h"

static const char ladders_text[] =
        "version: 1\n"
        "desk: desk-main\n"
        "desks: { grid-2: desk-grid-2 }\n"
        "ladders:\n"
        "  - id: sos-now\n"
        "    arrive_within: 20m\n"
        "    steps:\n"
        "      - { page: [family, nearest_team], answer_within: 45s }\n"
        "      - { page: [next_team], answer_within: 45s }\n"
        "      - { page: [desk], answer_within: 30s }\n"
        "  - id: desk-now\n"
        "    arrive_within: 20m\n"
        "    steps:\n"
        "      - { page: [desk], answer_within: 30s }\n"
        "  - id: short\n"
        "    arrive_within: 20m\n"
        "    steps:\n"
        "      - { page: [desk], answer_within: 5s }\n"
        "  - id: check-in\n"
        "    arrive_within: 60m\n"
        "    steps:\n"
        "      - { page: [family_first], answer_within: 2m }\n"
        "      - { page: [nearest_team], skill: nursing, answer_within: 2m }\n"
        "      - { page: [desk], answer_within: 2m }\n";

static bool is_in(const char *const *ids, const char *id) {
        for (; *ids; ids++) {
                if (strcmp(*ids, id) == 0)
                        return true;
        }
        return false;
}

static bool has_key(void *context, const char *recipient) {
        const struct world *world = context;

        return !is_in(world->without_key, recipient);
}

static bool is_connected(void *context, const char *recipient) {
        const struct world *world = context;

        return !is_in(world->away, recipient);
}

/* Of desks only: two that escalation.yaml names, and one that it does not. */
static size_t connected(void *context, enum role role, const char **ret, size_t most) {
        static const char *const desks[] = {"desk-main", "desk-grid-2", "desk-night"};
        size_t count = 0;

        for (size_t i = 0; role == ROLE_DESK && i < sizeof(desks) / sizeof(desks[0]); i++) {
                if (count < most && has_key(context, desks[i]) && is_connected(context, desks[i]))
                        ret[count++] = desks[i];
        }
        return count;
}

static bool is_busy(void *context, const char *team, const char *alert_id) {
        const struct world *world = context;

        return is_in(world->busy, team) || book_is_busy(world->book, team, alert_id);
}

static size_t asked(void *context, const char *team, const char *alert_id) {
        const struct world *world = context;

        return book_asked(world->book, team, alert_id);
}

static void nonce(void *context, char *ret) {
        struct world *world = context;

        snprintf(ret, RESPONSE_NONCE_BYTES, "%016x", ++world->nonces);
}

void world_put(struct world *world, const char *key, const char *json) {
        assert_int_equal(
                registry_apply(world->registry, key, strlen(key), json, json ? strlen(json) : 0),
                0);
}

static void put_team(struct world *world, const char *id, const char *district, double lat,
                     const char *skills) {
        char key[64], json[512];

        snprintf(key, sizeof(key), "team/%s", id);
        snprintf(json, sizeof(json),
                 "{\"v\":1,\"id\":\"%s\",\"name\":\"team\",\"district\":\"%s\",\"lat\":%f,\"lon\":"
                 "120.1,"
                 "\"skills\":[%s],\"on_duty\":{\"from\":\"00:00\",\"to\":\"00:00\",\"days\":"
                 "[\"mon\",\"tue\",\"wed\",\"thu\",\"fri\",\"sat\",\"sun\"]}}",
                 id, district, lat, skills);
        world_put(world, key, json);
}

void world_init(struct world *world) {
        struct diag *diag = NULL;

        memset(world, 0, sizeof(*world));
        assert_int_equal(registry_new(&world->registry), 0);
        assert_int_equal(route_zones_new(&world->zones, "Asia/Shanghai"), 0);
        assert_int_equal(book_new(&world->book), 0);
        assert_int_equal(diag_new(&diag), 0);
        assert_int_equal(ladders_parse(&world->ladders, "test.yaml", ladders_text,
                                       strlen(ladders_text), diag),
                         0);
        diag_free(diag);
        world_put(world, "district/grid-1",
                  "{\"v\":1,\"id\":\"grid-1\",\"name\":\"g\",\"parent\":\"\",\"time_zone\":\"\"}");
        world_put(world, "elder/E1",
                  "{\"v\":1,\"id\":\"E1\",\"name\":\"王桂兰\",\"birth_year\":1944,\"care_level\":"
                  "\"partial\",\"conditions\":[],\"tags\":[],\"lives_alone\":true,\"address\":\"3-"
                  "201\","
                  "\"phone\":\"1\",\"lat\":30.0,\"lon\":120.1,\"district\":\"grid-1\",\"site\":"
                  "\"s\"}");
        world_put(
                world, "contact/F1",
                "{\"v\":1,\"id\":\"F1\",\"elder\":\"E1\",\"name\":\"a\",\"relation\":\"daughter\","
                "\"phone\":\"1\",\"order\":1}");
        world_put(world, "contact/F2",
                  "{\"v\":1,\"id\":\"F2\",\"elder\":\"E1\",\"name\":\"b\",\"relation\":\"son\","
                  "\"phone\":\"1\",\"order\":2}");
        put_team(world, "T1", "grid-1", 30.01, "");
        put_team(world, "T2", "grid-1", 30.05, "");
        put_team(world, "T3", "grid-2", 30.001, "\"nursing\"");
        world->view = (struct route_view){
                .registry = world->registry,
                .ladders = world->ladders,
                .zones = world->zones,
                .can_reach = has_key,
                .is_connected = is_connected,
                .connected = connected,
                .is_busy = is_busy,
                .asked = asked,
                .nonce = nonce,
                .context = world,
        };
}

void world_fini(struct world *world) {
        book_free(world->book);
        route_zones_free(world->zones);
        ladders_free(world->ladders);
        registry_free(world->registry);
}

struct alert world_alert(unsigned n, int64_t now_ms) {
        struct alert alert = {
                .rule_id = "sos",
                .rule_set = "0123456789abcdef",
                .elder_id = "E1",
                .device_id = "sos-1",
                .event_id = "sos-1:1:1",
                .transition = ALERT_RAISED,
                .class = ALERT_LIFE_SAFETY,
                .severity = SEVERITY_CRITICAL,
                .latching = true,
                .event_time_ms = now_ms,
                .received_time_ms = now_ms,
                .raised_time_ms = now_ms,
                .ladder = "sos-now",
                .title_zh = "呼救",
                .title_en = "SOS",
                .advice_zh = "先呼叫老人",
                .advice_en = "Call the elder",
                .signal = "sos",
                .value = 1,
                .limit = NAN,
                .samples = 1,
                .confidence_pct = 100,
        };

        alert_id_make(alert.rule_id, alert.elder_id, n, alert.alert_id);
        return alert;
}

struct channels *world_channels(const struct channel_type *type) {
        const struct channel_type *const types[] = {type, NULL};
        const struct conf conf = {.alerting.channels = "no-such-folder"};
        struct channels *channels = NULL;
        struct diag *diag = NULL;

        assert_int_equal(diag_new(&diag), 0);
        assert_int_equal(channels_read(&channels, types, &conf, diag), 0);
        diag_free(diag);
        return channels;
}

struct answer world_answer(const struct response *response, const char *recipient,
                           enum answer_type type) {
        struct answer answer = {.type = type, .eta_s = -1};
        const struct page *page = NULL;

        for (size_t i = 0; i < response->page_count; i++) {
                if (strcmp(response->pages[i].recipient, recipient) == 0)
                        page = &response->pages[i];
        }
        assert_non_null(page);
        answer.role = page->role;
        answer.step = page->step;
        answer.attempt = page->attempt;
        snprintf(answer.recipient, sizeof(answer.recipient), "%s", recipient);
        snprintf(answer.page_recipient, sizeof(answer.page_recipient), "%s", recipient);
        memcpy(answer.alert_id, response->alert.alert_id, sizeof(answer.alert_id));
        memcpy(answer.nonce, page->nonce, sizeof(answer.nonce));
        page_id_make(response, recipient, page->step, page->attempt, answer.page_id);
        snprintf(answer.ack_id, sizeof(answer.ack_id), "%s/%s/%s", answer.page_id, answer.nonce,
                 answer_type_name(type));
        if (type == ANSWER_CLOSE)
                snprintf(answer.reason, sizeof(answer.reason), "real");
        return answer;
}
