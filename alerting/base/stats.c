/* SPDX-License-Identifier: MIT */
#include "alerting/base/stats.h"

#include <stdio.h>
#include <string.h>

#include "common/base/require.h"

#define COUNTER(stat, family, labels_text, help_text)                                              \
        [stat] = {.name = "vigil_alerting_" family,                                                \
                  .help = help_text,                                                               \
                  .labels = labels_text,                                                           \
                  .type = METRIC_COUNTER}
#define GAUGE(stat, family, labels_text, help_text)                                                \
        [stat] = {.name = "vigil_alerting_" family,                                                \
                  .help = help_text,                                                               \
                  .labels = labels_text,                                                           \
                  .type = METRIC_GAUGE}

#define ALERTS                                                                                     \
        "Alerts read from vigil.alerts, by result. Suppressed ones count as new too; a severity "  \
        "change, clear or cancel that takes effect is not counted."
#define OPEN "Open alerts, by severity and by whether a person has accepted them (held)."
#define PAGES                                                                                      \
        "Pages, by channel (none: no channel reaches the person) and result (later: nobody was "   \
        "connected to take it). A page that is sent again counts again."
#define ANSWERS "Answers of people, by result."
#define NOTICES                                                                                    \
        "Notices from ingest about alarms that Kafka has not accepted, with repeats, by whether "  \
        "a desk was connected to take them."
#define CONNECTIONS "Connections, by the result of the check of their key (ZAP)."
#define FEED "Requests to the snapshot socket of the feed, by answer."

static struct metric metrics[STATS_ITEM_COUNT] = {
        COUNTER(STAT_ALERTS_NEW, "alerts_total", "result=\"new\"", ALERTS),
        COUNTER(STAT_ALERTS_REPEATED, "alerts_total", "result=\"repeated\"", ALERTS),
        COUNTER(STAT_ALERTS_KNOWN, "alerts_total", "result=\"known\"", ALERTS),
        COUNTER(STAT_ALERTS_UNKNOWN, "alerts_total", "result=\"unknown\"", ALERTS),
        COUNTER(STAT_ALERTS_REFUSED, "alerts_total", "result=\"refused\"", ALERTS),
        COUNTER(STAT_ALERTS_SUPPRESSED, "alerts_total", "result=\"suppressed\"", ALERTS),
        GAUGE(STAT_OPEN_CRITICAL_UNACKED, "alerts_open", "severity=\"critical\",state=\"unacked\"",
              OPEN),
        GAUGE(STAT_OPEN_CRITICAL_HELD, "alerts_open", "severity=\"critical\",state=\"held\"", OPEN),
        GAUGE(STAT_OPEN_MAJOR_UNACKED, "alerts_open", "severity=\"major\",state=\"unacked\"", OPEN),
        GAUGE(STAT_OPEN_MAJOR_HELD, "alerts_open", "severity=\"major\",state=\"held\"", OPEN),
        GAUGE(STAT_OPEN_MINOR_UNACKED, "alerts_open", "severity=\"minor\",state=\"unacked\"", OPEN),
        GAUGE(STAT_OPEN_MINOR_HELD, "alerts_open", "severity=\"minor\",state=\"held\"", OPEN),
        GAUGE(STAT_OPEN_INFO_UNACKED, "alerts_open", "severity=\"info\",state=\"unacked\"", OPEN),
        GAUGE(STAT_OPEN_INFO_HELD, "alerts_open", "severity=\"info\",state=\"held\"", OPEN),
        GAUGE(STAT_OLDEST_UNACKED, "oldest_unacked_alert_timestamp_seconds", NULL,
              "When the oldest unaccepted alert was raised, Unix time; 0: none."),
        GAUGE(STAT_UNOWNED, "unowned_alerts", NULL,
              "Open alerts without a next action or an owner at the last audit; must be 0."),
        COUNTER(STAT_UNOWNED_FOUND, "unowned_alerts_found_total", NULL,
                "Alerts found by an audit without a next action or an owner; must stay 0."),
        COUNTER(STAT_ESCALATIONS, "escalations_total", NULL,
                "Escalations: ladder steps after the first, repeated steps and new rounds."),
        COUNTER(STAT_DESKS_DEAF, "desk_not_received_total", NULL,
                "Pages that a desk's pager did not confirm in time; another desk was paged."),
        COUNTER(STAT_NO_DESK, "no_desk_total", NULL,
                "Times that no desk confirmed receipt and all connected family and teams were "
                "paged."),
        COUNTER(STAT_NOTICES_TOLD, "notices_total", "told=\"yes\"", NOTICES),
        COUNTER(STAT_NOTICES_UNTOLD, "notices_total", "told=\"no\"", NOTICES),
        COUNTER(STAT_ANSWERS_STORED, "answers_total", "result=\"stored\"", ANSWERS),
        COUNTER(STAT_ANSWERS_REFUSED, "answers_total", "result=\"refused\"", ANSWERS),
        COUNTER(STAT_FRAMES_REFUSED, "frames_refused_total", NULL,
                "Malformed messages, and messages from peers without permission."),
        COUNTER(STAT_CONNECTIONS_ADMITTED, "connections_total", "result=\"admitted\"", CONNECTIONS),
        COUNTER(STAT_CONNECTIONS_REFUSED, "connections_total", "result=\"refused\"", CONNECTIONS),
        GAUGE(STAT_CONNECTED, "connected_endpoints", NULL,
              "Connected pagers, each endpoint of a key."),
        GAUGE(STAT_CONNECTED_PARTLY, "connected_partly_endpoints", NULL,
              "Endpoints connected to only some of the alerting processes; must be 0."),
        GAUGE(STAT_FEED_SUBSCRIPTIONS, "feed_subscriptions", NULL, "Feed subscriptions."),
        COUNTER(STAT_FEED_MESSAGES, "feed_messages_total", NULL,
                "Feed messages published, without heartbeats."),
        COUNTER(STAT_FEED_REPLAYS, "feed_requests_total", "answer=\"served\"", FEED),
        COUNTER(STAT_FEED_GONE, "feed_requests_total", "answer=\"gone\"", FEED),
        GAUGE(STAT_TOLD, "told_alerts", NULL,
              "Ids of alerts closed more than a day ago that are kept to recognise replays; "
              "updated once a minute."),
        GAUGE(STAT_JOURNAL_WAITING, "journal_waiting_batches", NULL,
              "Decisions not yet acknowledged by Kafka, so not yet acted on."),
        GAUGE(STAT_RELOAD_OK, "config_last_reload_successful", NULL,
              "1 if the ladders and keys on disk are in force, 0 if the last reload was refused."),
        GAUGE(STAT_RELOAD_TIME, "config_last_reload_success_timestamp_seconds", NULL,
              "When ladders or keys were last loaded, Unix time."),
};

