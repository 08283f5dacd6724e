/* SPDX-License-Identifier: MIT
 *
 * vigil-ingest: reads MQTT messages and writes event frames to Kafka. Starts a session per lane and
 * topic shard, supervises them, and exits with
 *
 *      0   after SIGTERM or SIGINT
 *      1   if it cannot continue; a restart may help
 */
#include <errno.h>
#include <mosquitto.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/files/conf.h"
#include "common/base/descriptors.h"
#include "common/base/err.h"
#include "common/kafka/kafka.h"
#include "common/kafka/kafka_drop.h"
#include "common/kafka/kafka_topics.h"
#include "common/kafka/kafka_watch.h"
#include "common/base/log.h"
#include "common/ops/http.h"
#include "common/language/language.h"
#include "common/language/say.h"
#include "common/ops/metrics.h"
#include "common/ops/notify.h"
#include "common/ops/options.h"
#include "ingest/decode/profile.h"
#include "ingest/desk/desk.h"
#include "ingest/mqtt/session.h"
#include "ingest/base/stats.h"

enum {
        WATCH_MS = 250,
        TOPICS_WAIT_MS = KAFKA_TOPIC_GONE_MS + 1000,
        WATCHDOG_MS = 2000,
};

struct program {
        struct conf *conf;
        struct profile_set *profiles;
        struct kafka_watch *watch;
        struct claim *claim;
        struct desk *desk;
        struct session **sessions;
        size_t session_count;
        atomic_bool stop;
        _Atomic int64_t heartbeat_mono_ms;
        atomic_bool
                sessions_started; /* M1: set (release) once the array is complete, A1: read (acquire) */
};

static const char usage[] =
        N_("Usage: vigil-ingest --config FILE [--check-config] [--log-format json|logfmt]\n"
           "Reads messages of devices from MQTT and writes them as events to Kafka.\n"
           "\n"
           "  --config FILE          configuration of the site, see vigil.yaml(5)\n"
           "  --check-config         check the configuration and the device profiles,\n"
           "                         report every error, then exit\n"
           "  --log-format FORMAT    logfmt (default) or json\n"
           "  --version, --help\n");

/* Load configuration and profiles, and print the errors of all files in one run. Return: 0, 1 refused, -errno. */
static int load(struct program *program, const char *path) {
        struct language *language = language_of_environment();
        struct diag *diag = NULL;
        int r = diag_new(&diag);

        if (r == 0) {
                diag_speak(diag, language);
                r = conf_load(&program->conf, path, diag);
        }
        if (r == 0)
                r = profile_set_load(&program->profiles, program->conf->ingest.profiles, diag);
        if (diag)
                diag_print(diag, stderr, isatty(STDERR_FILENO));
        diag_free(diag);
        language_free(language);
        return err_trace(r);
}

/* --- supervision --------------------------------------------------------------------------- */

static bool is_ready(void *context, char *missing, size_t missing_bytes) {
        struct program *program = context;
        size_t used = 0;

        missing[0] = '\0';
        /* A1 <- M1: the HTTP thread must not read the array while it is being filled. */
        if (!atomic_load_explicit(&program->sessions_started, memory_order_acquire)) {
                snprintf(missing, missing_bytes, "kafka");
                return false;
        }
        for (size_t i = 0; i < program->session_count; i++) {
                enum phase phase = session_phase(program->sessions[i]);

                if (phase == PHASE_LIVE || used >= missing_bytes)
                        continue;

                int wrote =
                        snprintf(missing + used, missing_bytes - used, "%s%s: %s", used ? "; " : "",
                                 session_name(program->sessions[i]), phase_name(phase));

                used += wrote > 0 ? (size_t)wrote : 0;
        }
        return used == 0 && kafka_watch_is_fine(program->watch, missing, missing_bytes);
}

/* Use the oldest heartbeat of all sessions, so that one that hangs makes the program unhealthy. */
static void beat(struct program *program) {
        int64_t oldest_mono_ms = clock_mono_ms();

        for (size_t i = 0; i < program->session_count; i++) {
                int64_t seen_mono_ms = session_heartbeat_mono_ms(program->sessions[i]);

                if (seen_mono_ms < oldest_mono_ms)
                        oldest_mono_ms = seen_mono_ms;
        }
        atomic_store_explicit(&program->heartbeat_mono_ms, oldest_mono_ms, memory_order_relaxed);
        if (clock_mono_ms() - oldest_mono_ms < WATCHDOG_MS)
                notify_systemd("WATCHDOG=1");
}

static bool stop_asked(const sigset_t *signals, int wait_ms) {
        struct timespec wait = {.tv_sec = wait_ms / 1000,
                                .tv_nsec = (long)(wait_ms % 1000) * 1000000};

        return sigtimedwait(signals, NULL, &wait) > 0;
}

/* Wait until Kafka is up and all topics are ready. Return: 0, 1 if asked to stop, -EINVAL, -ENOMEM. */
static int ensure_topics(struct program *program, const sigset_t *signals) {
        bool said = false;

        for (;;) {
                beat(program);

                int r = kafka_topics_ensure(program->conf, TOPICS_WAIT_MS);

                if (r != -ETIMEDOUT)
                        return err_trace(r);
                if (!said)
                        log_event(LOG_WARN, "V0208", "waiting for Kafka", "why", err_why(), NULL);
                said = true;
                if (stop_asked(signals, WATCH_MS))
                        return 1;
        }
}

