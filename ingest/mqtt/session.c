/* SPDX-License-Identifier: MIT */
#include "ingest/mqtt/session.h"

#include <errno.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/log.h"
#include "common/registry/registry.h"
#include "common/registry/registry_reader.h"
#include "ingest/decode/crowd.h"
#include "ingest/decode/decode.h"
#include "ingest/decode/topic.h"
#include "ingest/desk/desk.h"
#include "ingest/kafka/claim.h"
#include "ingest/kafka/sink.h"
#include "ingest/mqtt/client.h"
#include "ingest/mqtt/filters.h"
#include "ingest/mqtt/poison.h"
#include "ingest/mqtt/pulse.h"
#include "ingest/mqtt/rate.h"
#include "ingest/mqtt/receipt.h"
#include "ingest/stats.h"

enum {
        IDLE_WAIT_MS = 200, /* between looks at the registry and the stop flag */
        WARM_WAIT_MS = 1000,
        REPORT_WAIT_MS = 100,
        READ_ON_AFTER_MS = 1000,   /* Kafka slow for so long: alarms are read on meanwhile */
        OWING_AFTER_MS = 5 * 1000, /* Kafka silent for so long is said aloud */
        RELEASE_MS_MAX = 5 * 1000, /* for the broker to take our acknowledgements */
        CONNECT_MS_MAX =
                2 * 1000, /* one try: a lost packet is sent again within it, a black hole ends it */
        UNSURE_MS_MIN =
                5 * 1000, /* before we connect although Kafka does not say whose the session is */
        UNSURE_MS_MAX = 30 * 1000,
        STOP_WAIT_MS = 3000, /* for Kafka's word, when asked to stop */
        RETRY_MS_MIN = 100,
        ALARMS_LOOK_MS = 20, /* between two looks at the other session */
        RETRY_MS_MAX = 1000,
        REFUSED_WAIT_MS = 1000, /* before a group that Kafka refused is asked for again */
        SETTLED_AFTER_MS = 10 * 1000,
        REGISTRY_BATCH = 1000,
        PATIENCE_MS_MAX = 2000, /* for the registry, with an alarm of an unknown device in hand */
        PATIENCE_SHARE = 5,     /* of so much time one part */
        TELL_EVERY_MS = 60 * 1000,

        GROUP_BYTES_MAX = 8 * 1024 * 1024,
        RECEIPTS_MAX = 4 * DECODE_EVENTS_MAX,
        HELD_MAX = RECEIPTS_MAX,
};

/* The messages whose acknowledgements are held back together. */
struct group {
        int messages;
        size_t bytes;
        int64_t opened_mono_us; /* of the frames that are open: the first message since the last flush */
        bool frames_open;
};

struct session {
        const struct conf *conf;
        const struct profile_set *profiles;
        const struct claim *claim;
        struct desk *desk;
        const struct kafka_watch *watch;
        const atomic_bool *stop;
        enum lane lane;
        size_t shard;
        const struct session *beside; /* the other lane's, when this one speaks for both */
        char name[48];
        char client_id[128];
        pthread_t thread;

        /* Each stands alone and is read by main() for display and supervision only: relaxed. */
        _Atomic int phase;
        _Atomic int64_t heartbeat_mono_ms;
        _Atomic int64_t connecting_mono_ms; /* since when, 0: not */
        char why[160]; /* written before phase turns SESSION_BROKEN (release), read after (acquire) */

