/* SPDX-License-Identifier: MIT
 *
 * People: a robot for everybody who can be paged. A robot has a real key and a real connection
 * (page_client), confirms what it gets and answers as its story says, or by habit:
 *
 *      family  reads; accepts after 1 to 3 s only when nobody else was paged
 *      team    accepts after 0.2 to 2 s, is there 0.5 to 1.5 s later, closes after another second
 *      desk    accepts after 1 to 3 s what is still open then, and closes it
 *
 * Thread: one owner. Blocks: never, but for reading key files at the start.
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
        int role; /* one bit of story.h */
        const struct page_news *news;
};

struct sim_people_options {
        const struct conf *conf; /* where alerting is */
        const char *keys;        /* folder: ID.key, server.pub */
        const struct neighbourhood *hood;
        const struct stories *stories; /* or NULL */
        int elders;                    /* families of the first so many elders have robots */
        const char *leave; /* this recipient is left to a person with a pager, or NULL */
        uint64_t seed;
        void (*news)(void *context, const struct sim_people_news *news);
        void (*notice)(void *context, const char *recipient, const struct page_notice *notice);
        void (*answering)(void *context, const char *alert_id); /* a robot answers now */
        void *context;
};

/* Return: 0, -ENOENT (a key is missing; err_why()), -ENOMEM, -EMFILE. */
int sim_people_new(struct sim_people **ret, const struct sim_people_options *options,
                   int64_t now_mono_ms);
struct sim_people *sim_people_free(struct sim_people *people);

/* As gateways_watch(), gateways_ready(), gateways_tick(). */
void sim_people_watch(struct sim_people *people, int epoll_fd, uint32_t tag);
int sim_people_ready(struct sim_people *people, uint32_t which, int64_t now_mono_ms);
int sim_people_tick(struct sim_people *people, int64_t now_mono_ms);

/* Robots that every alerting process, or at least one of them, has welcomed, of how many. */
int sim_people_welcomed(const struct sim_people *people, bool by_all, int *ret_count);

/* The first one alerting refuses, or NULL. */
const char *sim_people_refused(const struct sim_people *people);

#endif
