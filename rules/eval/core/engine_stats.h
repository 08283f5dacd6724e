/* SPDX-License-Identifier: MIT
 *
 * What an engine counts; read by its owner and published by it.
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
        uint64_t not_ours;           /* events of partitions not open here */
        uint64_t unlisted_devices;   /* judged, but the registry gives this elder no such device */
        uint64_t restarted_counters; /* devices that lost their count without a new boot number */
        uint64_t late_events;        /* more than two minutes old when judged */
        uint64_t rules_run;
        uint64_t verdicts;
        uint64_t timers_fired;
        uint64_t episodes;  /* begun: vitals over their limit, alarms */
        uint64_t dismissed; /* happenings that a sign of life followed before they were confirmed */
        uint64_t
                motion_unjudged; /* blocks of acceleration in which no fall could be sought: where the device is worn is not
        * known, or it is not worn, stuck, or not 1 g at rest */
        uint64_t inhibited;      /* raises held back while another rule explained them */
        uint64_t flaps_held;     /* raises not told because the alert flaps */
        uint64_t episodes_lost;  /* no memory: a duration could not be begun */
        uint64_t overrides_lost; /* no memory: the rule's own values hold instead */
        uint32_t elders;
        uint32_t
                blind; /* pairs of elder and quiet rule without any sign of life so far: not judged */
        uint32_t deaf_partitions; /* open, and who should listen for them does not */
        uint32_t states_waiting;  /* restored, their elder is not in the registry yet */
        uint32_t plans;           /* kinds of elder, as the rules see them */
        size_t bytes;             /* all memory of the engine */
        size_t bytes_per_elder;   /* of that, what grows with elders */
};

#endif
