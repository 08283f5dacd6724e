/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "cli/command/cli.h"
#include "cli/command/verbs.h"
#include "cli/record/mqtt_send.h"
#include "cli/registry/registry_publish.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/language/say.h"
#include "common/wire/event.h"
#include "common/registry/registry.h"

enum {
        OPTION_DISTRICT = 256,
        OPTION_CONFIDENCE,
        OPTION_TEST,
        OPTION_BOOT,
        OPTION_SEQ,
        OPTION_TIME,
        OPTION_TIMEOUT,

        VALUES_MAX = 2,
        KINDS_MAX = 128,
        TIMEOUT_DEFAULT_S = 10,
};

struct outcome_send {
        struct cli *cli;
        const char *device;
        const struct event_kind_info *kind;
        double values[VALUES_MAX];
        int value_count;

        char district[REGISTRY_ID_BYTES]; /* "": from the registry */
        const char *confidence;
        bool test;
        long long boot, seq, time_ms, timeout_s;
};

/* --- operands ------------------------------------------------------------------------------------------ */

static enum cli_exit kind_unknown(const struct outcome_send *send, const char *word) {
        const char *names[KINDS_MAX + 1];
        size_t count = 0;

        for (; count < KINDS_MAX && event_kind_at(count); count++)
                names[count] = event_kind_at(count)->name;
        names[count] = NULL;

        const char *nearest = diag_nearest(word, names);

        if (nearest)
                return cli_usage(send->cli, "unknown kind \"%s\"; did you mean \"%s\"?", word,
                                 nearest);
        return cli_usage(send->cli, "unknown kind \"%s\"; docs/wire/event-frame.md lists them",
                         word);
}

static bool number_take(struct outcome_send *send, const char *text) {
        char *end;
        double value = strtod(text, &end);
        const struct event_kind_info *kind = send->kind;
        /* The second value of a location is a longitude, with a wider range. */
        double most = send->value_count == 1 ? 180 : kind->possible_max;
        double least = send->value_count == 1 ? -180 : kind->possible_min;

        if (*end || end == text || strspn(text, "+-.0123456789eE") != strlen(text)) {
                cli_usage(send->cli, "\"%s\" is not a number", text);
                return false;
        }
        if (value < least || value > most) {
                cli_usage(send->cli, "%s must be from %g to %g %s, not %s", kind->name, least, most,
                          kind->unit, text);
                return false;
        }
        send->values[send->value_count++] = value;
        return true;
}

static bool operands_take(struct outcome_send *send, int argc, char **argv) {
        if (argc < 2) {
                cli_usage(send->cli, "missing arguments: DEVICE KIND");
                return false;
        }
        send->device = argv[0];
        send->kind = event_kind_by_name(argv[1], strlen(argv[1]));
        if (!send->kind) {
                kind_unknown(send, argv[1]);
                return false;
        }
        if (!registry_id_is_valid(send->device, strlen(send->device), EVENT_DEVICE_ID_BYTES)) {
                cli_usage(send->cli, "\"%s\" is not a device id", send->device);
                return false;
        }

        int most = send->kind->kind == KIND_LOCATION       ? 2
                   : send->kind->kind == KIND_ACCELERATION ? 0
                                                           : 1;

        if (argc - 2 > most) {
                cli_usage(send->cli, "too many values for %s: at most %d", send->kind->name, most);
                return false;
        }
        for (int i = 2; i < argc; i++)
                if (!number_take(send, argv[i]))
                        return false;
        if ((send->kind->shape == KIND_SHAPE_VITAL && send->value_count == 0) ||
            (send->kind->kind == KIND_LOCATION && send->value_count != 2)) {
                cli_usage(send->cli,
                          send->kind->kind == KIND_LOCATION
                                  ? N_("%s needs a latitude and a longitude")
                                  : N_("%s needs a value"),
                          send->kind->name);
                return false;
        }
        return true;
}

/* --- the message ---------------------------------------------------------------------------------------- */

static enum cli_exit district_find(struct outcome_send *send, const struct conf *conf) {
        struct registry *registry = NULL;
        enum cli_exit result = CLI_BAD;

        if (send->district[0])
                return CLI_DONE;

        int r = registry_publish_load_topic(&registry, conf, (int)send->timeout_s * 1000);

        if (r == -EINTR)
                return CLI_INTERRUPTED;
        if (r < 0)
                return cli_fail(send->cli, r);

