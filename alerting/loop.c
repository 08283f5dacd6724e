/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "alerting/alerting.h"
#include "alerting/base/stats.h"
#include "alerting/feed/feed_state.h"
#include "alerting/intake/take.h"
#include "alerting/journal/state.h"
#include "common/clock.h"
#include "common/err.h"
#include "common/kafka.h"
#include "common/kafka_topics.h"
#include "common/log.h"

enum {
        TURN_MOST = 256, /* of each kind in one turn, so that none starves another */
        TURN_MS = 500,   /* the longest sleep */
        SECOND_MS = 1000,
        AUDIT_MS = 10 * 1000,
        EXPIRE_MS = 60 * 1000,
        FILES_MS = 2000,
        TOPICS_WAIT_MS = KAFKA_TOPIC_GONE_MS + 1000,
        WARM_MS = 2000,
        JOURNAL_STUCK_MS = 5000,
        JOURNAL_RENEW_MS = 10 * 1000,
        CLOSE_MS = 2000,
        STALL_MS =
                4000, /* standing still for longer, we may be out of the group: its session is 6 s */
        STALL_WAIT_MS = 1000, /* a heartbeat and its answer */
        GIVE_MS = 1000,
        LEDGER_CLOSE_MS = 500, /* what is left is owed, and written by the next process */
};

static void fail(struct alerting *alerting, int r) {
        if (r < 0 && alerting->failed == 0)
                alerting->failed = r;
}

/* --- the view ---------------------------------------------------------------------------------- */

static bool view_can_reach(void *context, const char *recipient) {
        const struct alerting *alerting = context;

        return gate_has(alerting->gate, recipient);
}

static bool view_is_connected(void *context, const char *recipient) {
        const struct alerting *alerting = context;

        return fanout_is_connected(alerting->fanout, recipient);
}

static size_t view_connected(void *context, enum role role, const char **ret, size_t most) {
        const struct alerting *alerting = context;

        return fanout_connected(alerting->fanout, role, ret, most);
}

static bool view_is_busy(void *context, const char *team, const char *alert_id) {
        const struct alerting *alerting = context;

        return book_is_busy(alerting->book, team, alert_id);
}

static size_t view_asked(void *context, const char *team, const char *alert_id) {
        const struct alerting *alerting = context;

        return book_asked(alerting->book, team, alert_id);
}

static void view_nonce(void *context, char *ret) {
        struct alerting *alerting = context;
        unsigned char random[(NONCE_BYTES - 1) / 2];

        /* An answer that can be guessed stops a ladder: without randomness we do not go on. */
        if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
                alerting->failed = err_raise(-EIO);
        for (size_t i = 0; i < sizeof(random); i++)
                snprintf(ret + 2 * i, 3, "%02x", random[i]);
}

/* --- intake ------------------------------------------------------------------------------------ */

static int on_restored(void *context, int32_t partition, const char *key, size_t key_bytes,
                       const char *json, size_t json_bytes) {
        struct alerting *alerting = context;
        struct response *response = NULL;
        char alert_id[ALERT_ID_BYTES] = "";
        int64_t told_ms = 0;
        int r;

        if (key_bytes == sizeof(alert_id) - 1)
                memcpy(alert_id, key, key_bytes);
        if (!json || state_decode_told(json, json_bytes, &told_ms)) {
                response = book_find(alerting->book, alert_id);
                if (response && strcmp(response->alert.alert_id, alert_id) == 0)
                        book_forget(alerting->book, response);
                return json ? told_add(book_told(alerting->book), partition, alert_id, told_ms) : 0;
        }
        r = state_decode(&response, json, json_bytes);
        if (r == STATE_REFUSED) {
                log_event(LOG_ERROR, "V0414", "a stored alert cannot be read back", "alert_id",
                          alert_id, "why", err_why(), NULL);
                return 0;
        }
        if (r < 0)
                return r;
        response_not_from_the_future(response, alerting_now_ms(alerting));
        return book_restore(alerting->book, partition, response);
}

static bool on_busy(void *context, int32_t partition) {
        const struct alerting *alerting = context;

        return journal_is_busy(alerting->journal, partition);
}

struct showing {
        struct alerting *alerting;
        int32_t partition;
};

