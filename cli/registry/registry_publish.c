/* SPDX-License-Identifier: MIT */
#include "cli/registry/registry_publish.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/kafka/kafka.h"
#include "common/registry/registry_json.h"
#include "common/registry/registry_reader.h"

enum { POLL_MS = 100, RECORDS_A_POLL = 10000, TOPIC_BYTES = 128, KEY_BYTES = 64 };

int registry_publish_load_topic(struct registry **ret, const struct conf *conf, int timeout_ms) {
        int64_t deadline_mono_ms = clock_mono_ms() + timeout_ms;
        struct registry *registry = NULL;
        struct registry_reader *reader = NULL;
        int r = registry_new(&registry);

        if (r == 0)
                r = registry_reader_open(&reader, conf, registry, NULL, NULL);
        while (r >= 0 && !registry_reader_caught_up(reader)) {
                if (cli_interrupted())
                        r = err_raise_why(-EINTR, "interrupted");
                else if (clock_mono_ms() >= deadline_mono_ms)
                        r = err_raise_why(
                                -ETIMEDOUT,
                                "kafka: the registry topic could not be read from %s within %d s",
                                conf->kafka.brokers, timeout_ms / 1000);
                else
                        r = registry_reader_poll(reader, POLL_MS, RECORDS_A_POLL);
        }
        registry_reader_close(reader);
        if (r < 0) {
                registry_free(registry);
                return r;
        }
        *ret = registry;
        return 0;
}

/* --- publishing ---------------------------------------------------------------------------------- */

struct publishing {
        const struct registry_publish_options *options;
        struct registry_publish_changes *changes;
        rd_kafka_t *producer; /* NULL: dry run */
        char topic[TOPIC_BYTES];
        int64_t deadline_mono_ms;
        size_t sent;
        size_t failed;
        rd_kafka_resp_err_t last_error;
};

/* Called from rd_kafka_poll() on this thread. */
static void on_delivered(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque) {
        struct publishing *publishing = opaque;

        if (message->err) {
                publishing->failed++;
                publishing->last_error = message->err;
                return;
        }
        publishing->changes->published++;
}

static int wait_is_over(const struct publishing *publishing) {
        if (cli_interrupted())
                return err_raise_why(-EINTR, "interrupted");
        if (clock_mono_ms() >= publishing->deadline_mono_ms)
                return err_raise_why(
                        -ETIMEDOUT, "kafka: %zu of %zu records were not acknowledged in time",
                        publishing->sent - publishing->changes->published, publishing->sent);
        return 0;
}

/* @json NULL: a tombstone for the key. */
static int record_send(struct publishing *publishing, const char *key, const char *json) {
        int r = 0;

        if (!publishing->producer)
                return 0;
        while (r == 0) {
                rd_kafka_resp_err_t error = rd_kafka_producev(
                        publishing->producer, RD_KAFKA_V_TOPIC(publishing->topic),
                        RD_KAFKA_V_PARTITION(0),
                        RD_KAFKA_V_KEY((void *)(uintptr_t)key, strlen(key)),
                        RD_KAFKA_V_VALUE((void *)(uintptr_t)json, json ? strlen(json) : 0),
                        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);

                if (!error) {
                        publishing->sent++;
                        rd_kafka_poll(publishing->producer, 0);
                        return 0;
                }
                if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL)
                        return err_raise_why(-EIO, "kafka: %s: %s", publishing->topic,
                                             rd_kafka_err2str(error));
                rd_kafka_poll(publishing->producer, POLL_MS);
                r = wait_is_over(publishing);
        }
        return r;
}

static int all_await(struct publishing *publishing) {
        while (publishing->changes->published + publishing->failed < publishing->sent) {
                int r = wait_is_over(publishing);

                if (r < 0)
                        return r;
                rd_kafka_poll(publishing->producer, POLL_MS);
        }
        if (publishing->failed)
                return err_raise_why(-EIO, "kafka: %zu of %zu records were refused: %s",
                                     publishing->failed, publishing->sent,
                                     rd_kafka_err2str(publishing->last_error));
        return 0;
}

static const void *record_find(const struct registry *registry, enum registry_type type,
                               const char *id) {
        switch (type) {
        case REGISTRY_ELDER:
                return registry_elder(registry, id);
        case REGISTRY_DEVICE:
                return registry_device(registry, id);
        case REGISTRY_CONTACT:
                return registry_contact(registry, id);
        case REGISTRY_TEAM:
                return registry_team(registry, id);
        case REGISTRY_DISTRICT:
                return registry_district(registry, id);
        case REGISTRY_TYPES:
                break;
        }
        return NULL;
}

