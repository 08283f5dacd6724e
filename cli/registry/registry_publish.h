/* SPDX-License-Identifier: MIT
 *
 * What is in vigil.registry, and bringing it in line with a registry made from files: only records
 * that differ are written, in an order in which a live reader never sees a device before its
 * elder, and every one is waited for.
 *
 * Thread: main. Blocks: for Kafka, up to the timeout.
 */
#ifndef VIGIL_CLI_REGISTRY_REGISTRY_PUBLISH_H
#define VIGIL_CLI_REGISTRY_REGISTRY_PUBLISH_H

#include "cli/command/cli.h"
#include "cli/registry/registry_csv.h"

/* Read the whole topic. Return: 0 and *ret; -ETIMEDOUT when its end was not reached in time; -EINTR;
 * -errno. */
int registry_publish_load_topic(struct registry **ret, const struct conf *conf, int timeout_ms);

struct registry_publish_changes {
        size_t added[REGISTRY_TYPES];
        size_t changed[REGISTRY_TYPES];
        size_t same[REGISTRY_TYPES];
        size_t removed[REGISTRY_TYPES]; /* or would be, without @prune */
        size_t published;               /* acknowledged by Kafka */
};

struct registry_publish_options {
        bool prune;   /* remove what the files no longer have */
        bool dry_run; /* count only */
        int timeout_ms;
        /* May be NULL: told of each record that the files no longer have. */
        void (*gone)(void *context, enum registry_type type, const char *id);
        void *context;
};

enum {
        REGISTRY_PUBLISH_REMOVE_FEW = 10,   /* so many of a kind go unasked */
        REGISTRY_PUBLISH_REMOVE_SHARE = 50, /* and one part of so many of its records: 2 % */
};

/* A file cut short, or of another city, must not take everybody off the air. @changes: as counted by a dry run.
 * Return: 0: they may be pruned unasked. Else how many records would go, of all kinds: the number that whoever wants it has to name. Asked is
 * where of one kind more go than both of the above, or where a file has no row left. */
size_t registry_publish_removal_asks(const struct registry_publish_changes *changes,
                                     const struct registry_csv_result *files);

/* Types that @files does not have are left alone.
 * Return: 0; -ETIMEDOUT or -EIO when not every record was acknowledged (@ret counts those that were);
 * -EINTR; -ENOMEM. */
int registry_publish(const struct conf *conf, const struct registry *current,
                     const struct registry *wanted, const struct registry_csv_result *files,
                     const struct registry_publish_options *options,
                     struct registry_publish_changes *ret);

#endif
