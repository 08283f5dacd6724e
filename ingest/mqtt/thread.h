/* SPDX-License-Identifier: MIT
 *
 * The thread of a session: its state, and its heartbeat. Used only by the files of a session (session.h).
 *
 * Thread: that of the session, unless stated otherwise.
 */
#ifndef VIGIL_INGEST_MQTT_THREAD_H
#define VIGIL_INGEST_MQTT_THREAD_H

#include <mosquitto.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/files/conf.h"
#include "common/kafka/kafka_watch.h"
#include "common/registry/registry.h"
#include "common/registry/registry_reader.h"
#include "ingest/guard/crowd.h"
#include "ingest/decode/decoder.h"
#include "ingest/decode/profile.h"
#include "ingest/desk/desk.h"
#include "ingest/kafka/claim.h"
#include "ingest/kafka/sink.h"
#include "ingest/mqtt/filters.h"
#include "ingest/mqtt/phase.h"
#include "ingest/guard/poison.h"
#include "ingest/mqtt/pulse.h"
#include "ingest/guard/rate.h"
#include "ingest/mqtt/receipt.h"

enum {
        THREAD_IDLE_WAIT_MS = 200, /* interval of checking the registry and the stop flag */
        THREAD_REPORT_WAIT_MS =
                100, /* interval of checking delivery reports, or the registry at start */
        THREAD_RETRY_MS_MIN = 100,
        THREAD_SETTLED_AFTER_MS = 10 * 1000, /* a connection that lasts longer is stable */
        THREAD_RECEIPTS_MAX = 4 * DECODE_EVENTS_MAX,
        THREAD_HELD_MAX = THREAD_RECEIPTS_MAX,
};

/* The messages that will be acknowledged together. */
struct thread_group {
        int messages;
        size_t bytes;
        int64_t opened_mono_us; /* when the first message since the last flush was read */
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
        const struct session *beside; /* of session_start(): the alarm session, or NULL */
        char name[48];
        char client_id[128];
        pthread_t thread;

        /* Written by the session's thread, read by any. Independent of each other and relaxed, except that
         * PHASE_BROKEN is stored (release) after why, which is read after it (acquire). */
        _Atomic int phase;
        _Atomic int64_t heartbeat_mono_ms;
        _Atomic int64_t connecting_mono_ms; /* since when in connect(2); 0: not */
        char why[160];

        /* Used only by the session's thread. */
        struct mosquitto *mosq;
        struct sink *sink;
        struct registry *registry;
        struct registry_reader *reader;
        struct decoder *decoder;
        struct crowd crowd;
        struct filters *filters;
        struct mqtt_receipts receipts;
        struct pulse pulse;
        struct poison poison;
        struct rates *rates; /* telemetry only */
        struct notice
                *held; /* alarm lane only, THREAD_HELD_MAX: alarms of the group, for the desk */
        size_t held_count;
        size_t held_told;            /* how many of them the desk has got notices about */
        int64_t owing_since_mono_ms; /* since when we wait for delivery reports; 0: we do not */
        struct thread_group group;
        int subscribe_mid; /* message id of our SUBSCRIBE */
        bool connected;    /* CONNACK and SUBACK were successful */
        bool more;         /* the last group left messages unread, perhaps inside the TLS layer */
        bool discard;      /* read and discard messages: the broker has closed the connection */
        bool thrown_out;   /* the broker said that another client took our id */
        bool was_settled;  /* the connection lost that way was stable */
        int64_t unsure_ms; /* how long to wait for Kafka's decision before connecting without it */
        bool broken;       /* the process must restart */
        bool refused;      /* CONNACK or SUBACK had an error code */
        bool refusing;     /* Kafka refused the last group */
        int retry_ms;
        int64_t live_since_mono_ms;
        int64_t patience_ms; /* time left at patience_mono_ms: read_again() in message.c */
        int64_t patience_mono_ms;
        int64_t tell_mono_ms; /* when to log an alarm without an event again */
        int64_t untold;       /* such alarms since the last line */
        int64_t say_mono_ms;  /* when to write the next listening record */
};

bool thread_is_stopping(const struct session *session);

/* Thread: any. A thread that gets PHASE_BROKEN may read session->why. */
enum phase thread_phase(const struct session *session);
void thread_set_phase(struct session *session, enum phase phase);
/* Set the last phase: PHASE_STOPPED, or PHASE_BROKEN with its reason. */
void thread_finish(struct session *session, enum phase phase, const char *why);

/* Record the heartbeat: the session is not stuck. */
void thread_beat(struct session *session);

/* Wait, with heartbeats. Blocks: for @wait_ms, but at most 50 ms after the program is asked to stop. */
void thread_rest(struct session *session, int wait_ms);

/* Apply records of the registry that have arrived. Blocks: until one arrives, at most @wait_ms. */
void thread_follow_registry(struct session *session, int wait_ms);

#endif
