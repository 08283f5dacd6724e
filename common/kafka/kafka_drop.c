/* SPDX-License-Identifier: MIT */
#include "common/kafka/kafka_drop.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "common/base/clock.h"

enum { LEAVE_WAIT_MS = 1000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int dropping;

static void *drop_run(void *client) {
        /* The flag only affects consumers. */
        rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
        pthread_mutex_lock(&lock);
        dropping--;
        pthread_mutex_unlock(&lock);
        return NULL;
}

void kafka_drop(rd_kafka_t *client) {
        pthread_t thread;

        if (!client)
                return;
        pthread_mutex_lock(&lock);
        dropping++;
        pthread_mutex_unlock(&lock);
        if (pthread_create(&thread, NULL, drop_run, client) == 0)
                pthread_detach(thread);
        /* If no thread can be created, the client leaks: that is better than a blocked main loop. */
}

static bool is_empty(void) {
        pthread_mutex_lock(&lock);

        bool empty = dropping == 0;

        pthread_mutex_unlock(&lock);
        return empty;
}

bool kafka_drop_wait(int timeout_ms) {
        static const struct timespec pause = {.tv_nsec = 2000000};
        int64_t until_mono_ms = clock_mono_ms() + timeout_ms;

        while (!is_empty()) {
                if (clock_mono_ms() >= until_mono_ms)
                        return false;
                (void)nanosleep(&pause, NULL);
        }
        return true;
}

int kafka_drop_leave(int status) {
        if (!kafka_drop_wait(LEAVE_WAIT_MS)) {
                (void)fflush(NULL);
                _exit(status);
        }
        return status;
}
