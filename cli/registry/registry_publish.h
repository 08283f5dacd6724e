/* SPDX-License-Identifier: MIT
 *
 * Reads vigil.registry, and publishes the differences between it and a registry read from files: only records that
 * differ are written, in an order in which a live reader never sees a device before its elder, and each
 * acknowledgement is awaited.
 *
 * Thread: main. Blocks: for Kafka, up to the timeout.
 */
#ifndef VIGIL_CLI_REGISTRY_REGISTRY_PUBLISH_H
#define VIGIL_CLI_REGISTRY_REGISTRY_PUBLISH_H

#include "cli/command/cli.h"
#include "cli/registry/registry_csv.h"

/* Read the whole topic. Return: 0 and *ret, which the caller frees with registry_free(); -ETIMEDOUT when the end
 * was not reached in time; -EINTR; -errno. */
int registry_publish_load_topic(struct registry **ret, const struct conf *conf, int timeout_ms);

struct registry_publish_changes {
        size_t added[REGISTRY_TYPES];
        size_t changed[REGISTRY_TYPES];
        size_t same[REGISTRY_TYPES];
        size_t removed[REGISTRY_TYPES]; /* without prune: that would be removed */
        size_t published;               /* records acknowledged by Kafka */
};

struct registry_publish_options {
        bool prune;   /* remove records that the files do not have */
        bool dry_run; /* count only */
        int timeout_ms;
        /* Called for each record that the files do not have; may be NULL. */
        void (*gone)(void *context, enum registry_type type, const char *id);
        void *context;
};

enum {
        REGISTRY_PUBLISH_REMOVE_FEW = 10,   /* up to so many of a type need no confirmation */
        REGISTRY_PUBLISH_REMOVE_SHARE = 50, /* nor does up to 1/50 of its records */
};

/* Decides whether a removal needs confirmation, so that a truncated file, or one of another city, does not remove
 * everybody from monitoring. It does when more records of one type would be removed than both limits above allow,
 * or when a file has no rows. @changes: from a dry run. Return: 0 when no confirmation is needed; else the number
 * of records of all types that would be removed, which the operator must state. */
size_t registry_publish_removal_asks(const struct registry_publish_changes *changes,
                                     const struct registry_csv_result *files);

/* Publish the differences. Types without a file in @files are left unchanged. Return: 0; -ETIMEDOUT or -EIO when
 * not every record was acknowledged (@ret counts those that were); -EINTR; -ENOMEM. */
int registry_publish(const struct conf *conf, const struct registry *current,
                     const struct registry *wanted, const struct registry_csv_result *files,
                     const struct registry_publish_options *options,
                     struct registry_publish_changes *ret);

#endif
