/* SPDX-License-Identifier: MIT */
#include "ingest/mqtt/connection.h"

#include <mosquitto.h>
#include <mqtt_protocol.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/require.h"
#include "ingest/base/stats.h"
#include "ingest/mqtt/client.h"
#include "ingest/mqtt/thread.h"

enum {
        RETRY_MS_MAX = 1000,
        UNSURE_MS_MIN =
                5 * 1000, /* before connecting while Kafka has not decided who owns the session */
        UNSURE_MS_MAX = 30 * 1000,
};

void connection_lost(struct session *session) {
        if (!session->connected)
                return;
        session->connected = false;
        metric_add(&stats.mqtt_connected[session->lane], -1);
        if (thread_phase(session) == PHASE_LIVE)
                thread_set_phase(session, PHASE_MQTT);
}

static void on_connect(struct mosquitto *mosq, void *opaque, int reason, int flags,
                       const mosquitto_property *properties) {
        /* Do not request the retained messages of a filter again if the session already has it. */
        enum { OPTIONS = MQTT_SUB_OPT_SEND_RETAIN_NEW };
        struct session *session = opaque;
        int rc;

        pulse_hear(&session->pulse, clock_mono_ms());
        if (reason) {
                session->refused = true;
                log_event(LOG_ERROR, "V0206", "the MQTT broker refuses us", "session",
                          session->name, "reason", mosquitto_reason_string(reason), NULL);
                return;
        }
        metric_add(&stats.mqtt_connects[session->lane], 1);
        rc = mosquitto_subscribe_multiple(mosq, &session->subscribe_mid,
                                          (int)session->filters->count, session->filters->filters,
                                          1, OPTIONS, NULL);
        if (rc) {
                session->refused = true;
                log_event(LOG_ERROR, "V0206", "subscribing failed", "session", session->name,
                          "reason", mosquitto_strerror(rc), NULL);
                return;
        }
        log_event(LOG_INFO, "V0201", "connected", "session", session->name, "session_kept",
                  flags & 1 ? "yes" : "no", NULL);
}

static void on_subscribe(struct mosquitto *mosq, void *opaque, int mid, int count,
                         const int *granted, const mosquitto_property *properties) {
        struct session *session = opaque;

        pulse_hear(&session->pulse, clock_mono_ms());
        if (mid != session->subscribe_mid)
                return;
        for (int i = 0; i < count; i++) {
                if (granted[i] == 1)
                        continue;
                /* Without one filter some devices are not heard, so the session must not become live. */
                session->refused = true;
                log_event(LOG_ERROR, "V0206", "a subscription was not granted with QoS 1",
                          "session", session->name, "filter", session->filters->filters[i], NULL);
        }
        if (session->refused || session->connected)
                return;
        session->connected = true;
        session->live_since_mono_ms = clock_mono_ms();
        metric_add(&stats.mqtt_connected[session->lane], 1);
        thread_set_phase(session, session->refusing ? PHASE_OWING : PHASE_LIVE);
}

static void on_unsubscribe(struct mosquitto *mosq, void *opaque, int mid,
                           const mosquitto_property *properties) {
        struct session *session = opaque;

        pulse_hear(&session->pulse, clock_mono_ms());
}

static void on_disconnect(struct mosquitto *mosq, void *opaque, int reason,
                          const mosquitto_property *properties) {
        struct session *session = opaque;

        if (reason == MQTT_RC_SESSION_TAKEN_OVER) {
                /* Ignore this for a new connection: after a stall the broker may handle our older CONNECT last. */
                session->was_settled =
                        session->live_since_mono_ms &&
                        clock_mono_ms() - session->live_since_mono_ms > THREAD_SETTLED_AFTER_MS;
                session->thrown_out = true;
                metric_add(&stats.thrown_out, 1);
        }
        connection_lost(session);
        if (!thread_is_stopping(session)) {
                /* Below 128 it is a code of the library: the broker gave no reason. */
                log_event(LOG_WARN, "V0202", "MQTT connection lost", "session", session->name,
                          "reason",
                          reason < 128 ? mosquitto_strerror(reason)
                                       : mosquitto_reason_string(reason),
                          NULL);
        }
}

void connection_listen(struct session *session) {
        mosquitto_connect_v5_callback_set(session->mosq, on_connect);
        mosquitto_subscribe_v5_callback_set(session->mosq, on_subscribe);
        mosquitto_unsubscribe_v5_callback_set(session->mosq, on_unsubscribe);
        mosquitto_disconnect_v5_callback_set(session->mosq, on_disconnect);
}

