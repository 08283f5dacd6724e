/* SPDX-License-Identifier: MIT */
#include "alerting/loop.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include <zmq.h>

#include "alerting/act/alerts.h"
#include "alerting/act/decision.h"
#include "alerting/act/due.h"
#include "alerting/act/hear.h"
#include "alerting/audit.h"
#include "alerting/base/stats.h"
#include "alerting/files.h"
#include "alerting/journal/owing.h"
#include "alerting/partition.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/kafka/kafka.h"
#include "common/kafka/kafka_topics.h"
#include "common/base/log.h"
#include "common/ops/notify.h"
#include "common/registry/registry_reader.h"

enum {
        TURN_MOST = 256, /* of each kind of work in one turn, so that none starves another */
        TURN_MS = 500,   /* the longest sleep */
        SECOND_MS = 1000,
        AUDIT_MS = 10 * 1000,
        EXPIRE_MS = 60 * 1000,
        TOPICS_WAIT_MS = KAFKA_TOPIC_GONE_MS + 1000,
        WARM_MS = 2000,
        JOURNAL_STUCK_MS = 5000,
        JOURNAL_RENEW_MS = 10 * 1000,
        STALL_MS = 4000, /* after such a pause we may have lost the group: its session is 6 s */
        STALL_WAIT_MS = 1000, /* enough for a heartbeat to the group and its answer */
};

static void part_set(struct alerting *alerting, unsigned part, bool on) {
        if (on)
                atomic_fetch_or_explicit(&alerting->parts, part,
                                         memory_order_release); /* W1 -> W2 */
        else
                atomic_fetch_and_explicit(&alerting->parts, ~part, memory_order_relaxed);
}

static bool must_stop(struct alerting *alerting) {
        return atomic_load_explicit(&alerting->stop, memory_order_relaxed);
}

static void turn_begin(struct alerting *alerting) {
        atomic_store_explicit(&alerting->heartbeat_mono_ms, clock_mono_ms(), memory_order_relaxed);
}

bool loop_is_ready(void *context, char *missing, size_t missing_bytes) {
        static const struct {
                unsigned part;
                const char *missing;
        } parts_needed[] = {
                {ALERTING_PART_KAFKA, "kafka: not reached yet"},
                {ALERTING_PART_REGISTRY, "registry: still being read"},
                {ALERTING_PART_JOURNAL, "journal: kafka does not take what we write"},
        };
        struct alerting *alerting = context;
        unsigned parts =
                atomic_load_explicit(&alerting->parts, memory_order_acquire); /* W2 <- W1 */
        const char *partitions =
                atomic_load_explicit(&alerting->partitions_missing, memory_order_relaxed);

        if ((parts & ALERTING_PART_KAFKA) &&
            !kafka_watch_is_fine(alerting->kafka, missing, missing_bytes))
                return false;
        for (size_t i = 0; i < sizeof(parts_needed) / sizeof(parts_needed[0]); i++) {
                if (parts & parts_needed[i].part)
                        continue;
                snprintf(missing, missing_bytes, "%s", parts_needed[i].missing);
                return false;
        }
        if (partitions)
                snprintf(missing, missing_bytes, "%s", partitions);
        return !partitions;
}

/* If a decision does not reach Kafka for seconds, nobody is paged: not ready. If Kafka is reachable meanwhile, the
 * client is stuck and is replaced: it waits in wall time, and that clock may have been set back. */
static void watch_journal(struct alerting *alerting, int64_t now_mono_ms) {
        size_t waiting = journal_waiting(alerting->journal);
        uint64_t written = journal_written_count(alerting->journal);
        char why[128];

        stats_set(STAT_JOURNAL_WAITING, (int64_t)waiting);
        if (!kafka_watch_is_fine(alerting->kafka, why, sizeof(why))) {
                intake_kafka_is_away(alerting->intake, now_mono_ms);
                alerting->moved_mono_ms =
                        now_mono_ms; /* the time of the client counts from when Kafka is back */
        }
        if (waiting == 0 || written != alerting->written)
                alerting->moved_mono_ms = now_mono_ms;
        alerting->written = written;

        int64_t stuck_ms = now_mono_ms - alerting->moved_mono_ms;

        part_set(alerting, ALERTING_PART_JOURNAL,
                 !journal_trouble(alerting->journal) && stuck_ms < JOURNAL_STUCK_MS);
        if (stuck_ms >= JOURNAL_RENEW_MS) {
                alerting->moved_mono_ms = now_mono_ms;
                journal_renew(alerting->journal, "no word of it for seconds, and Kafka is well");
        }
}

