/* SPDX-License-Identifier: MIT */
#include "ingest/desk/desk.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yyjson.h>
#include <zmq.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/log.h"
#include "ingest/base/stats.h"

enum {
        KEY_BYTES = 41,
        FRAMES = 3,
        TURN_MS = 200,
        HELLO_MS = 5000,
        SOCKET_BEAT_MS = 2000,
        SOCKET_SILENT_MS = 6000,
        MESSAGE_BYTES_MAX = 64 * 1024,
};

static const char magic[] = "VP1";

struct desk {
        pthread_t thread;
        atomic_bool stop;
        pthread_mutex_t lock;
        struct notices notices; /* protected by the lock */

        /* Used only by the thread. */
        void *zmq;
        void *sockets[CONF_INSTANCES_MAX];
        size_t socket_count;
        int64_t hello_mono_ms;
};

/* --- for the sessions --------------------------------------------------------------------------- */

void desk_tell(struct desk *desk, const struct notice *notice) {
        int r;

        if (!desk)
                return;
        pthread_mutex_lock(&desk->lock);
        r = notices_add(&desk->notices, notice, clock_mono_ms());
        metric_set(&stats.notices_open, (int64_t)desk->notices.open);
        pthread_mutex_unlock(&desk->lock);
        if (r == NOTICES_FULL || r == NOTICES_REPLACED)
                metric_add(&stats.notices_lost, 1);
        if (r == 0 || r == NOTICES_REPLACED) {
                metric_add(&stats.notices, 1);
                log_event(LOG_WARN, "V0221", "Kafka does not take an alarm: the desk is told",
                          "kind", notice->kind, "district", notice->district, NULL);
        }
}

void desk_settle(struct desk *desk, const struct notice *notice) {
        if (!desk)
                return;
        pthread_mutex_lock(&desk->lock);
        notices_settle(&desk->notices, notice->id, clock_mono_ms());
        pthread_mutex_unlock(&desk->lock);
}

/* --- frames -------------------------------------------------------------------------------------- */

