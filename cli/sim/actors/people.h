/* SPDX-License-Identifier: MIT
 *
 * People: a robot for each recipient. A robot has a real key and a real connection (page_client), confirms pages,
 * and answers as its story says, or by default:
 *
 *      family  accepts after 1 to 3 s, only if nobody else was paged
 *      team    accepts after 0.2 to 2 s, arrives 0.5 to 1.5 s later, closes after another second
 *      desk    accepts after 1 to 3 s if the alert is still open, then closes it
 *
 * Thread: one owner. Blocks: only while reading key files in sim_people_new().
 */
#ifndef VIGIL_CLI_SIM_ACTORS_PEOPLE_H
#define VIGIL_CLI_SIM_ACTORS_PEOPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/recipient/page_client.h"
#include "cli/recipient/page_notice.h"
#include "cli/sim/world/neighbourhood.h"
#include "cli/sim/world/story.h"

struct sim_people;

struct sim_people_news {
        const char *recipient;
        int role; /* STORY_FAMILY, _TEAM or _DESK */
        const struct page_news *news;
};

struct sim_people_options {
        const struct conf *conf; /* addresses of alerting */
        const char *keys;        /* folder: ID.key, server.pub */
        const struct neighbourhood *hood;
        const struct stories *stories; /* or NULL */
        int elders;                    /* number of elders whose families have robots */
        const char *leave;             /* no robot for this recipient, or NULL */
        uint64_t seed;
        void (*news)(void *context, const struct sim_people_news *news);
        void (*notice)(void *context, const char *recipient, const struct page_notice *notice);
        void (*answering)(void *context, const char *alert_id); /* a robot is about to answer */
        void *context;
};

/* @options is copied; what it points to must outlive @ret. Return: 0, -ENOENT (a key is missing; err_why()),
 * -ENOMEM, -EMFILE. */
int sim_people_new(struct sim_people **ret, const struct sim_people_options *options,
                   int64_t now_mono_ms);
struct sim_people *sim_people_free(struct sim_people *people);

/* As gateways_watch(), gateways_ready(), gateways_tick(). Return: 0 or -errno. */
void sim_people_watch(struct sim_people *people, int epoll_fd, uint32_t tag);
int sim_people_ready(struct sim_people *people, uint32_t which, int64_t now_mono_ms);
int sim_people_tick(struct sim_people *people, int64_t now_mono_ms);

/* Return: number of robots welcomed by all alerting processes if @by_all, else by at least one. *ret_count: number
 * of robots. */
int sim_people_welcomed(const struct sim_people *people, bool by_all, int *ret_count);

/* Id of the first robot whose key alerting rejects, or NULL. */
const char *sim_people_refused(const struct sim_people *people);

#endif