static void timers(struct alerting *alerting, int64_t now_mono_ms, int64_t now_ms) {
        atomic_store_explicit(&alerting->partitions_missing, intake_missing(alerting->intake),
                              memory_order_relaxed);
        channels_tick(alerting->channels, now_mono_ms, now_ms);
        feed_tick(alerting->feed, now_mono_ms, now_ms);
        if (now_mono_ms >= alerting->second_mono_ms) {
                alerting->second_mono_ms = now_mono_ms + SECOND_MS;
                intake_commit(alerting->intake);
                audit_run(alerting, false);
                hear_tell_counted(alerting, now_mono_ms);
                notify_systemd("WATCHDOG=1");
        }
        if (now_mono_ms >= alerting->audit_mono_ms) {
                alerting->audit_mono_ms = now_mono_ms + AUDIT_MS;
                audit_run(alerting, true);
        }
        if (now_mono_ms >= alerting->expire_mono_ms) {
                alerting->expire_mono_ms = now_mono_ms + EXPIRE_MS;
                alerting_fail(alerting, due_expire(alerting, alerting_now_ms(alerting)));
                stats_set(STAT_TOLD, (int64_t)told_count(book_told(alerting->book)));
        }
        if (atomic_exchange_explicit(&alerting->reload, false, memory_order_relaxed))
                files_look(alerting->files);
        files_take(alerting->files, alerting);
}

/* How long the loop may sleep. @taken: records and messages handled in this turn. */
static long sleep_ms(struct alerting *alerting, int taken) {
        int64_t now_ms = alerting_now_ms(alerting);
        int64_t left_ms =
                book_next_ms(alerting->book) - now_ms; /* reading the clock may move the book */

        if (taken >= TURN_MOST || left_ms <= 0)
                return 0;
        return left_ms < TURN_MS ? (long)left_ms : TURN_MS;
}

static void wait_for_work(struct alerting *alerting, long timeout_ms) {
        struct channel_descriptor of_channels[CHANNELS_MAX * CHANNEL_DESCRIPTORS_MAX];
        size_t count = channels_descriptors(alerting->channels, of_channels);
        zmq_pollitem_t items[CHANNELS_MAX * CHANNEL_DESCRIPTORS_MAX + 4] = {
                {.socket = feed_socket(alerting->feed), .events = ZMQ_POLLIN},
                {.socket = feed_snapshot_socket(alerting->feed), .events = ZMQ_POLLIN},
                {.fd = journal_fd(alerting->journal), .events = ZMQ_POLLIN},
                {.fd = intake_fd(alerting->intake), .events = ZMQ_POLLIN},
        };

        for (size_t i = 0; i < count; i++)
                items[4 + i] = (zmq_pollitem_t){.socket = of_channels[i].socket,
                                                .fd = of_channels[i].fd,
                                                .events = ZMQ_POLLIN};
        /* A signal ends the wait early; the loop then checks stop and reload. */
        (void)zmq_poll(items, (int)(4 + count), timeout_ms);
}

/* The most urgent work first: stored decisions are sent, then new alerts, then answers, then deadlines. */
static int turn(struct alerting *alerting, int *ret_taken) {
        int taken, r;

        turn_begin(alerting);
        journal_poll(alerting->journal, clock_mono_ms());
        r = registry_reader_poll(alerting->registry_reader, 0, TURN_MOST);
        if (r < 0)
                return err_trace(r);
        taken = intake_poll(alerting->intake, TURN_MOST, clock_mono_ms());
        if (taken < 0)
                return taken;
        r = channels_receive(alerting->channels, clock_mono_ms(), TURN_MOST);
        taken = r > taken ? r : taken;
        r = due_run(alerting, alerting_now_ms(alerting), TURN_MOST);
        if (r < 0)
                return err_trace(r);
        feed_receive(alerting->feed, TURN_MOST);
        watch_journal(alerting, clock_mono_ms());
        timers(alerting, clock_mono_ms(), clock_wall_ms());
        *ret_taken = taken;
        return err_trace(alerting->failed);
}

/* --- the ledger's end and what it keeps -------------------------------------------------------- */

static void on_ended(void *context, int32_t partition, int64_t seq, int64_t n) {
        struct alerting *alerting = context;

        alerting_fail(alerting, owing_ended(alerting->ledger, alerting->book, partition, seq, n));
}

static void on_kept(void *context, const char *alert_id, int64_t seq, int64_t n) {
        const struct alerting *alerting = context;

        owing_kept(alerting->book, alert_id, seq, n);
}

