/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/ingest/decode_helper.h"

static void put(struct helper *helper, const char *key, const char *json) {
        assert_int_equal(registry_apply(helper->registry, key, strlen(key), json, strlen(json)), 0);
}

void helper_device(struct helper *helper, const char *id, const char *device_class,
                   const char *profile, const char *foreign_id) {
        char key[64];
        char json[512];

        snprintf(key, sizeof(key), "device/%s", id);
        snprintf(json, sizeof(json),
                 "{\"v\":1,\"id\":\"%s\",\"elder\":\"E0017\",\"class\":\"%s\",\"room\":\"\","
                 "\"wearing_position\":\"\",\"profile\":\"%s\",\"foreign_id\":\"%s\","
                 "\"heartbeat_ms\":0,\"commissioned_time_ms\":0}",
                 id, device_class, profile, foreign_id);
        put(helper, key, json);
}

static void open_registry(struct helper *helper) {
        assert_int_equal(registry_new(&helper->registry), 0);
        put(helper, "elder/E0017",
            "{\"v\":1,\"id\":\"E0017\",\"name\":\"\",\"birth_year\":1940,\"care_level\":"
            "\"partial\","
            "\"conditions\":[],\"tags\":[],\"lives_alone\":true,\"address\":\"\",\"phone\":\"\","
            "\"lat\":31.2,\"lon\":121.4,\"district\":\"grid-3\",\"site\":\"s\"}");
        helper_device(helper, "sos-17", "sos_button", "", "");
        helper_device(helper, "band-17", "wristband", "", "");
}

static void finish_open(struct helper *helper, enum lane lane) {
        assert_int_equal(decoder_new(&helper->decoder, lane, helper->profiles, helper->registry,
                                     HELPER_MESSAGE_BYTES_MAX),
                         0);
}

void helper_open(struct helper *helper, enum lane lane, const char *profiles_folder) {
        struct diag *diag;

        memset(helper, 0, sizeof(*helper));
        open_registry(helper);
        if (profiles_folder) {
                assert_int_equal(diag_new(&diag), 0);

                int r = profile_set_load(&helper->profiles, profiles_folder, diag);

                diag_print(diag, stderr, false);
                diag_free(diag);
                assert_int_equal(r, 0);
        }
        finish_open(helper, lane);
}

void helper_open_text(struct helper *helper, enum lane lane, const char *profile_yaml) {
        struct diag *diag;

        memset(helper, 0, sizeof(*helper));
        open_registry(helper);
        assert_int_equal(diag_new(&diag), 0);

        int r = profile_set_parse(&helper->profiles, "test.yaml", profile_yaml,
                                  strlen(profile_yaml), diag);

        diag_print(diag, stderr, false);
        diag_free(diag);
        assert_int_equal(r, 0);
        finish_open(helper, lane);
}

void helper_close(struct helper *helper) {
        decoder_free(helper->decoder);
        profile_set_free(helper->profiles);
        registry_free(helper->registry);
}

const struct decoded *helper_read_bytes(struct helper *helper, const char *topic,
                                        const void *payload, size_t payload_bytes, bool retained,
                                        int64_t received_us) {
        struct decode_message message = {
                .topic = topic,
                .payload = payload,
                .payload_bytes = payload_bytes,
                .retained = retained,
                .received_us = received_us,
        };

        return decoder_read(helper->decoder, &message);
}

const struct decoded *helper_read(struct helper *helper, const char *topic, const char *payload) {
        return helper_read_bytes(helper, topic, payload, strlen(payload), false,
                                 HELPER_RECEIVED_US);
}
