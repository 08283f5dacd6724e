/* SPDX-License-Identifier: MIT */
#include "alerting/open.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zmq.h>

#include "alerting/act/decision.h"
#include "alerting/act/hear.h"
#include "alerting/act/show.h"
#include "alerting/base/stats.h"
#include "alerting/files.h"
#include "alerting/view.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/registry/registry_reader.h"

enum {
        CLOSE_MS = 2000,
        LEDGER_CLOSE_MS = 500, /* what is left then is owed: the next process writes it */
};

static int sockets_open(struct alerting *alerting) {
        const struct conf *conf = alerting->conf;
        char public_key[ALLOW_KEY_BYTES], secret_key[ALLOW_KEY_BYTES], epoch[48];
        const struct channel_handler handler = {.joined = hear_joined,
                                                .said = hear_said,
                                                .partly = hear_partly,
                                                .shows = hear_shows,
                                                .context = alerting};
        const struct socket_options sockets = {.zmq = alerting->zmq,
                                               .zap = alerting->zap,
                                               .server_secret = secret_key,
                                               .instances = (int)conf->alerting.instance_count};
        const struct channel_setup setup = {.handler = &handler, .sockets = &sockets};
        int r = zap_server_keys(conf->alerting.keys, public_key, secret_key);

        if (r < 0)
                return err_trace(r);
        snprintf(epoch, sizeof(epoch), "%lld-%d", (long long)clock_wall_ms(), (int)getpid());
        r = channels_start(alerting->channels, &setup);
        if (r == 0)
                r = feed_open(&alerting->feed, &sockets, conf->alerting.feed,
                              conf->alerting.snapshot, epoch, show_snapshot, alerting);
        explicit_bzero(secret_key, sizeof(secret_key));
        return err_trace(r);
}

static int parts_open(struct alerting *alerting, struct diag *diag, int64_t *ret_ladders_ns) {
        const struct conf *conf = alerting->conf;
        int r, zap, channels;

        alerting->outcome = calloc(1, sizeof(*alerting->outcome));
        alerting->sent = calloc(1, sizeof(*alerting->sent));
        alerting->zmq = zmq_ctx_new();
        if (!alerting->outcome || !alerting->sent || !alerting->zmq)
                return err_raise(-ENOMEM);
        zmq_ctx_set(alerting->zmq, ZMQ_MAX_SOCKETS, 1023);
        r = book_new(&alerting->book);
        if (r == 0)
                r = registry_new(&alerting->registry);
        if (r == 0)
                r = route_zones_new(&alerting->zones, conf->site.time_zone);
        if (r < 0)
                return err_trace(r);
        /* Read all files even if one is refused, so that one run reports the errors of all. */
        *ret_ladders_ns = files_modified_ns(conf->alerting.ladders);
        r = ladders_load(&alerting->ladders, conf->alerting.ladders, diag);
        zap = zap_open(&alerting->zap, alerting->zmq, conf->alerting.keys, diag);
        channels = channels_read(&alerting->channels, channels_known, conf, diag);
        if (r < 0 || zap < 0 || channels < 0)
                return err_trace(r < 0 ? r : zap < 0 ? zap : channels);
        return r || zap || channels ? ALERTING_REFUSED : sockets_open(alerting);
}

int alerting_open(struct alerting **ret, const struct conf *conf, struct diag *diag) {
        struct alerting *alerting = calloc(1, sizeof(*alerting));
        int64_t ladders_ns = 0;
        int r;

        if (!alerting)
                return err_raise(-ENOMEM);
        alerting->conf = conf;
        atomic_init(&alerting->partitions_missing, "partitions: none assigned yet");
        r = parts_open(alerting, diag, &ladders_ns);
        if (r == 0)
                r = files_open(&alerting->files, conf, alerting->zap, ladders_ns);
        if (r != 0) {
                alerting_close(alerting);
                return err_trace(r);
        }
        alerting->view = view_make(alerting);
        stats_set(STAT_RELOAD_OK, 1);
        stats_set(STAT_RELOAD_TIME, clock_wall_ms() / 1000);
        files_warn_of_desks(alerting);
        *ret = alerting;
        return 0;
}

struct alerting *alerting_close(struct alerting *alerting) {
        if (!alerting)
                return NULL;
        files_close(alerting->files); /* first: its thread uses the ZAP handler */
        alerting->ledger = ledger_close(alerting->ledger, LEDGER_CLOSE_MS);
        /* Decisions are written out first. What is stored but not sent yet is sent after the restart. */
        alerting->journal = journal_close(alerting->journal, CLOSE_MS, decision_discard);
        intake_close(alerting->intake);
        registry_reader_close(alerting->registry_reader);
        kafka_watch_stop(alerting->kafka);
        feed_close(alerting->feed);
        channels_close(alerting->channels);
        zap_close(alerting->zap);
        if (alerting->zmq)
                zmq_ctx_term(alerting->zmq);
        book_free(alerting->book);
        route_zones_free(alerting->zones);
        ladders_free(alerting->ladders);
        registry_free(alerting->registry);
        free(alerting->outcome);
        free(alerting->sent);
        free(alerting);
        return NULL;
}