static void show_open(void *context, struct response *response) {
        const struct showing *showing = context;
        struct alerting *alerting = showing->alerting;
        char *json = NULL;
        size_t bytes = 0;
        int r;

        if (book_partition(alerting->book, response) != showing->partition ||
            response->state == RESPONSE_CLOSED || response->alert.shadow)
                return;
        r = feed_state_encode(response, &json, &bytes);
        if (r == 0)
                r = feed_publish(alerting->feed, response->district, (int)response->alert.severity,
                                 "open", json, bytes, clock_wall_ms());
        free(json);
        if (r < 0)
                alerting->failed = r;
}

/* They were another process's, or this one's before it was started: a reader that took its snapshot earlier
 * does not know that they are open. */
static void feed_open_alerts(struct alerting *alerting, int32_t partition) {
        struct showing showing = {alerting, partition};

        book_each(alerting->book, show_open, &showing);
}

static void on_ready(void *context, int32_t partition) {
        struct alerting *alerting = context;

        log_event(LOG_INFO, "V0411", "partition read back", "partition", log_number(partition),
                  "alerts", log_number((long long)book_count(alerting->book)), NULL);
        act_resume(alerting, partition);
        feed_open_alerts(alerting, partition);
}

static void on_emptied(void *context, int32_t partition) {
        struct alerting *alerting = context;

        log_event(LOG_ERROR, "V0433",
                  "vigil.pages has lost a partition: its alerts are written again", "partition",
                  log_number(partition), NULL);
        fail(alerting, act_rewrite(alerting, partition));
}

static void on_written(void *context, int32_t partition, int64_t offset) {
        struct alerting *alerting = context;

        if (alerting->intake)
                intake_wrote(alerting->intake, partition, offset);
}

/* What is on its way into vigil.pages arrives before the next owner reads. */
static void on_giving(void *context) {
        const struct alerting *alerting = context;

        journal_flush(alerting->journal, GIVE_MS);
}

static void on_lost(void *context, int32_t partition) {
        struct alerting *alerting = context;

        log_event(LOG_INFO, "V0412", "partition given back", "partition", log_number(partition),
                  NULL);
        book_drop(alerting->book, partition);
}

static void on_taken(const struct alert *alert, const struct response *response) {
        int64_t now_us = clock_wall_us();

        if (alert->transition == ALERT_RAISED)
                stats_time(TIME_JUDGED_INTAKE, alert->judged_us, now_us);
        log_event(LOG_INFO, "V0401", "alert taken", "alert_id", response->alert.alert_id, "rule",
                  alert->rule_id, "transition", alert_transition_name(alert->transition),
                  "severity", severity_name(alert->severity), "response",
                  response_state_name(response->state), NULL);
}

static int on_alert(void *context, int32_t partition, int64_t offset, const struct alert *alert) {
        struct alerting *alerting = context;
        struct response *response = NULL;
        int64_t now_us = clock_wall_us(), now_ms = alerting_now_ms(alerting);
        int r;

        if (!alert) {
                stats_add(STAT_ALERTS_REFUSED, 1);
                log_event(LOG_ERROR, "V0413", "an alert record cannot be read", "offset",
                          log_number(offset), "partition", log_number(partition), "why", err_why(),
                          NULL);
                return act_skip(alerting, partition, offset);
        }
        outcome_clear(alerting->outcome);
        r = take_once(alerting->book, &alerting->view, alert, partition, offset, now_ms,
                      alerting->outcome, &response);
        if (r < 0)
                return r;
        if (r > 0) {
                stats_add(r == TAKE_KNOWN ? STAT_ALERTS_KNOWN : STAT_ALERTS_UNKNOWN, 1);
                return act_skip(alerting, partition, offset);
        }
        if (response->intake_us == 0)
                response->intake_us = now_us;
        r = act_submit(alerting, response, alerting->outcome, offset);
        /* A repeat: the response keeps the ids of the last few alone. */
        if (r == 0 && alert->transition == ALERT_RAISED &&
            strcmp(response->alert.alert_id, alert->alert_id) != 0)
                r = act_remember(alerting, partition, alert->alert_id, now_ms);
        if (r == 0)
                on_taken(alert, response);
        return r;
}

/* --- feed -------------------------------------------------------------------------------------- */

struct snapshot {
        char *bytes;
        size_t used, room;
        int failed;
};