static const char *record_id(enum registry_type type, const void *record) {
        return (const char *)record + registry_shape(type)->id_offset;
}

/* Records are compared by their encoded form. */
static int record_compare(struct publishing *publishing, enum registry_type type, const void *old,
                          const void *record) {
        char *json = NULL, *old_json = NULL;
        char key[KEY_BYTES];
        int r = 0;

        if (old)
                r = registry_encode(type, old, &old_json, key, sizeof(key));
        if (r == 0)
                r = registry_encode(type, record, &json, key, sizeof(key));
        if (r == 0 && old_json && strcmp(json, old_json) == 0) {
                publishing->changes->same[type]++;
        } else if (r == 0) {
                (old ? publishing->changes->changed : publishing->changes->added)[type]++;
                r = record_send(publishing, key, json);
        }
        free(old_json);
        free(json);
        return r;
}

static int type_publish(struct publishing *publishing, enum registry_type type,
                        const struct registry *current, const struct registry *wanted) {
        const void *record;
        int r = 0;

        for (size_t i = 0; r == 0 && (record = registry_at(wanted, type, i)); i++)
                r = record_compare(publishing, type,
                                   record_find(current, type, record_id(type, record)), record);
        return r;
}

static int type_prune(struct publishing *publishing, enum registry_type type,
                      const struct registry *current, const struct registry *wanted) {
        const void *record;
        int r = 0;

        for (size_t i = 0; r == 0 && (record = registry_at(current, type, i)); i++) {
                char key[KEY_BYTES];

                if (record_find(wanted, type, record_id(type, record)))
                        continue;
                publishing->changes->removed[type]++;
                if (publishing->options->gone)
                        publishing->options->gone(publishing->options->context, type,
                                                  record_id(type, record));
                snprintf(key, sizeof(key), "%s/%s", registry_type_name(type),
                         record_id(type, record));
                if (publishing->options->prune)
                        r = record_send(publishing, key, NULL);
        }
        return r;
}

size_t registry_publish_removal_asks(const struct registry_publish_changes *changes,
                                     const struct registry_csv_result *files) {
        size_t all = 0;
        bool ask = false;

        for (int type = 0; type < REGISTRY_TYPES; type++) {
                size_t gone = changes->removed[type];
                size_t had = changes->changed[type] + changes->same[type] + gone;

                all += gone;
                if (gone > REGISTRY_PUBLISH_REMOVE_FEW &&
                    gone > had / REGISTRY_PUBLISH_REMOVE_SHARE)
                        ask = true;
                if (gone > 0 && files->rows[type] == 0)
                        ask = true;
        }
        return ask ? all : 0;
}

int registry_publish(const struct conf *conf, const struct registry *current,
                     const struct registry *wanted, const struct registry_csv_result *files,
                     const struct registry_publish_options *options,
                     struct registry_publish_changes *ret) {
        /* Publish owners before the records that belong to them; remove in the opposite order. */
        static const enum registry_type order[REGISTRY_TYPES] = {
                REGISTRY_DISTRICT, REGISTRY_ELDER, REGISTRY_TEAM, REGISTRY_CONTACT, REGISTRY_DEVICE,
        };
        struct publishing publishing = {
                .options = options,
                .changes = ret,
                .deadline_mono_ms = clock_mono_ms() + options->timeout_ms,
        };
        int r = 0;

        *ret = (struct registry_publish_changes){0};
        conf_topic(conf, KAFKA_REGISTRY_TOPIC, publishing.topic, sizeof(publishing.topic));
        if (!options->dry_run)
                r = kafka_producer_new(&publishing.producer, conf, "vigil-registry", on_delivered,
                                       &publishing);
        for (size_t i = 0; r == 0 && i < REGISTRY_TYPES; i++)
                if (files->present[order[i]])
                        r = type_publish(&publishing, order[i], current, wanted);
        for (size_t i = REGISTRY_TYPES; r == 0 && i-- > 0;)
                if (files->present[order[i]])
                        r = type_prune(&publishing, order[i], current, wanted);
        if (r == 0)
                r = all_await(&publishing);
        if (publishing.producer)
                rd_kafka_destroy(publishing.producer);
        return r;
}
