/* SPDX-License-Identifier: MIT
 *
 * Stats: the metrics of vigil-alerting, in one list; GET /metrics shows them.
 *
 * Thread: alerting_stats_register() in main() before threads start; updates any thread. Blocks: never.
 */
#ifndef VIGIL_ALERTING_BASE_STATS_H
#define VIGIL_ALERTING_BASE_STATS_H

#include <stdint.h>

#include "common/ops/metrics.h"

enum stats_item {
        STAT_ALERTS_NEW,
        STAT_ALERTS_REPEATED,
        STAT_ALERTS_KNOWN,
        STAT_ALERTS_UNKNOWN,
        STAT_ALERTS_REFUSED,
        STAT_ALERTS_SUPPRESSED,
        STAT_OPEN_CRITICAL_UNACKED,
        STAT_OPEN_CRITICAL_HELD,
        STAT_OPEN_MAJOR_UNACKED,
        STAT_OPEN_MAJOR_HELD,
        STAT_OPEN_MINOR_UNACKED,
        STAT_OPEN_MINOR_HELD,
        STAT_OPEN_INFO_UNACKED,
        STAT_OPEN_INFO_HELD,
        STAT_OLDEST_UNACKED,
        STAT_UNOWNED,
        STAT_UNOWNED_FOUND,
        STAT_ESCALATIONS,
        STAT_DESKS_DEAF,
        STAT_NO_DESK,
        STAT_NOTICES_TOLD,
        STAT_NOTICES_UNTOLD,
        STAT_ANSWERS_STORED,
        STAT_ANSWERS_REFUSED,
        STAT_FRAMES_REFUSED,
        STAT_CONNECTIONS_ADMITTED,
        STAT_CONNECTIONS_REFUSED,
        STAT_CONNECTED,
        STAT_CONNECTED_PARTLY,
        STAT_FEED_SUBSCRIPTIONS,
        STAT_FEED_MESSAGES,
        STAT_FEED_REPLAYS,
        STAT_FEED_GONE,
        STAT_TOLD,
        STAT_JOURNAL_WAITING,
        STAT_RELOAD_OK,
        STAT_RELOAD_TIME,
        STATS_ITEM_COUNT,
};

/* What happened to pages, for each channel. */
enum stats_page {
        STATS_PAGE_PLANNED,
        STATS_PAGE_SENT,
        STATS_PAGE_LATER, /* nobody was connected to take it */
        STATS_PAGE_RECEIVED,
        STATS_PAGE_ACCEPTED,
        STATS_PAGE_DECLINED,
        STATS_PAGE_NO_ANSWER,
        STATS_PAGE_COUNT,
};

enum { STATS_CHANNELS_MAX = 16 };

enum stats_time {
        STATS_TIME_JUDGED_INTAKE, /* evaluated by rules -> read here */
        STATS_TIME_INTAKE_STORED, /* read -> the decision is in Kafka (vigil.pages) */
        STATS_TIME_STORED_SENT,   /* in Kafka -> page handed to a connection */
        STATS_TIME_SENT_RECEIVED, /* handed over -> the recipient's receipt */
        STATS_TIME_RECEIVED_SENT, /* the event's arrival at ingest -> page handed to a connection */
        STATS_TIME_TO_ACK,        /* read -> first accept */
        STATS_TIME_COUNT,
};

/* @channels: the names of all channels, NULL-terminated, at most STATS_CHANNELS_MAX; they must stay valid until the
 * process ends. A page for a person whom no channel reaches is counted as channel "none". */
void alerting_stats_register(const char *const *channels);

void stats_add(enum stats_item stat, int64_t n);
void stats_set(enum stats_item stat, int64_t value);
int64_t stats_get(enum stats_item stat);
/* @channel: a registered name; NULL: no channel reaches the person. */
void stats_page(const char *channel, enum stats_page what);
int64_t stats_page_get(const char *channel, enum stats_page what);
/* Record the time from @begin_us to @end_us. @begin_us 0: unknown, or there is none (a deadline has no event); then
 * nothing is recorded. */
void stats_time(enum stats_time time, int64_t begin_us, int64_t end_us);

#endif