static void snapshot_add(void *context, struct response *response) {
        struct snapshot *snapshot = context;
        char *json = NULL, *grown;
        size_t bytes = 0;

        if (snapshot->failed || response->state == RESPONSE_CLOSED)
                return;
        snapshot->failed = feed_state_encode(response, &json, &bytes);
        if (snapshot->failed)
                return;
        if (snapshot->used + bytes + 1 > snapshot->room) {
                size_t room = (snapshot->used + bytes + 1) * 2;

                grown = realloc(snapshot->bytes, room);
                if (!grown) {
                        snapshot->failed = err_raise(-ENOMEM);
                        free(json);
                        return;
                }
                snapshot->bytes = grown;
                snapshot->room = room;
        }
        if (snapshot->used > 0)
                snapshot->bytes[snapshot->used++] = ',';
        memcpy(snapshot->bytes + snapshot->used, json, bytes);
        snapshot->used += bytes;
        free(json);
}

static int on_snapshot(void *context, char **ret, size_t *ret_bytes) {
        struct alerting *alerting = context;
        struct snapshot snapshot = {0};

        book_each(alerting->book, snapshot_add, &snapshot);
        if (snapshot.failed) {
                free(snapshot.bytes);
                return snapshot.failed;
        }
        *ret = snapshot.bytes;
        *ret_bytes = snapshot.used;
        return 0;
}

/* --- audit ------------------------------------------------------------------------------------- */

struct audit {
        int64_t open[SEVERITY_INFO + 1][2];
        int64_t oldest_ms;
        int64_t unowned;
        bool look;
};

static void audit_one(void *context, struct response *response) {
        struct audit *audit = context;
        const struct alert *alert = &response->alert;
        bool held = response_is_held(response);

        if (response->state == RESPONSE_CLOSED)
                return;
        audit->open[alert->severity][held]++;
        if (!held && !response->feed_only &&
            (audit->oldest_ms == 0 || alert->raised_time_ms < audit->oldest_ms))
                audit->oldest_ms = alert->raised_time_ms;
        if (!audit->look || response_is_owned(response))
                return;
        audit->unowned++;
        stats_add(STAT_UNOWNED_FOUND, 1);
        log_event(LOG_ERROR, "V0431", "an open alert has neither next action nor owner", "alert_id",
                  alert->alert_id, "response", response_state_name(response->state), NULL);
}

static void audit(struct alerting *alerting, bool look) {
        struct audit audit = {.look = look};

        book_each(alerting->book, audit_one, &audit);
        for (int severity = SEVERITY_CRITICAL; severity <= SEVERITY_INFO; severity++) {
                int row = STAT_OPEN_CRITICAL_UNACKED + (severity - SEVERITY_CRITICAL) * 2;

                stats_set((enum stats_item)row, audit.open[severity][0]);
                stats_set((enum stats_item)(row + 1), audit.open[severity][1]);
        }
        stats_set(STAT_OLDEST_UNACKED, audit.oldest_ms / 1000);
        if (look)
                stats_set(STAT_UNOWNED, audit.unowned);
}

/* --- files ------------------------------------------------------------------------------------- */

