/* SPDX-License-Identifier: MIT
 *
 * State of a simulation: its options, its parts, and the progress of each story.
 *
 * Thread: main. Blocks: never.
 */
#ifndef VIGIL_CLI_SIM_SIM_H
#define VIGIL_CLI_SIM_SIM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/sim/actors/gateway.h"
#include "cli/sim/actors/people.h"
#include "cli/sim/actors/telemetry.h"
#include "cli/sim/score.h"
#include "cli/sim/world/neighbourhood.h"
#include "cli/sim/world/random.h"
#include "cli/sim/world/story.h"

struct language;

struct sim_options {
        const struct neighbourhood *hood;
        const struct stories *stories; /* NULL: none */
        const char *mqtt_host;
        int mqtt_port;
        const char *mqtt_user, *mqtt_password; /* or NULL */
        const char *client_id;
        /* Addresses of alerting; NULL: no robots, and no pages are expected. */
        const struct conf *pages;
        const char *keys;   /* folder */
        const char *leave;  /* no robot for this recipient, or NULL */
        const char *state;  /* folder of the gateways' store, or NULL */
        const char *ledger; /* file, or NULL */
        uint64_t seed;
        double rate;             /* events a second */
        double storm;            /* alarm-class presses a second, 0: none */
        const char *storm_kinds; /* "sos,smoke,gas" */
        int people;              /* number of elders whose families have robots */
        int64_t for_ms;          /* 0: until interrupted */
        int64_t warm_up_ms;
        int64_t allow_late_ms; /* extends time limits, for runs with kills */
        const struct language *language;
        bool colour; /* live lines with colour */
        bool quiet;  /* no live lines */
        bool (*interrupted)(void);
};

/* Returned when a page is missing, doubled or unexpected. */
enum { SIM_FAILED = 1 };

enum {
        SIM_STORM_KINDS_MAX = 8,
        SIM_DRAIN_MS = 15000,
        SIM_GRACE_MS = 1000, /* wait for doubled pages */
};

struct sim_progress {
        bool begun, told;
        int values_sent[STORY_STEPS_MAX];
        bool step_done[STORY_STEPS_MAX];
};

struct sim_storm_kind {
        const char *device_class;
        const char *kind; /* event kind; also names its rule */
        bool held;        /* the rule has a hold: not timed */
};

struct sim {
        struct sim_options options;
        struct gateway_store *store;
        struct gateways *gateways;
        struct sim_people *people;
        struct telemetry *telemetry;
        struct score *score;
        FILE *ledger;
        int epoll_fd;
        uint32_t boot;

        int64_t start_mono_us, start_time_ms;
        int64_t end_mono_us; /* end of publishing; 0: never */
        bool draining;
        /* Ctrl-C: stories stop at once, and outstanding pages are not awaited. */
        bool cut_short;
        int64_t drained_mono_ms; /* all settled since; 0: not yet */

        double events_due_us; /* monotonic time of the next telemetry event */
        uint64_t events_published, alarms_published, storm_held;

        struct sim_progress *story_states;
        struct random_stream storm_random;
        double storm_due_us;
        struct sim_storm_kind storm_kinds[SIM_STORM_KINDS_MAX];
        int storm_kind_count;
        uint8_t *storm_open; /* per elder: bit k set while kind k is open */

        int64_t status_due_mono_ms;
        uint64_t pages_seen;
        int failure; /* error in a callback, for the loop */
};

/* Whether the story is played: its elder's family has robots, and it ends in time. */
bool sim_has_story(const struct sim *sim, const struct story *story);

#endif