#define HISTOGRAM(time, family, help_text)                                                         \
        [time] = {.name = "vigil_alerting_" family "_seconds", .help = help_text}

static struct histogram histograms[STATS_TIME_COUNT] = {
        HISTOGRAM(STATS_TIME_JUDGED_INTAKE, "judged_to_intake",
                  "From evaluation by rules to intake."),
        HISTOGRAM(STATS_TIME_INTAKE_STORED, "intake_to_stored",
                  "From intake to Kafka's acknowledgement of the first decision about the alert."),
        HISTOGRAM(STATS_TIME_STORED_SENT, "stored_to_sent",
                  "From Kafka's acknowledgement of the first decision about the alert to handing a "
                  "page of the first step to the connection, for the first send of each page."),
        HISTOGRAM(STATS_TIME_SENT_RECEIVED, "sent_to_received",
                  "From handing a page to the connection to the pager's receipt."),
        HISTOGRAM(STATS_TIME_RECEIVED_SENT, "event_to_page",
                  "From the event's arrival at ingest to handing a page of the first step to the "
                  "connection; only alerts raised by an event, not by a deadline."),
        HISTOGRAM(STATS_TIME_TO_ACK, "time_to_ack", "From intake to the first accept."),
};

/* --- pages ------------------------------------------------------------------------------------- */

/* The counters of one channel; the first row is for persons whom no channel reaches. */
static struct pages {
        const char *channel;
        char labels[STATS_PAGE_COUNT][64];
        struct metric metrics[STATS_PAGE_COUNT];
} pages[STATS_CHANNELS_MAX + 1] = {{.channel = "none"}};
static size_t pages_count = 1;

static void pages_register(struct pages *row) {
        static const char *const results[] = {"planned",  "sent",     "later",    "received",
                                              "accepted", "declined", "no_answer"};

        _Static_assert(sizeof(results) / sizeof(results[0]) == STATS_PAGE_COUNT, "a name each");
        for (size_t i = 0; i < STATS_PAGE_COUNT; i++) {
                snprintf(row->labels[i], sizeof(row->labels[i]), "channel=\"%s\",result=\"%s\"",
                         row->channel, results[i]);
                row->metrics[i] = (struct metric){.name = "vigil_alerting_pages_total",
                                                  .help = PAGES,
                                                  .labels = row->labels[i],
                                                  .type = METRIC_COUNTER};
        }
        metrics_register(row->metrics, STATS_PAGE_COUNT);
}

static struct metric *pages_metric(const char *channel, enum stats_page what) {
        require(what < STATS_PAGE_COUNT, "page result %d", (int)what);
        for (size_t i = 1; channel && i < pages_count; i++) {
                if (strcmp(pages[i].channel, channel) == 0)
                        return &pages[i].metrics[what];
        }
        return &pages[0].metrics[what];
}

void stats_page(const char *channel, enum stats_page what) {
        metric_add(pages_metric(channel, what), 1);
}

int64_t stats_page_get(const char *channel, enum stats_page what) {
        return atomic_load_explicit(&pages_metric(channel, what)->value, memory_order_relaxed);
}

/* ----------------------------------------------------------------------------------------------- */

void alerting_stats_register(const char *const *channels) {
        metrics_register(metrics, STATS_ITEM_COUNT);
        metrics_register_histograms(histograms, STATS_TIME_COUNT);
        for (; *channels; channels++) {
                require(pages_count <= STATS_CHANNELS_MAX, "channel %s is one too many", *channels);
                pages[pages_count++].channel = *channels;
        }
        for (size_t i = 0; i < pages_count; i++)
                pages_register(&pages[i]);
}

void stats_add(enum stats_item stat, int64_t n) {
        require(stat < STATS_ITEM_COUNT, "metric %d", (int)stat);
        metric_add(&metrics[stat], n);
}

void stats_set(enum stats_item stat, int64_t value) {
        metric_set(&metrics[stat], value);
}

int64_t stats_get(enum stats_item stat) {
        return atomic_load_explicit(&metrics[stat].value, memory_order_relaxed);
}

void stats_time(enum stats_time time, int64_t begin_us, int64_t end_us) {
        if (begin_us > 0 && end_us >= begin_us)
                histogram_record_us(&histograms[time], end_us - begin_us);
}
