/* SPDX-License-Identifier: MIT */
#include "alerting/act/notice.h"

#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

#include "alerting/act/tell.h"
#include "alerting/base/json.h"
#include "alerting/base/stats.h"
#include "common/base/clock.h"
#include "common/base/log.h"

enum { INGESTS_MAX = 16 };

static const char *text_of(yyjson_val *root, const char *key) {
        const char *text = json_get_text(root, key);

        return text ? text : "";
}

/* The elder of the alarm, from the registry; ingest may have been started without one and name none. */
static const struct registry_elder *elder_of(const struct alerting *alerting, yyjson_val *root) {
        const struct registry_elder *elder =
                registry_elder(alerting->registry, text_of(root, "elder"));
        const struct registry_device *device;

        if (elder)
                return elder;
        device = registry_device(alerting->registry, text_of(root, "device"));
        return device ? registry_elder(alerting->registry, device->elder_id) : NULL;
}

static void add_elder(struct json_builder *b, yyjson_mut_val *to,
                      const struct registry_elder *elder, const char *id) {
        yyjson_mut_val *about = json_object(b, to, "elder");

        json_name(b, about, "id", elder ? elder->id : id);
        json_name(b, about, "name", elder ? elder->name : "");
        json_name(b, about, "address", elder ? elder->address : "");
        json_name(b, about, "phone", elder ? elder->phone : "");
}

/* The body for desks. Return: malloc'd text, or NULL without memory. */
static char *frame_of(yyjson_val *root, const struct registry_elder *elder, const char *district,
                      size_t *ret_bytes) {
        static const char *const texts[] = {"notice_id", "device", "kind"};
        struct json_builder b;
        yyjson_mut_val *to = json_begin(&b);
        char *json = NULL;

        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
                json_name(&b, to, texts[i], text_of(root, texts[i]));
        json_name(&b, to, "district", district);
        json_int(&b, to, "received_time_ms",
                 yyjson_get_sint(yyjson_obj_get(root, "received_time_ms")));
        json_bool(&b, to, "drill", yyjson_get_bool(yyjson_obj_get(root, "drill")));
        add_elder(&b, to, elder, text_of(root, "elder"));
        return json_end(&b, &json, ret_bytes) == 0 ? json : NULL;
}

/* Send to the district's desk and to the default one; if neither is connected, to any desk that is. Return: how many
 * endpoints took it. */
static int tell_desks(struct alerting *alerting, const char *elder_id, const char *district,
                      enum message_type type, const char *json, size_t bytes) {
        const struct route_place place = {.elder_id = elder_id, .district = district};
        const char *common = ladders_desk_default(alerting->ladders);
        const char *desks[ROUTE_DESKS_MAX];
        size_t count = route_desks(&alerting->view, &place, desks);
        int told = 0;

        for (size_t i = 0; i < count; i++)
                if (i == 0 || strcmp(desks[i], common) == 0 || told == 0)
                        told += tell_json(alerting, type, desks[i], json, bytes);
        return told;
}

static void pass_on(struct alerting *alerting, const char *from, enum message_type type,
                    yyjson_val *root) {
        const struct registry_elder *elder = elder_of(alerting, root);
        const char *district = elder ? elder->district : text_of(root, "district");
        size_t bytes = 0;
        char *json = frame_of(root, elder, district, &bytes);
        int told = json ? tell_desks(alerting, elder ? elder->id : text_of(root, "elder"), district,
                                     type, json, bytes)
                        : 0;

        free(json);
        stats_add(told > 0 ? STAT_NOTICES_TOLD : STAT_NOTICES_UNTOLD, 1);
        if (type == MESSAGE_NOTICE && log_limit_take(&alerting->notices, from, clock_mono_ms()))
                log_event(told > 0 ? LOG_WARN : LOG_ERROR, "V0450",
                          told > 0 ? "alarms that Kafka has not taken are told to the desk"
                                   : "alarms that Kafka has not taken, and no desk is connected",
                          "by", from, "kind", text_of(root, "kind"), NULL);
}

/* A desk shows a notice: tell every ingest process; each knows its own notices. */
static void pass_back(struct alerting *alerting, const void *body, size_t body_bytes) {
        const char *ingests[INGESTS_MAX];
        size_t count = channels_connected(alerting->channels, ROLE_INGEST, ingests, INGESTS_MAX);

        for (size_t i = 0; i < count; i++)
                (void)tell_json(alerting, MESSAGE_NOTICED, ingests[i], body, body_bytes);
}

/* May @role send a message of @type? */
static bool is_theirs(int type, enum role role) {
        return type == MESSAGE_NOTICED
                       ? role == ROLE_DESK
                       : (type == MESSAGE_NOTICE || type == MESSAGE_SETTLED) && role == ROLE_INGEST;
}

bool notice_take(struct alerting *alerting, const char *id, enum role role, const void *type,
                 size_t type_bytes, const void *body, size_t body_bytes) {
        int said = message_type_parse(type, type_bytes);
        yyjson_doc *doc;
        yyjson_val *root;
        bool fine;

        if (!is_theirs(said, role))
                return false;
        doc = yyjson_read(body, body_bytes, 0);
        root = yyjson_doc_get_root(doc);
        fine = text_of(root, "notice_id")[0] != '\0';
        if (fine && said == MESSAGE_NOTICED)
                pass_back(alerting, body, body_bytes);
        else if (fine)
                pass_on(alerting, id, (enum message_type)said, root);
        yyjson_doc_free(doc);
        return fine;
}
