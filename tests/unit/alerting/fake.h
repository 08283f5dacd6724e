/* SPDX-License-Identifier: MIT
 *
 * Stand-ins for Kafka and the pagers around alerting/act: a journal, a ledger, a channel and an intake that only record
 * what they are asked for. The test decides when Kafka stores a record and whether the program learns of it.
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

/* The record of one alert in vigil.pages. */
struct fake_page {
        char alert_id[ALERT_ID_BYTES];
        char *json;
};

/* One record of vigil.ledger. */
struct fake_row {
        char alert_id[ALERT_ID_BYTES];
        int64_t seq, n;
};

/* One decision submitted to the journal. */
struct journal_batch {
        void *deed;
        int records;
        struct fake_page page; /* its record of the alert; alert_id "": it has none */
};

struct fake {
        struct journal_batch *waiting[FAKE_BATCHES]; /* submitted, not in Kafka yet, in order */
        size_t waiting_count;
        struct fake_page pages[FAKE_ALERTS]; /* vigil.pages, compacted */
        size_t page_count;
        struct fake_row writing[FAKE_ROWS]; /* written, not in vigil.ledger yet, in order */
        size_t writing_count;
        struct fake_row rows[FAKE_ROWS]; /* vigil.ledger */
        size_t row_count;
        bool ledger_is_open;
        bool is_others;                        /* another process holds the partition */
        int64_t seq;                           /* of the last decision given to the ledger */
        struct fake_frame frames[FAKE_FRAMES]; /* sent to recipients, in order */
        size_t frame_count;
        int64_t done; /* next offset of vigil.alerts to process */
        size_t looks; /* calls of intake_is_ready(); a test may set it to 0 */
        struct world world;
        struct alerting alerting;
        int64_t now_ms;
        int64_t offset;
};

extern struct fake fake;

int fake_setup(void **state);
int fake_teardown(void **state);

/* Take an SOS of E1 and submit the decision. Each @n is another rule, so that no alert repeats another. */
struct response *press(unsigned n);
/* @who answers the newest page of @response sent to them. */
void say(const struct response *response, const char *who, enum answer_type type);
/* Advance the clock and run what is due. */
void pass(int64_t ms);
/* How many frames of @type were sent to @to. */
size_t told(const char *to, const char *type);

/* Kafka stores the oldest submitted decision. @reported: its delivery report arrives; if not, it never does. */
void taken(bool reported);
/* taken(true). */
void written(void);
/* written() until no decision waits. */
void all_written(void);
/* taken() for the oldest entry written to the ledger. */
void ledger_taken(bool reported);
/* The last entry of the ledger has been read back; it is open for writing. */
void ledger_found(void);
/* kill -9, then a new process restores what is in vigil.pages. */
void kill_and_restart(void);

#endif
