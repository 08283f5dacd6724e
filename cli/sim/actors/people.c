/* SPDX-License-Identifier: MIT */
#include "cli/sim/actors/people.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include <zmq.h>

#include "cli/sim/world/random.h"
#include "common/base/err.h"

enum {
        TRACK_BUCKETS = 256,
        ETA_S = 360,
};

struct robot {
        struct sim_people *people;
        struct page_client *client;
        int role;
        int64_t due_mono_ms;
};

/* A planned answer of a robot. */
struct intention {
        int64_t due_mono_ms;
        uint32_t robot;
        enum page_card_answer answer;
        bool if_open; /* only if the card is still open then */
        char alert_id[ALERT_ID_BYTES];
};

/* How many recipients of each role were paged for an alert, to find "the first team", "the second". */
struct track {
        char alert_id[ALERT_ID_BYTES];
        int counts[3];
        struct track *next;
};

struct sim_people {
        struct sim_people_options options;
        void *zmq;
        char server_public[CURVE_TEXT_BYTES];
        struct robot *robots;
        uint32_t count, capacity;
        struct intention *heap; /* min-heap by due time */
        size_t heap_count, heap_capacity;
        struct track *tracks[TRACK_BUCKETS];
        struct random_stream random;
        int64_t now_mono_ms; /* time of the current turn, for callbacks */
        int failure;         /* error in a callback, returned by the turn */
};

/* --- intentions: a binary heap -------------------------------------------------------------------- */

static void heap_swap(struct sim_people *people, size_t a, size_t b) {
        struct intention kept = people->heap[a];

        people->heap[a] = people->heap[b];
        people->heap[b] = kept;
}

static int heap_push(struct sim_people *people, const struct intention *intention) {
        size_t at = people->heap_count;

        if (at == people->heap_capacity) {
                size_t capacity = at ? at * 2 : 256;
                struct intention *heap = realloc(people->heap, capacity * sizeof(*heap));

                if (!heap)
                        return err_raise(-ENOMEM);
                people->heap = heap;
                people->heap_capacity = capacity;
        }
        people->heap[at] = *intention;
        people->heap_count++;
        while (at && people->heap[at].due_mono_ms < people->heap[(at - 1) / 2].due_mono_ms) {
                heap_swap(people, at, (at - 1) / 2);
                at = (at - 1) / 2;
        }
        return 0;
}

static struct intention heap_pop(struct sim_people *people) {
        struct intention first = people->heap[0];
        size_t at = 0;

        people->heap[0] = people->heap[--people->heap_count];
        for (;;) {
                size_t least = at;

                for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++)
                        if (child < people->heap_count &&
                            people->heap[child].due_mono_ms < people->heap[least].due_mono_ms)
                                least = child;
                if (least == at)
                        return first;
                heap_swap(people, at, least);
                at = least;
        }
}

static void intend(struct robot *robot, const char *alert_id, enum page_card_answer answer,
                   int64_t wait_ms, bool if_open) {
        struct sim_people *people = robot->people;
        struct intention intention = {
                .due_mono_ms = people->now_mono_ms + wait_ms,
                .robot = (uint32_t)(robot - people->robots),
                .answer = answer,
                .if_open = if_open,
        };
        int r;

        snprintf(intention.alert_id, sizeof(intention.alert_id), "%s", alert_id);
        r = heap_push(people, &intention);
        if (r < 0)
                people->failure = r;
}

static int64_t between(struct robot *robot, int from_ms, int to_ms) {
        return random_between(&robot->people->random, from_ms, to_ms);
}

/* --- what a robot does ------------------------------------------------------------------------------ */

static const struct story *story_of(const struct sim_people *people, const char *elder_id) {
        const struct stories *stories = people->options.stories;

        for (size_t i = 0; stories && i < stories->count; i++)
                if (strcmp(stories->rows[i].elder_id, elder_id) == 0)
                        return &stories->rows[i];
        return NULL;
}

