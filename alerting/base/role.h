/* SPDX-License-Identifier: MIT
 *
 * Role: what the holder of a key may do. family and team are paged and answer; desk is paged, answers, closes and reads
 * the feed; monitor only reads the feed; ingest only sends notices.
 *
 * Thread: any. Blocks: never.
 */
#ifndef VIGIL_ALERTING_BASE_ROLE_H
#define VIGIL_ALERTING_BASE_ROLE_H

enum role {
        ROLE_FAMILY,
        ROLE_TEAM,
        ROLE_DESK,
        ROLE_MONITOR,
        ROLE_INGEST,
        ROLE_COUNT,
};

/* NULL-terminated, in the order of enum role. */
extern const char *const role_names[];

/* "family". */
const char *role_name(enum role role);

/* Return: the role, or -1. */
int role_parse(const char *name);

#endif
