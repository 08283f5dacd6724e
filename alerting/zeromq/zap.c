/* SPDX-License-Identifier: MIT */
#include "alerting/zeromq/zap.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <zmq.h>

#include "alerting/base/stats.h"
#include "common/base/err.h"

#define ZAP_ENDPOINT "inproc://zeromq.zap.01"
#define STOP_ENDPOINT "inproc://vigil.gate.stop"

enum { ZAP_FRAMES = 7, ZAP_FRAME_BYTES = 256, KEY_BINARY_BYTES = 32 };

struct zap {
        char path[PATH_MAX];
        void *socket;     /* REP; used by the thread only, once it runs */
        void *stop_here;  /* PAIR, used by the loop */
        void *stop_there; /* PAIR, used by the thread */
        pthread_t thread;
        bool runs;
        struct stat seen; /* of the file when it was last read */
        pthread_mutex_t lock;
        struct allow *allow; /* used and replaced under the lock */
};

/* --- ZAP (RFC 27) -------------------------------------------------------------------------------- */

struct zap_frame {
        char bytes[ZAP_FRAME_BYTES];
        int size;
};

/* Read one request into @frames[ZAP_FRAMES]; further frames are dropped. Return: how many it had, or -1. */
static int zap_read(void *socket, struct zap_frame *frames) {
        int count = 0, more;
        size_t more_bytes = sizeof(more);

        do {
                struct zap_frame spare;
                struct zap_frame *frame = count < ZAP_FRAMES ? &frames[count] : &spare;

                frame->size = zmq_recv(socket, frame->bytes, sizeof(frame->bytes) - 1, 0);
                if (frame->size < 0)
                        return -1;
                if (frame->size > (int)sizeof(frame->bytes) - 1)
                        frame->size = 0; /* truncated: longer than any valid frame */
                frame->bytes[frame->size] = '\0';
                count++;
                if (zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &more_bytes) < 0)
                        return -1;
        } while (more);
        return count;
}

static void zap_reply(void *socket, const struct zap_frame *frames, const struct allow_row *row) {
        static const char name[] = ZAP_KEY;
        unsigned char metadata[1 + sizeof(name) + 4 + ALLOW_KEY_BYTES];
        size_t used = 0;
        const char *code = row ? "200" : "400";

        if (row) {
                metadata[used++] = sizeof(name) - 1;
                memcpy(metadata + used, name, sizeof(name) - 1);
                used += sizeof(name) - 1;
                memcpy(metadata + used, "\0\0\0", 3);
                used += 3;
                metadata[used++] = ALLOW_KEY_BYTES - 1;
                memcpy(metadata + used, row->key, ALLOW_KEY_BYTES - 1);
                used += ALLOW_KEY_BYTES - 1;
        }
        (void)zmq_send(socket, "1.0", 3, ZMQ_SNDMORE);
        (void)zmq_send(socket, frames[1].bytes, (size_t)frames[1].size, ZMQ_SNDMORE);
        (void)zmq_send(socket, code, 3, ZMQ_SNDMORE);
        (void)zmq_send(socket, "", 0, ZMQ_SNDMORE);
        (void)zmq_send(socket, row ? row->id : "", row ? strlen(row->id) : 0, ZMQ_SNDMORE);
        (void)zmq_send(socket, metadata, used, 0);
}

/* Frames of a request: version, request id, domain, address, routing id, mechanism, the client's key. */
static void zap_answer(struct zap *zap) {
        struct zap_frame frames[ZAP_FRAMES];
        struct allow_row row = {0};
        const struct allow_row *found = NULL;
        char key[ALLOW_KEY_BYTES];
        int count = zap_read(zap->socket, frames);

        if (count < 0)
                return;
        if (count == ZAP_FRAMES && strcmp(frames[0].bytes, "1.0") == 0 &&
            strcmp(frames[5].bytes, "CURVE") == 0 && frames[6].size == KEY_BINARY_BYTES &&
            zmq_z85_encode(key, (const uint8_t *)frames[6].bytes, KEY_BINARY_BYTES)) {
                pthread_mutex_lock(&zap->lock);
                found = allow_find(zap->allow, frames[2].bytes, key);
                if (found)
                        row = *found;
                pthread_mutex_unlock(&zap->lock);
        }
        if (count < 2)
                frames[1].size = 0;
        stats_add(found ? STAT_CONNECTIONS_ADMITTED : STAT_CONNECTIONS_REFUSED, 1);
        zap_reply(zap->socket, frames, found ? &row : NULL);
}

static void *zap_run(void *context) {
        struct zap *zap = context;
        zmq_pollitem_t items[] = {
                {.socket = zap->socket, .events = ZMQ_POLLIN},
                {.socket = zap->stop_there, .events = ZMQ_POLLIN},
        };

        for (;;) {
                if (zmq_poll(items, 2, -1) < 0) {
                        if (zmq_errno() == EINTR)
                                continue;
                        return NULL;
                }
                if (items[0].revents)
                        zap_answer(zap);
                if (items[1].revents)
                        return NULL;
        }
}

/* --- the list ------------------------------------------------------------------------------------ */

