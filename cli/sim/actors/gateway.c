/* SPDX-License-Identifier: MIT */
#include "cli/sim/actors/gateway.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <yyjson.h>

#include "common/base/clock.h"
#include "common/base/err.h"

enum {
        MIDS = 65536,
        WAITING_MAX = 50000,
        RETRY_MS = 1000, /* before reconnecting or resending telemetry */
        KEEPALIVE_S = 30,
        SESSION_EXPIRY_S = 7 * 24 * 3600,
        RECEIPT_TOPICS_MAX = 2000, /* above this, one wildcard loads the broker less */
        SUBSCRIBE_TOPICS = 100,    /* per SUBSCRIBE packet */
};

/* A telemetry message without PUBACK. Alarms are in the store instead. */
struct waiting {
        char *topic, *payload;
        size_t payload_bytes;
        int64_t due_mono_ms; /* in the retry list */
        struct waiting *next;
};

struct gateway {
        struct gateways *all;
        struct mosquitto *mqtt;
        int grid;
        int watched_fd; /* registered with epoll; -1: none */
        bool watched_out;
        bool connected;
        bool ever_connected;
        int64_t connect_due_mono_ms;
        struct waiting *by_mid[MIDS];
        struct waiting *retry_first, *retry_last;
        struct waiting *queue_first, *queue_last; /* while not connected */
};

struct gateways {
        struct gateways_options options;
        struct gateway **rows;
        int count;
        int epoll_fd;
        uint32_t tag;
        size_t waiting;
        struct gateways_stats stats;
};

/* --- telemetry that waits -------------------------------------------------------------------------- */

static struct waiting *waiting_free(struct waiting *waiting) {
        if (!waiting)
                return NULL;
        free(waiting->topic);
        free(waiting->payload);
        free(waiting);
        return NULL;
}

static void waiting_append(struct waiting **first, struct waiting **last, struct waiting *waiting) {
        waiting->next = NULL;
        if (*first)
                (*last)->next = waiting;
        else
                *first = waiting;
        *last = waiting;
}

static struct waiting *waiting_pop(struct waiting **first) {
        struct waiting *waiting = *first;

        if (waiting)
                *first = waiting->next;
        return waiting;
}

/* Give a message to libmosquitto, which resends it on a new connection until it is acknowledged. While not
 * connected it waits in our own queue, so that alarms do not wait behind it. Return: false when it was queued. */
static bool telemetry_send(struct gateway *gateway, struct waiting *waiting) {
        int mid = 0;

        if (gateway->connected &&
            mosquitto_publish_v5(gateway->mqtt, &mid, waiting->topic, (int)waiting->payload_bytes,
                                 waiting->payload, 1, false, NULL) == MOSQ_ERR_SUCCESS) {
                gateway->by_mid[mid % MIDS] = waiting;
                return true;
        }
        waiting_append(&gateway->queue_first, &gateway->queue_last, waiting);
        return false;
}

static void retries_send(struct gateway *gateway, int64_t now_mono_ms) {
        while (gateway->connected && gateway->retry_first &&
               gateway->retry_first->due_mono_ms <= now_mono_ms) {
                gateway->all->stats.telemetry_resends++;
                if (!telemetry_send(gateway, waiting_pop(&gateway->retry_first)))
                        break;
        }
}

static void queue_send(struct gateway *gateway) {
        struct waiting *waiting;

        while (gateway->connected && (waiting = waiting_pop(&gateway->queue_first)))
                if (!telemetry_send(gateway, waiting))
                        break;
}

/* --- alarms ------------------------------------------------------------------------------------------- */

static void alarm_send(struct gateway *gateway, const struct gateway_store_item *item) {
        struct gateways *all = gateway->all;

        if (item->sends > 1)
                all->stats.alarm_resends++;
        if (all->options.sent)
                all->options.sent(all->options.context, item->event_id, item->sends,
                                  clock_mono_us());
        mosquitto_publish_v5(gateway->mqtt, NULL, item->topic, (int)strlen(item->payload),
                             item->payload, 1, false, NULL);
}

static void alarms_send(struct gateways *gateways, int64_t now_mono_ms) {
        const struct gateway_store_item *item;

        while ((item = gateway_store_due(gateways->options.store, now_mono_ms))) {
                struct gateway *gateway = gateways->rows[item->gateway % gateways->count];

                /* While not connected, it stays in the store until it is due again. */
                if (gateway->connected)
                        alarm_send(gateway, item);
        }
}