        /* The rest belongs to the session's thread. */
        struct mosquitto *mosq;
        struct sink *sink;
        struct registry *registry;
        struct registry_reader *reader;
        struct decoder *decoder;
        struct crowd crowd;
        struct filters *filters;
        struct receipts receipts;
        struct pulse pulse;
        struct poison poison;
        struct rates *rates; /* telemetry only */
        struct notice *held; /* alarm lane only, HELD_MAX: alarms of the group, for the desk */
        size_t held_count;
        size_t held_told;            /* of them, those that the desk was told of */
        int64_t owing_since_mono_ms; /* Kafka has acknowledged nothing since, 0: it does */
        struct group group;
        int subscribe_mid; /* of the sensors' filters */
        bool connected;    /* CONNACK and SUBACK were good */
        bool more;    /* a group ended with messages still unread, perhaps inside the TLS layer */
        bool discard; /* read to the end, but keep nothing: the connection is lost to us */
        bool thrown_out;   /* the broker said that another client has our id */
        bool was_settled;  /* and we had it for a while */
        int64_t unsure_ms; /* how long we wait for Kafka's word before we connect without it */
        bool broken;       /* only a new process helps */
        bool refused;      /* CONNACK or SUBACK refused us */
        bool refusing;     /* Kafka refused the latest group */
        int retry_ms;
        int64_t live_since_mono_ms;
        int64_t patience_ms; /* left, as of patience_mono_ms */
        int64_t patience_mono_ms;
        int64_t tell_mono_ms; /* then an alarm that is no event is worth a line again */
        int64_t untold;       /* since the last line */
        int64_t say_mono_ms;  /* then say again whether we listen */
};

/* --- what main() sees -------------------------------------------------------------------------- */

const char *session_phase_name(enum session_phase phase) {
        static const char *const names[] = {
                [SESSION_KAFKA] = "waiting for kafka",
                [SESSION_REGISTRY] = "reading the registry",
                [SESSION_MQTT] = "waiting for mqtt",
                [SESSION_STAND_BY] = "standing by: another process has the session",
                [SESSION_LIVE] = "live",
                [SESSION_OWING] = "kafka does not acknowledge",
                [SESSION_STOPPED] = "stopped",
                [SESSION_BROKEN] = "broken",
        };

        return names[phase];
}

enum session_phase session_phase(const struct session *session) {
        /* E2 <- E1, finish(): whoever sees SESSION_BROKEN sees why. */
        return (enum session_phase)atomic_load_explicit(&session->phase, memory_order_acquire);
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

/* --- small things -------------------------------------------------------------------------- */

static bool stopping(const struct session *session) {
        return atomic_load_explicit(session->stop, memory_order_relaxed);
}

static void beat(struct session *session) {
        atomic_store_explicit(&session->heartbeat_mono_ms, clock_mono_ms(), memory_order_relaxed);
}

static void set_phase(struct session *session, enum session_phase phase) {
        atomic_store_explicit(&session->phase, (int)phase, memory_order_relaxed);
}

static void finish(struct session *session, enum session_phase phase, const char *why) {
        snprintf(session->why, sizeof(session->why), "%s", why);
        /* E1 -> E2, session_phase(): why is written before the phase that tells to read it. */
        atomic_store_explicit(&session->phase, (int)phase, memory_order_release);
}

/* Sleep, but wake within 50 ms of a stop. */
static void rest(struct session *session, int wait_ms) {
        int64_t until_mono_ms = clock_mono_ms() + wait_ms;

        while (!stopping(session) && clock_mono_ms() < until_mono_ms) {
                beat(session);
                poll(NULL, 0, 50);
        }
}

static void follow_registry(struct session *session, int wait_ms) {
        int applied = registry_reader_poll(session->reader, wait_ms, REGISTRY_BATCH);

        if (applied > 0)
                metric_set(&stats.registry_devices,
                           (int64_t)registry_count(session->registry, REGISTRY_DEVICE));
        else if (applied < 0)
                log_event(LOG_ERROR, "V0212", "registry record not applied", "session",
                          session->name, "why", err_why(), NULL);
}

/* --- callbacks of libmosquitto, all on the session's thread ---------------------------------- */

static enum stats_result result_of(const struct decoded *decoded) {
        if (decoded->reject)
                return STATS_REJECTED;
        switch (decoded->result) {
        case DECODE_EVENTS:
                return STATS_EVENTS;
        case DECODE_OTHER_LANE:
                return STATS_OTHER_LANE;
        case DECODE_IGNORED:
                return STATS_IGNORED;
        case DECODE_REJECTED:
                break;
        }
        return STATS_REJECTED;
}

/* A friendly name in a foreign topic may be a person's: of those, the log names the first level only. */
static void quarantine(struct session *session, const struct decode_message *message,
                       enum reject reject, const char *detail) {
        size_t bytes = topic_is_native(message->topic) ? budget_sender_bytes(message->topic)
                                                       : strcspn(message->topic, "/");
        char sender[128];

