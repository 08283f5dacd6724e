/* SPDX-License-Identifier: MIT
 *
 * The reference gateway: one persistent MQTT 5 session per grid, as a home gateway holds it. It demonstrates what
 * docs/wire/mqtt.md requires of a sender:
 *
 *      - QoS 1, persistent session, TCP_NODELAY;
 *      - PUBACK with 0x10 (no subscriber) or an error means "not delivered": keep and resend;
 *      - an alarm-class event is stored before it is sent and stays stored until ingest's receipt,
 *        whatever PUBACK said.
 *
 * Telemetry is kept in memory until its PUBACK. Nothing is dropped: when 50,000 messages wait, gateways_full()
 * tells the caller to stop.
 *
 * Thread: one owner. Blocks: only during the TCP connect of a new connection (loopback, LAN).
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
        const char *client_id; /* each session appends "-<grid>" */
        const struct neighbourhood *hood;
        struct gateway_store *store;

        /* Called when an alarm-class event is sent for the @sends-th time. */
        void (*sent)(void *context, const char *event_id, int sends, int64_t now_mono_us);
        /* Called on the first receipt of ingest for an event. */
        void (*receipt)(void *context, const char *event_id);
        void *context;
};

struct gateways_stats {
        uint64_t messages;      /* published, without resends */
        uint64_t alarm_resends; /* sent again because no receipt arrived */
        uint64_t telemetry_resends;
        uint64_t refused;  /* PUBACK 0x10 or >= 0x80 */
        uint64_t receipts; /* first receipts only */
        uint64_t reconnects;
        int connected; /* sessions connected now */
        int count;
};

/* @options is copied; what it points to must outlive @ret. Return: 0 or -ENOMEM. */
int gateways_new(struct gateways **ret, const struct gateways_options *options);
struct gateways *gateways_free(struct gateways *gateways);

/* Register every socket with @epoll_fd. data.u64: @tag in the high half, the index of the gateway in the low half. */
void gateways_watch(struct gateways *gateways, int epoll_fd, uint32_t tag);

/* Call when a socket is ready; @which: the low half of data.u64. */
void gateways_ready(struct gateways *gateways, uint32_t which, uint32_t epoll_events,
                    int64_t now_mono_ms);

/* Do keepalives, reconnections and resends. Call at least every 100 ms. */
void gateways_tick(struct gateways *gateways, int64_t now_mono_ms);

/* Publish telemetry through the session of @grid. Return: 0 or -ENOMEM. */
int gateways_telemetry(struct gateways *gateways, int grid, const char *topic, const char *payload,
                       size_t payload_bytes);

/* Store and publish an alarm-class event. Return: 0; -errno, and it is not sent. */
int gateways_alarm(struct gateways *gateways, int grid, const char *event_id, const char *topic,
                   const char *payload, int64_t now_mono_ms);

/* Publish with the retain flag, as a wrongly configured device does. Not resent. */
void gateways_retained(struct gateways *gateways, int grid, const char *topic, const char *payload);

/* Too many messages wait for PUBACK: publish no telemetry now. */
bool gateways_full(const struct gateways *gateways);

/* Telemetry messages without PUBACK, in all sessions. */
size_t gateways_waiting(const struct gateways *gateways);
void gateways_stats(const struct gateways *gateways, struct gateways_stats *ret);

#endif
