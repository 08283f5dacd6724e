/* SPDX-License-Identifier: MIT */
#include "ingest/mqtt/thread.h"

#include <poll.h>
#include <stdio.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/log.h"
#include "ingest/base/stats.h"

enum { STOP_LOOK_MS = 50, REGISTRY_BATCH = 1000 };

bool thread_is_stopping(const struct session *session) {
        return atomic_load_explicit(session->stop, memory_order_relaxed);
}

enum phase thread_phase(const struct session *session) {
        /* E2 <- E1, thread_finish(): after reading PHASE_BROKEN, session->why is valid. */
        return (enum phase)atomic_load_explicit(&session->phase, memory_order_acquire);
}

void thread_set_phase(struct session *session, enum phase phase) {
        atomic_store_explicit(&session->phase, (int)phase, memory_order_relaxed);
}

void thread_finish(struct session *session, enum phase phase, const char *why) {
        snprintf(session->why, sizeof(session->why), "%s", why);
        /* E1 -> E2, thread_phase(): session->why is written before the phase. */
        atomic_store_explicit(&session->phase, (int)phase, memory_order_release);
}

void thread_beat(struct session *session) {
        atomic_store_explicit(&session->heartbeat_mono_ms, clock_mono_ms(), memory_order_relaxed);
}

void thread_rest(struct session *session, int wait_ms) {
        int64_t until_mono_ms = clock_mono_ms() + wait_ms;

        while (!thread_is_stopping(session) && clock_mono_ms() < until_mono_ms) {
                thread_beat(session);
                poll(NULL, 0, STOP_LOOK_MS);
        }
}

void thread_follow_registry(struct session *session, int wait_ms) {
        int applied = registry_reader_poll(session->reader, wait_ms, REGISTRY_BATCH);

        if (applied > 0)
                metric_set(&stats.registry_devices,
                           (int64_t)registry_count(session->registry, REGISTRY_DEVICE));
        else if (applied < 0)
                log_event(LOG_ERROR, "V0212", "registry record not applied", "session",
                          session->name, "why", err_why(), NULL);
}