/* Any write to the socket also sends queued acknowledgements. Within a group Kafka may not have all records yet. */
static void must_be_between_groups(const struct session *session) {
        require(session->group.messages == 0, "session %s: %d messages of a group in hand",
                session->name, session->group.messages);
}

/* May we connect to the session? Blocks: while Kafka does not decide who owns it. */
static bool may_connect(struct session *session) {
        int64_t since_mono_ms = clock_mono_ms();
        enum claim_state state = claim_state(session->claim);

        if (state == CLAIM_OURS)
                session->unsure_ms = 0;
        else if (state == CLAIM_UNSURE)
                session->unsure_ms = session->unsure_ms ? session->unsure_ms * 2 : UNSURE_MS_MIN;
        /* If the session was taken over while Kafka was unreachable, most likely a stand-by took it: wait long. */
        if (session->thrown_out || session->unsure_ms > UNSURE_MS_MAX)
                session->unsure_ms = UNSURE_MS_MAX;
        while (state == CLAIM_UNSURE && !thread_is_stopping(session) &&
               clock_mono_ms() - since_mono_ms < session->unsure_ms) {
                thread_rest(session, THREAD_RETRY_MS_MIN);
                state = claim_state(session->claim);
        }
        if (session->thrown_out && session->was_settled && state == CLAIM_OURS)
                log_event(LOG_ERROR, "V0215",
                          "a client that is no ingest process of ours uses our MQTT client id",
                          "session", session->name, "client_id", session->client_id, NULL);
        session->thrown_out = false;
        return state != CLAIM_THEIRS && !thread_is_stopping(session);
}

static int connect_within_time(struct session *session) {
        int rc;

        /* The library connects in a blocking call, which session_watch() interrupts. Meanwhile the heartbeat is set to
         * never expire, so that the program is not restarted. */
        atomic_store_explicit(&session->heartbeat_mono_ms, INT64_MAX, memory_order_relaxed);
        atomic_store_explicit(&session->connecting_mono_ms, clock_mono_ms(), memory_order_relaxed);
        rc = client_connect(session->mosq, session->conf);
        atomic_store_explicit(&session->connecting_mono_ms, 0, memory_order_relaxed);
        thread_beat(session);
        return rc;
}

bool connection_open(struct session *session) {
        int64_t now_mono_ms = clock_mono_ms();
        int rc;

        must_be_between_groups(session);
        connection_lost(session);
        if (session->live_since_mono_ms &&
            now_mono_ms - session->live_since_mono_ms > THREAD_SETTLED_AFTER_MS)
                session->retry_ms = 0;
        if (session->retry_ms > 0)
                thread_rest(session, session->retry_ms);
        session->retry_ms = session->retry_ms ? session->retry_ms * 2 : THREAD_RETRY_MS_MIN;
        if (session->retry_ms > RETRY_MS_MAX)
                session->retry_ms = RETRY_MS_MAX;
        if (!may_connect(session))
                return false;

        session->refused = false;
        session->live_since_mono_ms = 0;
        rc = connect_within_time(session);
        pulse_begin(&session->pulse, true, clock_mono_ms());
        if (rc)
                log_event(LOG_WARN, "V0203", "no connection to the MQTT broker", "session",
                          session->name, "reason", mosquitto_strerror(rc), NULL);
        return rc == MOSQ_ERR_SUCCESS;
}

int connection_feel_pulse(struct session *session) {
        int64_t now_mono_ms = clock_mono_ms();
        int rc;

        must_be_between_groups(session);
        if (pulse_is_lost(&session->pulse, now_mono_ms)) {
                log_event(LOG_WARN, "V0216", "the MQTT broker does not answer", "session",
                          session->name, NULL);
                return MOSQ_ERR_CONN_LOST;
        }
        if (!session->connected || !pulse_is_due(&session->pulse, now_mono_ms))
                return MOSQ_ERR_SUCCESS;
        rc = mosquitto_unsubscribe(session->mosq, NULL, PULSE_FILTER);
        pulse_ask(&session->pulse, now_mono_ms);
        return rc ? rc : mosquitto_loop_write(session->mosq, 1);
}

void connection_leave(struct session *session) {
        must_be_between_groups(session);
        /* The session stays with the broker, because CONNECT has set its expiry. */
        mosquitto_disconnect_v5(session->mosq, MQTT_RC_NORMAL_DISCONNECTION, NULL);
        mosquitto_loop_write(session->mosq, 1);
}