        const struct registry_device *device = registry_device(registry, send->device);
        const struct registry_elder *elder =
                device ? registry_elder(registry, device->elder_id) : NULL;

        if (!device) {
                cli_tell(send->cli,
                         "device %s is not in the registry (--district ID publishes anyway)",
                         send->device);
        } else if (!elder) {
                cli_tell(send->cli, "device %s belongs to %s, who is not in the registry",
                         send->device, device->elder_id);
        } else {
                snprintf(send->district, sizeof(send->district), "%s", elder->district);
                result = CLI_DONE;
        }
        registry_free(registry);
        return result;
}

/* Return: malloc'd JSON; NULL when out of memory. */
static char *payload_make(const struct outcome_send *send) {
        yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
        yyjson_mut_val *root = doc ? yyjson_mut_obj(doc) : NULL;
        bool ok = root && yyjson_mut_obj_add_int(doc, root, "boot", send->boot) &&
                  yyjson_mut_obj_add_int(doc, root, "seq", send->seq) &&
                  yyjson_mut_obj_add_int(doc, root, "t", send->time_ms);
        char *payload = NULL;

        if (send->kind->kind == KIND_LOCATION)
                ok = ok && yyjson_mut_obj_add_real(doc, root, "lat", send->values[0]) &&
                     yyjson_mut_obj_add_real(doc, root, "lon", send->values[1]);
        else if (send->value_count)
                ok = ok && yyjson_mut_obj_add_real(doc, root, "value", send->values[0]);
        if (send->confidence)
                ok = ok && yyjson_mut_obj_add_real(doc, root, "confidence",
                                                   strtod(send->confidence, NULL));
        if (send->test)
                ok = ok && yyjson_mut_obj_add_bool(doc, root, "test", true);
        if (ok) {
                yyjson_mut_doc_set_root(doc, root);
                payload = yyjson_mut_write(doc, YYJSON_WRITE_NOFLAG, NULL);
        }
        yyjson_mut_doc_free(doc);
        return payload;
}

static void answer_print(const struct outcome_send *send, const struct mqtt_send_letter *letter,
                         const struct mqtt_send_answer *answer) {
        if (send->cli->json) {
                printf("{\"event_id\":\"%s\",\"topic\":\"%s\",\"puback_ms\":%.3f", letter->event_id,
                       letter->topic, (double)answer->puback_us / 1000);
                if (letter->receipt_topic)
                        printf(",\"receipt_ms\":%.3f", (double)answer->receipt_us / 1000);
                printf("}\n");
        } else if (letter->receipt_topic) {
                printf(say(send->cli->language, "%s is in Kafka (receipt after %.1f ms)\n"),
                       letter->event_id, (double)answer->receipt_us / 1000);
        } else {
                printf(say(send->cli->language,
                           "%s: the broker has it (acknowledged after %.1f ms)\n"),
                       letter->event_id, (double)answer->puback_us / 1000);
        }
}

static enum cli_exit letter_send(const struct outcome_send *send, const struct conf *conf) {
        char topic[128], receipt_topic[64], event_id[EVENT_ID_TEXT_BYTES];
        char *payload = payload_make(send);
        struct mqtt_send_answer answer;
        struct mqtt_send_letter letter = {
                .topic = topic,
                .payload = payload,
                .receipt_topic = send->kind->lane == LANE_ALARM ? receipt_topic : NULL,
                .event_id = event_id,
        };
        enum cli_exit result = CLI_DONE;

        if (!payload)
                return cli_fail(send->cli, err_raise(-ENOMEM));
        snprintf(topic, sizeof(topic), "vigil/v1/%s/%s/%s", send->district, send->device,
                 send->kind->name);
        snprintf(receipt_topic, sizeof(receipt_topic), "vigil/receipts/%s", send->device);
        snprintf(event_id, sizeof(event_id), "%s:%lld:%lld", send->device, send->boot, send->seq);

        int r = mqtt_send(conf, &letter, (int)send->timeout_s * 1000, &answer);

        if (r == 0) {
                answer_print(send, &letter, &answer);
        } else if (r == MQTT_SEND_NO_RECEIPT) {
                cli_tell(send->cli,
                         "%s: the broker has it, but no receipt arrived within %lld s: ingest is "
                         "down or rejected it; see vigil status and vigil tap quarantine -o -5",
                         event_id, send->timeout_s);
                result = CLI_BAD;
        } else {
                result = r == -EINTR ? CLI_INTERRUPTED : cli_fail(send->cli, r);
        }
        free(payload);
        return result;
}

