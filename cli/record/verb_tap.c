/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command/cli.h"
#include "cli/command/verbs.h"
#include "cli/record/tap.h"
#include "cli/record/topic_reader.h"
#include "common/base/err.h"
#include "common/language/say.h"
#include "common/wire/event.h"
#include "common/kafka/kafka.h"
#include "common/base/murmur2.h"

enum {
        OPTION_ELDER = 256,
        OPTION_LISTENING,
        OPTION_TIMEOUT,
        TIMEOUT_DEFAULT_S = 15,
        POLL_MS = 200,
        TOPIC_BYTES = 128
};

/* Form of each topic, and whether all records of an elder are in one partition. */
static const struct tap_topic {
        const char *name;
        enum tap_form form;
        bool by_elder;
} topics[] = {
        {KAFKA_EVENTS_ALARM_TOPIC, TAP_EVENTS, true},
        {KAFKA_EVENTS_TELEMETRY_TOPIC, TAP_EVENTS, true},
        {KAFKA_ALERTS_TOPIC, TAP_JSON, true},
        {KAFKA_LEDGER_TOPIC, TAP_JSON, true},
        {KAFKA_PAGES_TOPIC, TAP_JSON, true},
        {KAFKA_ACKS_TOPIC, TAP_JSON, true},
        {KAFKA_REGISTRY_TOPIC, TAP_JSON, false},
        {KAFKA_QUARANTINE_TOPIC, TAP_BYTES, false},
        {KAFKA_HEALTH_TOPIC, TAP_BYTES, false},
};
enum { TOPIC_COUNT = sizeof(topics) / sizeof(topics[0]) };

struct tap {
        struct cli *cli;
        const char *operand;
        const char *elder;
        long long count; /* lines still to print */
        bool listening;
        bool until_end;
        bool from_given;
        struct topic_reader_from from;
        long long timeout_s;
        enum tap_form form;
};

/* --- which topics --------------------------------------------------------------------------------------- */

static const struct tap_topic *topic_named(const struct conf *conf, const char *name) {
        size_t prefix_bytes = strlen(conf->kafka.topic_prefix);

        if (strncmp(name, conf->kafka.topic_prefix, prefix_bytes) == 0)
                name += prefix_bytes;
        for (size_t i = 0; i < TOPIC_COUNT; i++)
                if (strcmp(topics[i].name, name) == 0)
                        return &topics[i];
        return NULL;
}

static enum cli_exit topic_unknown(const struct tap *tap) {
        const char *names[TOPIC_COUNT + 2] = {"events"};

        for (size_t i = 0; i < TOPIC_COUNT; i++)
                names[i + 1] = topics[i].name;

        const char *nearest = diag_nearest(tap->operand, names);

        if (nearest)
                return cli_usage(tap->cli, "unknown topic \"%s\"; did you mean \"%s\"?",
                                 tap->operand, nearest);
        return cli_usage(
                tap->cli,
                "unknown topic \"%s\"; one of: events (both lanes), events.alarm, "
                "events.telemetry, alerts, ledger, pages, acks, registry, quarantine, health",
                tap->operand);
}

/* --- reading -------------------------------------------------------------------------------------------- */

static void headers_note(const rd_kafka_message_t *message, struct tap_record *record) {
        rd_kafka_headers_t *headers = NULL;

        if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
                return;
        while (record->header_count < TAP_HEADERS_MAX) {
                struct tap_header *header = &record->headers[record->header_count];
                const void *value;

                if (rd_kafka_header_get_all(headers, record->header_count, &header->name, &value,
                                            &header->value_bytes) != RD_KAFKA_RESP_ERR_NO_ERROR)
                        return;
                header->value = value;
                record->header_count++;
        }
}

static int message_print(struct tap *tap, const rd_kafka_message_t *message) {
        rd_kafka_timestamp_type_t type;
        struct tap_record record = {
                .topic = rd_kafka_topic_name(message->rkt),
                .partition = message->partition,
                .offset = message->offset,
                .time_ms = rd_kafka_message_timestamp(message, &type),
                .key = message->key,
                .key_bytes = message->key_len,
                .value = message->payload,
                .value_bytes = message->len,
        };

        headers_note(message, &record);

        int lines = tap_print(stdout, tap->form, &record, tap->elder, tap->count);

        if (lines > 0)
                tap->count -= lines;
        return lines < 0 ? lines : 0;
}

static enum cli_exit read_on(struct tap *tap, struct topic_reader *reader) {
        bool written = false;
        int r = 0;

        while (r == 0 && tap->count > 0) {
                rd_kafka_message_t *message = NULL;

                if (cli_interrupted())
                        return CLI_INTERRUPTED;
                /* Buffer the output while more records are available; flush it before waiting. */
                r = topic_reader_next(reader, written ? 0 : POLL_MS, &message);
                if (message) {
                        r = message_print(tap, message);
                        rd_kafka_message_destroy(message);
                        written = true;
                } else if (written) {
                        if (fflush(stdout) != 0)
                                return CLI_BAD;
                        written = false;
                } else if (tap->until_end && topic_reader_at_end(reader)) {
                        return CLI_DONE;
                }
        }
        return r < 0 ? cli_fail(tap->cli, r) : CLI_DONE;
}