static void say(struct desk *desk, const char *type, const char *json) {
        for (size_t i = 0; i < desk->socket_count; i++) {
                /* If the connection is down or its queue full, the notice will be repeated soon anyway. */
                if (zmq_send(desk->sockets[i], magic, sizeof(magic) - 1,
                             ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0)
                        continue;
                zmq_send(desk->sockets[i], type, strlen(type), ZMQ_SNDMORE);
                zmq_send(desk->sockets[i], json, strlen(json), 0);
        }
}

static char *notice_json(const struct notice *notice) {
        yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
        yyjson_mut_val *root = yyjson_mut_obj(doc);
        char *json;

        yyjson_mut_doc_set_root(doc, root);
        yyjson_mut_obj_add_str(doc, root, "notice_id", notice->id);
        yyjson_mut_obj_add_str(doc, root, "district", notice->district);
        yyjson_mut_obj_add_str(doc, root, "device", notice->device_id);
        yyjson_mut_obj_add_str(doc, root, "elder", notice->elder_id);
        yyjson_mut_obj_add_str(doc, root, "kind", notice->kind);
        yyjson_mut_obj_add_int(doc, root, "received_time_ms", notice->received_time_ms);
        yyjson_mut_obj_add_bool(doc, root, "drill", notice->drill);
        json = yyjson_mut_write(doc, 0, NULL);
        yyjson_mut_doc_free(doc);
        return json;
}

static void say_notices(struct desk *desk) {
        for (;;) {
                const struct notice *next;
                struct notice notice;
                char *json;

                pthread_mutex_lock(&desk->lock);
                next = notices_next(&desk->notices, clock_mono_ms());
                if (next)
                        notice = *next;
                metric_set(&stats.notices_open, (int64_t)desk->notices.open);
                pthread_mutex_unlock(&desk->lock);
                if (!next)
                        return;
                json = notice_json(&notice);
                if (json)
                        say(desk, notice.settled ? "settled" : "notice", json);
                free(json);
        }
}

static void say_hello(struct desk *desk, int64_t now_mono_ms) {
        char json[48];

        if (now_mono_ms < desk->hello_mono_ms)
                return;
        desk->hello_mono_ms = now_mono_ms + HELLO_MS;
        snprintf(json, sizeof(json), "{\"instances\":%zu}", desk->socket_count);
        say(desk, "hello", json);
}

static void take_noticed(struct desk *desk, const char *body, size_t bytes) {
        yyjson_doc *doc = yyjson_read(body, bytes, 0);
        const char *id = yyjson_get_str(yyjson_obj_get(yyjson_doc_get_root(doc), "notice_id"));
        bool news = false;

        if (id) {
                pthread_mutex_lock(&desk->lock);
                news = notices_told(&desk->notices, id);
                pthread_mutex_unlock(&desk->lock);
        }
        if (news)
                metric_add(&stats.notices_told, 1);
        yyjson_doc_free(doc);
}

/* Receive a message: magic, type, body. Return: false if there is none. */
static bool take_one(struct desk *desk, void *socket) {
        zmq_msg_t frames[FRAMES], extra;
        int count = 0;
        bool more = true;

        for (int i = 0; i < FRAMES; i++)
                zmq_msg_init(&frames[i]);
        zmq_msg_init(&extra);
        while (more) {
                zmq_msg_t *frame = count < FRAMES ? &frames[count] : &extra;

                if (zmq_msg_recv(frame, socket, ZMQ_DONTWAIT) < 0)
                        break;
                more = zmq_msg_more(frame);
                count++;
        }
        if (count == FRAMES && zmq_msg_size(&frames[1]) == strlen("noticed") &&
            memcmp(zmq_msg_data(&frames[1]), "noticed", strlen("noticed")) == 0)
                take_noticed(desk, zmq_msg_data(&frames[2]), zmq_msg_size(&frames[2]));
        for (int i = 0; i < FRAMES; i++)
                zmq_msg_close(&frames[i]);
        zmq_msg_close(&extra);
        return count > 0;
}

static void *run(void *opaque) {
        struct desk *desk = opaque;
        zmq_pollitem_t items[CONF_INSTANCES_MAX] = {0};

        for (size_t i = 0; i < desk->socket_count; i++)
                items[i] = (zmq_pollitem_t){.socket = desk->sockets[i], .events = ZMQ_POLLIN};
        while (!atomic_load_explicit(&desk->stop, memory_order_relaxed)) {
                say_hello(desk, clock_mono_ms());
                say_notices(desk);
                (void)zmq_poll(items, (int)desk->socket_count, TURN_MS);
                for (size_t i = 0; i < desk->socket_count; i++)
                        while (take_one(desk, desk->sockets[i]))
                                ;
        }
        return NULL;
}

/* --- opening and closing ------------------------------------------------------------------------- */

static int read_keys(const char *path, char *ret_public, char *ret_secret, char *ret_server) {
        const char *slash = strrchr(path, '/');
        char server[PATH_MAX];
        struct stat info;
        FILE *file = fopen(path, "re");
        int matched;

        if (!file)
                return err_raise_why(-errno,
                                     "ingest.desk_key %s cannot be read; make it with: "
                                     "vigil keys new --role ingest",
                                     path);
        if (fstat(fileno(file), &info) == 0 && (info.st_mode & 077) != 0) {
                fclose(file);
                return err_raise_why(-EPERM, "%s can be read by others; chmod 600 it", path);
        }
        matched = fscanf(file, "public-key %40s secret-key %40s", ret_public, ret_secret);
        fclose(file);
        if (matched != 2)
                return err_raise_why(-EINVAL, "%s is not a key file of vigil keys new", path);
        snprintf(server, sizeof(server), "%.*s/server.pub", slash ? (int)(slash - path) : 1,
                 slash ? path : ".");
        file = fopen(server, "re");
        if (!file)
                return err_raise_why(-errno, "%s cannot be read: it belongs beside ingest.desk_key",
                                     server);
        matched = fscanf(file, "%40s", ret_server);
        fclose(file);
        return matched == 1 ? 0 : err_raise_why(-EINVAL, "%s is empty", server);
}

static int set_number(void *socket, int option, int value) {
        return zmq_setsockopt(socket, option, &value, sizeof(value)) < 0 ? -zmq_errno() : 0;
}

static int open_socket(struct desk *desk, const char *endpoint, const char *public_key,
                       const char *secret_key, const char *server_key) {
        const struct {
                int option, value;
        } numbers[] = {
                {ZMQ_LINGER, 0},
                {ZMQ_IMMEDIATE, 1}, /* queue nothing while there is no connection */
                {ZMQ_RECONNECT_IVL, 200},
                {ZMQ_RECONNECT_IVL_MAX, 1000},
                {ZMQ_HEARTBEAT_IVL, SOCKET_BEAT_MS},
                {ZMQ_HEARTBEAT_TIMEOUT, SOCKET_SILENT_MS},
        };
        int64_t bytes_max = MESSAGE_BYTES_MAX;
        void *socket = zmq_socket(desk->zmq, ZMQ_DEALER);
        int r = 0;

        if (!socket)
                return err_raise(-zmq_errno());
        desk->sockets[desk->socket_count++] = socket;
        for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]) && r == 0; i++)
                r = set_number(socket, numbers[i].option, numbers[i].value);
        if (r == 0 && (zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &bytes_max, sizeof(bytes_max)) < 0 ||
                       zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, server_key, KEY_BYTES) < 0 ||
                       zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, public_key, KEY_BYTES) < 0 ||
                       zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, secret_key, KEY_BYTES) < 0 ||
                       zmq_connect(socket, endpoint) < 0))
                r = -zmq_errno();
        return r < 0 ? err_raise_why(r, "cannot open the way to the desk at %s: %s", endpoint,
                                     zmq_strerror(-r))
                     : 0;
}

