/* SPDX-License-Identifier: MIT
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_INGEST_MQTT_PHASE_H
#define VIGIL_INGEST_MQTT_PHASE_H

/* What a session is waiting for; /-/ready tells it. */
enum phase {
        PHASE_KAFKA,    /* the first acknowledgement of a warm-up record */
        PHASE_REGISTRY, /* the registry is not read to its end yet */
        PHASE_MQTT,     /* connecting or subscribing */
        PHASE_STAND_BY, /* another process has this client id now, until it is gone */
        PHASE_LIVE,
        PHASE_OWING,   /* Kafka owes an acknowledgement for a long time, or refuses records */
        PHASE_STOPPED, /* asked to stop, and did */
        PHASE_BROKEN,  /* only a new process can help; session_why() says why */
};

/* "live": for /-/ready. */
const char *phase_name(enum phase phase);

#endif
