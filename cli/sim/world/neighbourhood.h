/* SPDX-License-Identifier: MIT
 *
 * Neighbourhood: the simulated elders, their devices, families, care teams and grids. The same options always give
 * the same neighbourhood, so a registry written by `vigil sim --registry` fits any later run. The first elders are
 * the cast of configs/stories.yaml.
 *
 * All persons are fictitious; the telephone numbers use an exchange that does not exist.
 *
 * Thread: built once, then read-only. Blocks: never.
 */
#ifndef VIGIL_CLI_SIM_WORLD_NEIGHBOURHOOD_H
#define VIGIL_CLI_SIM_WORLD_NEIGHBOURHOOD_H

#include <stddef.h>
#include <stdint.h>

#include "common/registry/registry.h"

enum {
        NEIGHBOURHOOD_ELDERS = 300,
        NEIGHBOURHOOD_GRIDS = 6,
        NEIGHBOURHOOD_TEAMS_A_GRID = 3,
        NEIGHBOURHOOD_CAST = 12,
        /* Index of the elder without a sign of life on an ordinary day. */
        NEIGHBOURHOOD_QUIET = 2,
        NEIGHBOURHOOD_SEED = 20261124,
};

struct neighbourhood_options {
        uint64_t seed;
        int elders; /* at least NEIGHBOURHOOD_CAST */
        int grids;
};

/* Position of an elder's devices and contacts in the arrays below. */
struct neighbourhood_home {
        uint32_t first_device, device_count;
        uint32_t first_contact, contact_count;
        int grid; /* from 0 */
};

struct neighbourhood {
        struct registry_elder *elders;
        struct neighbourhood_home *homes; /* one per elder */
        size_t elder_count;
        struct registry_device *devices;
        size_t device_count;
        struct registry_contact *contacts;
        size_t contact_count;
        struct registry_team *teams;
        size_t team_count;
        struct registry_district *districts; /* city, district, then the grids */
        size_t district_count;
        int grids;
};

/* Return: 0, -EINVAL (options; err_why()), -ENOMEM. */
int neighbourhood_new(struct neighbourhood **ret, const struct neighbourhood_options *options);
struct neighbourhood *neighbourhood_free(struct neighbourhood *hood);

/* Visit all recipients: contacts, teams, the desk of each grid ("desk-grid-1") and desk-main. Calls @visit until it
 * returns non-zero. Return: the last result of @visit. */
int neighbourhood_recipients(const struct neighbourhood *hood,
                             int (*visit)(void *context, const char *role, const char *id),
                             void *context);

/* Index of the elder @id; -1 when there is none. */
int neighbourhood_elder_index(const struct neighbourhood *hood, const char *id);
/* The device @id; NULL when there is none. */
const struct registry_device *neighbourhood_device(const struct neighbourhood *hood,
                                                   const char *id);

#endif