static int64_t modified_ns(const char *path) {
        struct stat info;

        if (stat(path, &info) < 0)
                return 0;
        return (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec;
}

/* A desk that nobody can be is the end of every ladder. */
static void warn_of_desks(const struct alerting *alerting) {
        const char *desk = ladders_desk_default(alerting->ladders);

        if (!gate_has(alerting->gate, desk))
                log_event(LOG_WARN, "V0442", "the desk of escalation.yaml has no key", "desk", desk,
                          NULL);
}

static int reload_ladders(struct alerting *alerting, struct diag *diag) {
        int64_t modified = modified_ns(alerting->conf->alerting.ladders);
        struct ladders *ladders = NULL;
        int r;

        if (modified == alerting->ladders_seen_ns)
                return GATE_UNCHANGED;
        alerting->ladders_seen_ns = modified;
        r = ladders_load(&ladders, alerting->conf->alerting.ladders, diag);
        if (r != 0)
                return r;
        ladders_free(alerting->ladders);
        alerting->ladders = ladders;
        alerting->view.ladders = ladders;
        return 0;
}

static void tell_reload(struct alerting *alerting, const char *what, int r) {
        if (r == GATE_UNCHANGED)
                return;
        stats_set(STAT_RELOAD_OK, r == 0);
        if (r == 0) {
                stats_set(STAT_RELOAD_TIME, clock_wall_ms() / 1000);
                log_event(LOG_INFO, "V0441", "file taken into force", "file", what, NULL);
                warn_of_desks(alerting);
                return;
        }
        log_event(LOG_ERROR, "V0443", "file refused, the one in force stays", "file", what, "why",
                  r < 0 ? err_why() : "see above", NULL);
}

static void reload(struct alerting *alerting) {
        struct diag *diag = NULL;

        if (diag_new(&diag) < 0)
                return;
        tell_reload(alerting, "allowed.yaml", gate_reload(alerting->gate, diag));
        tell_reload(alerting, "escalation.yaml", reload_ladders(alerting, diag));
        diag_print(diag, stderr, false);
        diag_free(diag);
}

/* --- the loop ---------------------------------------------------------------------------------- */

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

bool alerting_is_ready(void *context, char *missing, size_t missing_bytes) {
        static const struct {
                unsigned part;
                const char *missing;
        } parts_needed[] = {
                {ALERTING_KAFKA, "kafka: not reached yet"},
                {ALERTING_REGISTRY, "registry: still being read"},
                {ALERTING_JOURNAL, "journal: kafka does not take what we write"},
        };
        struct alerting *alerting = context;
        unsigned parts =
                atomic_load_explicit(&alerting->parts, memory_order_acquire); /* W2 <- W1 */
        const char *partitions =
                atomic_load_explicit(&alerting->partitions_missing, memory_order_relaxed);

        if ((parts & ALERTING_KAFKA) &&
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

/* A plan that does not reach Kafka for seconds means that nobody is paged: not ready. When Kafka is well meanwhile, it is
 * the client that stands still (its waits are in wall time, and that may have been set back). */
static void watch_journal(struct alerting *alerting, int64_t now_mono_ms) {
        size_t waiting = journal_waiting(alerting->journal);
        uint64_t written = journal_written_count(alerting->journal);
        char why[128];

        stats_set(STAT_JOURNAL_WAITING, (int64_t)waiting);
        if (!kafka_watch_is_fine(alerting->kafka, why, sizeof(why))) {
                intake_kafka_is_away(alerting->intake, now_mono_ms);
                alerting->moved_mono_ms =
                        now_mono_ms; /* its clients have their time once it is back */
        }
        if (waiting == 0 || written != alerting->written)
                alerting->moved_mono_ms = now_mono_ms;
        alerting->written = written;

        int64_t stuck_ms = now_mono_ms - alerting->moved_mono_ms;

        part_set(alerting, ALERTING_JOURNAL,
                 !journal_trouble(alerting->journal) && stuck_ms < JOURNAL_STUCK_MS);
        if (stuck_ms >= JOURNAL_RENEW_MS) {
                alerting->moved_mono_ms = now_mono_ms;
                journal_renew(alerting->journal, "no word of it for seconds, and Kafka is well");
        }
}

static void timers(struct alerting *alerting, int64_t now_mono_ms, int64_t now_ms) {
        atomic_store_explicit(&alerting->partitions_missing, intake_missing(alerting->intake),
                              memory_order_relaxed);
        fanout_tick(alerting->fanout, now_mono_ms, now_ms);
        feed_tick(alerting->feed, now_mono_ms, now_ms);
        if (now_mono_ms >= alerting->second_mono_ms) {
                alerting->second_mono_ms = now_mono_ms + SECOND_MS;
                intake_commit(alerting->intake);
                audit(alerting, false);
                act_tell_counted(alerting, now_mono_ms);
                notify_systemd("WATCHDOG=1");
        }
        if (now_mono_ms >= alerting->audit_mono_ms) {
                alerting->audit_mono_ms = now_mono_ms + AUDIT_MS;
                audit(alerting, true);
        }
        if (now_mono_ms >= alerting->expire_mono_ms) {
                alerting->expire_mono_ms = now_mono_ms + EXPIRE_MS;
                fail(alerting, act_expire(alerting, alerting_now_ms(alerting)));
                stats_set(STAT_TOLD, (int64_t)told_count(book_told(alerting->book)));
        }
        if (now_mono_ms >= alerting->files_mono_ms ||
            atomic_exchange_explicit(&alerting->reload, false, memory_order_relaxed)) {
                alerting->files_mono_ms = now_mono_ms + FILES_MS;
                reload(alerting);
        }
}

/* How long nothing is due. */
static long sleep_ms(struct alerting *alerting, int taken) {
        int64_t now_ms = alerting_now_ms(alerting);
        int64_t left_ms =
                book_next_ms(alerting->book) - now_ms; /* reading the clock may move the book */

        if (taken >= TURN_MOST || left_ms <= 0)
                return 0;
        return left_ms < TURN_MS ? (long)left_ms : TURN_MS;
}

static void wait_for_work(struct alerting *alerting, long timeout_ms) {
        zmq_pollitem_t items[] = {
                {.socket = fanout_socket(alerting->fanout), .events = ZMQ_POLLIN},
                {.socket = feed_socket(alerting->feed), .events = ZMQ_POLLIN},
                {.socket = feed_snapshot_socket(alerting->feed), .events = ZMQ_POLLIN},
                {.fd = journal_fd(alerting->journal), .events = ZMQ_POLLIN},
                {.fd = intake_fd(alerting->intake), .events = ZMQ_POLLIN},
        };

        /* A signal ends it early, and the loop looks at why. */
        (void)zmq_poll(items, sizeof(items) / sizeof(items[0]), timeout_ms);
}

/* What came is taken from where it is most urgent: what is written is sent, then new alerts, then answers, then time. */
static int turn(struct alerting *alerting, int *ret_taken) {
        int taken, r;

        turn_begin(alerting);
        journal_poll(alerting->journal, clock_mono_ms());
        r = registry_reader_poll(alerting->registry_reader, 0, TURN_MOST);
        if (r < 0)
                return r;
        taken = intake_poll(alerting->intake, TURN_MOST, clock_mono_ms());
        if (taken < 0)
                return taken;
        r = fanout_receive(alerting->fanout, clock_mono_ms(), TURN_MOST);
        taken = r > taken ? r : taken;
        r = act_due(alerting, alerting_now_ms(alerting), TURN_MOST);
        if (r < 0)
                return r;
        feed_receive(alerting->feed, TURN_MOST);
        watch_journal(alerting, clock_mono_ms());
        timers(alerting, clock_mono_ms(), clock_wall_ms());
        *ret_taken = taken;
        return alerting->failed;
}

/* Kafka may come up after us; until then we are alive and not ready. */
static int wait_for_kafka(struct alerting *alerting) {
        const struct journal_handler handler = {
                .released = act_release, .written = on_written, .context = alerting};
        const struct ledger_handler ledger = {
                .ended = act_ledger_ended, .kept = act_ledger_kept, .context = alerting};
        int r = -ETIMEDOUT;

        while (r == -ETIMEDOUT && !must_stop(alerting)) {
                turn_begin(alerting);
                r = kafka_topics_ensure(alerting->conf, TOPICS_WAIT_MS);
        }
        if (r == 0)
                r = kafka_watch_start(&alerting->kafka, alerting->conf);
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
        part_set(alerting, ALERTING_KAFKA | ALERTING_JOURNAL, r == 0);
        return must_stop(alerting) ? 0 : r;
}

/* Who is who comes before the first alert, or its page would go to the desk alone. */
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
        part_set(alerting, ALERTING_REGISTRY, r >= 0);
        return r < 0 ? r : 0;
}

/* We stood still (frozen, or the machine was) for so long that another process may have our partitions, and the
 * ladders that look due to us may be answered there. The client asks the group at once; nothing is done before
 * its answer has had the time to come. */
static int wait_for_group(struct alerting *alerting) {
        int64_t until_mono_ms = clock_mono_ms() + STALL_WAIT_MS;

        while (!must_stop(alerting) && clock_mono_ms() < until_mono_ms &&
               !intake_is_lost(alerting->intake)) {
                const struct timespec moment = {.tv_nsec = 10 * 1000 * 1000};

                turn_begin(alerting);
                nanosleep(&moment, NULL);
        }
        turn_begin(alerting);
        return intake_poll(alerting->intake, TURN_MOST, clock_mono_ms());
}

/* Only where there is another process that could have taken them. */
static bool has_stalled(const struct alerting *alerting) {
        int64_t last_mono_ms =
                atomic_load_explicit(&alerting->heartbeat_mono_ms, memory_order_relaxed);

        return alerting->conf->alerting.instance_count > 1 &&
               clock_mono_ms() - last_mono_ms >= STALL_MS;
}

int alerting_run(struct alerting *alerting) {
        const struct intake_handler handler = {
                .restored = on_restored,
                .busy = on_busy,
                .ready = on_ready,
                .emptied = on_emptied,
                .giving = on_giving,
                .lost = on_lost,
                .alert = on_alert,
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
        return r;
}

/* --- opening and closing ----------------------------------------------------------------------- */

static int sockets_open(struct alerting *alerting) {
        const struct conf *conf = alerting->conf;
        char public_key[CURVE_KEY_BYTES], secret_key[CURVE_KEY_BYTES], epoch[48];
        const struct fanout_handler handler = {.joined = act_joined,
                                               .said = act_said,
                                               .partly = act_partly,
                                               .shows = act_shows,
                                               .context = alerting};
        struct socket_options options = {.zmq = alerting->zmq,
                                         .gate = alerting->gate,
                                         .server_secret = secret_key,
                                         .instances = (int)conf->alerting.instance_count};
        int r = gate_server_keys(conf->alerting.keys, public_key, secret_key);

        if (r < 0)
                return r;
        snprintf(epoch, sizeof(epoch), "%lld-%d", (long long)clock_wall_ms(), (int)getpid());
        r = fanout_open(&alerting->fanout, &options, conf->alerting.pages, &handler);
        if (r == 0)
                r = feed_open(&alerting->feed, &options, conf->alerting.feed,
                              conf->alerting.snapshot, epoch, on_snapshot, alerting);
        explicit_bzero(secret_key, sizeof(secret_key));
        return r;
}

static int parts_open(struct alerting *alerting, struct diag *diag) {
        const struct conf *conf = alerting->conf;
        int r, gate;

        alerting->outcome = calloc(1, sizeof(*alerting->outcome));
        alerting->sent = calloc(1, sizeof(*alerting->sent));
        alerting->zmq = zmq_ctx_new();
        if (!alerting->outcome || !alerting->sent || !alerting->zmq)
                return err_raise(-ENOMEM);
        zmq_ctx_set(alerting->zmq, ZMQ_MAX_SOCKETS, 1023);
        r = book_new(&alerting->book);
        if (r == 0)
                r = registry_new(&alerting->registry);
        if (r == 0)
                r = zones_new(&alerting->zones, conf->site.time_zone);
        if (r < 0)
                return r;
        /* Both files are read before either ends it: all mistakes are told in one run. */
        alerting->ladders_seen_ns = modified_ns(conf->alerting.ladders);
        r = ladders_load(&alerting->ladders, conf->alerting.ladders, diag);
        gate = gate_open(&alerting->gate, alerting->zmq, conf->alerting.keys, diag);
        if (r < 0 || gate < 0)
                return r < 0 ? r : gate;
        return r || gate ? ALERTING_REFUSED : sockets_open(alerting);
}

int alerting_open(struct alerting **ret, const struct conf *conf, struct diag *diag) {
        struct alerting *alerting = calloc(1, sizeof(*alerting));
        int r;

        if (!alerting)
                return err_raise(-ENOMEM);
        alerting->conf = conf;
        atomic_init(&alerting->partitions_missing, "partitions: none assigned yet");
        r = parts_open(alerting, diag);
        if (r != 0) {
                alerting_close(alerting);
                return r;
        }
        alerting->view = (struct view){
                .registry = alerting->registry,
                .ladders = alerting->ladders,
                .zones = alerting->zones,
                .can_reach = view_can_reach,
                .is_connected = view_is_connected,
                .connected = view_connected,
                .is_busy = view_is_busy,
                .asked = view_asked,
                .nonce = view_nonce,
                .context = alerting,
        };
        stats_set(STAT_RELOAD_OK, 1);
        stats_set(STAT_RELOAD_TIME, clock_wall_ms() / 1000);
        warn_of_desks(alerting);
        *ret = alerting;
        return 0;
}

struct alerting *alerting_close(struct alerting *alerting) {
        if (!alerting)
                return NULL;
        alerting->ledger = ledger_close(alerting->ledger, LEDGER_CLOSE_MS);
        /* What is decided is written out first; what is written but not yet said is said after the restart. */
        alerting->journal = journal_close(alerting->journal, CLOSE_MS, act_discard);
        intake_close(alerting->intake);
        registry_reader_close(alerting->registry_reader);
        kafka_watch_stop(alerting->kafka);
        feed_close(alerting->feed);
        fanout_close(alerting->fanout);
        gate_close(alerting->gate);
        if (alerting->zmq)
                zmq_ctx_term(alerting->zmq);
        book_free(alerting->book);
        zones_free(alerting->zones);
        ladders_free(alerting->ladders);
        registry_free(alerting->registry);
        free(alerting->outcome);
        free(alerting->sent);
        free(alerting);
        return NULL;
}
