/* SPDX-License-Identifier: MIT
 *
 * The phases of a session. Thread: any. Blocks: never.
 */
#ifndef VIGIL_INGEST_MQTT_PHASE_H
#define VIGIL_INGEST_MQTT_PHASE_H

/* What a session is waiting for, shown by /-/ready. */
enum phase {
        PHASE_KAFKA,    /* waits for the delivery report of the warm-up record */
        PHASE_REGISTRY, /* reads the registry to its end */
        PHASE_MQTT,     /* connects and subscribes */
        PHASE_STAND_BY, /* another process owns the session */
        PHASE_LIVE,
        PHASE_OWING,   /* Kafka has not acknowledged for a while, or refuses records */
        PHASE_STOPPED, /* has ended because it was asked to stop */
        PHASE_BROKEN,  /* has ended, the process must restart; session_why() has the reason */
};

/* The text for /-/ready: "live". */
const char *phase_name(enum phase phase);

#endif