static void release(struct desk *desk) {
        for (size_t i = 0; i < desk->socket_count; i++)
                zmq_close(desk->sockets[i]);
        if (desk->zmq)
                zmq_ctx_term(desk->zmq);
        pthread_mutex_destroy(&desk->lock);
        free(desk);
}

int desk_open(struct desk **ret, const struct conf *conf) {
        char public_key[KEY_BYTES] = "", secret_key[KEY_BYTES] = "", server_key[KEY_BYTES] = "";
        struct desk *desk;
        int r;

        if (!conf->ingest.desk_key) {
                log_event(LOG_WARN, "V0219",
                          "no ingest.desk_key: while Kafka is away the desk hears of no alarm",
                          NULL);
                *ret = NULL;
                return 0;
        }
        r = read_keys(conf->ingest.desk_key, public_key, secret_key, server_key);
        if (r < 0)
                return err_trace(r);
        desk = calloc(1, sizeof(*desk));
        if (!desk)
                return err_raise(-ENOMEM);
        pthread_mutex_init(&desk->lock, NULL);
        desk->zmq = zmq_ctx_new();
        r = desk->zmq ? 0 : err_raise(-ENOMEM);
        for (size_t i = 0; i < conf->alerting.instance_count && r == 0; i++)
                r = open_socket(desk, conf->alerting.instances[i].pages, public_key, secret_key,
                                server_key);
        explicit_bzero(secret_key, sizeof(secret_key));
        if (r == 0)
                r = -pthread_create(&desk->thread, NULL, run, desk);
        if (r < 0) {
                release(desk);
                return err_trace(r);
        }
        *ret = desk;
        return 0;
}

struct desk *desk_close(struct desk *desk) {
        if (!desk)
                return NULL;
        atomic_store_explicit(&desk->stop, true, memory_order_relaxed);
        pthread_join(desk->thread, NULL);
        release(desk);
        return NULL;
}