/* --- callbacks of libmosquitto -------------------------------------------------------------------------- */

static void subscribe_some(struct gateway *gateway, char **topics, int count) {
        mosquitto_subscribe_multiple(gateway->mqtt, NULL, count, topics, 0, 0, NULL);
        for (int i = 0; i < count; i++)
                free(topics[i]);
}

static void receipts_subscribe(struct gateway *gateway) {
        const struct neighbourhood *hood = gateway->all->options.hood;
        char *topics[SUBSCRIBE_TOPICS];
        int count = 0;

        if (hood->device_count / (size_t)hood->grids > RECEIPT_TOPICS_MAX) {
                mosquitto_subscribe(gateway->mqtt, NULL, "vigil/receipts/+", 0);
                return;
        }
        for (size_t i = 0; i < hood->elder_count; i++) {
                const struct neighbourhood_home *home = &hood->homes[i];

                for (uint32_t d = 0; home->grid == gateway->grid && d < home->device_count; d++) {
                        if (asprintf(&topics[count], "vigil/receipts/%s",
                                     hood->devices[home->first_device + d].id) < 0)
                                continue;
                        if (++count == SUBSCRIBE_TOPICS) {
                                subscribe_some(gateway, topics, count);
                                count = 0;
                        }
                }
        }
        if (count)
                subscribe_some(gateway, topics, count);
}

static void on_connect(struct mosquitto *mqtt, void *context, int reason, int flags,
                       const mosquitto_property *properties) {
        struct gateway *gateway = context;
        bool session_present = flags & 1;

        if (reason != 0)
                return;
        gateway->connected = true;
        if (gateway->ever_connected)
                gateway->all->stats.reconnects++;
        gateway->ever_connected = true;
        if (!session_present)
                receipts_subscribe(gateway);
        queue_send(gateway);
}

static void on_disconnect(struct mosquitto *mqtt, void *context, int reason,
                          const mosquitto_property *properties) {
        struct gateway *gateway = context;

        gateway->connected = false;
        gateway->connect_due_mono_ms = clock_mono_ms() + RETRY_MS;
}

static void on_publish(struct mosquitto *mqtt, void *context, int mid, int reason,
                       const mosquitto_property *properties) {
        struct gateway *gateway = context;
        struct waiting *waiting = gateway->by_mid[mid % MIDS];
        bool delivered = reason != MQTT_RC_NO_MATCHING_SUBSCRIBERS && reason < 0x80;

        gateway->by_mid[mid % MIDS] = NULL;
        if (!delivered)
                gateway->all->stats.refused++;
        if (!waiting)
                return; /* an alarm: only its receipt counts */
        if (delivered) {
                gateway->all->waiting--;
                waiting_free(waiting);
                return;
        }
        waiting->due_mono_ms = clock_mono_ms() + RETRY_MS;
        waiting_append(&gateway->retry_first, &gateway->retry_last, waiting);
}

static void on_message(struct mosquitto *mqtt, void *context,
                       const struct mosquitto_message *message,
                       const mosquitto_property *properties) {
        struct gateway *gateway = context;
        struct gateways *all = gateway->all;
        yyjson_doc *doc = yyjson_read(message->payload, (size_t)message->payloadlen, 0);
        const char *event_id = yyjson_get_str(yyjson_obj_get(yyjson_doc_get_root(doc), "event_id"));

        if (event_id && gateway_store_done(all->options.store, event_id)) {
                all->stats.receipts++;
                if (all->options.receipt)
                        all->options.receipt(all->options.context, event_id);
        }
        yyjson_doc_free(doc);
}

/* --- sessions ------------------------------------------------------------------------------------------ */

static int gateway_connect(struct gateway *gateway) {
        const struct gateways_options *options = &gateway->all->options;
        mosquitto_property *properties = NULL;
        int code;

        mosquitto_property_add_int32(&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL,
                                     SESSION_EXPIRY_S);
        code = mosquitto_connect_bind_v5(gateway->mqtt, options->host, options->port, KEEPALIVE_S,
                                         NULL, properties);
        mosquitto_property_free_all(&properties);
        return code == MOSQ_ERR_SUCCESS ? 0 : -ECONNREFUSED;
}

static struct gateway *gateway_free(struct gateway *gateway) {
        struct waiting *waiting;