        if (!sink_quarantine(session->sink, message, reject, detail))
                return;
        snprintf(sender, sizeof(sender), "%.*s", (int)bytes, message->topic);
        log_event(LOG_WARN, "V0217", "a sender is refused so often that not all is kept", "session",
                  session->name, "sender", sender, "reason", reject_name(reject), NULL);
}

/* Return: true when it may go on to Kafka. Alarms always may. */
static bool within_rate(struct session *session, const struct event *event) {
        enum rate_answer answer = RATE_FINE;

        if (session->lane == LANE_TELEMETRY)
                answer = rates_take(session->rates, event->device_hash, event->sample_count,
                                    clock_mono_us());
        if (answer == RATE_FINE)
                return true;
        metric_add(&stats.events_excess, 1);
        if (answer == RATE_EXCESS_SAY)
                log_event(LOG_WARN, "V0218", "a device sends too much: its readings are refused",
                          "session", session->name, "device", event->device_id, NULL);
        return false;
}

/*
 * An alarm of a device that we do not know: perhaps it was imported a moment ago. Read the registry to its end as of now
 * and look again; the message's acknowledgement is held anyway. Whoever floods us with such alarms must
 * not hold up those of others, so the time spent on it is bounded: PATIENCE_MS_MAX at once, and a fifth of all time.
 */
static const struct decoded *read_again(struct session *session,
                                        const struct decode_message *message) {
        int64_t begin_mono_ms = clock_mono_ms();
        int64_t patience_ms =
                session->patience_ms + (begin_mono_ms - session->patience_mono_ms) / PATIENCE_SHARE;

        session->patience_ms = patience_ms < PATIENCE_MS_MAX ? patience_ms : PATIENCE_MS_MAX;
        session->patience_mono_ms = begin_mono_ms;
        if (session->patience_ms > 1) {
                /* Not in time: what has come of it is what we know. */
                (void)registry_reader_catch_up(session->reader, (int)session->patience_ms / 2);
                session->patience_ms -= clock_mono_ms() - begin_mono_ms;
                session->patience_mono_ms = clock_mono_ms();
                beat(session);
        }
        return decoder_read(session->decoder, message);
}

/* The session ends a group before there is no room. */
static struct notice *hold_one(struct session *session) {
        return session->lane == LANE_ALARM ? &session->held[session->held_count++] : NULL;
}

static void tell_desk(struct session *session, const struct alarm *alarm, int64_t received_us) {
        struct alarm told = *alarm;
        int64_t now_mono_ms = clock_mono_ms();

        if (crowd_take(&session->crowd, &told, session->registry, received_us) ==
            CROWD_TOGETHER_SAY)
                log_event(LOG_WARN, "V0222",
                          "many alarms of unregistered devices: the desk is told of them together",
                          "session", session->name, "district",
                          told.district[0] ? told.district : "unknown", NULL);

        /* A friendly name in a foreign topic may be a person's. */
        bool may_name = told.elder_id[0] || told.district[0];

        struct notice *held = hold_one(session);

        if (held)
                notice_of_alarm(held, &told, received_us / 1000);
        sink_alarm(session->sink, &told, received_us);
        session->untold++;
        if (now_mono_ms < session->tell_mono_ms)
                return;
        log_event(LOG_WARN, "V0220", "an alarm became no event; the desk is told", "session",
                  session->name, "why", alarm_name(told.reason), "device",
                  may_name ? told.device : "", "alarms", log_number(session->untold), NULL);
        session->untold = 0;
        session->tell_mono_ms = now_mono_ms + TELL_EVERY_MS;
}

static void hold(struct session *session, const struct event *event, const char *mqtt_topic) {
        const struct registry_elder *elder = registry_elder(session->registry, event->elder_id);
        struct notice *held = hold_one(session);
        char district[REGISTRY_ID_BYTES] = "";
        struct topic topic;

        if (!held)
                return;
        if (elder)
                snprintf(district, sizeof(district), "%s", elder->district);
        else if (topic_is_native(mqtt_topic) && !topic_parse(&topic, mqtt_topic))
                snprintf(district, sizeof(district), "%.*s", (int)topic.district.bytes,
                         topic.district.text);
        notice_of_event(held, event, district);
}

static void on_message(struct mosquitto *mosq, void *opaque,
                       const struct mosquitto_message *publish,
                       const mosquitto_property *properties) {
        struct session *session = opaque;
        struct decode_message message = {
                .topic = publish->topic,
                .payload = publish->payload,
                .payload_bytes = (size_t)publish->payloadlen,
                .retained = publish->retain,
                .received_us = clock_wall_us(),
        };

        pulse_hear(&session->pulse, clock_mono_ms());
        if (session->discard) {
                metric_add(&stats.messages[session->lane][STATS_DISCARDED], 1);
                return;
        }
        session->group.messages++;
        metric_set(&stats.messages_held[session->lane], session->group.messages);
        session->group.bytes += message.payload_bytes;

        if (poison_begin(&session->poison, message.topic, message.payload, message.payload_bytes)) {
                quarantine(session, &message, REJECT_CRASHED_INGEST,
                           "ingest died with this message in hand, again and again");
                metric_add(&stats.messages[session->lane][STATS_REJECTED], 1);
                return;
        }

        const struct decoded *decoded = decoder_read(session->decoder, &message);
        size_t excess = 0;

        if (session->lane == LANE_ALARM && (decoded->reject == REJECT_UNKNOWN_DEVICE ||
                                            decoded->alarm.reason == ALARM_UNREGISTERED))
                decoded = read_again(session, &message);
        for (size_t i = 0; i < decoded->event_count; i++) {
                if (!within_rate(session, &decoded->events[i].event)) {
                        excess++;
                        continue;
                }
                sink_event(session->sink, &decoded->events[i], message.received_us);
                receipts_owe(&session->receipts, &decoded->events[i].event);
                hold(session, &decoded->events[i].event, message.topic);
        }
        if (decoded->reject)
                quarantine(session, &message, decoded->reject, decoded->detail);
        else if (excess > 0)
                quarantine(session, &message, REJECT_TOO_MANY,
                           "the device sends more than ingest.device_events_per_s");
        if (decoded->alarm.reason)
                tell_desk(session, &decoded->alarm, message.received_us);
        metric_add(&stats.keys_ignored[session->lane], (int64_t)decoded->ignored_keys);
        metric_add(&stats.messages[session->lane][result_of(decoded)], 1);
        poison_end(&session->poison);
}

static void on_connect(struct mosquitto *mosq, void *opaque, int reason, int flags,
                       const mosquitto_property *properties) {
        /* A filter that the session already has must not bring its retained messages again. */
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
                /* Deaf on one filter is as bad as deaf: do not look alive. */
                session->refused = true;
                log_event(LOG_ERROR, "V0206", "a subscription was not granted with QoS 1",
                          "session", session->name, "filter", session->filters->filters[i], NULL);
        }
        if (session->refused || session->connected)
                return;
        session->connected = true;
        session->live_since_mono_ms = clock_mono_ms();
        metric_add(&stats.mqtt_connected[session->lane], 1);
        set_phase(session, session->refusing ? SESSION_OWING : SESSION_LIVE);
}

