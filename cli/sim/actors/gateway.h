/* SPDX-License-Identifier: MIT
 *
 * The reference gateway: one persistent MQTT 5 session for each grid, as a home gateway of that grid
 * would hold it. It shows what docs/wire/mqtt.md asks of a sender:
 *
 *      - QoS 1, session kept, TCP_NODELAY;
 *      - PUBACK with 0x10 (nobody subscribed) or an error means "not delivered": kept and sent again;
 *      - an alarm-class event is in the store before it is sent and stays until ingest's receipt,
 *        whatever PUBACK said.
 *
 * Telemetry is kept in memory until its PUBACK. When 50,000 messages wait, gateways_full() asks
 * the caller to stop: nothing is dropped.
 *
 * Thread: one owner. Blocks: never, but for the TCP connect of a new connection (loopback, LAN).
 */
#ifndef VIGIL_CLI_SIM_ACTORS_GATEWAY_H
#define VIGIL_CLI_SIM_ACTORS_GATEWAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/sim/actors/gateway_store.h"
#include "cli/sim/world/neighbourhood.h"

struct gateways;

struct gateways_options {
        const char *host;
        int port;
        const char *user;      /* or NULL */
        const char *password;  /* or NULL */
        const char *client_id; /* each session adds "-<grid>" */
        const struct neighbourhood *hood;
        struct gateway_store *store;

        /* An alarm-class event leaves now, for the @sends-th time. */
        void (*sent)(void *context, const char *event_id, int sends, int64_t now_mono_us);
        /* Ingest's receipt: the first one for an event of ours. */
        void (*receipt)(void *context, const char *event_id);
        void *context;
};

struct gateways_stats {
        uint64_t messages;      /* handed to MQTT, resends not counted */
        uint64_t alarm_resends; /* no receipt in time */
        uint64_t telemetry_resends;
        uint64_t refused;  /* PUBACK 0x10 or >= 0x80 */
        uint64_t receipts; /* first ones */
        uint64_t reconnects;
        int connected; /* sessions up now */
        int count;
};

int gateways_new(struct gateways **ret, const struct gateways_options *options);
struct gateways *gateways_free(struct gateways *gateways);

/* Add every socket to the epoll set @epoll_fd with @tag in its data.u64 (high half; low half: which). */
void gateways_watch(struct gateways *gateways, int epoll_fd, uint32_t tag);

/* A socket is ready. */
void gateways_ready(struct gateways *gateways, uint32_t which, uint32_t epoll_events,
                    int64_t now_mono_ms);

/* Keepalives, reconnections, resends. Call at least every 100 ms. */
void gateways_tick(struct gateways *gateways, int64_t now_mono_ms);

/* Publish telemetry through the session of @grid. Return: 0 or -ENOMEM. */
int gateways_telemetry(struct gateways *gateways, int grid, const char *topic, const char *payload,
                       size_t payload_bytes);

/* Keep and publish an alarm-class event. Return: 0 or -errno. */
int gateways_alarm(struct gateways *gateways, int grid, const char *event_id, const char *topic,
                   const char *payload, int64_t now_mono_ms);

/* Publish with the retain flag: what a wrongly configured device does. Nobody waits for it. */
void gateways_retained(struct gateways *gateways, int grid, const char *topic, const char *payload);

bool gateways_full(const struct gateways *gateways);

/* Messages not yet answered by the broker, all sessions. */
size_t gateways_waiting(const struct gateways *gateways);
void gateways_stats(const struct gateways *gateways, struct gateways_stats *ret);

#endif
