/* SPDX-License-Identifier: MIT */
#include "alerting/intake/intake.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/err.h"
#include "common/base/require.h"
#include "common/kafka/kafka.h"
#include "common/kafka/kafka_drop.h"
#include "common/base/log.h"

enum {
        TOPIC_BYTES = 96,
        COMMIT_LAST_MS = 500,
        READ_BACK_STUCK_MS = 5000,
        AWAY_MS = 15 *
                  1000, /* a consumer that fails within this after an outage failed because of it */
        CALM_MS =
                60 *
                1000, /* after so long without a failure, the waits start from the shortest again */
        SAY_AGAIN_MS = 10 * 1000,
};

/* How long after a failure of the consumer the next one is created. A first failure, or one after an outage, has no
 * lasting cause, and alerts wait: soon. Repeated failures mean that two processes have one instance name and take the
 * partitions from each other: later. */
static const int64_t again_after_ms[] = {200, 5000, 10000};
enum { AGAIN_STEPS = sizeof(again_after_ms) / sizeof(again_after_ms[0]) };

enum part_state {
        PART_OTHERS,  /* not ours */
        PART_KEPT,    /* was ours, others may have had it since; we know its pages up to @known */
        PART_READING, /* ours; its pages are being read back from @known on, its alerts wait */
        PART_READY,   /* ours and read back */
        PART_PARTED,  /* revoked in a rebalance; usually assigned to us again at once */
};

struct part {
        enum part_state state;
        bool is_asked; /* reading back has begun */
        bool is_anew;  /* vigil.pages was recreated: what we hold applies */
        int64_t seen;  /* position in vigil.pages; goes back only if that was recreated */
        int64_t known; /* offset in vigil.pages: everything before it is in the book */
        int64_t done;  /* offset in vigil.alerts: everything before it is stored; -1: nothing yet */
        int64_t given; /* newest offset of vigil.alerts handed over, -1: none */
        int64_t given_ms; /* the broker's LogAppendTime of it; 0: unknown */
        /* @done and @given_ms when vigil.alerts was gone; old_ms 0: it never was. If the topic was not recreated after
         * all, records before both were handed over. */
        int64_t old_done;
        int64_t old_ms;
        int64_t committed; /* offset of the last commit; -1: none */
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
        bool assigned;  /* the group has assigned partitions, and they are not lost */
        bool is_fenced; /* the consumer failed because another process has our instance name */
        bool is_lost;   /* our place in the group was lost while Kafka was away */
        const struct kafka_watch *watch; /* NULL until intake_watch() */
        uint32_t alerts_remade;          /* kafka_watch_remade() when last checked */
        uint32_t pages_remade;
        bool alerts_were_gone; /* our positions may be of a topic that no longer exists */
        int ends; /* index into again_after_ms: failures of the consumer since it was calm */
        int64_t now_mono_ms;   /* time of this turn */
        int64_t away_mono_ms;  /* when Kafka was last down; 0: never */
        int64_t ended_mono_ms; /* when the consumer last failed */
        int64_t again_mono_ms; /* when the next one is created */
        int64_t heard_mono_ms; /* when something was last read back, or asked for */
        int64_t said_mono_ms;  /* when @said was last logged */
        rd_kafka_resp_err_t said;
};

static struct part *part_of(const struct intake *intake, int32_t partition) {
        require(partition >= 0 && partition < intake->part_count, "partition %d of %d",
                (int)partition, (int)intake->part_count);
        return &intake->parts[partition];
}

/* --- position ---------------------------------------------------------------------------------- */

/* The positions to commit, noted as committed; the list is empty when there are none. The caller destroys it. */
static rd_kafka_topic_partition_list_t *uncommitted(struct intake *intake) {
        rd_kafka_topic_partition_list_t *list =
                rd_kafka_topic_partition_list_new(intake->part_count);

        for (int32_t i = 0; i < intake->part_count; i++) {
                struct part *part = &intake->parts[i];

                /* To commit more than was handed over would skip alerts after a restart. */
                require(part->done <= part->given + 1, "partition %d: done up to %lld, given %lld",
                        (int)i, (long long)part->done, (long long)part->given);
                if (part->state != PART_READY || part->done <= part->committed)
                        continue;
                rd_kafka_topic_partition_list_add(list, intake->alerts_topic, i)->offset =
                        part->done;
                part->committed = part->done;
        }
        return list;
}

