/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "cli/command/cli.h"
#include "cli/command/verbs.h"
#include "cli/term/table.h"
#include "common/base/err.h"
#include "common/kafka/kafka.h"
#include "common/kafka/kafka_topics.h"
#include "common/language/say.h"

enum { OPTION_TIMEOUT = 256, TIMEOUT_DEFAULT_MS = 15000, METADATA_TIMEOUT_MS = 5000 };

static bool topic_is_ours(const struct conf *conf, const char *name) {
        return strncmp(name, conf->kafka.topic_prefix, strlen(conf->kafka.topic_prefix)) == 0;
}

static int64_t records_in(rd_kafka_t *client, const rd_kafka_metadata_topic_t *topic) {
        int64_t records = 0;

        for (int i = 0; i < topic->partition_cnt; i++) {
                int64_t low = 0, high = 0;

                if (rd_kafka_query_watermark_offsets(client, topic->topic, topic->partitions[i].id,
                                                     &low, &high, METADATA_TIMEOUT_MS) == 0)
                        records += high - low;
        }
        return records;
}

static int by_name(const void *a, const void *b) {
        return strcmp((*(const rd_kafka_metadata_topic_t *const *)a)->topic,
                      (*(const rd_kafka_metadata_topic_t *const *)b)->topic);
}

static void topic_print(const struct cli *cli, struct term_table *table, rd_kafka_t *client,
                        const rd_kafka_metadata_topic_t *topic) {
        int replicas = topic->partition_cnt ? topic->partitions[0].replica_cnt : 0;
        long long records = records_in(client, topic);

        if (cli->json) {
                printf("{\"topic\":\"%s\",\"partitions\":%d,\"replicas\":%d,\"records\":%lld}\n",
                       topic->topic, topic->partition_cnt, replicas, records);
                return;
        }
        term_table_row(table);
        term_table_cell(table, "%s", topic->topic);
        term_table_cell(table, "%d", topic->partition_cnt);
        term_table_cell(table, "%d", replicas);
        term_table_cell(table, "%lld", records);
}

/* Blocks: one request per topic partition, each with a timeout. */
static enum cli_exit topics_list(const struct cli *cli, const struct conf *conf) {
        const struct term_table_column columns[] = {{say(cli->language, "TOPIC"), 28, false},
                                                    {say(cli->language, "PARTITIONS"), 10, true},
                                                    {say(cli->language, "REPLICAS"), 8, true},
                                                    {say(cli->language, "RECORDS"), 12, true}};
        const rd_kafka_metadata_t *metadata = NULL;
        const rd_kafka_metadata_topic_t **ours = NULL;
        struct term_table *table = NULL;
        rd_kafka_t *client = NULL;
        enum cli_exit result = CLI_DONE;
        size_t count = 0;
        int r = kafka_producer_new(&client, conf, "vigil-cli", NULL, NULL);

        if (r < 0)
                return cli_fail(cli, r);

        rd_kafka_resp_err_t error =
                rd_kafka_metadata(client, 1, NULL, &metadata, METADATA_TIMEOUT_MS);

        if (error) {
                cli_tell(cli, "%s: %s", conf->kafka.brokers, rd_kafka_err2str(error));
                result = CLI_UNREACHABLE;
                goto out;
        }
        ours = calloc((size_t)metadata->topic_cnt + 1, sizeof(*ours));
        if (!ours) {
                result = cli_fail(cli, err_raise(-ENOMEM));
                goto out;
        }
        for (int i = 0; i < metadata->topic_cnt; i++)
                if (topic_is_ours(conf, metadata->topics[i].topic))
                        ours[count++] = &metadata->topics[i];
        qsort(ours, count, sizeof(*ours), by_name);
        table = term_table_new("", columns, sizeof(columns) / sizeof(columns[0]));
        for (size_t i = 0; i < count; i++)
                topic_print(cli, table, client, ours[i]);
        r = cli->json ? 0 : term_table_print(table, stdout);
        if (r < 0)
                result = cli_fail(cli, r);
out:
        term_table_free(table);
        free(ours);
        if (metadata)
                rd_kafka_metadata_destroy(metadata);
        rd_kafka_destroy(client);
        return result;
}

static enum cli_exit run(struct cli *cli, int argc, char **argv) {
        struct conf *conf = NULL;
        long long timeout_s = TIMEOUT_DEFAULT_MS / 1000;
        enum cli_exit result;
        int id, r;

        while ((id = cli_option_next(cli, argc, argv)) != CLI_OPTION_END) {
                if (id == CLI_OPTION_LEFT)
                        return cli_option_exit(cli);
                if (id == OPTION_TIMEOUT &&
                    !cli_number(cli, "--timeout", optarg, 1, 3600, &timeout_s))
                        return CLI_USAGE;
        }
        if (optind != argc)
                return cli_usage(cli, "unexpected argument \"%s\"", argv[optind]);

        result = cli_conf_load(cli, &conf);
        if (result != CLI_DONE)
                return result;
        r = kafka_topics_ensure(conf, (int)timeout_s * 1000);
        result = r < 0 ? cli_fail(cli, r) : topics_list(cli, conf);
        conf_free(conf);
        return result;
}

static const struct cli_option options[] = {
        {OPTION_TIMEOUT, "timeout", "SECONDS", N_("how long to wait for the broker (default: 15)")},
        {0},
};

static const struct cli_example examples[] = {
        {"vigil topics", N_("before the first start of a site")},
        {"vigil topics --timeout 60", N_("wait for a broker that is still starting")},
        {NULL, NULL},
};

const struct cli_verb verb_topics = {
        .name = "topics",
        .group = CLI_GROUP_RUNNING,
        .summary = N_("create missing Kafka topics, then list all"),
        .usage = "topics [--timeout SECONDS] [--json]",
        .examples = examples,
        .options = options,
        .run = run,
};