static void on_unsubscribe(struct mosquitto *mosq, void *opaque, int mid,
                           const mosquitto_property *properties) {
        struct session *session = opaque;

        pulse_hear(&session->pulse, clock_mono_ms());
}

static void mark_disconnected(struct session *session) {
        if (!session->connected)
                return;
        session->connected = false;
        metric_add(&stats.mqtt_connected[session->lane], -1);
        if (session_phase(session) == SESSION_LIVE)
                set_phase(session, SESSION_MQTT);
}

static void on_disconnect(struct mosquitto *mosq, void *opaque, int reason,
                          const mosquitto_property *properties) {
        struct session *session = opaque;

        if (reason == MQTT_RC_SESSION_TAKEN_OVER) {
                /* Not of a connection just made: after a standstill the broker reads our older ones last. */
                session->was_settled =
                        session->live_since_mono_ms &&
                        clock_mono_ms() - session->live_since_mono_ms > SETTLED_AFTER_MS;
                session->thrown_out = true;
                metric_add(&stats.thrown_out, 1);
        }
        mark_disconnected(session);
        if (!stopping(session)) {
                /* Below 128 it is the library's own code: the broker said nothing. */
                log_event(LOG_WARN, "V0202", "MQTT connection lost", "session", session->name,
                          "reason",
                          reason < 128 ? mosquitto_strerror(reason)
                                       : mosquitto_reason_string(reason),
                          NULL);
        }
}

