/* SPDX-License-Identifier: MIT */
#include "ingest/mqtt/session.h"

#include <errno.h>
#include <mosquitto.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "ingest/desk/desk.h"
#include "ingest/kafka/sink.h"
#include "ingest/mqtt/client.h"
#include "ingest/mqtt/connection.h"
#include "ingest/mqtt/group.h"
#include "ingest/mqtt/message.h"
#include "ingest/mqtt/thread.h"

enum {
        WARM_WAIT_MS = 1000,
        ALARMS_LOOK_MS = 20,       /* interval of checking the alarm session */
        CONNECT_MS_MAX = 2 * 1000, /* one attempt: long enough to resend a lost packet */
};

/* --- what main() sees -------------------------------------------------------------------------- */

enum phase session_phase(const struct session *session) {
        return thread_phase(session);
}

const char *session_name(const struct session *session) {
        return session->name;
}

int64_t session_heartbeat_mono_ms(const struct session *session) {
        return atomic_load_explicit(&session->heartbeat_mono_ms, memory_order_relaxed);
}

const char *session_why(const struct session *session) {
        return session->why;
}

void session_watch(struct session *session) {
        int64_t since_mono_ms =
                atomic_load_explicit(&session->connecting_mono_ms, memory_order_relaxed);

        /* connect(2) returns EINTR; anywhere else the signal has no effect. */
        if (since_mono_ms && clock_mono_ms() - since_mono_ms > CONNECT_MS_MAX)
                pthread_kill(session->thread, SESSION_INTERRUPT);
}

/* --- the session's life --------------------------------------------------------------------- */

/* Handle the connection once. Return: true if it is still usable. */
static bool live_once(struct session *session) {
        struct pollfd fd = {.fd = mosquitto_socket(session->mosq), .events = POLLIN};
        int rc = connection_feel_pulse(session);

        if (mosquitto_want_write(session->mosq))
                fd.events |= POLLOUT;
        if (rc == MOSQ_ERR_SUCCESS && poll(&fd, 1, session->more ? 0 : THREAD_IDLE_WAIT_MS) < 0 &&
            errno != EINTR)
                return false;
        thread_follow_registry(session, 0);

        /* The group is empty here, so this can send CONNECT, SUBSCRIBE and PINGREQ, but no acknowledgement. */
        if (rc == MOSQ_ERR_SUCCESS && (fd.revents & POLLOUT))
                rc = mosquitto_loop_write(session->mosq, 1);
        if (rc == MOSQ_ERR_SUCCESS &&
            (session->more || (fd.revents & (POLLIN | POLLHUP | POLLERR))) && !group_run(session))
                return false;
        if (rc == MOSQ_ERR_SUCCESS)
                rc = mosquitto_loop_misc(session->mosq);
        return rc == MOSQ_ERR_SUCCESS && !session->refused;
}

/* Called between groups, so that the record follows all events read before. */
static void say_listening(struct session *session) {
        int64_t now_mono_ms = clock_mono_ms();

        if (!session->beside || now_mono_ms < session->say_mono_ms)
                return;
        session->say_mono_ms = now_mono_ms + EVENT_LISTENING_EVERY_MS;
        sink_listening(session->sink, (uint32_t)session->shard,
                       session_phase(session) == PHASE_LIVE &&
                               session_phase(session->beside) == PHASE_LIVE,
                       clock_wall_us() / 1000);
}

/* Another process owns the session: disconnect, and stay ready until the session is ours again. */
static void stand_by(struct session *session, bool connected) {
        if (connected && mosquitto_socket(session->mosq) >= 0)
                connection_leave(session);
        connection_lost(session);
        thread_set_phase(session, PHASE_STAND_BY);
        while (!thread_is_stopping(session) && claim_state(session->claim) == CLAIM_THEIRS) {
                thread_follow_registry(session, 0);
                thread_rest(session, THREAD_RETRY_MS_MIN);
        }
        session->retry_ms = 0;
        session->thrown_out = false;
        session->refusing = false;
        thread_set_phase(session, PHASE_MQTT);
}

static bool is_broken(const struct session *session) {
        return session->broken || sink_is_broken(session->sink);
}

/* The filters of a telemetry session also match alarm topics. If a killed broker has lost the alarm session and this
 * one connected first, the broker would acknowledge an SOS because it can deliver it here; the alarm session is not
 * subscribed yet and would never get it. So the alarm session always connects first. */
static bool must_wait_for_alarms(const struct session *session) {
        return session->beside && session_phase(session->beside) < PHASE_STAND_BY;
}