/* --- the verb ------------------------------------------------------------------------------------------- */

static bool confidence_take(struct outcome_send *send) {
        char *end;
        double confidence = strtod(optarg, &end);

        if (*end || end == optarg || !(confidence >= 0 && confidence <= 1)) {
                cli_usage(send->cli, "--confidence must be from 0 to 1, not \"%s\"", optarg);
                return false;
        }
        send->confidence = optarg;
        return true;
}

static bool option_take(struct outcome_send *send, int id) {
        switch (id) {
        case OPTION_DISTRICT:
                if (!registry_id_is_valid(optarg, strlen(optarg), sizeof(send->district))) {
                        cli_usage(send->cli, "\"%s\" is not the id of a district", optarg);
                        return false;
                }
                snprintf(send->district, sizeof(send->district), "%s", optarg);
                return true;
        case OPTION_CONFIDENCE:
                return confidence_take(send);
        case OPTION_TEST:
                send->test = true;
                return true;
        case OPTION_BOOT:
                return cli_number(send->cli, "--boot", optarg, 0, UINT32_MAX, &send->boot);
        case OPTION_SEQ:
                return cli_number(send->cli, "--seq", optarg, 0, INT64_MAX, &send->seq);
        case OPTION_TIME:
                return cli_number(send->cli, "--time", optarg, 1, INT64_MAX, &send->time_ms);
        default:
                return cli_number(send->cli, "--timeout", optarg, 1, 3600, &send->timeout_s);
        }
}

static enum cli_exit run(struct cli *cli, int argc, char **argv) {
        int64_t now_us = clock_wall_us();
        /* Boot counter and sequence number from the clock: each call makes a new event id. */
        struct outcome_send send = {
                .cli = cli,
                .boot = now_us / 1000000,
                .seq = now_us % 1000000,
                .time_ms = now_us / 1000,
                .timeout_s = TIMEOUT_DEFAULT_S,
        };
        struct conf *conf = NULL;
        int id;

        while ((id = cli_option_next(cli, argc, argv)) != CLI_OPTION_END) {
                if (id == CLI_OPTION_LEFT)
                        return cli_option_exit(cli);
                if (!option_take(&send, id))
                        return CLI_USAGE;
        }
        if (!operands_take(&send, argc - optind, argv + optind))
                return CLI_USAGE;

        enum cli_exit result = cli_conf_load(cli, &conf);

        if (result == CLI_DONE)
                result = district_find(&send, conf);
        if (result == CLI_DONE)
                result = letter_send(&send, conf);
        conf_free(conf);
        return result;
}

static const struct cli_option options[] = {
        {OPTION_TEST, "test", NULL, N_("a drill: marked TEST everywhere, the pager included")},
        {OPTION_CONFIDENCE, "confidence", "0..1", N_("confidence of the device")},
        {OPTION_DISTRICT, "district", "ID",
         N_("district for the topic (default: from the registry)")},
        {OPTION_TIME, "time", "MS", N_("device time, milliseconds since 1970 (default: now)")},
        {OPTION_BOOT, "boot", "N", N_("boot counter (default: from the clock)")},
        {OPTION_SEQ, "seq", "N", N_("sequence number (default: from the clock)")},
        {OPTION_TIMEOUT, "timeout", "SECONDS", N_("how long to wait for an answer (default: 10)")},
        {0},
};

static const struct cli_example examples[] = {
        {"vigil send sos-17 sos --test", N_("a drill: pages people, marked TEST")},
        {"vigil send band-17 heart_rate 72", NULL},
        {"vigil send band-17 location 39.9042 116.4074", N_("latitude, longitude")},
        {NULL, NULL},
};

const struct cli_verb verb_send = {
        .name = "send",
        .group = CLI_GROUP_RUNNING,
        .summary = N_("publish one event to MQTT, as a device would"),
        .usage = "send DEVICE KIND [VALUE…] [--test] [--confidence 0..1] [--district ID] [--time "
                 "MS]\n"
                 "     [--boot N] [--seq N] [--timeout SECONDS] [--json]\n",
        .examples = examples,
        .details = N_("For alarm-class kinds it waits for the receipt which confirms that the "
                      "event is in Kafka. Without --test this is a real alarm: people are paged."),
        .options = options,
        .run = run,
};