        if (!gateway)
                return NULL;
        if (gateway->mqtt) {
                mosquitto_disconnect(gateway->mqtt);
                mosquitto_destroy(gateway->mqtt);
        }
        for (int mid = 0; mid < MIDS; mid++)
                waiting_free(gateway->by_mid[mid]);
        while ((waiting = waiting_pop(&gateway->retry_first)))
                waiting_free(waiting);
        while ((waiting = waiting_pop(&gateway->queue_first)))
                waiting_free(waiting);
        free(gateway);
        return NULL;
}

static int gateway_new(struct gateway **ret, struct gateways *all, int grid) {
        struct gateway *gateway = calloc(1, sizeof(*gateway));
        char client_id[64];

        if (!gateway)
                return err_raise(-ENOMEM);
        gateway->all = all;
        gateway->grid = grid;
        gateway->watched_fd = -1;
        snprintf(client_id, sizeof(client_id), "%s-%d", all->options.client_id, grid + 1);
        gateway->mqtt = mosquitto_new(client_id, false, gateway);
        if (!gateway->mqtt) {
                gateway_free(gateway);
                return err_raise(-ENOMEM);
        }
        mosquitto_int_option(gateway->mqtt, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
        mosquitto_int_option(gateway->mqtt, MOSQ_OPT_TCP_NODELAY, 1);
        mosquitto_int_option(gateway->mqtt, MOSQ_OPT_SEND_MAXIMUM, 65535);
        if (all->options.user)
                mosquitto_username_pw_set(gateway->mqtt, all->options.user, all->options.password);
        mosquitto_connect_v5_callback_set(gateway->mqtt, on_connect);
        mosquitto_disconnect_v5_callback_set(gateway->mqtt, on_disconnect);
        mosquitto_publish_v5_callback_set(gateway->mqtt, on_publish);
        mosquitto_message_v5_callback_set(gateway->mqtt, on_message);
        *ret = gateway;
        return 0;
}

int gateways_new(struct gateways **ret, const struct gateways_options *options) {
        struct gateways *gateways;
        int r = 0;

        mosquitto_lib_init();
        gateways = calloc(1, sizeof(*gateways));
        if (!gateways)
                return err_raise(-ENOMEM);
        gateways->options = *options;
        gateways->epoll_fd = -1;
        gateways->rows = calloc((size_t)options->hood->grids, sizeof(struct gateway *));
        if (!gateways->rows)
                r = err_raise(-ENOMEM);
        for (int grid = 0; r == 0 && grid < options->hood->grids; grid++) {
                r = gateway_new(&gateways->rows[grid], gateways, grid);
                gateways->count = grid + 1;
        }
        if (r < 0) {
                gateways_free(gateways);
                return r;
        }
        gateways->stats.count = gateways->count;
        *ret = gateways;
        return 0;
}

struct gateways *gateways_free(struct gateways *gateways) {
        if (!gateways)
                return NULL;
        for (int i = 0; i < gateways->count; i++)
                gateway_free(gateways->rows[i]);
        free(gateways->rows);
        free(gateways);
        mosquitto_lib_cleanup();
        return NULL;
}

/* --- the loop ------------------------------------------------------------------------------------------ */

/* Update the epoll registration of one socket: the descriptor changes with every connection, and EPOLLOUT is set
 * only while there is something to write. */
static void watch_update(struct gateways *gateways, int which) {
        struct gateway *gateway = gateways->rows[which];
        int fd = mosquitto_socket(gateway->mqtt);
        bool out = fd >= 0 && mosquitto_want_write(gateway->mqtt);
        struct epoll_event event = {
                .events = EPOLLIN | (out ? (uint32_t)EPOLLOUT : 0u),
                .data.u64 = (uint64_t)gateways->tag << 32 | (uint32_t)which,
        };

        if (gateways->epoll_fd < 0)
                return;
        if (fd != gateway->watched_fd) {
                /* epoll has removed the closed descriptor by itself. */
                if (fd >= 0)
                        epoll_ctl(gateways->epoll_fd, EPOLL_CTL_ADD, fd, &event);
        } else if (fd >= 0 && out != gateway->watched_out) {
                epoll_ctl(gateways->epoll_fd, EPOLL_CTL_MOD, fd, &event);
        }
        gateway->watched_fd = fd;
        gateway->watched_out = out;
}

void gateways_watch(struct gateways *gateways, int epoll_fd, uint32_t tag) {
        gateways->epoll_fd = epoll_fd;
        gateways->tag = tag;
        for (int i = 0; i < gateways->count; i++)
                watch_update(gateways, i);
}

static void gateway_lost(struct gateway *gateway, int64_t now_mono_ms) {
        gateway->connected = false;
        gateway->watched_fd = -1;
        if (gateway->connect_due_mono_ms <= now_mono_ms)
                gateway->connect_due_mono_ms = now_mono_ms + RETRY_MS;
}

void gateways_ready(struct gateways *gateways, uint32_t which, uint32_t epoll_events,
                    int64_t now_mono_ms) {
        struct gateway *gateway = gateways->rows[which % (uint32_t)gateways->count];
        int code = MOSQ_ERR_SUCCESS;

        if (epoll_events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                code = mosquitto_loop_read(gateway->mqtt, 1);
        if (code == MOSQ_ERR_SUCCESS && mosquitto_want_write(gateway->mqtt))
                code = mosquitto_loop_write(gateway->mqtt, 1);
        if (code != MOSQ_ERR_SUCCESS || mosquitto_socket(gateway->mqtt) < 0)
                gateway_lost(gateway, now_mono_ms);
        watch_update(gateways, (int)which);
}

void gateways_tick(struct gateways *gateways, int64_t now_mono_ms) {
        for (int i = 0; i < gateways->count; i++) {
                struct gateway *gateway = gateways->rows[i];

                if (mosquitto_socket(gateway->mqtt) < 0) {
                        gateway->watched_fd = -1;
                        gateway->connected = false;
                        if (now_mono_ms < gateway->connect_due_mono_ms)
                                continue;
                        gateway->connect_due_mono_ms = now_mono_ms + RETRY_MS;
                        gateway_connect(gateway);
                } else if (mosquitto_loop_misc(gateway->mqtt) != MOSQ_ERR_SUCCESS) {
                        gateway_lost(gateway, now_mono_ms);
                }
                queue_send(gateway);
                retries_send(gateway, now_mono_ms);
                if (mosquitto_want_write(gateway->mqtt))
                        mosquitto_loop_write(gateway->mqtt, 1);
                watch_update(gateways, i);
        }
        alarms_send(gateways, now_mono_ms);
}

/* --- publishing ------------------------------------------------------------------------------------------ */

int gateways_telemetry(struct gateways *gateways, int grid, const char *topic, const char *payload,
                       size_t payload_bytes) {
        struct waiting *waiting = calloc(1, sizeof(*waiting));

        if (!waiting)
                return err_raise(-ENOMEM);
        waiting->topic = strdup(topic);
        waiting->payload = malloc(payload_bytes + 1);
        if (!waiting->topic || !waiting->payload) {
                waiting_free(waiting);
                return err_raise(-ENOMEM);
        }
        memcpy(waiting->payload, payload, payload_bytes);
        waiting->payload[payload_bytes] = '\0';
        waiting->payload_bytes = payload_bytes;
        gateways->waiting++;
        gateways->stats.messages++;
        telemetry_send(gateways->rows[grid % gateways->count], waiting);
        return 0;
}

int gateways_alarm(struct gateways *gateways, int grid, const char *event_id, const char *topic,
                   const char *payload, int64_t now_mono_ms) {
        int r = gateway_store_put(gateways->options.store, grid, event_id, topic, payload,
                                  now_mono_ms);

        if (r < 0)
                return r;
        gateways->stats.messages++;
        alarms_send(gateways, now_mono_ms);
        return 0;
}

void gateways_retained(struct gateways *gateways, int grid, const char *topic,
                       const char *payload) {
        mosquitto_publish_v5(gateways->rows[grid % gateways->count]->mqtt, NULL, topic,
                             (int)strlen(payload), payload, 1, true, NULL);
}

bool gateways_full(const struct gateways *gateways) {
        return gateways->waiting >= WAITING_MAX;
}

size_t gateways_waiting(const struct gateways *gateways) {
        return gateways->waiting;
}

void gateways_stats(const struct gateways *gateways, struct gateways_stats *ret) {
        *ret = gateways->stats;
        ret->connected = 0;
        for (int i = 0; i < gateways->count; i++)
                ret->connected += gateways->rows[i]->connected;
}