static bool is_same_file(const struct stat *a, const struct stat *b) {
        return a->st_ino == b->st_ino && a->st_size == b->st_size &&
               a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

int zap_reload(struct zap *zap, struct diag *diag) {
        struct allow *allow = NULL, *old;
        struct stat now;
        int r;

        if (stat(zap->path, &now) < 0)
                return err_raise_why(-errno, "%s cannot be read", zap->path);
        if (is_same_file(&now, &zap->seen))
                return ALLOW_UNCHANGED;
        /* Also if it is refused, so that the same errors are reported once. */
        zap->seen = now;
        r = allow_load(&allow, zap->path, diag);
        if (r != 0)
                return err_trace(r);
        pthread_mutex_lock(&zap->lock);
        old = zap->allow;
        zap->allow = allow;
        pthread_mutex_unlock(&zap->lock);
        allow_free(old);
        return 0;
}

int zap_role(const struct zap *zap, const char *id, const char *key) {
        struct zap *open = (struct zap *)zap; /* const for callers; only the lock changes */
        const struct allow_row *row;
        int role = -1;

        pthread_mutex_lock(&open->lock);
        row = allow_find(zap->allow, ALLOW_PAGES, key);
        if (row && strcmp(row->id, id) == 0)
                role = (int)row->role;
        pthread_mutex_unlock(&open->lock);
        return role;
}

bool zap_has(const struct zap *zap, const char *id) {
        struct zap *open = (struct zap *)zap; /* const for callers; only the lock changes */
        bool has;

        pthread_mutex_lock(&open->lock);
        has = allow_has(zap->allow, id);
        pthread_mutex_unlock(&open->lock);
        return has;
}

/* --- opening and closing ------------------------------------------------------------------------- */

static int sockets_open(struct zap *zap, void *zmq) {
        zap->socket = zmq_socket(zmq, ZMQ_REP);
        zap->stop_here = zmq_socket(zmq, ZMQ_PAIR);
        zap->stop_there = zmq_socket(zmq, ZMQ_PAIR);
        if (!zap->socket || !zap->stop_here || !zap->stop_there ||
            zmq_bind(zap->socket, ZAP_ENDPOINT) < 0 ||
            zmq_bind(zap->stop_here, STOP_ENDPOINT) < 0 ||
            zmq_connect(zap->stop_there, STOP_ENDPOINT) < 0)
                return err_raise_why(-zmq_errno(), "the ZAP handler cannot be opened");
        return 0;
}

int zap_open(struct zap **ret, void *zmq, const char *folder, struct diag *diag) {
        struct zap *zap = calloc(1, sizeof(*zap));
        int r;

        if (!zap)
                return err_raise(-ENOMEM);
        pthread_mutex_init(&zap->lock, NULL);
        snprintf(zap->path, sizeof(zap->path), "%s/allowed.yaml", folder);
        r = zap_reload(zap, diag);
        if (r != 0)
                goto out;
        r = sockets_open(zap, zmq);
        if (r < 0)
                goto out;
        r = -pthread_create(&zap->thread, NULL, zap_run, zap);
        if (r < 0) {
                err_raise(r);
                goto out;
        }
        zap->runs = true;
        *ret = zap;
        zap = NULL;
out:
        zap_close(zap);
        return err_trace(r);
}

struct zap *zap_close(struct zap *zap) {
        if (!zap)
                return NULL;
        if (zap->runs) {
                (void)zmq_send(zap->stop_here, "", 0, 0);
                pthread_join(zap->thread, NULL);
        }
        if (zap->socket)
                zmq_close(zap->socket);
        if (zap->stop_here)
                zmq_close(zap->stop_here);
        if (zap->stop_there)
                zmq_close(zap->stop_there);
        allow_free(zap->allow);
        pthread_mutex_destroy(&zap->lock);
        free(zap);
        return NULL;
}

int zap_server_keys(const char *folder, char *ret_public, char *ret_secret) {
        char path[PATH_MAX], public[ALLOW_KEY_BYTES] = "", secret[ALLOW_KEY_BYTES] = "";
        unsigned char binary[KEY_BINARY_BYTES];
        struct stat info;
        FILE *file;
        int matched;

        snprintf(path, sizeof(path), "%s/server.key", folder);
        file = fopen(path, "re");
        if (!file)
                return err_raise_why(-errno, "%s cannot be read; make it with: vigil keys new",
                                     path);
        if (fstat(fileno(file), &info) == 0 && (info.st_mode & 077) != 0) {
                fclose(file);
                return err_raise_why(-EPERM, "%s can be read by others; chmod 600 it", path);
        }
        matched = fscanf(file, "public-key %40s secret-key %40s", public, secret);
        fclose(file);
        if (matched != 2 || strlen(public) != ALLOW_KEY_BYTES - 1 ||
            strlen(secret) != ALLOW_KEY_BYTES - 1 || !zmq_z85_decode(binary, public) ||
            !zmq_z85_decode(binary, secret))
                return err_raise_why(-EINVAL, "%s is not a key file of vigil keys new", path);
        memcpy(ret_public, public, ALLOW_KEY_BYTES);
        memcpy(ret_secret, secret, ALLOW_KEY_BYTES);
        return 0;
}