/* If a commit fails, some records are read again after a restart; their ids are known by then. An empty commit sends
 * nothing but wakes the client's main thread. That thread waits in wall time: if the clock is set back by an hour, it
 * would sleep for an hour. */
void intake_commit(struct intake *intake) {
        rd_kafka_topic_partition_list_t *list;

        if (!intake->alerts)
                return;
        list = uncommitted(intake);
        (void)rd_kafka_commit(intake->alerts, list, 1);
        rd_kafka_topic_partition_list_destroy(list);
}

/* The last commit waits for its result, but not for long: Kafka may be down. */
static void commit_last(struct intake *intake) {
        rd_kafka_topic_partition_list_t *list = uncommitted(intake);
        rd_kafka_queue_t *queue = rd_kafka_queue_new(intake->alerts);

        if (list->cnt > 0 && !rd_kafka_commit_queue(intake->alerts, list, queue, NULL, NULL)) {
                rd_kafka_event_t *event = rd_kafka_queue_poll(queue, COMMIT_LAST_MS);

                if (event)
                        rd_kafka_event_destroy(event);
        }
        rd_kafka_queue_destroy(queue);
        rd_kafka_topic_partition_list_destroy(list);
}

/* --- partitions come and go -------------------------------------------------------------------- */

/* (Re)start reading vigil.pages: every partition in PART_READING, from what we know on. Our own records in flight must
 * be stored first, or we would take an older state of ours for a newer one of another process. Partitions that are
 * read back already are followed too, to notice that the topic was recreated. Offset 0 means the first record there is;
 * unlike RD_KAFKA_OFFSET_BEGINNING it needs no query. */
static void read_back(struct intake *intake) {
        rd_kafka_topic_partition_list_t *list =
                rd_kafka_topic_partition_list_new(intake->part_count);

        for (int32_t i = 0; i < intake->part_count; i++) {
                struct part *part = &intake->parts[i];

                part->is_asked = part->state == PART_READING &&
                                 !intake->handler.busy(intake->handler.context, i);
                if (!part->is_asked && part->state != PART_READY)
                        continue;
                part->seen = part->known;
                rd_kafka_topic_partition_list_add(list, intake->pages_topic, i)->offset =
                        part->known;
        }
        intake->heard_mono_ms = intake->now_mono_ms;
        if (intake->pages)
                (void)rd_kafka_assign(intake->pages, list->cnt ? list : NULL);
        rd_kafka_topic_partition_list_destroy(list);
}

static void forget_position(struct part *part) {
        part->done = part->given = part->committed = part->early = -1;
        part->given_ms = part->old_done = part->old_ms = 0;
}

/* vigil.alerts may have been recreated, so it is read from its first record. If it was not recreated, is_old()
 * recognises records that were handed over before, by their offset and time: the records of a recreated topic are
 * newer. */
static void doubt_position(struct part *part) {
        int64_t done = part->done, given_ms = part->given_ms;
        int64_t old_done = part->old_done, old_ms = part->old_ms;

        forget_position(part);
        part->old_done = done >= 0 && given_ms ? done : old_done;
        part->old_ms = done >= 0 && given_ms ? given_ms : old_ms;
}

static void let_go(struct intake *intake, int32_t partition) {
        struct part *part = &intake->parts[partition];

        if (part->state == PART_OTHERS)
                return;
        part->state = PART_OTHERS;
        forget_position(part);
        part->known = 0;
        part->is_anew = false;
        intake->handler.lost(intake->handler.context, partition);
}

static bool is_in(const rd_kafka_topic_partition_list_t *list, const char *topic,
                  int32_t partition) {
        return rd_kafka_topic_partition_list_find((rd_kafka_topic_partition_list_t *)list, topic,
                                                  partition) != NULL;
}

/* The alerts of a partition wait until its pages are read back. A partition that was ours until this rebalance need not
 * be read back: nobody else can have had it in between. */
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
                struct part *part;

                /* The topic was recreated with more partitions than kafka.partitions. */
                if (list->elems[i].partition < 0 || list->elems[i].partition >= intake->part_count)
                        continue;
                part = &intake->parts[list->elems[i].partition];
                if (intake->alerts_were_gone) {
                        doubt_position(part);
                        list->elems[i].offset = 0;
                } else if (part->done >= 0) {
                        list->elems[i].offset = part->done;
                }
        }
        if (list->cnt > 0)
                intake->alerts_were_gone = false;
        rd_kafka_assign(intake->alerts, list);
        rd_kafka_pause_partitions(intake->alerts, waiting);
        rd_kafka_topic_partition_list_destroy(waiting);
        intake->assigned = true;
        read_back(intake);
}

