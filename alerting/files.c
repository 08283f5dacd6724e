/* SPDX-License-Identifier: MIT */
#include "alerting/files.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alerting/base/stats.h"
#include "common/base/clock.h"
#include "common/files/diag.h"
#include "common/base/err.h"
#include "common/base/log.h"

int64_t files_modified_ns(const char *path) {
        struct stat info;

        if (stat(path, &info) < 0)
                return 0;
        return (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec;
}

void files_warn_of_desks(const struct alerting *alerting) {
        const char *desk = ladders_desk_default(alerting->ladders);

        if (!channels_can_reach(alerting->channels, desk))
                log_event(LOG_WARN, "V0442", "the desk of escalation.yaml has no key", "desk", desk,
                          NULL);
}

enum file { FILE_KEYS, FILE_LADDERS, FILES };

static const char *const file_names[FILES] = {"allowed.yaml", "escalation.yaml"};

struct files {
        const struct conf *conf;
        struct zap *zap;
        pthread_t thread;
        bool runs;
        int fd; /* an eventfd that wakes the thread */
        _Atomic bool stop;
        struct ladders *_Atomic fresh; /* read, and not in force yet */
        _Atomic bool keys_changed;     /* the ZAP handler has a new list; the loop resets it */

        /* Used by the thread only. */
        int64_t ladders_ns; /* modification time of the file when last read */
        bool refused[FILES];
};

/* --- the thread -------------------------------------------------------------------------------- */

static int read_ladders(struct files *files, struct diag *diag) {
        int64_t modified_ns = files_modified_ns(files->conf->alerting.ladders);
        struct ladders *ladders = NULL;
        int r;

        if (modified_ns == files->ladders_ns)
                return ALLOW_UNCHANGED;
        /* Also if it is refused, so that the same errors are reported once. */
        files->ladders_ns = modified_ns;
        r = ladders_load(&ladders, files->conf->alerting.ladders, diag);
        if (r != 0)
                return err_trace(r);
        /* F1 -> F2, files_take(): the set is complete before its pointer is visible. An older set that the loop has not
         * taken is freed. */
        ladders_free(atomic_exchange_explicit(&files->fresh, ladders, memory_order_acq_rel));
        return 0;
}

static int read_keys(struct files *files, struct diag *diag) {
        int r = zap_reload(files->zap, diag);

        if (r == 0)
                atomic_store_explicit(&files->keys_changed, true, memory_order_relaxed);
        return err_trace(r);
}

static void tell_in_force(enum file file) {
        stats_set(STAT_RELOAD_TIME, clock_wall_ms() / 1000);
        log_event(LOG_INFO, "V0441", "file taken into force", "file", file_names[file], NULL);
}

/* The metric is 1 only while neither file is refused: one that is fine must not hide the other. */
static void note(struct files *files, enum file file, int r) {
        if (r == ALLOW_UNCHANGED)
                return;
        files->refused[file] = r != 0;
        stats_set(STAT_RELOAD_OK, !files->refused[FILE_KEYS] && !files->refused[FILE_LADDERS]);
        if (r != 0)
                log_event(LOG_ERROR, "V0443", "file refused, the one in force stays", "file",
                          file_names[file], "why", r < 0 ? err_why() : "see above", NULL);
}

static void look(struct files *files) {
        struct diag *diag = NULL;
        int r;

        if (diag_new(&diag) < 0)
                return;
        r = read_keys(files, diag);
        note(files, FILE_KEYS, r);
        if (r == 0)
                tell_in_force(FILE_KEYS);
        note(files, FILE_LADDERS, read_ladders(files, diag));
        diag_print(diag, stderr, false);
        diag_free(diag);
}

static void *run(void *context) {
        struct files *files = context;
        struct pollfd ring = {.fd = files->fd, .events = POLLIN};
        sigset_t signals;
        uint64_t rung;

        /* Block signals here: a signal must interrupt the loop, which then checks for stop and reload. */
        sigfillset(&signals);
        pthread_sigmask(SIG_BLOCK, &signals, NULL);
        for (;;) {
                (void)poll(&ring, 1, FILES_EVERY_MS);
                (void)!read(files->fd, &rung, sizeof(rung));
                if (atomic_load_explicit(&files->stop, memory_order_relaxed))
                        return NULL;
                look(files);
        }
}

/* --- the loop ---------------------------------------------------------------------------------- */

void files_look(struct files *files) {
        static const uint64_t one = 1;

        (void)!write(files->fd, &one, sizeof(one));
}

void files_take(struct files *files, struct alerting *alerting) {
        bool keys_changed =
                atomic_exchange_explicit(&files->keys_changed, false, memory_order_relaxed);
        /* F2 <- F1, read_ladders() */
        struct ladders *fresh = atomic_exchange_explicit(&files->fresh, NULL, memory_order_acquire);

        if (fresh) {
                ladders_free(alerting->ladders);
                alerting->ladders = fresh;
                alerting->view.ladders = fresh;
                tell_in_force(FILE_LADDERS);
        }
        if (fresh || keys_changed)
                files_warn_of_desks(alerting);
}

int files_open(struct files **ret, const struct conf *conf, struct zap *zap, int64_t ladders_ns) {
        struct files *files = calloc(1, sizeof(*files));
        int r;

        if (!files)
                return err_raise(-ENOMEM);
        files->conf = conf;
        files->zap = zap;
        files->ladders_ns = ladders_ns;
        files->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        r = files->fd < 0 ? err_raise(-errno) : 0;
        if (r == 0)
                r = err_trace(-pthread_create(&files->thread, NULL, run, files));
        files->runs = r == 0;
        if (r < 0) {
                files_close(files);
                return err_trace(r);
        }
        *ret = files;
        return 0;
}

struct files *files_close(struct files *files) {
        if (!files)
                return NULL;
        atomic_store_explicit(&files->stop, true, memory_order_relaxed);
        if (files->runs) {
                files_look(files);
                pthread_join(files->thread, NULL);
        }
        ladders_free(atomic_load_explicit(&files->fresh, memory_order_relaxed));
        if (files->fd >= 0)
                close(files->fd);
        free(files);
        return NULL;
}