/* --- one group ---------------------------------------------------------------------------------- */

static bool group_is_full(const struct session *session) {
        return session->group.messages >= session->conf->ingest.group_messages_max ||
               session->group.bytes >= GROUP_BYTES_MAX ||
               session->receipts.count + DECODE_EVENTS_MAX > session->receipts.most ||
               session->held_count + DECODE_EVENTS_MAX + 1 > HELD_MAX;
}

/* How long open frames may still be filled. */
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

/* Read until nothing more has come, or the group is full. Return: false when the connection is gone. */
static bool group_read(struct session *session) {
        struct group *group = &session->group;

        session->more = false;
        for (;;) {
                int before = group->messages;

                if (mosquitto_loop_read(session->mosq, 1) != MOSQ_ERR_SUCCESS)
                        return false;
                if (group->messages == before) {
                        /* Drained, or a packet that is no message: then poll() tells of the next one. */
                        int64_t left_us = group->frames_open ? frame_left_us(session) : 0;

                        if (left_us <= 0)
                                return true;
                        /* The frames leave together anyway: one wake-up for all that comes meanwhile. */
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
                        /* More keeps coming: Kafka works on these while we read on. */
                        sink_flush(session->sink);
                        sink_poll(session->sink, 0);
                        group->frames_open = false;
                }
        }
}

/* Kafka keeps us waiting, and more alarms may have come: they join the group. Reading writes nothing. Return: false when the
 * connection is gone. */
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
        if (session_phase(session) == SESSION_OWING)
                return;
        set_phase(session, SESSION_OWING);
        log_event(LOG_ERROR, "V0205", "Kafka does not acknowledge; messages wait in MQTT",
                  "session", session->name, "owed", log_number(sink_outstanding(session->sink)),
                  NULL);
}

enum settled {
        SETTLED,       /* Kafka's word on every record is in */
        SETTLED_NEVER, /* asked to stop before that */
        SETTLED_ALONE, /* alarm lane: the MQTT connection went meanwhile, and Kafka still says nothing */
};

/* Wait for Kafka's word on every record of the group. */
static enum settled group_settle(struct session *session, bool *alive) {
        int64_t begun_mono_ms = clock_mono_ms();
        int64_t stop_mono_ms = 0;

