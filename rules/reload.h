/* SPDX-License-Identifier: MIT
 *
 * Reload: owns the rule set in force, and replaces it when the files change or on SIGHUP.
 *
 * A reload is atomic: after one error in one file the old set stays in force, and every error is printed. The copy in
 * rules/kept.h makes this hold over a restart.
 * Each shard takes up the new set between two events. The old set is freed when all shards have done so.
 *
 * Thread: main, except where noted.
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
        RELOAD_SETTLE_MS = 200, /* debounce: an editor writes a file in several steps */
        RELOAD_MISTAKE_BYTES = 512,
};

struct reload {
        const struct conf *conf;
        struct shard *shards;
        int32_t shard_count;
        struct rule_set *rules;   /* in force, or about to be */
        struct rule_set *retired; /* the former set, until no shard uses it */
        struct rule_set *
                *refused; /* sets a shard had no memory for; not freed before reload_fini() */
        size_t refused_count;
        int inotify_fd;
        bool asked;                         /* SIGHUP came */
        int64_t changed_mono_ms;            /* last change seen, 0: none */
        pthread_mutex_t lock;               /* guards mistake, which the HTTP thread reads */
        char mistake[RELOAD_MISTAKE_BYTES]; /* why the files are not in force; "": they are */
};

/* Read the files once. All errors go to standard error. If there are any, start with
 * the set that was last in force (rules/kept.h), unless @only_check. @conf must outlive @reload.
 * Return: 0, RELOAD_REFUSED (the files have errors, and there is no usable copy), -errno. */
enum { RELOAD_REFUSED = 1 };
int reload_init(struct reload *reload, const struct conf *conf, bool only_check);

/* After the shards have been freed. */
void reload_fini(struct reload *reload);

/* The shards that get new sets from now on. They must outlive the last reload_turn(). */
void reload_connect(struct reload *reload, struct shard *shards, int32_t shard_count);

/* Request a reload (SIGHUP). The next reload_turn() reads the files. Blocks: never. */
void reload_ask(struct reload *reload);

/* Call every 250 ms and when reload->inotify_fd is readable. Also allocates the memory that the engines asked for.
 * Blocks: reading the files. */
void reload_turn(struct reload *reload, int64_t now_mono_ms);

/* Thread: any. Writes why the files are not in force (the first error) into @ret[@ret_bytes]; "" if they are. */
void reload_mistake(struct reload *reload, char *ret, size_t ret_bytes);

#endif
