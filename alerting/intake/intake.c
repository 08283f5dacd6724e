/* SPDX-License-Identifier: MIT */
#include "alerting/intake/intake.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/err.h"
#include "common/kafka.h"

enum { TOPIC_BYTES = 96, COMMIT_LAST_MS = 1000 };

enum part_state {
        PART_OTHERS,  /* not ours */
        PART_READING, /* ours; its pages are being read back, its alerts wait */
        PART_READY,   /* ours */
        PART_PARTED,  /* taken back for a rebalance; usually given again at once */
};

struct part {
        enum part_state state;
        int64_t done;      /* next offset of vigil.alerts to read, -1: nothing done yet */
        int64_t committed; /* as the group knows it */
        int64_t early;     /* first record that came before the pages were read back, -1: none */
};

struct intake {
        const struct conf *conf;
        struct intake_handler handler;
        char alerts_topic[TOPIC_BYTES];
        char pages_topic[TOPIC_BYTES];
        rd_kafka_t *alerts;
        rd_kafka_t *pages;
        rd_kafka_queue_t *alerts_queue;
        rd_kafka_queue_t *pages_queue;
        int fd;
        struct part *parts;
        int32_t part_count;
        bool assigned; /* at least once */
        int failed;
};

/* --- position ---------------------------------------------------------------------------------- */

/* What the group does not know yet; NULL when it knows all. The caller destroys it. */
static rd_kafka_topic_partition_list_t *uncommitted(struct intake *intake) {
        rd_kafka_topic_partition_list_t *list =
                rd_kafka_topic_partition_list_new(intake->part_count);

        for (int32_t i = 0; i < intake->part_count; i++) {
                struct part *part = &intake->parts[i];

                if (part->state == PART_OTHERS || part->done <= part->committed)
                        continue;
                rd_kafka_topic_partition_list_add(list, intake->alerts_topic, i)->offset =
                        part->done;
                part->committed = part->done;
        }
        if (list->cnt > 0)
                return list;
        rd_kafka_topic_partition_list_destroy(list);
        return NULL;
}

/* A commit that fails costs reading some records again after a restart: their ids are known. */
void intake_commit(struct intake *intake) {
        rd_kafka_topic_partition_list_t *list = uncommitted(intake);

        if (!list)
                return;
        (void)rd_kafka_commit(intake->alerts, list, 1);
        rd_kafka_topic_partition_list_destroy(list);
}

/* The last one is waited for, but not for long: Kafka may be away. */
static void commit_last(struct intake *intake) {
        rd_kafka_topic_partition_list_t *list = uncommitted(intake);
        rd_kafka_queue_t *queue;

        if (!list)
                return;
        queue = rd_kafka_queue_new(intake->alerts);
        if (!rd_kafka_commit_queue(intake->alerts, list, queue, NULL, NULL))
                rd_kafka_event_destroy(rd_kafka_queue_poll(queue, COMMIT_LAST_MS));
        rd_kafka_queue_destroy(queue);
        rd_kafka_topic_partition_list_destroy(list);
}

/* --- partitions come and go -------------------------------------------------------------------- */

/* (Re)start reading back: every partition in PART_READING, from its beginning. What was read of it
 * before is simply read again; a later form replaces an earlier one. */
static void read_back(struct intake *intake) {
        rd_kafka_topic_partition_list_t *list =
                rd_kafka_topic_partition_list_new(intake->part_count);
        rd_kafka_resp_err_t error;

        for (int32_t i = 0; i < intake->part_count; i++) {
                if (intake->parts[i].state == PART_READING)
                        rd_kafka_topic_partition_list_add(list, intake->pages_topic, i)->offset =
                                RD_KAFKA_OFFSET_BEGINNING;
        }
        error = rd_kafka_assign(intake->pages, list->cnt ? list : NULL);
        if (error)
                intake->failed = err_raise_why(-EIO, "%s cannot be read back: %s",
                                               intake->pages_topic, rd_kafka_err2str(error));
        rd_kafka_topic_partition_list_destroy(list);
}

static void let_go(struct intake *intake, int32_t partition) {
        struct part *part = &intake->parts[partition];

        if (part->state == PART_OTHERS)
                return;
        part->state = PART_OTHERS;
        part->done = part->committed = part->early = -1;
        intake->handler.lost(intake->handler.context, partition);
}

static bool is_in(const rd_kafka_topic_partition_list_t *list, const char *topic,
                  int32_t partition) {
        return rd_kafka_topic_partition_list_find((rd_kafka_topic_partition_list_t *)list, topic,
                                                  partition) != NULL;
}

