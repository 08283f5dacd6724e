/* SPDX-License-Identifier: MIT
 *
 * The thread of a session: what it owns, and how it says that it lives. Shared by the files that make up a session
 * (session.h), and by nobody else.
 *
 * Thread: the session's own; what main() may look at says so.
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
        THREAD_IDLE_WAIT_MS = 200, /* between looks at the registry and the stop flag */
        THREAD_REPORT_WAIT_MS =
                100, /* between looks at what Kafka has acknowledged, or at the registry */
        THREAD_RETRY_MS_MIN = 100,
        THREAD_SETTLED_AFTER_MS = 10 * 1000, /* a connection that lasted so long was a good one */
        THREAD_RECEIPTS_MAX = 4 * DECODE_EVENTS_MAX,
        THREAD_HELD_MAX = THREAD_RECEIPTS_MAX,
};

/* The messages whose acknowledgements are held back together. */
struct thread_group {
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
        char why[160]; /* written before phase turns PHASE_BROKEN (release), read after (acquire) */

        /* The rest belongs to the session's thread. */
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
        size_t held_told;            /* of them, those that the desk was told of */
        int64_t owing_since_mono_ms; /* Kafka has acknowledged nothing since, 0: it does */
        struct thread_group group;
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

bool thread_is_stopping(const struct session *session);

/* Thread: any. What another thread reads in @session after PHASE_BROKEN was written before. */
enum phase thread_phase(const struct session *session);
void thread_set_phase(struct session *session, enum phase phase);
/* PHASE_STOPPED, or PHASE_BROKEN with its reason. */
void thread_finish(struct session *session, enum phase phase, const char *why);

/* Tell main() that the session is not stuck. */
void thread_beat(struct session *session);

/* Blocks: for @wait_ms, and at most 50 ms after a stop. */
void thread_rest(struct session *session, int wait_ms);

/* Apply what has come of the registry. Blocks: at most @wait_ms. */
void thread_follow_registry(struct session *session, int wait_ms);

#endif