static enum cli_exit tap_topics(struct tap *tap, const struct conf *conf) {
        const struct tap_topic *topic = topic_named(conf, tap->operand);
        char names[2][TOPIC_BYTES];
        const char *list[3] = {names[0], NULL, NULL};
        struct topic_reader *reader = NULL;
        int32_t partition = -1;

        if (strcmp(tap->operand, "events") == 0) {
                topic = &topics[0];
                conf_topic(conf, KAFKA_EVENTS_ALARM_TOPIC, names[0], sizeof(names[0]));
                conf_topic(conf, KAFKA_EVENTS_TELEMETRY_TOPIC, names[1], sizeof(names[1]));
                list[1] = names[1];
        } else if (topic) {
                conf_topic(conf, topic->name, names[0], sizeof(names[0]));
        } else {
                return topic_unknown(tap);
        }
        tap->form = topic->form == TAP_EVENTS && tap->listening ? TAP_EVENTS_ALL : topic->form;
        if (tap->elder && topic->by_elder)
                partition = murmur2_partition(murmur2(tap->elder, strlen(tap->elder)),
                                              conf->kafka.partitions);
        if (!tap->from_given)
                tap->from.start =
                        tap->until_end ? TOPIC_READER_START_BEGINNING : TOPIC_READER_START_END;

        int r = topic_reader_open(&reader, conf, list, partition, &tap->from,
                                  (int)tap->timeout_s * 1000);

        if (r < 0)
                return cli_fail(tap->cli, r);

        enum cli_exit result = read_on(tap, reader);

        topic_reader_close(reader);
        return result;
}

/* --- the verb ------------------------------------------------------------------------------------------- */

static bool option_take(struct tap *tap, int id) {
        switch (id) {
        case 'c':
                return cli_number(tap->cli, "-c", optarg, 1, LLONG_MAX, &tap->count);
        case 'e':
                tap->until_end = true;
                return true;
        case 'o':
                tap->from_given = true;
                if (topic_reader_from_parse(optarg, &tap->from))
                        return true;
                cli_usage(tap->cli,
                          "-o must be beginning, end, -N (the last N of each partition), "
                          "@MILLISECONDS or @2026-11-24T03:00:00Z, not \"%s\"",
                          optarg);
                return false;
        case OPTION_ELDER:
                tap->elder = optarg;
                return true;
        case OPTION_LISTENING:
                tap->listening = true;
                return true;
        default:
                return cli_number(tap->cli, "--timeout", optarg, 1, 3600, &tap->timeout_s);
        }
}

static enum cli_exit run(struct cli *cli, int argc, char **argv) {
        struct tap tap = {.cli = cli, .count = LLONG_MAX, .timeout_s = TIMEOUT_DEFAULT_S};
        struct conf *conf = NULL;
        int id;

        while ((id = cli_option_next(cli, argc, argv)) != CLI_OPTION_END) {
                if (id == CLI_OPTION_LEFT)
                        return cli_option_exit(cli);
                if (!option_take(&tap, id))
                        return CLI_USAGE;
        }
        if (argc - optind != 1)
                return cli_usage(cli, "missing argument: a topic, for example events, alerts, "
                                      "ledger, pages, registry or quarantine");
        tap.operand = argv[optind];

        enum cli_exit result = cli_conf_load(cli, &conf);

        if (result == CLI_DONE)
                result = tap_topics(&tap, conf);
        conf_free(conf);
        return result;
}

static const char *const words[] = {
        "events", "events.alarm", "events.telemetry", "alerts", "ledger", "pages",
        "acks",   "registry",     "quarantine",       "health", NULL};

static const struct cli_option options[] = {
        {'c', "count", "N", N_("stop after N lines")},
        {'e', "exit", NULL, N_("read from the beginning and stop at the end of the topic")},
        {'o', "offset", "WHERE", N_("beginning, end, -N, @MILLISECONDS, @2026-11-24T03:00:00Z")},
        {OPTION_ELDER, "elder", "ID", N_("only records about this elder")},
        {OPTION_LISTENING, "listening", NULL,
         N_("with events: also the listening records of ingest (not for replay)")},
        {OPTION_TIMEOUT, "timeout", "SECONDS", N_("how long to wait for the broker (default: 15)")},
        {0},
};

static const struct cli_example examples[] = {
        {"vigil tap events", N_("both lanes, as they arrive; Ctrl-C ends it")},
        {"vigil tap alerts -e --elder E0017", N_("every alert of one elder")},
        {"vigil tap quarantine -o -5", N_("the latest rejected messages, with reasons")},
        {"vigil tap events -e | jq -r .kind | sort | uniq -c", N_("how many events of each kind")},
        {NULL, NULL},
};

const struct cli_verb verb_tap = {
        .name = "tap",
        .group = CLI_GROUP_RUNNING,
        .summary = N_("print a topic as JSON lines, one line for each event"),
        .usage = "tap TOPIC [-c N] [-e] [-o WHERE] [--elder ID]",
        .words = words,
        .examples = examples,
        .details = N_("TOPIC is one of: events (both lanes), events.alarm, events.telemetry, "
                      "alerts, ledger, pages, acks, registry, quarantine, health. The lines of "
                      "events can be replayed: vigil help replay."),
        .options = options,
        .run = run,
};
