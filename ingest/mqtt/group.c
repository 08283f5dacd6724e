/* SPDX-License-Identifier: MIT */
#include "ingest/mqtt/group.h"

#include <poll.h>
#include <time.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/require.h"
#include "ingest/base/stats.h"
#include "ingest/mqtt/client.h"
#include "ingest/mqtt/thread.h"

enum {
        GROUP_BYTES_MAX = 8 * 1024 * 1024,
        READ_ON_AFTER_MS = 1000,   /* without a report for this long, read further alarms */
        OWING_AFTER_MS = 5 * 1000, /* without a report for this long, log it */
        STOP_WAIT_MS = 3000,       /* for reports, when asked to stop */
        RELEASE_MS_MAX = 5 * 1000, /* for sending the acknowledgements */
        REFUSED_WAIT_MS = 1000,    /* before reconnecting after Kafka refused a group */
};

static bool group_is_full(const struct session *session) {
        return session->group.messages >= session->conf->ingest.group_messages_max ||
               session->group.bytes >= GROUP_BYTES_MAX ||
               session->receipts.count + DECODE_EVENTS_MAX > session->receipts.most ||
               session->held_count + DECODE_EVENTS_MAX + 1 > THREAD_HELD_MAX;
}

/* How long the open frames may still collect events, in microseconds. */
static int64_t frame_left_us(const struct session *session) {
        if (session->lane == LANE_ALARM)
                return 0;
        return session->group.opened_mono_us + session->conf->ingest.frame_wait_ms * 1000 -
               clock_mono_us();
}

static void sleep_us(int64_t wait_us) {
        struct timespec wait = {.tv_sec = wait_us / 1000000,
                                .tv_nsec = (long)(wait_us % 1000000 * 1000)};

        nanosleep(&wait, NULL);
}

static bool is_readable(struct session *session) {
        struct pollfd fd = {.fd = mosquitto_socket(session->mosq), .events = POLLIN};

        return poll(&fd, 1, 0) > 0;
}

/* Read until no more messages are available or the group is full. Return: false if the connection is lost. */
static bool group_read(struct session *session) {
        struct thread_group *group = &session->group;

        session->more = false;
        for (;;) {
                int before = group->messages;

                if (mosquitto_loop_read(session->mosq, 1) != MOSQ_ERR_SUCCESS)
                        return false;
                if (group->messages == before) {
                        /* No more data, or the packet was not a message: poll() will report further ones. */
                        int64_t left_us = group->frames_open ? frame_left_us(session) : 0;

                        if (left_us <= 0)
                                return true;
                        /* The frames are sent together anyway, so wake up once for all messages until then. */
                        sleep_us(left_us);
                        continue;
                }
                if (group_is_full(session)) {
                        session->more = true;
                        return true;
                }
                if (!group->frames_open) {
                        group->frames_open = true;
                        group->opened_mono_us = clock_mono_us();
                } else if (session->lane == LANE_TELEMETRY && frame_left_us(session) <= 0) {
                        /* Messages keep arriving: let Kafka write these frames while we read on. */
                        sink_flush(session->sink);
                        sink_poll(session->sink, 0);
                        group->frames_open = false;
                }
        }
}

/* While Kafka is slow, add further alarms to the group. Reading writes nothing. Return: false if the connection is
 * lost. */
static bool group_read_on(struct session *session) {
        int before;

        do {
                before = session->group.messages;
                if (mosquitto_loop_read(session->mosq, 1) != MOSQ_ERR_SUCCESS)
                        return false;
        } while (session->group.messages > before && !group_is_full(session));
        return true;
}

static void give_notice(struct session *session) {
        for (; session->held_told < session->held_count; session->held_told++)
                desk_tell(session->desk, &session->held[session->held_told]);
}

static void say_owing(struct session *session) {
        if (thread_phase(session) == PHASE_OWING)
                return;
        thread_set_phase(session, PHASE_OWING);
        log_event(LOG_ERROR, "V0205", "Kafka does not acknowledge; messages wait in MQTT",
                  "session", session->name, "owed", log_number(sink_outstanding(session->sink)),
                  NULL);
}

enum settled {
        SETTLED,       /* all delivery reports have arrived */
        SETTLED_NEVER, /* asked to stop before that */
        SETTLED_ALONE, /* alarm lane: MQTT connection lost while Kafka does not answer */
};

/* Wait for the delivery reports of all records of the group. *alive: false if the connection is or becomes lost. */
static enum settled group_settle(struct session *session, bool *alive) {
        int64_t begun_mono_ms = clock_mono_ms();
        int64_t stop_mono_ms = 0;