/* Return: the position of this robot among those of its role paged for the alert, from 1. */
static int nth_of(struct sim_people *people, const char *alert_id, int role) {
        unsigned int bucket = (unsigned char)alert_id[0] * 31u + (unsigned char)alert_id[1];
        struct track *track = people->tracks[bucket % TRACK_BUCKETS];

        while (track && strcmp(track->alert_id, alert_id) != 0)
                track = track->next;
        if (!track) {
                track = calloc(1, sizeof(*track));
                if (!track) {
                        people->failure = err_raise(-ENOMEM);
                        return 1;
                }
                snprintf(track->alert_id, sizeof(track->alert_id), "%s", alert_id);
                track->next = people->tracks[bucket % TRACK_BUCKETS];
                people->tracks[bucket % TRACK_BUCKETS] = track;
        }
        return ++track->counts[role >> 1];
}

static const struct story_person *script_of(struct robot *robot, const struct page_card *card) {
        const struct story *story = story_of(robot->people, card->elder_id);
        int nth;

        if (!story || story->people_count == 0)
                return NULL;
        nth = nth_of(robot->people, card->alert_id, robot->role);
        for (int i = 0; i < story->people_count; i++)
                if (story->people[i].who == robot->role &&
                    (story->people[i].nth == 0 || story->people[i].nth == nth))
                        return &story->people[i];
        return NULL;
}

static bool only_family_was_paged(const struct page_card *card) {
        for (int i = 0; i < card->others_count; i++)
                if (card->others[i][0] != 'F')
                        return false;
        return true;
}

static void habit_follow(struct robot *robot, const struct page_card *card) {
        if (robot->role == STORY_TEAM)
                intend(robot, card->alert_id, PAGE_CARD_ANSWER_ACCEPT, between(robot, 200, 2000),
                       false);
        else if (robot->role == STORY_DESK)
                intend(robot, card->alert_id, PAGE_CARD_ANSWER_ACCEPT, between(robot, 1000, 3000),
                       true);
        else if (only_family_was_paged(card))
                intend(robot, card->alert_id, PAGE_CARD_ANSWER_ACCEPT, between(robot, 1000, 3000),
                       true);
}

static void card_came(struct robot *robot, const struct page_card *card) {
        const struct story_person *script;

        /* Already answered, before a restart of this robot: do only what follows. */
        if (card->state == PAGE_CARD_ACCEPTED) {
                if (robot->role == STORY_TEAM)
                        intend(robot, card->alert_id, PAGE_CARD_ANSWER_ARRIVE,
                               between(robot, 500, 1500), false);
                else if (robot->role == STORY_DESK)
                        intend(robot, card->alert_id, PAGE_CARD_ANSWER_CLOSE,
                               between(robot, 800, 1500), false);
                return;
        }
        if (card->state != PAGE_CARD_OPEN)
                return;
        script = script_of(robot, card);
        if (!script)
                habit_follow(robot, card);
        else if (script->what == STORY_ACCEPT)
                intend(robot, card->alert_id, PAGE_CARD_ANSWER_ACCEPT, script->after_ms, false);
        else if (script->what == STORY_DECLINE)
                intend(robot, card->alert_id, PAGE_CARD_ANSWER_DECLINE, script->after_ms, false);
}

/* Plan the next answer. Only desk and team may close; a team closes after it has arrived. */
static void answer_settled(struct robot *robot, const struct page_news *news) {
        const char *alert_id = news->card->alert_id;

        if (page_card_is_over(news->card))
                return;
        if (robot->role == STORY_TEAM && news->kind == PAGE_NEWS_STORED &&
            news->answer == PAGE_CARD_ANSWER_ACCEPT)
                intend(robot, alert_id, PAGE_CARD_ANSWER_ARRIVE, between(robot, 500, 1500), false);
        else if (robot->role == STORY_TEAM && news->kind == PAGE_NEWS_STORED &&
                 news->answer == PAGE_CARD_ANSWER_ARRIVE)
                intend(robot, alert_id, PAGE_CARD_ANSWER_CLOSE, 1000, false);
        else if (robot->role == STORY_DESK && news->answer == PAGE_CARD_ANSWER_ACCEPT)
                intend(robot, alert_id, PAGE_CARD_ANSWER_CLOSE, between(robot, 800, 1500), false);
}