/* Keep all partitions, but others may own them from now on. */
static void keep_all(struct intake *intake) {
        for (int32_t i = 0; i < intake->part_count; i++) {
                struct part *part = &intake->parts[i];

                if (part->state != PART_OTHERS)
                        part->state = PART_KEPT;
                part->committed = part->early = -1;
        }
        intake->assigned = false;
}

static void on_revoked(struct intake *intake) {
        if (rd_kafka_assignment_lost(intake->alerts)) {
                keep_all(intake);
                intake->is_lost = !kafka_watch_lets_join(intake->watch);
        } else {
                intake->handler.giving(intake->handler.context);
                intake_commit(intake);
                for (int32_t i = 0; i < intake->part_count; i++) {
                        struct part *part = &intake->parts[i];

                        if (part->state == PART_READY)
                                part->state = PART_PARTED;
                        else if (part->state == PART_READING)
                                part->state = PART_KEPT;
                        part->early = -1;
                }
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

static void consumer_drop(rd_kafka_t **consumer, rd_kafka_queue_t **queue) {
        if (*queue)
                rd_kafka_queue_destroy(*queue);
        *queue = NULL;
        kafka_drop(*consumer);
        *consumer = NULL;
}

/* --- recreated topics -------------------------------------------------------------------------- */

/* If the new topic is already longer than our position, a consumer gets no error and would continue there. If the same
 * partitions are assigned again before the client has heard of the new topic, it never reads from them (librdkafka
 * 2.0.2). So a new consumer is created, which knows nothing of the old topic. */
static void alerts_again(struct intake *intake) {
        rd_kafka_topic_partition_list_t *list;
        bool is_ours;

        if (rd_kafka_assignment(intake->alerts, &list))
                return;
        is_ours = list->cnt > 0; /* else the group has noticed it and assigns them to us again */
        rd_kafka_topic_partition_list_destroy(list);
        if (!is_ours)
                return;
        log_event(LOG_WARN, "V0434", "vigil.alerts was gone: reading it from its first record",
                  NULL);
        keep_all(intake);
        consumer_drop(&intake->alerts, &intake->alerts_queue);
        intake->again_mono_ms = intake->now_mono_ms;
        read_back(intake);
}

static void pages_again(struct intake *intake) {
        for (int32_t i = 0; i < intake->part_count; i++) {
                struct part *part = &intake->parts[i];

                part->is_anew = part->is_anew || part->state == PART_READY;
                part->known = 0;
        }
        consumer_drop(&intake->pages, &intake->pages_queue); /* pages_look() opens the next one */
}

/* alerts_again() waits until all topics exist: while one is missing, each error would make us start again. */
static void topics_look(struct intake *intake) {
        char missing[128];
        uint32_t alerts = kafka_watch_remade(intake->watch, KAFKA_ALERTS_TOPIC);
        uint32_t pages = kafka_watch_remade(intake->watch, KAFKA_PAGES_TOPIC);

        intake->alerts_were_gone = intake->alerts_were_gone || alerts != intake->alerts_remade;
        intake->alerts_remade = alerts;
        if (pages != intake->pages_remade)
                pages_again(intake);
        intake->pages_remade = pages;
        if (intake->alerts_were_gone && intake->alerts && intake->assigned &&
            (!intake->watch || kafka_watch_is_fine(intake->watch, missing, sizeof(missing))))
                alerts_again(intake);
}

/* --- reading ----------------------------------------------------------------------------------- */

static void on_read_back(struct intake *intake, int32_t partition) {
        rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
        struct part *part = part_of(intake, partition);

        require(part->state == PART_READING, "partition %d is read back in state %d",
                (int)partition, (int)part->state);
        part->state = PART_READY;
        intake->handler.ready(intake->handler.context, partition);
        rd_kafka_topic_partition_list_add(list, intake->alerts_topic, partition);
        rd_kafka_resume_partitions(intake->alerts, list);
        if (part->early >= 0) {
                list->elems[0].offset = part->early;
                part->early = -1;
                rd_kafka_error_destroy(rd_kafka_seek_partitions(intake->alerts, list, 0));
        }
        rd_kafka_topic_partition_list_destroy(list);
}

/* The client recovers from most errors by itself. An error is logged once, and every SAY_AGAIN_MS while it lasts. */
static void say(struct intake *intake, const rd_kafka_message_t *message) {
        if (intake->said == message->err && intake->said_mono_ms != 0 &&
            intake->now_mono_ms - intake->said_mono_ms < SAY_AGAIN_MS)
                return;
        intake->said = message->err;
        intake->said_mono_ms = intake->now_mono_ms;
        log_event(LOG_WARN, "V0417", "an error of reading from kafka", "error",
                  rd_kafka_err2name(message->err), "why", rd_kafka_message_errstr(message), NULL);
}

/* @position: of the consumer of vigil.pages, after the record or end that it has just returned. */
static void on_position(struct intake *intake, int32_t partition, int64_t position, bool is_end) {
        struct part *part = &intake->parts[partition];

        part->seen = position;
        if (part->state == PART_READING && is_end) {
                part->known = position;
                on_read_back(intake, partition);
        }
        if (part->state != PART_READY || !part->is_anew)
                return;
        part->is_anew = false;
        if (part->known > position)
                part->known = position;
        intake->handler.emptied(intake->handler.context, partition);
}

static int take_page(struct intake *intake, const rd_kafka_message_t *message) {
        bool is_end = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
        int32_t partition = message->partition;
        struct part *part;
        int r = 0;

        if (message->err && !is_end) {
                say(intake, message);
                return 0;
        }
        if (partition < 0 || partition >= intake->part_count)
                return 0;
        part = &intake->parts[partition];
        if (part->state != PART_READY && !(part->state == PART_READING && part->is_asked))
                return 0;
        intake->heard_mono_ms = intake->now_mono_ms;
        part->is_anew = part->is_anew || message->offset < part->seen;
        if (part->state == PART_READING && !is_end && !part->is_anew) {
                part->known = message->offset + 1;
                r = intake->handler.restored(intake->handler.context, partition, message->key,
                                             message->key_len, message->payload, message->len);
        }
        on_position(intake, partition, message->offset + !is_end, is_end);
        return err_trace(r);
}

/* Was the record handed over before vigil.alerts was believed to be recreated? */
static bool is_old(const struct part *part, const rd_kafka_message_t *message) {
        rd_kafka_timestamp_type_t type;

        return part->old_ms != 0 && message->offset < part->old_done &&
               rd_kafka_message_timestamp(message, &type) <= part->old_ms &&
               type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME;
}

static void note_given(struct part *part, const rd_kafka_message_t *message) {
        rd_kafka_timestamp_type_t type;
        int64_t time_ms = rd_kafka_message_timestamp(message, &type);

        if (message->offset <= part->given)
                return; /* read again after a rebalance */
        part->given = message->offset;
        part->given_ms = type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME ? time_ms : 0;
}

static int take_alert(struct intake *intake, const rd_kafka_message_t *message) {
        struct alert alert;
        int32_t partition = message->partition;
        int r;

        if (message->err) {
                if (message->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
                    message->err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
                        intake->alerts_were_gone = true;
                say(intake, message);
                return 0;
        }
        if (partition < 0 || partition >= intake->part_count)
                return 0;
        /* Fetched before the pause took effect: on_read_back() seeks back to it. */
        if (intake->parts[partition].state != PART_READY) {
                if (intake->parts[partition].state == PART_READING &&
                    intake->parts[partition].early < 0)
                        intake->parts[partition].early = message->offset;
                return 0;
        }
        if (is_old(&intake->parts[partition], message))
                return 0;
        note_given(&intake->parts[partition], message);
        r = alert_decode(&alert, message->payload, message->len);
        if (r < 0)
                return err_trace(r);
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
                        return err_trace(r);
                taken++;
        }
        return taken;
}

/* --- consumers --------------------------------------------------------------------------------- */

static void consumer_ring(struct intake *intake, rd_kafka_t *consumer, rd_kafka_queue_t **queue) {
        static const uint64_t one = 1;

        *queue = rd_kafka_queue_get_consumer(consumer);
        rd_kafka_queue_io_event_enable(*queue, intake->fd, &one, sizeof(one));
}

static int pages_open(struct intake *intake) {
        int r = kafka_consumer_new(&intake->pages, intake->conf, "alerting-pages", NULL, NULL, NULL,
                                   NULL);

        if (r == 0)
                consumer_ring(intake, intake->pages, &intake->pages_queue);
        return err_trace(r);
}

static int alerts_open(struct intake *intake) {
        int r = kafka_consumer_new(&intake->alerts, intake->conf, "alerting",
                                   intake->conf->alerting.group, intake->conf->alerting.instance,
                                   on_rebalance, intake);

        if (r == 0)
                consumer_ring(intake, intake->alerts, &intake->alerts_queue);
        return err_trace(r);
}

static int alerts_subscribe(struct intake *intake) {
        rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
        rd_kafka_resp_err_t error;

        rd_kafka_topic_partition_list_add(topics, intake->alerts_topic, RD_KAFKA_PARTITION_UA);
        error = rd_kafka_subscribe(intake->alerts, topics);
        rd_kafka_topic_partition_list_destroy(topics);
        return error ? err_raise_why(-EIO, "%s cannot be read: %s", intake->alerts_topic,
                                     rd_kafka_err2str(error))
                     : 0;
}

/* The consumer of alerts has a fatal error. We keep what we hold, and do not act on it until it is ours again. */
static void on_end(struct intake *intake, rd_kafka_resp_err_t error, const char *why) {
        if (intake->now_mono_ms - intake->ended_mono_ms >= CALM_MS ||
            (intake->away_mono_ms != 0 && intake->now_mono_ms - intake->away_mono_ms < AWAY_MS))
                intake->ends = 0;
        intake->ended_mono_ms = intake->now_mono_ms;
        intake->again_mono_ms = intake->now_mono_ms + again_after_ms[intake->ends];
        if (intake->ends < AGAIN_STEPS - 1)
                intake->ends++;
        intake->is_fenced = error == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID;
        keep_all(intake);
        consumer_drop(&intake->alerts, &intake->alerts_queue);
        read_back(intake);
        log_event(LOG_ERROR, "V0418",
                  intake->is_fenced ? "our place in the group was given away: to another process "
                                      "with our name, or because Kafka was away; joining again"
                                    : "the consumer of alerts has ended; joining again",
                  "instance", intake->conf->alerting.instance, "why", why, "again_ms",
                  log_number((long long)(intake->again_mono_ms - intake->now_mono_ms)), NULL);
}

/* Kafka is away and the place in the group is lost: kafka_watch_lets_join(). */
static void on_lost(struct intake *intake) {
        log_event(LOG_INFO, "V0435", "kafka is away: joining the group anew when it is back", NULL);
        intake->is_lost = intake->is_fenced = false;
        intake->again_mono_ms = intake->now_mono_ms;
        consumer_drop(&intake->alerts, &intake->alerts_queue);
}

static void alerts_look(struct intake *intake) {
        char why[256] = "";
        rd_kafka_resp_err_t error = intake->alerts
                                            ? rd_kafka_fatal_error(intake->alerts, why, sizeof(why))
                                            : RD_KAFKA_RESP_ERR_NO_ERROR;

        if (error)
                on_end(intake, error, why);
        if (intake->is_lost)
                on_lost(intake);
        if (intake->alerts || intake->now_mono_ms < intake->again_mono_ms ||
            !kafka_watch_lets_join(intake->watch))
                return;
        intake->again_mono_ms = intake->now_mono_ms + again_after_ms[AGAIN_STEPS - 1];
        if (alerts_open(intake) < 0 || alerts_subscribe(intake) < 0)
                consumer_drop(&intake->alerts, &intake->alerts_queue);
}

static void pages_look(struct intake *intake) {
        bool waits = false, reads = false;

        for (int32_t i = 0; i < intake->part_count; i++) {
                const struct part *part = &intake->parts[i];

                if (part->state != PART_READING)
                        continue;
                reads = true;
                waits = waits ||
                        (!part->is_asked && !intake->handler.busy(intake->handler.context, i));
        }
        if (!intake->pages ||
            (reads && intake->now_mono_ms - intake->heard_mono_ms >= READ_BACK_STUCK_MS)) {
                consumer_drop(&intake->pages, &intake->pages_queue);
                waits = pages_open(intake) == 0;
        }
        if (waits)
                read_back(intake);
}

int intake_poll(struct intake *intake, int most, int64_t now_mono_ms) {
        uint64_t rung;
        int pages = 0, alerts = 0;

        intake->now_mono_ms = now_mono_ms;
        (void)!read(intake->fd, &rung, sizeof(rung));
        topics_look(intake);
        alerts_look(intake);
        pages_look(intake);
        if (intake->pages)
                pages = drain(intake, intake->pages, take_page, most);
        if (pages >= 0 && intake->alerts)
                alerts = drain(intake, intake->alerts, take_alert, most);
        if (pages < 0 || alerts < 0)
                return pages < 0 ? pages : alerts;
        return pages + alerts;
}

int intake_fd(const struct intake *intake) {
        return intake->fd;
}

/* --- questions --------------------------------------------------------------------------------- */

void intake_done(struct intake *intake, int32_t partition, int64_t offset) {
        struct part *part = part_of(intake, partition);

        /* Not for a record in flight when vigil.alerts was gone: its offset is of the old topic. */
        if (part->state != PART_OTHERS && offset <= part->given && offset + 1 > part->done)
                part->done = offset + 1;
}

void intake_kafka_is_away(struct intake *intake, int64_t now_mono_ms) {
        intake->away_mono_ms = now_mono_ms;
}

bool intake_is_lost(const struct intake *intake) {
        return intake->alerts && rd_kafka_assignment_lost(intake->alerts);
}

bool intake_is_ready(const struct intake *intake, int32_t partition) {
        return part_of(intake, partition)->state == PART_READY;
}

bool intake_holds(const struct intake *intake, int32_t partition) {
        return part_of(intake, partition)->state != PART_OTHERS;
}

void intake_wrote(struct intake *intake, int32_t partition, int64_t offset) {
        struct part *part = part_of(intake, partition);

        if (part->state != PART_OTHERS)
                part->known = offset + 1;
}

const char *intake_missing(const struct intake *intake) {
        if (!intake->alerts)
                return intake->is_fenced ? "partitions: our place in the group was given away"
                                         : "partitions: the consumer has ended";
        if (!intake->assigned)
                return "partitions: none assigned yet";
        for (int32_t i = 0; i < intake->part_count; i++) {
                if (intake->parts[i].state == PART_READING)
                        return "partitions: open alerts are being read back";
                if (intake->parts[i].state == PART_PARTED)
                        return "partitions: the group is being rearranged";
        }
        return NULL;
}

bool intake_is_settled(const struct intake *intake) {
        return intake_missing(intake) == NULL;
}

/* --- opening and closing ----------------------------------------------------------------------- */

int intake_open(struct intake **ret, const struct conf *conf,
                const struct intake_handler *handler) {
        struct intake *intake = calloc(1, sizeof(*intake));
        int r;

        if (!intake)
                return err_raise(-ENOMEM);
        intake->conf = conf;
        intake->handler = *handler;
        intake->part_count = conf->kafka.partitions;
        conf_topic(conf, KAFKA_ALERTS_TOPIC, intake->alerts_topic, sizeof(intake->alerts_topic));
        conf_topic(conf, KAFKA_PAGES_TOPIC, intake->pages_topic, sizeof(intake->pages_topic));
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
                forget_position(&intake->parts[i]);
        r = pages_open(intake);
        if (r == 0)
                r = alerts_open(intake);
        if (r < 0)
                goto out;
        *ret = intake;
        intake = NULL;
out:
        intake_close(intake);
        return err_trace(r);
}

void intake_watch(struct intake *intake, const struct kafka_watch *watch) {
        intake->watch = watch;
        intake->alerts_remade = kafka_watch_remade(watch, KAFKA_ALERTS_TOPIC);
        intake->pages_remade = kafka_watch_remade(watch, KAFKA_PAGES_TOPIC);
}

int intake_start(struct intake *intake) {
        return err_trace(alerts_subscribe(intake));
}

struct intake *intake_close(struct intake *intake) {
        if (!intake)
                return NULL;
        if (intake->alerts && intake->parts)
                commit_last(intake);
        consumer_drop(&intake->alerts, &intake->alerts_queue);
        consumer_drop(&intake->pages, &intake->pages_queue);
        free(intake->parts);
        if (intake->fd >= 0)
                close(intake->fd);
        free(intake);
        return NULL;
}
