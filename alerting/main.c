/* SPDX-License-Identifier: MIT
 *
 * vigil-alerting: alerts from Kafka in, pages over ZeroMQ out, until somebody answers.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alerting/base/stats.h"
#include "alerting/loop.h"
#include "alerting/open.h"
#include "common/base/clock.h"
#include "common/base/descriptors.h"
#include "common/base/err.h"
#include "common/kafka/kafka.h"
#include "common/kafka/kafka_drop.h"
#include "common/base/log.h"
#include "common/ops/http.h"
#include "common/ops/notify.h"
#include "common/ops/options.h"
#include "common/language/language.h"
#include "common/language/say.h"

enum { CLOSE_MOST_S = 6 };

/* For the signal handlers: set once before they are installed. */
static struct alerting *running;

/* Closing takes 4 s at most. If something holds it up longer, leave the rest to the kernel. */
static void on_alarm(int signal_number) {
        _exit(EXIT_SUCCESS);
}

static void on_stop(int signal_number) {
        (void)alarm(CLOSE_MOST_S);
        atomic_store_explicit(&running->stop, true, memory_order_relaxed);
}

static void on_reload(int signal_number) {
        atomic_store_explicit(&running->reload, true, memory_order_relaxed);
}

static void signals_install(struct alerting *alerting) {
        struct sigaction action = {.sa_handler = on_stop};

        running = alerting;
        sigemptyset(&action.sa_mask);
        sigaction(SIGTERM, &action, NULL);
        sigaction(SIGINT, &action, NULL);
        action.sa_handler = on_alarm;
        sigaction(SIGALRM, &action, NULL);
        action.sa_handler = on_reload;
        sigaction(SIGHUP, &action, NULL);
        action.sa_handler = SIG_IGN;
        sigaction(SIGPIPE, &action, NULL);
}

static const char usage[] =
        N_("Usage: vigil-alerting --config FILE [--check-config] [--log-format json|logfmt]\n"
           "Reads alerts from Kafka and pages family, care teams and the duty desk.\n"
           "\n"
           "  --config FILE          configuration of the site, see vigil.yaml(5)\n"
           "  --check-config         check the configuration, the ladders and the keys,\n"
           "                         report every error, then exit\n"
           "  --log-format FORMAT    logfmt (default) or json\n"
           "  --version, --help\n");

/* --check-config. Return: 0; 1 when a file has errors; -errno. */
static int check(const struct conf *conf, struct diag *diag) {
        struct ladders *ladders = NULL;
        struct channels *channels = NULL;
        struct allow *allow = NULL;
        char path[4096];
        int r, keys, rest;

        snprintf(path, sizeof(path), "%s/allowed.yaml", conf->alerting.keys);
        r = ladders_load(&ladders, conf->alerting.ladders, diag);
        keys = allow_load(&allow, path, diag);
        rest = channels_read(&channels, channels_known, conf, diag);
        ladders_free(ladders);
        allow_free(allow);
        channels_close(channels);
        return r ? r : keys ? keys : rest;
}

static int serve(const struct conf *conf, struct diag *diag) {
        struct alerting *alerting = NULL;
        struct http_server *http = NULL;
        int r;

        alerting_stats_register(channels_names());
        r = alerting_open(&alerting, conf, diag);
        if (r != 0)
                return err_trace(r);
        signals_install(alerting);
        atomic_store_explicit(&alerting->heartbeat_mono_ms, clock_mono_ms(), memory_order_relaxed);
        if (conf->alerting.http)
                r = http_start(&http, conf->alerting.http, &alerting->heartbeat_mono_ms,
                               loop_is_ready, alerting);
        if (kafka_replication_warning(conf))
                log_event(LOG_WARN, "V0402", kafka_replication_warning(conf), NULL);
        if (r == 0)
                r = loop_run(alerting);
        log_event(LOG_INFO, "V0403", "stopping", NULL);
        notify_systemd("STOPPING=1");
        http_stop(http);
        alerting_close(alerting);
        return err_trace(r);
}

int main(int argc, char **argv) {
        struct options options = {0};
        struct conf *conf = NULL;
        struct language *language;
        struct diag *diag = NULL;
        int status = options_read(&options, "vigil-alerting", usage, argc, argv);
        int r;

        if (status >= 0)
                return status;
        log_open("alerting", options.json, LOG_INFO);
        (void)descriptors_raise(); /* on failure the limit stays as it is */
        language = language_of_environment();
        r = diag_new(&diag);
        if (r == 0) {
                diag_speak(diag, language);
                r = conf_load(&conf, options.config, diag);
        }
        if (r == 0)
                r = options.check_only ? check(conf, diag) : serve(conf, diag);
        diag_print(diag, stderr, isatty(STDERR_FILENO));
        if (r < 0)
                err_report("vigil-alerting", r);
        diag_free(diag);
        language_free(language);
        conf_free(conf);
        return kafka_drop_leave(r == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