        sink_flush(session->sink);
        while (sink_outstanding(session->sink) > 0) {
                sink_poll(session->sink, REPORT_WAIT_MS);
                if (sink_outstanding(session->sink) == 0)
                        break;

                int64_t now_mono_ms = clock_mono_ms();

                beat(session);
                if (session->owing_since_mono_ms == 0)
                        session->owing_since_mono_ms = begun_mono_ms;
                if (stopping(session) && stop_mono_ms == 0)
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
        if (session_phase(session) == SESSION_OWING && !session->refusing)
                set_phase(session, session->connected ? SESSION_LIVE : SESSION_MQTT);
        return SETTLED;
}

/* Let every acknowledgement of the group go. Return: false when the connection is gone. */
static bool group_release(struct session *session) {
        int64_t until_mono_ms = clock_mono_ms() + RELEASE_MS_MAX;
        int rc = MOSQ_ERR_SUCCESS;

        receipts_publish(&session->receipts, session->mosq);
        while (rc == MOSQ_ERR_SUCCESS && mosquitto_want_write(session->mosq)) {
                struct pollfd fd = {.fd = mosquitto_socket(session->mosq), .events = POLLOUT};

                rc = mosquitto_loop_write(session->mosq, 1);
                if (rc == MOSQ_ERR_SUCCESS && mosquitto_want_write(session->mosq)) {
                        if (clock_mono_ms() > until_mono_ms)
                                return false;
                        poll(&fd, 1, IDLE_WAIT_MS);
                }
                beat(session);
        }
        return rc == MOSQ_ERR_SUCCESS;
}

/* The broker closed its end, so nobody takes our acknowledgements. What it said last matters: was
 * the session taken over, or did it only restart? Read on to that word, keeping nothing. */
static void read_last_words(struct session *session) {
        session->discard = true;
        while (mosquitto_socket(session->mosq) >= 0 && is_readable(session) &&
               mosquitto_loop_read(session->mosq, 1) == MOSQ_ERR_SUCCESS)
                ;
        session->discard = false;
}

static void forget_group(struct session *session) {
        session->group = (struct group){0};
        metric_set(&stats.messages_held[session->lane], 0);
        session->receipts.count = 0;
        session->held_count = session->held_told = 0;
        sink_reset(session->sink);
}

/* The broker sends the group again on a new connection, and Kafka has not taken it: begin with an empty queue, or
 * every connection during a long outage would add all of them once more. */
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

/* Return: true when the connection can be used further. */
static bool group_run(struct session *session) {
        bool alive = group_read(session);
        enum settled settled;

        if (session->group.messages == 0)
                return alive;
        settled = group_settle(session, &alive);
        if (settled == SETTLED_ALONE)
                sink_renew(session);
        if (settled != SETTLED) {
                forget_group(session);
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
                set_phase(session, SESSION_OWING);
                forget_group(session);
                rest(session, REFUSED_WAIT_MS);
                return false;
        }
        settle_desk(session);
        if (session->refusing) {
                session->refusing = false;
                set_phase(session, session->connected ? SESSION_LIVE : SESSION_MQTT);
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
                /* We were not reading while Kafka wrote: only from here on is silence the broker's. */
                pulse_begin(&session->pulse, false, clock_mono_ms());
        }
        forget_group(session);
        return alive;
}

/* --- the session's life --------------------------------------------------------------------- */

/* Whether the session is ours to connect to. Blocks: while Kafka does not say. */
static bool may_connect(struct session *session) {
        int64_t since_mono_ms = clock_mono_ms();
        enum claim_state state = claim_state(session->claim);

        if (state == CLAIM_OURS)
                session->unsure_ms = 0;
        else if (state == CLAIM_UNSURE)
                session->unsure_ms = session->unsure_ms ? session->unsure_ms * 2 : UNSURE_MS_MIN;
        /* Thrown out while we cannot know by whom: most likely by a stand-by that reaches Kafka. */
        if (session->thrown_out || session->unsure_ms > UNSURE_MS_MAX)
                session->unsure_ms = UNSURE_MS_MAX;
        while (state == CLAIM_UNSURE && !stopping(session) &&
               clock_mono_ms() - since_mono_ms < session->unsure_ms) {
                rest(session, RETRY_MS_MIN);
                state = claim_state(session->claim);
        }
        if (session->thrown_out && session->was_settled && state == CLAIM_OURS)
                log_event(LOG_ERROR, "V0215",
                          "a client that is no ingest process of ours uses our MQTT client id",
                          "session", session->name, "client_id", session->client_id, NULL);
        session->thrown_out = false;
        return state != CLAIM_THEIRS && !stopping(session);
}

static int connect_within_time(struct session *session) {
        int rc;

        /* The library connects blocking; session_watch() interrupts it. Waiting is no reason to restart us. */
        atomic_store_explicit(&session->heartbeat_mono_ms, INT64_MAX, memory_order_relaxed);
        atomic_store_explicit(&session->connecting_mono_ms, clock_mono_ms(), memory_order_relaxed);
        rc = client_connect(session->mosq, session->conf);
        atomic_store_explicit(&session->connecting_mono_ms, 0, memory_order_relaxed);
        beat(session);
        return rc;
}

/* Connect, and wait longer each time it does not work. */
static bool connect_once(struct session *session) {
        int64_t now_mono_ms = clock_mono_ms();
        int rc;

        mark_disconnected(session);
        if (session->live_since_mono_ms &&
            now_mono_ms - session->live_since_mono_ms > SETTLED_AFTER_MS)
                session->retry_ms = 0;
        if (session->retry_ms > 0)
                rest(session, session->retry_ms);
        session->retry_ms = session->retry_ms ? session->retry_ms * 2 : RETRY_MS_MIN;
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

/* Between groups: nothing else is queued that this could let go. Return: a MOSQ_ERR_ code. */
static int feel_pulse(struct session *session) {
        int64_t now_mono_ms = clock_mono_ms();
        int rc;

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

/* Return: true when the connection can be used further. */
static bool live_once(struct session *session) {
        struct pollfd fd = {.fd = mosquitto_socket(session->mosq), .events = POLLIN};
        int rc = feel_pulse(session);

        if (mosquitto_want_write(session->mosq))
                fd.events |= POLLOUT;
        if (rc == MOSQ_ERR_SUCCESS && poll(&fd, 1, session->more ? 0 : IDLE_WAIT_MS) < 0 &&
            errno != EINTR)
                return false;
        follow_registry(session, 0);

        /* The group is empty here: CONNECT, SUBSCRIBE and PINGREQ leave, and no acknowledgement. */
        if (rc == MOSQ_ERR_SUCCESS && (fd.revents & POLLOUT))
                rc = mosquitto_loop_write(session->mosq, 1);
        if (rc == MOSQ_ERR_SUCCESS &&
            (session->more || (fd.revents & (POLLIN | POLLHUP | POLLERR))) && !group_run(session))
                return false;
        if (rc == MOSQ_ERR_SUCCESS)
                rc = mosquitto_loop_misc(session->mosq);
        return rc == MOSQ_ERR_SUCCESS && !session->refused;
}

/* Only for a connection whose groups are all settled: this writes whatever is queued. */
static void leave(struct session *session) {
        /* The session stays with the broker: its expiry was set at CONNECT. */
        mosquitto_disconnect_v5(session->mosq, MQTT_RC_NORMAL_DISCONNECTION, NULL);
        mosquitto_loop_write(session->mosq, 1);
}

/* Called between groups, so that it stands behind all that was read before. */
static void say_listening(struct session *session) {
        int64_t now_mono_ms = clock_mono_ms();

        if (!session->beside || now_mono_ms < session->say_mono_ms)
                return;
        session->say_mono_ms = now_mono_ms + LISTENING_EVERY_MS;
        sink_listening(session->sink, (uint32_t)session->shard,
                       session_phase(session) == SESSION_LIVE &&
                               session_phase(session->beside) == SESSION_LIVE,
                       clock_wall_us() / 1000);
}

/* Another process has the session: stay ready to take it again. */
static void stand_by(struct session *session, bool connected) {
        if (connected && mosquitto_socket(session->mosq) >= 0)
                leave(session);
        mark_disconnected(session);
        set_phase(session, SESSION_STAND_BY);
        while (!stopping(session) && claim_state(session->claim) == CLAIM_THEIRS) {
                follow_registry(session, 0);
                rest(session, RETRY_MS_MIN);
        }
        session->retry_ms = 0;
        session->thrown_out = false;
        session->refusing = false;
        set_phase(session, SESSION_MQTT);
}

static bool is_broken(const struct session *session) {
        return session->broken || sink_is_broken(session->sink);
}

/* Both lanes' sessions are subscribed to everything. A broker that was killed may have lost both, or have saved this one
 * alone; were it connected first, the broker would tell a device that its press has been delivered, which nobody of the
 * alarm lane would ever see. So the alarms' session is always the first. */
static bool must_wait_for_alarms(const struct session *session) {
        return session->beside && session_phase(session->beside) < SESSION_STAND_BY;
}

static void live(struct session *session) {
        bool connected = false;

        while (!stopping(session) && !is_broken(session)) {
                beat(session);
                if (claim_state(session->claim) == CLAIM_THEIRS) {
                        stand_by(session, connected);
                        connected = false;
                        continue;
                }
                if (connected && mosquitto_socket(session->mosq) >= 0)
                        connected = live_once(session);
                else if (must_wait_for_alarms(session))
                        rest(session, ALARMS_LOOK_MS);
                else
                        connected = connect_once(session);
                if (!is_broken(session))
                        say_listening(session);
        }
        if (is_broken(session))
                finish(session, SESSION_BROKEN,
                       session->broken ? err_why() : sink_why(session->sink));
        else if (connected && mosquitto_socket(session->mosq) >= 0)
                leave(session);
}

/* Everything that an acknowledgement will need, before the first message can come. */
static int prepare(struct session *session) {
        int r;

        set_phase(session, SESSION_KAFKA);
        r = sink_new(&session->sink, session->conf, session->lane, session->client_id,
                     session->stop);
        if (r < 0)
                return r;
        while (!stopping(session) && sink_warm(session->sink, session->conf, WARM_WAIT_MS) < 0)
                rest(session, RETRY_MS_MIN);

        set_phase(session, SESSION_REGISTRY);
        r = registry_new(&session->registry);
        if (r < 0)
                return r;
        r = registry_reader_open(&session->reader, session->conf, session->registry, NULL, NULL);
        if (r < 0)
                return r;
        registry_reader_watch(session->reader, session->watch);
        while (!stopping(session) && !registry_reader_caught_up(session->reader)) {
                follow_registry(session, REPORT_WAIT_MS);
                beat(session);
        }

        set_phase(session, SESSION_MQTT);
        r = decoder_new(&session->decoder, session->lane, session->profiles, session->registry,
                        (size_t)session->conf->ingest.message_bytes_max);
        if (r < 0)
                return r;
        r = receipts_init(&session->receipts, RECEIPTS_MAX);
        if (r == 0 && session->lane == LANE_ALARM) {
                session->held = calloc(HELD_MAX, sizeof(*session->held));
                r = session->held ? 0 : err_raise(-ENOMEM);
        }
        if (r == 0 && session->lane == LANE_TELEMETRY)
                r = rates_new(&session->rates, session->conf->ingest.device_events_per_s);
        if (r < 0)
                return r;
        r = poison_open(&session->poison, getenv("RUNTIME_DIRECTORY"), session->client_id);
        if (r < 0)
                return r;
        r = client_new(&session->mosq, session->conf, session->client_id, session);
        if (r < 0)
                return r;
        mosquitto_connect_v5_callback_set(session->mosq, on_connect);
        mosquitto_subscribe_v5_callback_set(session->mosq, on_subscribe);
        mosquitto_unsubscribe_v5_callback_set(session->mosq, on_unsubscribe);
        mosquitto_disconnect_v5_callback_set(session->mosq, on_disconnect);
        mosquitto_message_v5_callback_set(session->mosq, on_message);
        return 0;
}

static void *run(void *opaque) {
        struct session *session = opaque;
        int r = prepare(session);

        if (r < 0)
                finish(session, SESSION_BROKEN, err_why()[0] ? err_why() : strerror(-r));
        else if (!stopping(session))
                live(session);

        if (session_phase(session) != SESSION_BROKEN)
                finish(session, SESSION_STOPPED, "");
        if (session->mosq)
                mosquitto_destroy(session->mosq);
        receipts_fini(&session->receipts);
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
        beat(session);
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
        return r;
}

void session_watch(struct session *session) {
        int64_t since_mono_ms =
                atomic_load_explicit(&session->connecting_mono_ms, memory_order_relaxed);

        /* connect(2) ends with EINTR; anywhere else the signal does nothing. */
        if (since_mono_ms && clock_mono_ms() - since_mono_ms > CONNECT_MS_MAX)
                pthread_kill(session->thread, SESSION_INTERRUPT);
}

struct session *session_join(struct session *session) {
        if (!session)
                return NULL;
        pthread_join(session->thread, NULL);
        filters_free(session->filters);
        free(session);
        return NULL;
}