/* --- start ------------------------------------------------------------------------------------- */

/* Kafka may start after us; until then we are healthy but not ready. */
static int wait_for_kafka(struct alerting *alerting) {
        const struct journal_handler handler = {.released = decision_released,
                                                .written = alerting_partition_written,
                                                .context = alerting};
        const struct ledger_handler ledger = {
                .ended = on_ended, .kept = on_kept, .context = alerting};
        int r = -ETIMEDOUT;

        while (r == -ETIMEDOUT && !must_stop(alerting)) {
                turn_begin(alerting);
                r = kafka_topics_ensure(alerting->conf, TOPICS_WAIT_MS);
        }
        if (r == 0)
                r = kafka_watch_start(&alerting->kafka, alerting->conf,
                                      alerting->conf->alerting.group);
        if (r == 0)
                r = journal_open(&alerting->journal, alerting->conf, &handler);
        if (r == 0)
                r = ledger_open(&alerting->ledger, alerting->conf, journal_fd(alerting->journal),
                                &ledger);
        if (r == 0)
                r = -ETIMEDOUT;
        while (r == -ETIMEDOUT && alerting->journal && !must_stop(alerting)) {
                turn_begin(alerting);
                r = journal_warm(alerting->journal, WARM_MS);
        }
        part_set(alerting, ALERTING_PART_KAFKA | ALERTING_PART_JOURNAL, r == 0);
        return must_stop(alerting) ? 0 : err_trace(r);
}

/* The registry must be read before the first alert: without it, an alert would page the desk only. */
static int wait_for_registry(struct alerting *alerting) {
        int r = registry_reader_open(&alerting->registry_reader, alerting->conf, alerting->registry,
                                     NULL, NULL);

        if (r == 0)
                registry_reader_watch(alerting->registry_reader, alerting->kafka);
        while (r >= 0 && !registry_reader_caught_up(alerting->registry_reader) &&
               !must_stop(alerting)) {
                turn_begin(alerting);
                r = registry_reader_poll(alerting->registry_reader, 100, 10000);
        }
        part_set(alerting, ALERTING_PART_REGISTRY, r >= 0);
        return r < 0 ? err_trace(r) : 0;
}

/* The process was paused (stopped, or the machine was suspended) for so long that another process may own our
 * partitions, and alerts whose deadlines have passed here may be answered there. The client contacts the group at once;
 * wait for its answer before acting on anything. */
static int wait_for_group(struct alerting *alerting) {
        int64_t until_mono_ms = clock_mono_ms() + STALL_WAIT_MS;

        while (!must_stop(alerting) && clock_mono_ms() < until_mono_ms &&
               !intake_is_lost(alerting->intake)) {
                const struct timespec moment = {.tv_nsec = 10 * 1000 * 1000};

                turn_begin(alerting);
                nanosleep(&moment, NULL);
        }
        turn_begin(alerting);
        return err_trace(intake_poll(alerting->intake, TURN_MOST, clock_mono_ms()));
}

/* Was the last turn too long ago? Only if the site has another process that could own our partitions. */
static bool has_stalled(const struct alerting *alerting) {
        int64_t last_mono_ms =
                atomic_load_explicit(&alerting->heartbeat_mono_ms, memory_order_relaxed);

        return alerting->conf->alerting.instance_count > 1 &&
               clock_mono_ms() - last_mono_ms >= STALL_MS;
}

int loop_run(struct alerting *alerting) {
        const struct intake_handler handler = {
                .restored = alerting_partition_restored,
                .busy = alerting_partition_busy,
                .ready = alerting_partition_ready,
                .emptied = alerting_partition_emptied,
                .giving = alerting_partition_giving,
                .lost = alerting_partition_lost,
                .alert = alerts_take,
                .context = alerting,
        };
        int taken = 0;
        int r = intake_open(&alerting->intake, alerting->conf, &handler);

        if (r == 0)
                r = wait_for_kafka(alerting);
        if (r == 0 && !must_stop(alerting))
                r = wait_for_registry(alerting);
        if (r == 0 && !must_stop(alerting)) {
                intake_watch(alerting->intake, alerting->kafka);
                r = intake_start(alerting->intake);
        }
        if (r == 0)
                notify_systemd("READY=1");
        while (r == 0 && !must_stop(alerting)) {
                if (has_stalled(alerting))
                        r = wait_for_group(alerting);
                if (r >= 0)
                        r = turn(alerting, &taken);
                if (r == 0)
                        wait_for_work(alerting, sleep_ms(alerting, taken));
        }
        return err_trace(r);
}
