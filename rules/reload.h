/* SPDX-License-Identifier: MIT
 *
 * Reload: the rule set in force, and the next one when the files change or SIGHUP asks.
 *
 * Whole set or nothing: with one mistake in one file the old set stays and every mistake is printed; also
 * over a restart, by the copy in rules/kept.h.
 * The shards take the new set up one by one, each between two events; the old one is freed when
 * all of them have.
 *
 * Thread: main.
 */
#ifndef VIGIL_RULES_RELOAD_H
#define VIGIL_RULES_RELOAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/files/conf.h"
#include "rules/eval/rule/rule_set.h"
#include "rules/shard/shard.h"

enum {
        RELOAD_SETTLE_MS = 200, /* an editor writes a file in several steps */
        RELOAD_MISTAKE_BYTES = 512,
};

struct reload {
        const struct conf *conf;
        struct shard *shards;
        int32_t shard_count;
        struct rule_set *rules;   /* in force, or about to be */
        struct rule_set *retired; /* until no shard has it any more */
        struct rule_set *
                *refused; /* by a shard without memory for it; kept, as the shard names it */
        size_t refused_count;
        int inotify_fd;
        bool asked;
        int64_t changed_mono_ms;            /* last change seen, 0: none */
        pthread_mutex_t lock;               /* of what follows: the HTTP thread shows it */
        char mistake[RELOAD_MISTAKE_BYTES]; /* why the files are not in force; "": they are */
};

/* Reads the files once. Complaints go to standard error, all of them. With mistakes in them it begins with
 * the set that was in force last (rules/kept.h), unless @only_check.
 * Return: 0, RELOAD_REFUSED (and there is none), -errno. */
enum { RELOAD_REFUSED = 1 };
int reload_init(struct reload *reload, const struct conf *conf, bool only_check);
void reload_fini(struct reload *reload);

/* Whom to tell from now on. */
void reload_connect(struct reload *reload, struct shard *shards, int32_t shard_count);

/* SIGHUP. */
void reload_ask(struct reload *reload);

/* Call every 250 ms or when reload->inotify_fd is readable. Blocks: reading the files. */
void reload_turn(struct reload *reload, int64_t now_mono_ms);

/* Thread: any. Why the files are not in force: the first mistake, "" when they are. */
void reload_mistake(struct reload *reload, char *ret, size_t ret_bytes);

#endif