static void on_news(void *context, struct page_client *client, const struct page_news *news) {
        struct robot *robot = context;
        struct sim_people *people = robot->people;
        const struct sim_people_news told = {page_client_id(client), robot->role, news};

        switch (news->kind) {
        case PAGE_NEWS_NEW:
        case PAGE_NEWS_NEXT_STEP:
                card_came(robot, news->card);
                break;
        case PAGE_NEWS_DOUBLED:
                if (news->card->state == PAGE_CARD_OPEN)
                        card_came(robot, news->card);
                break;
        case PAGE_NEWS_STORED:
        case PAGE_NEWS_REFUSED:
                answer_settled(robot, news);
                break;
        default:
                break;
        }
        if (people->options.news)
                people->options.news(people->options.context, &told);
}

static void on_notice(void *context, const struct page_notice *notice) {
        struct robot *robot = context;
        const struct sim_people_options *options = &robot->people->options;

        if (options->notice)
                options->notice(options->context, page_client_id(robot->client), notice);
}

static int intention_do(struct sim_people *people, const struct intention *intention) {
        static const char *const reasons[PAGE_CARD_ANSWERS] = {NULL, "太远，赶不到", NULL, "real"};
        struct robot *robot = &people->robots[intention->robot];
        const struct page_card *card =
                page_book_card(page_client_book(robot->client), intention->alert_id);
        int r;

        if (!card || page_card_is_over(card) ||
            (intention->if_open && card->state != PAGE_CARD_OPEN))
                return 0;
        if (people->options.answering)
                people->options.answering(people->options.context, intention->alert_id);
        r = page_client_answer(robot->client, intention->alert_id, intention->answer,
                               intention->answer == PAGE_CARD_ANSWER_ACCEPT ? ETA_S : 0,
                               reasons[intention->answer], people->now_mono_ms);
        return r < 0 ? r : 0;
}

/* --- life -------------------------------------------------------------------------------------------- */

static int robot_add(void *context, const char *role, const char *id) {
        struct sim_people *people = context;
        struct robot *robot = &people->robots[people->count];
        struct curve_pair keys;
        const struct page_client_options options = {
                .zmq = people->zmq,
                .conf = people->options.conf,
                .id = id,
                .language = "zh",
                .keys = &keys,
                .server_public = people->server_public,
                .news = on_news,
                .notice = on_notice,
                .context = robot,
        };
        int r;

        if (people->options.leave && strcmp(people->options.leave, id) == 0)
                return 0;
        if (role[0] == 'f' && strtol(id + 1, NULL, 10) > people->options.elders)
                return 0;
        r = curve_read(&keys, people->options.keys, id);
        if (r < 0)
                return r;
        robot->people = people;
        robot->role = role[0] == 'f' ? STORY_FAMILY : role[0] == 't' ? STORY_TEAM : STORY_DESK;
        r = page_client_new(&robot->client, &options, people->now_mono_ms);
        if (r == 0)
                people->count++;
        return r;
}

/* A robot needs three sockets per link (a monitor has two ends) and as many descriptors; the defaults are 1,023
 * sockets and often 1,024 descriptors. */
static int limits_raise(struct sim_people *people, size_t robots) {
        struct rlimit limit;
        int sockets = (int)(robots * people->options.conf->alerting.instance_count) * 3 + 64;

        if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
                limit.rlim_cur = limit.rlim_max;
                setrlimit(RLIMIT_NOFILE, &limit);
        }
        if (sockets > 1023 && zmq_ctx_set(people->zmq, ZMQ_MAX_SOCKETS, sockets) < 0)
                return err_raise_why(-EMFILE, "libzmq cannot open %d sockets", sockets);
        return 0;
}

