/* SPDX-License-Identifier: MIT
 *
 * vigil-alerting: alerts from Kafka in, pages over ZeroMQ out, until somebody answers.
 */
#include <errno.h>
#include <getopt.h>
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

enum { CLOSE_MOST_S = 6 };

struct options {
        const char *config;
        bool check_only;
        bool json;
};

/* For the signal handlers: set once before they are installed. */
static struct alerting *running;

/* Closing takes 4 s at most; whatever holds it up, the kernel closes the rest. */
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

static void usage(FILE *stream) {
        fputs("Usage: vigil-alerting --config FILE [--check-config] [--log-format json|logfmt]\n"
              "Reads alerts from Kafka and pages family, care teams and the duty desk.\n"
              "\n"
              "  --config FILE          the site's configuration, see vigil.yaml(5)\n"
              "  --check-config         read the configuration, the ladders and the keys, say what "
              "is\n"
              "                         wrong, end\n"
              "  --log-format FORMAT    logfmt (default) or json\n"
              "  --version, --help\n",
              stream);
}

/* Return: 0 go on, 1 end with success, 2 end with a usage error. */
static int read_options(struct options *options, int argc, char **argv) {
        enum { CONFIG = 1, CHECK, FORMAT, VERSION, HELP };
        static const struct option known[] = {
                {"config", required_argument, NULL, CONFIG},
                {"check-config", no_argument, NULL, CHECK},
                {"log-format", required_argument, NULL, FORMAT},
                {"version", no_argument, NULL, VERSION},
                {"help", no_argument, NULL, HELP},
                {0},
        };
        int option;

        while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
                switch (option) {
                case CONFIG:
                        options->config = optarg;
                        break;
                case CHECK:
                        options->check_only = true;
                        break;
                case FORMAT:
                        options->json = strcmp(optarg, "json") == 0;
                        if (!options->json && strcmp(optarg, "logfmt") != 0) {
                                usage(stderr);
                                return 2;
                        }
                        break;
                case VERSION:
                        puts("vigil-alerting " VIGIL_VERSION);
                        return 1;
                case HELP:
                        usage(stdout);
                        return 1;
                default:
                        usage(stderr);
                        return 2;
                }
        }
        if (!options->config || optind < argc) {
                usage(stderr);
                return 2;
        }
        return 0;
}

/* Return: 0; 1 when a file is wrong; -errno. */
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

        alerting_stats_register();
        r = alerting_open(&alerting, conf, diag);
        if (r != 0)
                return r;
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
        return r;
}

int main(int argc, char **argv) {
        struct options options = {0};
        struct conf *conf = NULL;
        struct diag *diag = NULL;
        int r = read_options(&options, argc, argv);

        if (r > 0)
                return r == 1 ? EXIT_SUCCESS : 2;
        log_open("alerting", options.json, LOG_INFO);
        (void)descriptors_raise(); /* or it stays as it was */
        r = diag_new(&diag);
        if (r == 0)
                r = conf_load(&conf, options.config, diag);
        if (r == 0)
                r = options.check_only ? check(conf, diag) : serve(conf, diag);
        diag_print(diag, stderr, isatty(STDERR_FILENO));
        if (r < 0)
                err_report("vigil-alerting", r);
        diag_free(diag);
        conf_free(conf);
        return kafka_drop_leave(r == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