/* Alerts of a partition wait until its pages are read back. A partition that was ours until this very
 * rebalance is as we left it: nobody else can have had it in between. */
static void on_assigned(struct intake *intake, rd_kafka_topic_partition_list_t *list) {
        rd_kafka_topic_partition_list_t *waiting = rd_kafka_topic_partition_list_new(list->cnt);

        for (int32_t i = 0; i < intake->part_count; i++) {
                struct part *part = &intake->parts[i];

                if (!is_in(list, intake->alerts_topic, i)) {
                        let_go(intake, i);
                } else if (part->state == PART_PARTED) {
                        part->state = PART_READY;
                } else {
                        part->state = PART_READING;
                        rd_kafka_topic_partition_list_add(waiting, intake->alerts_topic, i);
                }
        }
        for (int i = 0; i < list->cnt; i++) {
                const struct part *part = &intake->parts[list->elems[i].partition];

                if (part->state == PART_READY && part->done >= 0)
                        list->elems[i].offset = part->done;
        }
        rd_kafka_assign(intake->alerts, list);
        rd_kafka_pause_partitions(intake->alerts, waiting);
        rd_kafka_topic_partition_list_destroy(waiting);
        intake->assigned = true;
        read_back(intake);
}

static void on_revoked(struct intake *intake) {
        bool lost = rd_kafka_assignment_lost(intake->alerts) != 0;

        if (!lost)
                intake_commit(intake);
        for (int32_t i = 0; i < intake->part_count; i++) {
                struct part *part = &intake->parts[i];

                if (part->state == PART_READY && !lost)
                        part->state = PART_PARTED;
                else if (part->state != PART_PARTED)
                        let_go(intake, i);
        }
        rd_kafka_assign(intake->alerts, NULL);
        read_back(intake);
}

static void on_rebalance(rd_kafka_t *alerts, rd_kafka_resp_err_t error,
                         rd_kafka_topic_partition_list_t *list, void *context) {
        struct intake *intake = context;

        if (error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS)
                on_assigned(intake, list);
        else
                on_revoked(intake);
}

/* --- reading ----------------------------------------------------------------------------------- */

static void on_read_back(struct intake *intake, int32_t partition) {
        rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);

        intake->parts[partition].state = PART_READY;
        intake->handler.ready(intake->handler.context, partition);
        rd_kafka_topic_partition_list_add(list, intake->alerts_topic, partition);
        rd_kafka_resume_partitions(intake->alerts, list);
        if (intake->parts[partition].early >= 0) {
                list->elems[0].offset = intake->parts[partition].early;
                intake->parts[partition].early = -1;
                rd_kafka_error_destroy(rd_kafka_seek_partitions(intake->alerts, list, 0));
        }
        rd_kafka_topic_partition_list_destroy(list);
        /* Nothing is left to read: do not follow what we write ourselves from now on. */
        for (int32_t i = 0; i < intake->part_count; i++) {
                if (intake->parts[i].state == PART_READING)
                        return;
        }
        rd_kafka_assign(intake->pages, NULL);
}

static int take_page(struct intake *intake, const rd_kafka_message_t *message) {
        int32_t partition = message->partition;

        if (message->err && message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF)
                return 0; /* the client tries again by itself */
        if (partition < 0 || partition >= intake->part_count ||
            intake->parts[partition].state != PART_READING)
                return 0;
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
                on_read_back(intake, partition);
                return 0;
        }
        return intake->handler.restored(intake->handler.context, partition, message->key,
                                        message->key_len, message->payload, message->len);
}

static int take_alert(struct intake *intake, const rd_kafka_message_t *message) {
        struct alert alert;
        int32_t partition = message->partition;
        int r;

        if (message->err || partition < 0 || partition >= intake->part_count)
                return 0;
        /* Fetched before the pause took hold: it is read again once its time has come. */
        if (intake->parts[partition].state != PART_READY) {
                if (intake->parts[partition].state == PART_READING &&
                    intake->parts[partition].early < 0)
                        intake->parts[partition].early = message->offset;
                return 0;
        }
        r = alert_decode(&alert, message->payload, message->len);
        if (r < 0)
                return r;
        return intake->handler.alert(intake->handler.context, partition, message->offset,
                                     r == 0 ? &alert : NULL);
}

static int drain(struct intake *intake, rd_kafka_t *consumer,
                 int (*take)(struct intake *, const rd_kafka_message_t *), int most) {
        int taken = 0;

        while (taken < most) {
                rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 0);
                int r;

                if (!message)
                        break;
                r = take(intake, message);
                rd_kafka_message_destroy(message);
                if (r < 0)
                        return r;
                taken++;
        }
        return intake->failed < 0 ? intake->failed : taken;
}