int sim_people_new(struct sim_people **ret, const struct sim_people_options *options,
                   int64_t now_mono_ms) {
        struct sim_people *people = calloc(1, sizeof(*people));
        size_t most = options->hood->contact_count + options->hood->team_count +
                      (size_t)options->hood->grids + 1;
        int r = 0;

        if (!people)
                return err_raise(-ENOMEM);
        people->options = *options;
        people->now_mono_ms = now_mono_ms;
        people->random = random_for(options->seed, 77);
        people->robots = calloc(most, sizeof(*people->robots));
        people->zmq = zmq_ctx_new();
        if (!people->robots || !people->zmq)
                r = err_raise(-ENOMEM);
        if (r == 0)
                r = curve_read_server(people->server_public, options->keys);
        if (r == 0)
                r = limits_raise(people, most);
        if (r == 0)
                r = neighbourhood_recipients(options->hood, robot_add, people);
        if (r < 0) {
                sim_people_free(people);
                return r;
        }
        *ret = people;
        return 0;
}

struct sim_people *sim_people_free(struct sim_people *people) {
        if (!people)
                return NULL;
        for (uint32_t i = 0; i < people->count; i++)
                page_client_free(people->robots[i].client);
        if (people->zmq)
                zmq_ctx_term(people->zmq);
        for (size_t i = 0; i < TRACK_BUCKETS; i++)
                for (struct track *track = people->tracks[i], *next; track; track = next) {
                        next = track->next;
                        free(track);
                }
        free(people->robots);
        free(people->heap);
        free(people);
        return NULL;
}

void sim_people_watch(struct sim_people *people, int epoll_fd, uint32_t tag) {
        for (uint32_t i = 0; i < people->count; i++) {
                struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)tag << 32 | i};
                int fds[PAGE_CLIENT_FDS_MAX];
                int count = page_client_fds(people->robots[i].client, fds);

                for (int f = 0; f < count; f++)
                        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fds[f], &event);
        }
}

static int robot_turn(struct sim_people *people, struct robot *robot, int64_t now_mono_ms) {
        int r;

        people->now_mono_ms = now_mono_ms;
        r = page_client_turn(robot->client, now_mono_ms);
        if (r < 0)
                return r;
        robot->due_mono_ms = now_mono_ms + r;
        r = people->failure;
        people->failure = 0;
        return r;
}

int sim_people_ready(struct sim_people *people, uint32_t which, int64_t now_mono_ms) {
        return robot_turn(people, &people->robots[which % people->count], now_mono_ms);
}

int sim_people_tick(struct sim_people *people, int64_t now_mono_ms) {
        int r = 0;

        people->now_mono_ms = now_mono_ms;
        while (r == 0 && people->heap_count && people->heap[0].due_mono_ms <= now_mono_ms) {
                struct intention intention = heap_pop(people);

                r = intention_do(people, &intention);
                /* Sending may have consumed the edge of its descriptors: give it a turn now. */
                people->robots[intention.robot].due_mono_ms = now_mono_ms;
        }
        for (uint32_t i = 0; i < people->count && r == 0; i++)
                if (people->robots[i].due_mono_ms <= now_mono_ms)
                        r = robot_turn(people, &people->robots[i], now_mono_ms);
        return r;
}

int sim_people_welcomed(const struct sim_people *people, bool by_all, int *ret_count) {
        int welcomed = 0;

        for (uint32_t i = 0; i < people->count; i++) {
                int links, missing = page_client_missing(people->robots[i].client, &links);

                welcomed += by_all ? missing == 0 : missing < links;
        }
        *ret_count = (int)people->count;
        return welcomed;
}

const char *sim_people_refused(const struct sim_people *people) {
        for (uint32_t i = 0; i < people->count; i++)
                if (page_client_link(people->robots[i].client) == PAGE_CLIENT_LINK_REFUSED)
                        return page_client_id(people->robots[i].client);
        return NULL;
}
