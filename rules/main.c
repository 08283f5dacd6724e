/* SPDX-License-Identifier: MIT
 *
 * vigil-rules: reads event frames, writes alerts. Exit status:
 *
 *      0   stopped by SIGTERM or SIGINT, or --check-config found no error
 *      1   the configuration or the rule files have errors, or it cannot continue; a restart may help
 *      2   wrong command line
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/files/conf.h"
#include "common/base/descriptors.h"
#include "common/files/diag.h"
#include "common/base/err.h"
#include "common/kafka/kafka.h"
#include "common/kafka/kafka_drop.h"
#include "common/kafka/kafka_topics.h"
#include "common/base/log.h"
#include "common/ops/http.h"
#include "common/language/language.h"
#include "common/language/say.h"
#include "common/ops/metrics.h"
#include "common/ops/notify.h"
#include "common/ops/options.h"
#include "rules/program.h"
#include "rules/threads/stats.h"

enum {
        WATCH_MS = 250,
        LEAVE_LIMIT_S = 1,
        TOPICS_TIMEOUT_MS = KAFKA_TOPIC_GONE_MS + 1000,
};

static const char usage[] =
        N_("Usage: vigil-rules --config FILE [--check-config] [--log-format json|logfmt]\n"
           "Reads events from Kafka, judges them by the rule files and writes alerts to\n"
           "Kafka.\n"
           "\n"
           "  --config FILE          configuration of the site, see vigil.yaml(5)\n"
           "  --check-config         check the configuration and the rule files, report\n"
           "                         every error, then exit\n"
           "  --log-format FORMAT    logfmt (default) or json\n"
           "  --version, --help\n");

static int load_conf(struct conf **ret, const char *path) {
        struct language *language = language_of_environment();
        struct diag *diag = NULL;
        int r = diag_new(&diag);

        if (r == 0) {
                diag_speak(diag, language);
                r = conf_load(ret, path, diag);
                diag_print(diag, stderr, isatty(STDERR_FILENO));
        }
        diag_free(diag);
        language_free(language);
        return r;
}

/* --- supervision ------------------------------------------------------------------------------------ */

/* Wait for a signal, a changed rule file, or @wait_ms. Return: the signal, or 0. */
static int wait_for_something(struct program *program, int signal_fd, int wait_ms) {
        struct pollfd wake[] = {
                {.fd = signal_fd, .events = POLLIN},
                {.fd = program->reload.inotify_fd, .events = POLLIN},
        };
        struct signalfd_siginfo info;

        if (poll(wake, 2, wait_ms) > 0 && (wake[0].revents & POLLIN) &&
            read(signal_fd, &info, sizeof(info)) == sizeof(info))
                return (int)info.ssi_signo;
        return 0;
}

/* Wait until the topics exist. Return: 0, 1 when asked to stop, -EINVAL. */
static int ensure_topics(struct program *program, int signal_fd) {
        bool said = false;

        for (;;) {
                program_turn(program);

                int r = kafka_topics_ensure(program->conf, TOPICS_TIMEOUT_MS);

                if (r != -ETIMEDOUT)
                        return err_trace(r);
                if (!said)
                        log_event(LOG_WARN, "V2520", "waiting for Kafka", "why", err_why(), NULL);
                said = true;

                int asked = wait_for_something(program, signal_fd, WATCH_MS);

                if (asked == SIGTERM || asked == SIGINT)
                        return 1;
        }
}

/* Return: the exit status. */
static int watch(struct program *program, int signal_fd) {
        bool told_ready = false;
        char missing[128];

        for (;;) {
                int asked = wait_for_something(program, signal_fd, WATCH_MS);
                int r = program_failed(program);

                if (asked == SIGTERM || asked == SIGINT)
                        return EXIT_SUCCESS;
                if (asked == SIGHUP)
                        reload_ask(&program->reload);
                if (r < 0) {
                        log_event(LOG_ERROR, "V2522", "cannot go on", "why",
                                  err_why()[0] ? err_why() : strerror(-r), NULL);
                        return EXIT_FAILURE;
                }
                program_turn(program);
                if (!told_ready && program_is_ready(program, missing, sizeof(missing))) {
                        told_ready = true;
                        notify_systemd("READY=1");
                        log_event(LOG_INFO, "V2523", "ready", "shards",
                                  log_number(program->shard_count), NULL);
                }
        }
}

static int run(struct program *program, int signal_fd) {
        int r = ensure_topics(program, signal_fd);
        int status = EXIT_SUCCESS;

        if (r > 0)
                return EXIT_SUCCESS;
        if (r == 0)
                r = program_start(program);
        if (r < 0) {
                err_report("vigil-rules", r);
                status = EXIT_FAILURE;
        } else {
                status = watch(program, signal_fd);
        }
        log_event(LOG_INFO, "V2524", "stopping", NULL);
        notify_systemd("STOPPING=1");
        program_stop(program);
        return status;
}

static int serve(struct program *program) {
        const char *address = program->conf->rules.http;
        struct http_server *http = NULL;
        int status = EXIT_FAILURE;
        sigset_t signals;

        sigemptyset(&signals);
        sigaddset(&signals, SIGTERM);
        sigaddset(&signals, SIGINT);
        sigaddset(&signals, SIGHUP);
        pthread_sigmask(SIG_BLOCK, &signals, NULL); /* before any thread starts: all inherit it */
        signal(SIGPIPE, SIG_IGN);

        int signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);

        if (signal_fd < 0) {
                err_report("vigil-rules", err_raise(-errno));
                return EXIT_FAILURE;
        }
        if (address) {
                int r = http_start(&http, address, &program->heartbeat_mono_ms, program_is_ready,
                                   program);

                if (r < 0) {
                        err_report("vigil-rules", r);
                        goto out;
                }
        }
        status = run(program, signal_fd);
out:
        http_stop(http);
        close(signal_fd);
        return status;
}

static int leaving_status; /* set before alarm(2) is armed */

static void leave_now(int signal_number) {
        (void)signal_number;
        _exit(leaving_status);
}

/* Everything that must be stored is in Kafka and Redis by now. Without this limit, while Kafka is away, librdkafka
 * would wait for many seconds for the answer to a commit that nobody needs. */
static void bound_leaving(int status) {
        struct sigaction action = {.sa_handler = leave_now};

        leaving_status = status;
        sigaction(SIGALRM, &action, NULL);
        alarm(LEAVE_LIMIT_S);
}

int main(int argc, char **argv) {
        struct options options = {0};
        struct conf *conf = NULL;
        static struct program program;
        int status = options_read(&options, "vigil-rules", usage, argc, argv);
        int r;

        if (status >= 0)
                return status;
        status = EXIT_FAILURE;
        log_open("rules", options.json, LOG_INFO);
        (void)descriptors_raise(); /* on failure the limit stays as it was */
        rules_stats_register();
        r = load_conf(&conf, options.config);
        if (r == 0)
                r = program_init(&program, conf, options.check_only);
        if (r < 0)
                err_report("vigil-rules", r);
        else if (r == 0)
                status = options.check_only ? EXIT_SUCCESS : serve(&program);
        bound_leaving(status);
        if (r == 0)
                program_fini(&program);
        conf_free(conf);
        return kafka_drop_leave(status);
}