static void live(struct session *session) {
        bool connected = false;

        while (!thread_is_stopping(session) && !is_broken(session)) {
                thread_beat(session);
                if (claim_state(session->claim) == CLAIM_THEIRS) {
                        stand_by(session, connected);
                        connected = false;
                        continue;
                }
                if (connected && mosquitto_socket(session->mosq) >= 0)
                        connected = live_once(session);
                else if (must_wait_for_alarms(session))
                        thread_rest(session, ALARMS_LOOK_MS);
                else
                        connected = connection_open(session);
                if (!is_broken(session))
                        say_listening(session);
        }
        if (is_broken(session))
                thread_finish(session, PHASE_BROKEN,
                              session->broken ? err_why() : sink_why(session->sink));
        else if (connected && mosquitto_socket(session->mosq) >= 0)
                connection_leave(session);
}

/* Prepare everything needed to acknowledge a message, before the first one can arrive. */
static int prepare(struct session *session) {
        int r;

        thread_set_phase(session, PHASE_KAFKA);
        r = sink_new(&session->sink, session->conf, session->lane, session->client_id,
                     session->stop);
        if (r < 0)
                return err_trace(r);
        while (!thread_is_stopping(session) &&
               sink_warm(session->sink, session->conf, WARM_WAIT_MS) < 0)
                thread_rest(session, THREAD_RETRY_MS_MIN);

        thread_set_phase(session, PHASE_REGISTRY);
        r = registry_new(&session->registry);
        if (r < 0)
                return err_trace(r);
        r = registry_reader_open(&session->reader, session->conf, session->registry, NULL, NULL);
        if (r < 0)
                return err_trace(r);
        registry_reader_watch(session->reader, session->watch);
        while (!thread_is_stopping(session) && !registry_reader_caught_up(session->reader)) {
                thread_follow_registry(session, THREAD_REPORT_WAIT_MS);
                thread_beat(session);
        }

        thread_set_phase(session, PHASE_MQTT);
        r = decoder_new(&session->decoder, session->lane, session->profiles, session->registry,
                        (size_t)session->conf->ingest.message_bytes_max);
        if (r < 0)
                return err_trace(r);
        r = mqtt_receipts_init(&session->receipts, THREAD_RECEIPTS_MAX);
        if (r == 0 && session->lane == LANE_ALARM) {
                session->held = calloc(THREAD_HELD_MAX, sizeof(*session->held));
                r = session->held ? 0 : err_raise(-ENOMEM);
        }
        if (r == 0 && session->lane == LANE_TELEMETRY)
                r = rates_new(&session->rates, session->conf->ingest.device_events_per_s);
        if (r < 0)
                return err_trace(r);
        r = poison_open(&session->poison, getenv("RUNTIME_DIRECTORY"), session->client_id);
        if (r < 0)
                return err_trace(r);
        r = client_new(&session->mosq, session->conf, session->client_id, session);
        if (r < 0)
                return err_trace(r);
        connection_listen(session);
        mosquitto_message_v5_callback_set(session->mosq, mqtt_message_take);
        return 0;
}

static void *run(void *opaque) {
        struct session *session = opaque;
        int r = prepare(session);

        if (r < 0)
                thread_finish(session, PHASE_BROKEN, err_why()[0] ? err_why() : strerror(-r));
        else if (!thread_is_stopping(session))
                live(session);

        if (thread_phase(session) != PHASE_BROKEN)
                thread_finish(session, PHASE_STOPPED, "");
        if (session->mosq)
                mosquitto_destroy(session->mosq);
        mqtt_receipts_fini(&session->receipts);
        rates_free(session->rates);
        free(session->held);
        poison_close(&session->poison);
        decoder_free(session->decoder);
        registry_reader_close(session->reader);
        registry_free(session->registry);
        sink_free(session->sink);
        return NULL;
}

int session_start(struct session **ret, const struct session_common *common, enum lane lane,
                  size_t shard, const struct session *beside) {
        const struct conf *conf = common->conf;
        struct session *session = calloc(1, sizeof(*session));
        int r;

        if (!session)
                return err_raise(-ENOMEM);
        session->conf = conf;
        session->profiles = common->profiles;
        session->claim = common->claim;
        session->desk = common->desk;
        session->watch = common->watch;
        session->stop = common->stop;
        session->lane = lane;
        session->shard = shard;
        session->beside = beside;
        snprintf(session->name, sizeof(session->name), "%s-%zu", lane_name(lane), shard);
        snprintf(session->client_id, sizeof(session->client_id), "%s-%s", conf->ingest.client_id,
                 session->name);
        thread_beat(session);
        r = filters_new(&session->filters, conf, lane, shard, common->profiles);
        if (r < 0)
                goto out;
        r = -pthread_create(&session->thread, NULL, run, session);
        if (r < 0) {
                r = err_raise(r);
                goto out;
        }
        *ret = session;
        session = NULL;
out:
        if (session) {
                filters_free(session->filters);
                free(session);
        }
        return err_trace(r);
}

struct session *session_join(struct session *session) {
        if (!session)
                return NULL;
        pthread_join(session->thread, NULL);
        filters_free(session->filters);
        free(session);
        return NULL;
}
