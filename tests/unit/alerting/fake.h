/* SPDX-License-Identifier: MIT
 *
 * What stands in for Kafka and the pagers around alerting/act: a journal, a ledger, a channel and partitions that only write
 * down what they are asked for. Kafka takes a record when the test says so, and tells us of it or not.
 */
#ifndef VIGIL_TESTS_UNIT_ALERTING_FAKE_H
#define VIGIL_TESTS_UNIT_ALERTING_FAKE_H

#include "alerting/act/alerting.h"
#include "world.h"

enum { FAKE_BATCHES = 256, FAKE_FRAMES = 512, FAKE_ALERTS = 64, FAKE_ROWS = 8192 };

struct fake_frame {
        char to[REGISTRY_ID_BYTES];
        char type[16];
};

/* One alert's record of vigil.pages. */
struct fake_page {
        char alert_id[ALERT_ID_BYTES];
        char *json;
};

/* One record of vigil.ledger. */
struct fake_row {
        char alert_id[ALERT_ID_BYTES];
        int64_t seq, n;
};

/* One decision on its way. */
struct journal_batch {
        void *deed;
        int records;
        struct fake_page page; /* the alert's; "": none */
};

struct fake {
        struct journal_batch *waiting[FAKE_BATCHES]; /* not in Kafka yet, in order */
        size_t waiting_count;
        struct fake_page pages[FAKE_ALERTS]; /* vigil.pages, compacted */
        size_t page_count;
        struct fake_row writing[FAKE_ROWS]; /* on their way to vigil.ledger */
        size_t writing_count;
        struct fake_row rows[FAKE_ROWS]; /* vigil.ledger */
        size_t row_count;
        bool ledger_is_open;
        bool is_others; /* the partition */
        int64_t seq;
        struct fake_frame frames[FAKE_FRAMES];
        size_t frame_count;
        int64_t done; /* offset of vigil.alerts */
        size_t looks; /* alerts looked at since it was set to 0 */
        struct world world;
        struct alerting alerting;
        int64_t now_ms;
        int64_t offset;
};

extern struct fake fake;

int fake_setup(void **state);
int fake_teardown(void **state);

/* An SOS of E1, of another rule each, so that none is a repeat of another. */
struct response *press(unsigned n);
void say(const struct response *response, const char *who, enum answer_type type);
void pass(int64_t ms);
size_t told(const char *to, const char *type);

/* Kafka has the oldest decision, and we hear of it (@reported) or never will. */
void taken(bool reported);
void written(void);
void all_written(void);
/* The same of the oldest entry on its way to the ledger. */
void ledger_taken(bool reported);
/* The end of the ledger has been read. */
void ledger_found(void);
/* kill -9, and what the next process finds. */
void kill_and_restart(void);

#endif