int intake_poll(struct intake *intake, int most) {
        uint64_t rung;
        int pages, alerts;

        (void)!read(intake->fd, &rung, sizeof(rung));
        pages = drain(intake, intake->pages, take_page, most);
        if (pages < 0)
                return pages;
        alerts = drain(intake, intake->alerts, take_alert, most);
        return alerts < 0 ? alerts : pages + alerts;
}

int intake_fd(const struct intake *intake) {
        return intake->fd;
}

/* --- questions --------------------------------------------------------------------------------- */

void intake_done(struct intake *intake, int32_t partition, int64_t offset) {
        struct part *part = &intake->parts[partition];

        if (part->state != PART_OTHERS && offset + 1 > part->done)
                part->done = offset + 1;
}

bool intake_is_ready(const struct intake *intake, int32_t partition) {
        return intake->parts[partition].state == PART_READY;
}

bool intake_is_settled(const struct intake *intake) {
        for (int32_t i = 0; i < intake->part_count; i++) {
                if (intake->parts[i].state == PART_READING || intake->parts[i].state == PART_PARTED)
                        return false;
        }
        return intake->assigned;
}

/* --- opening and closing ----------------------------------------------------------------------- */

static int consumers_open(struct intake *intake) {
        static const uint64_t one = 1;
        rd_kafka_topic_partition_list_t *topics;
        rd_kafka_resp_err_t error;
        int r;

        r = kafka_consumer_new(&intake->pages, intake->conf, "alerting-pages", NULL, NULL, NULL,
                               NULL);
        if (r < 0)
                return r;
        r = kafka_consumer_new(&intake->alerts, intake->conf, "alerting",
                               intake->conf->alerting.group, intake->conf->alerting.instance,
                               on_rebalance, intake);
        if (r < 0)
                return r;
        intake->pages_queue = rd_kafka_queue_get_consumer(intake->pages);
        intake->alerts_queue = rd_kafka_queue_get_consumer(intake->alerts);
        rd_kafka_queue_io_event_enable(intake->pages_queue, intake->fd, &one, sizeof(one));
        rd_kafka_queue_io_event_enable(intake->alerts_queue, intake->fd, &one, sizeof(one));

        topics = rd_kafka_topic_partition_list_new(1);
        rd_kafka_topic_partition_list_add(topics, intake->alerts_topic, RD_KAFKA_PARTITION_UA);
        error = rd_kafka_subscribe(intake->alerts, topics);
        rd_kafka_topic_partition_list_destroy(topics);
        return error ? err_raise_why(-EIO, "%s cannot be read: %s", intake->alerts_topic,
                                     rd_kafka_err2str(error))
                     : 0;
}

int intake_open(struct intake **ret, const struct conf *conf,
                const struct intake_handler *handler) {
        struct intake *intake = calloc(1, sizeof(*intake));
        int r;

        if (!intake)
                return err_raise(-ENOMEM);
        intake->conf = conf;
        intake->handler = *handler;
        intake->part_count = conf->kafka.partitions;
        conf_topic(conf, TOPIC_ALERTS, intake->alerts_topic, sizeof(intake->alerts_topic));
        conf_topic(conf, TOPIC_PAGES, intake->pages_topic, sizeof(intake->pages_topic));
        intake->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (intake->fd < 0) {
                r = err_raise(-errno);
                goto out;
        }
        intake->parts = calloc((size_t)intake->part_count, sizeof(*intake->parts));
        if (!intake->parts) {
                r = err_raise(-ENOMEM);
                goto out;
        }
        for (int32_t i = 0; i < intake->part_count; i++)
                intake->parts[i].done = intake->parts[i].committed = intake->parts[i].early = -1;
        r = consumers_open(intake);
        if (r < 0)
                goto out;
        *ret = intake;
        intake = NULL;
out:
        intake_close(intake);
        return r;
}

/* Without leaving the group: a static member that comes back within the session finds its partitions as
 * they were, and leaving waits for a broker that may be away. */
static void consumer_close(rd_kafka_t *consumer, rd_kafka_queue_t *queue) {
        if (queue)
                rd_kafka_queue_destroy(queue);
        if (consumer)
                rd_kafka_destroy_flags(consumer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

struct intake *intake_close(struct intake *intake) {
        if (!intake)
                return NULL;
        if (intake->alerts && intake->parts)
                commit_last(intake);
        consumer_close(intake->alerts, intake->alerts_queue);
        consumer_close(intake->pages, intake->pages_queue);
        free(intake->parts);
        if (intake->fd >= 0)
                close(intake->fd);
        free(intake);
        return NULL;
}