        sink_flush(session->sink);
        while (sink_outstanding(session->sink) > 0) {
                sink_poll(session->sink, THREAD_REPORT_WAIT_MS);
                if (sink_outstanding(session->sink) == 0)
                        break;

                int64_t now_mono_ms = clock_mono_ms();

                thread_beat(session);
                if (session->owing_since_mono_ms == 0)
                        session->owing_since_mono_ms = begun_mono_ms;
                if (thread_is_stopping(session) && stop_mono_ms == 0)
                        stop_mono_ms = now_mono_ms;
                if (stop_mono_ms && now_mono_ms - stop_mono_ms > STOP_WAIT_MS)
                        return SETTLED_NEVER;
                if (now_mono_ms - session->owing_since_mono_ms > OWING_AFTER_MS)
                        say_owing(session);
                if (session->lane != LANE_ALARM)
                        continue;
                if (*alive && now_mono_ms - begun_mono_ms > READ_ON_AFTER_MS &&
                    !group_is_full(session))
                        *alive = group_read_on(session);
                if (now_mono_ms - session->owing_since_mono_ms > DESK_AFTER_MS)
                        give_notice(session);
                if (!*alive && now_mono_ms - session->owing_since_mono_ms > OWING_AFTER_MS)
                        return SETTLED_ALONE;
        }
        session->owing_since_mono_ms = 0;
        if (thread_phase(session) == PHASE_OWING && !session->refusing)
                thread_set_phase(session, session->connected ? PHASE_LIVE : PHASE_MQTT);
        return SETTLED;
}

/* Send all acknowledgements of the group. Return: false if the connection is lost. */
static bool group_release(struct session *session) {
        int64_t until_mono_ms = clock_mono_ms() + RELEASE_MS_MAX;
        int rc = MOSQ_ERR_SUCCESS;

        /* The broker deletes acknowledged messages, so all of them must be in Kafka. */
        require(sink_outstanding(session->sink) == 0 && sink_failed(session->sink) == 0,
                "session %s acknowledges %d messages, %d records are not in Kafka, %d failed",
                session->name, session->group.messages, sink_outstanding(session->sink),
                sink_failed(session->sink));
        mqtt_receipts_publish(&session->receipts, session->mosq);
        while (rc == MOSQ_ERR_SUCCESS && mosquitto_want_write(session->mosq)) {
                struct pollfd fd = {.fd = mosquitto_socket(session->mosq), .events = POLLOUT};

                rc = mosquitto_loop_write(session->mosq, 1);
                if (rc == MOSQ_ERR_SUCCESS && mosquitto_want_write(session->mosq)) {
                        if (clock_mono_ms() > until_mono_ms)
                                return false;
                        poll(&fd, 1, THREAD_IDLE_WAIT_MS);
                }
                thread_beat(session);
        }
        return rc == MOSQ_ERR_SUCCESS;
}

/* The broker has closed the connection, so acknowledgements are useless. Read the remaining packets and discard
 * messages, because the last packet tells whether the session was taken over or the broker restarted. */
static void read_last_words(struct session *session) {
        session->discard = true;
        while (mosquitto_socket(session->mosq) >= 0 && is_readable(session) &&
               mosquitto_loop_read(session->mosq, 1) == MOSQ_ERR_SUCCESS)
                ;
        session->discard = false;
}

static void group_forget(struct session *session) {
        session->group = (struct thread_group){0};
        metric_set(&stats.messages_held[session->lane], 0);
        session->receipts.count = 0;
        session->held_count = session->held_told = 0;
        if (session->sink) /* NULL: sink_renew() has failed, and the session is broken */
                sink_reset(session->sink);
}

/* The broker will redeliver the group although its records are still queued. Start with a new queue: otherwise each new
 * connection during a long outage of Kafka would queue all of them once more. */
static void sink_renew(struct session *session) {
        struct sink *fresh = NULL;

        session->sink = sink_free(session->sink);
        if (sink_new(&fresh, session->conf, session->lane, session->client_id, session->stop) < 0)
                session->broken = true;
        session->sink = fresh;
}

static void settle_desk(struct session *session) {
        for (size_t i = 0; i < session->held_count; i++)
                desk_settle(session->desk, &session->held[i]);
}

bool group_run(struct session *session) {
        bool alive = group_read(session);
        enum settled settled;

        if (session->group.messages == 0)
                return alive;
        settled = group_settle(session, &alive);
        if (settled == SETTLED_ALONE)
                sink_renew(session);
        if (settled != SETTLED) {
                group_forget(session);
                return false;
        }

        int messages = session->group.messages;

        if (sink_failed(session->sink) > 0) {
                metric_add(&stats.groups_refused[session->lane], 1);
                log_event(LOG_ERROR, "V0204",
                          "Kafka refused records: the group stays with the MQTT broker", "session",
                          session->name, "messages", log_number(messages), "why",
                          sink_why(session->sink), NULL);
                session->refusing = true;
                thread_set_phase(session, PHASE_OWING);
                group_forget(session);
                thread_rest(session, REFUSED_WAIT_MS);
                return false;
        }
        settle_desk(session);
        if (session->refusing) {
                session->refusing = false;
                thread_set_phase(session, session->connected ? PHASE_LIVE : PHASE_MQTT);
        }
        if (alive && client_peer_closed(session->mosq)) {
                read_last_words(session);
                alive = false;
        }
        if (alive)
                alive = group_release(session);
        if (alive) {
                metric_add(&stats.groups[session->lane], 1);
                metric_set(&stats.group_messages[session->lane], messages);
                /* We did not read while waiting for Kafka, so measure the silence of the broker from here. */
                pulse_begin(&session->pulse, false, clock_mono_ms());
        }
        group_forget(session);
        return alive;
}
