/* SPDX-License-Identifier: MIT
 *
 * The counters of an engine, which its owner reads and publishes.
 *
 * Thread: the engine's owner.
 */
#ifndef VIGIL_RULES_EVAL_CORE_ENGINE_STATS_H
#define VIGIL_RULES_EVAL_CORE_ENGINE_STATS_H

#include <stddef.h>
#include <stdint.h>

struct engine_stats {
        uint64_t events;
        uint64_t duplicates;
        uint64_t unknown_elders;     /* events of elders who are not in the registry */
        uint64_t not_ours;           /* events of partitions that are not open here */
        uint64_t unlisted_devices;   /* evaluated, but not registered for this elder */
        uint64_t restarted_counters; /* devices that restarted counting without a new boot id */
        uint64_t late_events;        /* more than two minutes old when evaluated */
        uint64_t rules_run;
        uint64_t verdicts;
        uint64_t timers_fired;
        uint64_t episodes;  /* begun: vitals beyond their limit, alarms */
        uint64_t dismissed; /* happenings dismissed by a sign of life before they were confirmed */
        /* Blocks of acceleration in which no fall could be sought: the wearing position is not known, or the device
         * is not worn, is stuck, is not at 1 g at rest, or repeats a block. */
        uint64_t motion_unjudged;
        uint64_t inhibited;      /* raises held back while another rule explains them */
        uint64_t flaps_held;     /* raises not reported because of flapping */
        uint64_t episodes_lost;  /* no memory: an episode could not begin */
        uint64_t overrides_lost; /* plans with overrides not made: no memory, or too large */
        uint32_t elders;
        uint32_t blind;           /* pairs of elder and quiet rule without a sign of life so far */
        uint32_t deaf_partitions; /* open, but an ingest shard does not listen */
        uint32_t states_waiting;  /* restored, but their elder is not in the registry yet */
        uint32_t plans;           /* in memory, with those of single elders */
        size_t bytes;             /* all memory of the engine */
        size_t bytes_per_elder;   /* the part of it that grows with elders, per elder */
};

#endif