static int start_sessions(struct program *program) {
        const struct session_common common = {.conf = program->conf,
                                              .profiles = program->profiles,
                                              .claim = program->claim,
                                              .desk = program->desk,
                                              .watch = program->watch,
                                              .stop = &program->stop};
        size_t shards = program->conf->ingest.shard_count;

        program->sessions = calloc(shards * LANE_COUNT, sizeof(struct session *));
        if (!program->sessions)
                return err_raise(-ENOMEM);
        /* Start the alarm sessions first, so that after a restart their backlog is read first. */
        for (int lane = 0; lane < LANE_COUNT; lane++) {
                for (size_t shard = 0; shard < shards; shard++) {
                        const struct session *beside =
                                lane == LANE_TELEMETRY ? program->sessions[shard] : NULL;
                        int r = session_start(&program->sessions[program->session_count], &common,
                                              (enum lane)lane, shard, beside);

                        if (r < 0)
                                return err_trace(r);
                        program->session_count++;
                }
        }
        return 0;
}

/* Supervise the sessions until asked to stop or until one cannot continue. Return: the exit status. */
static int watch(struct program *program, const sigset_t *signals) {
        bool told_ready = false;
        char missing[512];

        while (!stop_asked(signals, WATCH_MS)) {
                beat(program);
                for (size_t i = 0; i < program->session_count; i++) {
                        struct session *session = program->sessions[i];

                        session_watch(session);
                        if (session_phase(session) == PHASE_BROKEN) {
                                log_event(LOG_ERROR, "V0210", "a session cannot go on", "session",
                                          session_name(session), "why", session_why(session), NULL);
                                return EXIT_FAILURE;
                        }
                }
                if (!told_ready && is_ready(program, missing, sizeof(missing))) {
                        told_ready = true;
                        notify_systemd("READY=1");
                        log_event(LOG_INFO, "V0211", "ready", "sessions",
                                  log_number((long long)program->session_count), NULL);
                }
        }
        log_event(LOG_INFO, "V0213", "stopping", NULL);
        notify_systemd("STOPPING=1");
        return EXIT_SUCCESS;
}

static void interrupted(int signal) {
}

static void signals_set(sigset_t *ret_signals) {
        const struct sigaction interrupt = {.sa_handler = interrupted}; /* no SA_RESTART */

        sigemptyset(ret_signals);
        sigaddset(ret_signals, SIGTERM);
        sigaddset(ret_signals, SIGINT);
        pthread_sigmask(SIG_BLOCK, ret_signals, NULL);
        signal(SIGPIPE, SIG_IGN);
        sigaction(SESSION_INTERRUPT, &interrupt, NULL);
}

static int serve(struct program *program) {
        struct http_server *http = NULL;
        int status = EXIT_FAILURE;
        sigset_t signals;
        int r;

        signals_set(&signals);
        ingest_stats_register();
        beat(program);
        if (program->conf->ingest.http) {
                r = http_start(&http, program->conf->ingest.http, &program->heartbeat_mono_ms,
                               is_ready, program);
                if (r < 0)
                        goto failed;
        }
        r = ensure_topics(program, &signals);
        if (r > 0)
                status = EXIT_SUCCESS;
        if (r != 0)
                goto failed;
        if (kafka_replication_warning(program->conf))
                log_event(LOG_WARN, "V0207", kafka_replication_warning(program->conf), NULL);
        r = kafka_watch_start(&program->watch, program->conf, NULL);
        if (r == 0)
                r = claim_open(&program->claim, program->conf);
        if (r == 0)
                r = desk_open(&program->desk, program->conf);
        if (r == 0)
                r = start_sessions(program);
        if (r < 0)
                goto failed;
        /* M1 -> A1 */
        atomic_store_explicit(&program->sessions_started, true, memory_order_release);
        status = watch(program, &signals);
failed:
        if (r < 0)
                err_report("vigil-ingest", r);
        atomic_store_explicit(&program->stop, true, memory_order_relaxed);
        http_stop(http); /* before the sessions and the watch, which it reads */
        /* In reverse order: telemetry sessions read the state of alarm sessions. */
        for (size_t i = program->session_count; i-- > 0;)
                session_join(program->sessions[i]);
        kafka_watch_stop(program->watch); /* after the sessions, which read it too */
        claim_close(program->claim);
        desk_close(program->desk);
        free(program->sessions);
        return status;
}

int main(int argc, char **argv) {
        struct program program = {0};
        struct options options = {0};
        int status = options_read(&options, "vigil-ingest", usage, argc, argv);
        int r;

        if (status >= 0)
                return status;
        status = EXIT_FAILURE;
        log_open("ingest", options.json, LOG_INFO);
        (void)descriptors_raise(); /* on failure the limit stays as it is */
        r = load(&program, options.config);
        if (r < 0)
                err_report("vigil-ingest", r);
        if (r == 0 && options.check_only)
                status = EXIT_SUCCESS;
        else if (r == 0) {
                mosquitto_lib_init();
                status = serve(&program);
                mosquitto_lib_cleanup();
        }
        profile_set_free(program.profiles);
        conf_free(program.conf);
        return kafka_drop_leave(status);
}
